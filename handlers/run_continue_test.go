package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/internal/testenv"
	"caracal/org"
	"caracal/workflow"
)

// started starts a run of the newest version and waits for its end.
func started(t *testing.T, app *testenv.App, e *builder, version string, fields ...string) string {
	t.Helper()
	once := app.Get(e.workflow() + "/run").Value(`input[name="once"]`)
	path := app.Post(e.workflow()+"/runs", append([]string{"once", once, "version", version}, fields...)...).Status(http.StatusSeeOther).Response.Header.Get("Location")
	ended(t, app, path)
	return path
}

func ended(t *testing.T, app *testenv.App, path string) workflow.Run {
	t.Helper()
	app.Eventually("the run to end", func() bool { return runOf(t, app, path).State.Ended() })
	return runOf(t, app, path)
}

// TestRunContinue goes on with a run that failed: from its page, with another input, once.
func TestRunContinue(t *testing.T) {
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
	if run := runOf(t, app, failed); run.State != workflow.RunFailed || run.Steps[0].State != workflow.StepDone {
		t.Fatalf("%s: %s", run.State, run.Error)
	}
	app.Get(failed).Has(`a[href="`+failed+`/continue"]`, "Continue")
	page := app.Get(failed + "/continue")
	page.Has(`[data-step="group_create"]`, "Stays done").Has(`[data-step="group_create_2"]`, "Tried again", "It failed").Has("#plan-title", "What will be done")
	if page.Value("#f-one") != "Red" || page.Value("#f-two") != "Everyone" {
		t.Error("the inputs are not those of the run")
	}
	app.As(auth.Auditor).Get(failed + "/continue").Status(http.StatusForbidden)

	fields := []string{"version", "1", "plan", page.Value(`input[name="plan"]`), "one", "Red", "two", "Blue", "do", "continue"}
	shown := app.Post(failed+"/continue", fields...).Status(http.StatusUnprocessableEntity) // the input was changed after the plan was drawn
	shown.Has(".alert", "Look it over once more").Has(`[data-step="group_create_2"]`, "which was changed")
	if shown.Value("#f-two") != "Blue" {
		t.Error("what was typed is lost")
	}
	app.Post(failed+"/continue/plan", fields...).Status(http.StatusOK).Has("#continue-plan", "Stays done")
	fields[3] = shown.Value(`input[name="plan"]`)
	next := app.Post(failed+"/continue", fields...).Status(http.StatusSeeOther).Response.Header.Get("Location")
	again := app.As(auth.Builder).Post(failed+"/continue", fields...)
	if to := again.Response.Header.Get("Location"); to != next {
		t.Errorf("the second to continue it is led to %q, not %q", to, next)
	}
	run := ended(t, app, next)
	if run.State != workflow.RunSucceeded || run.Input["two"] != "Blue" {
		t.Fatalf("%s: %s", run.State, run.Error)
	}
	made := 0
	for _, event := range app.Org.Events("group.lifecycle.create") {
		if name := event.Target[0].DisplayName; name == "Red" || name == "Blue" {
			made++
		}
	}
	if made != 2 {
		t.Errorf("%d groups were made", made)
	}
	app.Get(next).Has(".finding a", "an earlier run").Has(`#run-steps [data-step="1"]`, "Carried out by")
	old := app.Get(failed).Has(".finding a", "A later run")
	if strings.Contains(old.Text, failed+"/continue\"") {
		t.Error("a run that was continued still offers it")
	}
	app.Get(failed + "/continue").Status(http.StatusSeeOther)
	app.Get("/audit").Has("tbody", "run.continued")
}

// TestRunContinueOnANewerVersion takes what was mended in the workflow since.
func TestRunContinueOnANewerVersion(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	connected := app.Connect(org.CustomApp)
	e := begin(t, app.Browser, "", "Two groups", connected.ID)
	e.press("add:group.create:0")
	e.fields.Set("step.group_create.field.name", "Red")
	e.press("add:group.create:1")
	e.fields.Set("step.group_create_2.field.name", "Everyone")
	e.publish()
	failed := started(t, app, e, "1")
	e = open(t, app.Browser, e.path)
	e.fields.Set("step.group_create_2.field.name", "Blue")
	e.publish()
	page := app.Get(failed + "/continue")
	page.Has("#f-version", "Version 1, as before", "Version 2, the newest")
	newer := app.Post(failed+"/continue", "version", "2", "plan", page.Value(`input[name="plan"]`)).Status(http.StatusOK)
	newer.Has(`[data-step="group_create_2"]`, "differently in version 2").Has(`[data-step="group_create"]`, "Stays done")
	next := app.Post(failed+"/continue", "version", "2", "plan", newer.Value(`input[name="plan"]`), "do", "continue").Status(http.StatusSeeOther).Response.Header.Get("Location")
	if run := ended(t, app, next); run.State != workflow.RunSucceeded || run.Version != 2 {
		t.Fatalf("%s on version %d: %s", run.State, run.Version, run.Error)
	}
	app.Post(failed+"/continue", "version", "7").Status(http.StatusConflict)
}

// TestRunContinueInDoubt wants a tick by name for what may have been done.
func TestRunContinueInDoubt(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	connected := app.Connect(org.CustomApp)
	e := begin(t, app.Browser, "create_group", "Make a group", connected.ID)
	e.publish()
	once := app.Get(e.workflow() + "/run").Value(`input[name="once"]`)
	path := app.Post(e.workflow()+"/runs", "once", once, "version", "1", "group_name", "Red").Status(http.StatusSeeOther).Response.Header.Get("Location")
	for _, q := range []string{"UPDATE run SET state = 'failed', error = 'Nobody knows.', ended_at = $1 WHERE $1 <> ''",
		"UPDATE run_step SET state = 'failed', attempts = 1, doubt = 1, error = 'Nobody knows.' WHERE $1 <> ''"} {
		if _, err := app.App.DB.Writer().Exec(q, time.Now().UTC().Format("2006-01-02T15:04:05.000000Z")); err != nil {
			t.Fatal(err)
		}
	}
	page := app.Get(path+"/continue").Has(".resume-tick[data-must]", "Do “")
	key := page.Value(`.resume-tick input[name="again"]`)
	fields := []string{"version", "1", "plan", page.Value(`input[name="plan"]`), "offered", key, "group_name", "Red", "do", "continue"}
	app.Post(path+"/continue", fields...).Status(http.StatusUnprocessableEntity).Has(".resume-tick", "Say that it may be done again")
	app.Post(path+"/continue", append(fields, "again", key)...).Status(http.StatusSeeOther)
}
