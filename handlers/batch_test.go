package handlers_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/batch"
	"caracal/db"
	"caracal/form"
	"caracal/internal/testenv"
	"caracal/org"
	"caracal/trigger"
	"caracal/workflow"
)

// sheet is a workflow that a file runs: it makes a user and puts it into a group.
func sheet(applicationID string, runners ...auth.Role) workflow.Definition {
	return workflow.Definition{Name: "Hire", ApplicationID: applicationID, Runners: runners,
		Inputs: []workflow.Input{
			{Name: "email", Label: "E-mail", Kind: form.Email, Required: true}, {Name: "first", Label: "First name", Kind: form.Text, Required: true},
			{Name: "team", Label: "Team", Kind: form.Group, Required: true}, {Name: "start", Label: "Start date", Kind: form.Date}},
		Steps: []workflow.Step{
			{ID: "person", Title: "Make the account", Action: "user.create", Fields: map[string]string{"first_name": "{{ inputs.first }}", "last_name": "Lynx", "email": "{{ inputs.email }}", "when": "now"}},
			{ID: "member", Title: "Add to the team", Action: "group.add_member", Fields: map[string]string{"user": "{{ steps.person.output.id }}", "group": "{{ inputs.team }}"}},
			{ID: "note", Title: "Tell", Action: workflow.FlowNote, Fields: map[string]string{"text": "{{ inputs.first }} is ready."}},
		}}
}

