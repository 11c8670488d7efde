package handlers_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/form"
	"caracal/internal/testenv"
	"caracal/org"
	"caracal/workflow"
)

// forPeople is a workflow that an employee may run: a note and a result are what it tells.
func forPeople(t *testing.T, app *testenv.App, runners ...auth.Role) (path string) {
	t.Helper()
	connected := app.Connect(org.CustomApp)
	return publish(t, app, workflow.Definition{Name: "Ask for a team", Purpose: "A group for your team.", ApplicationID: connected.ID, Runners: runners,
		Inputs: []workflow.Input{{Name: "team", Label: "Team", Kind: form.Text, Required: true}},
		Steps: []workflow.Step{
			{ID: "group", Title: "Make the group", Action: "group.create", Fields: map[string]string{"name": "{{ inputs.team }}"}},
			{ID: "note", Title: "Tell the team", Action: workflow.FlowNote, Fields: map[string]string{"text": "{{ inputs.team }} is ready."}},
			{ID: "give", Title: "The group", Action: workflow.FlowGive, Fields: map[string]string{"value": "{{ steps.group.output.id }}"}},
		}})
}

// TestAnEmployeeRunsAForm walks the whole way of somebody who may run and no more: the page of forms, the form by its
// own address, the result, the list; and nothing of what builders see.
func TestAnEmployeeRunsAForm(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	id := forPeople(t, app, auth.Employee)
	emil := app.As(auth.Employee)
	emil.Get("/").Status(http.StatusOK).Has(".list-row", "Ask for a team", "A group for your team.")
	emil.Get("/run").Status(http.StatusOK).Has(".form-card", "Ask for a team", "Asks for 1 thing")
	page := emil.Get(id+"/run").Status(http.StatusOK).Has("h1", "Ask for a team")
	page.HasNot(".will")
	refused := emil.Post(id+"/runs", "once", page.Value(`input[name="once"]`), "version", "1", "team", "")
	refused.Status(http.StatusUnprocessableEntity).Has("form", "Enter team.")
	done := emil.Post(id+"/runs", "once", page.Value(`input[name="once"]`), "version", "1", "team", "Lynxes")
	result := done.Status(http.StatusSeeOther).Response.Header.Get("Location")
	if !strings.HasPrefix(result, "/results/run_") {
		t.Fatalf("the form leads to %q", result)
	}
	app.Eventually("the end of the run", func() bool { return strings.Contains(emil.Get(result).Text, "Everything was carried out") })
	got := emil.Get(result).Has(".told", "Lynxes is ready.").Has(".told", "00g").Has(".kv", "Lynxes")
	for _, detail := range []string{"group.create", "Make the group", "Okta request id", "Every step"} {
		if strings.Contains(got.Text, detail) {
			t.Errorf("the result shows %q", detail)
		}
	}
	emil.Get("/results").Has(".row-title", "Ask for a team")
	run := strings.TrimPrefix(result, "/results/")
	for _, path := range []string{"/runs", "/runs/" + run, "/workflows", id, id + "/triggers"} {
		emil.Get(path).Status(http.StatusForbidden)
	}
}

// TestAResultIsOnlyItsOwners asks for a run as its owner, as another employee and as people who read all runs.
func TestAResultIsOnlyItsOwners(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	id := forPeople(t, app, auth.Employee, auth.Operator)
	start := func(b *testenv.Browser) string {
		t.Helper()
		page := b.Get(id + "/run").Status(http.StatusOK)
		return b.Post(id+"/runs", "once", page.Value(`input[name="once"]`), "version", "1", "team", "Servals").
			Status(http.StatusSeeOther).Response.Header.Get("Location")
	}
	emil, other, operator := app.As(auth.Employee), app.As(auth.Employee, auth.Approver), app.As(auth.Operator)
	own, operators := start(emil), start(operator)
	if !strings.HasPrefix(operators, "/results/") {
		t.Errorf("an operator is led to %q", operators)
	}
	for _, ask := range []struct {
		who    string
		b      *testenv.Browser
		path   string
		status int
	}{
		{"owner", emil, own, 200}, {"owner", emil, own + "/live", 200}, {"owner", emil, operators, 404}, {"owner", emil, operators + "/live", 404},
		{"reader of all runs", other, own, 200}, {"operator", operator, own, 200}, {"auditor", app.As(auth.Auditor), own, 200},
		{"stranger", app.Anonymous(), own, 303}, {"owner", emil, "/results/run_none", 404},
	} {
		if got := ask.b.Get(ask.path).Response.StatusCode; got != ask.status {
			t.Errorf("%s asks for %s: %d, want %d", ask.who, ask.path, got, ask.status)
		}
	}
	if rows := emil.Get("/results").All(".row-title"); !slices.Equal(rows, []string{"Ask for a team"}) {
		t.Errorf("an employee's own runs: %v", rows)
	}
	if page := emil.Get("/").Status(http.StatusOK); len(page.All(`a[href^="/results/"]`)) != 1 {
		t.Error("the first page of an employee does not lead to the one run")
	}
	revision := emil.Get(own).Attr("#result", "hx-get")
	emil.Get(revision).Status(http.StatusNoContent)
	token := app.Token(auth.Employee)
	ask := func(path string) int {
		return app.Anonymous().Do(app.Request(http.MethodGet, path, http.Header{"Authorization": {"Bearer " + token}})).Response.StatusCode
	}
	if got := ask("/api/v1/runs/" + strings.TrimPrefix(operators, "/results/")); got != http.StatusNotFound {
		t.Errorf("an employee's token reads somebody else's run: %d", got)
	}
	if got := ask("/api/v1/runs/" + strings.TrimPrefix(own, "/results/")); got != http.StatusOK {
		t.Errorf("an employee's token reads its own run: %d", got)
	}
}
