package browsertest_test

import (
	"testing"

	"caracal/internal/browsertest"
	"caracal/internal/testenv"
	"caracal/org"
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

// addStep opens the list of actions, searches and takes one.
func addStep(tab *browsertest.Tab, search, action string) {
	tab.Click(`.adder[data-last] .adder-button`)
	tab.WaitFor("the list of actions", `!!document.querySelector(".action-list")`)
	tab.Axe()
	tab.Fill(`.action-list input[type="search"]`, search)
	tab.Click(`button[value^="add:` + action + `:"]`)
}
