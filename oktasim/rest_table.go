package oktasim

import (
	"net/http"
	"strings"
)

var onOff = []string{"ACTIVE", "INACTIVE"}

// restTable lists the collections that are plain data. Required members, values
// and answers follow the schemas of Okta's Management API description; status
// codes are those of its operations.
func restTable() []resource {
	return []resource{
		{path: "/api/v1/zones", param: "zoneId", kind: "NetworkZone", prefix: "nzo", scope: "okta.networkZones", ops: "lcgrda",
			replies: 200, required: []string{"name", "type"}, unique: "name", idle: true, event: "zone",
			enums:    map[string][]string{"type": {"DYNAMIC", "DYNAMIC_V2", "IP"}, "usage": {"BLOCKLIST", "POLICY"}, "status": onOff},
			defaults: map[string]any{"usage": "POLICY"}},
		{path: "/api/v1/trustedOrigins", param: "trustedOriginId", kind: "TrustedOrigin", prefix: "tos", scope: "okta.trustedOrigins",
			ops: "lcgrda", replies: 200, required: []string{"name", "origin", "scopes"}, unique: "name", event: "security.trusted_origin",
			check: func(_ *call, body map[string]any) *apiError {
				if !isWebURL(asText(body["origin"])) {
					return errValidation("origin", "origin: The field must be a valid URL")
				}
				return nil
			}},
		{path: "/api/v1/inlineHooks", param: "inlineHookId", kind: "InlineHook", prefix: "cal", scope: "okta.inlineHooks", ops: "lcgruda",
			replies: 200, required: []string{"name", "type", "version", "channel.type", "channel.config.uri"}, unique: "name", idle: true,
			filters: []string{"type"}, event: "inline_hook", past: true,
			enums: map[string][]string{"type": {"com.okta.import.transform", "com.okta.oauth2.tokens.transform",
				"com.okta.saml.tokens.transform", "com.okta.telephony.provider", "com.okta.user.credential.password.import",
				"com.okta.user.pre-registration"}},
			check: checkInlineHook},
		{path: "/api/v1/behaviors", param: "behaviorId", kind: "Behavior", prefix: "bhv", scope: "okta.behaviors", ops: "lcgrda",
			created: http.StatusCreated, replies: 200, required: []string{"name", "type"}, unique: "name",
			enums: map[string][]string{"type": {"ANOMALOUS_ASN", "ANOMALOUS_DEVICE", "ANOMALOUS_IP", "ANOMALOUS_LOCATION", "VELOCITY"}}},
		{path: "/api/v1/logStreams", param: "logStreamId", kind: "LogStream", prefix: "0ls", scope: "okta.logStreams", ops: "lcgrda",
			replies: 200, required: []string{"name", "type", "settings"}, unique: "name", idle: true, event: "system.log_stream.lifecycle",
			enums: map[string][]string{"type": {"aws_eventbridge", "splunk_cloud_logstreaming"}}},
		{path: "/api/v1/idps", param: "idpId", kind: "IdentityProvider", prefix: "0oi", scope: "okta.idps", ops: "lcgrda", replies: 200,
			required: []string{"name", "type", "protocol", "policy"}, unique: "name", filters: []string{"type"}, event: "system.idp.lifecycle",
			defaults: map[string]any{"issuerMode": "DYNAMIC"}},
		{path: "/api/v1/idps/credentials/keys", param: "idpKeyId", kind: "JsonWebKey", prefix: "kid", scope: "okta.idps", ops: "lcgd",
			required: []string{"x5c"}, shows: func(_ *call, _ string, out map[string]any) { // JsonWebKey is known by its kid
				out["kid"] = out["id"]
				delete(out, "id")
			}},
		{path: "/api/v1/authorizationServers", param: "authServerId", kind: "AuthorizationServer", prefix: "aus",
			scope: "okta.authorizationServers", ops: "lcgrda", created: http.StatusCreated, replies: 204,
			required: []string{"name", "audiences"}, unique: "name", event: "oauth2.as", past: true,
			defaults: map[string]any{"issuerMode": "ORG_URL", "description": ""},
			check: func(c *call, body map[string]any) *apiError {
				if list, ok := jsonTexts(body, "audiences"); !ok || len(list) != 1 {
					return errValidation("audiences", "audiences: Exactly one audience is needed.")
				}
				return nil
			}},
		{path: "/api/v1/authorizationServers/{authServerId}/scopes", param: "scopeId", kind: "OAuth2Scope", prefix: "scp",
			scope: "okta.authorizationServers", ops: "lcgrd", created: http.StatusCreated, required: []string{"name"}, unique: "name",
			event: "oauth2.scope", past: true,
			defaults: map[string]any{"consent": "IMPLICIT", "default": false, "metadataPublish": "NO_CLIENTS", "optional": false}},
		{path: "/api/v1/authorizationServers/{authServerId}/claims", param: "claimId", kind: "OAuth2Claim", prefix: "ocl",
			scope: "okta.authorizationServers", ops: "lcgrd", created: http.StatusCreated, required: []string{"name", "claimType", "value"},
			unique: "name", event: "oauth2.claim", past: true,
			enums:    map[string][]string{"claimType": {"IDENTITY", "RESOURCE"}, "valueType": {"EXPRESSION", "GROUPS", "SYSTEM"}},
			defaults: map[string]any{"valueType": "EXPRESSION", "alwaysIncludeInToken": true, "status": "ACTIVE", "conditions": map[string]any{"scopes": []any{}}}},
		{path: "/api/v1/authorizationServers/{authServerId}/policies", param: "policyId", kind: "AuthorizationServerPolicy", prefix: "00p",
			scope: "okta.authorizationServers", ops: "lcgrda", created: http.StatusCreated, replies: 204,
			required: []string{"name", "description", "conditions"}, unique: "name", event: "policy.lifecycle",
			defaults: map[string]any{"type": "OAUTH_AUTHORIZATION_POLICY"}},
		{path: "/api/v1/authorizationServers/{authServerId}/policies/{policyId}/rules", param: "ruleId", kind: "PolicyRule", prefix: "0pr",
			scope: "okta.authorizationServers", ops: "lcgrda", created: http.StatusCreated, replies: 204,
			required: []string{"name", "conditions"}, unique: "name", event: "policy.rule", begins: "add",
			defaults: map[string]any{"type": "RESOURCE_ACCESS"}},
		{path: "/api/v1/policies", param: "policyId", kind: "Policy", prefix: "00p", scope: "okta.policies", ops: "lcgrda", replies: 204,
			required: []string{"name", "type"}, unique: "name", needs: "type", filters: []string{"type", "status"}, event: "policy.lifecycle",
			enums:    map[string][]string{"type": policyTypes},
			defaults: map[string]any{"description": nil, "conditions": nil}},
		{path: "/api/v1/policies/{policyId}/rules", param: "ruleId", kind: "PolicyRule", prefix: "0pr", scope: "okta.policies", ops: "lcgrda",
			replies: 204, required: []string{"name"}, unique: "name", event: "policy.rule", begins: "add",
			defaults: map[string]any{"conditions": nil}},
		{path: "/api/v1/policies/{policyId}/mappings", param: "mappingId", kind: "PolicyMapping", prefix: "0pm", scope: "okta.policies",
			ops: "lcgd", required: []string{"resourceId", "resourceType"}, event: "policy.mapping", enums: map[string][]string{"resourceType": {"APP"}},
			check: func(c *call, body map[string]any) *apiError {
				if id := asText(body["resourceId"]); c.o.apps.byID[id] == nil {
					return errNotFound(id, "AppInstance")
				}
				return nil
			},
			shows: func(c *call, key string, out map[string]any) { // PolicyMapping says by links alone what it leads to
				links := out["_links"].(map[string]any)
				links["application"] = link(c.url("/api/v1/apps/%s", asText(out["resourceId"])))
				links["policy"] = link(c.o.base(c.r) + strings.TrimSuffix(key, "/mappings"))
				delete(out, "resourceId")
				delete(out, "resourceType")
			}},
		{path: "/api/v1/brands", param: "brandId", kind: "Brand", prefix: "bnd", scope: "okta.brands", ops: "lcgrd", created: http.StatusCreated,
			required: []string{"name"}, unique: "name", event: "system.brand",
			defaults: map[string]any{"agreeToCustomPrivacyPolicy": false, "customPrivacyPolicyUrl": nil, "locale": nil, "removePoweredByOkta": false}},
		{path: "/api/v1/brands/{brandId}/themes", param: "themeId", kind: "Theme", prefix: "thd", scope: "okta.brands", ops: "lgr",
			required: []string{"primaryColorHex", "secondaryColorHex"}},
		{path: "/api/v1/brands/{brandId}/domains", param: "domainId", kind: "Domain", prefix: "OcD", scope: "okta.brands", ops: "l"},
		{path: "/api/v1/brands/{brandId}/templates/email", param: "templateName", kind: "EmailTemplate", idFrom: "name", scope: "okta.templates", ops: "lg"},
		{path: "/api/v1/brands/{brandId}/templates/email/{templateName}/customizations", param: "customizationId", kind: "EmailCustomization",
			prefix: "oel", scope: "okta.templates", ops: "lcgrd", created: http.StatusCreated, required: []string{"language", "subject", "body"},
			unique: "language", event: "system.email.template", defaults: map[string]any{"isDefault": false}},
		{path: "/api/v1/authenticators", param: "authenticatorId", kind: "Authenticator", prefix: "aut", scope: "okta.authenticators", ops: "lcgra",
			replies: 200, required: []string{"key", "name"}, unique: "key", event: "security.authenticator.lifecycle"},
		{path: "/api/v1/authenticators/{authenticatorId}/methods", param: "methodType", kind: "AuthenticatorMethod", idFrom: "type",
			scope: "okta.authenticators", ops: "lgra", replies: 200},
		{path: "/api/v1/authenticators/{authenticatorId}/aaguids", param: "aaguid", kind: "CustomAAGUID", idFrom: "aaguid",
			scope: "okta.authenticators", ops: "lcgrpd", required: []string{"aaguid"}},
		{path: "/api/v1/templates/sms", param: "templateId", kind: "SmsTemplate", prefix: "cst", scope: "okta.templates", ops: "lcgrud",
			required: []string{"name", "template", "type"}, unique: "type", filters: []string{"type"},
			enums: map[string][]string{"type": {"SMS_VERIFY_CODE"}}},
		{path: "/api/v1/captchas", param: "captchaId", kind: "CAPTCHAInstance", prefix: "cap", scope: "okta.captchas", ops: "lcgrud",
			created: http.StatusCreated, required: []string{"name", "secretKey", "siteKey", "type"}, unique: "name", event: "system.captcha", secrets: []string{"secretKey"},
			enums: map[string][]string{"type": {"HCAPTCHA", "RECAPTCHA_V2"}}},
		{path: "/api/v1/device-assurances", param: "deviceAssuranceId", kind: "DeviceAssurancePolicy", prefix: "dae", scope: "okta.deviceAssurance",
			ops: "lcgrd", required: []string{"name", "platform"}, unique: "name", event: "device.assurance.policy", begins: "add",
			enums: map[string][]string{"platform": {"ANDROID", "CHROMEOS", "IOS", "MACOS", "WINDOWS"}}},
		{path: "/api/v1/devices", param: "deviceId", kind: "Device", prefix: "guo", scope: "okta.devices", ops: "lgda", replies: 204, idle: true},
		{path: "/api/v1/devices/{deviceId}/users", param: "userId", kind: "DeviceUser", prefix: "gdu", scope: "okta.devices", ops: "l"},
		{path: "/api/v1/device-integrations", param: "deviceIntegrationId", kind: "DeviceIntegration", prefix: "dvi",
			scope: "okta.deviceIntegrations", ops: "lga", replies: 200},
		{path: "/api/v1/device-posture-checks", param: "postureCheckId", kind: "DevicePostureCheck", prefix: "dpc",
			scope: "okta.devicePostureChecks", ops: "lcgrd", required: []string{"name", "platform", "query", "variableName"}, unique: "name"},
		{path: "/api/v1/domains", param: "domainId", kind: "Domain", prefix: "OcD", scope: "okta.domains", ops: "lcgrd", wrap: "domains",
			required: []string{"domain", "certificateSourceType"}, unique: "domain", event: "system.custom_url_domain", begins: "initiate",
			enums:    map[string][]string{"certificateSourceType": {"MANUAL", "OKTA_MANAGED"}},
			defaults: map[string]any{"validationStatus": "NOT_STARTED"}},
		{path: "/api/v1/email-domains", param: "emailDomainId", kind: "EmailDomain", prefix: "OeD", scope: "okta.emailDomains", ops: "lcgrd",
			required: []string{"brandId", "displayName", "domain", "userName"}, unique: "domain", event: "system.email_domain",
			defaults: map[string]any{"validationStatus": "NOT_STARTED", "validationSubdomain": "mail"}},
		{path: "/api/v1/email-servers", param: "emailServerId", kind: "EmailServer", prefix: "eml", scope: "okta.emailServers", ops: "lcgpd",
			wrap: "email-servers", created: http.StatusCreated, required: []string{"alias", "host", "password", "port", "username"},
			secrets: []string{"password"}, defaults: map[string]any{"enabled": false}},
		{path: "/api/v1/hook-keys", param: "hookKeyId", kind: "HookKey", prefix: "HKY", scope: "okta.inlineHooks", ops: "lcgrd",
			required: []string{"name"}, unique: "name", event: "system.hook.key", past: true},
		{path: "/api/v1/identity-sources/{identitySourceId}/sessions", param: "sessionId", kind: "IdentitySourceSession", prefix: "iss",
			scope: "okta.identitySources", ops: "lcgd"},
		{path: "/api/v1/identity-sources", param: "identitySourceId", kind: "IdentitySource", prefix: "0oi", scope: "okta.identitySources", ops: ""},
		{path: "/api/v1/identity-sources/{identitySourceId}/users", param: "externalId", kind: "IdentitySourceUser", idFrom: "externalId",
			scope: "okta.identitySources", ops: "cgrpd", created: http.StatusCreated, required: []string{"externalId"}},
		{path: "/api/v1/mappings", param: "mappingId", kind: "ProfileMapping", prefix: "prm", scope: "okta.profileMappings", ops: "lgu"},
		{path: "/api/v1/push-providers", param: "pushProviderId", kind: "PushProvider", prefix: "ppc", scope: "okta.pushProviders", ops: "lcgrd",
			required: []string{"name", "providerType"}, unique: "name", enums: map[string][]string{"providerType": {"APNS", "FCM"}}},
		{path: "/api/v1/principal-rate-limits", param: "principalRateLimitId", kind: "PrincipalRateLimitEntity", prefix: "prl",
			scope: "okta.principalRateLimits", ops: "lcgr", created: http.StatusCreated, needs: "filter",
			required: []string{"principalId", "principalType"}, enums: map[string][]string{"principalType": {"OAUTH_CLIENT", "SSWS_TOKEN"}}},
		{path: "/api/v1/realms", param: "realmId", kind: "Realm", prefix: "guo", scope: "okta.realms", ops: "lcgrd",
			required: []string{"profile.name"}},
		{path: "/api/v1/realm-assignments", param: "assignmentId", kind: "RealmAssignment", prefix: "rul", scope: "okta.realmAssignments",
			ops: "lcgrda", created: http.StatusCreated, replies: 204, idle: true, required: []string{"name", "actions", "conditions"}},
		{path: "/api/v1/risk/providers", param: "riskProviderId", kind: "RiskProvider", prefix: "00r", scope: "okta.riskProviders", ops: "lcgrd",
			created: http.StatusCreated, required: []string{"name", "clientId"}, unique: "name", defaults: map[string]any{"action": "log_only"},
			enums: map[string][]string{"action": {"enforce_and_log", "log_only", "none"}}},
		{path: "/api/v1/security-events-providers", param: "securityEventProviderId", kind: "SecurityEventsProvider", prefix: "sse",
			scope: "okta.securityEventsProviders", ops: "lcgrda", replies: 200, required: []string{"name", "settings", "type"}, unique: "name"},
		{path: "/api/v1/telephony-providers", param: "customTelephonyProviderId", kind: "CustomTelephonyProvider", prefix: "tpc",
			scope: "okta.customTelephonyProvider", ops: "lcgpda", created: http.StatusCreated, replies: 200, required: []string{"providerName", "providerSid", "providerAuthToken"},
			secrets: []string{"providerAuthToken"}},
		{path: "/api/v1/meta/uischemas", param: "id", kind: "UISchema", prefix: "uis", scope: "okta.uischemas", ops: "lcgrd",
			required: []string{"uiSchema"}},
		{path: "/api/v1/agentPools", param: "poolId", kind: "AgentPool", prefix: "0oa", scope: "okta.agentPools", ops: "l"},
		{path: "/api/v1/agentPools/{poolId}/updates", param: "updateId", kind: "AgentPoolUpdate", prefix: "apu", scope: "okta.agentPools", ops: "lcgud",
			created: http.StatusCreated},
		{path: "/api/v1/features", param: "featureId", kind: "Feature", prefix: "ftr", scope: "okta.features", ops: "lg"},
		{path: "/privileged-access/api/v1/service-accounts", param: "id", kind: "AppServiceAccount", prefix: "sac", scope: "okta.serviceAccounts",
			ops: "lcgpd", required: []string{"containerOrn", "name", "username"}, secrets: []string{"password"}, unique: "name"},
		{path: "/privileged-access/api/v1/okta-service-accounts", param: "id", kind: "OktaServiceAccount", prefix: "osa",
			scope: "okta.serviceAccounts.okta", ops: "lcgpd", created: http.StatusCreated, required: []string{"name", "oktaUserId"}, unique: "name"},
	}
}

// checkInlineHook wants an address that Okta could call.
func checkInlineHook(_ *call, body map[string]any) *apiError {
	if !isWebURL(jsonText(body, "channel", "config", "uri")) {
		return errValidation("channel.config.uri", "channel.config.uri: The field must be a valid URL")
	}
	if scheme := jsonMap(body, "channel", "config", "authScheme"); scheme != nil {
		delete(scheme, "value") // written, never read
	}
	return nil
}
