package rehearse_test

import (
	"context"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/db"
	"caracal/fault"
	"caracal/internal/testenv"
	"caracal/okta"
	"caracal/org"
	"caracal/plan"
	"caracal/rehearse"
	"caracal/workflow"
)

var by = auth.User{ID: "usr_ben", Name: "Ben"}

// TestRehearsal makes one in the background, over a company of 300, and nothing of the org changes.
func TestRehearsal(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Company)
	application := app.Connect(org.CustomApp).ID
	var person, login string
	for _, u := range app.Org.Users() {
		if u.Status == "ACTIVE" && len(u.Roles) == 0 {
			person, login = u.ID, u.Login
			break
		}
	}
	d := workflow.Definition{Name: "Hold", ApplicationID: application,
		Inputs: []workflow.Input{{Name: "who", Label: "Who", Kind: "user", Required: true}},
		Steps: []workflow.Step{
			{ID: "ask", Title: "Ask", Action: workflow.FlowApproval, Fields: map[string]string{"message": "May I?", "who": workflow.WhoAnyone, "then": "fail", "unit": "days"}},
			{ID: "rest", Title: "Rest", Action: workflow.FlowWait, Fields: map[string]string{"amount": "2", "unit": "days"}},
			{ID: "hold", Title: "Suspend", Action: "user.suspend", Fields: map[string]string{"user": "{{ inputs.who }}"}},
			{ID: "make", Title: "Make a group", Action: "group.create", Fields: map[string]string{"name": "Held"}},
			{ID: "join", Title: "Add", Action: "group.add_member", Fields: map[string]string{"group": "{{ steps.make.output.id }}", "user": "{{ inputs.who }}"}},
		}}
	before := app.Org.State()
	r, err := app.App.Rehearse.Begin(t.Context(), plan.Subject{Kind: plan.Steps, Definition: d, Rows: []map[string]string{{"who": person}}}, by)
	if err != nil {
		t.Fatal(err)
	}
	app.App.Rehearse.Wait()
	if r, err = app.App.DB.Rehearsal(t.Context(), r.ID); err != nil || r.State != plan.Ready {
		t.Fatalf("%v %s %s", err, r.State, r.Error)
	}
	if !app.Org.State().Same(before) {
		t.Error("the rehearsal changed the org")
	}
	changes, _, err := app.App.DB.RehearsalChanges(t.Context(), r.ID, db.ChangeFilter{})
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, c := range changes {
		words = append(words, c.Words())
	}
	want := login + " changes: status: ACTIVE → SUSPENDED\nHeld is created\n" + login + " joins Held"
	if got := strings.Join(words, "\n"); got != want {
		t.Errorf("it would change\n%s\nand not\n%s", got, want)
	}
	steps, _, err := app.App.DB.RehearsalSteps(t.Context(), r.ID, false, 0, 100)
	if err != nil || len(steps) != 6 {
		t.Fatalf("%d steps, %v", len(steps), err)
	}
	if by := changes[2].By; len(by) != 1 || steps[by[0]].Title != "Add" {
		t.Errorf("%+v comes from %v", changes[2], by)
	}
	notes := strings.Join(r.Summary.Notes, "\n")
	for _, part := range []string{"One approval is taken as given.", "waits for 2 days", "admin role"} {
		if !strings.Contains(notes, part) {
			t.Errorf("the notes do not say %q:\n%s", part, notes)
		}
	}
	if d, err := app.App.Rehearse.Again(t.Context(), r, by); err != nil || !d.None() {
		t.Errorf("again it is otherwise: %+v, %v", d, err)
	}
}

// TestRowsReadOnce: a list of rows costs reads only, and nobody is read twice.
func TestRowsReadOnce(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Company)
	application := app.Connect(org.CustomApp).ID
	d := workflow.Definition{Name: "Hold", ApplicationID: application, Inputs: []workflow.Input{{Name: "who", Label: "Who", Kind: "user", Required: true}},
		Steps: []workflow.Step{
			{ID: "hold", Title: "Suspend", Action: "user.suspend", Fields: map[string]string{"user": "{{ inputs.who }}"}, Control: workflow.Control{OnError: workflow.GoOn}},
			{ID: "title", Title: "Title", Action: "user.update", Fields: map[string]string{"user": "{{ inputs.who }}", "title": "On leave"}},
		}}
	var rows []map[string]string
	for _, u := range app.Org.Users() {
		if u.Status == "ACTIVE" && len(rows) < 40 {
			rows = append(rows, map[string]string{"who": u.ID}, map[string]string{"who": u.ID})
		}
	}
	before := app.Org.Calls()
	p, err := app.App.Rehearse.Now(t.Context(), plan.Subject{Kind: plan.Steps, Definition: d, Rows: rows, Many: true}, by)
	if err != nil {
		t.Fatal(err)
	}
	reads := 0
	for call, n := range app.Org.Calls() {
		if n -= before[call]; n == 0 {
			continue
		}
		method, path, _ := strings.Cut(call, " ")
		if strings.HasPrefix(path, "/api/v1") {
			reads += n
		}
		if method != "GET" && strings.HasPrefix(path, "/api/v1") || path == "/api/v1/users/{userId}" && n > len(rows)/2 {
			t.Errorf("%d calls of %s for %d people", n, call, len(rows)/2)
		}
	}
	if reads != p.Reads || p.Count(plan.Person) != len(rows)/2 {
		t.Errorf("%d reads, of which the plan tells %d; %d people change", reads, p.Reads, p.Count(plan.Person))
	}
}

// TestRehearsalsAreBounded: nobody fills the memory with rehearsals that wait for one another, and what breaks down within
// one ends that one alone.
func TestRehearsalsAreBounded(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	application := app.Connect(org.CustomApp).ID
	goOn := make(chan struct{})
	service := &rehearse.Service{DB: app.App.DB, Scratch: app.App.Rehearse.Scratch, Executor: app.App.Rehearse.Executor, Spec: app.App.Rehearse.Spec, Clock: app.App.Rehearse.Clock, Log: app.App.Rehearse.Log,
		Open: func(context.Context, string) (*okta.Client, org.Application, error) {
			<-goOn
			panic("an org that nobody thought of")
		}}
	d := workflow.Definition{Name: "Make", ApplicationID: application, Steps: []workflow.Step{{ID: "make", Title: "Make", Action: "group.create", Fields: map[string]string{"name": "Held"}}}}
	subject := plan.Subject{Kind: plan.Steps, Definition: d, Rows: []map[string]string{{}}}
	var made []plan.Rehearsal
	for {
		r, err := service.Begin(t.Context(), subject, by)
		if fault.Is(err, fault.Busy) {
			break
		}
		if err != nil || len(made) > 100 {
			t.Fatalf("%d rehearsals wait, %v", len(made), err)
		}
		made = append(made, r)
	}
	if _, err := service.Begin(t.Context(), subject, auth.User{ID: "usr_eve"}); err != nil {
		t.Errorf("somebody else has to wait for %d of one person: %v", len(made), err)
	}
	close(goOn)
	service.Wait()
	for _, r := range made {
		if r, err := app.App.DB.Rehearsal(t.Context(), r.ID); err != nil || r.State != plan.Failed {
			t.Errorf("%s %q %v", r.State, r.Error, err)
		}
	}
	if _, err := service.Begin(t.Context(), subject, by); err != nil {
		t.Errorf("after they have ended: %v", err)
	}
	service.Wait()
}
