package oktasim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// single is one object of the API that is there once in each org.
type single struct {
	path        string
	read, write string // scopes; no write scope, no writing
	methods     string // how it is written: PUT, POST or both
	replies     int    // status of a write; 0 is 200
	begin       func(o *Org) map[string]any
	required    []string
	enums       map[string][]string
	list        bool   // shown as a list of the one object
	event       string // the log event of a write, if Okta has one
}

func fixed(m map[string]any) func(*Org) map[string]any {
	return func(*Org) map[string]any { return jsonCopy(m) }
}

// singles lists them with what they say in a new org.
func singles() []single {
	orgRead, orgWrite := "okta.orgs.read", "okta.orgs.manage"
	return []single{
		{path: "/api/v1/org", read: orgRead, write: orgWrite, methods: "PUT POST", begin: func(o *Org) map[string]any {
			return map[string]any{"id": o.id, "companyName": o.company, "status": "ACTIVE", "subdomain": o.subdomain(),
				"address1": nil, "address2": nil, "city": nil, "country": nil, "state": nil, "postalCode": nil, "website": nil,
				"phoneNumber": nil, "endUserSupportHelpURL": nil, "supportPhoneNumber": nil, "expiresAt": nil,
				"created": stamp(o.now()), "lastUpdated": stamp(o.now())}
		}},
		{path: preferencesPath, read: orgRead, begin: fixed(map[string]any{"showEndUserFooter": true})},
		{path: mailPath, read: orgRead, begin: fixed(map[string]any{"optOutEmailUsers": false})},
		{path: supportPath, read: orgRead, begin: fixed(map[string]any{"support": "DISABLED", "expiration": nil, "caseNumber": nil})},
		{path: "/api/v1/org/orgSettings/thirdPartyAdminSetting", read: orgRead, write: orgWrite, methods: "POST", required: []string{"thirdPartyAdmin"},
			begin: fixed(map[string]any{"thirdPartyAdmin": false})},
		{path: "/api/v1/org/captcha", read: "okta.captchas.read", write: "okta.captchas.manage", methods: "PUT",
			begin: fixed(map[string]any{"captchaId": nil, "enabledPages": nil})},
		{path: "/attack-protection/api/v1/authenticator-settings", read: orgRead, write: orgWrite, methods: "PUT", list: true,
			begin: fixed(map[string]any{"verifyKnowledgeSecondWhen2faRequired": false})},
		{path: "/attack-protection/api/v1/user-lockout-settings", read: orgRead, write: orgWrite, methods: "PUT", list: true,
			begin: fixed(map[string]any{"preventBruteForceLockoutFromUnknownDevices": true})},
		{path: "/api/v1/threats/configuration", read: "okta.threatInsights.read", write: "okta.threatInsights.manage", methods: "POST",
			required: []string{"action"}, enums: map[string][]string{"action": {"none", "audit", "block"}}, event: "security.threat.configuration.update",
			begin: fixed(map[string]any{"action": "none", "excludeZones": []any{}})},
		{path: "/api/v1/rate-limit-settings/warning-threshold", read: "okta.rateLimits.read", write: "okta.rateLimits.manage", methods: "PUT",
			required: []string{"warningThreshold"}, begin: fixed(map[string]any{"warningThreshold": 60})},
		{path: "/api/v1/rate-limit-settings/admin-notifications", read: "okta.rateLimits.read", write: "okta.rateLimits.manage", methods: "PUT",
			required: []string{"notificationsEnabled"}, begin: fixed(map[string]any{"notificationsEnabled": true})},
		{path: "/api/v1/rate-limit-settings/per-client", read: "okta.rateLimits.read", write: "okta.rateLimits.manage", methods: "PUT",
			required: []string{"defaultMode"}, enums: map[string][]string{"defaultMode": {"DISABLE", "ENFORCE", "PREVIEW"}},
			begin: fixed(map[string]any{"defaultMode": "PREVIEW", "useCaseModeOverrides": map[string]any{}})},
		{path: "/api/v1/bot-protection/configuration", read: "okta.botProtection.read", write: "okta.botProtection.manage", methods: "POST",
			begin: fixed(map[string]any{"mode": "DISABLED", "level": "MEDIUM", "enforcementType": "NONE", "supportedFlows": []any{}})},
		{path: "/api/v1/dr/status", read: "okta.dr.read", begin: func(o *Org) map[string]any {
			return map[string]any{"status": []any{map[string]any{"domain": strings.TrimPrefix(strings.TrimPrefix(o.base(nil), "https://"), "http://"), "isFailedOver": false}}}
		}},
		{path: "/api/v1/ssf/stream", read: "ssf.read", begin: fixed(map[string]any{}), list: true},
		{path: "/okta-personal-settings/api/v1/export-blocklists", read: "okta.personal.adminSettings.read", write: "okta.personal.adminSettings.manage",
			methods: "PUT", replies: http.StatusNoContent, required: []string{"domains"}, begin: fixed(map[string]any{"domains": []any{}})},
		{path: "/okta-personal-settings/api/v1/edit-feature", write: "okta.personal.adminSettings.manage", methods: "PUT",
			replies: http.StatusNoContent, begin: fixed(map[string]any{"enableEnduserEntryPoints": true, "enableExportApps": true})},
		{path: "/api/v1/device-posture-checks/default", read: "okta.devicePostureChecks.read", begin: fixed(map[string]any{}), list: true},
	}
}

