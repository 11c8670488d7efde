package oktasim

import (
	"net/http"
	"slices"
	"strings"
)

// The custom roles of /api/v1/iam/roles ("RoleECustom" and "RoleECustomPermission").

func (o *Org) iamRoleRoutes() []route {
	const read, manage, role = "okta.roles.read", "okta.roles.manage", "/api/v1/iam/roles/{roleIdOrLabel}"
	return []route{
		{method: "GET", pattern: "/api/v1/iam/roles", scope: read, handle: (*call).listCustomRoles},
		{method: "POST", pattern: "/api/v1/iam/roles", scope: manage, handle: (*call).postCustomRole},
		{method: "GET", pattern: role, scope: read, handle: onCustomRole((*call).getCustomRole)},
		{method: "PUT", pattern: role, scope: manage, handle: onCustomRole((*call).putCustomRole)},
		{method: "DELETE", pattern: role, scope: manage, handle: onCustomRole((*call).deleteCustomRole)},
		{method: "GET", pattern: role + "/permissions", scope: read, handle: onCustomRole((*call).listPermissions)},
		{method: "GET", pattern: role + "/permissions/{permissionType}", scope: read, handle: onCustomRole((*call).getPermission)},
		{method: "POST", pattern: role + "/permissions/{permissionType}", scope: manage, handle: onCustomRole((*call).postPermission)},
		{method: "PUT", pattern: role + "/permissions/{permissionType}", scope: manage, handle: onCustomRole((*call).putPermission)},
		{method: "DELETE", pattern: role + "/permissions/{permissionType}", scope: manage, handle: onCustomRole((*call).deletePermission)},
	}
}

func onCustomRole(do func(c *call, r *customRole) (int, any, *apiError)) func(*call) (int, any, *apiError) {
	return func(c *call) (int, any, *apiError) {
		r := c.o.iam.role(c.p("roleIdOrLabel"))
		if r == nil {
			return 0, nil, errNotFound(c.p("roleIdOrLabel"), "CustomRole")
		}
		return do(c, r)
	}
}

func (r *customRole) target() target {
	return target{ID: r.id, Type: "CUSTOM_ROLE", AlternateID: "unknown", DisplayName: r.label}
}

func (c *call) customRoleView(r *customRole) map[string]any {
	self := c.url("/api/v1/iam/roles/%s", r.id)
	return map[string]any{
		"id": r.id, "label": r.label, "description": r.description, "isCloneable": false,
		"created": stamp(r.created), "lastUpdated": stamp(r.lastUpdated),
		"_links": map[string]any{"self": link(self), "permissions": link(self + "/permissions")},
	}
}

func (c *call) listCustomRoles() (int, any, *apiError) {
	out := []any{}
	links := map[string]any{"self": link(c.url("/api/v1/iam/roles"))}
	for _, r := range iamPage(c, c.o.iam.roles, links, func(r *customRole) string { return r.id }) {
		out = append(out, c.customRoleView(r))
	}
	return http.StatusOK, map[string]any{"roles": out, "_links": links}, nil
}

// iamPage cuts a page out of a list that links in its body and not in headers:
// links is the body's _links, which gets `next` when there is more.
func iamPage[T any](c *call, items []T, links map[string]any, key func(T) string) []T {
	out := page(c, items, 100, 100, key)
	for _, l := range c.w.Header()["Link"] {
		if href, rel, _ := strings.Cut(l, ">; rel="); rel == `"next"` {
			links["next"] = link(strings.TrimPrefix(href, "<"))
		}
	}
	c.w.Header().Del("Link")
	return out
}

type customRoleBody struct {
	Label       string   `json:"label"`
	Description string   `json:"description"`
	Permissions []string `json:"permissions"`
}

// checkLabel checks the label and description that roles and resource sets have alike.
func checkLabel(label, description string) *apiError {
	switch {
	case label == "":
		return errValidation("label", "label: Label must be specified")
	case len([]rune(label)) > 128:
		return errValidation("label", "label: The field must be at most 128 characters long")
	case hasWideRune(label):
		return errValidation("label", "label: The field contains characters that are not supported")
	case description == "":
		return errValidation("description", "description: Description must be specified")
	case len([]rune(description)) > 1000:
		return errValidation("description", "description: The field must be at most 1000 characters long")
	}
	return nil
}

func (c *call) checkRoleLabel(r *customRole, in customRoleBody) *apiError {
	if err := checkLabel(in.Label, in.Description); err != nil {
		return err
	}
	for _, other := range c.o.iam.roles {
		if other != r && other.label == in.Label {
			return errValidation("label", "label: There is already an admin role with this name.")
		}
	}
	return nil
}

