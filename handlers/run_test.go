package handlers_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/form"
	"caracal/internal/testenv"
	"caracal/org"
	"caracal/workflow"
)

func runOf(t *testing.T, app *testenv.App, path string) workflow.Run {
	t.Helper()
	run, err := app.App.DB.Run(context.Background(), path[strings.LastIndex(path, "/")+1:])
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// TestRunANewUser is the main job: from the starter to a user in the org who is in both groups.
func TestRunANewUser(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Company)
	connected := app.Connect(org.CustomApp)
	e := begin(t, app.Browser, "new_user", "", connected.ID)
	e.publish()
	engineering, sales := pick(t, app, connected.ID, form.Group, "Engineering"), pick(t, app, connected.ID, form.Group, "Sales")
	operator := app.As(auth.Operator)
	page := operator.Get(e.workflow() + "/run")
	page.Has(".will-list li", "Creates the user E-mail", "Changes")
	fields := []string{"once", page.Value(`input[name="once"]`), "version", "1", "first_name", "Zoë", "last_name", "O'Neil <b>",
		"email", "zoe@caracal.example", "team", engineering, "site", "Sales"} // one picked, one typed by its exact name
	bad := operator.Post(e.workflow()+"/runs", append(fields, "email", "also@b.example")...).Status(http.StatusUnprocessableEntity)
	bad.Has("#f-email-error", "is not an e-mail address")
	if bad.Value("#f-first_name") != "Zoë" || bad.Value("#f-team") != engineering {
		t.Error("what was typed is lost")
	}
	other := append([]string{}, fields...)
	other[11] = "00gNotOfThisOrg00000"
	operator.Post(e.workflow()+"/runs", other...).Status(http.StatusUnprocessableEntity).Has("#f-team-error", "choose it from the list")

	added := operator.Post(e.workflow()+"/runs", append(slices.Clone(fields), "login", "root@caracal.example")...).Status(http.StatusUnprocessableEntity)
	added.Has(".alert", `does not ask for "login"`)
	if added.Value("#f-first_name") != "Zoë" {
		t.Error("what was typed is lost")
	}

	first := operator.Post(e.workflow()+"/runs", fields...).Status(http.StatusSeeOther).Response.Header.Get("Location")
	second := operator.Post(e.workflow()+"/runs", fields...).Status(http.StatusSeeOther).Response.Header.Get("Location")
	if first != second {
		t.Errorf("a double click made two runs: %s and %s", first, second)
	}
	app.Eventually("the run to end", func() bool { return runOf(t, app, first).State.Ended() })
	run := runOf(t, app, first)
	if run.State != workflow.RunSucceeded || run.Input["site"] != sales {
		t.Fatalf("%s: %s, input %v", run.State, run.Error, run.Input)
	}
	operator.Get(first).Has("#result", "Done").Has("a", "Every step")
	done := operator.Get("/runs/" + run.ID)
	done.Has(`#run-steps [data-step="1"]`, "Done", "zoe@caracal.example", "Okta request id", run.Steps[0].Request)
	done.Has(`#run-steps [data-step="2"]`, "Engineering").Has(`#run-steps [data-step="3"]`, "Sales").Has("a", "Run again")
	if done.Attr("#run", "data-state") != "succeeded" || strings.Contains(done.Text, `hx-trigger="every 1s`) || strings.Contains(done.Text, "O'Neil <b>") {
		t.Error("an ended run still asks for itself, or shows markup")
	}
	zoe := pick(t, app, connected.ID, form.User, "zoe@caracal.example")
	if zoe != run.Steps[0].Output["id"] {
		t.Errorf("the org's Zoë is %s, the run made %v", zoe, run.Steps[0].Output)
	}
	again := operator.Get(e.workflow() + "/run?from=" + run.ID)
	if again.Value("#f-email") != "zoe@caracal.example" {
		t.Error("running again begins empty")
	}
	repeat := append([]string{"once", again.Value(`input[name="once"]`)}, fields[2:]...)
	third := operator.Post(e.workflow()+"/runs", repeat...).Status(http.StatusSeeOther).Response.Header.Get("Location")
	app.Eventually("the second run to end", func() bool { return runOf(t, app, third).State.Ended() })
	operator.Get("/runs/"+runOf(t, app, third).ID).Has(`#run-steps [data-step="1"]`, "Failed", "Okta's code", "E0000001").Has(`#run-steps [data-step="2"]`, "Skipped").Has("#run", "0 of 3 done")
}

