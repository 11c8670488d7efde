package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/db"
	"caracal/internal/testenv"
	"caracal/oktasim"
	"caracal/org"
	"caracal/trigger"
	"caracal/workflow"
)

// TestRehearseRows rehearses the rows of a file that would be started, before they are.
func TestRehearseRows(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Company)
	d := sheet(app.Connect(org.CustomApp).ID, auth.Operator, auth.Employee)
	flow := publish(t, app, d)
	path := location(t, sendFile(t, app, app.Browser, flow+"/csv", "hires.csv", []byte("email,first,team\n"+
		"not mail,Ann,Engineering\nc1@acme.example,Bob,Engineering\nc2@acme.example,Cyd,Sales\nc1@acme.example,Bob,Engineering\n")))
	location(t, mapped(t, app, app.Browser, path, "check"))
	checkedBatch(t, app, path)
	page := app.Get(path).Has("form button", "Rehearse")
	app.Post(path+"/rehearsals", "revision", "1").Status(http.StatusUnprocessableEntity).Has(".alert", "has gone on")
	before, revision := app.Org.State(), page.Value(`form [name=revision]`)

	at := location(t, app.Post(path+"/rehearsals", "revision", revision, "at_once", "10", "stop_after", "20"))
	app.App.Rehearse.Wait()
	page = app.Get(at).Has("main", "version 1, 2 rows", "2 people created", "can be held to this plan").Has(`nav a[href="`+path+`"]`, "hires.csv").
		Has(".plan-by", "Row 2: Make the account").Has("#steps", "Steps as they went").HasNot(`form[action$="/run"]`).HasNot(`form[action$="/again"]`)
	page.Has(".plan-row", "Row 3").Has(`.plan-says a[href="`+path+`"]`, "hires.csv")
	app.Post(at+"/run", "once", "0123456789abcdef").Status(http.StatusForbidden)

	both := location(t, app.Post(path+"/rehearsals", "revision", revision, "doubles", "true"))
	app.App.Rehearse.Wait()
	app.Get(both).Has("main", "version 1, 3 rows", "1 of 3 rows would fail").Has(".plan-row", "Row 4")
	if !app.Org.State().Same(before) {
		t.Error("the rehearsal changed the org")
	}
	page = app.Get(path).Has("button", "Run 2 rows") // and can still be started
	page.Has("#past", "Rehearsals of these rows").Has(`.plan-past a[href="`+at+`"]`, "").Has(`.plan-past a[href="`+both+`"]`, "").Has(".plan-past", "Would fail")

	open, err := app.App.DB.BuiltIn(t.Context(), flow[len("/workflows/"):], trigger.CSV)
	if err != nil || open.Rows.Runners {
		t.Fatalf("%+v, %v", open, err)
	}
	app.As(auth.Operator).Post(path+"/rehearsals", "revision", revision).Status(http.StatusForbidden)
	location(t, app.Post(path+"/discard"))
	if got := location(t, app.Post(path+"/rehearsals", "revision", revision)); got != path {
		t.Errorf("a batch that was thrown away leads to %s", got)
	}
}

// TestRowsHeldToTheirPlan starts the rows of a file from their rehearsal: who was changed by somebody else since is left
// alone and the difference shown, on the row's page; the other rows go on.
func TestRowsHeldToTheirPlan(t *testing.T) {
	t.Parallel()
	h := newHeld(t, workflow.Step{ID: "each", Title: "Suspend them", Action: "user.suspend", Fields: map[string]string{"user": "{{ inputs.who }}"}},
		workflow.Step{ID: "out", Title: "Sign them out", Action: "user.clear_sessions", Fields: map[string]string{"user": "{{ inputs.who }}"}})
	app := h.app
	app.Org.Update(func(s *oktasim.Settings) { s.RateLimits = map[string]int{"apps": 5000, "app": 5000} }) // a twin reads all of them
	var logins, ids []string
	for _, u := range app.Org.Users() {
		if u.Status == "ACTIVE" && len(u.Roles) == 0 && len(ids) < 4 {
			logins, ids = append(logins, u.Login), append(ids, u.ID)
		}
	}
	path := location(t, sendFile(t, app, app.Browser, h.flow+"/csv", "leavers.csv", []byte("Who\n"+strings.Join(logins, "\n")+"\nnobody\n"+logins[0])))
	location(t, mapped(t, app, app.Browser, path, "check"))
	checkedBatch(t, app, path)
	page := app.Get(path).HasNot(`[name=held]`)
	revision := page.Value(`form [name=revision]`)
	plan := location(t, app.Post(path+"/rehearsals", "revision", revision))
	app.App.Rehearse.Wait()
	id := strings.TrimPrefix(plan, "/rehearsals/")
	app.Get(plan).Has("main", "4 people changed", "can be held to this plan")
	page = app.Get(path).Has(`[name=held][checked]`, "").Has(".field", "Hold the rows to the plan")
	if page.Value(`[name=plan]`) != id {
		t.Errorf("the newest plan is %s and not %s", page.Value(`[name=plan]`), id)
	}
	start := func(more ...string) *testenv.Page {
		return app.Post(path+"/start", append([]string{"revision", revision, "at_once", "2", "stop_after", "", "plan", id, "held", "true"}, more...)...)
	}
	start("doubles", "true").Status(http.StatusUnprocessableEntity).Has("form", "made for other rows")
	app.Post(path+"/start", "revision", revision, "at_once", "2", "plan", "reh_other", "held", "true").Status(http.StatusUnprocessableEntity).Has("form", "no such rehearsal")

	h.call(t, "POST", "/api/v1/users/"+ids[2]+"/lifecycle/suspend", "")
	events := len(app.Org.Log())
	location(t, start())
	b, run := endedBatch(t, app, path)
	if run.Error != "Of 4 rows 3 succeeded, 1 failed." {
		t.Fatal(run.Error)
	}
	app.Get(path).Has(".run-plan", "Started from a plan", "4 people changed")
	rows, _, err := app.App.DB.BatchRows(t.Context(), b, db.RowFilter{State: workflow.RunFailed})
	if err != nil || len(rows) != 1 || rows[0].No != 3 {
		t.Fatalf("%+v, %v", rows, err)
	}
	app.Get("/runs/"+rows[0].Run.ID).Has("#difference", "Planned, and not to be made any more", logins[2], "SUSPENDED").HasNot("#difference " + `[data-more]`)
	for _, e := range app.Org.Log()[events:] {
		for _, target := range e.Target {
			if target.ID == ids[2] {
				t.Errorf("the one who was changed by somebody else since was touched: %s", e.EventType)
			}
		}
	}
	if p, err := app.App.DB.PlanOf(t.Context(), b.RunID); err != nil || p.RehearsalID != id || p.Row != 0 || p.Difference != nil {
		t.Errorf("the batch's own: %+v, %v", p, err)
	}
	audit := app.Get("/audit?subject=" + b.RunID)
	if !strings.Contains(audit.Text, page.Value(`[name=plan]`)) {
		t.Error("the audit record does not name the plan of the rows")
	}
}