// sendFile sends a file, and fields in turn, as a browser does.
func sendFile(t *testing.T, app *testenv.App, b *testenv.Browser, path, name string, raw []byte, fields ...string) *testenv.Page {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("file", name)
	if err == nil && len(raw) > 0 {
		_, err = part.Write(raw)
	}
	for i := 0; i+1 < len(fields) && err == nil; i += 2 {
		err = w.WriteField(fields[i], fields[i+1])
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, app.URL+path, &body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Origin", app.URL)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.Do(r)
}

// mapped sends the page of a batch's columns as it is drawn, with some fields changed.
func mapped(t *testing.T, app *testenv.App, b *testenv.Browser, path, do string, change ...string) *testenv.Page {
	t.Helper()
	page := b.Get(path + "?map=1").Status(http.StatusOK)
	got, err := app.App.DB.Batch(t.Context(), strings.TrimPrefix(path, "/batches/"))
	if err != nil {
		t.Fatal(err)
	}
	fields := url.Values{"do": {do}, "revision": {page.Value("[name=revision]")}, "version": {page.Value("[name=version]")}}
	for name, s := range got.Mapping {
		if s.Column > 0 {
			fields.Set("map_"+name, fmt.Sprint(s.Column))
		} else {
			fields.Set("map_"+name, "=")
			fields.Set("input_"+name, s.Fixed)
		}
	}
	for i := 0; i+1 < len(change); i += 2 {
		fields.Set(change[i], change[i+1])
	}
	var flat []string
	for name := range fields {
		flat = append(flat, name, fields.Get(name))
	}
	return b.Post(path+"/mapping", flat...)
}

// checkedBatch waits until the rows are checked.
func checkedBatch(t *testing.T, app *testenv.App, path string) batch.Batch {
	t.Helper()
	var b batch.Batch
	app.Eventually("the check of the rows", func() bool {
		var err error
		if b, err = app.App.DB.Batch(context.Background(), strings.TrimPrefix(path, "/batches/")); err != nil {
			t.Fatal(err)
		}
		return b.State != batch.Checking
	})
	return b
}

func endedBatch(t *testing.T, app *testenv.App, path string) (batch.Batch, workflow.Run) {
	t.Helper()
	var b batch.Batch
	var run workflow.Run
	app.Eventually("the end of the batch", func() bool {
		var err error
		if b, err = app.App.DB.Batch(context.Background(), strings.TrimPrefix(path, "/batches/")); err == nil && b.RunID != "" {
			run, err = app.App.DB.Run(context.Background(), b.RunID)
		}
		if err != nil {
			t.Fatal(err)
		}
		return run.State.Ended()
	})
	return b, run
}

func location(t *testing.T, page *testenv.Page) string {
	t.Helper()
	return page.Status(http.StatusSeeOther).Response.Header.Get("Location")
}

// TestRowsOfACSV walks the whole way: upload, columns, check, start, results, those that failed once more.
func TestRowsOfACSV(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Company)
	connected := app.Connect(org.CustomApp)
	workflowPath := publish(t, app, sheet(connected.ID))
	app.Get(workflowPath+"/run").Has("a", "For each row of a CSV")
	app.Get(workflowPath+"/csv").Status(http.StatusOK).Has(".column-list", "E-mail", "a group's name or id")
	raw := "\xef\xbb\xbfMail;Vorname;Team;Remark;Start date\r\n" +
		"a1@acme.example;Ann;Engineering;=1+1;31.12.2026\r\n" +
		"a2@acme.example;\"Bob; Jr\";engineering;;\r\n" +
		"not mail;Cyd;Engineering;;\r\n" +
		"a4@acme.example;Dan;No such team;;soon\r\n" +
		"a1@acme.example;Ann;Engineering;again;2026-12-31\r\n" +
		"a5@acme.example;Eve;Sales;;\r\n"
	path := location(t, sendFile(t, app, app.Browser, workflowPath+"/csv", `C:\files\new hires.csv`, []byte(raw)))
	page := app.Get(path).Status(http.StatusOK).Has("h1", "new hires.csv").Has(".sample", "Bob; Jr").Has(".map-unused", "Remark")
	if got := page.Attr(`select[name="map_team"] option[selected]`, "value"); got != "3" {
		t.Errorf("the team is guessed to be column %s", got)
	}
	location(t, mapped(t, app, app.Browser, path, "check"))
	b := checkedBatch(t, app, path)
	if b.State != batch.Checked || b.Rows != 6 || b.Bad != 2 || b.Doubles != 1 {
		t.Fatalf("checked: %+v", b)
	}
	page = app.Get(path).Status(http.StatusOK)
	page.Has("tr", "not mail", "is not an e-mail address").Has("tr", "Dan", "has no group with the name or id “No such team”", "is not a date").Has("tr", "It says the same as row 1")
	page.Has("button", "Run 3 rows")
	if n := len(app.Get(path + "?rows=bad").All("#rows tbody tr")); n != 2 {
		t.Errorf("%d rows with a problem, want 2", n)
	}
	if n := len(app.Get(path + "?q=cyd").All("#rows tbody tr")); n != 1 {
		t.Errorf("%d rows found, want 1", n)
	}
	problems := table(t, app.Get(path+"/rows.csv?rows=bad"), `"new hires-problems.csv"`)
	if len(problems) != 3 || problems[1][5] != "4" || !strings.Contains(problems[1][6], "E-mail: ") || problems[2][0] != "a4@acme.example" {
		t.Errorf("rows with a problem: %q", problems)
	}
	refused := app.Post(path+"/start", "revision", page.Value(`form [name=revision]`), "at_once", "500", "stop_after", "few").Status(http.StatusUnprocessableEntity)
	refused.Has(".error", "from 1 to 50").Has(".error", "is not a number")
	if refused.Value("#f-at_once") != "500" {
		t.Error("what was typed is lost")
	}
	app.Post(path+"/start", "revision", "1", "at_once", "2").Status(http.StatusUnprocessableEntity).Has(".alert", "has gone on")
	app.Org.SetFault(nil)
	start := []string{"revision", page.Value(`form [name=revision]`), "at_once", "2", "stop_after", ""}
	location(t, app.Post(path+"/start", start...))
	location(t, app.Post(path+"/start", start...)) // a double click
	b, run := endedBatch(t, app, path)
	if run.State != workflow.RunSucceeded || b.Chosen != 3 {
		t.Fatalf("%s: %s, %d rows", run.State, run.Error, b.Chosen)
	}
	page = app.Get(path).Has(".badge", "Done").Has("tr", "a1@acme.example", "Succeeded").Has("tr", "not mail", "Left out").Has(".progress-row", "3 of 3 done")
	row := page.Attr("#rows tbody tr a", "href")
	app.Get(row).Status(http.StatusOK).Has("h1", "Hire: row 1, a1@acme.example").Has(`nav a[href="`+path+`"]`, "CSV")
	app.Get("/runs").Has(`a.row-title[href="`+path+`"]`, "Hire")
	app.Get("/runs/"+run.ID).Has(`a[href="`+path+`"]`, "See its rows")
	results := table(t, app.Get(path+"/rows.csv"), `"new hires-results.csv"`)
	head := strings.Join(results[0], "|")
	if !strings.HasPrefix(head, "Mail|Vorname|Team|Remark|Start date|Caracal state|Caracal error|Caracal run|Make the account: ") || !strings.HasSuffix(head, "|Tell") {
		t.Errorf("columns: %s", head)
	}
	if len(results) != 7 || results[1][3] != "'=1+1" || results[1][5] != "succeeded" || !strings.HasPrefix(results[1][7], "run_") || !strings.HasPrefix(results[1][8], "00u") ||
		results[3][5] != "left out" || !strings.Contains(results[3][6], "not an e-mail address") || results[1][len(results[1])-1] != "Ann is ready." {
		t.Errorf("results: %q", results)
	}
	app.Post(path+"/again").Follow().Has("body", "nothing to run again")

	// All of it is taken back at once, the newest row first.
	app.Get("/runs/"+run.ID).Has(`a[href$="/undo"]`, "Undo…")
	undo := page.Has(`a[href$="/undo"]`, "Undo this batch…").Attr(`a[href$="/undo"]`, "href")
	plan := app.Get(undo).Status(http.StatusOK).Has(".undo-counts", "6 can be taken back")
	var chosen []string
	for _, id := range plan.Values(`input[name="do"]`) {
		chosen = append(chosen, "do", id)
	}
	ask := app.Post(undo+"/ask", chosen...).Status(http.StatusOK)
	undone := location(t, app.Post(undo, append(chosen, "once", ask.Value(`input[name="once"]`), "hash", ask.Value(`input[name="hash"]`), "confirm", run.Name)...))
	app.Eventually("the undo to end", func() bool { return runOf(t, app, undone).State.Ended() })
	if got := runOf(t, app, undone); got.State != workflow.RunSucceeded {
		t.Errorf("the undo %s: %s", got.State, got.Error)
	}
	for _, login := range []string{"a1@acme.example", "a2@acme.example", "a5@acme.example"} {
		if _, there := app.Org.FindUser(login); there {
			t.Errorf("%s is still there", login)
		}
	}
}

