package handlers_test

import (
	"net/http"
	"testing"

	"caracal/internal/testenv"
	"caracal/org"
	"caracal/workflow"
)

// TestTwoStepsOfOneName: the second of two steps with one title says so beside it, in the builder and before publishing,
// and is no reason to refuse; the second of two with one id is.
func TestTwoStepsOfOneName(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	connected := app.Connect(org.CustomApp)
	e := begin(t, app.Browser, "", "Doubled", connected.ID)
	e.press("add:flow.note:0").press("add:flow.note:1")
	for _, id := range []string{"flow_note", "flow_note_2"} {
		e.fields.Set("step."+id+".field.text", "Hello")
	}
	const words = "Step 1 is called “Note to people” too; give this one another title"
	e.press("save").page.Has("#a-s-flow_note_2-title", words).Has("#ready", "Ready to publish")
	if said := e.page.All("#a-s-flow_note-title p"); len(said) != 0 {
		t.Errorf("the first step says %v", said)
	}
	app.Get(e.workflow()+"/publish").Has(".alert", "Step 2: "+words)

	// Typing another title takes the words away without a reload.
	e.fields.Set("step.flow_note_2.title", "Say goodbye")
	e.send("", http.Header{"Hx-Request": {"true"}, "Hx-Request-Type": {"partial"}}).Status(http.StatusOK).Has(`hx-partial[hx-target="#a-s-flow_note_2-title"]`, "")
	if said := open(t, app.Browser, e.path).page.All("#a-s-flow_note_2-title p"); len(said) != 0 {
		t.Errorf("after another title was given: %v", said)
	}

	d := draftOf(t, app, e)
	d.Steps[1].ID = d.Steps[0].ID // no page does this; a draft of long ago may hold it
	people, err := app.App.DB.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	flow, err := app.App.DB.CreateWorkflow(t.Context(), workflow.Definition{Name: "One id", ApplicationID: connected.ID, Steps: d.Steps}, people[0])
	if err != nil {
		t.Fatal(err)
	}
	const one = `“Say goodbye” stands as step 2 under the id "flow_note", which step 1 has too`
	app.Get("/workflows/"+flow.ID+"/edit").Has("#step-flow_note .error", one)
	app.Get("/workflows/"+flow.ID+"/publish").Has(".alert", one)
	app.Post("/workflows/"+flow.ID+"/publish", "revision", "1").Status(http.StatusUnprocessableEntity)
}
