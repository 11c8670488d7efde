package handlers_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/form"
	"caracal/internal/testenv"
	"caracal/oktasim"
	"caracal/org"
	"caracal/workflow"
)

// held is a company with a workflow that suspends somebody and puts them into a new group, once approved.
type held struct {
	*people
	t      *testing.T
	flow   string // path of the workflow
	person oktasim.UserInfo
}

func newHeld(t *testing.T, steps ...workflow.Step) *held {
	t.Helper()
	const admin = "template-test-token"
	app := testenv.New(t, testenv.Company, testenv.Simulate(func(c *oktasim.Config) { c.SSWS = []string{admin}; c.Settings.NoRateLimit = true }))
	h := &held{people: &people{app: app, application: app.Connect(org.CustomApp).ID}, t: t}
	for _, u := range app.Org.Users() {
		if u.Status == "ACTIVE" && len(u.Roles) == 0 && h.person.ID == "" {
			h.person = u
		}
	}
	if len(steps) == 0 {
		steps = []workflow.Step{
			{ID: "ask", Title: "Ask", Action: workflow.FlowApproval, Fields: map[string]string{"message": "May {{ inputs.who }} be held?", "who": workflow.WhoAnyone, "then": "fail", "unit": "days"}},
			{ID: "hold", Title: "Suspend them", Action: "user.suspend", Fields: map[string]string{"user": "{{ inputs.who }}"}},
			{ID: "make", Title: "Make the group", Action: "group.create", Fields: map[string]string{"name": "Held back"}},
			{ID: "join", Title: "Put them in", Action: "group.add_member", Fields: map[string]string{"group": "{{ steps.make.output.id }}", "user": "{{ inputs.who }}"}},
		}
	}
	d := workflow.Definition{Name: "Hold back", ApplicationID: h.application, Runners: []auth.Role{auth.Operator},
		Inputs: []workflow.Input{{Name: "who", Label: "Who", Kind: form.User, Required: true}}, Steps: steps}
	w, err := app.App.DB.CreateWorkflow(t.Context(), d, auth.User{ID: "usr_ben"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.App.DB.Publish(t.Context(), w.ID, 1, "", auth.User{ID: "usr_ben"}); err != nil {
		t.Fatal(err)
	}
	h.flow = "/workflows/" + w.ID
	return h
}

// rehearse presses Rehearse on the run form and waits for the plan.
func (h *held) rehearse(b *testenv.Browser) string {
	h.t.Helper()
	once := b.Get(h.flow + "/run").Value(`input[name="once"]`)
	at := b.Post(h.flow+"/rehearsals", "once", once, "version", "1", "who", h.person.ID).Status(http.StatusSeeOther).Response.Header.Get("Location")
	h.app.App.Rehearse.Wait()
	return at
}

// run starts the run of a plan.
func (h *held) run(b *testenv.Browser, plan string) string {
	h.t.Helper()
	return b.Post(plan+"/run", "once", b.Get(plan).Value(`input[name="once"]`)).Status(http.StatusSeeOther).Response.Header.Get("Location")
}

func TestRehearseAndRun(t *testing.T) {
	t.Parallel()
	h := newHeld(t)
	before := h.app.Org.State()
	operator := h.app.As(auth.Operator)
	operator.Get(h.flow+"/run").Has("form", "Rehearse")
	operator.Post(h.flow+"/rehearsals", "version", "1", "who", "").Status(http.StatusUnprocessableEntity).Has("form", "Who")
	plan := h.rehearse(operator)
	page := operator.Get(plan).Has("main", "3 changes in", "1 person changed, 1 group created and 1 membership added", "One approval is taken as given").
		Has(".plan-fields", "ACTIVE", "SUSPENDED").Has(".plan-by", "Suspend them").Has("#steps", "Steps as they went")
	page.Has(".plan-changes", h.person.Login, "joins Held back")
	hash := page.Attr(".plan-hash code", "title")
	operator.Get(plan+"?kind=membership").Has(".plan-changes", "joins Held back").HasNot(".plan-fields")
	operator.Get(plan+"?q=nowhere").Has("main", "No change has these words")
	if !h.app.Org.State().Same(before) {
		t.Error("the rehearsal changed the org")
	}
	if again := h.rehearse(operator); operator.Get(again).Attr(".plan-hash code", "title") != hash {
		t.Error("the same plan has another hash")
	}

	run := h.run(operator, plan)
	h.app.Eventually("the question", func() bool { return runOf(t, h.app, run).Steps[0].State == workflow.StepWaiting })
	approver := h.app.As(auth.Approver)
	approver.Get("/approvals").Has(".run-plan", "1 person changed", hash[:4])
	approver.Get(plan).Has("main", "3 changes in")
	approver.Post(run+"/approve", "step", "0", "answer", "yes").Status(http.StatusSeeOther)
	h.app.Eventually("the end", func() bool { return runOf(t, h.app, run).State.Ended() })
	if r := runOf(t, h.app, run); r.State != workflow.RunSucceeded {
		t.Fatalf("%s: %s", r.State, r.Error)
	}
	h.app.Get(run).Has(".run-plan", "Okta was as planned")
	has(t, h.user(t, h.person.ID), "SUSPENDED", "Held back")
	audit := h.app.Get("/audit?subject=" + strings.TrimPrefix(run, "/runs/"))
	if n := strings.Count(audit.Text, hash); n < 2 { // of the start, and of the approval
		t.Errorf("the audit record names the plan %d times", n)
	}
}

// TestOktaChangedSince: a run that was planned stops before its first change, and shows what differs.
func TestOktaChangedSince(t *testing.T) {
	t.Parallel()
	h := newHeld(t)
	plan := h.rehearse(h.app.Browser)
	run := h.run(h.app.Browser, plan)
	h.app.Eventually("the question", func() bool { return runOf(t, h.app, run).Steps[0].State == workflow.StepWaiting })
	h.call(t, "POST", "/api/v1/users/"+h.person.ID+"/lifecycle/suspend", "")
	h.call(t, "POST", "/api/v1/groups", `{"profile":{"name":"Unrelated"}}`)
	events := len(h.app.Org.Log())
	h.app.As(auth.Approver).Post(run+"/approve", "step", "0", "answer", "yes").Status(http.StatusSeeOther)
	h.app.Eventually("the end", func() bool { return runOf(t, h.app, run).State.Ended() })
	if r := runOf(t, h.app, run); r.State != workflow.RunFailed || !strings.Contains(r.Error, "Okta has changed since the plan was made") {
		t.Fatalf("%s: %s", r.State, r.Error)
	}
	if now := len(h.app.Org.Log()); now != events {
		t.Errorf("%d events after the refusal", now-events)
	}
	h.app.Get(run).Has("#difference", "Planned, and not to be made any more", "SUSPENDED")
}

// TestUnrelatedChangesDoNotMatter: what the plan does not touch may change.
func TestUnrelatedChangesDoNotMatter(t *testing.T) {
	t.Parallel()
	h := newHeld(t)
	plan := h.rehearse(h.app.Browser)
	run := h.run(h.app.Browser, plan)
	h.app.Eventually("the question", func() bool { return runOf(t, h.app, run).Steps[0].State == workflow.StepWaiting })
	h.call(t, "POST", "/api/v1/groups", `{"profile":{"name":"Unrelated"}}`)
	h.app.As(auth.Approver).Post(run+"/approve", "step", "0", "answer", "yes").Status(http.StatusSeeOther)
	h.app.Eventually("the end", func() bool { return runOf(t, h.app, run).State.Ended() })
	if r := runOf(t, h.app, run); r.State != workflow.RunSucceeded {
		t.Errorf("%s: %s", r.State, r.Error)
	}
}

// TestOktaChangedBetween: after the run has changed something and rested, each further step is compared by itself.
func TestOktaChangedBetween(t *testing.T) {
	t.Parallel()
	for _, changed := range []bool{false, true} {
		h := newHeld(t,
			workflow.Step{ID: "make", Title: "Make the group", Action: "group.create", Fields: map[string]string{"name": "Held back"}},
			workflow.Step{ID: "join", Title: "Put them in", Action: "group.add_member", Fields: map[string]string{"group": "{{ steps.make.output.id }}", "user": "{{ inputs.who }}"}},
			workflow.Step{ID: "rest", Title: "Rest", Action: workflow.FlowWait, Fields: map[string]string{"amount": "1", "unit": "hours"}},
			workflow.Step{ID: "hold", Title: "Suspend them", Action: "user.suspend", Fields: map[string]string{"user": "{{ inputs.who }}"}})
		plan := h.rehearse(h.app.Browser)
		run := h.run(h.app.Browser, plan)
		h.app.Eventually("the rest", func() bool { return runOf(t, h.app, run).Steps[2].State == workflow.StepWaiting })
		if changed {
			h.call(t, "POST", "/api/v1/users/"+h.person.ID+"/lifecycle/suspend", "")
		}
		h.app.Pass(61 * time.Minute)
		h.app.Eventually("the end", func() bool { return runOf(t, h.app, run).State.Ended() })
		r := runOf(t, h.app, run)
		switch {
		case !changed && r.State != workflow.RunSucceeded:
			t.Errorf("nothing changed: %s: %s", r.State, r.Error)
		case changed && r.State != workflow.RunFailed:
			t.Errorf("somebody else suspended them: %s", r.State)
		case changed:
			h.app.As(auth.Admin).Get(run).Has("#difference", "the run stopped before “Suspend them”", "SUSPENDED")
		}
	}
}

func TestRehearseDraft(t *testing.T) {
	t.Parallel()
	h := newHeld(t)
	h.app.Get(h.flow+"/edit").Has("main", "Rehearse…")
	page := h.app.Get(h.flow+"/rehearse").Has("h1", "Rehearse the draft")
	h.app.Post(h.flow+"/rehearse", "revision", "99", "who", h.person.ID).Status(http.StatusUnprocessableEntity).Has("main", "was changed after you opened this page")
	at := h.app.Post(h.flow+"/rehearse", "revision", page.Value(`input[name="revision"]`), "who", h.person.ID).Status(http.StatusSeeOther).Response.Header.Get("Location")
	h.app.App.Rehearse.Wait()
	h.app.Get(at).Has("main", "3 changes in", "the draft", "publish it").HasNot(`form[action$="/run"]`)
	h.app.Post(at+"/run", "once", "0123456789abcdef").Status(http.StatusConflict)
	h.app.As(auth.Operator).Get(h.flow + "/rehearse").Status(http.StatusForbidden)
	h.app.As(auth.Operator).Get(at).Status(http.StatusNotFound)
	h.app.Get(h.flow+"/rehearse").Has("#past", "Earlier rehearsals").Has(".plan-past", "3 changes")
	again := h.app.Post(at + "/again").Status(http.StatusSeeOther).Response.Header.Get("Location")
	if again == at {
		t.Error("it was not made again")
	}
	h.app.App.Rehearse.Wait()
}

// TestRehearsalInterrupted: what was under way when the process died says so after the next start.
func TestRehearsalInterrupted(t *testing.T) {
	t.Parallel()
	h := newHeld(t)
	at := h.rehearse(h.app.Browser)
	if _, err := h.app.App.DB.Writer().Exec("UPDATE rehearsal SET state = 'under_way', node = 'node_gone'"); err != nil {
		t.Fatal(err)
	}
	h.app.Get(at).Has(`[hx-trigger="every 1s"]`)
	if err := h.app.App.DB.EndInterruptedRehearsals(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.app.Get(at).Has("main", "Caracal was stopped during this rehearsal").HasNot(`[hx-trigger="every 1s"]`)
}

// TestAPlanIsNotForEverybody: who may run a workflow and no more can't start the run of somebody else's plan, whose values
// and findings are not theirs to see.
func TestAPlanIsNotForEverybody(t *testing.T) {
	t.Parallel()
	h := newHeld(t)
	plan := strings.TrimPrefix(h.rehearse(h.app.Browser), "/rehearsals/")
	flow := strings.TrimPrefix(h.flow, "/workflows/")
	v, err := h.app.App.DB.WorkflowVersion(t.Context(), flow, 1)
	if err != nil {
		t.Fatal(err)
	}
	v.Definition.Runners = append(v.Definition.Runners, auth.Employee)
	raw, err := json.Marshal(v.Definition)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"DROP TRIGGER workflow_version_frozen", "UPDATE workflow_version SET definition = '" + strings.ReplaceAll(string(raw), "'", "''") + "'"} {
		if _, err := h.app.App.DB.Writer().Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	for role, want := range map[auth.Role]int{auth.Employee: http.StatusForbidden, auth.Operator: http.StatusCreated} {
		r := h.app.Request(http.MethodPost, "/api/v1/workflows/"+flow+"/runs", http.Header{"Authorization": {"Bearer " + h.app.Token(role)}, "Content-Type": {"application/json"}})
		body := `{"plan":"` + plan + `"}`
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		if page := h.app.Anonymous().Do(r); page.Response.StatusCode != want {
			t.Errorf("an %s starts it: %d %s", role, page.Response.StatusCode, page.Text)
		}
	}
}
