package browsertest_test

import (
	"context"
	"testing"
	"time"

	"caracal/auth"
	"caracal/form"
	"caracal/internal/browsertest"
	"caracal/internal/testenv"
	"caracal/oktasim"
	"caracal/org"
	"caracal/workflow"
)

// TestListenToTheOrg makes a trigger of events with the mouse and the keyboard, has its event hook registered, and sees
// the run of an event that the org delivers.
func TestListenToTheOrg(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	connected := app.Connect(org.CustomApp)
	by := auth.User{ID: "u_test", Name: "Test"}
	w, err := app.App.DB.CreateWorkflow(context.Background(), workflow.Definition{Name: "Watch groups", ApplicationID: connected.ID,
		Inputs: []workflow.Input{{Name: "group", Label: "Group", Kind: form.Text, Required: true}},
		Steps:  []workflow.Step{{ID: "note", Title: "Note", Action: workflow.FlowNote, Fields: map[string]string{"text": "{{ inputs.group }}"}}}}, by)
	if err == nil {
		_, err = app.App.DB.Publish(context.Background(), w.ID, w.Revision, "", by)
	}
	if err == nil {
		err = app.Org.GrantScope(app.Ready.Custom, "okta.eventHooks.manage")
	}
	if err == nil {
		err = app.Org.SetRoles(app.Ready.Custom, oktasim.Role{Type: "SUPER_ADMIN"})
	}
	if err != nil {
		t.Fatal(err)
	}
	app.Submit("/applications/"+connected.ID+"/settings", "/applications/"+connected.ID+"/scopes", "scopes", app.Ready.Demo.Custom.Scopes+", okta.eventHooks.manage")
	app.Clock.Advance(5 * time.Second)

	tab := browsertest.Open(t, app)
	tab.SignIn(ada)
	tab.Go("/workflows/" + w.ID + "/triggers")
	tab.Click("text=Add Okta event")
	tab.SeeAt("h1", "New Okta event")
	tab.Fill(`[name="name"]`, "A new group")
	tab.Pick(`[name="types"]`, "group.lifecycle.create")
	tab.SeeAt(".chip", "group.lifecycle.create")
	tab.Fill(`[name="where1_field"]`, "outcome.result")
	tab.Fill(`[name="where1_value"]`, "SUCCESS")
	tab.Fill(`[name="map_group"]`, "{{ event.group.displayName }}")
	tab.Fill(`[name="sample"]`, `{"uuid":"u","eventType":"group.lifecycle.create","published":"2026-05-04T09:00:00Z","outcome":{"result":"FAILURE"},"target":[{"type":"UserGroup","displayName":"Sales"}]}`)
	tab.SeeAt(".event-verdict", "This event starts no run. It does not fit, for this does not hold: outcome.result is")
	tab.SeeAt("#trigger-preview dd", "Sales")
	tab.Axe()
	tab.Screenshot("event-new")
	tab.Size(390, 844)
	tab.NoSidewaysScroll()
	tab.Screenshot("event-new-390")
	tab.Size(1280, 900)
	tab.Click("text=Save")
	tab.SeeAt(".toast", "A new group is saved")

	tab.Go("/applications/" + connected.ID + "/events")
	tab.Click("text=Register it in Okta")
	tab.SeeAt(".toast", "registered and verified")
	tab.SeeAt(".way", "Verified")
	tab.Axe()
	tab.Screenshot("events-registered")
	tab.Size(390, 844)
	tab.NoSidewaysScroll()
	tab.Screenshot("events-registered-390")
	tab.Size(1280, 900)
	if _, err := app.Org.AddPerson(oktasim.Person{First: "Nina", Last: "New", Login: "nina.new@caracal.example", Groups: []string{"Newcomers"}}); err != nil { // the group is made with her
		t.Fatal(err)
	}
	list, err := app.App.DB.EventTriggers(context.Background(), connected.ID)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	app.Eventually("the run", func() bool {
		events, err := app.App.DB.TriggerEvents(context.Background(), list[0].ID)
		return err == nil && len(events) > 0 && events[0].RunID != ""
	})
	tab.Go("/workflows/" + w.ID + "/triggers/" + list[0].ID)
	tab.SeeAt(".trigger-events", "Started")
	tab.SeeAt(".trigger-events", "by the hook")
	tab.Axe()
	tab.Screenshot("event-trigger")
	tab.Theme("dark")
	tab.SeeAt("h1", "A new group")
	tab.Screenshot("event-trigger-dark")
	tab.Click("text=Its run")
	tab.SeeAt(".run-meta", "Okta event “A new group”")
}