// singleRoutes are the routes of the single objects.
func (o *Org) singleRoutes() []route {
	var out []route
	for _, s := range singles() {
		if s.read != "" {
			out = append(out, route{method: "GET", pattern: s.path, scope: s.read, handle: func(c *call) (int, any, *apiError) {
				now := c.o.single(s)
				if s.list {
					if len(now) == 0 {
						return http.StatusOK, []any{}, nil
					}
					return http.StatusOK, []any{now}, nil
				}
				return http.StatusOK, now, nil
			}})
		}
		for _, method := range strings.Fields(s.methods) {
			out = append(out, route{method: method, pattern: s.path, scope: s.write, handle: func(c *call) (int, any, *apiError) {
				return c.writeSingle(s, method)
			}})
		}
	}
	return out
}

func (o *Org) single(s single) map[string]any {
	if o.rest.singles[s.path] == nil {
		o.rest.singles[s.path] = s.begin(o)
	}
	return o.rest.singles[s.path]
}

// writeSingle replaces the object's members (PUT) or changes those that are sent (POST).
func (c *call) writeSingle(s single, method string) (int, any, *apiError) {
	var in map[string]any
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	for _, f := range s.required {
		if in[f] == nil {
			return 0, nil, errValidation(f, blank(f))
		}
	}
	for f, values := range s.enums {
		if v := in[f]; v != nil && !slices.Contains(values, asText(v)) {
			return 0, nil, errValidation(f, fmt.Sprintf("%s: '%v' is not valid. Valid values: [%s].", f, v, strings.Join(values, ", ")))
		}
	}
	now := c.o.single(s)
	for k := range now {
		if v, sent := in[k]; sent && k != "id" && k != "created" && k != "status" && k != "subdomain" {
			now[k] = jsonClone(v)
		} else if method == http.MethodPut && !sent && strings.HasPrefix(s.path, "/api/v1/org") && k != "id" && k != "created" &&
			k != "status" && k != "subdomain" && k != "companyName" {
			now[k] = nil
		}
	}
	if _, has := now["lastUpdated"]; has {
		now["lastUpdated"] = stamp(c.now())
	}
	if s.event != "" {
		c.o.log(c, s.event, "Update settings", target{ID: c.o.id, Type: "Org", AlternateID: c.o.company, DisplayName: c.o.company})
	}
	if s.replies == http.StatusNoContent {
		return http.StatusNoContent, nil, nil
	}
	return http.StatusOK, now, nil
}
