package oktasim

import (
	"fmt"
	"net/http"
	"slices"
)

// installRoutes install a catalog listing over the API
// (createApiServiceIntegrationInstance): with an API token only.
func (o *Org) installRoutes() []route {
	return []route{{method: "POST", pattern: "/integrations/api/v1/api-services", scope: "", handle: installIntegration}}
}

func installIntegration(c *call) (int, any, *apiError) {
	var in struct {
		Type   string   `json:"type"`
		Scopes []string `json:"grantedScopes"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	i := slices.IndexFunc(c.o.clients.listings, func(l Listing) bool { return l.Key == in.Type })
	if i < 0 {
		return 0, nil, errValidation("type", fmt.Sprintf("type: The catalog has no API service integration '%s'.", in.Type))
	}
	l := c.o.clients.listings[i]
	if len(in.Scopes) == 0 {
		return 0, nil, errValidation("grantedScopes", "grantedScopes: The field cannot be left blank")
	}
	for _, s := range in.Scopes {
		if !slices.Contains(l.Scopes, s) {
			return 0, nil, errValidation("grantedScopes", fmt.Sprintf("grantedScopes: '%s' is not a scope of this integration.", s))
		}
	}
	x := &client{name: l.Name, kind: integrationClient, authMethod: "client_secret_basic", secret: randomToken(48), active: true}
	if err := c.o.register(x, in.Scopes, nil); err != nil {
		return 0, nil, errValidation("type", err.Error())
	}
	c.o.log(c, "app.oauth2.client.lifecycle.create", "Create OAuth client", x.actor())
	out := c.integrationView(x)
	out["type"], out["clientSecret"] = l.Key, x.secret
	return http.StatusCreated, out, nil
}
