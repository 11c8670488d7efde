package oktasim

import (
	"encoding/base32"
	"slices"
	"strings"
	"time"
)

// adminRole is one of Okta's own admin roles ("Standard role types").
type adminRole struct {
	kind, label string
	// targets says what an assignment may be narrowed to: "groups", "apps" or "".
	targets string
}

// roleCustom is the type of an assignment of a custom role.
const roleCustom = "CUSTOM"

// adminRoles are those that can be assigned through the API.
var adminRoles = []adminRole{
	{"SUPER_ADMIN", "Super Administrator", ""},
	{"ORG_ADMIN", "Organizational Administrator", ""},
	{"APP_ADMIN", "Application Administrator", "apps"},
	{"USER_ADMIN", "User Administrator", "groups"},
	{"GROUP_MEMBERSHIP_ADMIN", "Group Membership Administrator", "groups"},
	{"HELP_DESK_ADMIN", "Help Desk Administrator", "groups"},
	{"API_ACCESS_MANAGEMENT_ADMIN", "API Access Management Administrator", ""},
	{"API_ADMIN", "API Access Management Administrator", ""},
	{"MOBILE_ADMIN", "Mobile Administrator", ""},
	{"READ_ONLY_ADMIN", "Read-only Administrator", ""},
	{"REPORT_ADMIN", "Report Administrator", ""},
	{"WORKFLOWS_ADMIN", "Workflows Administrator", ""},
	{"ACCESS_CERTIFICATIONS_ADMIN", "Access Certifications Administrator", ""},
	{"ACCESS_REQUESTS_ADMIN", "Access Requests Administrator", ""},
}

func adminRoleOf(kind string) *adminRole {
	for i := range adminRoles {
		if adminRoles[i].kind == kind {
			return &adminRoles[i]
		}
	}
	return nil
}

// roleAssignment is an admin role that a user, a group or a client holds.
type roleAssignment struct {
	id, kind, label string // kind is CUSTOM for a custom role
	roleID, setID   string // of a custom role: the role and its resource set
	created         time.Time
	lastUpdated     time.Time
	groupTargets    []string // group ids
	appTargets      []appTarget
}

// appTarget is a catalog app (name) or one instance of it (name and id).
type appTarget struct{ name, id string }

// newAssignment makes the assignment of a standard role. Roles that can have
// targets get the base32 of their type as id, the others an id of their own with
// the holder's prefix (ra1 for users, gra for groups).
func (o *Org) newAssignment(r *adminRole, prefix string) *roleAssignment {
	a := &roleAssignment{kind: r.kind, label: r.label, created: o.now(), lastUpdated: o.now()}
	if r.targets != "" {
		a.id = base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(r.kind))
	} else {
		a.id = o.newID(prefix)
	}
	return a
}

// key tells the assignments of one holder apart, also when one was taken away and given back: a custom role by what it
// is and what it reaches, for its id is new each time.
func (a *roleAssignment) key() string {
	if a.kind == roleCustom {
		return a.roleID + " " + a.setID
	}
	return a.id
}

func assignmentByID(list []*roleAssignment, id string) *roleAssignment {
	for _, a := range list {
		if a.id == id {
			return a
		}
	}
	return nil
}

// target names the role in a log event.
func (a *roleAssignment) target() target {
	return target{ID: a.id, Type: "ROLE", AlternateID: "unknown", DisplayName: a.label}
}

// sortedAssignments is the order in which Okta lists roles: by label.
func sortedAssignments(list []*roleAssignment) []*roleAssignment {
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b *roleAssignment) int { return strings.Compare(a.label, b.label) })
	return out
}

// forgetTarget takes a deleted group or app out of every role's targets.
func (o *Org) forgetTarget(id string) {
	clean := func(list []*roleAssignment) {
		for _, a := range list {
			a.groupTargets = slices.DeleteFunc(a.groupTargets, func(t string) bool { return t == id })
			a.appTargets = slices.DeleteFunc(a.appTargets, func(t appTarget) bool { return t.id == id })
		}
	}
	for _, u := range o.users.list {
		clean(u.roles)
	}
	for _, g := range o.groups.list {
		clean(g.roles)
	}
}
