package oktasim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The types of a group ("GroupType" in Okta's API reference).
const (
	groupKindOkta    = "OKTA_GROUP"
	groupKindApp     = "APP_GROUP"
	groupKindBuiltIn = "BUILT_IN"
)

// group is one group. Its profile is replaced on a change, never changed in place.
type group struct {
	id, kind, class string // class is the objectClass: okta:user_group
	profile         map[string]any
	folded          string // its name without regard to case; see setProfile
	sourceID        string // of an APP_GROUP: the app it comes from

	created, lastUpdated, lastMembership time.Time

	members map[string]membership // by user id
	roles   []*roleAssignment
	owners  []*groupOwner

	indexedAt time.Time
	indexed   *group
}

// membership says why a user is in a group: put there by hand, by rules, or both.
type membership struct {
	manual bool
	rules  []string // ids of the rules that put the user there
}

// groupStore holds groups and rules in the order of creation.
type groupStore struct {
	list     []*group
	byID     map[string]*group
	rules    []*groupRule
	everyone *group
	admins   *group // "Okta Administrators": whoever holds an admin role
}

func (g *group) name() string { s, _ := g.profile["name"].(string); return s }

// setProfile replaces the profile.
func (g *group) setProfile(profile map[string]any) {
	g.profile = profile
	g.folded = strings.ToLower(g.name())
}

// target names the group in a log event.
func (g *group) target() target {
	return target{ID: g.id, Type: "UserGroup", AlternateID: "unknown", DisplayName: g.name()}
}

// managed refuses a change to a group that Okta or an app manages. Okta answers
// the two unlike: "Unsupported operation." for Everyone, and no permission, even
// to a Super Administrator, for a group that an app brought.
func (g *group) managed() *apiError {
	switch g.kind {
	case groupKindBuiltIn:
		return newError(http.StatusNotImplemented, "E0000060", "Unsupported operation.")
	case groupKindApp:
		return errPermission()
	}
	return nil
}

// createGroup checks and adds an OKTA_GROUP. c is nil for a change that the org
// itself makes. The lock is held.
func (o *Org) createGroup(c *call, profile map[string]any) (*group, *apiError) {
	if err := o.checkGroup(nil, profile); err != nil {
		return nil, err
	}
	g := o.addGroup(groupKindOkta, profile)
	o.log(c, "group.lifecycle.create", "Create okta group", g.target())
	return g, nil
}

// createAppGroup adds a group that an app's import brought: nobody may write to it.
func (o *Org) createAppGroup(appID string, profile map[string]any) *group {
	g := o.addGroup(groupKindApp, profile)
	g.sourceID, g.class = appID, "okta:windows_security_principal"
	return g
}

func (o *Org) addGroup(kind string, profile map[string]any) *group {
	now := o.now()
	p := maps.Clone(profile)
	if _, ok := p["description"]; !ok {
		p["description"] = nil
	}
	g := &group{id: o.newID("00g"), kind: kind, class: "okta:user_group",
		created: now, lastUpdated: now, lastMembership: now, indexedAt: now, members: map[string]membership{}}
	g.setProfile(p)
	o.groups.list = append(o.groups.list, g)
	o.groups.byID[g.id] = g
	return g
}

// checkGroup checks a group's whole profile. Names are unique among the groups of one type.
func (o *Org) checkGroup(g *group, profile map[string]any) *apiError {
	if err := checkKnown(profile, o.schemas.group, "profile"); err != nil {
		return err
	}
	var f profileFault
	for _, name := range o.schemas.group.names() {
		checkProperty(&f, name, profile[name], o.schemas.group.property(name))
	}
	if err := f.err(); err != nil {
		return err
	}
	name := strings.ToLower(asText(profile["name"]))
	for _, other := range o.groups.list {
		if other != g && other.kind != groupKindApp && other.folded == name {
			return errValidation("name", "name: "+causeTaken)
		}
	}
	return nil
}

// touchGroup notes that the group changes now; see touch.
func (o *Org) touchGroup(g *group) {
	if o.settings.SearchLag > 0 && o.searchSees(g.indexedAt) {
		old := *g
		old.indexed = nil
		g.indexed = &old
	}
	g.indexedAt = o.now()
}

func (o *Org) searchableGroup(g *group) *group {
	if o.searchSees(g.indexedAt) {
		return g
	}
	return g.indexed
}

// addMember puts a user into a group by hand, and says whether that changed anything.
func (o *Org) addMember(c *call, g *group, u *user) bool {
	m, was := g.members[u.id]
	if was && m.manual {
		return false
	}
	m.manual = true
	g.members[u.id] = m
	if !was {
		o.memberAdded(c, g, u)
	}
	return !was
}

func (o *Org) memberAdded(c *call, g *group, u *user) {
	o.touchGroup(g)
	g.lastMembership = o.now()
	if g.kind != groupKindBuiltIn {
		o.log(c, "group.user_membership.add", "Add user to group membership", u.target(), g.target())
	}
	o.appsMemberAdded(c, g, u)
}

// dropMember takes a user out of a group whatever put them there.
func (o *Org) dropMember(c *call, g *group, u *user) {
	if _, ok := g.members[u.id]; !ok {
		return
	}
	o.touchGroup(g)
	delete(g.members, u.id)
	g.lastMembership = o.now()
	if g.kind != groupKindBuiltIn {
		o.log(c, "group.user_membership.remove", "Remove user from group membership", u.target(), g.target())
	}
	o.appsMemberRemoved(c, g, u)
}

// removeMember takes a user out by hand: a rule that would put them back gets them as an exception.
func (o *Org) removeMember(c *call, g *group, u *user) {
	m, ok := g.members[u.id]
	if !ok {
		return
	}
	for _, id := range m.rules {
		if r := o.groups.rule(id); r != nil && !slices.Contains(r.excludeUsers, u.id) {
			r.excludeUsers = append(r.excludeUsers, u.id)
			r.lastUpdated = o.now()
			o.log(c, "group.user_membership.rule.add_exclusion", "Add user to group membership exclusion rule", u.target(), r.target())
		}
	}
	o.dropMember(c, g, u)
	o.applyRules(c, u)
}

func (o *Org) joinEveryone(u *user) {
	if _, ok := o.groups.everyone.members[u.id]; !ok {
		o.groups.everyone.members[u.id] = membership{manual: true}
		o.memberAdded(nil, o.groups.everyone, u)
	}
}

// leaveGroups takes a deactivated or deleted user out of all groups.
func (o *Org) leaveGroups(c *call, u *user) {
	for _, g := range o.groups.list {
		o.dropMember(c, g, u)
		g.owners = slices.DeleteFunc(g.owners, func(w *groupOwner) bool { return w.id == u.id })
	}
}

// groupsOf lists the groups of a user in the order of their creation.
func (o *Org) groupsOf(userID string) []*group {
	var out []*group
	for _, g := range o.groups.list {
		if _, ok := g.members[userID]; ok {
			out = append(out, g)
		}
	}
	return out
}

// membersOf lists the members of a group in the order of the users' creation.
func (o *Org) membersOf(g *group) []*user {
	out := make([]*user, 0, len(g.members))
	for id := range g.members {
		if u := o.users.byID[id]; u != nil {
			out = append(out, u)
		}
	}
	slices.SortFunc(out, func(a, b *user) int { return strings.Compare(a.id, b.id) })
	return out
}

func (s *groupStore) find(name string) *group {
	for _, g := range s.list {
		if strings.EqualFold(g.name(), name) {
			return g
		}
	}
	return nil
}

// deleteGroup removes a group; rules that assign it become invalid.
func (o *Org) deleteGroup(c *call, g *group) {
	members := o.membersOf(g)
	o.groups.list = slices.DeleteFunc(o.groups.list, func(x *group) bool { return x == g })
	delete(o.groups.byID, g.id)
	o.appsGroupDeleted(c, g)
	o.iam.forget(g.id)
	for _, r := range o.groups.rules {
		if slices.Contains(r.groupIDs, g.id) {
			r.status, r.valid = ruleInvalid, false
			o.log(c, "group.user_membership.rule.invalidate", "Invalidate group membership rule", r.target())
		}
	}
	for _, other := range o.groups.list {
		other.owners = slices.DeleteFunc(other.owners, func(w *groupOwner) bool { return w.id == g.id })
	}
	o.forgetTarget(g.id)
	o.log(c, "group.lifecycle.delete", "Delete okta group", g.target())
	for _, u := range members {
		o.applyRules(c, u) // a rule may have looked at this group
		o.countAdmin(u)
	}
}
