package handlers_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/handlers"
	"caracal/internal/testenv"
	"caracal/org"
	"caracal/workflow"
)

func jsonOf[T any](t *testing.T, page *testenv.Page, status int) (out T) {
	t.Helper()
	if page.Response.StatusCode != status {
		t.Fatalf("answered %s, want %d: %s", page.Response.Status, status, page.Text)
	}
	if err := json.Unmarshal([]byte(page.Text), &out); err != nil {
		t.Fatalf("%s: %v", page.Text, err)
	}
	return out
}

// TestAPIRunContinue goes on with a run that failed, as its page does: shown first, done once, by those who may.
func TestAPIRunContinue(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	connected := app.Connect(org.CustomApp)
	e := begin(t, app.Browser, "", "Two groups", connected.ID)
	e.press("add-input:text").press("add-input:text")
	e.fields.Set("input.input.label", "One")
	e.fields.Set("input.input_2.label", "Two")
	e.press("add:group.create:0").press("insert:group_create:name:inputs.one")
	e.press("add:group.create:1").press("insert:group_create_2:name:inputs.two")
	e.publish()
	failed := started(t, app, e, "1", "one", "Red", "two", "Everyone") // which is there already
	token := app.Token(auth.Builder)
	at := failed + "/continue"
	type plan = handlers.ContinuationJSON

	shown := jsonOf[plan](t, api(t, app, token, "POST", at+"/plan", `{}`), http.StatusOK)
	if len(shown.Steps) != 2 || shown.Steps[0].What != workflow.TakeOver || shown.Steps[1].What != workflow.DoAgain || shown.Steps[1].Was != "failed" || shown.Hash == "" || len(shown.Changed) != 0 {
		t.Fatalf("%+v", shown)
	}
	other := jsonOf[plan](t, api(t, app, token, "POST", at+"/plan", `{"inputs": {"two": "Blue"}}`), http.StatusOK)
	if strings.Join(other.Changed, " ") != "two" || other.Hash == shown.Hash || other.Steps[0].What != workflow.TakeOver {
		t.Fatalf("%+v", other)
	}
	twice := jsonOf[plan](t, api(t, app, token, "POST", at+"/plan", `{"inputs": {"one": "Green", "two": "Blue"}}`), http.StatusOK)
	if s := twice.Steps[0]; s.What != workflow.TakeOver || !s.Choice {
		t.Errorf("a step that was done and is given something else: %+v", s)
	}
	again := jsonOf[plan](t, api(t, app, token, "POST", at+"/plan", `{"inputs": {"one": "Green", "two": "Blue"}, "again": ["group_create"]}`), http.StatusOK)
	if s := again.Steps[0]; s.What != workflow.DoAgain || again.Hash == twice.Hash {
		t.Errorf("a step that is to be done again: %+v", s)
	}

	for body, want := range map[string]struct {
		status int
		code   string
	}{
		`{"inputs": {"two": "Blue"}}`:                                 {http.StatusUnprocessableEntity, ""},
		`{"inputs": {"two": "Blue"}, "hash": "` + shown.Hash + `"}`:   {http.StatusConflict, "plan"},
		`{"inputs": {"three": "Blue"}, "hash": "` + other.Hash + `"}`: {http.StatusUnprocessableEntity, "inputs"},
		`{"again": ["nothing"], "hash": "` + shown.Hash + `"}`:        {http.StatusUnprocessableEntity, ""},
		`{"again": ["group_create"], "hash": "` + shown.Hash + `"}`:   {http.StatusUnprocessableEntity, ""}, // it stays done
		`{"keep": ["group_create_2"], "hash": "` + shown.Hash + `"}`:  {http.StatusUnprocessableEntity, ""},
		`{"version": 7, "hash": "` + shown.Hash + `"}`:                {http.StatusConflict, ""},
		`{"colour": "red"}`:         {http.StatusBadRequest, "body"},
		`{"again": "group_create"}`: {http.StatusBadRequest, "body"},
		`[]`:                        {http.StatusBadRequest, "body"},
		`null`:                      {http.StatusBadRequest, "body"},
	} {
		t.Log(body)
		problemOf(t, api(t, app, token, "POST", at, body), want.status, want.code)
	}
	employee := app.Token(auth.Employee)
	problemOf(t, api(t, app, employee, "POST", at+"/plan", `{}`), http.StatusNotFound, "") // the run is not theirs
	problemOf(t, api(t, app, app.Token(auth.Operator), "POST", at+"/plan", `{}`), http.StatusForbidden, "")
	if page := api(t, app, app.Token(auth.Auditor), "POST", at, `{"hash": "`+shown.Hash+`"}`); page.Response.StatusCode != http.StatusForbidden {
		t.Errorf("an auditor continues a run: %s", page.Text)
	}

	body := `{"inputs": {"two": "Blue"}, "hash": "` + other.Hash + `"}`
	next := jsonOf[handlers.RunJSON](t, api(t, app, token, "POST", at, body), http.StatusCreated)
	if second := jsonOf[handlers.RunJSON](t, api(t, app, token, "POST", at, body), http.StatusOK); second.ID != next.ID || !second.Replayed {
		t.Errorf("continued twice: %+v", second)
	}
	problemOf(t, api(t, app, token, "POST", at+"/plan", `{}`), http.StatusConflict, "")
	run := ended(t, app, "/runs/"+next.ID)
	if run.State != workflow.RunSucceeded || run.Input["one"] != "Red" || run.Input["two"] != "Blue" || run.Continues == "" || !strings.Contains(run.Via, "API token") {
		t.Fatalf("%s: %s, %v by %s", run.State, run.Error, run.Input, run.Via)
	}
	problemOf(t, api(t, app, token, "POST", "/runs/"+next.ID+"/continue/plan", `{}`), http.StatusConflict, "") // it succeeded
	for at, step := range map[string]string{failed: "group_create", "/runs/" + next.ID: "group_create_2"} {    // each takes back what it did itself
		if back := jsonOf[handlers.UndoJSON](t, api(t, app, token, "GET", at+"/undo", ""), http.StatusOK); len(back.Changes) != 1 || back.Changes[0].Step != step {
			t.Errorf("undoing %s takes back %+v", at, back.Changes)
		}
	}
}

