package handlers_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/internal/testenv"
	"caracal/org"
	"caracal/workflow"
)

// describe posts a description as the form does.
func describe(t *testing.T, app *testenv.App, content []byte) *testenv.Page {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "description.yaml")
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, app.URL+"/operations/catalog", &body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return app.Do(r)
}

// TestCatalogIsTakenWithoutARestart takes an older description of Okta's, sees which workflow it breaks, uses it,
// and goes back.
func TestCatalogIsTakenWithoutARestart(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/okta/okta-sdk-golang/v5").Output()
	if err != nil {
		t.Fatal(err)
	}
	older, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), ".generator", "okta-management-APIs-oasv3-enum-inheritance.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	app := testenv.New(t, testenv.Stopped)
	id := app.Connect(org.CustomApp).ID
	w, err := app.App.DB.CreateWorkflow(t.Context(), workflow.Definition{Name: "Read realms", ApplicationID: id,
		Steps: []workflow.Step{{ID: "realms", Title: "Realms", Action: "operation.list_realm_assignments"}}}, auth.User{ID: "u_test"})
	if err != nil {
		t.Fatal(err)
	}
	app.Get("/operations/catalog").Status(http.StatusOK).Has("main", "Built in", "in use")
	app.Get("/operations").Has("main", "Take a newer description")

	for content, says := range map[string]string{
		"":                                "Choose the file",
		"<html><body>hello</body></html>": "no description of Okta",
		"openapi: 3.0.3\n":                "no description of Okta",
	} {
		describe(t, app, []byte(content)).Status(http.StatusUnprocessableEntity).Has("#f-file-error", says)
	}
	app.Post("/operations/catalog").Status(http.StatusUnprocessableEntity).Has("#f-file-error", "Choose the file")

	looked := describe(t, app, older).Status(http.StatusSeeOther).Response.Header.Get("Location")
	app.Get(looked).Status(http.StatusOK).Has("#changes", "1 of those removed or changed is used by your workflows", "removed").
		Has("main", "Read realms").Has(`a[href="/workflows/`+w.ID+`"]`, "Read realms")
	app.Get("/operations/listRealmAssignments").Status(http.StatusOK) // nothing is in use yet
	app.As(auth.Builder).Get(looked).Status(http.StatusForbidden)

	app.Post(looked + "/use").Status(http.StatusSeeOther)
	app.Get("/operations/listRealmAssignments").Status(http.StatusNotFound)
	app.Get("/operations/catalog").Status(http.StatusOK).Has("main", "541", "in use")
	if _, ok := app.App.Registry.Get("operation.list_realm_assignments"); ok {
		t.Error("the removed operation is still a step")
	}
	app.Get("/workflows/"+w.ID+"/edit").Status(http.StatusOK).Has("main", "is not known")
	app.Get("/operations/catalog/versions/built-in").Status(http.StatusOK).Has("#changes", "new operations")
	app.Post("/operations/catalog/versions/built-in/use").Status(http.StatusSeeOther)
	app.Get("/operations/listRealmAssignments").Status(http.StatusOK)
	if !audited(t, app, "catalog.used") {
		t.Error("it is not in the audit record")
	}
	app.Pass(time.Minute)
	again := describe(t, app, older).Status(http.StatusSeeOther).Response.Header.Get("Location")
	app.Post(again + "/forget").Status(http.StatusSeeOther)
	app.Get(again).Status(http.StatusNotFound)
	app.Get("/operations/catalog/versions/..%2f..%2fetc").Status(http.StatusNotFound)
}
