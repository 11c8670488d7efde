package browsertest_test

import (
	"fmt"
	"testing"

	"caracal/form"
	"caracal/internal/browsertest"
	"caracal/internal/testenv"
	"caracal/org"
	"caracal/workflow"
)

// TestBuildFromBlank builds a workflow on the builder page as a person does: an input, a step found by
// searching, a value chosen from the menu, a second step put in order, and nothing saved by hand.
func TestBuildFromBlank(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	app.Connect(org.CustomApp)
	tab := browsertest.Open(t, app)
	tab.SignIn(ada)
	tab.Go("/workflows/new")
	tab.Fill(`[name="name"]`, "Open a project")
	tab.Click("text=Create draft")
	tab.SeeAt("h2", "Steps")
	tab.Axe()

	tab.Click(`button[value="add-input:text"]`)
	tab.WaitCount(".input-rows > li", 1)
	tab.Fill(`.input-rows > li:first-child [name$=".label"]`, "Project")

	addStep(tab, "create group", "group.create")
	tab.WaitCount(".step-card", 1)
	tab.Click(`.step-field .value-button`)
	tab.SeeAt(".value-row", "Project")
	tab.Axe()
	tab.Click(`.value-row`)
	tab.WaitFor("the value in the field", `[...document.querySelectorAll(".step-field input")].some(e => e.value === "{{ inputs.project }}")`)
	tab.SeeAt("#builder-aside, aside", "Creates the group")

	addStep(tab, "find group", "group.find")
	tab.WaitCount(".step-card", 2)
	tab.See("Saved")
	tab.Go(tab.Eval("location.pathname")) // a draft outlives its page
	tab.WaitCount(".step-card", 2)
	tab.Click(`button[value^="remove-step"], button[value^="remove-step"]:not([disabled])`)
	tab.WaitCount(".step-card", 1)
	tab.Axe()
}

// TestFindMoveAndUndo finds a step of a long workflow by what is in its fields, moves it far at once, and takes that back
// by the keyboard; the step stays in sight each time, on a phone as well.
func TestFindMoveAndUndo(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	connected := app.Connect(org.CustomApp)
	d := workflow.Definition{Name: "Long", ApplicationID: connected.ID}
	for n := range 12 {
		d.Steps = append(d.Steps, workflow.Step{ID: fmt.Sprintf("note%d", n), Title: fmt.Sprintf("Note %d", n), Action: workflow.FlowNote, Fields: map[string]string{"text": fmt.Sprintf("word%d", n)}})
	}
	people, err := app.App.DB.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	flow, err := app.App.DB.CreateWorkflow(t.Context(), d, people[0])
	if err != nil {
		t.Fatal(err)
	}
	tab := browsertest.Open(t, app)
	tab.SignIn(ada)
	inSight := func(id string) {
		t.Helper()
		tab.WaitFor(id+" in sight", `(() => { const b = document.getElementById("`+id+`").getBoundingClientRect(); return b.bottom > 0 && b.top < innerHeight })()`)
	}
	for _, size := range []int64{1280, 390} {
		tab.Size(size, 800)
		tab.Go("/workflows/" + flow.ID + "/edit")
		tab.Fill(`[data-outline-search]`, "word9")
		tab.SeeAt("[data-outline-words]", "1 of 12")
		tab.Press("\r")
		inSight("step-note9")
		tab.Click(`button[value="open-move:note9"]`)
		tab.SeeAt(".move-ask", "Cancel")
		tab.Axe()
		tab.Fill(`[name="move_to"]`, "2") // after the second
		tab.Click(`button[value="move-to:note9"]`)
		tab.WaitFor("the move", `[...document.querySelectorAll("[name=step]")].findIndex(e => e.value === "note9") === 2`)
		inSight("step-note9")
		tab.WaitFor("the focus on the step", `document.activeElement.id === "step-note9"`)
		tab.Eval(`document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: "z", ctrlKey: true, bubbles: true, cancelable: true}))`)
		tab.WaitFor("the undo", `[...document.querySelectorAll("[name=step]")].findIndex(e => e.value === "note9") === 9`)
		tab.SeeAt(".undo-bar", "Undone: Step 3 “Note 9” moved")
		tab.WaitFor("the state in sight", `document.querySelector("#save-state").getBoundingClientRect().bottom <= innerHeight + 1`)
		tab.NoSidewaysScroll()
		tab.Axe()
	}
}

