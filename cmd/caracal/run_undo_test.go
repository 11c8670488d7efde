package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"caracal/form"
	"caracal/handlers"
	"caracal/internal/testenv"
	"caracal/oktasim"
	"caracal/workflow"
)

// TestRunUndoOverTheAPI prints how a run is taken back, rehearses that, and does it when it is told to.
func TestRunUndoOverTheAPI(t *testing.T) {
	t.Parallel()
	app := newRemote(t)
	w := app.publish(workflow.Definition{Name: "Two groups",
		Inputs: []workflow.Input{{Name: "one", Label: "One", Kind: form.Text, Required: true}},
		Steps: []workflow.Step{{ID: "first", Title: "Make one", Action: "group.create", Fields: map[string]string{"name": "{{ inputs.one }}"}},
			{ID: "second", Title: "Describe it", Action: "group.update", Fields: map[string]string{"group": "{{ steps.first.output.id }}", "description": "Chess players"}}}})
	before := app.Org.State()
	run := func(args ...string) (int, string, string) {
		t.Helper()
		return app.call(append([]string{"run"}, args...)...)
	}
	_, stdout, stderr := run(w.ID, "--input", "one=Chess", "--wait")
	if !strings.Contains(stdout, "succeeded") {
		t.Fatal(stdout, stderr)
	}
	id := strings.TrimPrefix(strings.Fields(stdout)[0], app.URL+"/runs/")

	code, stdout, stderr := run("undo", id)
	for _, want := range []string{"Undo of Two groups", "Is taken back\n  Describe it [" + id + ":1]", "Description: nothing → Chess players", "Make one [" + id + ":0], which removes what it made", `--yes --confirm "Two groups"`} {
		if code != exitOK || !strings.Contains(stdout, want) {
			t.Errorf("%d, without %q:\n%s%s", code, want, stdout, stderr)
		}
	}
	code, stdout, _ = run("undo", id, "--json")
	var planned handlers.UndoJSON
	if err := json.Unmarshal([]byte(stdout), &planned); code != exitOK || err != nil || planned.Total != 2 || len(planned.Changes) != 2 || planned.Plan == "" || !planned.Removes {
		t.Errorf("%d %s %v", code, stdout, err)
	}
	made := app.Org.State()
	code, stdout, stderr = run("undo", id, "--rehearse")
	if code != exitOK || !strings.Contains(stdout, "- Chess is deleted") {
		t.Errorf("%d\n%s%s", code, stdout, stderr)
	}
	var rehearsed handlers.RehearsalJSON
	code, stdout, stderr = run("undo", id, "--rehearse", "--json", "--take-back", id+":1")
	if err := json.Unmarshal([]byte(stdout), &rehearsed); code != exitOK || err != nil || len(rehearsed.Changes) != 1 || rehearsed.Name != "Undo of Two groups" {
		t.Errorf("%d %s%s %v", code, stdout, stderr, err)
	}
	if code, stdout, stderr := run("undo", id, "--yes", "--confirm", "Two"); code != exitFail || !strings.Contains(stderr, `"Two groups"`) {
		t.Errorf("without its name: %d %s%s", code, stdout, stderr)
	}
	if code, _, stderr := run("undo", id, "--yes", "--take-back", id+":7"); code != exitFail || !strings.Contains(stderr, id+":7") {
		t.Errorf("an unknown change: %d %s", code, stderr)
	}
	if !app.Org.State().Same(made) {
		t.Error("something was taken back though nobody said so")
	}
	for _, args := range [][]string{{"undo"}, {"undo", id, id}, {"undo", id, "--wait"}, {"undo", id, "--confirm", "x"}, {"undo", id, "--yes", "--rehearse"}, {"undo", id, "--take-back", ""}} {
		if code, _, stderr := run(args...); code != exitUsage || stderr == "" {
			t.Errorf("%v: %d %s", args, code, stderr)
		}
	}

	code, stdout, stderr = run("undo", id, "--yes", "--take-back", id+":1", "--wait")
	if code != exitOK || !strings.Contains(stdout, "Is left as it is\n  Make one") || !strings.Contains(stdout, "succeeded") {
		t.Errorf("%d\n%s%s", code, stdout, stderr)
	}
	code, stdout, stderr = run("undo", id, "--yes", "--confirm", "Two groups", "--wait", "--json")
	var undone handlers.RunJSON
	if err := json.Unmarshal([]byte(stdout), &undone); code != exitOK || err != nil || undone.Undoes != id || undone.State != "succeeded" || !strings.Contains(stderr, "Taken back already\n  Describe it") {
		t.Errorf("%d\n%s%s %v", code, stdout, stderr, err)
	}
	if !app.Org.State().Same(before) {
		t.Error("the org is not as before")
	}
	if code, stdout, _ := run("undo", id); code != exitOK || !strings.Contains(stdout, "No change would be taken back") {
		t.Errorf("a second time: %d %s", code, stdout)
	}
	if code, _, stderr := run("undo", id, "--yes"); code != exitFail || !strings.Contains(stderr, "at least one change") {
		t.Errorf("a second time: %d %s", code, stderr)
	}
}

