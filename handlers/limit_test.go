package handlers_test

import (
	"context"
	"net/http"
	"strconv"
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

func TestRateShare(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	a := app.Connect(org.Integration)
	at := "/applications/" + a.ID
	app.Get(at).Has(".limits", "at most 50 % of each limit")
	for _, bad := range []string{"0", "101", "-5", "half", "12.5"} {
		page := app.Submit(at+"/settings", at+"/rate-share", "rate_share", bad).Status(http.StatusUnprocessableEntity)
		page.Has("#f-rate_share-error")
		if page.Value("#f-rate_share") != bad {
			t.Errorf("%q was not kept", bad)
		}
	}
	app.Submit(at+"/settings", at+"/rate-share", "rate_share", "30").Follow().Has("body", "Saved")
	app.Get(at).Has(".limits", "at most 30 % of each limit")
	if page := app.Get(at + "/settings"); page.Value("#f-rate_share") != "30" {
		t.Error("what is set is not shown")
	}
	app.Get("/audit").Has("body", "rate_share_changed")
	app.Submit(at+"/settings", at+"/rate-share", "rate_share", "").Follow()
	app.Get(at).Has(".limits", "at most 50 % of each limit")
	app.As(auth.Builder).Post(at+"/rate-share", "rate_share", "100").Status(http.StatusForbidden)
}

// TestRunWaitsForTheLimit: runs that find Okta's limit used up say so and count down, and go on when it is new.
func TestRunWaitsForTheLimit(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Simulate(func(c *oktasim.Config) { c.Settings.RateLimits = map[string]int{"groups": 10} }))
	a := app.Connect(org.Integration)
	ctx := context.Background()
	by := auth.User{ID: "person_ben"}
	d := workflow.Definition{Name: "Make a group", ApplicationID: a.ID, Inputs: []workflow.Input{{Name: "name", Label: "Name", Kind: form.Text, Required: true}},
		Steps: []workflow.Step{{ID: "make", Title: "Create the group", Action: "group.create", Fields: map[string]string{"name": "{{ inputs.name }}"}}}}
	w, err := app.App.DB.CreateWorkflow(ctx, d, by)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.App.DB.Publish(ctx, w.ID, w.Revision, "", by); err != nil {
		t.Fatal(err)
	}
	var runs []string
	for i := range 12 { // five may be made in a minute, and the test may begin at the end of one
		runs = append(runs, app.Post("/workflows/"+w.ID+"/runs", "version", "1", "once", app.Get("/workflows/"+w.ID+"/run").Value(`input[name="once"]`), "name", "Group "+strconv.Itoa(i)).Follow().Path())
	}
	waiting := func() (path string) {
		for _, at := range runs {
			if page := app.Get(at); strings.Contains(page.Text, "Waiting for Okta&#39;s limit, 00:") || strings.Contains(page.Text, "Waiting for Okta's limit, 00:") {
				return at
			}
		}
		return ""
	}
	app.Eventually("a run waits for the limit", func() bool { return waiting() != "" })
	if at := waiting(); at != "" {
		app.Get(at).Has("#run", "/api/v1/groups", "at most 5", "Waiting")
	}
	app.Get("/applications/"+a.ID).Has(".limits", "/api/v1/groups", "of 10 used, Caracal stops at 5", "Waiting for")
	done := func() int {
		n := 0
		for _, at := range runs {
			if run, err := app.App.DB.Run(ctx, strings.TrimPrefix(at, "/runs/")); err == nil && run.State == workflow.RunSucceeded {
				n++
			}
		}
		return n
	}
	for range 3 {
		before := done()
		app.Clock.Advance(time.Minute)
		app.Eventually("more runs to end", func() bool { n := done(); return n > before || n == len(runs) })
	}
	app.Eventually("the last runs to end", func() bool { return done() == len(runs) })
	if refused := app.Org.Events("system.org.rate_limit.violation"); len(refused) > 0 {
		t.Errorf("Okta refused calls: %+v", refused)
	}
}

// TestBatchWaitsForTheLimit: who follows a file is told what its rows wait for, on its page and on that of its run.
func TestBatchWaitsForTheLimit(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Simulate(func(c *oktasim.Config) { c.Settings.RateLimits = map[string]int{"groups": 10} }))
	a := app.Connect(org.Integration)
	ctx := context.Background()
	by := auth.User{ID: "person_ben"}
	d := workflow.Definition{Name: "Make a group", ApplicationID: a.ID, Inputs: []workflow.Input{{Name: "name", Label: "Name", Kind: form.Text, Required: true}},
		Steps: []workflow.Step{{ID: "make", Title: "Create the group", Action: "group.create", Fields: map[string]string{"name": "{{ inputs.name }}"}}}}
	w, err := app.App.DB.CreateWorkflow(ctx, d, by)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.App.DB.Publish(ctx, w.ID, w.Revision, "", by); err != nil {
		t.Fatal(err)
	}
	rows := "Name\n"
	for i := range 25 {
		rows += "Group " + strconv.Itoa(i) + "\n"
	}
	path := location(t, sendFile(t, app, app.Browser, "/workflows/"+w.ID+"/csv", "x.csv", []byte(rows)))
	mapped(t, app, app.Browser, path, "check").Follow()
	app.Eventually("the rows to be checked", func() bool { return strings.Contains(app.Get(path).Text, "Run 25 rows") })
	app.Submit(path, path+"/start", "do", "run", "at_once", "10", "stop_after", "").Follow()
	app.Eventually("the page to say what its rows wait for", func() bool {
		page := app.Get(path).Text
		return strings.Contains(page, "for Okta&#39;s limit, 0") && strings.Contains(page, "Of its 10 calls a minute Caracal makes at most 5")
	})
	app.Get(app.Get(path).Attr(`.run-meta a`, "href")).Has("#run", "for Okta's limit, 0", "/api/v1/groups")
}
