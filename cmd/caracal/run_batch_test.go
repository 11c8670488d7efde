package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/form"
	"caracal/workflow"
)

// TestBatchOverTheAPI rehearses the rows of a file from the command line, starts them held to the plan, fetches the results
// and takes the one that failed once more.
func TestBatchOverTheAPI(t *testing.T) {
	t.Parallel()
	app := newRemote(t)
	w := app.publish(workflow.Definition{Name: "Make a group", Runners: []auth.Role{auth.Operator},
		Inputs: []workflow.Input{{Name: "group_name", Label: "Group name", Kind: form.Text, Required: true}},
		Steps:  []workflow.Step{{ID: "make", Title: "Make it", Action: "group.create", Fields: map[string]string{"name": "{{ inputs.group_name }}"}}}})
	before := len(app.Org.Groups())
	file := app.file("groups.csv", "Group name\nFirst\nSecond\nThird\nFirst\n")
	code, stdout, stderr := app.call("run", w.ID, "--csv", file, "--rehearse")
	next := regexp.MustCompile(`caracal run batch (batch_\w+) --yes --skip --plan (reh_\w+)`).FindStringSubmatch(stdout)
	if next == nil || !strings.Contains(stdout, "3 groups created") || !strings.Contains(stdout, "The rows make") || stderr != "" {
		t.Fatalf("rehearsed: %d %s %s", code, stdout, stderr)
	}
	if n := len(app.Org.Groups()); n != before {
		t.Fatalf("%d groups, there were %d", n, before)
	}
	id, plan := next[1], next[2]
	if code, stdout, _ := app.call("run", "batch", id); code != exitFail || !strings.Contains(stdout, "nothing was started") {
		t.Errorf("looked at: %d %s", code, stdout)
	}
	if code, _, stderr := app.call("run", "batch", id, "--yes", "--skip", "--plan", "reh_other"); code != exitFail || !strings.Contains(stderr, "no such rehearsal") {
		t.Errorf("another plan: %d %s", code, stderr)
	}
	results := filepath.Join(t.TempDir(), "results.csv")
	code, stdout, stderr = app.call("run", "batch", id, "--yes", "--skip", "--plan", plan, "--wait", "--results", results)
	if !strings.Contains(stdout, "3 started: ") {
		t.Fatalf("started: %d %s %s", code, stdout, stderr)
	}
	raw, err := os.ReadFile(results)
	if err != nil || strings.Count(string(raw), "\n") != 5 || !strings.Contains(string(raw), "succeeded") || !strings.Contains(string(raw), "left out") {
		t.Errorf("the results: %s %v", raw, err)
	}
	if code, _, stderr := app.call("run", "batch", id, "--results", results); code != exitFail || !strings.Contains(stderr, "can't be made") {
		t.Errorf("a file that is there: %d %s", code, stderr)
	}
	if n := len(app.Org.Groups()); n != before+3 {
		t.Errorf("%d groups, want %d", n, before+3)
	}
	if code, _, stderr := app.call("run", "batch", id, "--again"); code != exitFail || !strings.Contains(stderr, "No row of this batch failed") {
		t.Errorf("nothing failed: %d %s", code, stderr)
	}
	again := app.file("again.csv", "Group name\nFirst\nFourth\n") // the first is there already
	code, stdout, _ = app.call("run", w.ID, "--csv", again, "--yes", "--wait")
	if code != exitFail || !strings.Contains(stdout, "2 started: failed") {
		t.Fatalf("one fails: %d %s", code, stdout)
	}
	failed := regexp.MustCompile(`batch_\w+`).FindString(stdout)
	code, stdout, stderr = app.call("run", "batch", failed, "--again", "--yes", "--wait")
	if code != exitFail || !strings.Contains(stdout, "1 row, 0 with a problem") || !strings.Contains(stdout, "1 started: failed") || strings.Contains(stdout, failed) {
		t.Errorf("once more: %d %s %s", code, stdout, stderr)
	}
	for _, args := range [][]string{{}, {"a", "b"}, {id, "--rehearse", "--yes"}, {id, "--plan", plan}, {id, "--skip"}, {id, "--at-once", "2"}} {
		if code, _, _ := app.call(append([]string{"run", "batch"}, args...)...); code != exitUsage {
			t.Errorf("%v: %d", args, code)
		}
	}
}
