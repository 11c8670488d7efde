package main

import (
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/form"
	"caracal/trigger"
	"caracal/workflow"
)

// TestTriggersOverTheAPI looks at what starts a workflow from the command line, stops it and lets it go on.
func TestTriggersOverTheAPI(t *testing.T) {
	t.Parallel()
	app := newRemote(t)
	d := workflow.Definition{Name: "Make a group", Runners: []auth.Role{auth.Operator},
		Inputs: []workflow.Input{{Name: "group_name", Label: "Group name", Kind: form.Text, Required: true}},
		Steps:  []workflow.Step{{ID: "make", Title: "Make it", Action: "group.create", Fields: map[string]string{"name": "{{ inputs.group_name }}"}}}}
	w := app.publish(d)
	by := auth.User{ID: "u"}
	nightly, err := app.App.DB.CreateTrigger(t.Context(), trigger.Trigger{WorkflowID: w.ID, Kind: trigger.Schedule, Name: "Every night", DueAt: app.Clock.Now().Add(time.Hour),
		Config: trigger.Config{Inputs: map[string]string{"group_name": "Night"}, Schedule: trigger.Timetable{Cron: "30 2 * * *", Zone: "Europe/Berlin", CatchUp: trigger.CatchOnce},
			Guards: trigger.Guards{PerHour: 3}}}, by)
	if err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := app.call("trigger", "list", "Make a group")
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if code != exitOK || len(lines) != 4 || !strings.HasPrefix(lines[0], nightly.ID+" Every night: ") || !strings.Contains(lines[0], "at most 3 runs an hour") || !strings.HasPrefix(lines[3], "api ") {
		t.Fatalf("list: %d %s %s", code, stdout, stderr)
	}
	code, stdout, stderr = app.call("trigger", "show", w.ID, "every night")
	if code != exitOK || strings.Count(stdout, " 02:30 CE") < 5 || !strings.Contains(stdout, "one run for all of them") || !strings.Contains(stdout, app.URL+"/workflows/"+w.ID+"/triggers/"+nightly.ID) {
		t.Fatalf("show: %d %s %s", code, stdout, stderr)
	}
	for range 2 { // stopping twice is stopping
		if code, stdout, stderr := app.call("trigger", "pause", w.ID, nightly.ID); code != exitOK || !strings.Contains(stdout, "paused") {
			t.Fatalf("pause: %d %s %s", code, stdout, stderr)
		}
	}
	if got, err := app.App.DB.Trigger(t.Context(), nightly.ID); err != nil || !got.Paused {
		t.Fatalf("%+v, %v", got, err)
	}
	if code, stdout, _ := app.call("trigger", "pause", w.ID, "api"); code != exitOK || !strings.Contains(stdout, "paused") {
		t.Fatalf("pause what every workflow has: %d %s", code, stdout)
	}
	if code, _, stderr := app.call("run", w.ID, "--input", "group_name=No"); code != exitFail || !strings.Contains(stderr, "paused") {
		t.Errorf("a run of a paused trigger: %d %s", code, stderr)
	}
	if code, stdout, _ := app.call("trigger", "resume", w.ID, "Every night"); code != exitOK || strings.Contains(stdout, "paused") || !strings.Contains(stdout, "next ") {
		t.Errorf("resume: %d %s", code, stdout)
	}
	if code, _, stderr := app.call("trigger", "show", w.ID, "nothing"); code != exitFail || !strings.Contains(stderr, "no trigger") {
		t.Errorf("no such trigger: %d %s", code, stderr)
	}
	for _, args := range [][]string{{"list"}, {"show", w.ID}, {"pause", w.ID, "a", "b"}} {
		if code, _, _ := app.call(append([]string{"trigger"}, args...)...); code != exitUsage {
			t.Errorf("%v: %d", args, code)
		}
	}
	operator := app.file("operator", app.Token(auth.Operator)+"\n")
	if code, _, stderr := call(t, nil, "trigger", "list", w.ID, "--url", app.URL, "--token-file", operator); code != exitFail || !strings.Contains(stderr, "role") && !strings.Contains(stderr, "no such") {
		t.Errorf("an operator: %d %s", code, stderr)
	}
}
