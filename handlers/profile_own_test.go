package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"caracal/internal/testenv"
	"caracal/oktasim"
)

// withSchemas connects an application that may read and change schemas and user types.
func withSchemas(t *testing.T, app *testenv.App) {
	t.Helper()
	ready := app.Ready.Demo.Custom
	for _, scope := range []string{"okta.schemas.read", "okta.schemas.manage", "okta.userTypes.read", "okta.userTypes.manage"} {
		if err := app.Org.GrantScope(ready.ClientID, scope); err != nil {
			t.Fatal(err)
		}
		ready.Scopes += ", " + scope
	}
	app.Post("/applications/connect/okta?method=custom", "method", "custom", "domain", ready.Domain, "client_id", ready.ClientID,
		"secret", ready.Secret.Reveal(), "scopes", ready.Scopes).Status(http.StatusSeeOther)
}

// addAttribute makes an attribute in a schema, as a person does on the operation's page.
func addAttribute(t *testing.T, app *testenv.App, operation, place, id, property string) {
	t.Helper()
	ask := app.Post("/operations/"+operation+"/ask", place, id, "body", "raw", "raw", `{"definitions":{"custom":{"id":"#custom","type":"object","properties":{`+property+`}}}}`).Status(http.StatusOK)
	app.Post("/operations/"+operation+"/send", "sealed", ask.Value(`input[name="sealed"]`)).Status(http.StatusOK)
}

// fieldsOf returns what the one step of a workflow holds.
func fieldsOf(t *testing.T, app *testenv.App, path string) map[string]string {
	t.Helper()
	id, _, _ := strings.Cut(strings.TrimPrefix(path, "/workflows/"), "/")
	w, err := app.App.DB.Workflow(t.Context(), id)
	if err != nil || len(w.Draft.Steps) != 1 {
		t.Fatalf("%+v, %v", w.Draft, err)
	}
	return w.Draft.Steps[0].Fields
}

// TestOrgsOwnAttributesInAStep: what this org alone has in its profiles is a field on the operation's page and in the
// step, as soon as it is made; it goes along from one to the other, and it stays when the org can't be asked.
func TestOrgsOwnAttributesInAStep(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	withSchemas(t, app)
	app.Get("/operations/updateUser").Status(http.StatusOK).HasNot(`[name="body.profile.shoe"]`)
	addAttribute(t, app, "updateUserProfile", "path.schemaId", "default", `"shoe":{"title":"Shoe size","type":"integer"},"floor":{"title":"Floor","type":"string"}`)
	app.Get("/operations/updateUser").Status(http.StatusOK).Has(`input[name="body.profile.shoe"]`)

	at := app.Post("/operations/updateUser/step", "path.userId", "00u1", "body.profile.city", "Wien", "body.profile.*", `{"hat": "L"}`, "body.profile.shoe", "44", "blank:body.profile.floor", "null").
		Status(http.StatusSeeOther).Response.Header.Get("Location")
	f := fieldsOf(t, app, at)
	if f["profile_city"] != "Wien" || f["profile_shoe"] != "44" || f["own:profile_shoe"] != "integer" || f["when_empty:profile_floor"] != "null" || !strings.Contains(f["profile_more"], `"hat"`) || strings.Contains(f["profile_more"], "shoe") {
		t.Fatalf("the step has %v", f)
	}
	e := open(t, app.Browser, at)
	step := at[strings.Index(at, "#step-")+len("#step-"):]
	field := "step." + step + ".field.profile_"
	e.page.Has("details.step-rest summary", "of your org's own").Has(`details#own-`+step+`[open]`, "Shoe size")
	e.fields.Set(field+"shoe", "large")
	e.press("save").page.Has("#p-s-"+step+"-profile_shoe", `"large" is not a number`)
	e.fields.Set(field+"shoe", "")
	e.fields.Set(field+"floor", "3")
	e.press("save")
	if f := fieldsOf(t, app, at); f["profile_floor"] != "3" || f["own:profile_floor"] != "text" || f["own:profile_shoe"] != "" {
		t.Errorf("after saving the step has %v", f)
	}
	e.press("yaml-step:"+step).page.Has(".step-yaml", "own_fields:").Has(".step-yaml", "profile_floor: text")

	// When the org can't be asked, what is filled in stays, and the page says why there is no more.
	app.Org.SetFault(func(*http.Request) *oktasim.Fault {
		return oktasim.ErrorFault(403, "E0000006", "You do not have permission to perform the requested action")
	})
	app.Clock.Advance(time.Minute)
	e.read(app.Get(e.path).Status(http.StatusOK).Has("main", "could not be read"))
	e.fields.Set(field+"floor", "4")
	e.press("save")
	if f := fieldsOf(t, app, at); f["profile_floor"] != "4" || f["own:profile_floor"] != "text" {
		t.Errorf("while the org was away the step became %v", f)
	}
}
