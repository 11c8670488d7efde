package actions

import (
	"slices"
	"testing"

	"caracal/catalog"
	"caracal/form"
)

// TestStepsPickFromLists: a step that is an operation picks what Okta lists, and says which of its fields that
// depends on.
func TestStepsPickFromLists(t *testing.T) {
	t.Parallel()
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string][]form.Field{}
	for _, a := range Operations(c) {
		fields[a.ID] = a.Fields
		for _, f := range a.Fields {
			for _, p := range f.Of {
				if !slices.ContainsFunc(a.Fields, func(o form.Field) bool { return o.Name == p.Field }) {
					t.Errorf("%s: %s is listed by %s, which is no field", a.ID, f.Name, p.Field)
				}
			}
			if f.Kind.Picker() && f.Max > 0 {
				t.Errorf("%s: %s is shorter than an id may be", a.ID, f.Name)
			}
		}
	}
	for _, tt := range []struct {
		action, field string
		kind          form.Kind
		of            []form.Parent
	}{
		{"operation.get_policy_rule", "policyId", "list:listPolicies", nil},
		{"operation.get_policy_rule", "ruleId", "list:listPolicyRules", []form.Parent{{Place: "policyId", Field: "policyId"}}},
		{"operation.unassign_user_from_group", "groupId", form.Group, nil},
		{"operation.unassign_user_from_group", "userId", "list:listGroupUsers", []form.Parent{{Place: "groupId", Field: "groupId"}}},
		{"operation.get_network_zone", "zoneId", "list:listNetworkZones", nil},
	} {
		at := slices.IndexFunc(fields[tt.action], func(f form.Field) bool { return f.Name == tt.field })
		if at < 0 {
			t.Errorf("%s has no %s", tt.action, tt.field)
			continue
		}
		if f := fields[tt.action][at]; f.Kind != tt.kind || !slices.Equal(f.Of, tt.of) || !f.Required {
			t.Errorf("%s of %s is %+v", tt.field, tt.action, f)
		}
	}
}
