package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"caracal/internal/testenv"
	"caracal/org"
	"caracal/workflow"
)

// TestUndoAndRedo: every change of the builder can be taken back and done again, in order, what is typed and not saved
// yet as well, and a new change ends what could be done again.
func TestUndoAndRedo(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	e := begin(t, app.Browser, "", "Trail", app.Connect(org.CustomApp).ID)
	e.page.Has(`#go-back[disabled]`).Has(`#go-forth[disabled]`)
	e.press("add:" + workflow.FlowNote + ":0").press("add:group.create:1")
	e.fields.Set("step.group_create.field.name", "Typed, not saved")
	e.press("back")
	e.page.Has("body", "Undone: Step 2 “Create a group”, Name").Has("#go-back").HasNot("#go-back[disabled]").HasNot("#go-forth[disabled]")
	if got := e.fields.Get("step.group_create.field.name"); got != "" {
		t.Errorf("the name is still %q", got)
	}
	e.press("back")
	e.page.Has("body", "Undone: Step 2 “Create a group” added").HasNot("#step-group_create")
	e.press("back")
	e.page.HasNot(".step-card").Has("#go-back[disabled]")
	e.press("back")
	e.page.HasNot(".step-card") // there is nothing more
	e.press("forth").press("forth").press("forth")
	e.page.Has("#step-flow_note").Has("#go-forth[disabled]").HasNot("#go-back[disabled]")
	if got := e.fields.Get("step.group_create.field.name"); got != "Typed, not saved" {
		t.Errorf("done again, the name is %q", got)
	}
	e.press("back").press("remove-step:flow_note")
	e.page.Has("#go-forth[disabled]").HasNot("#step-flow_note").Has("#step-group_create")
	e.press("back")
	e.page.Has("#step-flow_note")

	// Numbers that are no revisions of this draft do nothing.
	for _, wrong := range []string{"999999", "-4", "x", strings.Repeat("999999,", 500)} {
		e.fields.Set("back", wrong)
		e.press("back")
		e.page.Has("#step-flow_note").Has("#step-group_create")
	}
}

// TestMoveTo: a step goes to any place that its menu lists, with all it holds, without a script.
func TestMoveTo(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	e := begin(t, app.Browser, "", "Places", app.Connect(org.CustomApp).ID)
	e.press("add:" + workflow.FlowNote + ":0").press("add:" + workflow.FlowForEach + ":1").press("add:group.create:2")
	e.page.HasNot(".move-ask")
	e.press("open-move:group_create")
	e.page.Has(".move-ask option", "At the beginning").Has(".move-ask option", "After 1 · ").Has(".move-ask option", "First for each item of 2 · ")
	e.press("move-to:group_create") // nothing chosen
	e.page.Status(http.StatusOK).Has(".move-ask")
	e.fields.Set("move_to", "flow_for_each-0")
	e.press("move-to:group_create")
	e.page.HasNot(".move-ask").Has(`.step-block #step-group_create`)
	e.press("open-move:flow_for_each")
	e.page.Has(".move-ask strong", "and the 1 step in it")
	e.fields.Set("move_to", "0")
	e.press("move-to:flow_for_each")
	if got := strings.Join(e.fields["step"], " "); got != "flow_for_each group_create flow_note" {
		t.Errorf("the order is %s", got)
	}
	e.fields.Set("move_to", "flow_for_each-0")
	e.press("move-to:flow_for_each") // in itself
	if got := strings.Join(e.fields["step"], " "); got != "flow_for_each group_create flow_note" {
		t.Errorf("the order is %s", got)
	}
}
