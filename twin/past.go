package twin

import (
	"maps"
	"reflect"
	"slices"

	"caracal/oktasim"
)

// past is what the changes so far left behind where that is not what was adopted: by it, one change is told from
// those before it.
type past struct {
	users   layerOf[oktasim.UserState]
	groups  layerOf[oktasim.GroupState]
	rules   layerOf[oktasim.RuleState]
	apps    layerOf[oktasim.AppState]
	members pairsOf[bool]
	users2  pairsOf[string] // of apps
	groups2 pairsOf[bool]   // of apps
	roles   pairsOf[string]
	factors pairsOf[string]
}

// layerOf holds values by id; nil is one that is gone.
type layerOf[V any] map[string]*V

type pairsOf[V any] map[string]layerOf[V]

// over lays what is known of the ids over what was adopted.
func (l layerOf[V]) over(base map[string]V, keep func(id string) bool) {
	for id, v := range l {
		switch {
		case !keep(id):
		case v == nil:
			delete(base, id)
		default:
			base[id] = *v
		}
	}
}

// learn keeps what a change made different.
func (l layerOf[V]) learn(before, after map[string]V) {
	for id, v := range after {
		if was, there := before[id]; !there || !reflect.DeepEqual(was, v) {
			l[id] = &v
		}
	}
	for id := range before {
		if _, there := after[id]; !there {
			l[id] = nil
		}
	}
}

func (p pairsOf[V]) over(base map[string]map[string]V, keep func(a, b string) bool) {
	for a, l := range p {
		inner := maps.Clone(base[a])
		if inner == nil {
			inner = map[string]V{}
		}
		l.over(inner, func(b string) bool { return keep(a, b) })
		base[a] = inner
	}
}

func (p pairsOf[V]) learn(before, after map[string]map[string]V) {
	both := map[string]bool{}
	for a := range before {
		both[a] = true
	}
	for a := range after {
		both[a] = true
	}
	for a := range both {
		if p[a] == nil {
			p[a] = layerOf[V]{}
		}
		p[a].learn(before[a], after[a])
		if len(p[a]) == 0 {
			delete(p, a)
		}
	}
}

func newPast() past {
	return past{users: layerOf[oktasim.UserState]{}, groups: layerOf[oktasim.GroupState]{}, rules: layerOf[oktasim.RuleState]{}, apps: layerOf[oktasim.AppState]{},
		members: pairsOf[bool]{}, users2: pairsOf[string]{}, groups2: pairsOf[bool]{}, roles: pairsOf[string]{}, factors: pairsOf[string]{}}
}

func (p past) learn(before, after oktasim.State) {
	p.users.learn(before.Users, after.Users)
	p.groups.learn(before.Groups, after.Groups)
	p.rules.learn(before.Rules, after.Rules)
	p.apps.learn(before.Apps, after.Apps)
	p.members.learn(before.Members, after.Members)
	p.users2.learn(before.AppUsers, after.AppUsers)
	p.groups2.learn(before.AppGroups, after.AppGroups)
	p.roles.learn(before.Roles, after.Roles)
	p.factors.learn(before.Factors, after.Factors)
}

// around returns what the twin holds of some objects now, and what it held before the change that was just made.
func (t *Twin) around(ids map[string]bool) (after, before oktasim.State) {
	of := maps.Clone(ids)
	for _, s := range []oktasim.State{t.sim.Around(ids), t.was(ids)} {
		for id := range s.Members {
			of[id] = true
		}
		for id := range s.AppUsers {
			of[id] = true
		}
		for app, groups := range s.AppGroups {
			of[app] = true
			for id := range groups {
				of[id] = true
			}
		}
		for _, r := range s.Rules { // whom and what they name
			for _, id := range slices.Concat(r.Groups, r.Excluded) {
				of[id] = true
			}
		}
	}
	return t.sim.Around(of), t.was(of)
}

// was is Around before the change that was just made.
func (t *Twin) was(ids map[string]bool) oktasim.State {
	s := t.sim.BaseAround(ids)
	has := func(id string) bool { return ids[id] }
	second := func(_, user string) bool { return ids[user] }
	first := func(user, _ string) bool { return ids[user] }
	t.past.members.over(s.Members, second)
	t.past.users2.over(s.AppUsers, second)
	t.past.groups2.over(s.AppGroups, func(app, group string) bool { return ids[app] || ids[group] })
	t.past.roles.over(s.Roles, first)
	t.past.factors.over(s.Factors, first)
	t.past.users.over(s.Users, has)
	inAny := func(of map[string]map[string]bool) func(string) bool {
		return func(id string) bool { return ids[id] || len(of[id]) > 0 }
	}
	t.past.groups.over(s.Groups, inAny(s.Members))
	t.past.rules.over(s.Rules, has)
	t.past.apps.over(s.Apps, func(id string) bool { return ids[id] || len(s.AppUsers[id]) > 0 })
	return s
}
