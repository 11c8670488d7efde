package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/db"
	"caracal/org"
	"caracal/trigger"
)

// TestWorkflowFilesOverTheAPI compares, applies and exports files at a running Caracal, as a team's pipeline does.
func TestWorkflowFilesOverTheAPI(t *testing.T) {
	t.Parallel()
	app := changing(t)
	acme := app.Connect(org.CustomApp)
	run := func(want int, args ...string) (stdout, stderr string) {
		t.Helper()
		code, stdout, stderr := app.call(append([]string{"workflow"}, args...)...)
		if code != want {
			t.Fatalf("%v: %d, not %d\n%s%s", args, code, want, stdout, stderr)
		}
		return stdout, stderr
	}
	group := app.file("group.yaml", groupFile)
	above := app.file("above.yaml", caller("Above", "Make a group")+"    fields: {group_name: Staff}\n")
	if stdout, _ := run(exitFail, "diff", group); !strings.Contains(stdout, "Step 1 “Create it” added") || !strings.Contains(stdout, "+ name: Make a group") {
		t.Errorf("diff of a new one: %s", stdout)
	}
	bad := app.file("bad.yaml", groupFile+"colour: red\n")
	wrong := app.file("wrong.yaml", strings.Replace(groupFile, "inputs.group_name }}", "inputs.name }}", 1))
	if _, stderr := run(exitFail, "apply", group, bad); !strings.Contains(stderr, bad+":16: ") {
		t.Errorf("a bad one: %s", stderr)
	}
	if _, stderr := run(exitFail, "apply", above, wrong); !strings.Contains(stderr, wrong+":15: There is no input \"name\" any more") {
		t.Errorf("a wrong one: %s", stderr)
	}
	run(exitTrouble, "diff", wrong)
	if _, stderr := run(exitFail, "apply", group, above, "--publish"); !strings.Contains(stderr, "Choose the application this workflow acts on.") {
		t.Errorf("without an application: %s", stderr)
	}
	if list, _, err := app.App.DB.WorkflowList(t.Context(), db.WorkflowFilter{}); err != nil || len(list) != 0 {
		t.Fatalf("something was stored: %v %+v", err, list)
	}
	stdout, _ := run(exitOK, "apply", above, group, "--application", acme.Name, "--publish", "--note", "From Git")
	if strings.Count(stdout, "published as version 1") != 2 {
		t.Errorf("applied: %s", stdout)
	}
	list, _, err := app.App.DB.WorkflowList(t.Context(), db.WorkflowFilter{})
	if err != nil || len(list) != 2 || list[1].Draft.ApplicationID != acme.ID {
		t.Fatalf("%v %+v", err, list)
	}
	made := list[1]
	if list[0].Draft.Steps[0].Action != "workflow."+made.ID {
		t.Errorf("it runs %s", list[0].Draft.Steps[0].Action)
	}
	entries, _, err := app.App.DB.AuditList(t.Context(), db.AuditFilter{Subject: made.ID})
	if err != nil || len(entries) != 2 || entries[0].Action != "workflow.published" || entries[0].Detail["token_name"] != "pipeline" || entries[0].Detail["note"] != "From Git" || entries[0].By != made.CreatedBy {
		t.Errorf("%v %+v", err, entries)
	}
	if stdout, _ := run(exitOK, "apply", above, group, "--publish"); strings.Count(stdout, "unchanged") != 2 {
		t.Errorf("applied again: %s", stdout)
	}
	if stdout, _ := run(exitOK, "diff", group, "--published"); !strings.Contains(stdout, "same") {
		t.Errorf("compared: %s", stdout)
	}

	// Somebody works on the draft in the builder between the comparison and the merge.
	changed := app.file("changed.yaml", strings.Replace(groupFile, "Create it", "Make it", 1))
	shown, _ := run(exitFail, "diff", changed, "--json")
	seen := app.file("seen.json", shown)
	draft := made.Draft.Clone()
	draft.Purpose = "Theirs."
	if _, err := app.App.DB.SaveDraft(t.Context(), made.ID, draft, made.Revision, "", auth.User{ID: made.CreatedBy}); err != nil {
		t.Fatal(err)
	}
	if _, stderr := run(exitFail, "apply", changed, above, "--seen", seen); !strings.Contains(stderr, "says nothing of") {
		t.Errorf("a file that was not compared: %s", stderr)
	}
	if _, stderr := run(exitFail, "apply", changed, "--seen", seen); !strings.Contains(stderr, "Test admin changed the draft of “Make a group” since it was looked at, so nothing was stored") {
		t.Errorf("over somebody's draft: %s", stderr)
	}
	if now, err := app.App.DB.Workflow(t.Context(), made.ID); err != nil || now.Draft.Purpose != "Theirs." {
		t.Errorf("%v %+v", err, now.Draft)
	}
	shown, _ = run(exitFail, "diff", changed, "--json")
	if stdout, _ := run(exitOK, "apply", changed, "--seen", app.file("seen.json", shown)); !strings.Contains(stdout, "updated") {
		t.Errorf("looked at again: %s", stdout)
	}

	stdout, _ = run(exitOK, "export", "Make a group", "--draft")
	if again, _ := run(exitOK, "diff", app.file("again.yaml", stdout)); !strings.Contains(again, "same") {
		t.Errorf("what was exported differs: %s", again)
	}
	out := filepath.Join(app.dir, "flows")
	run(exitOK, "export", "--out", out)
	if raw, err := os.ReadFile(filepath.Join(out, "above.yaml")); err != nil || !strings.Contains(string(raw), "action: workflow.Make a group\n") {
		t.Errorf("%v %s", err, raw)
	}
	if raw, err := os.ReadFile(group); err != nil || string(raw) != groupFile {
		t.Error("a command rewrote the file of a person")
	}

	run(exitUsage, "diff", group, "--data", app.dir)

	// What a token is for, and whether it may change, holds here too.
	for want, token := range map[string]string{
		"This token may not change workflows and triggers": app.TokenOf(trigger.Token{Name: "t"}, auth.Builder),
		"There is no such workflow":                        app.TokenOf(trigger.Token{Name: "t", Changes: true, Workflows: []string{list[0].ID}}, auth.Builder),
		"Your role does not allow this":                    app.TokenOf(trigger.Token{Name: "t", Changes: true}, auth.Operator),
	} {
		if code, _, stderr := call(t, nil, "workflow", "apply", group, "--url", app.URL, "--token-file", app.file("other", token)); code != exitFail || !strings.Contains(stderr, want) {
			t.Errorf("%s: %d %s", want, code, stderr)
		}
	}
	only := app.TokenOf(trigger.Token{Name: "t", Changes: true, Workflows: []string{made.ID}}, auth.Builder)
	fresh := app.file("fresh.yaml", strings.Replace(groupFile, "Make a group", "Another", 1))
	if code, _, stderr := call(t, nil, "workflow", "apply", fresh, "--url", app.URL, "--token-file", app.file("other", only)); code != exitFail || !strings.Contains(stderr, "a new one is none of them") {
		t.Errorf("a new one: %d %s", code, stderr)
	}
}
