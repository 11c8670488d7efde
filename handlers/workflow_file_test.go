package handlers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/internal/testenv"
	"caracal/org"
)

// upload sends a file as a browser does.
func upload(t *testing.T, app *testenv.App, content, text string) *testenv.Page {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "w.yaml")
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	if err == nil {
		err = form.WriteField("text", text)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, app.URL+"/workflows/import", &body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return app.Do(r)
}

func TestExportAndImport(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Company)
	connected := app.Connect(org.CustomApp)
	e := begin(t, app.Browser, "new_user", "Ünïque & new", connected.ID)
	e.publish()
	page := app.Get(e.workflow() + "/export").Status(http.StatusOK)
	if got := page.Response.Header.Get("Content-Disposition"); got != `attachment; filename=unique-new-v1.yaml` {
		t.Errorf("the file is called %s", got)
	}
	file := page.Text
	if !strings.HasPrefix(file, "# yaml-language-server: $schema="+app.URL+"/schema/workflow.json\nversion: 1\nname: Ünïque & new\n") || !strings.Contains(file, "application: "+connected.Name+"\n") {
		t.Errorf("exported\n%s", file)
	}
	for name, import1 := range map[string]func() *testenv.Page{
		"pasted":  func() *testenv.Page { return app.Post("/workflows/import", "text", file) },
		"as file": func() *testenv.Page { return upload(t, app, file, "") },
		"no file": func() *testenv.Page { return upload(t, app, "", file) },
		"windows'": func() *testenv.Page {
			return app.Post("/workflows/import", "text", strings.ReplaceAll(file, "\n", "\r\n"))
		},
	} {
		made := import1().Status(http.StatusSeeOther).Response.Header.Get("Location")
		imported, err := app.App.DB.Workflow(context.Background(), strings.TrimSuffix(strings.TrimPrefix(made, "/workflows/"), "/edit"))
		if err != nil || !imported.Draft.Equal(draftOf(t, app, e)) {
			t.Errorf("%s: imported %v %+v", name, err, imported.Draft)
		}
	}
	elsewhere := strings.Replace(file, "application: "+connected.Name, "application: Elsewhere", 1)
	app.Post("/workflows/import", "text", elsewhere).Status(http.StatusSeeOther).Follow().Has("body", "No application is called").Has("#p-application_id", "Choose the application")

	bad := app.Post("/workflows/import", "text", file+"colour: <red>\n").Status(http.StatusUnprocessableEntity)
	bad.Has("#f-text-error", "Line", `"colour" is not a key`).Has("#f-text", "colour: <red>")
	if strings.Contains(bad.Text, "<red>") {
		t.Error("what was pasted is markup")
	}
	app.Post("/workflows/import", "text", "").Status(http.StatusUnprocessableEntity).Has("#f-text-error", "Choose a file, or paste")
	app.Post("/workflows/import", "text", strings.Repeat("x", 210<<10)).Status(http.StatusUnprocessableEntity).Has("#f-text-error", "larger than 200 kB")
	app.As(auth.Operator).Post("/workflows/import", "text", file).Status(http.StatusForbidden)
	if got := app.As(auth.Operator).Get(e.workflow() + "/export").Status(http.StatusOK).Text; got != file {
		t.Error("an operator gets another file")
	}
	app.As(auth.Operator).Get(e.workflow() + "/versions/1/export").Status(http.StatusNotFound)

	e.read(app.Get(e.path))
	e.fields.Set("purpose", "Another\npurpose")
	e.pause()
	if got := app.As(auth.Operator).Get(e.workflow() + "/export?draft=1").Text; strings.Contains(got, "Another") {
		t.Error("an operator sees the draft")
	}
	if got := app.Get(e.workflow() + "/export?draft=1"); !strings.Contains(got.Text, "purpose: |-\n  Another\n  purpose\n") {
		t.Errorf("the draft is\n%s", got.Text)
	}
	if got := app.Get(e.workflow() + "/versions/1/export").Status(http.StatusOK).Text; got != file {
		t.Errorf("version 1 is\n%s", got)
	}
	app.Get(e.workflow()+"/versions/1?against=0").Has(".yaml-diff del", "purpose: Gives").Has(".yaml-diff ins", "Another")
	app.Get(e.workflow() + "/versions/9/export").Status(http.StatusNotFound)
}

// TestImportNamesWhatItHolds: a file holds ids, and who looks at its draft, publishes it or follows its runs reads names.
func TestImportNamesWhatItHolds(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Company)
	connected := app.Connect(org.CustomApp)
	group := orgCall(t, app, http.MethodPost, "/api/v1/groups", `{"profile":{"name":"Walkers"}}`)["id"].(string)
	file := "version: 1\nname: Join\napplication: " + connected.Name + "\ninputs:\n  - name: who\n    label: Who\n    kind: user\n    required: true\nsteps:\n  - id: add\n    title: Add\n    action: group.add_member\n" +
		"    fields:\n      user: '{{ inputs.who }}'\n      group: " + group + "\n"
	made := app.Post("/workflows/import", "text", file).Status(http.StatusSeeOther).Response.Header.Get("Location")
	app.Get(strings.TrimSuffix(made, "/edit")+"/publish").Has("main", "Walkers")
}

func TestSchemaIsPublic(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	page := app.Anonymous().Get("/schema/workflow.json").Status(http.StatusOK)
	if !json.Valid([]byte(page.Text)) || page.Response.Header.Get("Content-Type") != "application/schema+json" {
		t.Errorf("got %s %.100s", page.Response.Header.Get("Content-Type"), page.Text)
	}
}
