package oktasim

import (
	"net/http"
	"slices"
)

// targetPage is how many targets a page has, whatever `limit` says.
const targetPage = 20

// targetable refuses targets for a role that has none of the kind.
func targetable(a *roleAssignment, kind string) *apiError {
	if r := adminRoleOf(a.kind); r == nil || r.targets != kind {
		return newError(http.StatusBadRequest, "E0000091", "The provided role type was not the same as required role type.")
	}
	return nil
}

func (c *call) listGroupTargets(_ *roleHolder, a *roleAssignment) (int, any, *apiError) {
	if err := targetable(a, "groups"); err != nil {
		return 0, nil, err
	}
	out := []groupJSON{}
	for _, id := range page(c, a.groupTargets, targetPage, targetPage, func(id string) string { return id }) {
		if g := c.o.groups.byID[id]; g != nil {
			out = append(out, c.groupView(g))
		}
	}
	return http.StatusOK, out, nil
}

func (c *call) addGroupTarget(h *roleHolder, a *roleAssignment) (int, any, *apiError) {
	g, err := c.findGroup("targetGroupId")
	if err != nil {
		return 0, nil, err
	}
	if err := targetable(a, "groups"); err != nil {
		return 0, nil, err
	}
	if !slices.Contains(a.groupTargets, g.id) {
		a.groupTargets = append(a.groupTargets, g.id)
		slices.Sort(a.groupTargets)
		a.lastUpdated = c.now()
		c.logRole(h, a, true)
	}
	return http.StatusNoContent, nil, nil
}

// errLastTarget: taking the last target away would silently widen the role to everything.
func errLastTarget() *apiError {
	return newError(http.StatusForbidden, "E0000093", "Target count limit exceeded", "The last target of a role assignment cannot be removed.")
}

func (c *call) removeGroupTarget(h *roleHolder, a *roleAssignment) (int, any, *apiError) {
	if err := targetable(a, "groups"); err != nil {
		return 0, nil, err
	}
	i := slices.Index(a.groupTargets, c.p("targetGroupId"))
	if i < 0 {
		return 0, nil, errNotFound(c.p("targetGroupId"), "UserGroup")
	}
	if len(a.groupTargets) == 1 {
		return 0, nil, errLastTarget()
	}
	a.groupTargets = slices.Delete(a.groupTargets, i, i+1)
	a.lastUpdated = c.now()
	c.logRole(h, a, false)
	return http.StatusNoContent, nil, nil
}

func (c *call) appTargetView(t appTarget) map[string]any {
	if t.id != "" {
		label, status, _ := c.o.appStatus(t.id)
		return map[string]any{"name": label, "status": status, "id": t.id,
			"_links": map[string]any{"self": link(c.url("/api/v1/apps/%s", t.id))}}
	}
	out := map[string]any{
		"name": t.name, "displayName": t.name, "description": "", "status": "ACTIVE", "lastUpdated": stamp(c.o.schemas.group.created),
		"category": "", "verificationStatus": "OKTA_VERIFIED", "website": "", "signOnModes": []string{},
		"_links": map[string]any{"self": link(c.url("/api/v1/catalog/apps/%s", t.name)),
			"logo": []any{map[string]any{"name": "medium", "href": c.url("/assets/apps/%s", t.name)}}},
	}
	if in := c.o.apps.catalog[t.name]; in != nil && in.label != "" {
		out["displayName"] = in.label
	}
	return out
}

func (c *call) listAppTargets(_ *roleHolder, a *roleAssignment) (int, any, *apiError) {
	if err := targetable(a, "apps"); err != nil {
		return 0, nil, err
	}
	out := []any{}
	for _, t := range page(c, a.appTargets, targetPage, targetPage, func(t appTarget) string { return t.name + t.id }) {
		out = append(out, c.appTargetView(t))
	}
	return http.StatusOK, out, nil
}

// pathApp reads the catalog app or the app instance that the path names.
func (c *call) pathApp() (appTarget, *apiError) {
	t := appTarget{name: c.p("appName"), id: c.p("appId")}
	if t.id != "" {
		if _, _, ok := c.o.appStatus(t.id); !ok {
			return t, errNotFound(t.id, "AppInstance")
		}
		return t, nil
	}
	if c.o.apps.catalog[t.name] == nil {
		return t, errNotFound(t.name, "App")
	}
	return t, nil
}

// addAppTarget narrows an app role to an instance or to all instances of a catalog
// app; the catalog app takes the place of its instances.
func (c *call) addAppTarget(h *roleHolder, a *roleAssignment) (int, any, *apiError) {
	t, err := c.pathApp()
	if err != nil {
		return 0, nil, err
	}
	if err := targetable(a, "apps"); err != nil {
		return 0, nil, err
	}
	if t.id == "" {
		a.appTargets = slices.DeleteFunc(a.appTargets, func(x appTarget) bool { return x.name == t.name && x.id != "" })
	}
	if !slices.Contains(a.appTargets, t) {
		a.appTargets = append(a.appTargets, t)
		a.lastUpdated = c.now()
		c.logRole(h, a, true)
	}
	return http.StatusNoContent, nil, nil
}

func (c *call) removeAppTarget(h *roleHolder, a *roleAssignment) (int, any, *apiError) {
	if err := targetable(a, "apps"); err != nil {
		return 0, nil, err
	}
	t := appTarget{name: c.p("appName"), id: c.p("appId")}
	i := slices.Index(a.appTargets, t)
	if i < 0 {
		return 0, nil, errNotFound(t.name+t.id, "App")
	}
	if len(a.appTargets) == 1 {
		return 0, nil, errLastTarget()
	}
	a.appTargets = slices.Delete(a.appTargets, i, i+1)
	a.lastUpdated = c.now()
	c.logRole(h, a, false)
	return http.StatusNoContent, nil, nil
}

// targetAllApps takes all targets away on purpose: the role covers every app again.
func (c *call) targetAllApps(h *roleHolder, a *roleAssignment) (int, any, *apiError) {
	if err := targetable(a, "apps"); err != nil {
		return 0, nil, err
	}
	a.appTargets, a.lastUpdated = nil, c.now()
	c.logRole(h, a, true)
	return http.StatusOK, nil, nil
}
