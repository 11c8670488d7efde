package health

import (
	"slices"
	"strings"

	"caracal/org"
)

// includes says which standard roles another one holds wholly. Source: Okta help, "Standard administrator roles
// and permissions".
var includes = map[string][]string{
	"ORG_ADMIN":       {"USER_ADMIN", "GROUP_MEMBERSHIP_ADMIN", "HELP_DESK_ADMIN", "READ_ONLY_ADMIN", "REPORT_ADMIN", "MOBILE_ADMIN"},
	"USER_ADMIN":      {"GROUP_MEMBERSHIP_ADMIN", "HELP_DESK_ADMIN"},
	"READ_ONLY_ADMIN": {"REPORT_ADMIN"},
}

// bySize are the standard roles that advice names, the smallest first.
var bySize = []string{"REPORT_ADMIN", "GROUP_MEMBERSHIP_ADMIN", "HELP_DESK_ADMIN", "READ_ONLY_ADMIN", "USER_ADMIN", "APP_ADMIN",
	"API_ACCESS_MANAGEMENT_ADMIN", "ORG_ADMIN", "SUPER_ADMIN"}

// seesToo says which objects a role reads beside those that it manages (same source).
var seesToo = map[string][]string{
	"GROUP_MEMBERSHIP_ADMIN": {"users", "groups"},
	"HELP_DESK_ADMIN":        {"users", "groups"},
	"APP_ADMIN":              {"users", "groups"},
}

// roleNeed is one role that is asked for, and the objects when it is only to read them.
type roleNeed struct{ role, reads string }

// covers reports whether a standard role gives what is asked for.
func covers(role string, n roleNeed) bool {
	return role == "SUPER_ADMIN" || role == n.role || slices.Contains(includes[role], n.role) ||
		n.reads != "" && (slices.Contains(manages[role], n.reads) || slices.Contains(seesToo[role], n.reads))
}

// rolesNeeded lists the roles that needs ask for, each once.
func rolesNeeded(needs []org.Need) []roleNeed {
	var out []roleNeed
	for _, n := range needs {
		named := ""
		for role, name := range roleNames {
			if name == n.Role && role != "CUSTOM" {
				named = role
			}
		}
		for _, s := range n.Scopes {
			need := roleNeed{role: named}
			if !s.Manages() {
				need.reads = objectOf(s)
			}
			if need.role == "" {
				need.role = roleOf(s)
			}
			out = add(out, need)
		}
	}
	return out
}

// roleOf returns the smallest standard role for a scope, by type.
func roleOf(s org.Scope) string {
	name := smallestReading(s)
	if s.Manages() {
		name = smallest(s)
	}
	for role, n := range roleNames {
		if n == name {
			return role
		}
	}
	return "SUPER_ADMIN"
}

// leastRoles returns the fewest and smallest standard roles that together give what is needed, and, when they are
// several, the smallest that gives all of it alone.
func leastRoles(needs []org.Need) (together []string, single string) {
	asked := rolesNeeded(needs)
	if len(asked) == 0 {
		return nil, ""
	}
	all := func(role string) bool {
		return !slices.ContainsFunc(asked, func(n roleNeed) bool { return !covers(role, n) })
	}
	one := bySize[slices.IndexFunc(bySize, all)]
	if one != "SUPER_ADMIN" && one != "ORG_ADMIN" || slices.ContainsFunc(asked, func(n roleNeed) bool { return n.role == one }) {
		return []string{roleNames[one]}, ""
	}
	var chosen []string
	for i := len(bySize) - 1; i >= 0; i-- { // a role that a larger one of the list covers already adds nothing
		role := bySize[i]
		if slices.ContainsFunc(asked, func(n roleNeed) bool {
			return n.role == role && !slices.ContainsFunc(chosen, func(c string) bool { return covers(c, n) })
		}) {
			chosen = append(chosen, role)
		}
	}
	if len(chosen) == 1 {
		return []string{roleNames[chosen[0]]}, ""
	}
	slices.Reverse(chosen)
	for _, c := range chosen {
		together = append(together, roleNames[c])
	}
	return together, roleNames[one]
}

