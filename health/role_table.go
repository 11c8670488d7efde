package health

import (
	"slices"
	"strings"

	"caracal/org"
)

// manages says which objects a standard admin role may change, by the object part of the scope; "*" is
// everything. Source: Okta help, "Standard administrator roles and permissions"; where that page speaks of a
// part of the objects only (a help desk resets passwords), the role is not listed: the check then says that
// the role is not enough for all that the scope allows. Hooks are a Super Administrator's ("Hook admin roles" of the
// hooks best practices guide).
var manages = map[string][]string{
	"SUPER_ADMIN": {"*"},
	"ORG_ADMIN": {"users", "groups", "policies", "networkZones", "trustedOrigins", "templates", "brands", "domains",
		"emailDomains", "devices", "deviceAssurance", "userTypes", "schemas", "sessions",
		"linkedObjects", "profileMappings", "behaviors", "orgs", "idps", "authenticators", "agentPools", "captchas", "features",
		"threatInsights", "logStreams", "realms", "realmAssignments"},
	"APP_ADMIN":                   {"apps", "appGrants", "profileMappings", "schemas"},
	"USER_ADMIN":                  {"users", "groups", "sessions"},
	"API_ACCESS_MANAGEMENT_ADMIN": {"authorizationServers", "clients"},
}

// roleNames are the names that the Admin Console shows.
var roleNames = map[string]string{
	"SUPER_ADMIN": "Super Administrator", "ORG_ADMIN": "Organization Administrator", "APP_ADMIN": "Application Administrator",
	"USER_ADMIN": "Group Administrator", "GROUP_MEMBERSHIP_ADMIN": "Group Membership Administrator",
	"HELP_DESK_ADMIN": "Help Desk Administrator", "READ_ONLY_ADMIN": "Read-Only Administrator",
	"REPORT_ADMIN": "Report Administrator", "API_ACCESS_MANAGEMENT_ADMIN": "API Access Management Administrator",
	"MOBILE_ADMIN": "Mobile Administrator", "CUSTOM": "custom role",
}

// role is one admin role of the client, as GET /oauth2/v1/clients/{id}/roles lists it.
type role struct {
	ID, Type, Label, Role string // Role: id of the custom role
	permissions           []string
	unread                bool // a custom role whose permissions could not be read
}

func (r role) name() string {
	if r.Type == "CUSTOM" && r.Label != "" {
		return r.Label
	}
	if n := roleNames[r.Type]; n != "" {
		return n
	}
	return r.Type
}

// allows reports whether the role may change what the scope is about.
func (r role) allows(s org.Scope) bool {
	object := objectOf(s)
	if r.Type == "CUSTOM" {
		need := permissionsOf[object].manage
		return len(need) > 0 && !slices.ContainsFunc(need, func(p string) bool { return !slices.Contains(r.permissions, p) })
	}
	held := manages[r.Type]
	return slices.Contains(held, "*") || slices.Contains(held, object)
}

// allowsPart reports whether a custom role may change a part of what the scope is about, such as suspending
// users without creating any.
func (r role) allowsPart(s org.Scope) bool {
	prefix := "okta." + objectOf(s) + "."
	return slices.ContainsFunc(r.permissions, func(p string) bool { return strings.HasPrefix(p, prefix) && p != prefix+"read" })
}

// smallest names the smallest standard role that may change what the scope is about.
func smallest(s org.Scope) string {
	for _, t := range []string{"USER_ADMIN", "APP_ADMIN", "API_ACCESS_MANAGEMENT_ADMIN", "ORG_ADMIN"} {
		if slices.Contains(manages[t], objectOf(s)) {
			return roleNames[t]
		}
	}
	return roleNames["SUPER_ADMIN"]
}

// smallestReading names the smallest standard role that sees the objects of a read scope.
func smallestReading(s org.Scope) string {
	switch objectOf(s) {
	case "logs":
		return roleNames["REPORT_ADMIN"]
	case "eventHooks", "inlineHooks": // "Hook admin roles" of Okta's hooks best practices guide
		return roleNames["SUPER_ADMIN"]
	}
	return roleNames["READ_ONLY_ADMIN"]
}

func objectOf(s org.Scope) string {
	return strings.TrimSuffix(strings.TrimPrefix(string(s.Read()), "okta."), ".read")
}
