package browsertest_test

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"caracal/internal/browsertest"
	"caracal/internal/testenv"
	"caracal/org"
)

// TestConnectByKeyboard connects an org with the keyboard alone, from the skip link to Submit.
func TestConnectByKeyboard(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	ready := app.Ready.Demo.OIN
	tab := browsertest.Open(t, app)
	tab.SignIn(ada)
	tab.Go("/applications/connect/okta")
	tab.See("API Domain")
	tabTo(t, tab, `a.skip`)
	tab.Press("\r")
	for _, f := range []struct{ field, text string }{
		{`[name="domain"]`, ready.Domain}, {`[name="client_id"]`, ready.ClientID}, {`[name="secret"]`, ready.Secret.Reveal()},
	} {
		tabTo(t, tab, f.field)
		tab.Press(f.text)
	}
	tabTo(t, tab, `#connect button[type="submit"]:not([formaction])`)
	tab.Press("\r")
	tab.SeeAt("h1", "Simulated org")
}

// tabTo presses Tab until the element has the focus.
func tabTo(t *testing.T, tab *browsertest.Tab, selector string) {
	t.Helper()
	for range 60 {
		if tab.Eval("document.activeElement.matches(`"+selector+"`)") == "true" {
			return
		}
		tab.Press("\t")
	}
	t.Fatalf("sixty times Tab does not lead to %s", selector)
}

// TestBuildByKeyboard builds a loop with the keyboard alone: an input, a for-each over it, a step within, each found by
// typing, then folds a step and opens it again.
func TestBuildByKeyboard(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	app.Connect(org.CustomApp)
	tab := browsertest.Open(t, app)
	tab.SignIn(ada)
	begin(tab, "")
	focused := func(selector string) {
		t.Helper()
		tab.WaitFor("the focus on "+selector, "document.activeElement.matches(`"+selector+"`)")
	}
	add := func(button, search, first string) {
		t.Helper()
		tabTo(t, tab, button)
		tab.Press("\r")
		focused(".action-list input")
		tab.Press(search)
		tab.WaitFor("the match", `document.querySelectorAll(".action-row").length < 40 && document.querySelector(".action-row").value.startsWith("add:`+first+`:")`)
		tab.Press(kb.ArrowDown) // to the first match
		focused(".action-row")
		tab.Press("\r")
		focused(".step-card")
	}
	tabTo(t, tab, `button[value="add-input:lines"]`)
	tab.Press("\r")
	focused(`.input-rows [name$=".label"]`)
	tab.Press("Names")
	add(`button[value="open-add:0"]`, "for each", "flow.for_each")
	tabTo(t, tab, `button[value="menu:flow_for_each:list"]`)
	tab.Press("\r")
	focused(".value-row")
	tab.Press("\r")
	focused(`#s-flow_for_each-list`)
	add(`button[value="open-add:flow_for_each-0"]`, "create a group", "group.create")
	tabTo(t, tab, `[name="step.group_create.field.name"]`)
	tab.Press("{{ item }}")
	tab.WaitFor("what is still to be done", `document.querySelector(".flow").innerText.includes("Create a group")`)
	tab.Eval(`document.querySelector("#step-group_create").focus()`) // where a link of the picture leads
	tabTo(t, tab, "#d-group_create > summary")
	tab.Press("\r")
	tab.WaitFor("the step to fold", `!document.querySelector("#d-group_create").open`)
	tab.Press(" ")
	tab.WaitFor("the step to open", `document.querySelector("#d-group_create").open`)
	tab.SeeAt(".block-title", "For each item of")
}
