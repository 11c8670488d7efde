package oktasim

import (
	"net/http"
	"slices"
)

// The admin roles of users and groups ("RoleAssignmentAUser", "RoleAssignmentBGroup").

// holderOf is who a path under /api/v1/users or /api/v1/groups is about, as the
// holder of admin roles.
type roleHolder struct {
	kind, id, prefix, assignment string // kind is users or groups
	roles                        *[]*roleAssignment
	target                       target
}

func (c *call) userHolder() (*roleHolder, *apiError) {
	u, err := c.findUser("userId")
	if err != nil {
		return nil, err
	}
	return &roleHolder{kind: "users", id: u.id, prefix: "ra1", assignment: "USER", roles: &u.roles, target: u.target()}, nil
}

func (c *call) groupHolder() (*roleHolder, *apiError) {
	g, err := c.findGroup("groupId")
	if err != nil {
		return nil, err
	}
	return &roleHolder{kind: "groups", id: g.id, prefix: "gra", assignment: "GROUP", roles: &g.roles, target: g.target()}, nil
}

func (o *Org) roleRoutes() []route {
	const read, manage = "okta.roles.read", "okta.roles.manage"
	var out []route
	for _, h := range []struct {
		base string
		find func(*call) (*roleHolder, *apiError)
	}{
		{"/api/v1/users/{userId}/roles", (*call).userHolder},
		{"/api/v1/groups/{groupId}/roles", (*call).groupHolder},
	} {
		on := func(do func(c *call, h *roleHolder) (int, any, *apiError)) func(*call) (int, any, *apiError) {
			return func(c *call) (int, any, *apiError) {
				holder, err := h.find(c)
				if err != nil {
					return 0, nil, err
				}
				return do(c, holder)
			}
		}
		held := func(do func(c *call, h *roleHolder, a *roleAssignment) (int, any, *apiError)) func(*call) (int, any, *apiError) {
			return on(func(c *call, h *roleHolder) (int, any, *apiError) {
				a := assignmentByID(append(slices.Clone(*h.roles), c.o.customRolesOf(h.id)...), c.p("roleId"))
				if a == nil {
					return 0, nil, errNotFound(c.p("roleId"), "Role")
				}
				return do(c, h, a)
			})
		}
		one := h.base + "/{roleId}"
		groups, apps := one+"/targets/groups", one+"/targets/catalog/apps"
		out = append(out,
			route{method: "GET", pattern: h.base, scope: read, handle: on((*call).listRoles)},
			route{method: "POST", pattern: h.base, scope: manage, handle: on((*call).assignAdminRole)},
			route{method: "GET", pattern: one, scope: read, handle: held((*call).getRole)},
			route{method: "DELETE", pattern: one, scope: manage, handle: held((*call).unassignAdminRole)},
			route{method: "GET", pattern: groups, scope: read, handle: held((*call).listGroupTargets)},
			route{method: "PUT", pattern: groups + "/{targetGroupId}", scope: manage, handle: held((*call).addGroupTarget)},
			route{method: "DELETE", pattern: groups + "/{targetGroupId}", scope: manage, handle: held((*call).removeGroupTarget)},
			route{method: "GET", pattern: apps, scope: read, handle: held((*call).listAppTargets)},
			route{method: "PUT", pattern: apps + "/{appName}", scope: manage, handle: held((*call).addAppTarget)},
			route{method: "DELETE", pattern: apps + "/{appName}", scope: manage, handle: held((*call).removeAppTarget)},
			route{method: "PUT", pattern: apps + "/{appName}/{appId}", scope: manage, handle: held((*call).addAppTarget)},
			route{method: "DELETE", pattern: apps + "/{appName}/{appId}", scope: manage, handle: held((*call).removeAppTarget)},
		)
		if h.base == "/api/v1/users/{userId}/roles" {
			out = append(out, route{method: "PUT", pattern: apps, scope: manage, handle: held((*call).targetAllApps)})
		}
	}
	return out
}

// customRolesOf makes assignments of the bindings that a user or group is a member of.
func (o *Org) customRolesOf(holder string) []*roleAssignment {
	var out []*roleAssignment
	for _, s := range o.iam.sets {
		for _, b := range s.bindings {
			for _, m := range b.members {
				if m.holder == holder {
					out = append(out, &roleAssignment{id: m.id, kind: roleCustom, label: b.role.label,
						roleID: b.role.id, setID: s.id, created: m.created, lastUpdated: m.lastUpdated})
				}
			}
		}
	}
	return out
}

func (c *call) roleView(h *roleHolder, a *roleAssignment) map[string]any {
	links := map[string]any{"assignee": link(c.url("/api/v1/%s/%s", h.kind, h.id))}
	out := map[string]any{
		"id": a.id, "label": a.label, "type": a.kind, "status": "ACTIVE", "created": stamp(a.created),
		"lastUpdated": stamp(a.lastUpdated), "assignmentType": h.assignment, "_links": links,
	}
	if a.kind == roleCustom {
		out["role"], out["resource-set"] = a.roleID, a.setID
		set := c.url("/api/v1/iam/resource-sets/%s", a.setID)
		links["role"] = link(c.url("/api/v1/iam/roles/%s", a.roleID))
		links["resource-set"] = link(set)
		links["permissions"] = link(c.url("/api/v1/iam/roles/%s/permissions", a.roleID))
		links["member"] = link(set + "/bindings/" + a.roleID + "/members/" + a.id)
	}
	return out
}