// table reads a file that was downloaded.
func table(t *testing.T, page *testenv.Page, name string) [][]string {
	t.Helper()
	page.Status(http.StatusOK)
	if got := page.Response.Header.Get("Content-Disposition"); got != "attachment; filename="+name {
		t.Errorf("the file is called %q", got)
	}
	list, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(page.Text, "\xef\xbb\xbf"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestFailedRowsOnceMore runs rows again that failed, and says which of them would do something twice.
func TestFailedRowsOnceMore(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Company)
	connected := app.Connect(org.CustomApp)
	d := sheet(connected.ID)
	d.Steps = append(d.Steps, workflow.Step{ID: "stop", Title: "Only on Mondays", Action: workflow.FlowStopUnless,
		Fields: map[string]string{"condition": `{{ inputs.first != "Bob" }}`, "message": "No Bobs."}})
	d.Steps = slices.Insert(d.Steps, 0, workflow.Step{ID: "early", Title: "Not for all", Action: workflow.FlowStopUnless,
		Fields: map[string]string{"condition": `{{ inputs.first != "Cyd" }}`, "message": "No Cyds."}})
	workflowPath := publish(t, app, d)
	path := location(t, sendFile(t, app, app.Browser, workflowPath+"/csv", "", nil,
		"csv", "email\tfirst\tteam\nb1@acme.example\tAnn\tEngineering\nb2@acme.example\tBob\tEngineering\nb3@acme.example\tCyd\tEngineering\n"))
	app.Get(path).Has("h1", "pasted rows")
	location(t, mapped(t, app, app.Browser, path, "check"))
	checkedBatch(t, app, path)
	page := app.Get(path)
	location(t, app.Post(path+"/start", "revision", page.Value(`form [name=revision]`), "at_once", "1", "stop_after", ""))
	_, run := endedBatch(t, app, path)
	if run.State != workflow.RunFailed || run.Error != "Of 3 rows 1 succeeded, 2 failed." {
		t.Fatalf("%s: %s", run.State, run.Error)
	}
	app.Get(path).Has(".badge", "Done, with failures").Has("button", "Run 2 rows again").Has("tr", "No Bobs.")
	if n := len(app.Get(path + "?state=failed").All("#rows tbody tr")); n != 2 {
		t.Errorf("%d failed rows, want 2", n)
	}
	again := location(t, app.Post(path+"/again"))
	b := checkedBatch(t, app, again)
	if b.Rows != 2 || b.Unsafe != 1 || b.AgainOf == "" {
		t.Fatalf("once more: %+v", b)
	}
	page = app.Get(again).Has("tr", "Bob", "“Make the account” was carried out in the earlier run, and would be again.").Has("a", "the batch before").Has("button", "Run 1 row")
	location(t, app.Post(again+"/start", "revision", page.Value(`form [name=revision]`), "at_once", "1", "stop_after", ""))
	b, run = endedBatch(t, app, again)
	if b.Chosen != 1 || run.Error != "Of 1 row 0 succeeded, 1 failed." {
		t.Errorf("%d rows ran, %s", b.Chosen, run.Error)
	}
	app.Get(again).Has("tr", "b2@acme.example", "Left out", "would be again")
}

// TestUploadRefused keeps what was typed, and says what is wrong with a file.
func TestUploadRefused(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	connected := app.Connect(org.CustomApp)
	path := publish(t, app, sheet(connected.ID)) + "/csv"
	for _, tt := range []struct {
		name   string
		raw    string
		fields []string
		want   string
	}{
		{"nothing", "", nil, "Choose a file, or paste rows."},
		{"open quote", "a,b\n\"1,2\n", nil, "never closed"},
		{"header alone", "a,b\n", nil, "no row below"},
		{"not UTF-8", "a\n\xff\xfe\n", []string{"encoding", "utf-8"}, "not UTF-8"},
		{"too many rows", "a\n" + strings.Repeat("x\n", batch.MaxRows+1), nil, "50,000 rows"},
		{"odd choice", "a\nb\n", []string{"delimiter", "x"}, "not one of the choices"},
	} {
		page := sendFile(t, app, app.Browser, path, "x.csv", []byte(tt.raw), tt.fields...).Status(http.StatusUnprocessableEntity)
		page.Has(".error", tt.want)
	}
	typed := sendFile(t, app, app.Browser, path, "", nil, "csv", "a,b\n\"1,2", "delimiter", ",").Status(http.StatusUnprocessableEntity)
	if got := typed.All("#f-csv"); len(got) != 1 || !strings.Contains(got[0], `"1,2`) {
		t.Errorf("what was pasted is lost: %q", got)
	}
	large := sendFile(t, app, app.Browser, path, "x.csv", bytes.Repeat([]byte("x"), batch.MaxBytes+1))
	large.Status(http.StatusUnprocessableEntity).Has(".error", "more than 20 MB")
	if got := sendFile(t, app, app.Browser, path, "x.csv", bytes.Repeat([]byte("x"), batch.MaxBytes+2*batch.MaxPasted)).Response.StatusCode; got != http.StatusRequestEntityTooLarge {
		t.Errorf("a body beyond all bounds: %d", got)
	}
	lists, _, err := app.App.DB.Batches(t.Context(), db.BatchFilter{})
	if err != nil || len(lists) != 0 {
		t.Errorf("a refused file was kept: %v, %v", lists, err)
	}
}

// TestColumnsAreMapped takes fixed values and another way to read the file, and refuses what does not fit.
func TestColumnsAreMapped(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Company)
	connected := app.Connect(org.CustomApp)
	workflowPath := publish(t, app, sheet(connected.ID))
	path := location(t, sendFile(t, app, app.Browser, workflowPath+"/csv", "x.csv", []byte("who,what|more\nc1@acme.example,Ann|x\n")))
	bad := mapped(t, app, app.Browser, path, "check").Status(http.StatusUnprocessableEntity)
	bad.Has(".error", "E-mail has to be filled").Has(".error", "Team has to be filled")
	bad = mapped(t, app, app.Browser, path, "check", "map_email", "1", "map_first", "2", "map_team", "=", "input_team", "No such team", "map_start", "=", "input_start", "soon").Status(http.StatusUnprocessableEntity)
	bad.Has(".error", "not a date")
	if bad.Value("#f-input_start") != "soon" {
		t.Error("what was typed is lost")
	}
	bad = mapped(t, app, app.Browser, path, "check", "map_email", "1", "map_first", "2", "map_team", "=", "input_team", "No such team").Status(http.StatusUnprocessableEntity)
	bad.Has(".error", "nothing called")
	mapped(t, app, app.Browser, path, "check", "map_email", "9").Status(http.StatusUnprocessableEntity).Has(".error", "not one of the choices")
	mapped(t, app, app.Browser, path, "check", "revision", "99").Status(http.StatusConflict)
	again := mapped(t, app, app.Browser, path, "read", "delimiter", "|").Follow().Status(http.StatusOK)
	if got := again.All(".sample th"); !slices.Equal(got, []string{"who,what", "more"}) {
		t.Errorf("read with bars: %q", got)
	}
	mapped(t, app, app.Browser, path, "read", "delimiter", ",").Follow().Has(".sample th", "what|more")
	location(t, mapped(t, app, app.Browser, path, "check", "delimiter", ",", "map_email", "1", "map_first", "=", "input_first", "Zed", "map_team", "=", "input_team", "Engineering"))
	b := checkedBatch(t, app, path)
	if b.State != batch.Checked || b.Bad != 0 || b.Mapping["first"].Fixed != "Zed" || !strings.HasPrefix(b.Mapping["team"].Fixed, "00g") {
		t.Fatalf("checked: %+v", b)
	}
	location(t, app.Post(path+"/discard"))
	app.Get(path).Status(http.StatusOK).Has("h2", "thrown away")
	app.Post(path + "/mapping").Status(http.StatusSeeOther)
}