// TestAPIRunContinueInDoubt wants a step named that may have been done.
func TestAPIRunContinueInDoubt(t *testing.T) {
	t.Parallel()
	app, e := groupMaker(t)
	once := app.Get(e.workflow() + "/run").Value(`input[name="once"]`)
	path := app.Post(e.workflow()+"/runs", "once", once, "version", "1", "group_name", "Red").Status(http.StatusSeeOther).Response.Header.Get("Location")
	failInDoubt(t, app)
	token := app.Token(auth.Admin)
	shown := jsonOf[handlers.ContinuationJSON](t, api(t, app, token, "POST", path+"/continue/plan", `{}`), http.StatusOK)
	if len(shown.Missing) != 1 || !shown.Steps[0].Must || shown.Steps[0].Step != shown.Missing[0] {
		t.Fatalf("%+v", shown)
	}
	key := shown.Missing[0]
	refused := problemOf(t, api(t, app, token, "POST", path+"/continue", `{"hash": "`+shown.Hash+`"}`), http.StatusUnprocessableEntity, "again")
	if refused.Error.Fields[key] == "" {
		t.Errorf("the step is not named: %+v", refused)
	}
	jsonOf[handlers.RunJSON](t, api(t, app, token, "POST", path+"/continue", `{"hash": "`+shown.Hash+`", "again": ["`+key+`"]}`), http.StatusCreated)
}

// failInDoubt ends the runs there are, each with a step that may have been done.
func failInDoubt(t *testing.T, app *testenv.App) {
	t.Helper()
	for _, q := range []string{"UPDATE run SET state = 'failed', error = 'Nobody knows.', ended_at = $1 WHERE $1 <> ''",
		"UPDATE run_step SET state = 'failed', attempts = 1, doubt = 1, error = 'Nobody knows.' WHERE $1 <> ''"} {
		if _, err := app.App.DB.Writer().Exec(q, time.Now().UTC().Format("2006-01-02T15:04:05.000000Z")); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAPIRunContinueIsOnlyItsOwners: an employee continues their own run, and is told nothing of the run by which
// somebody else does.
func TestAPIRunContinueIsOnlyItsOwners(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	id := forPeople(t, app, auth.Employee)
	emil := app.As(auth.Employee)
	page := emil.Get(id + "/run").Status(http.StatusOK)
	result := emil.Post(id+"/runs", "once", page.Value(`input[name="once"]`), "version", "1", "team", "Servals").Status(http.StatusSeeOther).Response.Header.Get("Location")
	failInDoubt(t, app)
	at := "/runs/" + strings.TrimPrefix(result, "/results/") + "/continue"
	own := app.Token(auth.Employee)
	shown := jsonOf[handlers.ContinuationJSON](t, api(t, app, own, "POST", at+"/plan", `{}`), http.StatusOK)
	body, err := json.Marshal(map[string]any{"hash": shown.Hash, "again": shown.Missing})
	if err != nil {
		t.Fatal(err)
	}
	next := jsonOf[handlers.RunJSON](t, api(t, app, app.Token(auth.Admin), "POST", at, string(body)), http.StatusCreated)
	late := api(t, app, own, "POST", at, string(body))
	problemOf(t, late, http.StatusConflict, "")
	if strings.Contains(late.Text, next.ID) {
		t.Errorf("an employee is told of somebody else's run: %s", late.Text)
	}
}
