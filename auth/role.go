package auth

import "slices"

// Role is a set of permissions, not a rung: a person may have several.
type Role string

// The roles.
const (
	Employee Role = "employee"
	Operator Role = "operator"
	Approver Role = "approver"
	Builder  Role = "builder"
	Admin    Role = "admin"
	Auditor  Role = "auditor"
)

// Roles lists every role, in the order that pages show.
var Roles = []Role{Admin, Builder, Operator, Approver, Auditor, Employee}

// Permission is what a route takes; it stands on the route line in web/routes.go.
type Permission string

// The permissions.
const (
	Public            Permission = "public"    // no sign-in: sign-in itself, static files, health
	SignedIn          Permission = "signed-in" // any signed-in person with a role
	ApplicationRead   Permission = "application.read"
	ApplicationManage Permission = "application.manage"
	HealthRun         Permission = "health.run"
	WorkflowRead      Permission = "workflow.read"
	WorkflowEdit      Permission = "workflow.edit"
	WorkflowRun       Permission = "workflow.run"
	RunRead           Permission = "run.read"
	RunOwn            Permission = "run.own"    // see what came of the runs that one started
	RunManage         Permission = "run.manage" // cancel, decide an uncertain step
	ApprovalDecide    Permission = "approval.decide"
	AuditRead         Permission = "audit.read"
	PeopleManage      Permission = "people.manage"
	NodeRead          Permission = "node.read" // the processes, the queue, the database
)

// Permissions lists every permission but the two that ask for no role.
var Permissions = []Permission{
	ApplicationRead, ApplicationManage, HealthRun, WorkflowRead, WorkflowEdit, WorkflowRun,
	RunRead, RunOwn, RunManage, ApprovalDecide, AuditRead, PeopleManage, NodeRead,
}

var grants = map[Role][]Permission{
	Employee: {WorkflowRun, RunOwn},
	Operator: {WorkflowRead, WorkflowRun, RunRead, RunOwn, RunManage},
	Approver: {RunRead, RunOwn, ApprovalDecide},
	Builder:  {ApplicationRead, HealthRun, WorkflowRead, WorkflowEdit, WorkflowRun, RunRead, RunOwn, RunManage},
	Admin:    Permissions,
	Auditor:  {ApplicationRead, WorkflowRead, RunRead, RunOwn, AuditRead, NodeRead},
}

// May reports whether the role holds the permission. Every known role may do what SignedIn asks.
func (r Role) May(p Permission) bool {
	held, known := grants[r]
	return p == Public || known && (p == SignedIn || slices.Contains(held, p))
}

// Title returns the role's name for a page.
func (r Role) Title() string {
	titles := map[Role]string{Employee: "Employee", Operator: "Operator", Approver: "Approver",
		Builder: "Builder", Admin: "Admin", Auditor: "Auditor"}
	return titles[r]
}

// MapGroups returns the roles that a mapping from group name to role gives for these groups, each once, in
// the order of Roles. Nobody gets a role by default.
func MapGroups(mapping map[string]Role, groups []string) []Role {
	var out []Role
	for _, role := range Roles {
		if slices.ContainsFunc(groups, func(g string) bool { return mapping[g] == role }) {
			out = append(out, role)
		}
	}
	return out
}
