package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"caracal/internal/testenv"
	"caracal/oktasim"
	"caracal/org"
)

// TestRunIsLinkedToTheLog follows a change from its step to the event in the org's log, and to the org's own page of it.
func TestRunIsLinkedToTheLog(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	app.Org.Update(func(s *oktasim.Settings) { s.LogLag = 20 * time.Second })
	connected := app.Connect(org.CustomApp)
	e := begin(t, app.Browser, "create_group", "Make a group", connected.ID)
	e.publish()
	once := app.Get(e.workflow() + "/run").Value(`input[name="once"]`)
	path := app.Post(e.workflow()+"/runs", "once", once, "version", "1", "group_name", "Red").Status(http.StatusSeeOther).Response.Header.Get("Location")
	app.Eventually("the run to end", func() bool { return runOf(t, app, path).State.Ended() })
	page := app.Get(path).Has("#run-steps .log-note", "does not show this change yet")
	if page.Attr("#run", "hx-trigger") != "every 5s" {
		t.Error("the page does not look for the event")
	}
	app.Clock.Advance(30 * time.Second)
	if err := app.App.Engine.LinkEvents(t.Context()); err != nil {
		t.Fatal(err)
	}
	page = app.Get(path).Has(".log-event", "group.lifecycle.create", "Red", "SUCCESS", "Open in Okta")
	if trigger := page.Attr("#run", "hx-trigger"); trigger != "" {
		t.Errorf("the page still asks %s", trigger)
	}
	link := page.Attr(".log-event a", "href")
	if !strings.HasPrefix(link, app.OrgURL+"/report/system_log_2?") || !strings.Contains(link, "uuid+eq+") {
		t.Errorf("the link is %s", link)
	}
	if _, after, found := strings.Cut(link, "search="); !found || strings.Contains(after, " ") {
		t.Errorf("the link is %s", link)
	}
}

// TestRunSaysThatTheLogIsClosed names the scope that is missing, once.
func TestRunSaysThatTheLogIsClosed(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	app.Ready.Demo.Custom.Scopes = "okta.users.manage,okta.groups.manage"
	connected := app.Connect(org.CustomApp)
	e := begin(t, app.Browser, "create_group", "Make a group", connected.ID)
	e.publish()
	once := app.Get(e.workflow() + "/run").Value(`input[name="once"]`)
	path := app.Post(e.workflow()+"/runs", "once", once, "version", "1", "group_name", "Red").Status(http.StatusSeeOther).Response.Header.Get("Location")
	app.Eventually("the run to end", func() bool { return runOf(t, app, path).State.Ended() })
	app.Clock.Advance(10 * time.Second)
	if err := app.App.Engine.LinkEvents(t.Context()); err != nil {
		t.Fatal(err)
	}
	page := app.Get(path).Has("#run-log-problem", "grant okta.logs.read", "About okta.logs.read")
	if page.Attr("#run", "hx-trigger") != "" || len(page.All("#run-steps .log-note")) > 0 {
		t.Error("the page asks for what can't come, or says it twice")
	}
}
