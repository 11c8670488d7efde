package catalog

import (
	"slices"
	"strings"
	"testing"

	"caracal/form"
)

// typedPlaces are the places of paths whose objects Okta has no list of, with the reason.
var typedPlaces = map[string]string{
	"identitySourceId": "no operation lists identity sources; the id is in Okta's console",
	"sessionId":        "sessions of people are not listed: an id is handed out when one begins",
	"transactionId":    "the id of a verification is in the answer that began it",
	"appName":          "the names of Okta's app catalog are not listed, and neither are first-party apps",
	"permissionType":   "a permission that a role does not have yet is in no list; Okta's documentation names them",
}

// TestEveryPlaceOfAPathIsPickedOrTyped: each place of each path is chosen from a list, from a few values, or has a
// reason for being typed.
func TestEveryPlaceOfAPathIsPickedOrTyped(t *testing.T) {
	t.Parallel()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	picked, places, used := 0, 0, map[string]bool{}
	for _, op := range c.Operations() {
		for _, in := range c.Form(op, Choose{}).Parameters {
			if in.In != "path" || in.Kind == ChoiceInput {
				continue
			}
			places++
			if in.List == nil {
				if used[in.Name] = true; typedPlaces[in.Name] == "" {
					t.Errorf("%s %s: %s is chosen from nothing, and no reason is given", op.Method, op.Path, in.Name)
				}
				continue
			}
			picked++
			if l := *in.List; l.Operation.Method != "GET" || l.Value == "" || len(l.Labels) == 0 || l.What == "" || !placesWithin(l.Places, op.Path) {
				t.Errorf("%s of %s has a list that cannot be read: %+v", in.Name, op.ID, l)
			}
			if strings.Contains(in.List.Operation.Path, "{"+in.Name+"}") && in.List.Operation.ID != op.ID {
				t.Errorf("%s of %s is chosen from a list that needs it: %s", in.Name, op.ID, in.List.Operation.Path)
			}
		}
	}
	for name := range typedPlaces {
		if !used[name] {
			t.Errorf("%s is given a reason and needs none", name)
		}
	}
	if picked < 600 || places-picked > 20 {
		t.Errorf("%d of %d places are picked", picked, places)
	}
}

// TestListTablesAreTrue: what the tables name is in Okta's description.
func TestListTablesAreTrue(t *testing.T) {
	t.Parallel()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	known := func(id, where string) {
		if _, ok := c.List(id); !ok {
			t.Errorf("%s names %q, which is no list", where, id)
		}
	}
	for id := range knownLists {
		known(id, "knownLists")
	}
	for id := range ownLists {
		known(id, "ownLists")
	}
	for place, id := range elsewhere {
		known(id, "elsewhere["+place+"]")
	}
	for place, id := range assigning {
		method, path, _ := strings.Cut(place, " ")
		if id != "" {
			known(id, "assigning["+place+"]")
		}
		if !slices.ContainsFunc(c.Operations(), func(o Operation) bool { return o.Method == method && o.Path == path }) {
			t.Errorf("assigning names %s, which is no operation", place)
		}
	}
	fields := map[string]bool{}
	for _, op := range c.Operations() {
		for _, p := range op.Parameters {
			fields[p.Name] = true
		}
	}
	for name, s := range c.shapes {
		for _, f := range s.Fields {
			fields[f.Name], fields[name+"."+f.Name] = true, true
		}
	}
	for name, id := range listedFields {
		known(id, "listedFields["+name+"]")
		if !fields[name] {
			t.Errorf("listedFields names %q, which is no field", name)
		}
	}
}

func TestListFor(t *testing.T) {
	t.Parallel()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		operation, place, list, kind string
		places                       []string
	}{
		{"getUser", "userId", "listUsers", "user", nil},
		{"getGroup", "groupId", "listGroups", "group", nil},
		{"getApplication", "appId", "listApplications", "app", nil},
		{"getGroupRule", "groupRuleId", "listGroupRules", "list:listGroupRules", nil},
		{"getPolicy", "policyId", "listPolicies", "list:listPolicies", nil},
		{"getPolicyRule", "ruleId", "listPolicyRules", "list:listPolicyRules", []string{"policyId"}},
		{"getAuthorizationServerPolicyRule", "ruleId", "listAuthorizationServerPolicyRules", "list:listAuthorizationServerPolicyRules", []string{"authServerId", "policyId"}},
		{"getFactor", "factorId", "listFactors", "list:listFactors", []string{"userId"}},
		{"assignUserToGroup", "userId", "listUsers", "user", nil},
		{"unassignUserFromGroup", "userId", "listGroupUsers", "list:listGroupUsers", []string{"groupId"}},
		{"assignGroupToApplication", "groupId", "listGroups", "group", nil},
		{"unassignApplicationFromGroup", "groupId", "listApplicationGroupAssignments", "list:listApplicationGroupAssignments", []string{"appId"}},
		{"listRolesForClient", "clientId", "oauthClients", "list:oauthClients", nil},
	} {
		op, ok := c.Operation(tt.operation)
		l, found := c.ListFor(op, tt.place)
		if !ok || !found || l.ID != tt.list || string(l.Kind()) != tt.kind || !slices.Equal(l.Places, tt.places) {
			t.Errorf("%s of %s (%v): %v %s %s %v", tt.place, tt.operation, ok, found, l.ID, l.Kind(), l.Places)
		}
	}
	if l, _ := c.List("listPolicies"); !slices.Contains(l.Query["type"], "ACCESS_POLICY") || slices.ContainsFunc(l.Query["type"], func(s string) bool { return strings.Contains(s, " ") }) {
		t.Errorf("policies are asked for by the types %v", l.Query)
	}
	if _, ok := c.List("createUser"); ok {
		t.Error("createUser was taken for a list")
	}
	if id, ok := form.ListOf("listZones").List(); id != "listZones" || !ok || !form.ListOf("x").Picker() || form.ListOf("x").Object() {
		t.Error("the kinds of lists do not hold")
	}
}
