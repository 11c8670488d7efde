package oktasim

import "net/http"

// orgRoutes tell who the org is ("getWellknownOrgMetadata"): open to all.
func (o *Org) orgRoutes() []route {
	return []route{{method: "GET", pattern: "/.well-known/okta-organization", scope: "-", handle: describeOrg}}
}

func describeOrg(c *call) (int, any, *apiError) {
	return http.StatusOK, map[string]any{
		"id": c.o.id, "cell": "sim1", "pipeline": "idx",
		"_links": map[string]any{"organization": link(c.o.base(c.r))},
		"settings": map[string]bool{"analyticsCollectionEnabled": false, "bugReportingEnabled": true, "omEnabled": false,
			"pssoEnabled": false, "desktopMFAEnabled": false, "itpEnabled": false},
	}, nil
}
