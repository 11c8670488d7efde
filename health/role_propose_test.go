package health

import (
	"slices"
	"testing"

	"caracal/org"
)

func TestPropose(t *testing.T) {
	t.Parallel()
	p := Propose(org.DefaultScopes)
	for _, want := range []string{"okta.users.manage", "okta.groups.manage", "okta.apps.manage", "okta.users.read"} {
		if !slices.Contains(p.Permissions, want) {
			t.Errorf("%s is missing in %v", want, p.Permissions)
		}
	}
	if !slices.Equal(p.AlsoRoles, []string{"Report Administrator"}) {
		t.Errorf("the log needs %v", p.AlsoRoles)
	}
	if len(p.Resources) != 3 {
		t.Errorf("resources %v", p.Resources)
	}
}

func TestCustomRoleAllowsAPart(t *testing.T) {
	t.Parallel()
	r := role{Type: "CUSTOM", permissions: []string{"okta.users.read", "okta.users.lifecycle.suspend"}}
	if r.allows("okta.users.manage") || !r.allowsPart("okta.users.manage") || r.allowsPart("okta.groups.manage") {
		t.Error("suspending is a part of managing users, and of nothing else")
	}
}
