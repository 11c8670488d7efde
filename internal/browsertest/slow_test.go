package browsertest_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"caracal/form"
	"caracal/handlers"
	"caracal/internal/app"
	"caracal/internal/browsertest"
	"caracal/internal/testenv"
	"caracal/oktasim"
	"caracal/org"
	"caracal/workflow"
)

// mood is how an org answers the calls of Caracal, while people sign in at it as ever.
type mood struct {
	mu   sync.Mutex
	held chan struct{}                                       // closed to let the held calls go on
	as   func(*http.Request, <-chan struct{}) *oktasim.Fault // nil is well
}

// newMood gives an org a mood that a test changes.
func newMood(t *testing.T, o *oktasim.Org) *mood {
	m := &mood{held: make(chan struct{})}
	o.SetFault(func(r *http.Request) *oktasim.Fault {
		if !strings.HasPrefix(r.URL.Path, "/api/v1/") {
			return nil
		}
		m.mu.Lock()
		as, held := m.as, m.held
		m.mu.Unlock()
		if as == nil {
			return nil
		}
		return as(r, held)
	})
	t.Cleanup(m.well) // nothing is left hanging
	return m
}

func (m *mood) set(as func(*http.Request, <-chan struct{}) *oktasim.Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.as = as
	close(m.held)
	m.held = make(chan struct{})
}

// well answers everything again, and what was held as well.
func (m *mood) well() { m.set(nil) }

// hold keeps every call waiting.
func (m *mood) hold() {
	m.set(func(r *http.Request, held <-chan struct{}) *oktasim.Fault {
		select {
		case <-held:
		case <-r.Context().Done():
		}
		return nil
	})
}

// fail answers every call with an error of Okta's.
func (m *mood) fail() {
	m.set(func(*http.Request, <-chan struct{}) *oktasim.Fault {
		return oktasim.ErrorFault(http.StatusInternalServerError, "E0000009", "Internal Server Error")
	})
}

// TestPickersOfASlowOrg fills the builder from an org that is slow and then fails: what waits says so, Enter takes nobody
// from an older list, the last text typed is the one that is answered, a failure can be asked again with the keyboard, and
// everything that needs no org works meanwhile.
func TestPickersOfASlowOrg(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Company, testenv.Configure(func(c *app.Config) { c.Limits.Page = handlers.PageTime }))
	connected := app.Connect(org.CustomApp)
	people, err := app.App.DB.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	flow, err := app.App.DB.CreateWorkflow(t.Context(), workflow.Definition{Name: "Join", ApplicationID: connected.ID,
		Inputs: []workflow.Input{{Name: "team", Label: "Team", Kind: form.Group}},
		Steps:  []workflow.Step{{ID: "join", Title: "Join", Action: "group.add_member", Fields: map[string]string{}}}}, people[0])
	if err != nil {
		t.Fatal(err)
	}
	m := newMood(t, app.Org)
	tab := browsertest.Open(t, app)
	tab.SignIn(ada)
	tab.Go("/workflows/" + flow.ID + "/edit?open=join")
	tab.WaitFor("the pickers", `document.querySelectorAll("[data-picker][data-ready]").length >= 2`)
	const user, group = "#s-join-user", "#s-join-group"
	value := func(s string) string { return `document.querySelector("` + s + `-value").value` }

	m.hold()
	tab.Eval(`document.querySelector("` + user + `").focus()`)
	tab.Press("ada")
	tab.WaitFor("words while it waits", `getComputedStyle(document.querySelector(".picker[data-asking] .picker-wait")).visibility === "visible"`)
	tab.SeeAt(".picker[data-asking] .picker-wait", "Asking Okta…")
	tab.Axe()
	tab.Screenshot("slow-asking")
	enter(tab)
	tab.WaitFor("nobody chosen", value(user)+` === "" && document.querySelector(".picker[data-open] `+user+`") !== null`)

	// What needs no org is there at once: the value of an input, and what is typed elsewhere is saved.
	tab.Click(`#step-join [data-picker-value][name$="group"] ~ * .value-button, #step-join .step-field:has(` + group + `) .value-button`)
	tab.SeeAt(".value-row", "Team")
	tab.Click(".value-row")
	tab.See("Saved")
	tab.Eval(`document.querySelector("` + user + `").focus()`)
	tab.Press("grace")
	m.well()
	tab.SeeAt(`.picker[data-open] .picker-option[aria-selected="true"]`, "Grace")
	tab.Axe()

	m.fail()
	tab.Press("\b\b\b\b\b")
	tab.SeeAt(".picker[data-open] .picker-empty", "Okta")
	tab.SeeAt(`.picker[data-open] .picker-option[aria-selected="true"]`, "Try again")
	tab.Axe()
	tab.Screenshot("slow-failed")
	tab.Size(390, 844)
	tab.NoSidewaysScroll()
	m.well()
	enter(tab)
	tab.WaitFor("the list after all", `document.querySelector(".picker[data-open] .picker-option[data-id]") !== null`)
	tab.WaitFor("the first is marked", `document.querySelector(".picker[data-open] .picker-option").ariaSelected === "true"`)
	enter(tab)
	tab.WaitFor("somebody chosen", value(user)+` !== ""`)
	tab.See("Saved")
}
