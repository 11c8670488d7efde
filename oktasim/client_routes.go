package oktasim

import (
	"encoding/json"
	"net/http"
	"slices"
)

// clientRoutes are the OAuth 2.0 clients of the org and their admin roles
// ("RoleAssignmentClient" of the API: listRolesForClient and its kin).
func (o *Org) clientRoutes() []route {
	const base = "/oauth2/v1/clients"
	const role = base + "/{clientId}/roles/{roleId}"
	return []route{
		{method: "GET", pattern: base, scope: "okta.apps.read", handle: listClients},
		{method: "GET", pattern: base + "/{clientId}", scope: "okta.apps.read", handle: getClient},
		{method: "GET", pattern: base + "/{clientId}/roles", scope: "okta.roles.read", handle: listClientRoles},
		{method: "POST", pattern: base + "/{clientId}/roles", scope: "okta.roles.manage", handle: assignClientRole},
		{method: "GET", pattern: role, scope: "okta.roles.read", handle: getClientRole},
		{method: "DELETE", pattern: role, scope: "okta.roles.manage", handle: deleteClientRole},
		{method: "GET", pattern: role + "/targets/groups", scope: "okta.roles.read", handle: listGroupTargets},
		{method: "PUT", pattern: role + "/targets/groups/{groupId}", scope: "okta.roles.manage", handle: changeGroupTarget},
		{method: "DELETE", pattern: role + "/targets/groups/{groupId}", scope: "okta.roles.manage", handle: changeGroupTarget},
		{method: "GET", pattern: role + "/targets/catalog/apps", scope: "okta.roles.read", handle: listAppTargets},
		{method: "PUT", pattern: role + "/targets/catalog/apps/{appName}", scope: "okta.roles.manage", handle: changeAppTarget},
		{method: "DELETE", pattern: role + "/targets/catalog/apps/{appName}", scope: "okta.roles.manage", handle: changeAppTarget},
		{method: "PUT", pattern: role + "/targets/catalog/apps/{appName}/{appId}", scope: "okta.roles.manage", handle: changeAppTarget},
		{method: "DELETE", pattern: role + "/targets/catalog/apps/{appName}/{appId}", scope: "okta.roles.manage", handle: changeAppTarget},
	}
}

func clientJSON(c *client) map[string]any {
	out := map[string]any{
		"client_id": c.id, "client_name": c.name, "client_id_issued_at": c.created.Unix(), "client_secret_expires_at": 0,
		"client_uri": nil, "logo_uri": nil, "redirect_uris": orEmpty(c.redirectURIs),
		"post_logout_redirect_uris":  orEmpty(c.postLogoutURIs),
		"token_endpoint_auth_method": c.authMethod, "dpop_bound_access_tokens": c.dpop,
		"application_type": "service", "grant_types": []string{"client_credentials"}, "response_types": []string{"token"},
	}
	if c.kind == webClient {
		out["application_type"], out["grant_types"], out["response_types"] = "web", []string{"authorization_code"}, []string{"code"}
	}
	if c.jwksURI != "" {
		out["jwks_uri"] = c.jwksURI
	}
	return out
}

func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func listClients(c *call) (int, any, *apiError) {
	found := page(c, c.o.clients.list, 200, 200, func(x *client) string { return x.id })
	out := make([]map[string]any, len(found))
	for i, x := range found {
		out[i] = clientJSON(x)
	}
	return http.StatusOK, out, nil
}

func (c *call) client() (*client, *apiError) {
	x := c.o.clientByID(c.p("clientId"))
	if x == nil {
		return nil, errNotFound(c.p("clientId"), "PublicClientApp")
	}
	return x, nil
}

func (c *call) clientRole() (*client, *clientRole, *apiError) {
	x, err := c.client()
	if err != nil {
		return nil, nil, err
	}
	for _, r := range x.roles {
		if r.id == c.p("roleId") {
			return x, r, nil
		}
	}
	return nil, nil, errNotFound(c.p("roleId"), "RoleAssignment")
}

func getClient(c *call) (int, any, *apiError) {
	x, err := c.client()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, clientJSON(x), nil
}