// TestWhoMayUpload holds the page, the batch and its course against who asks.
func TestWhoMayUpload(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	connected := app.Connect(org.CustomApp)
	d := sheet(connected.ID, auth.Operator, auth.Employee)
	d.Inputs, d.Steps = d.Inputs[1:2], []workflow.Step{{ID: "note", Title: "Tell", Action: workflow.FlowNote, Fields: map[string]string{"text": "Hello {{ inputs.first }}"}},
		{ID: "wait", Title: "Wait", Action: workflow.FlowWait, Fields: map[string]string{"amount": "2", "unit": "days"}}}
	workflowPath := publish(t, app, d)
	id := strings.TrimPrefix(workflowPath, "/workflows/")
	emil, olga, builder := app.As(auth.Employee), app.As(auth.Operator), app.As(auth.Builder)
	for who, b := range map[string]*testenv.Browser{"employee": emil, "operator": olga} {
		if got := b.Get(workflowPath + "/csv").Response.StatusCode; got != http.StatusForbidden {
			t.Errorf("%s opens the page before it is opened: %d", who, got)
		}
		b.Get(workflowPath + "/run").Status(http.StatusOK).HasNot(`a[href="` + workflowPath + `/csv"]`)
	}
	builder.Get(workflowPath + "/csv").Status(http.StatusOK)
	builder.Get(workflowPath+"/triggers").Has("tr", "Rows of a CSV", "Builders and admins")
	builder.Get(workflowPath+"/triggers/form").Has("pre", workflowPath+"/run")
	saved := builder.Submit(workflowPath+"/triggers/csv", workflowPath+"/triggers/csv", "runners", "true", "rows_at_once", "4", "in_blackout", "wait", "guard_zone", "UTC")
	location(t, saved)
	builder.Submit(workflowPath+"/triggers/csv", workflowPath+"/triggers/csv", "rows_at_once", "51", "in_blackout", "wait").Status(http.StatusUnprocessableEntity).Has(".error", "from 1 to 50")
	stored, err := app.App.DB.BuiltIn(t.Context(), id, trigger.CSV)
	if err != nil || !stored.Rows.Runners || stored.Rows.AtOnce != 4 {
		t.Fatalf("stored: %+v, %v", stored, err)
	}
	path := location(t, sendFile(t, app, emil, workflowPath+"/csv", "x.csv", []byte("First name\nAnn\nBob\nCyd\n")))
	location(t, mapped(t, app, emil, path, "check"))
	b := checkedBatch(t, app, path)
	other := app.As(auth.Employee, auth.Employee)
	for _, ask := range []struct {
		who    string
		b      *testenv.Browser
		path   string
		post   bool
		status int
	}{
		{"owner", emil, path, false, 200}, {"owner", emil, path + "/rows.csv", false, 200}, {"another employee", other, path, false, 404},
		{"another employee", other, path + "/rows.csv", false, 404}, {"another employee", other, path + "/live", false, 404}, {"another employee", other, path + "/start", true, 404},
		{"another employee", other, path + "/discard", true, 404}, {"operator", olga, path, false, 200}, {"operator", olga, path + "/start", true, 403},
		{"auditor", app.As(auth.Auditor), path, false, 200}, {"auditor", app.As(auth.Auditor), path + "/start", true, 403}, {"stranger", app.Anonymous(), path, false, 303},
	} {
		page := ask.b.Get
		if ask.post {
			page = func(path string) *testenv.Page { return ask.b.Post(path) }
		}
		if got := page(ask.path).Response.StatusCode; got != ask.status {
			t.Errorf("%s asks for %s: %d, want %d", ask.who, ask.path, got, ask.status)
		}
	}
	emil.Post(path+"/start", "revision", fmt.Sprint(b.Revision), "at_once", "5").Status(http.StatusUnprocessableEntity).Has(".error", "from 1 to 4")
	location(t, emil.Post(path+"/start", "revision", fmt.Sprint(b.Revision), "at_once", "4"))
	app.Eventually("the rows to wait", func() bool { return len(emil.Get(path+"?state=waiting").All("#rows tbody tr")) == 3 })
	page := emil.Get(path)
	row := page.Attr("#rows tbody tr a", "href")
	if !strings.HasPrefix(row, "/results/") {
		t.Fatalf("a row leads an employee to %q", row)
	}
	emil.Get(row).Status(http.StatusOK).Has("h1", "Hire: row 1, Ann").Has(".told", "Hello Ann").Has(`a[href="`+path+`"]`, "CSV")
	own := emil.Get("/results").Attr(".row-title", "href")
	if got := location(t, emil.Get(own)); got != path {
		t.Errorf("the run of the batch leads to %q", got)
	}
	location(t, olga.Post(path+"/pause"))
	emil.Get(path).Has(".badge", "Paused").Has(".alert", "paused it.")
	location(t, emil.Post(path+"/resume"))
	emil.Get(path+"/cancel").Has("h1", "Cancel the rest?")
	location(t, emil.Post(path+"/cancel"))
	app.Eventually("the page to be up to date", func() bool {
		return emil.Get(emil.Get(path).Attr("#batch", "hx-get")).Response.StatusCode == http.StatusNoContent
	})
	app.As(auth.Auditor).Post(path + "/pause").Status(http.StatusForbidden)
}

