package handlers_test

import (
	"net/http"
	"testing"

	"caracal/auth"
	"caracal/form"
	"caracal/internal/testenv"
	"caracal/org"
	"caracal/workflow"
)

// TestLeastPrivilege compares what is granted with a published workflow, then with a run of it and a try.
func TestLeastPrivilege(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	connected := app.Connect(org.CustomApp)
	path := "/applications/" + connected.ID + "/privilege"
	auditor := app.As(auth.Auditor)
	auditor.Get(path).Status(http.StatusOK).Has("h2", "Nothing to compare with yet")

	flow := publish(t, app, workflow.Definition{Name: "Make a group", ApplicationID: connected.ID,
		Inputs: []workflow.Input{{Name: "name", Label: "Name", Kind: form.Text, Required: true}, {Name: "who", Label: "Who", Kind: form.User}},
		Steps:  []workflow.Step{{ID: "make", Title: "Make", Action: "group.create", Fields: map[string]string{"name": "{{ inputs.name }}"}}}})
	page := app.Get(path).Status(http.StatusOK)
	page.Has(".verdict", "more than needed").Has(`[data-scope="okta.apps.manage"]`, "No run used it", "Okta API Scopes", "Revoke")
	page.Has(`[data-scope="okta.groups.manage"]`, "Create a group", "published workflows need it").Has(`[data-scope="okta.groups.read"]`, "includes it")
	page.Has(`[data-scope="okta.users.read"]`, "Choosing people on forms").Has("td", "Make a group").Has("button", "Check again")
	page.Has(".privilege-roles", "Group Administrator", "okta.groups.create", "Admin roles")

	once := app.Get(flow + "/run").Value(`input[name="once"]`)
	run := app.Post(flow+"/runs", "once", once, "version", "1", "name", "Red").Status(http.StatusSeeOther).Response.Header.Get("Location")
	app.Eventually("the run to end", func() bool { return runOf(t, app, run).State.Ended() })
	app.Get(path+"?days=30").Has(`[data-scope="okta.groups.manage"]`, "used once").Has(`[aria-current]`, "30 days")

	if err := app.Org.RevokeScope(app.Ready.Custom, "okta.groups.manage"); err != nil {
		t.Fatal(err)
	}
	app.Post("/applications/" + connected.ID + "/health").Status(http.StatusSeeOther)
	app.App.Health.Wait()
	app.Get(path).Has(".verdict", "1 scope missing").Has(`[data-scope="okta.groups.manage"][data-tone="bad"]`, "Grant")
	app.As(auth.Operator).Get("/applications/none/privilege").Status(map[bool]int{true: http.StatusNotFound, false: http.StatusForbidden}[auth.Operator.May(auth.ApplicationRead)])
}
