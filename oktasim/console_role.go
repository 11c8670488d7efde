package oktasim

import (
	"net/http"
	"slices"
)

// rolesView is the page Edit assignments: a line for each assignment, with what each may be chosen from.
type rolesView struct {
	ID, Name string
	Rows     []roleChoice
	Standard []labelled
	Custom   []labelled
	Sets     []labelled
}

// roleChoice is one line: a standard role by type or a custom role by id, and its resource set.
type roleChoice struct{ Role, Set string }

// labelled is a custom role, a resource set or a group as the console lists it.
type labelled struct {
	ID, Label, Description string
	Resources, Permissions []string
}

func consoleRolesEdit(v *visit) {
	c := v.client()
	if c == nil {
		return
	}
	rows := []roleChoice{}
	for _, r := range c.roles {
		if r.role.Type != roleCustom {
			rows = append(rows, roleChoice{Role: r.role.Type})
			continue
		}
		id, _ := v.o.roleName(r.role.CustomRole)
		rows = append(rows, roleChoice{id, v.o.setID(r.role.ResourceSet)})
	}
	v.showRoles(c, http.StatusOK, "", rows)
}

func (v *visit) showRoles(c *client, status int, problem string, rows []roleChoice) {
	view := rolesView{ID: c.id, Name: c.name, Rows: rows, Custom: v.o.customRoles(), Sets: v.o.resourceSets()}
	for _, r := range adminRoles {
		if r.kind != "API_ADMIN" { // an older name of API_ACCESS_MANAGEMENT_ADMIN
			view.Standard = append(view.Standard, labelled{ID: r.kind, Label: consoleRoleLabel(r.kind)})
		}
	}
	v.showWith(status, "roles_edit", "Edit assignments", problem, view)
}

// consoleRolesSave saves the lines, or with Add assignment shows one more.
func consoleRolesSave(v *visit) {
	c := v.client()
	if c == nil {
		return
	}
	f := v.r.PostForm
	rows := make([]roleChoice, len(f["role"]))
	for i, role := range f["role"] {
		rows[i].Role = role
		if i < len(f["set"]) {
			rows[i].Set = f["set"][i]
		}
	}
	if f.Has("add") {
		v.showRoles(c, http.StatusOK, "", append(rows, roleChoice{}))
		return
	}
	rows = slices.DeleteFunc(rows, func(r roleChoice) bool { return r.Role == "" })
	want := make([]Role, len(rows))
	for i, r := range rows {
		standard := adminRoleOf(r.Role) != nil
		switch {
		case standard && r.Set != "":
			v.showRoles(c, http.StatusUnprocessableEntity, "A resource set goes with a custom role only. Choose None for the standard role.", rows)
			return
		case standard:
			want[i] = Role{Type: r.Role}
		case r.Set == "":
			v.showRoles(c, http.StatusUnprocessableEntity, "A custom role needs a resource set. Choose one.", rows)
			return
		default:
			want[i] = Role{Type: roleCustom, CustomRole: r.Role, ResourceSet: r.Set}
		}
	}
	old := slices.Clone(c.roles)
	for _, r := range old {
		v.o.unassignRole(v.by, c, r)
	}
	for _, r := range want {
		if _, err := v.o.assignRole(v.by, c, r); err != nil {
			c.roles = old
			v.showRoles(c, http.StatusUnprocessableEntity, "The admin roles were not saved: "+err.summary+".", rows)
			return
		}
	}
	v.back("/admin/apps/"+c.id+"?tab=roles", "roles")
}

// consoleRoleLabel is a standard role's name in the Admin Console, which calls
// two of them otherwise than the API does ("Standard administrator roles and
// permissions" of Okta's help).
func consoleRoleLabel(kind string) string {
	switch kind {
	case "USER_ADMIN":
		return "Group Administrator"
	case "ORG_ADMIN":
		return "Organization Administrator"
	}
	if r := adminRoleOf(kind); r != nil {
		return r.label
	}
	return kind
}
