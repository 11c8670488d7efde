package db

import (
	"testing"

	"caracal/auth"
	"caracal/workflow"
)

func TestWorkflowNames(t *testing.T) {
	t.Parallel()
	d := open(t, Options{})
	for _, name := range []string{"Leaver", "Joiner", "Mover"} {
		w, err := d.CreateWorkflow(t.Context(), workflow.Definition{Name: name, Runners: []auth.Role{auth.Operator}}, starter)
		if err != nil {
			t.Fatal(err)
		}
		if name == "Joiner" {
			if _, err := d.Publish(t.Context(), w.ID, w.Revision, "", starter); err != nil {
				t.Fatal(err)
			}
		}
		if name == "Mover" {
			if err := d.ArchiveWorkflow(t.Context(), w.ID, true, starter); err != nil {
				t.Fatal(err)
			}
		}
	}
	all, err := d.WorkflowNames(t.Context(), nil)
	if err != nil || len(all) != 2 || all[0].Name != "Joiner" || all[1].Name != "Leaver" || all[0].ID == "" {
		t.Errorf("got %v %v", all, err)
	}
	for role, want := range map[auth.Role]int{auth.Operator: 1, auth.Employee: 0} {
		if names, err := d.WorkflowNames(t.Context(), []auth.Role{role}); err != nil || len(names) != want {
			t.Errorf("%s may run %v (%v), want %d", role, names, err, want)
		}
	}
}
