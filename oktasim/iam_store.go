package oktasim

import (
	"slices"
	"strings"
	"time"
)

// customRole is an admin role that the org made ("IamRole" in Okta's API reference).
type customRole struct {
	id, label, description string
	created, lastUpdated   time.Time
	permissions            []*permission
}

// permission is one permission of a custom role, perhaps with conditions.
type permission struct {
	label                string
	conditions           any
	created, lastUpdated time.Time
}

// resourceSet is what a custom role may be applied to ("ResourceSet").
type resourceSet struct {
	id, label, description string
	created, lastUpdated   time.Time
	resources              []*setResource
	bindings               []*binding
}

// setResource is one resource of a set: an ORN, or the URL of objects.
type setResource struct {
	id, ref              string
	created, lastUpdated time.Time
}

// binding says who holds a custom role over a resource set.
type binding struct {
	role    *customRole
	members []*bindingMember
}

// bindingMember is one holder: a user, a group, or a client.
type bindingMember struct {
	id, kind, holder     string // kind is users, groups or clients; holder is the id
	created, lastUpdated time.Time
}

// iamStore holds custom roles and resource sets in the order of creation.
type iamStore struct {
	roles         []*customRole
	sets          []*resourceSet
	subscriptions map[string]map[string]bool // role -> notification type -> on
}

func (s *iamStore) role(ref string) *customRole {
	for _, r := range s.roles {
		if r.id == ref || r.label == ref {
			return r
		}
	}
	return nil
}

func (s *iamStore) set(ref string) *resourceSet {
	for _, r := range s.sets {
		if r.id == ref || r.label == ref {
			return r
		}
	}
	return nil
}

func (s *resourceSet) binding(role *customRole) *binding {
	for _, b := range s.bindings {
		if b.role == role {
			return b
		}
	}
	return nil
}

// forget takes a deactivated user or a deleted group out of all bindings.
func (s *iamStore) forget(holder string) {
	for _, set := range s.sets {
		for _, b := range set.bindings {
			b.members = slices.DeleteFunc(b.members, func(m *bindingMember) bool { return m.holder == holder })
		}
		set.dropEmpty()
	}
}

// dropEmpty removes bindings without members: a binding lives by them.
func (s *resourceSet) dropEmpty() {
	s.bindings = slices.DeleteFunc(s.bindings, func(b *binding) bool { return len(b.members) == 0 })
}

// bind gives the role over the set to a holder; false if they have it already.
func (o *Org) bind(set *resourceSet, role *customRole, kind, holder string) (*bindingMember, bool) {
	b := set.binding(role)
	if b == nil {
		b = &binding{role: role}
		set.bindings = append(set.bindings, b)
	}
	for _, m := range b.members {
		if m.holder == holder {
			return m, false
		}
	}
	m := &bindingMember{id: o.newID("irb"), kind: kind, holder: holder, created: o.now(), lastUpdated: o.now()}
	b.members = append(b.members, m)
	return m, true
}

// rolePermissions lists the permissions of a custom role, by id or label ("okta.users.read"…).
func (o *Org) rolePermissions(role string) (permissions []string, ok bool) {
	r := o.iam.role(role)
	if r == nil {
		return nil, false
	}
	for _, p := range r.permissions {
		permissions = append(permissions, p.label)
	}
	return permissions, true
}

// setResources lists the resources of a resource set, by id or label, as the URLs or ORNs it was given.
func (o *Org) setResources(set string) (resources []string, ok bool) {
	s := o.iam.set(set)
	if s == nil {
		return nil, false
	}
	for _, r := range s.resources {
		resources = append(resources, r.ref)
	}
	return resources, true
}

// permissionTypes are the permissions that a custom role can be made of
// ("Permission types" of the Roles API).
var permissionTypes = strings.Fields(`
	okta.users.manage okta.users.create okta.users.read okta.users.credentials.manage
	okta.users.credentials.resetFactors okta.users.credentials.resetPassword okta.users.credentials.expirePassword
	okta.users.credentials.manageTemporaryAccessCode
	okta.users.userprofile.manage okta.users.lifecycle.manage okta.users.lifecycle.activate
	okta.users.lifecycle.deactivate okta.users.lifecycle.suspend okta.users.lifecycle.unsuspend
	okta.users.lifecycle.delete okta.users.lifecycle.unlock okta.users.lifecycle.clearSessions
	okta.users.groupMembership.manage okta.users.appAssignment.manage okta.users.apitokens.manage
	okta.users.apitokens.read okta.users.risk.manage okta.users.risk.read
	okta.groups.manage okta.groups.create okta.groups.members.manage okta.groups.read okta.groups.appAssignment.manage
	okta.apps.read okta.apps.manage okta.apps.assignment.manage okta.apps.clientCredentials.read
	okta.apps.manageFirstPartyApps okta.apps.universalLogout.manage okta.apps.universalLogout.read
	okta.profilesources.import.run okta.authzServers.read okta.authzServers.manage
	okta.customizations.read okta.customizations.manage okta.identityProviders.read okta.identityProviders.manage
	okta.workflows.invoke okta.workflows.read okta.workflows.flows.manage okta.governance.accessCertifications.manage
	okta.governance.accessRequests.manage okta.governance.requestType.manage okta.governance.resourceOwner.read
	okta.iam.read okta.policies.manage okta.policies.read okta.policy.read okta.policy.manage
	okta.devices.manage okta.devices.read okta.devices.lifecycle.manage okta.devices.lifecycle.activate
	okta.devices.lifecycle.deactivate okta.devices.lifecycle.delete okta.devices.lifecycle.suspend
	okta.devices.lifecycle.unsuspend okta.agents.manage okta.agents.read okta.agents.view okta.agents.register
	okta.directories.manage okta.directories.read okta.realms.manage okta.realms.read okta.logs.read okta.reports.read
	okta.support.cases.manage okta.inlineHooks.manage okta.inlineHooks.read okta.eventHooks.manage okta.eventHooks.read
	okta.sharedSignals.manage okta.sharedSignals.read`)
