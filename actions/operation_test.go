package actions

import (
	"context"
	"testing"

	"caracal/catalog"
	"caracal/fault"
	"caracal/okta"
	"caracal/workflow"
)

func operationsSet(t *testing.T) *Set {
	t.Helper()
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	set, err := NewSet(append(All(), Operations(c)...))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestOperationAsAStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run = operationsSet(t).Executor(func(context.Context, string) (*okta.Client, error) { return w.okta, nil })
	made := w.do("operation.create_group", map[string]string{"profile_name": `Quote " and }`, "profile_description": "x\ny"})
	id, _ := made["id"].(string)
	if id == "" {
		t.Fatalf("no id in %v", made)
	}
	read := w.do("operation.get_group", map[string]string{"groupId": id})
	profile, _ := read["answer"].(map[string]any)["profile"].(map[string]any)
	if profile["name"] != `Quote " and }` || profile["description"] != "x\ny" {
		t.Errorf("the group is %v", read)
	}
	list := w.do("operation.list_groups", map[string]string{"limit_entries": "1"})
	if list["count"] != 1 {
		t.Errorf("the list is %v", list)
	}
	w.do("operation.delete_group", map[string]string{"groupId": id})
	for _, tt := range []struct {
		action string
		in     map[string]string
		kind   fault.Kind
	}{
		{"operation.get_group", map[string]string{"groupId": id}, fault.NotFound},
		{"operation.list_groups", map[string]string{"limit_entries": "0"}, fault.Invalid},
		{"operation.get_group", map[string]string{"groupId": "../users"}, fault.Invalid},
		{"operation.create_network_zone_ip", map[string]string{}, fault.Invalid},
	} {
		if _, err := w.run.Do(t.Context(), w.call(tt.action, tt.in, 1)); !fault.Is(err, tt.kind) {
			t.Errorf("%s %v: %v, want %v", tt.action, tt.in, err, tt.kind)
		}
	}
	found, err := w.run.Find(t.Context(), w.call("operation.create_group", map[string]string{"profile_name": "x"}, 2))
	if err != nil || found.Known || found.Words == "" {
		t.Errorf("what became of a creation is %+v, %v", found, err)
	}
}

func TestOneSpelling(t *testing.T) {
	t.Parallel()
	if workflow.Reads != workflow.Effect(catalog.Reads) || workflow.Destroys != workflow.Effect(catalog.Destroys) || workflow.Changes != workflow.Effect(catalog.Changes) {
		t.Error("effects have two spellings")
	}
}
