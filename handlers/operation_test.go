package handlers_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/catalog"
	"caracal/db"
	"caracal/internal/testenv"
	"caracal/oktasim"
	"caracal/org"
)

func TestOperationsAreFound(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	app.Get("/operations").Status(http.StatusOK).Has("#operations", "System Log", "User Factor")
	app.Get("/operations?q=deactivate+usr").Status(http.StatusOK).Has("#operations", "Deactivate a User", "okta.users.manage")
	app.Get("/operations?tag=Group").Status(http.StatusOK).Has("#operations", "List all Groups")
	app.Get("/operations?q=xyzzyplugh").Status(http.StatusOK).Has("#operations", "Nothing fits")
	app.Get("/operations/none").Status(http.StatusNotFound)
}

func TestEveryOperationHasAPage(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range c.Operations() {
		app.Get("/operations/"+op.ID).Status(http.StatusOK).Has("h1", op.Summary)
		for _, v := range c.Form(op, catalog.Choose{}).Variants {
			app.Get("/operations/"+op.ID+"?variant="+v.Name).Status(http.StatusOK).Has("#operation-form", v.Name)
		}
	}
}

func TestOperationReadsPagesUpToALimit(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped, testenv.Company)
	id := app.Connect(org.CustomApp).ID
	app.Post("/operations/listUsers/read", "application", id, "query.limit", "5", "max", "12").Status(http.StatusOK).
		Has("#answer", "12 entries, and there are more").Has("#operation-request", "/api/v1/users?limit=5", "$OKTA_TOKEN")
	app.Post("/operations/listUsers/read", "application", id, "max", "0").Status(http.StatusUnprocessableEntity).Has("main", "from 1 to").Has(`a[href="#f-max"]`, "Entries to read")

	file := app.Post("/operations/listUsers/read", "application", id, "query.limit", "5", "max", "12", "as", "csv").Status(http.StatusOK)
	if got := file.Response.Header.Get("Content-Disposition"); !strings.HasPrefix(got, `attachment; filename="listUsers-`) {
		t.Errorf("Content-Disposition is %q", got)
	}
	if rows, err := csv.NewReader(strings.NewReader(file.Text)).ReadAll(); err != nil || len(rows) != 13 {
		t.Errorf("the CSV has %d rows: %v", len(rows), err)
	}
	file = app.Post("/operations/listUsers/read", "application", id, "query.limit", "5", "max", "7", "as", "json").Status(http.StatusOK)
	var users []map[string]any
	if err := json.Unmarshal([]byte(file.Text), &users); err != nil || len(users) != 7 {
		t.Errorf("the JSON has %d entries: %v", len(users), err)
	}
	app.Post("/operations/getUser/read", "application", id, "path.userId", "00u0000000000000000x").Status(http.StatusOK).
		Has("#answer", "404", "Okta found nothing there")
	app.Post("/operations/getUser/read", "application", id, "path.userId", "..").Status(http.StatusUnprocessableEntity).Has("main", "dots alone")
	app.Post("/operations/getUser/read", "path.userId", "x").Status(http.StatusOK) // the only application is taken
	app.Post("/operations/createGroup/read", "application", id, "body.profile.name", "x").Status(http.StatusUnprocessableEntity).Has("main", "look at the change first")
	if !audited(t, app, "operation.read") {
		t.Error("reading is not in the audit record")
	}
}

