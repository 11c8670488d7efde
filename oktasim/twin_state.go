package oktasim

import (
	"maps"
	"reflect"
	"slices"
)

// State is what an org holds that runs change: enough to say what is different afterwards. Ids are Okta's.
type State struct {
	Users     map[string]UserState
	Groups    map[string]GroupState
	Members   map[string]map[string]bool // by group, then user
	Rules     map[string]RuleState
	Apps      map[string]AppState
	AppUsers  map[string]map[string]string // by app, then user: “by hand” or “through a group”
	AppGroups map[string]map[string]bool   // by app, then group
	Roles     map[string]map[string]string // by user or group, then assignment, or custom role and resource set: the role
	Factors   map[string]map[string]string // by user, then factor: its type
}

// UserState is one person.
type UserState struct {
	Login, Name, Status string
	Profile             map[string]any
}

// GroupState is one group.
type GroupState struct {
	Name, Type string
	Profile    map[string]any
}

// RuleState is one group rule.
type RuleState struct {
	Name, Status, Expression string
	Groups, Excluded         []string
}

// AppState is one app.
type AppState struct{ Label, Status string }

// How a person got an app.
const (
	AssignedByHand  = "by hand"
	AssignedByGroup = "through a group"
)

func newState() State {
	return State{Users: map[string]UserState{}, Groups: map[string]GroupState{}, Members: map[string]map[string]bool{},
		Rules: map[string]RuleState{}, Apps: map[string]AppState{}, AppUsers: map[string]map[string]string{},
		AppGroups: map[string]map[string]bool{}, Roles: map[string]map[string]string{}, Factors: map[string]map[string]string{}}
}

// State returns what the org holds now.
func (o *Org) State() State {
	return locked(o, func() State {
		s := newState()
		for _, u := range o.users.list {
			s.Users[u.id] = u.state()
			o.keepBelow(s, u)
		}
		for _, g := range o.groups.list {
			s.Groups[g.id] = g.state()
			o.keepRoles(s, g.id, g.roles)
			for id := range g.members {
				put(s.Members, g.id, id, true)
			}
		}
		for _, r := range o.groups.rules {
			s.Rules[r.id] = r.state()
		}
		for _, a := range o.apps.list {
			s.Apps[a.id] = AppState{a.label, a.status}
			for _, u := range a.users {
				put(s.AppUsers, a.id, u.userID, u.how())
			}
			for _, g := range a.groups {
				put(s.AppGroups, a.id, g.groupID, true)
			}
		}
		return s
	})
}

// Base returns what a twin held of the other org before anything was changed: every object as it was adopted.
func (o *Org) Base() State {
	return locked(o, func() State {
		b := o.twin.state
		return State{Users: maps.Clone(b.Users), Groups: maps.Clone(b.Groups), Members: cloneTwo(b.Members), Rules: maps.Clone(b.Rules),
			Apps: maps.Clone(b.Apps), AppUsers: cloneTwo(b.AppUsers), AppGroups: cloneTwo(b.AppGroups), Roles: cloneTwo(b.Roles), Factors: cloneTwo(b.Factors)}
	})
}

func (u *user) state() UserState {
	return UserState{Login: u.login(), Name: u.displayName(), Status: u.status, Profile: withoutNulls(u.profile)}
}

func (o *Org) keepBelow(s State, u *user) {
	o.keepRoles(s, u.id, u.roles)
	for _, f := range u.factors {
		put(s.Factors, u.id, f.id, f.kind)
	}
}

// keepRoles keeps the roles that a person or a group holds by itself.
func (o *Org) keepRoles(s State, holder string, standard []*roleAssignment) {
	for _, r := range append(slices.Clone(standard), o.customRolesOf(holder)...) {
		put(s.Roles, holder, r.key(), r.label)
	}
}

func (g *group) state() GroupState {
	return GroupState{Name: g.name(), Type: g.kind, Profile: withoutNulls(g.profile)}
}

func (r *groupRule) state() RuleState {
	return RuleState{Name: r.name, Status: r.status, Expression: r.expression, Groups: slices.Clone(r.groupIDs), Excluded: slices.Clone(r.excludeUsers)}
}

func (u *appUser) how() string {
	if u.direct {
		return AssignedByHand
	}
	return AssignedByGroup
}

