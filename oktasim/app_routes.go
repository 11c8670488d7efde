package oktasim

// appsRoutes are the Apps API, event hooks, and the rest of the Management API.
func (o *Org) appsRoutes() []route {
	const (
		base   = "/api/v1/apps"
		one    = base + "/{appId}"
		read   = "okta.apps.read"
		manage = "okta.apps.manage"
	)
	get := func(rest string, h func(*call) (int, any, *apiError)) route {
		return route{method: "GET", pattern: one + rest, scope: read, handle: h}
	}
	set := func(method, rest string, h func(*call) (int, any, *apiError)) route {
		return route{method: method, pattern: one + rest, scope: manage, handle: h}
	}
	sw := func(h func(*call, bool) (int, any, *apiError), on bool) func(*call) (int, any, *apiError) {
		return func(c *call) (int, any, *apiError) { return h(c, on) }
	}
	routes := []route{
		{method: "GET", pattern: base, scope: read, handle: (*call).appList},
		{method: "POST", pattern: base, scope: manage, handle: (*call).appCreate},
		get("", (*call).appGet),
		set("PUT", "", (*call).appReplace),
		set("DELETE", "", (*call).appDelete),
		set("POST", "/lifecycle/activate", (*call).appActivate),
		set("POST", "/lifecycle/deactivate", (*call).appDeactivate),

		get("/users", (*call).appUserList),
		set("POST", "/users", (*call).appUserAssign),
		get("/users/{userId}", (*call).appUserGet),
		set("POST", "/users/{userId}", (*call).appUserUpdate),
		set("DELETE", "/users/{userId}", (*call).appUserUnassign),
		get("/groups", (*call).appGroupList),
		get("/groups/{groupId}", (*call).appGroupGet),
		set("PUT", "/groups/{groupId}", (*call).appGroupAssign),
		set("PATCH", "/groups/{groupId}", (*call).appGroupPatch),
		set("DELETE", "/groups/{groupId}", (*call).appGroupUnassign),

		get("/credentials/keys", (*call).appKeyList),
		set("POST", "/credentials/keys/generate", (*call).appKeyGenerate),
		get("/credentials/keys/{keyId}", (*call).appKeyGet),
		set("POST", "/credentials/keys/{keyId}/clone", (*call).appKeyClone),
		get("/credentials/csrs", (*call).appCSRList),
		set("POST", "/credentials/csrs", (*call).appCSRGenerate),
		get("/credentials/csrs/{csrId}", (*call).appCSRGet),
		set("DELETE", "/credentials/csrs/{csrId}", (*call).appCSRRevoke),
		set("POST", "/credentials/csrs/{csrId}/lifecycle/publish", (*call).appCSRPublish),
		get("/credentials/secrets", (*call).appSecretList),
		set("POST", "/credentials/secrets", (*call).appSecretCreate),
		get("/credentials/secrets/{secretId}", (*call).appSecretGet),
		set("DELETE", "/credentials/secrets/{secretId}", (*call).appSecretDelete),
		set("POST", "/credentials/secrets/{secretId}/lifecycle/activate", sw((*call).appSecretStatus, false)),
		set("POST", "/credentials/secrets/{secretId}/lifecycle/deactivate", sw((*call).appSecretStatus, true)),
		get("/credentials/jwks", (*call).appJWKList),
		set("POST", "/credentials/jwks", (*call).appJWKAdd),
		get("/credentials/jwks/{keyId}", (*call).appJWKGet),
		set("DELETE", "/credentials/jwks/{keyId}", (*call).appJWKDelete),
		set("POST", "/credentials/jwks/{keyId}/lifecycle/activate", sw((*call).appJWKStatus, false)),
		set("POST", "/credentials/jwks/{keyId}/lifecycle/deactivate", sw((*call).appJWKStatus, true)),

		{method: "GET", pattern: one + "/grants", scope: "okta.appGrants.read", handle: (*call).appGrantList},
		{method: "POST", pattern: one + "/grants", scope: "okta.appGrants.manage", handle: (*call).appGrantCreate},
		{method: "GET", pattern: one + "/grants/{grantId}", scope: "okta.appGrants.read", handle: (*call).appGrantGet},
		{method: "DELETE", pattern: one + "/grants/{grantId}", scope: "okta.appGrants.manage", handle: (*call).appGrantRevoke},
		get("/tokens", (*call).appTokenList),
		set("DELETE", "/tokens", (*call).appTokenRevokeAll),
		get("/tokens/{tokenId}", (*call).appTokenGet),
		set("DELETE", "/tokens/{tokenId}", (*call).appTokenGet),

		get("/connections/default", (*call).appConnectionGet),
		set("POST", "/connections/default", (*call).appConnectionSet),
		set("POST", "/connections/default/lifecycle/activate", sw((*call).appConnectionSwitch, true)),
		set("POST", "/connections/default/lifecycle/deactivate", sw((*call).appConnectionSwitch, false)),
		get("/features", (*call).appFeatureList),
		get("/features/{featureName}", (*call).appFeatureGet),
		set("PUT", "/features/{featureName}", (*call).appFeatureSet),
		get("/sso/saml/metadata", (*call).appMetadata),
		set("POST", "/logo", (*call).appLogo),
		set("PUT", "/policies/{policyId}", (*call).appPolicy),
		get("/federated-claims", (*call).appClaimList),
		set("POST", "/federated-claims", (*call).appClaimCreate),
		get("/federated-claims/{claimId}", (*call).appClaimGet),
		set("PUT", "/federated-claims/{claimId}", (*call).appClaimReplace),
		set("DELETE", "/federated-claims/{claimId}", (*call).appClaimDelete),
	}
	for _, part := range [][]route{o.appSchemaRoutes(), o.trustRoutes(), o.linkedRoutes(), o.hookRoutes(), o.restRoutes(), o.actionRoutes(), o.singleRoutes(), o.orgSettingRoutes(),
		o.integrationRoutes(), o.tokenRoutes(), absentRoutes()} {
		routes = append(routes, part...)
	}
	return routes
}