func audited(t *testing.T, app *testenv.App, action string) bool {
	t.Helper()
	entries, _, err := app.App.DB.AuditList(context.Background(), db.AuditFilter{Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Action == action {
			return true
		}
	}
	return false
}

func TestOperationChangesOnlyAfterAYes(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	id := app.Connect(org.CustomApp).ID
	ask := app.Post("/operations/createGroup/ask", "application", id, "body.profile.name", "Made by hand", "blank:body.profile.description", "empty").Status(http.StatusOK).
		Has("main", "Nothing has been sent yet", `"name": "Made by hand"`, `"description": ""`)
	groups := func() string {
		return app.Post("/operations/listGroups/read", "application", id, "query.q", "Made by hand", "as", "json").Text
	}
	if strings.Contains(groups(), "Made by hand") || audited(t, app, "operation.sent") {
		t.Fatal("the change was made before it was confirmed")
	}
	sealed := ask.Value(`input[name="sealed"]`)
	if strings.Contains(sealed, "Made by hand") {
		t.Error("the change is not sealed")
	}
	app.As(auth.Admin, auth.Auditor).Post("/operations/createGroup/send", "sealed", sealed).Status(http.StatusConflict) // another person
	app.Post("/operations/deleteGroup/send", "sealed", sealed).Status(http.StatusUnprocessableEntity)
	again := app.Post("/operations/createGroup/ask", "application", id, "body.profile.name", "Made by hand").Value(`input[name="sealed"]`)
	app.Post("/operations/createGroup/send", "sealed", again).Status(http.StatusOK).Has("#answer", "200", "Made by hand")
	if !strings.Contains(groups(), "Made by hand") || !audited(t, app, "operation.sent") || !audited(t, app, "operation.answered") {
		t.Error("the change is not made, or not in the audit record")
	}
	app.Post("/operations/createGroup/send", "sealed", again).Status(http.StatusConflict).Has("main", "not sent twice")
	app.Post("/operations/createGroup/send", "sealed", "nonsense").Status(http.StatusConflict)
}

func TestOperationHidesSecrets(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	id := app.Connect(org.CustomApp).ID
	fields := []string{"application", id, "body.profile.login", "n@caracal.example", "body.profile.email", "n@caracal.example",
		"body.profile.firstName", "N", "body.profile.lastName", "N", "body.credentials.password.value", "Hush-hush-2026"}
	ask := app.Post("/operations/createUser/ask", fields...).Status(http.StatusOK).Has("main", "[hidden]")
	sent := app.Post("/operations/createUser/send", "sealed", ask.Value(`input[name="sealed"]`)).Status(http.StatusOK).Has("#answer", "200")
	raw := app.Post("/operations/createUser/ask", "application", id, "body", "raw", "raw", `{"profile":{},"credentials":{"password":{"value":"Hush-hush-2026"}}}`).Status(http.StatusOK)
	for _, text := range []string{ask.Text, sent.Text, raw.Text, app.Logs.String(), app.Post("/operations/createUser/request", fields...).Text} {
		if strings.Contains(text, "Hush-hush") {
			t.Error("the password shows")
		}
	}
}

func TestOperationLoadsWhatIsThere(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	id := app.Connect(org.CustomApp).ID
	var users []struct {
		ID      string
		Profile struct{ Login, FirstName string }
	}
	if err := json.Unmarshal([]byte(app.Post("/operations/listUsers/read", "application", id, "max", "1", "as", "json").Text), &users); err != nil || len(users) == 0 {
		t.Fatal(err)
	}
	app.Get("/operations/replaceUser").Has("#operation-form", "What is not sent is erased", "Load current values first")
	page := app.Post("/operations/replaceUser/current", "application", id, "path.userId", users[0].ID).Status(http.StatusOK)
	if got := page.Value(`[name="body.profile.login"]`); got != users[0].Profile.Login {
		t.Errorf("the login is %q, want %q", got, users[0].Profile.Login)
	}
	asJSON := app.Post("/operations/replaceUser/form", "application", id, "path.userId", users[0].ID, "body.profile.login", "x", "switch", "raw").Status(http.StatusOK)
	asJSON.Has("textarea[name=raw]", `"login": "x"`)
	back := app.Post("/operations/replaceUser/form", "application", id, "body", "raw", "raw", `{"profile":{"login":"y"}}`, "switch", "fields").Status(http.StatusOK)
	if got := back.Value(`[name="body.profile.login"]`); got != "y" {
		t.Errorf("the login is %q", got)
	}
}

// TestOperationSendsAFile: a picture as large as Okta takes one is shown as what is sent, and arrives whole.
func TestOperationSendsAFile(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	id := app.Connect(org.CustomApp).ID
	picture := append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{0xfb}, catalog.MaxFile-8)...)
	ask := func(content []byte) *testenv.Page {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		for key, value := range map[string]string{"application": id, "path.brandId": "bnd1", "path.themeId": "thm1"} {
			if err := form.WriteField(key, value); err != nil {
				t.Fatal(err)
			}
		}
		part, err := form.CreateFormFile("file", "background.png")
		if err == nil {
			_, err = part.Write(content)
		}
		if err = errors.Join(err, form.Close()); err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, app.URL+"/operations/uploadBrandThemeBackgroundImage/ask", &body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", form.FormDataContentType())
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		return app.Do(r)
	}
	ask(append(picture, 0)).Status(http.StatusUnprocessableEntity).Has("main", "more than 2 MB")
	sealed := ask(picture).Status(http.StatusOK).Has("main", "(the file)").Value(`input[name="sealed"]`)
	var arrived []byte
	app.Org.SetFault(func(r *http.Request) *oktasim.Fault {
		if !strings.HasSuffix(r.URL.Path, "/background-image") {
			return nil
		}
		if file, _, err := r.FormFile("file"); err == nil {
			arrived, _ = io.ReadAll(file)
		}
		return oktasim.StatusFault(http.StatusCreated, `{"url": "https://cdn.example.com/background.png"}`)
	})
	app.Post("/operations/uploadBrandThemeBackgroundImage/send", "sealed", sealed).Status(http.StatusOK).Has("#answer", "201")
	if !bytes.Equal(arrived, picture) {
		t.Errorf("%d bytes arrived of %d", len(arrived), len(picture))
	}
}
