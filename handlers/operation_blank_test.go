package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"caracal/internal/testenv"
	"caracal/org"
)

// TestWhatEmptySends: what an empty field sends goes from the operation's page into the step, and from there on without
// a script: changed in the builder, written as YAML, and refused where a file says something else.
func TestWhatEmptySends(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	id := app.Connect(org.CustomApp).ID
	const city, title = "blank:body.profile.city", "blank:body.profile.title"
	// A form that is refused keeps the choice.
	app.Post("/operations/updateUser/ask", "application", id, city, "null").Status(http.StatusUnprocessableEntity).
		Has(`select[name="`+city+`"] option[selected][value="null"]`, "sent as null")
	app.Post("/operations/updateUser/ask", "application", id, "path.userId", "00u1", city, "null", title, "empty").Status(http.StatusOK).
		Has("main", `"city": null`).Has("main", `"title": ""`)

	at := app.Post("/operations/updateUser/step", "application", id, "path.userId", "00u1", city, "null").Status(http.StatusSeeOther).Response.Header.Get("Location")
	e := open(t, app.Browser, at)
	flow := strings.TrimSuffix(strings.TrimPrefix(e.path, "/workflows/"), "/edit")
	fields := func() map[string]string {
		w, err := app.App.DB.Workflow(t.Context(), flow)
		if err != nil || len(w.Draft.Steps) != 1 {
			t.Fatalf("%+v, %v", w.Draft, err)
		}
		return w.Draft.Steps[0].Fields
	}
	if got := fields()["when_empty:profile_city"]; got != "null" {
		t.Fatalf("the step sends %q for an empty city", got)
	}
	step := strings.TrimSuffix(at[strings.Index(at, "#step-")+len("#step-"):], "/")
	choice := "step." + step + ".field.when_empty:profile_"
	if e.fields.Get(choice+"city") != "null" || !e.fields.Has(choice+"title") || e.fields.Has("step."+step+".field.when_empty:userId") {
		t.Fatalf("the builder's form has %v", e.fields)
	}
	e.fields.Set(choice+"city", "")
	e.fields.Set(choice+"title", "empty")
	e.press("save")
	if f := fields(); f["when_empty:profile_city"] != "" || f["when_empty:profile_title"] != "empty" {
		t.Errorf("after saving the fields are %v", f)
	}
	e.press("yaml-step:" + step)
	if !strings.Contains(e.page.Text, `profile_title: &#34;&#34;`) {
		t.Errorf("as YAML it is %s", e.page.Text)
	}
}
