package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/internal/testenv"
	"caracal/org"
)

func TestOperationBecomesAStep(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	id := app.Connect(org.CustomApp).ID
	app.Get("/operations/createGroup").Status(http.StatusOK).Has("aside", "Use as a step")
	app.Get("/operations/createApplication?variant=BOOKMARK").Status(http.StatusOK).Has(`select[name="body.name"] option[selected]`, "bookmark")
	app.Get("/operations/uploadOrgLogo").Status(http.StatusOK).Has("aside", "it takes a file")
	made := app.Post("/operations/createGroup/step", "application", id, "body.profile.name", "From the page", "max", "7").Status(http.StatusSeeOther)
	at := made.Response.Header.Get("Location")
	path, _, _ := strings.Cut(at, "#")
	app.Get(path).Status(http.StatusOK).Has("main", "Okta API", "POST /api/v1/groups")
	flow := strings.TrimSuffix(strings.TrimPrefix(path, "/workflows/"), "/edit")

	app.Post("/operations/listGroups/step", "application", id, "workflow", flow, "query.q", "Sales", "max", "7").Status(http.StatusSeeOther)
	w, err := app.App.DB.Workflow(t.Context(), flow)
	if err != nil || len(w.Draft.Steps) != 2 {
		t.Fatalf("%+v, %v", w.Draft, err)
	}
	if s := w.Draft.Steps[0]; s.Action != "operation.create_group" || s.Fields["profile_name"] != "From the page" {
		t.Errorf("%+v", s)
	}
	if s := w.Draft.Steps[1]; s.Action != "operation.list_groups" || s.Fields["q"] != "Sales" || s.Fields["limit_entries"] != "7" {
		t.Errorf("%+v", s)
	}
	// A body that was written as JSON, and what this org alone has in its profiles, go along as well.
	app.Post("/operations/createGroup/step", "application", id, "workflow", flow, "body", "raw", "raw", `{"profile":{"name":"As JSON","site":"Wien"}}`).Status(http.StatusSeeOther)
	app.Post("/operations/createGroup/step", "application", id, "workflow", flow, "body", "raw", "raw", `[]`).Status(http.StatusUnprocessableEntity).Has("main", "Only a JSON object")
	if w, err = app.App.DB.Workflow(t.Context(), flow); err != nil || len(w.Draft.Steps) != 3 {
		t.Fatalf("%+v, %v", w.Draft, err)
	}
	if s := w.Draft.Steps[2]; s.Fields["profile_name"] != "As JSON" || !strings.Contains(s.Fields["profile_more"], `"site": "Wien"`) {
		t.Errorf("%+v", s)
	}
	app.Post("/operations/createNetworkZone/step", "application", id, "workflow", flow).Status(http.StatusUnprocessableEntity).Has("main", "Choose which kind")
	app.Post("/operations/createNetworkZone/step", "application", id, "workflow", flow, "variant", "IP", "body.name", "Office").Status(http.StatusSeeOther)
	app.Post("/operations/createGroup/step", "application", id, "workflow", "none").Status(http.StatusUnprocessableEntity).Has("main", "gone or archived")
	app.Post("/operations/uploadOrgLogo/step", "application", id).Status(http.StatusUnprocessableEntity)

	found := app.Get("/workflows/" + flow + "/actions?part=rows&q=deactivate+usr").Status(http.StatusOK)
	if !strings.Contains(found.Text, "POST /api/v1/users/{userId}/lifecycle/deactivate") || !strings.Contains(found.Text, "okta.users.manage") {
		t.Errorf("the builder does not find it: %s", found.Text)
	}
	if as := app.As(auth.Auditor); strings.Contains(as.Get("/operations/createGroup").Text, "Use as a step") {
		t.Error("who builds nothing is offered a step")
	}
}
