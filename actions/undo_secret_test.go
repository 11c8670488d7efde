package actions

import (
	"encoding/json"
	"strings"
	"testing"

	"caracal/catalog"
	"caracal/workflow"
)

// TestNoSecretInAWay holds that nothing secret is kept of what a step replaced, nor put back, and that a plan says so.
func TestNoSecretInAWay(t *testing.T) {
	t.Parallel()
	set, err := NewSet(All())
	if err != nil {
		t.Fatal(err)
	}
	way := set.Inverter()(workflow.RunStep{Action: "user.update", Title: "Update", State: workflow.StepDone, Input: map[string]string{"user": "00u1", "title": hiddenValue},
		Before: &workflow.Prior{Facts: []workflow.Fact{attributeFact("00u1", "title", "Old")}}})
	if len(way.Steps) > 0 || !strings.Contains(way.None, "secret") {
		t.Errorf("a step whose value was secret is taken back: %+v", way)
	}

	hook := "/api/v1/inlineHooks/cal1"
	fact := func(pointer string, value any) workflow.Fact {
		return workflow.Fact{Key: hook + "#" + pointer, Label: pointer[1:], Value: value}
	}
	d := Done{Title: "Replace", Before: []workflow.Fact{fact("/name", "Old"), fact("/headers", []any{map[string]any{"key": "X-Key", "value": catalog.Hidden}})}}
	way = d.restored([]workflow.Fact{fact("/name", "New"), fact("/headers", []any{})}, "restore.replace_inline_hook", map[string]string{"inlineHookId": "cal1"})
	if len(way.Steps) != 1 || !strings.Contains(way.Steps[0].Fields[fieldValues], "Old") || strings.Contains(way.Steps[0].Fields[fieldValues], "X-Key") {
		t.Errorf("what is put back: %+v", way.Steps)
	}
	if len(way.Lost) != 1 || !strings.Contains(way.Lost[0], "headers held a secret") {
		t.Errorf("it does not say that a secret is lost: %q", way.Lost)
	}
	d.Before = d.Before[1:]
	if way = d.restored([]workflow.Fact{fact("/headers", []any{})}, "restore.replace_inline_hook", nil); len(way.Steps) > 0 || !strings.Contains(way.None, "secrets are never kept") {
		t.Errorf("nothing but a secret was replaced: %+v", way)
	}

	var app map[string]any
	if err := json.Unmarshal([]byte(`{"label":"Wiki","credentials":{"userName":"ada","password":{"value":"hush-hush"},"oauthClient":{"client_secret":"hush-hush"}}}`), &app); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(masked(app))
	if err != nil || strings.Contains(string(raw), "hush-hush") || !strings.Contains(string(raw), "Wiki") {
		t.Errorf("what is kept of an object: %s, %v", raw, err)
	}
}
