package oktasim

import "net/http"

// integrationRoutes are the API service integrations installed from the catalog
// ("ApiServiceIntegrations").
func (o *Org) integrationRoutes() []route {
	const base, one = "/integrations/api/v1/api-services", "/integrations/api/v1/api-services/{apiServiceId}"
	const secret = one + "/credentials/secrets"
	read, manage := "okta.oauthIntegrations.read", "okta.oauthIntegrations.manage"
	return []route{
		{method: "GET", pattern: base, scope: read, handle: (*call).integrationList},
		{method: "GET", pattern: one, scope: read, handle: (*call).integrationGet},
		{method: "DELETE", pattern: one, scope: manage, handle: (*call).integrationDelete},
		{method: "GET", pattern: secret, scope: read, handle: (*call).integrationSecretList},
		{method: "POST", pattern: secret, scope: manage, handle: (*call).integrationSecretCreate},
		{method: "DELETE", pattern: secret + "/{secretId}", scope: manage, handle: (*call).integrationSecretDelete},
		{method: "POST", pattern: secret + "/{secretId}/lifecycle/activate", scope: manage,
			handle: func(c *call) (int, any, *apiError) { return c.integrationSecretStatus(false) }},
		{method: "POST", pattern: secret + "/{secretId}/lifecycle/deactivate", scope: manage,
			handle: func(c *call) (int, any, *apiError) { return c.integrationSecretStatus(true) }},
	}
}

func (c *call) findIntegration() (*client, *apiError) {
	for _, x := range c.o.clients.list {
		if x.kind == integrationClient && x.id == c.p("apiServiceId") {
			return x, nil
		}
	}
	return nil, errNotFound(c.p("apiServiceId"), "ApiServiceIntegration")
}

func (c *call) integrationView(x *client) map[string]any {
	return map[string]any{"id": x.id, "type": "api-service", "name": x.name, "grantedScopes": orEmpty(x.scopes),
		"createdAt": stamp(x.created), "createdBy": c.o.adminID, "configGuideUrl": nil,
		"_links": map[string]any{
			"self":   link(c.url("/integrations/api/v1/api-services/%s", x.id), "GET", "DELETE"),
			"client": link(c.url("/oauth2/v1/clients/%s", x.id), "GET"),
		}}
}

func (c *call) integrationList() (int, any, *apiError) {
	out := []map[string]any{}
	for _, x := range c.o.clients.list {
		if x.kind == integrationClient {
			out = append(out, c.integrationView(x))
		}
	}
	return http.StatusOK, out, nil
}

func (c *call) integrationGet() (int, any, *apiError) {
	x, err := c.findIntegration()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.integrationView(x), nil
}

func (c *call) integrationDelete() (int, any, *apiError) {
	x, err := c.findIntegration()
	if err != nil {
		return 0, nil, err
	}
	c.o.forgetClient(x)
	c.o.log(c, "integration.api_service.lifecycle.revoke", "Revoke API service integration", x.actor())
	return http.StatusNoContent, nil, nil
}
