package oktasim

import (
	"net/http"
)

func (o *Org) customRoles() []labelled {
	var got struct{ Roles []labelled }
	o.read("/api/v1/iam/roles", &got)
	for i, r := range got.Roles {
		got.Roles[i].Permissions, _ = o.rolePermissions(r.ID)
	}
	return got.Roles
}

func (o *Org) resourceSets() []labelled {
	var got struct {
		Sets []labelled `json:"resource-sets"`
	}
	o.read("/api/v1/iam/resource-sets", &got)
	for i, s := range got.Sets {
		got.Sets[i].Resources, _ = o.setResources(s.ID)
	}
	return got.Sets
}

func consoleAdministrators(v *visit) {
	tab := v.r.Form.Get("tab")
	if tab != "roles" {
		tab = "resources"
	}
	groups := []labelled{}
	for _, g := range v.o.allGroups() {
		groups = append(groups, labelled{ID: g.ID, Label: g.Profile.Name})
	}
	v.show("administrators", "Administrators", map[string]any{"Tab": tab, "Roles": v.o.customRoles(), "Sets": v.o.resourceSets(),
		"Groups": groups, "Permissions": permissionTypes, "Tabs": []navItem{
			{Label: "Resources", Href: "/admin/administrators?tab=resources", Here: tab == "resources"},
			{Label: "Roles", Href: "/admin/administrators?tab=roles", Here: tab == "roles"}}})
}

func consoleSetCreate(v *visit) {
	f, base := v.r.PostForm, v.o.base(v.r)
	resources := []string{}
	for _, path := range f["resource"] {
		resources = append(resources, base+path)
	}
	if g := f.Get("group"); g != "" {
		resources = append(resources, base+"/api/v1/groups/"+pathSegment(g), base+"/api/v1/groups/"+pathSegment(g)+"/users")
	}
	v.createAndShow("/api/v1/iam/resource-sets", "/admin/administrators?tab=resources",
		map[string]any{"label": f.Get("label"), "description": f.Get("description"), "resources": resources})
}

func consoleRoleCreate(v *visit) {
	f := v.r.PostForm
	v.createAndShow("/api/v1/iam/roles", "/admin/administrators?tab=roles",
		map[string]any{"label": f.Get("label"), "description": f.Get("description"), "permissions": orEmpty(f["permission"])})
}

func (v *visit) createAndShow(api, page string, body any) {
	if _, err := v.o.create(api, body); err != nil {
		v.o.errorPage(v.w, http.StatusUnprocessableEntity, "It was not created: "+err.Error())
		return
	}
	v.back(page, "created")
}
