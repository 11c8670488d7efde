package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"caracal/form"
	"caracal/workflow"
)

// TestRunOverTheAPI starts a published workflow from the command line and waits for its end.
func TestRunOverTheAPI(t *testing.T) {
	t.Parallel()
	app := newRemote(t)
	w := app.publish(workflow.Definition{Name: "Make a group",
		Inputs: []workflow.Input{{Name: "group_name", Label: "Group name", Kind: form.Text, Required: true}},
		Steps:  []workflow.Step{{ID: "make", Title: "Make it", Action: "group.create", Fields: map[string]string{"name": "{{ inputs.group_name }}"}}}})
	run := func(args ...string) (int, string, string) {
		t.Helper()
		return app.call(append([]string{"run"}, args...)...)
	}
	code, stdout, stderr := run("make a group", "--input", "group_name=From the shell", "--wait", "--key", "k1")
	if code != exitOK || !strings.Contains(stdout, app.URL+"/runs/run_") || !strings.Contains(stdout, "succeeded") {
		t.Fatalf("%d %s %s", code, stdout, stderr)
	}
	if code, again, _ := run(w.ID, "--input", "group_name=From the shell", "--key", "k1"); code != exitOK || strings.Fields(again)[0] != strings.Fields(stdout)[0] {
		t.Errorf("the same key started %s, then %s", stdout, again)
	}
	if code, _, stderr := run(w.ID, "--input", "colour=red"); code != exitFail || !strings.Contains(stderr, "group_name: Enter") || !strings.Contains(stderr, "colour: ") {
		t.Errorf("wrong inputs: %d %s", code, stderr)
	}
	if code, _, stderr := run("nothing"); code != exitFail || !strings.Contains(stderr, `is called "nothing"`) {
		t.Errorf("an unknown workflow: %d %s", code, stderr)
	}
	if code, _, stderr := run(w.ID, "--input", "group_name=From the shell", "--wait"); code != exitFail { // there is one of this name
		t.Errorf("a run that fails: %d %s", code, stderr)
	}
	for _, args := range [][]string{{"run"}, {"run", "a", "b"}, {"run", "a", "--input", "x"}, {"run", "a", "--input", "x=1", "--input", "x=2"}} {
		if code, _, _ := call(t, nil, args...); code != exitUsage {
			t.Errorf("%v: %d", args, code)
		}
	}
	for _, args := range [][]string{{"run", "a"}, {"run", "a", "--url", "http://caracal.example.com", "--token-file", app.token}, {"run", "a", "--url", app.URL}, {"run", "a", "--url", app.URL, "--token-file", app.token + "x"}} {
		if code, _, stderr := call(t, nil, args...); code != exitFail || stderr == "" || strings.Contains(stderr, app.held) {
			t.Errorf("%v: %d %s", args, code, stderr)
		}
	}
}

func TestTriggerCommands(t *testing.T) {
	t.Parallel()
	code, stdout, _ := call(t, nil, "trigger", "next", "0 9 * * 1-5", "--zone", "Europe/Berlin", "--count", "3")
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if code != exitOK || len(lines) != 3 {
		t.Fatalf("%d %q", code, stdout)
	}
	for _, line := range lines {
		if next, err := time.Parse("Mon 2006-01-02 15:04 MST", line); err != nil || next.Hour() != 9 {
			t.Errorf("%q: %v", line, err)
		}
	}
	if code, _, stderr := call(t, nil, "trigger", "next", "99 * * * *"); code != exitFail || stderr == "" {
		t.Errorf("a wrong timetable: %d %s", code, stderr)
	}
	dir := t.TempDir()
	secret, body := filepath.Join(dir, "secret"), filepath.Join(dir, "body")
	for name, text := range map[string]string{secret: "whsec_x\n", body: "{}"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if code, stdout, stderr := call(t, nil, "trigger", "sign", "--secret-file", secret, body); code != exitOK || !strings.HasPrefix(stdout, "X-Caracal-Signature: t=") {
		t.Errorf("%d %s%s", code, stdout, stderr)
	}
	if code, _, _ := call(t, nil, "trigger", "sign"); code != exitUsage {
		t.Errorf("no secret: %d", code)
	}
}

// TestRunContinueOverTheAPI prints what would be done, and does it when it is told to.
func TestRunContinueOverTheAPI(t *testing.T) {
	t.Parallel()
	app := newRemote(t)
	w := app.publish(workflow.Definition{Name: "Two groups",
		Inputs: []workflow.Input{{Name: "one", Label: "One", Kind: form.Text, Required: true}, {Name: "two", Label: "Two", Kind: form.Text, Required: true}},
		Steps: []workflow.Step{{ID: "first", Title: "Make one", Action: "group.create", Fields: map[string]string{"name": "{{ inputs.one }}"}},
			{ID: "second", Title: "Make two", Action: "group.create", Fields: map[string]string{"name": "{{ inputs.two }}"}}}})
	run := func(args ...string) (int, string, string) {
		t.Helper()
		return app.call(append([]string{"run"}, args...)...)
	}
	_, stdout, stderr := run(w.ID, "--input", "one=Red", "--input", "two=Everyone", "--wait") // which is there already
	if !strings.Contains(stdout, "failed") {
		t.Fatal(stdout, stderr)
	}
	id := strings.TrimPrefix(strings.Fields(stdout)[0], app.URL+"/runs/")
	code, stdout, stderr := run("continue", id, "--input", "one=Green", "--input", "two=Blue")
	for _, want := range []string{"stays done   Make one [first]", "--again first does it again", "done again   Make two [second]", "Inputs that differ: one, two.", "Nothing was done"} {
		if code != exitOK || !strings.Contains(stdout, want) {
			t.Errorf("%d, without %q:\n%s%s", code, want, stdout, stderr)
		}
	}
	if code, _, stderr := run("continue", id, "--again", "third", "--yes"); code != exitFail || !strings.Contains(stderr, `"third"`) {
		t.Errorf("an unknown step: %d %s", code, stderr)
	}
	for _, args := range [][]string{{"continue"}, {"continue", id, id}, {"continue", id, "--wait"}, {"continue", id, "--again", ""}} {
		if code, _, stderr := run(args...); code != exitUsage || stderr == "" {
			t.Errorf("%v: %d %s", args, code, stderr)
		}
	}
	code, stdout, stderr = run("continue", id, "--input", "one=Green", "--input", "two=Blue", "--again", "first", "--yes", "--wait")
	if code != exitOK || !strings.Contains(stdout, "done again   Make one [first]") || !strings.Contains(stdout, "succeeded") {
		t.Errorf("%d\n%s%s", code, stdout, stderr)
	}
	if code, _, stderr := run("continue", id, "--yes"); code != exitFail || !strings.Contains(stderr, "continued already") {
		t.Errorf("a second time: %d %s", code, stderr)
	}
}
