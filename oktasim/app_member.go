package oktasim

import "slices"

// Assignments follow people and groups: joining a group that an app is assigned
// to assigns the app, leaving it takes the app away again unless the user was
// assigned by hand or through another group.

// assignThroughGroup makes sure that a member of an assigned group has the app.
func (o *Org) assignThroughGroup(c *call, a *app, p *user) {
	if a.user(p.id) != nil || p.status == statusDeprovisioned {
		return
	}
	now := o.now()
	u := &appUser{userID: p.id, created: now, updated: now, changed: now, userName: o.appUserName(a, p), profile: map[string]any{}}
	a.addUser(u)
	o.log(c, "application.user_membership.add", "Add user to application membership", o.appUserTarget(a, u), a.target(), p.target())
}

// appsMemberAdded is told when a user joined a group.
func (o *Org) appsMemberAdded(c *call, g *group, p *user) {
	for _, a := range o.appsOfGroup(g.id) {
		o.assignThroughGroup(c, a, p)
	}
}

// appsMemberRemoved is told when a user left a group.
func (o *Org) appsMemberRemoved(c *call, g *group, p *user) {
	for _, a := range o.appsOfGroup(g.id) {
		if u := a.user(p.id); u != nil && !u.direct && !o.assignedByGroup(a, p.id) {
			o.unassignUser(c, a, u)
		}
	}
}

// appsGroupDeleted is told when a group is gone.
func (o *Org) appsGroupDeleted(c *call, g *group) {
	for _, a := range o.appsOfGroup(g.id) {
		a.groups = slices.DeleteFunc(a.groups, func(x *appGroup) bool { return x.groupID == g.id })
		o.log(c, "group.application_assignment.remove", "Remove assigned application from group", g.target(), a.target())
		o.dropUngrouped(c, a)
	}
}

// appsUserGone is told when a user is deactivated or deleted: their access to apps ends for good.
func (o *Org) appsUserGone(c *call, userID string) {
	for _, a := range o.appsOfUser(userID) {
		o.unassignUser(c, a, a.user(userID))
	}
}

// dropUngrouped unassigns the users of an app whom no group brings any more.
func (o *Org) dropUngrouped(c *call, a *app) {
	for _, u := range slices.Clone(a.users) {
		if !u.direct && !o.assignedByGroup(a, u.userID) {
			o.unassignUser(c, a, u)
		}
	}
}

// assignedByGroup says that one of the app's groups holds the user.
func (o *Org) assignedByGroup(a *app, userID string) bool { return o.grantingGroup(a, userID) != nil }

// grantingGroup is the first of the app's groups, by priority, that holds the user.
func (o *Org) grantingGroup(a *app, userID string) *group {
	for _, g := range a.groups {
		if group := o.groups.byID[g.groupID]; group != nil {
			if _, in := group.members[userID]; in {
				return group
			}
		}
	}
	return nil
}