// TestCheckWaitsAndFails says why the rows are not checked yet, or can't be.
func TestCheckWaitsAndFails(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Company)
	connected := app.Connect(org.CustomApp)
	workflowPath := publish(t, app, sheet(connected.ID))
	raw := []byte("email,first,team\nd1@acme.example,Ann,Engineering\n")
	path := location(t, sendFile(t, app, app.Browser, workflowPath+"/csv", "x.csv", raw))
	location(t, app.Post("/applications/"+connected.ID+"/pause"))
	location(t, mapped(t, app, app.Browser, path, "check"))
	app.Eventually("the check to wait", func() bool { return strings.Contains(app.Get(path).Text, "is paused; resume it") })
	live := app.Get(path).Attr("#checking", "hx-get")
	app.Get(live).Status(http.StatusNoContent)
	location(t, app.Post("/applications/"+connected.ID+"/resume"))
	if b := checkedBatch(t, app, path); b.State != batch.Checked || b.Bad != 0 {
		t.Fatalf("after going on: %+v", b)
	}
	if to := location(t, app.Get(live)); to != path {
		t.Errorf("the check that has ended leads to %q", to)
	}
	location(t, app.Post("/applications/"+connected.ID+"/disconnect", "confirm", connected.Name))
	gone := location(t, sendFile(t, app, app.Browser, workflowPath+"/csv", "x.csv", raw))
	location(t, mapped(t, app, app.Browser, gone, "check"))
	if b := checkedBatch(t, app, gone); b.State != batch.Mapping || !strings.Contains(b.Problem, "is disconnected") {
		t.Fatalf("disconnected: %+v", b)
	}
	app.Get(gone).Has(".alert", "could not be checked", "is disconnected")
}
