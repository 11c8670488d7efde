package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/db"
	"caracal/form"
	"caracal/handlers"
	"caracal/internal/testenv"
	"caracal/org"
	"caracal/workflow"
)

// TestRehearseOverTheAPI shows what a run would change, starts it from the plan, and finds that the plan is used up.
func TestRehearseOverTheAPI(t *testing.T) {
	t.Parallel()
	app := newRemote(t)
	w := app.publish(workflow.Definition{Name: "Make a group",
		Inputs: []workflow.Input{{Name: "group_name", Label: "Group name", Kind: form.Text, Required: true}},
		Steps:  []workflow.Step{{ID: "make", Title: "Make it", Action: "group.create", Fields: map[string]string{"name": "{{ inputs.group_name }}"}}}})
	code, stdout, stderr := app.call("rehearse", "make a group", "--input", "group_name=Chess")
	if code != exitOK || !strings.Contains(stdout, "1 group created") || !strings.Contains(stdout, "+ Chess is created") || !strings.Contains(stdout, app.URL+"/rehearsals/reh_") {
		t.Fatalf("%d %s %s", code, stdout, stderr)
	}
	code, stdout, stderr = app.call("rehearse", w.ID, "--input", "group_name=Chess", "--json", "--draft")
	var r handlers.RehearsalJSON
	if err := json.Unmarshal([]byte(stdout), &r); code != exitOK || err != nil || len(r.Changes) != 1 || r.Changes[0].Subject != "Chess" || len(r.Hash) != 64 || r.Version != 0 {
		t.Fatalf("%d %s %s %v", code, stdout, stderr, err)
	}
	if code, _, stderr := app.call("run", w.ID, "--plan", r.ID); code != exitFail || !strings.Contains(stderr, "no plan") { // a draft's
		t.Errorf("a run from the plan of a draft: %d %s", code, stderr)
	}
	code, stdout, stderr = app.call("rehearse", w.ID, "--input", "group_name=Chess", "--json")
	if err := json.Unmarshal([]byte(stdout), &r); code != exitOK || err != nil {
		t.Fatalf("%d %s %s %v", code, stdout, stderr, err)
	}
	if code, stdout, stderr := app.call("run", w.ID, "--plan", r.ID, "--wait"); code != exitOK || !strings.Contains(stdout, "succeeded") {
		t.Fatalf("%d %s %s", code, stdout, stderr)
	}
	if code, stdout, _ := app.call("run", w.ID, "--plan", r.ID, "--wait"); code != exitFail || !strings.Contains(stdout, "Okta has changed since the plan was made") {
		t.Errorf("the group is there by now: %d %s", code, stdout)
	}
	if code, stdout, _ := app.call("rehearse", w.ID, "--input", "group_name=Chess"); code != exitFail || !strings.Contains(stdout, "It would fail.") {
		t.Errorf("a rehearsal that fails: %d %s", code, stdout)
	}
	if code, _, stderr := app.call("rehearse", w.ID); code != exitFail || !strings.Contains(stderr, "group_name") {
		t.Errorf("without inputs: %d %s", code, stderr)
	}
	if code, _, _ := call(t, nil, "rehearse"); code != exitUsage {
		t.Errorf("without a workflow: %d", code)
	}
}

const fileWorkflow = `version: 1
name: Make a group
application: %s
inputs:
  - name: group_name
    label: Group name
    kind: text
    required: true
steps:
  - id: make
    title: Make it
    action: group.create
    fields:
      name: "{{ inputs.group_name }}"
`

// TestRehearseAFile shows what a workflow would change that is not stored there, and stores none.
func TestRehearseAFile(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	connected := app.Connect(org.CustomApp)
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	token, operator := write("token", app.Token(auth.Admin)), write("operator", app.Token(auth.Operator))
	file := write("group.yaml", fmt.Sprintf(fileWorkflow, connected.Name))
	wrong := write("wrong.yaml", strings.Replace(fmt.Sprintf(fileWorkflow, connected.Name), "inputs.group_name", "inputs.gruop_name", 1))
	other := write("other.yaml", fmt.Sprintf(fileWorkflow, "Another org"))
	do := func(args ...string) (int, string, string) {
		t.Helper()
		return call(t, nil, append([]string{"rehearse", "--url", app.URL}, args...)...)
	}
	code, stdout, stderr := do(file, "--input", "group_name=Chess", "--token-file", token)
	if code != exitOK || !strings.Contains(stdout, "+ Chess is created") {
		t.Fatalf("%d %s %s", code, stdout, stderr)
	}
	code, stdout, stderr = do(other, "--input", "group_name=Chess", "--token-file", token, "--application", connected.Name, "--json")
	var r handlers.RehearsalJSON
	if err := json.Unmarshal([]byte(stdout), &r); code != exitOK || err != nil || len(r.Changes) != 1 || r.Workflow != "" {
		t.Fatalf("%d %s %s %v", code, stdout, stderr, err)
	}
	app.Get("/rehearsals/"+r.ID).Has("main", "a file", "1 group created")
	app.As(auth.Operator).Get("/rehearsals/" + r.ID).Status(http.StatusNotFound)
	if code, stdout, _ := do(file, "--input", "group_name=Everyone", "--token-file", token); code != exitFail || !strings.Contains(stdout, "It would fail.") {
		t.Errorf("a rehearsal that fails: %d %s", code, stdout)
	}
	for _, c := range []struct{ args, want []string }{
		{[]string{other, "--input", "group_name=Chess", "--token-file", token}, []string{"other.yaml", `"Another org"`}},
		{[]string{wrong, "--input", "group_name=Chess", "--token-file", token}, []string{"wrong.yaml", "line 14: ", "gruop_name"}},
		{[]string{write("no.yaml", "steps: 3"), "--token-file", token}, []string{"no.yaml", "line 1"}},
		{[]string{file, "--token-file", token}, []string{"group.yaml", "group_name"}},
		{[]string{filepath.Join(dir, "none.yaml"), "--token-file", token}, []string{"none.yaml"}},
		{[]string{file, "--input", "group_name=Chess", "--token-file", operator}, []string{"role"}},
	} {
		code, stdout, stderr := do(c.args...)
		for _, want := range c.want {
			if code != exitFail || !strings.Contains(stderr, want) {
				t.Errorf("%v: %d, without %q: %s%s", c.args, code, want, stdout, stderr)
			}
		}
	}
	for _, args := range [][]string{{file, "--draft"}, {"Make a group", "--application", connected.Name}, {file, file}} {
		if code, _, stderr := do(args...); code != exitUsage || stderr == "" {
			t.Errorf("%v: %d %s", args, code, stderr)
		}
	}
	if list, _, err := app.App.DB.WorkflowList(t.Context(), db.WorkflowFilter{}); err != nil || len(list) > 0 {
		t.Errorf("a file was stored: %v %v", list, err)
	}
}
