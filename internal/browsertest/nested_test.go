package browsertest_test

import (
	"net/http"
	"testing"

	"caracal/auth"
	"caracal/internal/browsertest"
	"caracal/internal/testenv"
	"caracal/org"
	"caracal/workflow"
)

// TestNestedJourney builds a process in the page: for each colleague that is named, after somebody agrees, the account
// and, where that fails, a note; and it runs another workflow. Published and run, it shows its items.
func TestNestedJourney(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	app.Connect(org.CustomApp)
	tab := browsertest.Open(t, app)
	tab.SignIn(ada)
	begin(tab, "create_group") // the one that is called
	publish(tab)

	tab.Go("/workflows/new")
	tab.Fill(`[name="name"]`, "Welcome a class")
	tab.Click("text=Create draft")
	tab.Click(`button[value="add-input:lines"]`)
	tab.Fill(`.input-rows > li:first-child [name$=".label"]`, "Colleagues")
	tab.Click(`.input-rows [name$=".required"]`)

	add := func(place, search, action string) {
		t.Helper()
		tab.Click(`button[value="open-add:` + place + `"]`)
		tab.Fill(`.action-list input[type="search"]`, search)
		tab.WaitFor("the matches alone", `document.querySelectorAll(".action-row").length < 40 && document.querySelector(".action-row").value.startsWith("add:`+action+`")`)
		tab.Eval(`document.querySelector(".action-row").click()`)
		tab.WaitFor("the list to close", `!document.querySelector(".action-list")`)
	}
	field := func(step, name string) string { return `[name="step.` + step + `.field.` + name + `"]` }
	add("0", "approval", workflow.FlowApproval)
	tab.Fill(field("flow_approval", "message"), "May {{ inputs.colleagues }} come?")
	add("1", "for each", workflow.FlowForEach)
	tab.Click(`button[value="menu:flow_for_each:list"]`)
	tab.Click(`.value-row`)
	tab.WaitFor("the menu to close", `!document.querySelector(".value-row")`)
	add("flow_for_each-0", "create a user", "user.create")
	for name, text := range map[string]string{"first_name": "A", "last_name": "Class", "email": "{{ item }}"} {
		tab.Fill(field("user_create", name), text)
	}
	tab.Eval(`document.querySelector("#c-user_create").open = true`)
	tab.Fill(`[name="step.user_create.on_error"]`, string(workflow.Branch))
	tab.SeeAt(".block-title", "If step 2.1 fails")
	add("user_create-failed-0", "note", workflow.FlowNote)
	tab.Fill(field("flow_note", "text"), "No account for {{ item }}.")
	add("2", "run create a group", "workflow.")
	called := tab.Eval(`document.querySelector(".builder-steps > .step-list > li:last-of-type input[name=step]").value`)
	tab.Fill(field(called, "group_name"), "The class")
	tab.WaitFor("nothing to be mended", `document.querySelector("#ready").innerText.includes("Ready to publish")`)
	tab.Axe()
	tab.NoSidewaysScroll()

	// Folded, each step is a line; a link of the picture opens its step.
	tab.Click(`[data-fold-all="close"]`)
	tab.WaitFor("every step to fold", `document.querySelectorAll(".builder-steps details[data-fold][open]").length === 0`)
	tab.Click(`.flow a[href="#step-flow_note"]`)
	tab.WaitFor("the step to open", `document.querySelector("#d-flow_note").open`)
	tab.Fill(`[name="step.flow_note.title"]`, "Say who has none")
	tab.WaitFor("the save", `document.querySelector("#save-state").innerText.includes("Saved") && document.querySelector(".flow").innerText.includes("Say who has none")`)
	tab.Click(`button[value="down-step:flow_approval"]`)
	tab.WaitFor("the approval to come second", `document.querySelectorAll(".builder-steps > .step-list > li")[1].querySelector("[name=step]").value === "flow_approval"`)
	if open := tab.Eval(`[...document.querySelectorAll(".builder-steps details[data-fold][open]")].map(d => d.id).join(" ")`); open != "d-flow_note" {
		t.Errorf("after a step was moved, open are %s", open)
	}
	tab.Click(`button[value="up-step:flow_approval"]`)
	tab.WaitFor("the approval to come first", `document.querySelectorAll(".builder-steps > .step-list > li")[0].querySelector("[name=step]").value === "flow_approval"`)

	publish(tab)
	tab.Click(`main a[href$="/run"]`)
	tab.Fill(`[name="colleagues"]`, "grace@class.example\nno address\nada@class.example")
	tab.Click(`button[value="run"]`)
	tab.See("May grace@class.example")
	app.As(auth.Approver).Post(tab.Eval("location.pathname")+"/approve", "step", "0", "answer", "yes").Status(http.StatusSeeOther)
	tab.WaitCount(".item-rows > li", 4) // three colleagues, and the workflow that is called
	tab.SeeAt(".run-head", "Succeeded")
	tab.Axe()
	tab.Click(`.item-rows > li:nth-child(2) a`)
	tab.SeeAt(".run-note", "No account for no address.")
	if _, made := app.Org.FindUser("grace@class.example"); !made {
		t.Error("the account is not in the org")
	}
	if _, made := app.Org.FindGroup("The class"); !made {
		t.Error("what was called did nothing")
	}
}
