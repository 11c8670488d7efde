package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"caracal/db"
	"caracal/filing"
	"caracal/workflow"
)

const groupFile = `# Reviewed by the identity team.
version: 1
name: Make a group
runners: [operator]
inputs:
  - name: group_name
    label: Group name
    kind: text
    required: true
steps:
  - id: create
    title: Create it
    action: group.create
    fields:
      name: '{{ inputs.group_name }}'
`

// written puts a text into a file of its own.
func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "w.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// installation makes a data folder with an empty database.
func installation(t *testing.T) (data string) {
	t.Helper()
	data = t.TempDir()
	d, err := db.Open(t.Context(), filepath.Join(data, "caracal.db"), db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return data
}

func TestWorkflowValidate(t *testing.T) {
	t.Parallel()
	good := written(t, groupFile)
	if code, stdout, stderr := call(t, nil, "workflow", "validate", good); code != exitOK || !strings.Contains(stdout, "w.yaml: valid") || stderr != "" {
		t.Errorf("%d %s%s", code, stdout, stderr)
	}
	bad := written(t, strings.Replace(groupFile, "inputs.group_name }}", "inputs.name }}", 1))
	code, _, stderr := call(t, nil, "workflow", "validate", good, bad)
	if code != exitFail || !strings.Contains(stderr, bad+`:15: There is no input "name" any more`) {
		t.Errorf("%d %s", code, stderr)
	}
	_, step, _ := strings.Cut(groupFile, "steps:\n")
	two := written(t, groupFile+strings.Replace(step, "id: create", "id: again", 1))
	if code, stdout, stderr := call(t, nil, "workflow", "validate", two); code != exitOK || !strings.Contains(stdout, "valid") || !strings.Contains(stderr, two+":17: Step 1 is called “Create it” too") || !strings.Contains(stderr, "(advice)") {
		t.Errorf("two steps of one title: %d %s%s", code, stdout, stderr)
	}
	code, stdout, _ := call(t, nil, "workflow", "validate", written(t, "version: 9\n"), "--json")
	var reports []filing.Report
	if err := json.Unmarshal([]byte(stdout), &reports); err != nil || code != exitFail || len(reports) != 1 || reports[0].Outcome != "wrong" || reports[0].Mistakes[0].Line != 1 {
		t.Errorf("%d %v %s", code, err, stdout)
	}
	for _, args := range [][]string{{"validate"}, {"apply"}, {"diff"}, {}, {"nonsense"}, {"schema", "x"}, {"apply", good, "--note", "x"}, {"diff", good, good, "--id", "x"}, {"export", "--json"}, {"validate", "--no-such-flag"}} {
		if code, _, _ := call(t, nil, append([]string{"workflow"}, args...)...); code != exitUsage {
			t.Errorf("%v: %d", args, code)
		}
	}
	for _, c := range workflowCommands() {
		if code, _, stderr := call(t, nil, "workflow", c.name, "--help"); code != exitOK || !strings.Contains(stderr, "usage: caracal workflow "+c.name) {
			t.Errorf("%s --help: %d %s", c.name, code, stderr)
		}
	}
	if code, _, stderr := call(t, nil, "workflow", "validate", t.TempDir()); code != exitFail || !strings.Contains(stderr, "it is not a file") {
		t.Errorf("a folder: %d %s", code, stderr)
	}
	code, stdout, _ = call(t, nil, "workflow", "schema")
	if code != exitOK || !json.Valid([]byte(stdout)) || !strings.Contains(stdout, `"group.create"`) {
		t.Errorf("schema: %d", code)
	}
}

func TestWorkflowApplyDiffExport(t *testing.T) {
	t.Parallel()
	data, file := installation(t), written(t, groupFile)
	run := func(want int, args ...string) (stdout, stderr string) {
		t.Helper()
		code, stdout, stderr := call(t, map[string]string{"CARACAL_DATA": data}, append([]string{"workflow"}, args...)...)
		if code != want {
			t.Fatalf("%v: %d, not %d\n%s%s", args, code, want, stdout, stderr)
		}
		return stdout, stderr
	}
	if stdout, _ := run(exitFail, "diff", file); !strings.Contains(stdout, "Step 1 “Create it” added") || !strings.Contains(stdout, "+ name: Make a group") {
		t.Errorf("diff of a new one: %s", stdout)
	}
	if stdout, stderr := run(exitOK, "apply", file); !strings.Contains(stdout, "created") || !strings.Contains(stderr, "Choose the application") {
		t.Errorf("apply: %s%s", stdout, stderr)
	}
	run(exitOK, "diff", file)
	if stdout, _ := run(exitOK, "apply", file); !strings.Contains(stdout, "unchanged") {
		t.Errorf("applied again: %s", stdout)
	}
	if _, stderr := run(exitFail, "apply", file, "--publish", "--note", "x"); !strings.Contains(stderr, "Choose the application this workflow acts on.") {
		t.Errorf("published without an application: %s", stderr)
	}
	if _, stderr := run(exitFail, "apply", file, "--application", "Acme"); !strings.Contains(stderr, `No application is called "Acme"`) {
		t.Errorf("applied to nothing: %s", stderr)
	}
	changed := written(t, strings.Replace(groupFile, "Create it", "Make it", 1))
	bad := written(t, groupFile+"colour: red\n")
	run(exitFail, "apply", changed, bad)
	run(exitOK, "diff", file) // nothing of the good one was stored
	run(exitTrouble, "diff", bad)
	if stdout, _ := run(exitOK, "apply", changed); !strings.Contains(stdout, "updated") {
		t.Errorf("changed: %s", stdout)
	}
	if stdout, _ := run(exitFail, "diff", file); !strings.Contains(stdout, `Title changed from "Make it" to "Create it"`) || !strings.Contains(stdout, "-   title: Make it") {
		t.Errorf("diff: %s", stdout)
	}
	stdout, _ := run(exitOK, "export", "Make a group")
	if again, _ := run(exitOK, "diff", written(t, stdout)); !strings.Contains(again, "same") {
		t.Errorf("what was exported differs: %s", again)
	}
	out := filepath.Join(t.TempDir(), "flows")
	run(exitOK, "export", "--out", out)
	if _, stderr := run(exitFail, "export", "--out", out); !strings.Contains(stderr, "--force") {
		t.Errorf("a file was replaced: %s", stderr)
	}
	run(exitOK, "export", "--out", out, "--force")
	if raw, err := os.ReadFile(filepath.Join(out, "make-a-group.yaml")); err != nil || string(raw) != stdout {
		t.Errorf("exported %v %s", err, raw)
	}
	if raw, err := os.ReadFile(file); err != nil || string(raw) != groupFile {
		t.Error("a command rewrote the file of a person")
	}
	run(exitFail, "export", "Nothing")

	d, err := db.Open(t.Context(), filepath.Join(data, "caracal.db"), db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	list, _, err := d.WorkflowList(t.Context(), db.WorkflowFilter{})
	if err != nil || len(list) != 1 || list[0].UpdatedBy != db.CommandLine.ID {
		t.Fatalf("%v %+v", err, list)
	}
	names, err := d.UserNames(t.Context(), list[0].UpdatedBy)
	if err != nil || names[list[0].UpdatedBy] != db.CommandLine.Name {
		t.Errorf("%v %v", err, names)
	}
	if _, err := d.CreateWorkflow(t.Context(), workflow.Definition{Name: "Make a group"}, db.CommandLine); err != nil {
		t.Fatal(err)
	}
	if _, stderr := run(exitFail, "apply", file); !strings.Contains(stderr, "Caracal is running on") {
		t.Errorf("applied beside a server: %s", stderr)
	}
	if _, stderr := run(exitTrouble, "diff", file); !strings.Contains(stderr, "Several workflows are called") {
		t.Errorf("two of one name: %s", stderr)
	}
	run(exitOK, "diff", changed, "--id", list[0].ID) // beside a running server
}

// caller is a workflow of a name that runs another.
func caller(name, other string) string {
	return "version: 1\nname: " + name + "\nsteps:\n  - id: call\n    title: Run it\n    action: workflow." + other + "\n"
}

// TestWorkflowFilesThatCall: files run one another by name, whether they are stored yet or not, and never in a circle.
func TestWorkflowFilesThatCall(t *testing.T) {
	t.Parallel()
	data := installation(t)
	run := func(want int, args ...string) (stdout, stderr string) {
		t.Helper()
		code, stdout, stderr := call(t, map[string]string{"CARACAL_DATA": data}, append([]string{"workflow"}, args...)...)
		if code != want {
			t.Fatalf("%v: %d, not %d\n%s%s", args, code, want, stdout, stderr)
		}
		return stdout, stderr
	}
	group := written(t, groupFile)
	above := written(t, caller("Above", "Make a group")+"    fields: {group_name: Staff}\n")
	if _, stderr := run(exitOK, "validate", above); !strings.Contains(stderr, `:6: None of these files is the workflow "Make a group"`) {
		t.Errorf("validated alone: %s", stderr)
	}
	if _, stderr := run(exitFail, "validate", group, written(t, caller("Above", "Make a group"))); !strings.Contains(stderr, "Group name is needed") {
		t.Errorf("a field that the other file asks for: %s", stderr)
	}
	run(exitOK, "validate", group, above)

	self, there, back := written(t, caller("Self", "Self")), written(t, caller("There", "Middle")), written(t, caller("Back", "There"))
	middle := written(t, caller("Middle", "Back"))
	for _, command := range []string{"validate", "apply"} {
		if _, stderr := run(exitFail, command, self); !strings.Contains(stderr, ":4: This step runs the workflow that it stands in") {
			t.Errorf("%s, itself: %s", command, stderr)
		}
		if _, stderr := run(exitFail, command, there, middle, back); !strings.Contains(stderr, there+":4: This step runs “Middle”, which runs “Back”, which runs this workflow again") {
			t.Errorf("%s, a circle: %s", command, stderr)
		}
	}
	if _, stderr := run(exitFail, "apply", above); !strings.Contains(stderr, `No published workflow is called "Make a group" here`) {
		t.Errorf("applied alone: %s", stderr)
	}

	// The one that is run is stored first, in whatever order they are named.
	if stdout, _ := run(exitOK, "apply", above, group); strings.Count(stdout, "created") != 2 {
		t.Errorf("applied: %s", stdout)
	}
	if stdout, _ := run(exitOK, "diff", above, group); strings.Count(stdout, "same") != 2 {
		t.Errorf("compared: %s", stdout)
	}
	publish := func(name string) workflow.Workflow {
		t.Helper()
		d, err := db.Open(t.Context(), filepath.Join(data, "caracal.db"), db.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		}()
		w, err := filing.ByName(t.Context(), d, name)
		if err == nil {
			_, err = d.Publish(t.Context(), w.ID, w.Revision, "", db.CommandLine)
		}
		if err != nil {
			t.Fatalf("publish %s: %v", name, err)
		}
		return w
	}
	made := publish("Make a group")
	if w := publish("Above"); w.Draft.Steps[0].Action != workflow.CallAction(made.ID) {
		t.Errorf("it runs %s, not %s", w.Draft.Steps[0].Action, made.ID)
	}
	stdout, _ := run(exitOK, "export", "Above")
	if !strings.Contains(stdout, "action: workflow.Make a group\n") {
		t.Errorf("exported: %s", stdout)
	}
	run(exitOK, "diff", "--published", written(t, stdout))

	// What is published leads back here, and this file alone does not show it.
	if _, stderr := run(exitFail, "apply", written(t, strings.Replace(groupFile, "action: group.create\n    fields:\n      name: '{{ inputs.group_name }}'", "action: workflow.Above", 1))); !strings.Contains(stderr, "This step runs “Above”, which runs this workflow again") {
		t.Errorf("a circle with what is published: %s", stderr)
	}
}
