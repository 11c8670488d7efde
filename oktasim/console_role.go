package oktasim

import (
	"net/http"
	"slices"
)

type rolesView struct {
	ID, Name string
	Standard []roleChoice
	Custom   []labelled
	Sets     []labelled
}

type roleChoice struct {
	Type, Label string
	Checked     bool
}

// labelled is a custom role, a resource set or a group as the console lists it.
type labelled struct {
	ID, Label, Description string
	Chosen                 bool
	Resources, Permissions []string
}

func consoleRolesEdit(v *visit) {
	c := v.client()
	if c == nil {
		return
	}
	view := rolesView{ID: c.id, Name: c.name, Custom: v.o.customRoles(), Sets: v.o.resourceSets()}
	for _, t := range standardRoles {
		view.Standard = append(view.Standard, roleChoice{t, roleLabels[t],
			slices.ContainsFunc(c.roles, func(r *clientRole) bool { return r.role.Type == t })})
	}
	for _, r := range c.roles {
		if r.role.Type != "CUSTOM" {
			continue
		}
		role, _ := v.o.roleName(r.role.CustomRole)
		set := v.o.setID(r.role.ResourceSet)
		for i := range view.Custom {
			view.Custom[i].Chosen = view.Custom[i].ID == role
		}
		for i := range view.Sets {
			view.Sets[i].Chosen = view.Sets[i].ID == set
		}
	}
	v.show("roles_edit", "Edit assignments", view)
}

func consoleRolesSave(v *visit) {
	c := v.client()
	if c == nil {
		return
	}
	want := []Role{}
	for _, t := range v.r.PostForm["role"] {
		want = append(want, Role{Type: t})
	}
	custom, set := v.r.PostForm.Get("custom"), v.r.PostForm.Get("set")
	if (custom == "") != (set == "") {
		v.o.errorPage(v.w, http.StatusUnprocessableEntity, "A custom role needs both a role and a resource set. Go back and choose both.")
		return
	}
	if custom != "" {
		want = append(want, Role{Type: "CUSTOM", CustomRole: custom, ResourceSet: set})
	}
	old := slices.Clone(c.roles)
	for _, r := range old {
		v.o.unassignRole(v.by, c, r)
	}
	for _, r := range want {
		if _, err := v.o.assignRole(v.by, c, r); err != nil {
			c.roles = old
			v.o.errorPage(v.w, http.StatusUnprocessableEntity, err.summary)
			return
		}
	}
	v.back("/admin/apps/"+c.id+"?tab=roles", "roles")
}
