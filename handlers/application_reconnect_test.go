package handlers_test

import (
	"net/http"
	"testing"

	"caracal/internal/testenv"
	"caracal/org"
	"caracal/workflow"
)

// TestRunsWaitForADisconnectedOrg starts a run on an org that was disconnected: it waits, and goes on once the
// org is connected again.
func TestRunsWaitForADisconnectedOrg(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	connected := app.Connect(org.CustomApp)
	at := "/applications/" + connected.ID
	e := begin(t, app.Browser, "create_group", "Make a group", connected.ID)
	e.publish()
	app.Get(at+"/disconnect").Has("a", "Make a group")
	app.Post(at+"/disconnect", "confirm", connected.Name).Status(http.StatusSeeOther)
	app.Get(e.workflow()+"/edit").Has(`select[name="application_id"] option[selected]`, connected.Name+" (disconnected)")

	once := app.Get(e.workflow() + "/run").Value(`input[name="once"]`)
	run := app.Post(e.workflow()+"/runs", "once", once, "version", "1", "group_name", "Late shift").Status(http.StatusSeeOther).Response.Header.Get("Location")
	app.Eventually("the run to wait", func() bool { return runOf(t, app, run).State == workflow.RunWaiting })
	app.Get(run).Has("#run", "is disconnected", "0 of 1 done")
	app.Get(at+"/disconnect").Has("a", "Make a group, started")

	ready := app.Ready.Demo.Custom
	page := app.Get(at+"/settings").Has("h2", "Connect again")
	if page.Value(`[name="client_id"]`) != ready.ClientID {
		t.Error("the client ID is not proposed")
	}
	app.Post(at+"/reconnect", "client_id", "0oaSomebodyElse", "secret", ready.Secret.Reveal()).Status(http.StatusUnprocessableEntity).
		Has("#f-client_id-error", "Okta knows no active app").HasNot(`textarea[name="secret"]:contains("kty")`)
	if got := runOf(t, app, run); got.State != workflow.RunWaiting {
		t.Fatalf("a refused credential moved the run to %s", got.State)
	}
	app.Post(at+"/reconnect", "client_id", ready.ClientID, "secret", ready.Secret.Reveal()).Status(http.StatusSeeOther).Follow().Has(".toast", "Connected again")
	app.Eventually("the run to end", func() bool { return runOf(t, app, run).State == workflow.RunSucceeded })
	if _, ok := app.Org.FindGroup("Late shift"); !ok {
		t.Error("the group is not in the org")
	}
	app.Post(at+"/reconnect", "client_id", ready.ClientID, "secret", ready.Secret.Reveal()).Status(http.StatusConflict)
}