// permissionsOfAction are the permissions of a custom role that an action takes where they are narrower than
// those of its scope (Okta API, schema RolePermissionType; Okta help, "Role permissions").
var permissionsOfAction = map[string][]string{
	"user.create":           {"okta.users.create", "okta.users.read"},
	"user.update":           {"okta.users.userprofile.manage", "okta.users.read"},
	"user.change_manager":   {"okta.users.userprofile.manage", "okta.users.read"},
	"user.activate":         {"okta.users.lifecycle.activate", "okta.users.read"},
	"user.reactivate":       {"okta.users.lifecycle.activate", "okta.users.read"},
	"user.suspend":          {"okta.users.lifecycle.suspend", "okta.users.read"},
	"user.unsuspend":        {"okta.users.lifecycle.unsuspend", "okta.users.read"},
	"user.unlock":           {"okta.users.lifecycle.unlock", "okta.users.read"},
	"user.deactivate":       {"okta.users.lifecycle.deactivate", "okta.users.read"},
	"user.delete":           {"okta.users.lifecycle.deactivate", "okta.users.lifecycle.delete", "okta.users.read"},
	"user.expire_password":  {"okta.users.credentials.expirePassword", "okta.users.read"},
	"user.reset_password":   {"okta.users.credentials.resetPassword", "okta.users.read"},
	"user.reset_factors":    {"okta.users.credentials.resetFactors", "okta.users.read"},
	"user.clear_sessions":   {"okta.users.lifecycle.clearSessions", "okta.users.read"},
	"group.create":          {"okta.groups.create", "okta.groups.read"},
	"group.add_member":      {"okta.groups.members.manage", "okta.users.groupMembership.manage", "okta.groups.read", "okta.users.read"},
	"group.remove_member":   {"okta.groups.members.manage", "okta.users.groupMembership.manage", "okta.groups.read", "okta.users.read"},
	"group.replace_members": {"okta.groups.members.manage", "okta.users.groupMembership.manage", "okta.groups.read", "okta.users.read"},
	"app.assign_user":       {"okta.apps.assignment.manage", "okta.users.appAssignment.manage", "okta.apps.read", "okta.users.read"},
	"app.unassign_user":     {"okta.apps.assignment.manage", "okta.users.appAssignment.manage", "okta.apps.read", "okta.users.read"},
	"app.assign_group":      {"okta.apps.assignment.manage", "okta.groups.appAssignment.manage", "okta.apps.read", "okta.groups.read"},
	"app.unassign_group":    {"okta.apps.assignment.manage", "okta.groups.appAssignment.manage", "okta.apps.read", "okta.groups.read"},
}

// standardOnly are actions that no custom role's permission is known to cover.
var standardOnly = []string{"group_rule.create", "group_rule.activate", "group_rule.deactivate"}

// proposeFor returns the smallest custom role for what was really used: an action's own permissions where they
// are known, else those of its scopes.
func proposeFor(needs []org.Need) Proposal {
	var p Proposal
	for _, n := range needs {
		if slices.Contains(standardOnly, n.Action) {
			p.AlsoRoles = add(p.AlsoRoles, n.Role)
			continue
		}
		permissions, known := permissionsOfAction[n.Action]
		if !known {
			wider := Propose(n.Scopes)
			p.Permissions, p.Resources, p.AlsoRoles = add(p.Permissions, wider.Permissions...), add(p.Resources, wider.Resources...), add(p.AlsoRoles, wider.AlsoRoles...)
			continue
		}
		p.Permissions = add(p.Permissions, permissions...)
		for _, permission := range permissions {
			object, _, _ := strings.Cut(strings.TrimPrefix(permission, "okta."), ".")
			p.Resources = add(p.Resources, permissionsOf[object].resource)
		}
	}
	p.Permissions = withoutIncluded(p.Permissions)
	return p
}

// withoutIncluded leaves out what "manage" of the same objects holds anyway.
func withoutIncluded(permissions []string) []string {
	return slices.DeleteFunc(permissions, func(p string) bool {
		object, _, _ := strings.Cut(strings.TrimPrefix(p, "okta."), ".")
		all := "okta." + object + ".manage"
		return p != all && slices.Contains(permissions, all)
	})
}
