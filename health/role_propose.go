package health

import (
	"slices"

	"caracal/org"
)

// Proposal is the smallest custom role that fits a set of scopes, as the Admin Console asks for it.
type Proposal struct {
	Permissions []string // of the custom role, by the names of Okta's API (schema RolePermissionType)
	Resources   []string // of the resource set
	AlsoRoles   []string // standard roles for what no custom role covers
}

// permissionsOf lists, by the object of a scope, the permissions that a custom role needs to read and to
// change it (Okta API, schema RolePermissionType). What is missing here no custom role can be given.
var permissionsOf = map[string]struct {
	read, manage []string
	resource     string
}{
	"users":                {[]string{"okta.users.read"}, []string{"okta.users.manage"}, "All users"},
	"sessions":             {nil, []string{"okta.users.lifecycle.clearSessions"}, "All users"},
	"groups":               {[]string{"okta.groups.read"}, []string{"okta.groups.manage"}, "All groups"},
	"apps":                 {[]string{"okta.apps.read"}, []string{"okta.apps.manage"}, "All applications"},
	"authorizationServers": {[]string{"okta.authzServers.read"}, []string{"okta.authzServers.manage"}, "All authorization servers"},
	"idps":                 {[]string{"okta.identityProviders.read"}, []string{"okta.identityProviders.manage"}, "All identity providers"},
	"devices":              {[]string{"okta.devices.read"}, []string{"okta.devices.manage"}, "All devices"},
	"brands":               {[]string{"okta.customizations.read"}, []string{"okta.customizations.manage"}, "All customizations"},
	"domains":              {[]string{"okta.customizations.read"}, []string{"okta.customizations.manage"}, "All customizations"},
	"emailDomains":         {[]string{"okta.customizations.read"}, []string{"okta.customizations.manage"}, "All customizations"},
}

// Propose returns the smallest set of permissions and resources that the scopes can make use of.
func Propose(scopes []org.Scope) Proposal {
	var p Proposal
	for _, s := range scopes {
		known, ok := permissionsOf[objectOf(s)]
		if !ok {
			need := smallestReading(s)
			if s.Manages() {
				need = smallest(s)
			}
			p.AlsoRoles = add(p.AlsoRoles, need)
			continue
		}
		permissions := known.read
		if s.Manages() {
			permissions = known.manage
		}
		p.Permissions = add(p.Permissions, permissions...)
		p.Resources = add(p.Resources, known.resource)
	}
	return p
}

func add[T comparable](list []T, more ...T) []T {
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}
