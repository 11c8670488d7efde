package oktasim

import "slices"

// initPeople makes Everyone, the default user type and schemas, and the first admin.
func (o *Org) initPeople() {
	o.schemas.init(o)
	o.users = userStore{byID: map[string]*user{}, byLogin: map[string]*user{}, realmID: o.newID("guo")}
	o.groups = groupStore{byID: map[string]*group{}}
	o.groups.everyone = o.addGroup(groupKindBuiltIn, map[string]any{
		"name": "Everyone", "description": "All users in your organization"})
	o.groups.admins = o.addGroup(groupKindBuiltIn, map[string]any{
		"name": "Okta Administrators", "description": "Okta manages this group, which contains all administrators in your organization."})
	// The first admin is made by hand: no call, and no event, comes before the org.
	now := o.now()
	u := &user{id: o.newID("00u"), status: statusActive, typeID: o.schemas.defaultType().id, provider: "OKTA",
		created: now, activated: now, statusChanged: now, lastUpdated: now, indexedAt: now,
		profile: map[string]any{"firstName": "First", "lastName": "Admin", "login": "admin@example.com", "email": "admin@example.com"}}
	o.users.add(u)
	o.joinEveryone(u)
	u.roles = []*roleAssignment{o.newAssignment(adminRoleOf("SUPER_ADMIN"), "ra1")}
	o.countAdmins(u.id)
	o.adminID = u.id
	o.schemas.defaultType().createdBy, o.schemas.defaultType().updatedBy = u.id, u.id
}

// peopleRoutes are users, groups, rules, schemas and admin roles.
func (o *Org) peopleRoutes() []route {
	return slices.Concat(o.userRoutes(), o.groupRoutes(), o.ruleRoutes(), o.roleRoutes(), o.schemaRoutes(),
		o.iamRoleRoutes(), o.iamSetRoutes(), o.subscriptionRoutes())
}

// userActor names a user as the System Log does: id, "User", login, display name.
func (o *Org) userActor(id string) EventActor {
	if u := o.users.byID[id]; u != nil {
		return u.target()
	}
	return EventActor{ID: id, Type: "User", AlternateID: "unknown", DisplayName: "unknown"}
}

// isMember says whether a user is in a group.
func (o *Org) isMember(userID, groupID string) bool {
	g := o.groups.byID[groupID]
	if g == nil {
		return false
	}
	_, in := g.members[userID]
	return in
}
