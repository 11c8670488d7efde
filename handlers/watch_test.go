package handlers_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"caracal/auth"
	"caracal/internal/testenv"
	"caracal/org"
)

// TestHealthOnASchedule: what the checks find changed is told once, on the first page and beside the checks.
func TestHealthOnASchedule(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	a := app.Connect(org.CustomApp)
	at, ctx := "/applications/"+a.ID, context.Background()
	for _, bad := range [][]string{{"every", "daily", "at", "8 o'clock", "zone", "UTC", "max_age", "90"}, {"every", "daily", "at", "08:00", "zone", "Mars", "max_age", "90"}, {"every", "hourly", "max_age", "0"}} {
		app.Submit(at+"/settings", at+"/watch", bad...).Status(http.StatusUnprocessableEntity).Has("[aria-invalid]")
	}
	app.Submit(at+"/settings", at+"/watch", "every", "hourly", "at", "08:00", "zone", "UTC", "max_age", "90").Follow().Has("body", "Saved")
	app.As(auth.Builder).Post(at+"/watch", "every", "off").Status(http.StatusForbidden)
	check := func() {
		t.Helper()
		app.Clock.Advance(61 * time.Minute)
		for range 2 { // a second look, as by another node, finds nothing due
			if err := app.App.Health.Tick(ctx); err != nil {
				t.Fatal(err)
			}
		}
		app.App.Health.Wait()
	}
	told := func() int {
		t.Helper()
		list, err := app.App.DB.Notices(ctx, a.ID, 100)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	check()
	healthy := told()
	if runs, err := app.App.DB.CheckRuns(ctx, a.ID, 10); err != nil || len(runs) != 1 {
		t.Fatalf("%d checks in the first hour, %v", len(runs), err)
	}
	if err := app.Org.RevokeScope(a.ClientID, "okta.users.manage"); err != nil {
		t.Fatal(err)
	}
	check()
	check()
	if n := told() - healthy; n != 1 {
		t.Errorf("a scope that was taken away was told %d times", n)
	}
	admin := app.As(auth.Admin) // the session has ended meanwhile
	admin.Get("/").Has(".attention", "is worse than before", "okta.users.manage fails, and passed before")
	admin.Get(at+"/health").Has("#notices", "okta.users.manage fails, and passed before", "not seen yet", "Checked every hour")
	admin.Post(at+"/notices/seen").Follow().Has("#notices", "seen by")
	if err := app.Org.GrantScope(a.ClientID, "okta.users.manage"); err != nil {
		t.Fatal(err)
	}
	check()
	if n := told() - healthy; n != 2 {
		t.Errorf("that it was granted again was told %d times", n-1)
	}
	app.Clock.Advance(91 * 24 * time.Hour)
	check()
	check()
	if n := told() - healthy; n != 3 {
		t.Errorf("that the key is old was told %d times", n-2)
	}
	app.As(auth.Admin).Get(at+"/health").Has("#notices", "private key of", "91 days old")
}
