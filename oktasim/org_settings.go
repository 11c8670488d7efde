package oktasim

import (
	"net/http"
	"time"
)

const (
	contactsPath    = "/api/v1/org/contacts"
	preferencesPath = "/api/v1/org/preferences"
	mailPath        = "/api/v1/org/privacy/oktaCommunication"
	supportPath     = "/api/v1/org/privacy/oktaSupport"
)

// supportDays is how long Okta's support may look into an org once it is let in.
const supportDays = 8

// orgSettingRoutes are the org's contacts and the settings that have an
// operation for each of their values ("OrgSetting").
func (o *Org) orgSettingRoutes() []route {
	const read, manage = "okta.orgs.read", "okta.orgs.manage"
	routes := []route{
		{method: "GET", pattern: contactsPath, scope: read, handle: (*call).contactList},
		{method: "GET", pattern: contactsPath + "/{contactType}", scope: read, handle: (*call).contactGet},
		{method: "PUT", pattern: contactsPath + "/{contactType}", scope: manage, handle: (*call).contactSet},
	}
	for _, s := range []struct {
		path, verb, field string
		value             any
	}{
		{preferencesPath, "/hideEndUserFooter", "showEndUserFooter", false},
		{preferencesPath, "/showEndUserFooter", "showEndUserFooter", true},
		{mailPath, "/optIn", "optOutEmailUsers", false},
		{mailPath, "/optOut", "optOutEmailUsers", true},
		{supportPath, "/grant", "support", "ENABLED"},
		{supportPath, "/extend", "support", "ENABLED"},
		{supportPath, "/revoke", "support", "DISABLED"},
	} {
		routes = append(routes, route{method: "POST", pattern: s.path + s.verb, scope: manage, handle: func(c *call) (int, any, *apiError) {
			now := c.o.singleAt(s.path)
			now[s.field] = s.value
			if s.path == supportPath {
				now["expiration"] = nil
				if s.value == "ENABLED" {
					now["expiration"] = stamp(c.now().Add(supportDays * 24 * time.Hour))
				}
			}
			return http.StatusOK, now, nil
		}})
	}
	return routes
}

// contactTypes are who Okta may turn to.
var contactTypes = []string{"BILLING", "TECHNICAL"}

func (c *call) contactList() (int, any, *apiError) {
	out := []map[string]any{}
	for _, t := range contactTypes {
		out = append(out, map[string]any{"contactType": t, "_links": map[string]any{"user": link(c.url(contactsPath+"/%s", t))}})
	}
	return http.StatusOK, out, nil
}

// contact is the stored contact of the path's type: the first admin until another is named.
func (c *call) contact() (map[string]any, *apiError) {
	t := c.p("contactType")
	if t != contactTypes[0] && t != contactTypes[1] {
		return nil, errNotFound(t, "OrgContactType")
	}
	key := contactsPath + "/" + t
	if c.o.rest.singles[key] == nil {
		c.o.rest.singles[key] = map[string]any{"userId": c.o.adminID}
	}
	return c.o.rest.singles[key], nil
}

func (c *call) contactView(now map[string]any) map[string]any {
	return map[string]any{"userId": now["userId"], "_links": map[string]any{"user": link(c.url("/api/v1/users/%s", asText(now["userId"])))}}
}

func (c *call) contactGet() (int, any, *apiError) {
	now, err := c.contact()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.contactView(now), nil
}

// contactSet is replaceOrgContactUser.
func (c *call) contactSet() (int, any, *apiError) {
	now, err := c.contact()
	if err != nil {
		return 0, nil, err
	}
	var in map[string]any
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	u, err := c.findPerson(jsonText(in, "userId"))
	if err != nil {
		return 0, nil, err
	}
	now["userId"] = u.id
	return http.StatusOK, c.contactView(now), nil
}

// singleAt is the single object of a path of the table.
func (o *Org) singleAt(path string) map[string]any {
	for _, s := range singles() {
		if s.path == path {
			return o.single(s)
		}
	}
	return map[string]any{}
}