func put[V any](m map[string]map[string]V, a, b string, v V) {
	if m[a] == nil {
		m[a] = map[string]V{}
	}
	m[a][b] = v
}

func cloneTwo[V any](m map[string]map[string]V) map[string]map[string]V {
	out := make(map[string]map[string]V, len(m))
	for k, v := range m {
		out[k] = maps.Clone(v)
	}
	return out
}

// Same reports whether two orgs hold the same.
func (s State) Same(other State) bool { return reflect.DeepEqual(s, other) }

// Same reports whether two people are in the same state.
func (u UserState) Same(v UserState) bool { return reflect.DeepEqual(u, v) }

// Around returns what an org holds of some objects: people with their memberships, assignments, roles and factors,
// groups with their roles, and rules and apps as such. Groups and apps that the people are in are named besides.
func (o *Org) Around(ids map[string]bool) State {
	return locked(o, func() State {
		s := newState()
		for id := range ids {
			if u := o.users.byID[id]; u != nil {
				s.Users[id] = u.state()
				o.keepBelow(s, u)
			}
		}
		for _, g := range o.groups.list {
			for id := range ids {
				if _, in := g.members[id]; in {
					put(s.Members, g.id, id, true)
				}
			}
			if ids[g.id] || s.Members[g.id] != nil {
				s.Groups[g.id] = g.state()
			}
			if ids[g.id] {
				o.keepRoles(s, g.id, g.roles)
			}
		}
		for _, r := range o.groups.rules {
			if ids[r.id] {
				s.Rules[r.id] = r.state()
			}
		}
		for _, a := range o.apps.list {
			for id := range ids {
				if u := a.user(id); u != nil {
					put(s.AppUsers, a.id, id, u.how())
				}
			}
			if ids[a.id] || s.AppUsers[a.id] != nil {
				s.Apps[a.id] = AppState{a.label, a.status}
			}
			for _, g := range a.groups {
				if ids[g.groupID] || ids[a.id] {
					put(s.AppGroups, a.id, g.groupID, true)
				}
			}
		}
		return s
	})
}

// Touched returns the ids of everything that the log names since an event, and the number of the last event.
func (o *Org) Touched(since int64) (ids []string, last int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := len(o.logs.events) - 1; i >= 0 && o.logs.events[i].seq > since; i-- {
		for _, t := range o.logs.events[i].Target {
			ids = append(ids, t.ID)
		}
	}
	return ids, o.logs.seq
}

// BaseAround is Around for what a twin held of the other org before anything was changed.
func (o *Org) BaseAround(ids map[string]bool) State {
	return locked(o, func() State {
		b, s := o.twin.state, newState()
		for id := range ids {
			if u, there := b.Users[id]; there {
				s.Users[id] = u
			}
			if r, there := b.Rules[id]; there {
				s.Rules[id] = r
			}
			for _, below := range []struct{ from, to map[string]map[string]string }{{b.Roles, s.Roles}, {b.Factors, s.Factors}} {
				if below.from[id] != nil {
					below.to[id] = maps.Clone(below.from[id])
				}
			}
		}
		for group, inner := range b.Members {
			for id := range ids {
				if inner[id] {
					put(s.Members, group, id, true)
				}
			}
		}
		for app, inner := range b.AppUsers {
			for id := range ids {
				if how, there := inner[id]; there {
					put(s.AppUsers, app, id, how)
				}
			}
		}
		for app, inner := range b.AppGroups {
			for group := range inner {
				if ids[group] || ids[app] {
					put(s.AppGroups, app, group, true)
				}
			}
		}
		for id, g := range b.Groups {
			if ids[id] || s.Members[id] != nil {
				s.Groups[id] = g
			}
		}
		for id, a := range b.Apps {
			if ids[id] || s.AppUsers[id] != nil {
				s.Apps[id] = a
			}
		}
		return s
	})
}

// EventsSince is Events for those after an event.
func (o *Org) EventsSince(eventType string, since int64) []Event {
	o.mu.Lock()
	defer o.mu.Unlock()
	var out []Event
	for i := len(o.logs.events) - 1; i >= 0 && o.logs.events[i].seq > since; i-- {
		if o.logs.events[i].EventType == eventType {
			out = append(out, *o.logs.events[i])
		}
	}
	slices.Reverse(out)
	return out
}
