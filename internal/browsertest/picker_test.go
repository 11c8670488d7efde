package browsertest_test

import (
	"slices"
	"testing"

	"caracal/internal/browsertest"
	"caracal/internal/testenv"
	"caracal/org"
)

// TestPickTheMemberOfAGroupByKeyboard fills the places of an operation with the keyboard alone: a group, and then
// one of its members, whose list is asked for by the group that was chosen.
func TestPickTheMemberOfAGroupByKeyboard(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Company)
	id := app.Connect(org.CustomApp).ID
	tab := browsertest.Open(t, app)
	tab.SignIn(ada)
	tab.Go("/operations/unassignUserFromGroup?application=" + id)
	tab.SeeAt("h1", "Unassign")

	// The list of what depends on a choice says what to choose first.
	tab.WaitFor("the pickers", `document.querySelectorAll("[data-picker][data-ready]").length === 2`)
	tabTo(t, tab, `#f-path\\.userId`)
	tab.SeeAt(".picker[data-open] .picker-empty", "Fill in groupId first")
	tab.Axe()
	tab.Go("/operations/unassignUserFromGroup?application=" + id)
	tab.WaitFor("the pickers", `document.querySelectorAll("[data-picker][data-ready]").length === 2`)

	tabTo(t, tab, `#f-path\\.groupId`)
	tab.Press("Engin")
	tab.SeeAt(`.picker[data-open] .picker-option[aria-selected="true"]`, "Engineering")
	tab.Axe()
	enter(tab)
	tab.WaitFor("the group", `document.querySelector('[name="path.groupId"]').value.startsWith("00g")`)
	tab.WaitFor("the chip with the focus", `document.activeElement.matches("[data-picker-remove]") && document.activeElement.ariaLabel === "Remove Engineering"`)

	tabTo(t, tab, `#f-path\\.userId`)
	tab.WaitFor("the members", `document.querySelectorAll(".picker[data-open] .picker-option[data-id^='00u']").length > 1`)
	tab.WaitFor("the first is marked", `document.querySelectorAll(".picker[data-open] .picker-option")[0].ariaSelected === "true"`)
	tab.Press("\u0301") // arrow down
	tab.WaitFor("the second is marked", `document.querySelectorAll(".picker[data-open] .picker-option")[1].ariaSelected === "true"`)
	tab.Axe()
	login := tab.Eval(`document.querySelectorAll(".picker[data-open] .picker-option small")[1].innerText.split(" ")[0]`)
	enter(tab)
	tab.WaitFor("the member", `document.querySelector('[name="path.userId"]').value.startsWith("00u")`)
	if !slices.Contains(app.Org.Members("Engineering"), login) {
		t.Errorf("%q was offered and is no member", login)
	}
	tab.SeeAt("#operation-request", "/users/00u")
	tab.Axe()
	tab.Size(390, 844)
	tab.NoSidewaysScroll()

	// An id that no list has can be typed.
	tab.Go("/operations/getGroup?application=" + id)
	tabTo(t, tab, `#f-path\\.groupId`)
	tab.Press("00gNobodyListsThis00")
	tab.SeeAt(".picker[data-open] .picker-option", "Use what is typed as the id")
	enter(tab)
	tab.WaitFor("the id", `document.querySelector('[name="path.groupId"]').value === "00gNobodyListsThis00"`)
}

// enter presses Enter where the focus is. Keys that are sent to the browser come in two parts, and the second would
// press the button that gets the focus by the first, which no keyboard does once a script has taken the key.
func enter(tab *browsertest.Tab) {
	tab.Eval(`document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true}))`)
}
