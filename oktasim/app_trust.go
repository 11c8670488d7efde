package oktasim

import (
	"net/http"
	"slices"
)

// trustRoutes say which apps may ask for tokens on behalf of which
// ("listInterclientAllowedApplications" and its kin).
func (o *Org) trustRoutes() []route {
	const read, manage, one = "okta.apps.interclientTrust.read", "okta.apps.interclientTrust.manage", "/api/v1/apps/{appId}"
	return []route{
		{method: "GET", pattern: one + "/interclient-allowed-apps", scope: read, handle: (*call).trustAllowed},
		{method: "POST", pattern: one + "/interclient-allowed-apps", scope: manage, handle: (*call).trustCreate},
		{method: "DELETE", pattern: one + "/interclient-allowed-apps/{allowedAppId}", scope: manage, handle: (*call).trustDelete},
		{method: "GET", pattern: one + "/interclient-target-apps", scope: read, handle: (*call).trustTargets},
	}
}

func (c *call) trustAllowed() (int, any, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, orEmpty(a.trusts), nil
}

func (c *call) trustTargets() (int, any, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return 0, nil, err
	}
	out := []string{}
	for _, other := range c.o.apps.list {
		if slices.Contains(other.trusts, a.id) {
			out = append(out, other.id)
		}
	}
	return http.StatusOK, out, nil
}

func (c *call) trustCreate() (int, any, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return 0, nil, err
	}
	var in struct{ ID string }
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	other, err := c.o.findApp(in.ID)
	if err != nil {
		return 0, nil, err
	}
	if other == a {
		return 0, nil, errValidation("id", "id: An app always trusts itself.")
	}
	if !slices.Contains(a.trusts, other.id) {
		a.trusts = append(a.trusts, other.id)
	}
	return http.StatusCreated, map[string]any{"id": other.id}, nil
}

func (c *call) trustDelete() (int, any, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return 0, nil, err
	}
	i := slices.Index(a.trusts, c.p("allowedAppId"))
	if i < 0 {
		return 0, nil, errNotFound(c.p("allowedAppId"), "InterclientTrustMapping")
	}
	a.trusts = slices.Delete(a.trusts, i, i+1)
	return http.StatusNoContent, nil, nil
}
