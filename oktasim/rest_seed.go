package oktasim

import "strings"

// policyTypes are the values of Policy.type.
var policyTypes = []string{"ACCESS_POLICY", "CONTINUOUS_ACCESS", "ENTITY_RISK", "IDP_DISCOVERY", "MFA_ENROLL", "OKTA_SIGN_ON",
	"PASSWORD", "POST_AUTH_SESSION", "PROFILE_ENROLLMENT", "RESOURCE_ACCESS"}

const policyPath = "/api/v1/policies"

// seedRest makes the objects that every org has from its first day.
func (o *Org) seedRest() {
	o.seedPolicies()
	for _, z := range []struct{ name, kind, usage string }{
		{"LegacyIpZone", "IP", "POLICY"}, {"BlockedIpZone", "IP", "BLOCKLIST"}, {"DefaultEnhancedDynamicZone", "DYNAMIC_V2", "BLOCKLIST"},
	} {
		o.seed("/api/v1/zones", true, "ACTIVE", map[string]any{"name": z.name, "type": z.kind, "usage": z.usage, "gateways": nil, "proxies": nil})
	}
	as := o.seed("/api/v1/authorizationServers", false, "ACTIVE", map[string]any{"name": "default", "description": "Default Authorization Server for your Applications",
		"audiences": []any{"api://default"}, "issuerMode": "ORG_URL",
		"credentials": map[string]any{"signing": map[string]any{"rotationMode": "AUTO", "kid": o.apps.kid}}})
	as.alias = "default"
	inside := "/api/v1/authorizationServers/" + as.id
	for _, s := range []string{"openid", "profile", "email", "address", "phone", "offline_access", "device_sso"} {
		o.seed(inside+"/scopes", true, "", map[string]any{"name": s, "system": true, "consent": "IMPLICIT", "default": false,
			"metadataPublish": "ALL_CLIENTS", "optional": false})
	}
	o.seed(inside+"/claims", true, "ACTIVE", map[string]any{"name": "sub", "claimType": "RESOURCE", "valueType": "EXPRESSION",
		"value": "(appuser != null) ? appuser.userName : app.clientId", "system": true, "alwaysIncludeInToken": true, "conditions": map[string]any{"scopes": []any{}}})
	brand := o.seed("/api/v1/brands", true, "", map[string]any{"name": o.company, "isDefault": true, "agreeToCustomPrivacyPolicy": false,
		"customPrivacyPolicyUrl": nil, "locale": nil, "removePoweredByOkta": false, "emailDomainId": nil, "defaultApp": map[string]any{}})
	o.seed("/api/v1/brands/"+brand.id+"/themes", true, "", map[string]any{"primaryColorHex": "#1662dd", "primaryColorContrastHex": "#ffffff",
		"secondaryColorHex": "#ebebed", "secondaryColorContrastHex": "#000000", "signInPageTouchPointVariant": "OKTA_DEFAULT",
		"endUserDashboardTouchPointVariant": "OKTA_DEFAULT", "errorPageTouchPointVariant": "OKTA_DEFAULT", "emailTemplateTouchPointVariant": "OKTA_DEFAULT"})
	for _, t := range []string{"UserActivation", "ForgotPassword", "PasswordChanged", "EmailChallenge", "AccountLockout", "NewSignOnNotification", "MFAEnrolled", "MFAReset"} {
		o.seed("/api/v1/brands/"+brand.id+"/templates/email", true, "", map[string]any{"name": t})
	}
	for _, d := range []struct{ key, name, kind string }{
		{"okta_email", "Email", "email"}, {"okta_password", "Password", "password"}, {"okta_verify", "Okta Verify", "app"},
		{"phone_number", "Phone", "phone"}, {"security_question", "Security Question", "security_question"}, {"webauthn", "Security Key or Biometric", "security_key"},
	} {
		a := o.seed("/api/v1/authenticators", false, "ACTIVE", map[string]any{"key": d.key, "name": d.name, "type": d.kind})
		o.seed("/api/v1/authenticators/"+a.id+"/methods", false, "ACTIVE", map[string]any{"type": d.kind})
	}
	o.seed("/api/v1/behaviors", false, "ACTIVE", map[string]any{"name": "New Geo-Location", "type": "ANOMALOUS_LOCATION",
		"settings": map[string]any{"granularity": "LAT_LONG", "maxEventsUsedForEvaluation": 20, "minEventsNeededForEvaluation": 0, "radiusKilometers": 20}})
	o.seed("/api/v1/domains", true, "", map[string]any{"domain": o.subdomain() + ".okta.com", "validationStatus": "COMPLETED",
		"certificateSourceType": "OKTA_MANAGED", "brandId": brand.id})
	o.seed("/api/v1/features", true, "", map[string]any{"name": "Self-Service features", "description": "Let admins turn on early access features themselves",
		"type": "self-service", "status": "ENABLED", "stage": map[string]any{"value": "EA", "state": "OPEN"}})
	o.seed("/api/v1/mappings", true, "", map[string]any{
		"source":     map[string]any{"id": o.newID("otp"), "name": "user", "type": "user"},
		"target":     map[string]any{"id": o.newID("otp"), "name": "oidc_client", "type": "appuser"},
		"properties": map[string]any{"email": map[string]any{"expression": "user.email", "pushStatus": "DONT_PUSH"}}})
}