func TestRunListAndCancel(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	app.Get("/runs").Has("h2", "Nothing has run yet")
	connected := app.Connect(org.CustomApp)
	e := begin(t, app.Browser, "create_group", "Make a group", connected.ID)
	e.publish()
	start := func(b *testenv.Browser, name string) string {
		t.Helper()
		once := b.Get(e.workflow() + "/run").Value(`input[name="once"]`)
		return b.Post(e.workflow()+"/runs", "once", once, "version", "1", "group_name", name).Status(http.StatusSeeOther).Response.Header.Get("Location")
	}
	operator := app.As(auth.Operator)
	red, blue := start(app.Browser, "Red"), strings.Replace(start(operator, "Blue 😀"), "/results/", "/runs/", 1)
	live := app.Get(red)
	live.Has("#run", "Queued", "0 of 1 done")
	if live.Attr("#run", "hx-trigger") != "every 1s" {
		t.Error("the page does not follow the run")
	}
	app.Get(live.Attr("#run", "hx-get")).Status(http.StatusNoContent)
	day := app.Clock.Now().UTC().Format(time.DateOnly)
	for query, want := range map[string]int{
		"": 2, "?q=red": 1, "?q=blue+😀": 1, "?q=green": 0, "?state=queued": 2, "?state=failed": 0, "?workflow=" + strings.TrimPrefix(e.workflow(), "/workflows/"): 2,
		"?workflow=other": 0, "?person=" + runOf(t, app, blue).StartedBy: 1, "?from=" + day: 2, "?to=2020-01-01": 0, "?from=soon": 2,
	} {
		page := app.Get("/runs" + query).Status(http.StatusOK)
		if got := len(page.All("tbody tr")); got != want {
			t.Errorf("/runs%s lists %d runs, want %d", query, got, want)
		}
	}
	app.Get("/runs?from=soon").Has(".error", "A day is written like")
	app.As(auth.Auditor).Get(red + "/cancel").Status(http.StatusForbidden)
	app.Get(red+"/cancel").Has("p", "cancelling undoes nothing")
	app.Post(red+"/cancel").Status(http.StatusSeeOther).Follow().Has("#run", "Cancelled").Has(".toast", "cancelled")
	app.Post(red + "/cancel").Status(http.StatusSeeOther) // a second press says so and harms nothing
	app.Post(blue+"/decide", "step", "0", "decision", "done").Status(http.StatusSeeOther)
	app.Post(blue+"/decide", "step", "7", "decision", "maybe").Status(http.StatusUnprocessableEntity)
	if run := runOf(t, app, blue); run.State != workflow.RunQueued {
		t.Errorf("a decision that nobody asked for moved the run to %s", run.State)
	}
	app.Get("/runs/run_none").Status(http.StatusNotFound)
}

// TestRunThatDestroys asks for the workflow's name before anything is sent.
func TestRunThatDestroys(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	connected := app.Connect(org.CustomApp)
	e := begin(t, app.Browser, "", "Erase", connected.ID)
	e.press("add-input:group")
	e.fields.Set("input.input.label", "Which")
	e.press("add:group.delete:0").press("insert:group_delete:group:inputs.which")
	e.publish()
	everyone := pick(t, app, connected.ID, form.Group, "Everyone")
	once := app.Get(e.workflow()+"/run").Has("button", "Check and run").Value(`input[name="once"]`)
	fields := []string{"once", once, "version", "1", "which", everyone}
	app.Post(e.workflow()+"/runs", fields...).Status(http.StatusOK).Has("h2", "Check before it runs").Has(".will-list", "Everyone", "Destroys").Has("dl", "Everyone")
	app.Post(e.workflow()+"/runs", append(fields, "confirm", "erase?")...).Status(http.StatusUnprocessableEntity).Has("#f-confirm-error", "not the workflow's name")
	if list, _, err := app.App.DB.RunList(context.Background(), db.RunFilter{}); err != nil || len(list) != 0 {
		t.Fatalf("it ran unconfirmed: %v %v", list, err)
	}
	app.Post(e.workflow()+"/runs", append(fields, "confirm", "Erase")...).Status(http.StatusSeeOther)
	stale := app.Post(e.workflow()+"/runs", "once", once, "version", "7", "which", everyone).Status(http.StatusUnprocessableEntity)
	stale.Has(".alert", "was published after you opened this page")
}
