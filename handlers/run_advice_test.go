package handlers_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/form"
	"caracal/internal/testenv"
	"caracal/org"
	"caracal/workflow"
)

// publish stores and publishes a definition that operators may run, or those whom it names, and returns its path.
func publish(t *testing.T, app *testenv.App, d workflow.Definition) string {
	t.Helper()
	ctx, by := context.Background(), auth.User{ID: "u_test", Name: "Test"}
	if d.Runners == nil {
		d.Runners = []auth.Role{auth.Operator}
	}
	w, err := app.App.DB.CreateWorkflow(ctx, d, by)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.App.DB.Publish(ctx, w.ID, w.Revision, "", by); err != nil {
		t.Fatal(err)
	}
	return "/workflows/" + w.ID
}

// TestRunSaysWhatRulesDo removes somebody whom a rule put into a group: the form says so before, with and without
// a script, and the run says it after.
func TestRunSaysWhatRulesDo(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Company)
	connected := app.Connect(org.CustomApp)
	group := pick(t, app, connected.ID, form.Group, "Contractors")
	ctx := context.Background()
	client, _, err := app.App.Connect.Client(ctx, connected.ID)
	if err != nil {
		t.Fatal(err)
	}
	var members []struct{ ID string }
	if err := client.Get(ctx, "/api/v1/groups/"+group+"/users", nil, &members); err != nil || len(members) == 0 {
		t.Fatalf("the group has nobody: %v", err)
	}
	path := publish(t, app, workflow.Definition{Name: "Take out", ApplicationID: connected.ID,
		Inputs: []workflow.Input{{Name: "who", Label: "Who", Kind: form.User, Required: true}},
		Steps:  []workflow.Step{{ID: "out", Title: "Out of Contractors", Action: "group.remove_member", Fields: map[string]string{"user": "{{ inputs.who }}", "group": group}}}})

	operator := app.As(auth.Operator)
	page := operator.Get(path + "/run").Status(http.StatusOK)
	page.Has("#rule-advice", "Contractors", "Choose the person", `user.userType=="Contractor"`).Has("button[value=check]", "Check first")
	once := page.Value(`input[name="once"]`)
	fields := []string{"once", once, "version", "1", "who", members[0].ID}

	part := operator.Post(path+"/run/advice", fields...).Status(http.StatusOK)
	part.Has("#rule-advice .alert[data-tone=warn]", "gives this membership", "exception list", "Directory", "Rules").HasNot("#rule-advice a") // they may not
	mends := app.Post(path+"/run/advice", fields...).Status(http.StatusOK).Has("#rule-advice a", "Change the profile here").Has("#rule-advice a", "Edit the rule here")
	app.Get(mends.Attr("#rule-advice a", "href")).Status(http.StatusOK).Has(`#operation-form`, "profile").Has(`input[name="path.userId"][value="` + members[0].ID + `"]`)

	// The same before a call by hand, as fields and as a part of what is made.
	app.Post("/operations/unassignUserFromGroup/ask", "path.groupId", group, "path.userId", members[0].ID).Status(http.StatusOK).
		Has("#rule-advice .alert[data-tone=warn]", "gives this membership", "exception list")
	app.Post("/operations/createUser/ask", "body", "raw", "raw", `{"profile":{"userType":"Contractor"},"groupIds":["`+group+`"]}`).Status(http.StatusOK).
		Has("#rule-advice", "gives this membership by itself")
	app.Post("/operations/deleteGroup/ask", "path.groupId", group).Status(http.StatusOK).HasNot("#rule-advice")
	if strings.Contains(part.Text, "<html") {
		t.Error("the part is a page")
	}
	checked := operator.Post(path+"/runs", append(fields, "do", "check")...).Status(http.StatusOK)
	checked.Has("#rule-advice .alert[data-tone=warn]", "gives this membership").Has("button", "Run")
	if checked.Value("#f-who") != members[0].ID {
		t.Error("checking lost what was filled in")
	}
	operator.Post(path+"/runs", "once", once, "version", "7", "who", members[0].ID).Status(http.StatusUnprocessableEntity).Has("#rule-advice", "gives this membership")

	result := operator.Post(path+"/runs", append(fields, "do", "run")...).Status(http.StatusSeeOther).Response.Header.Get("Location")
	run := strings.Replace(result, "/results/", "/runs/", 1)
	app.Eventually("the run to end", func() bool { return runOf(t, app, run).State.Ended() })
	operator.Get(run).Has(".rule-note", "is on the exception list of the group rule", "now; it will not give the membership back")

	again := operator.Post(path+"/run/advice", fields...).Status(http.StatusOK)
	again.Has("#rule-advice", "as an exception") // the run changed what was known of the rule a moment ago
	app.As(auth.Auditor).Post(path+"/run/advice", fields...).Status(http.StatusForbidden)

	plain := publish(t, app, workflow.Definition{Name: "Suspend", ApplicationID: connected.ID,
		Inputs: []workflow.Input{{Name: "who", Label: "Who", Kind: form.User, Required: true}},
		Steps:  []workflow.Step{{ID: "stop", Title: "Suspend", Action: "user.suspend", Fields: map[string]string{"user": "{{ inputs.who }}"}}}})
	operator.Get(plain + "/run").HasNot("#rule-advice").HasNot("button[value=check]")
}
