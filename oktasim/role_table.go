package oktasim

import (
	"slices"
	"strings"
)

// What each standard role may do, as scopes; "*.read" is every read. Okta
// describes its roles in words and for the console ("Standard administrator
// roles and permissions"), not by operation: this table is read out of those
// words. The admin roles themselves, what clients are granted, and hooks ("Hook
// admin roles" of the hooks best practices guide) are a Super Administrator's.
var roleScopes = map[string][]string{
	"ORG_ADMIN": {"*.read", "okta.users.manage", "okta.groups.manage", "okta.schemas.manage", "okta.userTypes.manage",
		"okta.profileMappings.manage", "okta.linkedObjects.manage", "okta.sessions.manage",
		"okta.orgs.manage", "okta.brands.manage", "okta.domains.manage", "okta.emailDomains.manage",
		"okta.emailServers.manage", "okta.templates.manage", "okta.trustedOrigins.manage", "okta.networkZones.manage",
		"okta.threatInsights.manage", "okta.behaviors.manage", "okta.policies.manage", "okta.authenticators.manage",
		"okta.devices.manage", "okta.deviceAssurance.manage", "okta.features.manage", "okta.captchas.manage",
		"okta.uischemas.manage", "okta.rateLimits.manage", "okta.idps.manage"},
	"APP_ADMIN": {"okta.apps.manage", "okta.appGrants.read", "okta.users.read", "okta.groups.read", "okta.schemas.read",
		"okta.userTypes.read", "okta.profileMappings.manage", "okta.logs.read", "okta.policies.read", "okta.idps.read",
		"okta.agentPools.read", "okta.features.read"},
	"USER_ADMIN":             {"okta.users.manage", "okta.groups.manage", "okta.sessions.manage", "okta.schemas.read", "okta.userTypes.read"},
	"GROUP_MEMBERSHIP_ADMIN": {"okta.users.read", "okta.groups.read", "okta.schemas.read", "okta.userTypes.read"},
	"HELP_DESK_ADMIN":        {"okta.users.read", "okta.groups.read", "okta.schemas.read", "okta.userTypes.read"},
	"READ_ONLY_ADMIN":        {"*.read"},
	"REPORT_ADMIN":           {"okta.logs.read", "okta.users.read", "okta.groups.read", "okta.apps.read"},
	"MOBILE_ADMIN": {"okta.devices.manage", "okta.policies.read", "okta.users.read", "okta.groups.read", "okta.logs.read",
		"okta.deviceAssurance.manage"},
	"API_ACCESS_MANAGEMENT_ADMIN": {"okta.authorizationServers.manage", "okta.apps.read", "okta.appGrants.read",
		"okta.users.read", "okta.groups.read", "okta.logs.read"},
}

// superOnly are the things of which no lesser role sees anything.
var superOnly = []string{"okta.roles.", "okta.apiTokens.", "okta.appGrants.manage", "okta.principalRateLimits.", "okta.oauthIntegrations.",
	"okta.eventHooks.", "okta.inlineHooks."}

// allows says whether the role permits the operation of the route.
func (a assignment) allows(rt *route) bool {
	if a.role == "" {
		return permits(a.permissions, rt)
	}
	if a.role == "HELP_DESK_ADMIN" && rt.scope == "okta.users.manage" {
		return isCredentialRoute(rt)
	}
	if a.role == "GROUP_MEMBERSHIP_ADMIN" && rt.scope == "okta.groups.manage" {
		return isMembershipRoute(rt)
	}
	for _, have := range roleScopes[a.role] {
		if have == "*.read" {
			if strings.HasSuffix(rt.scope, ".read") && !isSuperOnly(rt.scope) {
				return true
			}
			continue
		}
		if coversScope(map[string]bool{have: true}, rt.scope) {
			return true
		}
	}
	return false
}

func isSuperOnly(scope string) bool {
	return slices.ContainsFunc(superOnly, func(p string) bool { return strings.HasPrefix(scope, p) })
}

// isCredentialRoute is what a help desk does: passwords, factors, unlocking, sessions.
func isCredentialRoute(rt *route) bool {
	for _, part := range []string{"/lifecycle/reset_password", "/lifecycle/expire_password", "/lifecycle/unlock",
		"/lifecycle/reset_factors", "/factors", "/credentials/", "/sessions"} {
		if strings.Contains(rt.pattern, part) {
			return true
		}
	}
	return false
}