// TestLongUndo holds that a long plan is read whole, and the org asked for its first part alone, and that all of it is
// rehearsed at once, from the terminal and from the page.
func TestLongUndo(t *testing.T) {
	t.Parallel()
	app := newRemote(t, testenv.Simulate(func(c *oktasim.Config) {
		c.Settings.NoRateLimit, c.Settings.RateLimits = true, map[string]int{}
		for _, b := range oktasim.Buckets() {
			c.Settings.RateLimits[b] = 1_000_000
		}
	}))
	var names []string
	for i := range 1100 {
		names = append(names, "Team "+string(rune('a'+i/100))+string(rune('a'+i/10%10))+string(rune('a'+i%10)))
	}
	w := app.publish(workflow.Definition{Name: "Many groups",
		Inputs: []workflow.Input{{Name: "names", Label: "Names", Kind: form.LongText, Required: true}},
		Steps: []workflow.Step{{ID: "each", Title: "For each", Action: workflow.FlowForEach, Fields: map[string]string{"list": `{{ split(inputs.names, ",") }}`, "at_once": "10", "on_failed": "stop"}},
			{ID: "make", Title: "Make one", Action: "group.create", Fields: map[string]string{"name": "{{ item }}"}, Control: workflow.Control{In: "each"}}}})
	run := func(args ...string) (int, string, string) {
		t.Helper()
		return app.call(append([]string{"run"}, args...)...)
	}
	_, stdout, stderr := run(w.ID, "--input", "names="+strings.Join(names, ","), "--wait")
	if !strings.Contains(stdout, "succeeded") {
		t.Fatal(stdout, stderr)
	}
	id := strings.TrimPrefix(strings.Fields(stdout)[0], app.URL+"/runs/")
	code, stdout, stderr := run("undo", id, "--json")
	var planned handlers.UndoJSON
	if err := json.Unmarshal([]byte(stdout), &planned); code != exitOK || err != nil {
		t.Fatalf("%d %s %v", code, stderr, err)
	}
	seen := map[string]bool{}
	for _, c := range planned.Changes {
		seen[c.ID] = true
	}
	if len(seen) != len(names) || planned.Total != len(names) || planned.Next != 0 {
		t.Errorf("%d changes of %d, and more from %d", len(seen), planned.Total, planned.Next)
	}
	if n := len(slices.DeleteFunc(planned.Changes, func(c handlers.UndoChangeJSON) bool { return c.State != "ready" })); n != 100 {
		t.Errorf("%d were compared", n)
	}
	made := app.Org.State()
	code, stdout, stderr = run("undo", id, "--rehearse", "--json")
	var rehearsed handlers.RehearsalJSON
	if err := json.Unmarshal([]byte(stdout), &rehearsed); code != exitOK || err != nil || rehearsed.Failing != 0 || len(rehearsed.Changes) != len(names) {
		t.Errorf("the rehearsal: %d %s, %d changes, %v", code, stderr, len(rehearsed.Changes), err)
	}
	ask := app.Post("/runs/"+id+"/undo/ask", "rest", "1").Status(http.StatusOK)
	at := app.Post("/runs/"+id+"/undo/rehearse", "rest", "1", "hash", ask.Value(`input[name="hash"]`)).Status(http.StatusSeeOther).Response.Header.Get("Location")
	app.App.Rehearse.Wait()
	app.Get(at).Has("main", "800 changes")
	if !app.Org.State().Same(made) {
		t.Error("a rehearsal changed the org")
	}
}
