package oktasim

import (
	"net/http"
	"slices"
	"strings"
)

func consoleApps(v *visit) {
	apps := v.o.allApps()
	for i, a := range apps {
		if c := v.o.clients.byID[a.ID]; c != nil && c.kind == serviceClient {
			apps[i].Kind = "API Services"
		}
	}
	v.show("apps", "Applications", apps)
}

func consoleAppCreate(v *visit) {
	name := strings.TrimSpace(v.r.PostForm.Get("name"))
	if name == "" {
		v.showWith(http.StatusUnprocessableEntity, "app_new", "Create app integration", "Give the app integration a name.", "")
		return
	}
	c := &client{name: name, kind: serviceClient, authMethod: "private_key_jwt", dpop: true, active: true} // new apps have the box ticked
	if err := v.o.register(c, nil, nil); err != nil {
		v.showWith(http.StatusUnprocessableEntity, "app_new", "Create app integration", err.Error(), name)
		return
	}
	v.back("/admin/apps/"+c.id, "created")
}

// client finds the client of the address, or answers 404.
func (v *visit) client() *client {
	c := v.o.clientByID(v.r.PathValue("id"))
	if c == nil {
		v.notFound()
	}
	return c
}

type appView struct {
	ID, Name, Kind, Status, Tab, JWKSURI, GroupsFilter string
	DPoP, ByKey                                        bool
	Secrets                                            []secretRow
	Tabs                                               []navItem
	Keys                                               []keyRow
	Scopes                                             []scopeRow
	Granted, RedirectURIs, LogoutURIs                  []string
	Roles                                              []roleRow
}

type keyRow struct{ ID, KID, Type, Created, Status string }

type scopeRow struct {
	Name    string
	Granted bool
}

type roleRow struct{ Label, Set string }

func consoleApp(v *visit) {
	c := v.client()
	if c == nil {
		return
	}
	a := appView{ID: c.id, Name: c.name, Kind: c.kind, Status: "INACTIVE", Tab: v.r.Form.Get("tab"), JWKSURI: c.jwksURI, DPoP: c.dpop, ByKey: c.authMethod == "private_key_jwt",
		GroupsFilter: c.groupsFilter, Granted: c.scopes, RedirectURIs: c.redirectURIs, LogoutURIs: c.postLogoutURIs}
	if v.o.usable(c) {
		a.Status = "ACTIVE"
	}
	tabs := []navItem{{Label: "General", Href: "general"}}
	if c.kind == webClient {
		tabs = append(tabs, navItem{Label: "Sign On", Href: "signon"})
	} else {
		tabs = append(tabs, navItem{Label: "Okta API Scopes", Href: "scopes"}, navItem{Label: "Admin roles", Href: "roles"})
	}
	if !slices.ContainsFunc(tabs, func(t navItem) bool { return t.Href == a.Tab }) {
		a.Tab = "general"
	}
	for _, t := range tabs {
		a.Tabs = append(a.Tabs, navItem{Label: t.Label, Href: "/admin/apps/" + c.id + "?tab=" + t.Href, Here: t.Href == a.Tab})
	}
	a.Keys = c.keyRows()
	if c.kind == integrationClient {
		v.o.read(secretsPath(c), &a.Secrets)
	}
	for _, s := range apiScopes {
		a.Scopes = append(a.Scopes, scopeRow{s, slices.Contains(c.scopes, s)})
	}
	for _, r := range c.roles {
		row := roleRow{Label: consoleRoleLabel(r.role.Type)}
		if r.role.Type == roleCustom {
			row.Label = r.label(v.o)
			_, row.Set = v.o.idAndLabel("/api/v1/iam/resource-sets/", r.role.ResourceSet)
		}
		a.Roles = append(a.Roles, row)
	}
	v.show("app", c.name, a)
}

func consoleAppStatus(v *visit) {
	c := v.client()
	if c == nil {
		return
	}
	on := v.r.PostForm.Get("to") == "activate"
	if c.isApp {
		verb := "deactivate"
		if on {
			verb = "activate"
		}
		if status, _ := v.o.do(http.MethodPost, "/api/v1/apps/"+pathSegment(c.appID)+"/lifecycle/"+verb, nil); status >= 300 {
			v.o.errorPage(v.w, http.StatusConflict, "The application's status could not be changed.")
			return
		}
	}
	c.active = on
	v.back("/admin/apps/"+c.id, "saved")
}

func consoleAppDPoP(v *visit) {
	c := v.client()
	if c == nil {
		return
	}
	c.dpop, c.updated = v.r.PostForm.Get("dpop") != "", v.o.now()
	v.o.followClient(c)
	v.back("/admin/apps/"+c.id, "saved")
}

func consoleAppScope(v *visit) {
	c := v.client()
	if c == nil {
		return
	}
	scope, done := v.r.PostForm.Get("scope"), "revoked"
	if v.r.PostForm.Get("to") == "grant" {
		if err := v.o.grant(v.by, c, scope); err != nil {
			v.o.errorPage(v.w, http.StatusUnprocessableEntity, err.Error())
			return
		}
		done = "granted"
	} else {
		v.o.revoke(v.by, c, scope)
	}
	v.back("/admin/apps/"+c.id+"?tab=scopes#"+scope, done) // so that the page stays at the row
}
