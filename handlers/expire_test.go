package handlers_test

import (
	"net/http"
	"testing"
	"time"

	"caracal/auth"
	"caracal/internal/testenv"
	"caracal/org"
)

// TestARunThatIsGoneSaysSo: neither undo nor continue of a run that is kept no longer does anything, and both say why.
func TestARunThatIsGoneSaysSo(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	e := begin(t, app.Browser, "create_group", "Make a group", app.Connect(org.CustomApp).ID)
	e.publish()
	page := app.Get(e.workflow() + "/run")
	run := app.Post(e.workflow()+"/runs", "once", page.Value(`input[name="once"]`), "version", "1", "group_name", "Short-lived").Status(http.StatusSeeOther).Response.Header.Get("Location")
	ended(t, app, run)
	app.Get(run + "/undo").Status(http.StatusOK)
	app.Clock.Advance(100 * 24 * time.Hour)
	if done, err := app.App.DB.Expire(t.Context(), app.Clock.Now().Add(-90*24*time.Hour)); err != nil || done.Runs != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	admin := app.As(auth.Admin)
	for _, path := range []string{run, run + "/undo", run + "/continue"} {
		admin.Get(path).Status(http.StatusNotFound).Has("body", "it is gone", "can't be taken back or continued")
	}
	admin.Post(run + "/undo").Status(http.StatusNotFound)
	admin.Post(run + "/continue").Status(http.StatusNotFound)
	admin.Get("/audit").Has("body", "data.expired")
}