func (c *call) listRoles(h *roleHolder) (int, any, *apiError) {
	all := append(slices.Clone(*h.roles), c.o.customRolesOf(h.id)...)
	if h.kind == "users" {
		// A user holds their groups' roles as well.
		for _, g := range c.o.groupsOf(h.id) {
			for _, a := range g.roles {
				if assignmentByID(all, a.id) == nil {
					all = append(all, a)
				}
			}
		}
	}
	out := make([]any, 0, len(all))
	for _, a := range sortedAssignments(all) {
		v := c.roleView(h, a)
		if h.kind == "users" && !slices.Contains(*h.roles, a) && a.kind != roleCustom {
			v["assignmentType"] = "GROUP"
		}
		out = append(out, v)
	}
	return http.StatusOK, out, nil
}

func (c *call) getRole(h *roleHolder, a *roleAssignment) (int, any, *apiError) {
	return http.StatusOK, c.roleView(h, a), nil
}

// assignAdminRole is POST …/roles: a standard role by its type, or a custom role with a resource set.
func (c *call) assignAdminRole(h *roleHolder) (int, any, *apiError) {
	var in struct {
		Type string `json:"type"`
		Role string `json:"role"`
		Set  string `json:"resource-set"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	if h.kind == "users" && c.o.users.byID[h.id].status == statusDeprovisioned {
		return 0, nil, errStatus()
	}
	taken := newError(http.StatusConflict, "E0000090", "The role specified is already assigned to the user.")
	if in.Type == roleCustom {
		role, set := c.o.iam.role(in.Role), c.o.iam.set(in.Set)
		if role == nil {
			return 0, nil, errNotFound(in.Role, "CustomRole")
		}
		if set == nil {
			return 0, nil, errNotFound(in.Set, "IAMPolicy")
		}
		m, added := c.o.bind(set, role, h.kind, h.id)
		if !added {
			return 0, nil, taken
		}
		a := assignmentByID(c.o.customRolesOf(h.id), m.id)
		c.logRole(h, a, true)
		c.o.countAdmins(h.id)
		return http.StatusCreated, c.roleView(h, a), nil
	}
	role := adminRoleOf(in.Type)
	if role == nil {
		return 0, nil, errValidation("type", "type: The role specified is not valid.")
	}
	for _, a := range *h.roles {
		if a.kind == role.kind {
			return 0, nil, taken
		}
	}
	a := c.o.newAssignment(role, h.prefix)
	*h.roles = append(*h.roles, a)
	c.logRole(h, a, true)
	c.o.countAdmins(h.id)
	return http.StatusCreated, c.roleView(h, a), nil
}

func (c *call) logRole(h *roleHolder, a *roleAssignment, granted bool) {
	kind := "user.account"
	name := "user"
	if h.kind == "groups" {
		kind, name = "group", "group"
	}
	if granted {
		c.o.log(c, kind+".privilege.grant", "Grant "+name+" privilege", h.target, a.target())
		return
	}
	c.o.log(c, kind+".privilege.revoke", "Revoke "+name+" privilege", h.target, a.target())
}

func (c *call) unassignAdminRole(h *roleHolder, a *roleAssignment) (int, any, *apiError) {
	if h.id == c.principal.userID && a.kind == "SUPER_ADMIN" {
		return 0, nil, errPermission() // an org keeps its last way in
	}
	if a.kind == roleCustom {
		for _, s := range c.o.iam.sets {
			for _, b := range s.bindings {
				b.members = slices.DeleteFunc(b.members, func(m *bindingMember) bool { return m.id == a.id })
			}
			s.dropEmpty()
		}
	}
	*h.roles = slices.DeleteFunc(*h.roles, func(x *roleAssignment) bool { return x == a })
	c.logRole(h, a, false)
	c.o.countAdmins(h.id)
	return http.StatusNoContent, nil, nil
}

// countAdmins keeps the built-in group of the admins up to date after a holder's
// roles changed: for a group, that means its members.
func (o *Org) countAdmins(holder string) {
	if u := o.users.byID[holder]; u != nil {
		o.countAdmin(u)
	}
	if g := o.groups.byID[holder]; g != nil {
		for _, u := range o.membersOf(g) {
			o.countAdmin(u)
		}
	}
}

func (o *Org) countAdmin(u *user) {
	admin := len(u.roles) > 0 || len(o.customRolesOf(u.id)) > 0
	for _, g := range o.groupsOf(u.id) {
		admin = admin || len(g.roles) > 0 || len(o.customRolesOf(g.id)) > 0
	}
	_, is := o.groups.admins.members[u.id]
	switch {
	case admin && !is:
		o.groups.admins.members[u.id] = membership{manual: true}
	case !admin && is:
		delete(o.groups.admins.members, u.id)
	default:
		return
	}
	o.groups.admins.lastMembership = o.now()
}
