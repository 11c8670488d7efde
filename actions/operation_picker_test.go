package actions

import (
	"slices"
	"strings"
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
		{"operation.create_user", "groupIds", form.Groups, nil},
		{"operation.create_group_rule", "conditions_people_users_exclude", form.Users, nil},
		{"operation.update_configuration", "excludeZones", "lists:listNetworkZones", nil},
		{"operation.assign_role_to_user", "role", "list:listRoles", nil},
		{"operation.assign_role_to_group", "resource_set", "list:listResourceSets", nil},
		{"operation.create_resource_set_binding", "role", "list:listRoles", nil},
	} {
		at := slices.IndexFunc(fields[tt.action], func(f form.Field) bool { return f.Name == tt.field })
		if at < 0 {
			t.Errorf("%s has no %s", tt.action, tt.field)
			continue
		}
		if f := fields[tt.action][at]; f.Kind != tt.kind || !slices.Equal(f.Of, tt.of) || f.Required && f.Kind.Several() {
			t.Errorf("%s of %s is %+v", tt.field, tt.action, f)
		}
	}
}

// TestCuratedFieldsThatHoldIDs: no curated action asks for an id of something that Okta lists as plain text.
func TestCuratedFieldsThatHoldIDs(t *testing.T) {
	t.Parallel()
	byName := map[string]bool{"user.find.login": true, "group.find.name": true, "app.find.name": true} // looked up by what people call them
	for _, a := range All() {
		for _, f := range a.Fields {
			word := strings.ToLower(f.Label + " " + f.Help)
			if !f.Kind.Picker() && (strings.Contains(word, "'s id") || strings.Contains(" "+word+" ", " id ")) && !byName[a.ID+"."+f.Name] {
				t.Errorf("%s: %s is %s, and Okta lists what it names", a.ID, f.Name, f.Kind)
			}
		}
	}
	if f := ruleField(); f.Kind != "list:listGroupRules" {
		t.Errorf("a group rule is %s", f.Kind)
	}
}
