package oktasim

import (
	"net/http"
	"slices"
)

// appSchemaRoutes are the schema of an app's users ("getApplicationUserSchema").
func (o *Org) appSchemaRoutes() []route {
	const path = "/api/v1/meta/schemas/apps/{appId}/default"
	return []route{
		{method: "GET", pattern: path, scope: "okta.schemas.read", handle: (*call).appSchemaGet},
		{method: "POST", pattern: path, scope: "okta.schemas.manage", handle: (*call).appSchemaChange},
	}
}

// appSchema is the app's user schema, made when somebody first asks for it.
func (o *Org) appSchema(a *app) *schema {
	if a.schema == nil {
		base := []baseProperty{{name: "userName", title: "Username", access: accessRead, required: true, maxLength: 100}}
		if a.oauth != nil {
			for _, m := range oidcProfile {
				base = append(base, baseProperty{name: m.name, title: m.title, access: accessRead})
			}
		}
		a.schema = o.newSchema("osc", base)
	}
	return a.schema
}

// appAttributes are the custom attributes of an app's users.
func (o *Org) appAttributes(a *app) []string {
	if a.schema == nil {
		return nil
	}
	return slices.Clone(a.schema.custom.keys)
}

func (c *call) appSchemaView(a *app) map[string]any {
	return c.schemaView(c.o.appSchema(a), c.url("/meta/schemas/apps/%s/default", a.id), a.name, a.label+" User",
		"User profile of the app "+a.label, map[string]any{
			"self": relLink("self", c.url("/api/v1/meta/schemas/apps/%s/default", a.id)),
		})
}

func (c *call) appSchemaGet() (int, any, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.appSchemaView(a), nil
}

func (c *call) appSchemaChange() (int, any, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return 0, nil, err
	}
	removed, err := c.changeSchema(c.o.appSchema(a))
	if err != nil {
		return 0, nil, err
	}
	for _, u := range a.users {
		u.profile = without(u.profile, removed)
	}
	for _, g := range a.groups {
		g.profile = without(g.profile, removed)
	}
	return http.StatusOK, c.appSchemaView(a), nil
}
