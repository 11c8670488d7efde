package main

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/db"
	"caracal/form"
	"caracal/internal/testenv"
	"caracal/workflow"
)

// TestRunCSVOverTheAPI runs a workflow for the rows of a file from the command line.
func TestRunCSVOverTheAPI(t *testing.T) {
	t.Parallel()
	app := newRemote(t)
	w := app.publish(workflow.Definition{Name: "Make a group", Runners: []auth.Role{auth.Operator},
		Inputs: []workflow.Input{{Name: "group_name", Label: "Group name", Kind: form.Text, Required: true}, {Name: "owner", Label: "Owner", Kind: form.Email}},
		Steps:  []workflow.Step{{ID: "make", Title: "Make it", Action: "group.create", Fields: map[string]string{"name": "{{ inputs.group_name }}"}}}})
	run := func(args ...string) (int, string, string) {
		t.Helper()
		return app.call(append([]string{"run", w.ID}, args...)...)
	}
	groups := func() int { return len(app.Org.Groups()) }
	before := groups()

	mixed := app.file("mixed.csv", "Group name,Owner\nFirst,ada@acme.example\nSecond,nobody\n")
	code, stdout, stderr := run("--csv", mixed, "--yes")
	if code != exitFail || !strings.Contains(stderr, "line 3: Owner: ") || !strings.Contains(stdout, app.URL+"/batches/batch_") || !strings.Contains(stdout, "nothing was started") {
		t.Fatalf("not all are right: %d %s %s", code, stdout, stderr)
	}
	clean := app.file("clean.csv", "Group name\nThird\nFourth\n")
	if code, stdout, stderr := run("--csv", clean); code != exitOK || !strings.Contains(stdout, "nothing was started") {
		t.Fatalf("only checked: %d %s %s", code, stdout, stderr)
	}
	if n := groups(); n != before {
		t.Fatalf("%d groups, there were %d", n, before)
	}
	if code, stdout, stderr := run("--csv", mixed, "--yes", "--skip", "--wait", "--key", "k1"); code != exitOK || !strings.Contains(stdout, "1 started: succeeded") {
		t.Fatalf("those that are right: %d %s %s", code, stdout, stderr)
	}
	if code, stdout, stderr := run("--csv", mixed, "--yes", "--skip", "--key", "k1"); code != exitOK || !strings.Contains(stdout, "1 started") {
		t.Errorf("the same key: %d %s %s", code, stdout, stderr)
	}
	code, stdout, stderr = run("--csv", clean, "--yes", "--wait")
	if code != exitOK || !strings.Contains(stdout, "2 started: succeeded") {
		t.Fatalf("all are right: %d %s %s", code, stdout, stderr)
	}
	if n := groups(); n != before+3 {
		t.Errorf("%d groups, want %d", n, before+3)
	}
	if code, _, stderr := run("--csv", app.file("other.csv", "Colour\nred\n")); code != exitFail || !strings.Contains(stderr, "group_name: No column") {
		t.Errorf("no column for an input: %d %s", code, stderr)
	}
	for _, args := range [][]string{{"--yes"}, {"--csv", clean, "--skip"}, {"--csv", clean, "--plan", "reh_1"}, {"--at-once", "3"}, {"--column", "group_name=Team"}} {
		if code, _, _ := run(args...); code != exitUsage {
			t.Errorf("%v: %d", args, code)
		}
	}

	at := "/api/v1/batches/" + strings.TrimPrefix(strings.Fields(stdout)[0], app.URL+"/batches/")
	ask := func(method, path, token string) *testenv.Page {
		return app.Anonymous().Do(app.Request(method, path, http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}}))
	}
	if page := ask(http.MethodGet, at+"/rows.csv", app.held).Status(http.StatusOK); !strings.Contains(page.Text, "Third,succeeded") {
		t.Errorf("results: %s", page.Text)
	}
	if page := ask(http.MethodGet, at, app.held).Status(http.StatusOK); !strings.Contains(page.Text, `"counts":{"succeeded":2}`) {
		t.Errorf("as JSON: %s", page.Text)
	}
	ask(http.MethodPost, at+"/start", app.held).Status(http.StatusBadRequest)
	ask(http.MethodPost, "/api/v1/workflows/"+w.ID+"/batches", app.held).Status(http.StatusUnsupportedMediaType)
	// What is in an address is logged on the way: no value of a person is taken from there.
	refused := app.Request(http.MethodPost, "/api/v1/workflows/"+w.ID+"/batches?fixed.owner=ada@acme.example", http.Header{"Authorization": {"Bearer " + app.held}, "Content-Type": {"text/csv"}})
	refused.Body = io.NopCloser(strings.NewReader("Group name\nFifth\n"))
	if page := app.Anonymous().Do(refused).Status(http.StatusUnprocessableEntity); !strings.Contains(page.Text, "multipart/form-data") || strings.Contains(app.Logs.String(), "ada@acme.example") {
		t.Errorf("a value in the address: %s", page.Text)
	}
	form := app.Request(http.MethodPost, "/api/v1/workflows/"+w.ID+"/batches", http.Header{"Authorization": {"Bearer " + app.held}, "Content-Type": {"multipart/form-data; boundary=x"}})
	form.Body = io.NopCloser(strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"fixed.owner\"\r\n\r\nada@acme.example\r\n--x--\r\n"))
	if page := app.Anonymous().Do(form).Status(http.StatusUnprocessableEntity); !strings.Contains(page.Text, "no part file") {
		t.Errorf("a form without a file: %s", page.Text)
	}
	operator := app.Token(auth.Operator) // the workflow's rows are not open to those who run it by the form
	ask(http.MethodPost, "/api/v1/workflows/"+w.ID+"/batches", operator).Status(http.StatusForbidden)
	ask(http.MethodPost, at+"/start", operator).Status(http.StatusForbidden)
}