// addStep opens the list of actions, searches and takes one.
func addStep(tab *browsertest.Tab, search, action string) {
	tab.Click(`.adder[data-last] .adder-button`)
	tab.WaitFor("the list of actions", `!!document.querySelector(".action-list")`)
	tab.Axe()
	tab.Fill(`.action-list input[type="search"]`, search)
	tab.Click(`button[value^="add:` + action + `:"]`)
}

// TestButtonsKeepFields: the fields that a button leaves as they are stay the same elements in the browser, with what was
// typed in them; a name that changes is changed wherever it is used.
func TestButtonsKeepFields(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	connected := app.Connect(org.CustomApp)
	d := workflow.Definition{Name: "Long", ApplicationID: connected.ID, Inputs: []workflow.Input{{Name: "who", Label: "Who", Kind: form.User, Required: true}}}
	for n := range 5 {
		d.Steps = append(d.Steps, workflow.Step{ID: fmt.Sprintf("note%d", n), Title: fmt.Sprintf("Note %d", n), Action: workflow.FlowNote, Fields: map[string]string{"text": "word"}})
	}
	d.Steps = append(d.Steps, workflow.Step{ID: "stop", Title: "Suspend", Action: "user.suspend", Fields: map[string]string{"user": "{{ inputs.who }}"}})
	people, err := app.App.DB.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	flow, err := app.App.DB.CreateWorkflow(t.Context(), d, people[0])
	if err != nil {
		t.Fatal(err)
	}
	tab := browsertest.Open(t, app)
	tab.SignIn(ada)
	tab.Go("/workflows/" + flow.ID + "/edit")
	tab.Eval(`document.querySelectorAll(".step-body").forEach(e => { e.marked = true })`)
	tab.Eval(`document.getElementById("d-note4").open = true`)
	tab.Fill(`[name="step.note4.field.text"]`, "typed before the button")
	tab.Click(`[id="down-step-note0"]`)
	tab.WaitFor("the move", `[...document.querySelectorAll("[name=step]")].findIndex(e => e.value === "note0") === 1`)
	tab.WaitFor("the same fields", `document.getElementById("d-note3").marked && document.getElementById("d-stop").marked && document.querySelectorAll(".step-body").length === 6`)
	tab.WaitFor("new fields where the number changed", `!document.getElementById("d-note0").marked && document.querySelector("#d-note0 summary").ariaLabel === "Fields of step 2"`)
	tab.WaitFor("what was typed", `document.getElementById("d-note4").open && document.querySelector('[name="step.note4.field.text"]').value === "typed before the button"`)
	tab.Eval(`document.getElementById("inputs").open = true`)
	tab.Fill(`[name="input.who.label"]`, "Leaver")
	tab.WaitFor("the name where it is used", `document.querySelector("#d-stop .value-chip").textContent.includes("Leaver")`)
	tab.Click(`[id="down-step-note1"]`)
	tab.WaitFor("the second move", `[...document.querySelectorAll("[name=step]")].findIndex(e => e.value === "note1") === 1`)
	tab.WaitFor("the fields kept twice", `document.getElementById("d-stop").marked && document.querySelector("#d-stop .value-chip").textContent.includes("Leaver")`)
	tab.Axe()
	tab.Go("/workflows/" + flow.ID + "/edit") // and all of it was saved
	tab.WaitFor("what was saved", `document.querySelector('[name="step.note4.field.text"]').value === "typed before the button" && document.querySelector('[name="input.who.label"]').value === "Leaver"`)
}