// isMembershipRoute is adding a user to a group and removing one.
func isMembershipRoute(rt *route) bool {
	return strings.HasPrefix(rt.pattern, "/api/v1/groups/{") && strings.Contains(rt.pattern, "/users/{")
}

// scopeThings maps the name of a thing in scopes to its name in permissions, where they differ.
var scopeThings = map[string]string{
	"authorizationServers": "authzServers",
	"idps":                 "identityProviders",
	"roles":                "iam",
	"brands":               "customizations",
	"templates":            "customizations",
}

// permits says whether a custom role's permissions allow the operation
// ("Permission types" of the Roles API). A manage permission includes the read.
func permits(permissions []string, rt *route) bool {
	thing, verb, ok := cutScope(rt.scope)
	if !ok {
		return false
	}
	if other := scopeThings[thing]; other != "" {
		thing = other
	}
	if slices.Contains(permissions, "okta."+thing+".manage") {
		return true
	}
	if verb == "read" {
		return slices.ContainsFunc(permissions, func(p string) bool { return strings.HasPrefix(p, "okta."+thing+".") })
	}
	return slices.ContainsFunc(permissions, func(p string) bool { return finePermission(p, rt) })
}

// cutScope takes okta.<thing>.<verb> apart.
func cutScope(scope string) (thing, verb string, ok bool) {
	rest, ok := strings.CutPrefix(scope, "okta.")
	if !ok {
		return "", "", false
	}
	i := strings.LastIndexByte(rest, '.')
	if i < 0 {
		return "", "", false
	}
	return rest[:i], rest[i+1:], true
}

// finePermission says whether one of the narrower permissions allows the operation.
func finePermission(permission string, rt *route) bool {
	is := func(method, pattern string) bool { return rt.method == method && pathShape(rt.pattern) == pattern }
	in := func(prefix string) bool { return strings.HasPrefix(pathShape(rt.pattern), prefix) }
	switch permission {
	case "okta.users.create":
		return is("POST", "/api/v1/users")
	case "okta.users.userprofile.manage":
		return is("POST", "/api/v1/users/{}") || is("PUT", "/api/v1/users/{}")
	case "okta.users.credentials.manage":
		return in("/api/v1/users/{}") && isCredentialRoute(rt)
	case "okta.users.credentials.resetPassword":
		return in("/api/v1/users/{}/lifecycle/reset_password")
	case "okta.users.credentials.expirePassword":
		return in("/api/v1/users/{}/lifecycle/expire_password")
	case "okta.users.credentials.resetFactors":
		return in("/api/v1/users/{}/lifecycle/reset_factors") || in("/api/v1/users/{}/factors")
	case "okta.users.lifecycle.manage":
		return is("DELETE", "/api/v1/users/{}") || in("/api/v1/users/{}/sessions") ||
			in("/api/v1/users/{}/lifecycle") && !strings.Contains(rt.pattern, "password") && !strings.Contains(rt.pattern, "factors")
	case "okta.users.lifecycle.clearSessions":
		return in("/api/v1/users/{}/sessions")
	case "okta.users.lifecycle.delete":
		return is("DELETE", "/api/v1/users/{}")
	case "okta.users.groupMembership.manage", "okta.groups.members.manage":
		return in("/api/v1/groups/{}/users/{}")
	case "okta.groups.create":
		return is("POST", "/api/v1/groups")
	case "okta.groups.appAssignment.manage", "okta.users.appAssignment.manage", "okta.apps.assignment.manage":
		return in("/api/v1/apps/{}/users") || in("/api/v1/apps/{}/groups")
	}
	for _, verb := range []string{"activate", "deactivate", "suspend", "unsuspend", "unlock"} {
		if permission == "okta.users.lifecycle."+verb {
			return is("POST", "/api/v1/users/{}/lifecycle/"+verb)
		}
	}
	return false
}

// pathShape is a pattern with its parameters' names left out.
func pathShape(pattern string) string {
	segs := strings.Split(pattern, "/")
	for i, s := range segs {
		if strings.HasPrefix(s, "{") {
			segs[i] = "{}"
		}
	}
	return strings.Join(segs, "/")
}
