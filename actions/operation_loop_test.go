package actions

import (
	"testing"

	"caracal/form"
	"caracal/workflow"
)

// TestOperationsInALoop: what an operation lists can be gone over, and an entry's id fits where such an id is
// taken.
func TestOperationsInALoop(t *testing.T) {
	t.Parallel()
	s, _ := shelf(t)
	set, err := NewSet(All())
	if err != nil {
		t.Fatal(err)
	}
	set.Operations = s
	registry := set.Registry(workflow.FlowSpecs()...)
	definition := func(list, user string) workflow.Definition {
		return workflow.Definition{Name: "x", ApplicationID: "app1", Inputs: []workflow.Input{{Name: "group", Label: "Group", Kind: form.Group, Required: true}},
			Steps: []workflow.Step{
				{ID: "members", Title: "Members", Action: "operation.list_group_users", Fields: map[string]string{"groupId": "{{ inputs.group }}", "limit_entries": "1000"}},
				{ID: "each", Title: "Each", Action: workflow.FlowForEach, Fields: map[string]string{"list": list, "at_once": "1", "on_failed": "stop"}},
				{ID: "off", Title: "Suspend", Action: "operation.suspend_user", Fields: map[string]string{"userId": user}, Control: workflow.Control{In: "each"}},
			}}
	}
	for _, tt := range []struct {
		list, user string
		wrong      string // the field that is blamed
	}{
		{"{{ steps.members.output.answer }}", "{{ item.id }}", ""},
		{"{{ steps.members.output.answer }}", "{{ steps.each.output.item.id }}", ""},
		{"{{ steps.members.output.more }}", "{{ item.id }}", "list"},
		{"{{ steps.members.output.none }}", "{{ item.id }}", "list"},
	} {
		var blamed []string
		for _, p := range workflow.Blocking(workflow.Check(definition(tt.list, tt.user), registry, nil)) {
			if p.Step != "" {
				blamed = append(blamed, p.Step+"."+p.Field+": "+p.Message)
			}
		}
		if (len(blamed) > 0) != (tt.wrong != "") {
			t.Errorf("%s, %s: %v", tt.list, tt.user, blamed)
		}
	}
}
