package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/form"
	"caracal/handlers"
	"caracal/internal/testenv"
	"caracal/org"
	"caracal/workflow"
)

// TestRehearseOverTheAPI shows what a run would change, starts it from the plan, and finds that the plan is used up.
func TestRehearseOverTheAPI(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	connected := app.Connect(org.CustomApp)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte(app.Token(auth.Admin)), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := app.App.DB.CreateWorkflow(t.Context(), workflow.Definition{Name: "Make a group", ApplicationID: connected.ID,
		Inputs: []workflow.Input{{Name: "group_name", Label: "Group name", Kind: form.Text, Required: true}},
		Steps:  []workflow.Step{{ID: "make", Title: "Make it", Action: "group.create", Fields: map[string]string{"name": "{{ inputs.group_name }}"}}}}, auth.User{ID: "u"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.App.DB.Publish(t.Context(), w.ID, w.Revision, "", auth.User{ID: "u"}); err != nil {
		t.Fatal(err)
	}
	flags := []string{"--url", app.URL, "--token-file", token}
	do := func(args ...string) (int, string, string) {
		t.Helper()
		return call(t, nil, append(args, flags...)...)
	}
	code, stdout, stderr := do("rehearse", "make a group", "--input", "group_name=Chess")
	if code != exitOK || !strings.Contains(stdout, "1 group created") || !strings.Contains(stdout, "+ Chess is created") || !strings.Contains(stdout, app.URL+"/rehearsals/reh_") {
		t.Fatalf("%d %s %s", code, stdout, stderr)
	}
	code, stdout, stderr = do("rehearse", w.ID, "--input", "group_name=Chess", "--json", "--draft")
	var r handlers.RehearsalJSON
	if err := json.Unmarshal([]byte(stdout), &r); code != exitOK || err != nil || len(r.Changes) != 1 || r.Changes[0].Subject != "Chess" || len(r.Hash) != 64 || r.Version != 0 {
		t.Fatalf("%d %s %s %v", code, stdout, stderr, err)
	}
	if code, _, stderr := do("run", w.ID, "--plan", r.ID); code != exitFail || !strings.Contains(stderr, "no plan") { // a draft's
		t.Errorf("a run from the plan of a draft: %d %s", code, stderr)
	}
	code, stdout, stderr = do("rehearse", w.ID, "--input", "group_name=Chess", "--json")
	if err := json.Unmarshal([]byte(stdout), &r); code != exitOK || err != nil {
		t.Fatalf("%d %s %s %v", code, stdout, stderr, err)
	}
	if code, stdout, stderr := do("run", w.ID, "--plan", r.ID, "--wait"); code != exitOK || !strings.Contains(stdout, "succeeded") {
		t.Fatalf("%d %s %s", code, stdout, stderr)
	}
	if code, stdout, _ := do("run", w.ID, "--plan", r.ID, "--wait"); code != exitFail || !strings.Contains(stdout, "Okta has changed since the plan was made") {
		t.Errorf("the group is there by now: %d %s", code, stdout)
	}
	if code, stdout, _ := do("rehearse", w.ID, "--input", "group_name=Chess"); code != exitFail || !strings.Contains(stdout, "It would fail.") {
		t.Errorf("a rehearsal that fails: %d %s", code, stdout)
	}
	if code, _, stderr := do("rehearse", w.ID); code != exitFail || !strings.Contains(stderr, "group_name") {
		t.Errorf("without inputs: %d %s", code, stderr)
	}
	if code, _, _ := call(t, nil, "rehearse"); code != exitUsage {
		t.Errorf("without a workflow: %d", code)
	}
}