func listClientRoles(c *call) (int, any, *apiError) {
	x, err := c.client()
	if err != nil {
		return 0, nil, err
	}
	out := make([]map[string]any, len(x.roles))
	for i, r := range x.roles {
		out[i] = r.json(c, x.id)
	}
	return http.StatusOK, out, nil
}

func assignClientRole(c *call) (int, any, *apiError) {
	x, err := c.client()
	if err != nil {
		return 0, nil, err
	}
	var in struct {
		Type string `json:"type"`
		Role string `json:"role"`
		Set  string `json:"resource-set"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	if in.Type == "" {
		return 0, nil, errValidation("type", "type: The field cannot be left blank")
	}
	r, err := c.o.assignRole(c, x, Role{Type: in.Type, CustomRole: in.Role, ResourceSet: in.Set})
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, r.json(c, x.id), nil
}

func getClientRole(c *call) (int, any, *apiError) {
	x, r, err := c.clientRole()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, r.json(c, x.id), nil
}

func deleteClientRole(c *call) (int, any, *apiError) {
	x, r, err := c.clientRole()
	if err != nil {
		return 0, nil, err
	}
	c.o.unassignRole(c, x, r)
	return http.StatusNoContent, nil, nil
}

func listGroupTargets(c *call) (int, any, *apiError) {
	_, r, err := c.clientRole()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.objects("/api/v1/groups/", r.role.Groups), nil
}

func listAppTargets(c *call) (int, any, *apiError) {
	_, r, err := c.clientRole()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.objects("/api/v1/apps/", r.role.Apps), nil
}

// objects reads each id's object through the API; a deleted one is left out.
func (c *call) objects(path string, ids []string) []json.RawMessage {
	out := []json.RawMessage{}
	for _, id := range ids {
		if status, body := c.o.do(http.MethodGet, path+pathSegment(id), nil); status == http.StatusOK {
			out = append(out, body)
		}
	}
	return out
}

func changeGroupTarget(c *call) (int, any, *apiError) {
	_, r, err := c.clientRole()
	if err != nil {
		return 0, nil, err
	}
	id := c.p("groupId")
	if status, _ := c.o.do(http.MethodGet, "/api/v1/groups/"+pathSegment(id), nil); status != http.StatusOK {
		return 0, nil, errNotFound(id, "UserGroup")
	}
	if !slices.Contains([]string{"USER_ADMIN", "GROUP_MEMBERSHIP_ADMIN", "HELP_DESK_ADMIN"}, r.role.Type) {
		return 0, nil, errValidation("role", "role: This role does not support group targets.")
	}
	r.role.Groups = changed(r.role.Groups, id, c.r.Method == http.MethodPut)
	return http.StatusNoContent, nil, nil
}

func changeAppTarget(c *call) (int, any, *apiError) {
	_, r, err := c.clientRole()
	if err != nil {
		return 0, nil, err
	}
	if r.role.Type != "APP_ADMIN" {
		return 0, nil, errValidation("role", "role: This role does not support app targets.")
	}
	id := c.p("appId")
	if id == "" {
		id = c.p("appName") // every instance of a catalog app: kept by its name
	} else if _, _, ok := c.o.appStatus(id); !ok {
		return 0, nil, errNotFound(id, "AppInstance")
	}
	r.role.Apps = changed(r.role.Apps, id, c.r.Method == http.MethodPut)
	return http.StatusNoContent, nil, nil
}

// changed returns the set with the value added or removed.
func changed(set []string, value string, add bool) []string {
	set = slices.DeleteFunc(slices.Clone(set), func(s string) bool { return s == value })
	if add {
		set = append(set, value)
	}
	return set
}

// idAndLabel reads an object's id and label through the API.
func (o *Org) idAndLabel(path, idOrLabel string) (id, label string) {
	var got struct{ ID, Label string }
	status, body := o.do(http.MethodGet, path+pathSegment(idOrLabel), nil)
	if status != http.StatusOK || json.Unmarshal(body, &got) != nil {
		return idOrLabel, idOrLabel
	}
	return got.ID, got.Label
}