// TestRunCSVAsItIsWritten says from the command line how a file is written, what fills the inputs and how its rows are
// carried out, and names the workflow where it deletes.
func TestRunCSVAsItIsWritten(t *testing.T) {
	t.Parallel()
	app := newRemote(t)
	w := app.publish(workflow.Definition{Name: "Make and drop",
		Inputs: []workflow.Input{{Name: "group_name", Label: "Group name", Kind: form.Text, Required: true}, {Name: "why", Label: "Why", Kind: form.Text, Required: true}},
		Steps: []workflow.Step{{ID: "make", Title: "Make it", Action: "group.create", Fields: map[string]string{"name": "{{ inputs.group_name }}", "description": "{{ inputs.why }}"}},
			{ID: "drop", Title: "Delete it", Action: "group.delete", Fields: map[string]string{"group": "{{ steps.make.output.id }}"}}}})
	run := func(args ...string) (int, string, string) {
		t.Helper()
		return app.call(append([]string{"run", w.ID}, args...)...)
	}
	odd := app.file("odd.csv", "x\tCaf\xe9\ny\tBar\n")
	as := []string{"--csv", odd, "--delimiter", "tab", "--encoding", "windows-1252", "--no-header", "--column", "group_name=2", "--input", "why=because"}
	code, stdout, stderr := run(append(as, "--yes", "--at-once", "2")...)
	if code != exitFail || !strings.Contains(stderr, `"Make and drop"`) {
		t.Fatalf("without the name: %d %s %s", code, stdout, stderr)
	}
	code, stdout, stderr = run(append(as, "--yes", "--at-once", "2", "--stop-after", "0", "--confirm", "Make and drop", "--wait")...)
	if code != exitOK || !strings.Contains(stdout, "2 started: succeeded") {
		t.Fatalf("with it: %d %s %s", code, stdout, stderr)
	}
	id := strings.TrimPrefix(strings.Fields(stdout)[0], app.URL+"/batches/")
	b, err := app.App.DB.Batch(t.Context(), id)
	if err != nil || b.AtOnce != 2 || b.StopAfter != 0 || b.Dialect.Delimiter != "\t" {
		t.Errorf("%+v (%v)", b, err)
	}
	rows, _, err := app.App.DB.BatchRows(t.Context(), b, db.RowFilter{})
	if err != nil || len(rows) != 2 || rows[0].Input["group_name"] != "Café" || rows[1].Input["why"] != "because" {
		t.Errorf("%+v (%v)", rows, err)
	}

	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--csv", odd, "--delimiter", ":"}, "stands between the cells"},
		{[]string{"--csv", odd, "--encoding", "utf-8"}, "not UTF-8"},
		{[]string{"--csv", odd, "--column", "group_name=Nothing"}, "There is no column"},
		{[]string{"--csv", odd, "--column", "group_name=9"}, "There is no column"},
		{[]string{"--csv", odd, "--column", "other=1"}, "has no input"},
		{[]string{"--csv", odd, "--input", "other=1"}, "has no input"},
		{[]string{"--csv", odd, "--column", "why=1", "--input", "why=1"}, "choose one"},
		{[]string{"--csv", odd, "--column", "group_name=1", "--column", "why="}, "Why has to be filled"},
		{append(as, "--yes", "--at-once", "51", "--confirm", "Make and drop"), "At most 50 rows"},
	} {
		if code, stdout, stderr := run(c.args...); code != exitFail || !strings.Contains(stderr, c.says) {
			t.Errorf("%v: %d %s %s", c.args, code, stdout, stderr)
		}
	}
}
