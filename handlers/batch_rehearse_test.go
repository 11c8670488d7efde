package handlers_test

import (
	"net/http"
	"testing"

	"caracal/auth"
	"caracal/internal/testenv"
	"caracal/org"
	"caracal/trigger"
)

// TestRehearseRows rehearses the rows of a file that would be started, before they are.
func TestRehearseRows(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Company)
	d := sheet(app.Connect(org.CustomApp).ID, auth.Operator, auth.Employee)
	flow := publish(t, app, d)
	path := location(t, sendFile(t, app, app.Browser, flow+"/csv", "hires.csv", []byte("email,first,team\n"+
		"not mail,Ann,Engineering\nc1@acme.example,Bob,Engineering\nc2@acme.example,Cyd,Sales\nc1@acme.example,Bob,Engineering\n")))
	location(t, mapped(t, app, app.Browser, path, "check"))
	checkedBatch(t, app, path)
	page := app.Get(path).Has("form button", "Rehearse")
	app.Post(path+"/rehearsals", "revision", "1").Status(http.StatusUnprocessableEntity).Has(".alert", "has gone on")
	before, revision := app.Org.State(), page.Value(`form [name=revision]`)

	at := location(t, app.Post(path+"/rehearsals", "revision", revision, "at_once", "10", "stop_after", "20"))
	app.App.Rehearse.Wait()
	page = app.Get(at).Has("main", "version 1, 2 rows", "2 people created", "not held to this plan").Has(`nav a[href="`+path+`"]`, "hires.csv").
		Has(".plan-by", "Row 2: Make the account").Has("#steps", "Steps as they went").HasNot(`form[action$="/run"]`).HasNot(`form[action$="/again"]`)
	page.Has(".plan-row", "Row 3").Has(`.plan-says a[href="`+path+`"]`, "hires.csv")
	app.Post(at+"/run", "once", "0123456789abcdef").Status(http.StatusForbidden)

	both := location(t, app.Post(path+"/rehearsals", "revision", revision, "doubles", "true"))
	app.App.Rehearse.Wait()
	app.Get(both).Has("main", "version 1, 3 rows", "1 of 3 rows would fail").Has(".plan-row", "Row 4")
	if !app.Org.State().Same(before) {
		t.Error("the rehearsal changed the org")
	}
	page = app.Get(path).Has("button", "Run 2 rows") // and can still be started
	page.Has("#past", "Rehearsals of these rows").Has(`.plan-past a[href="`+at+`"]`, "").Has(`.plan-past a[href="`+both+`"]`, "").Has(".plan-past", "Would fail")

	open, err := app.App.DB.BuiltIn(t.Context(), flow[len("/workflows/"):], trigger.CSV)
	if err != nil || open.Rows.Runners {
		t.Fatalf("%+v, %v", open, err)
	}
	app.As(auth.Operator).Post(path+"/rehearsals", "revision", revision).Status(http.StatusForbidden)
	location(t, app.Post(path+"/discard"))
	if got := location(t, app.Post(path+"/rehearsals", "revision", revision)); got != path {
		t.Errorf("a batch that was thrown away leads to %s", got)
	}
}
