package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/handlers"
	"caracal/internal/testenv"
	"caracal/oktasim"
	"caracal/workflow"
)

// heldSteps suspend somebody, make a group, put them in, and move a second person.
var heldSteps = []workflow.Step{
	{ID: "hold", Title: "Suspend them", Action: "user.suspend", Fields: map[string]string{"user": "{{ inputs.who }}"}},
	{ID: "make", Title: "Make the group", Action: "group.create", Fields: map[string]string{"name": "Held back"}},
	{ID: "join", Title: "Put them in", Action: "group.add_member", Fields: map[string]string{"group": "{{ steps.make.output.id }}", "user": "{{ inputs.who }}"}},
}

// newHeldLimits is newHeld of an org that tells its limits, as Okta does: each step that is compared by itself reads anew
// what the rules say, and of a limit that is not told the smallest is taken.
func newHeldLimits(t *testing.T, steps ...workflow.Step) *held {
	t.Helper()
	h := newHeld(t, steps...)
	h.app.Org.Update(func(s *oktasim.Settings) { s.NoRateLimit = false })
	return h
}

// later lets the limits of the next minute begin.
func (h *held) later() { h.app.Clock.Advance(time.Minute) }

// breakAt lets Okta refuse what changes something below a path.
func (h *held) breakAt(path string) {
	h.app.Org.SetFault(func(r *http.Request) *oktasim.Fault {
		if r.Method != http.MethodGet && strings.HasPrefix(r.URL.Path, path) {
			return oktasim.ErrorFault(http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action")
		}
		return nil
	})
}

// goOn continues a run on its page, with more fields than it shows.
func goOn(t *testing.T, b *testenv.Browser, run string, fields ...string) string {
	t.Helper()
	page := b.Get(run + "/continue")
	all := append([]string{"version", "1", "who", page.Value("#f-who"), "do", "continue", "plan", page.Value(`input[name="plan"]`)}, fields...)
	return b.Post(run+"/continue", all...).Status(http.StatusSeeOther).Response.Header.Get("Location")
}

// TestContinueKeepsThePlan: what continues a run that is held to a plan is held to the rest of it, as often as it is continued.
func TestContinueKeepsThePlan(t *testing.T) {
	t.Parallel()
	h := newHeldLimits(t, heldSteps...)
	planned := h.rehearse(h.app.Browser)
	h.breakAt("/api/v1/groups")
	first := h.run(h.app.Browser, planned)
	if r := ended(t, h.app, first); r.State != workflow.RunFailed || r.Steps[0].State != workflow.StepDone {
		t.Fatalf("%s: %s", r.State, r.Error)
	}
	h.app.Org.SetFault(nil)
	h.call(t, "POST", "/api/v1/groups", `{"profile":{"name":"Held back"}}`)
	h.app.Get(first+"/continue").Has("#continue-plan .run-plan", "Held to its plan", "compared with it before each change")
	events := len(h.app.Org.Log())
	second := goOn(t, h.app.Browser, first)
	if r := ended(t, h.app, second); r.State != workflow.RunFailed || !strings.Contains(r.Error, "Okta has changed since the plan was made") {
		t.Fatalf("continuing got round the plan: %s: %s", r.State, r.Error)
	}
	if now := len(h.app.Org.Log()); now != events {
		t.Errorf("%d events after the refusal", now-events)
	}
	h.app.Get(second).Has("#difference", "Make the group").Has(".run-plan", "Held to the rest of a plan")
	h.app.Get(second+"/continue").Has(".run-plan", "stopped since Okta was not as planned")

	h.call(t, "DELETE", "/api/v1/groups/"+h.named("Held back"), "") // Okta is as planned again
	h.later()
	third := goOn(t, h.app.Browser, second)
	if r := ended(t, h.app, third); r.State != workflow.RunSucceeded {
		t.Fatalf("%s: %s", r.State, r.Error)
	}
	h.app.Get(third).Has(".run-plan", "Held to the rest of a plan", "Okta was as planned")
	has(t, h.user(t, h.person.ID), "SUSPENDED", "Held back")
	hash := h.app.Get(planned).Attr(".plan-hash code", "title")
	for _, run := range []string{first, second, third} {
		if audit := h.app.Get("/audit?subject=" + strings.TrimPrefix(run, "/runs/")); !strings.Contains(audit.Text, hash) {
			t.Errorf("the audit record of %s does not name the plan", run)
		}
	}
}

// TestContinueBeforeTheFirstChange: of what changed nothing yet the whole plan is compared once more.
func TestContinueBeforeTheFirstChange(t *testing.T) {
	t.Parallel()
	h := newHeldLimits(t, heldSteps...)
	planned := h.rehearse(h.app.Browser)
	h.call(t, "POST", "/api/v1/groups", `{"profile":{"name":"Held back"}}`) // what the second step will find
	run := h.run(h.app.Browser, planned)
	for again := range 2 {
		if r := ended(t, h.app, run); r.State != workflow.RunFailed || r.Steps[0].State != workflow.StepFailed || !strings.Contains(r.Error, "Okta has changed") {
			t.Fatalf("%d: %s: %s", again, r.State, r.Error)
		}
		if h.later(); again == 0 {
			run = goOn(t, h.app.Browser, run)
		}
	}
	if u := h.user(t, h.person.ID); u.Status != "ACTIVE" {
		t.Errorf("%s is %s", u.Login, u.Status)
	}
}

// TestContinueAfterHalfAChange: a step that was done though its answer was lost is no change of the plan.
func TestContinueAfterHalfAChange(t *testing.T) {
	t.Parallel()
	h := newHeldLimits(t, heldSteps...)
	planned := h.rehearse(h.app.Browser)
	h.breakAt("/api/v1/users/" + h.person.ID)
	first := h.run(h.app.Browser, planned)
	ended(t, h.app, first)
	h.app.Org.SetFault(nil)
	h.later()
	h.call(t, "POST", "/api/v1/users/"+h.person.ID+"/lifecycle/suspend", "") // as if the first attempt had arrived
	if r := ended(t, h.app, goOn(t, h.app.Browser, first)); r.State != workflow.RunSucceeded {
		t.Fatalf("%s: %s", r.State, r.Error)
	}
}

// TestContinueWithoutThePlan: with other inputs the plan does not hold, and somebody has to say that it goes on without it.
func TestContinueWithoutThePlan(t *testing.T) {
	t.Parallel()
	h := newHeldLimits(t, append([]workflow.Step{{ID: "ask", Title: "Ask", Action: workflow.FlowApproval,
		Fields: map[string]string{"message": "May they be held?", "who": workflow.WhoAnyone, "then": "fail", "unit": "days"}}}, heldSteps...)...)
	operator := h.app.As(auth.Admin)
	planned := h.rehearse(operator)
	h.breakAt("/api/v1/groups")
	first := h.run(operator, planned)
	approve := func(run string) {
		t.Helper()
		h.app.Eventually("the question", func() bool { return runOf(t, h.app, run).Steps[0].State == workflow.StepWaiting })
		h.app.As(auth.Approver).Post(run+"/approve", "step", "0", "answer", "yes").Status(http.StatusSeeOther)
	}
	approve(first)
	ended(t, h.app, first)
	h.app.Org.SetFault(nil)
	other := ""
	for _, u := range h.app.Org.Users() {
		if u.Status == "ACTIVE" && len(u.Roles) == 0 && u.ID != h.person.ID {
			other = u.ID
			break
		}
	}
	fields := []string{"version", "1", "who", other, "again", "hold", "offered", "hold"}
	page := operator.Post(first+"/continue", fields...).Status(http.StatusOK).Has("#continue-plan", "The plan does not hold any more", "made for other inputs").Has(`[data-step="ask"]`, "asked again")
	fields = append(fields, "do", "continue", "plan", page.Value(`input[name="plan"]`))
	operator.Post(first+"/continue", fields...).Status(http.StatusUnprocessableEntity).Has("#f-without_plan-error", "without the plan")
	token := h.app.Token(auth.Admin)
	shown := jsonOf[handlers.ContinuationJSON](t, api(t, h.app, token, "POST", first+"/continue/plan", `{"inputs": {"who": "`+other+`"}}`), http.StatusOK)
	if shown.Plan == nil || shown.Plan.Holds || !strings.HasSuffix(planned, shown.Plan.Rehearsal) {
		t.Errorf("%+v", shown.Plan)
	}
	problemOf(t, api(t, h.app, token, "POST", first+"/continue", `{"inputs": {"who": "`+other+`"}, "hash": "`+shown.Hash+`"}`), http.StatusUnprocessableEntity, "without_plan")

	second := operator.Post(first+"/continue", append(fields, "without_plan", "yes")...).Status(http.StatusSeeOther).Response.Header.Get("Location")
	approve(second) // what was approved was for other inputs
	if r := ended(t, h.app, second); r.State != workflow.RunSucceeded {
		t.Fatalf("%s: %s", r.State, r.Error)
	}
	h.app.Get(second).HasNot(".run-plan")
	h.app.Get("/audit?subject="+strings.TrimPrefix(first, "/runs/")).Has("tbody", "without plan")
}

// TestAPIRunContinueDestroys wants the workflow's name where a step destroys, as the page does.
func TestAPIRunContinueDestroys(t *testing.T) {
	t.Parallel()
	h := newHeld(t, workflow.Step{ID: "out", Title: "Delete them", Action: "user.delete", Fields: map[string]string{"user": "{{ inputs.who }}"}})
	h.breakAt("/api/v1/users")
	once := h.app.Get(h.flow + "/run").Value(`input[name="once"]`)
	first := h.app.Post(h.flow+"/runs", "once", once, "version", "1", "who", h.person.ID, "confirm", "Hold back").Status(http.StatusSeeOther).Response.Header.Get("Location")
	ended(t, h.app, first)
	h.app.Org.SetFault(nil)
	token := h.app.Token(auth.Admin)
	shown := jsonOf[handlers.ContinuationJSON](t, api(t, h.app, token, "POST", first+"/continue/plan", `{}`), http.StatusOK)
	if shown.Confirm != "Hold back" || shown.Plan != nil {
		t.Errorf("%+v", shown)
	}
	for _, typed := range []string{"", `, "confirm": "hold"`} {
		problemOf(t, api(t, h.app, token, "POST", first+"/continue", `{"hash": "`+shown.Hash+`"`+typed+`}`), http.StatusUnprocessableEntity, "confirm")
	}
	next := jsonOf[handlers.RunJSON](t, api(t, h.app, token, "POST", first+"/continue", `{"hash": "`+shown.Hash+`", "confirm": "Hold back "}`), http.StatusCreated)
	if r := ended(t, h.app, "/runs/"+next.ID); r.State != workflow.RunSucceeded {
		t.Fatalf("%s: %s", r.State, r.Error)
	}
}