// seed adds an object to a collection.
func (o *Org) seed(path string, system bool, status string, body map[string]any) *restItem {
	r := o.rest.byPath[patternOf(o, path)]
	id := ""
	if r.prefix != "" {
		id = o.newID(r.prefix)
	} else {
		id = asText(body[r.idFrom])
	}
	it := &restItem{id: id, body: body, status: status, system: system, created: o.now(), updated: o.now()}
	o.rest.items[path] = append(o.rest.items[path], it)
	return it
}

// patternOf is the pattern in the table that a collection's path fits.
func patternOf(o *Org, path string) string {
	if o.rest.byPath[path] != nil {
		return path
	}
	segs := strings.Split(path, "/")
	for pattern := range o.rest.byPath {
		want := strings.Split(pattern, "/")
		if len(want) == len(segs) {
			same := true
			for i := range want {
				same = same && (strings.HasPrefix(want[i], "{") || want[i] == segs[i])
			}
			if same {
				return pattern
			}
		}
	}
	return path
}

// seedPolicies makes the default policy of each type with its catch-all rule.
func (o *Org) seedPolicies() {
	for _, p := range []struct{ kind, name, rule, ruleType string }{
		{"OKTA_SIGN_ON", "Default Policy", "Default Rule", "SIGN_ON"},
		{"PASSWORD", "Default Policy", "Default Rule", "PASSWORD"},
		{"MFA_ENROLL", "Default Policy", "Default Rule", "MFA_ENROLL"},
		{"IDP_DISCOVERY", "Idp Discovery Policy", "Default Rule", "IDP_DISCOVERY"},
		{"ACCESS_POLICY", "Any two factors", "Catch-all Rule", "ACCESS_POLICY"},
		{"PROFILE_ENROLLMENT", "Default Policy", "Catch-all Rule", "PROFILE_ENROLLMENT"},
		{"ENTITY_RISK", "Entity Risk Policy", "Catch-all Rule", "ENTITY_RISK"},
		{"POST_AUTH_SESSION", "Session Protection", "Catch-all Rule", "POST_AUTH_SESSION"},
	} {
		it := o.seed(policyPath, true, "ACTIVE", map[string]any{"name": p.name, "type": p.kind, "priority": 1, "system": true,
			"description": "The default policy applies in all situations if no other policy applies.", "conditions": nil})
		rules := policyPath + "/" + it.id + "/rules"
		last := 1
		if p.rule == "Catch-all Rule" {
			last = lastPriority
		}
		o.seed(rules, true, "ACTIVE", map[string]any{"name": p.rule, "type": p.ruleType, "priority": last, "system": true, "conditions": nil})
	}
}

// policyOfType is the id of the org's default policy of a type.
func (o *Org) policyOfType(kind string) string {
	for _, it := range o.rest.items[policyPath] {
		if it.system && it.body["type"] == kind {
			return it.id
		}
	}
	return ""
}

// policyType is the type of a policy, or "" if there is no such policy.
func (o *Org) policyType(id string) string {
	if it := o.rest.find(policyPath, id); it != nil {
		return jsonText(it.body, "type")
	}
	return ""
}

// absentObject is an operation on an object of a kind that this org never has: it is always a 404.
type absentObject struct{ method, path, scope, kind, param string }

// absentRoutes are those operations, so that a health check gets Okta's answer for them.
func absentRoutes() []route {
	var out []route
	for _, m := range []absentObject{
		{"POST", "/api/v1/directories/{appInstanceId}/groups/modify", "okta.directories.groups.manage", "AppInstance", "appInstanceId"},
		{"GET", "/api/v1/directories/{appInstanceId}/groups/{groupId}/query/{resultId}", "okta.directories.groups.read", "AppInstance", "appInstanceId"},
		{"POST", "/api/v1/directories/{appInstanceId}/groups/{groupId}/query", "okta.directories.groups.read", "AppInstance", "appInstanceId"},
		{"POST", "/api/v1/devices/{deviceId}/lifecycle/suspend", "okta.devices.manage", "Device", "deviceId"},
		{"POST", "/api/v1/devices/{deviceId}/lifecycle/unsuspend", "okta.devices.manage", "Device", "deviceId"},
		{"GET", "/api/v1/agentPools/{poolId}/updates/settings", "okta.agentPools.read", "AgentPool", "poolId"},
		{"POST", "/api/v1/agentPools/{poolId}/updates/{updateId}/activate", "okta.agentPools.manage", "AgentPool", "poolId"},
		{"POST", "/api/v1/agentPools/{poolId}/updates/{updateId}/deactivate", "okta.agentPools.manage", "AgentPool", "poolId"},
		{"POST", "/api/v1/agentPools/{poolId}/updates/{updateId}/pause", "okta.agentPools.manage", "AgentPool", "poolId"},
		{"POST", "/api/v1/agentPools/{poolId}/updates/{updateId}/resume", "okta.agentPools.manage", "AgentPool", "poolId"},
		{"POST", "/api/v1/agentPools/{poolId}/updates/{updateId}/retry", "okta.agentPools.manage", "AgentPool", "poolId"},
		{"POST", "/api/v1/agentPools/{poolId}/updates/{updateId}/stop", "okta.agentPools.manage", "AgentPool", "poolId"},
		{"DELETE", "/api/v1/ssf/stream", "ssf.manage", "Stream", ""},
	} {
		out = append(out, route{method: m.method, pattern: m.path, scope: m.scope, handle: func(c *call) (int, any, *apiError) {
			if m.param == "" {
				return 0, nil, errNotFound(c.q("stream_id"), m.kind)
			}
			return 0, nil, errNotFound(c.p(m.param), m.kind)
		}})
	}
	return out
}