func (c *call) postCustomRole() (int, any, *apiError) {
	var in customRoleBody
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	if err := c.checkRoleLabel(nil, in); err != nil {
		return 0, nil, err
	}
	if len(in.Permissions) == 0 {
		return 0, nil, errValidation("permissions", "permissions: At least one permission must be specified")
	}
	now := c.now()
	r := &customRole{label: in.Label, description: in.Description, created: now, lastUpdated: now}
	for _, p := range in.Permissions {
		if err := r.add(p, nil, c); err != nil && err.code != "E0000090" {
			return 0, nil, err
		}
	}
	r.id = c.o.newID("cr0")
	c.o.iam.roles = append(c.o.iam.roles, r)
	c.o.log(c, "iam.role.create", "Create custom admin role", r.target())
	return http.StatusOK, c.customRoleView(r), nil
}

func (c *call) getCustomRole(r *customRole) (int, any, *apiError) {
	return http.StatusOK, c.customRoleView(r), nil
}

func (c *call) putCustomRole(r *customRole) (int, any, *apiError) {
	var in customRoleBody
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	if err := c.checkRoleLabel(r, in); err != nil {
		return 0, nil, err
	}
	r.label, r.description, r.lastUpdated = in.Label, in.Description, c.now()
	c.o.log(c, "iam.role.update", "Update custom admin role", r.target())
	return http.StatusOK, c.customRoleView(r), nil
}

// deleteCustomRole refuses a role that somebody holds.
func (c *call) deleteCustomRole(r *customRole) (int, any, *apiError) {
	for _, s := range c.o.iam.sets {
		if s.binding(r) != nil {
			return 0, nil, errValidation("role", "role: The role is assigned to admins and cannot be deleted.")
		}
	}
	c.o.iam.roles = slices.DeleteFunc(c.o.iam.roles, func(x *customRole) bool { return x == r })
	c.o.log(c, "iam.role.delete", "Delete custom admin role", r.target())
	return http.StatusNoContent, nil, nil
}

// add gives the role a permission.
func (r *customRole) add(name string, conditions any, c *call) *apiError {
	if !slices.Contains(permissionTypes, name) {
		return errValidation("permissions", "permissions: The permission "+name+" does not exist.")
	}
	if r.permission(name) != nil {
		return newError(http.StatusConflict, "E0000090", "The permission is already part of the role.")
	}
	r.permissions = append(r.permissions, &permission{label: name, conditions: conditions, created: c.now(), lastUpdated: c.now()})
	return nil
}

func (r *customRole) permission(name string) *permission {
	for _, p := range r.permissions {
		if p.label == name {
			return p
		}
	}
	return nil
}

func (c *call) permissionView(r *customRole, p *permission) map[string]any {
	role := c.url("/api/v1/iam/roles/%s", r.id)
	return map[string]any{
		"label": p.label, "conditions": p.conditions, "created": stamp(p.created), "lastUpdated": stamp(p.lastUpdated),
		"_links": map[string]any{"role": link(role), "self": link(role + "/permissions/" + p.label)},
	}
}

func (c *call) listPermissions(r *customRole) (int, any, *apiError) {
	out := make([]any, len(r.permissions))
	for i, p := range r.permissions {
		out[i] = c.permissionView(r, p)
	}
	return http.StatusOK, map[string]any{"permissions": out}, nil
}

func (c *call) getPermission(r *customRole) (int, any, *apiError) {
	p := r.permission(c.p("permissionType"))
	if p == nil {
		return 0, nil, errNotFound(c.p("permissionType"), "Permission")
	}
	return http.StatusOK, c.permissionView(r, p), nil
}

type permissionBody struct {
	Conditions any `json:"conditions"`
}

func (c *call) postPermission(r *customRole) (int, any, *apiError) {
	var in permissionBody
	if err := c.decodeOptional(&in); err != nil {
		return 0, nil, err
	}
	if err := r.add(c.p("permissionType"), in.Conditions, c); err != nil {
		return 0, nil, err
	}
	c.permissionsChanged(r, "iam.role.permissions.add", "Add permissions to a custom admin role")
	return http.StatusNoContent, nil, nil
}

func (c *call) permissionsChanged(r *customRole, eventType, message string) {
	r.lastUpdated = c.now()
	c.o.log(c, eventType, message, r.target())
}

func (c *call) putPermission(r *customRole) (int, any, *apiError) {
	var in permissionBody
	if err := c.decodeOptional(&in); err != nil {
		return 0, nil, err
	}
	p := r.permission(c.p("permissionType"))
	if p == nil {
		return 0, nil, errNotFound(c.p("permissionType"), "Permission")
	}
	p.conditions, p.lastUpdated = in.Conditions, c.now()
	c.permissionsChanged(r, "iam.role.permission.conditions.add", "Add conditions to a permission")
	return http.StatusOK, c.permissionView(r, p), nil
}

func (c *call) deletePermission(r *customRole) (int, any, *apiError) {
	p := r.permission(c.p("permissionType"))
	if p == nil {
		return 0, nil, errNotFound(c.p("permissionType"), "Permission")
	}
	if len(r.permissions) == 1 {
		return 0, nil, errValidation("permissions", "permissions: At least one permission must be specified")
	}
	r.permissions = slices.DeleteFunc(r.permissions, func(x *permission) bool { return x == p })
	c.permissionsChanged(r, "iam.role.permissions.delete", "Delete permissions from a custom admin role")
	return http.StatusNoContent, nil, nil
}
