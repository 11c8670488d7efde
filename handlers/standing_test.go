package handlers_test

import (
	"net/http"
	"testing"
	"time"

	"caracal/auth"
	"caracal/internal/testenv"
	"caracal/oktasim"
	"caracal/org"
	"caracal/trigger"
)

// signedInBen is Ben, who builds, signed in at the org's own page, with a token in his name.
func signedInBen(t *testing.T, app *testenv.App) (ben *testenv.Browser, person auth.User, token string) {
	t.Helper()
	ben = app.Anonymous()
	ben.SignIn("ben.builder@caracal.example").Status(http.StatusOK)
	people, err := app.App.DB.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range people {
		if u.Name == "Ben Builder" {
			person = u
		}
	}
	token = trigger.NewToken()
	if _, err := app.App.DB.CreateToken(t.Context(), trigger.Token{Name: "CI", PersonID: person.ID, ExpiresAt: app.Clock.Now().Add(300 * 24 * time.Hour)}, trigger.Hash(token), person); err != nil {
		t.Fatal(err)
	}
	return ben, person, token
}

// roles returns what a person may do, as it is stored.
func roles(t *testing.T, app *testenv.App, id string) auth.User {
	t.Helper()
	u, err := app.App.DB.User(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestRolesFollowTheOrg: who leaves a group loses the role that it gave, with the token as with the session, and who is
// suspended both, without signing in again. Who comes back has it again.
func TestRolesFollowTheOrg(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	app.Connect(org.CustomApp)
	ben, person, token := signedInBen(t, app)
	group, ok := app.Org.FindGroup("caracal-builder")
	if !ok {
		t.Fatal("no group")
	}
	member := "/api/v1/groups/" + group.ID + "/users/" + person.Subject
	for range 3 {
		api(t, app, token, http.MethodGet, "/workflows", "").Status(http.StatusOK)
	}
	if u := roles(t, app, person.ID); !u.CheckedAt.IsZero() {
		t.Error("the org was asked right after the sign-in")
	}
	app.Clock.Advance(16 * time.Minute)
	for range 3 {
		ben.Get("/tokens").Status(http.StatusOK).Has("td", "in the name of Ben Builder, as builder")
		api(t, app, token, http.MethodGet, "/workflows", "").Status(http.StatusOK)
	}
	if u := roles(t, app, person.ID); u.CheckedAt.Sub(u.SeenAt) < 16*time.Minute {
		t.Errorf("checked at %s, signed in at %s", u.CheckedAt, u.SeenAt)
	}

	orgCall(t, app, http.MethodDelete, member, "")
	api(t, app, token, http.MethodGet, "/workflows", "").Status(http.StatusOK) // it was asked a moment ago
	app.Clock.Advance(16 * time.Minute)
	problemOf(t, api(t, app, token, http.MethodGet, "/workflows", ""), http.StatusUnauthorized, "")
	ben.Get("/tokens").Status(http.StatusForbidden)
	admin := app.As(auth.Admin)
	admin.Get("/tokens").Has("tr", "CI", "Refused", "none of the roles any more")
	admin.Get("/people").Has("tr", "Ben Builder", "No role")
	admin.Get("/audit?subject="+person.ID).Has("body", "person.roles_changed")

	orgCall(t, app, http.MethodPut, member, "")
	app.Clock.Advance(16 * time.Minute)
	api(t, app, token, http.MethodGet, "/workflows", "").Status(http.StatusOK)

	orgCall(t, app, http.MethodPost, "/api/v1/users/"+person.Subject+"/lifecycle/suspend", "")
	app.Clock.Advance(16 * time.Minute)
	problemOf(t, api(t, app, token, http.MethodGet, "/workflows", ""), http.StatusUnauthorized, "")
	if sessions, err := app.App.DB.Sessions(t.Context(), person.ID); err != nil || len(sessions) != 0 {
		t.Errorf("%d sessions of somebody who is suspended, %v", len(sessions), err)
	}
}

// TestWhatCantBeAskedStands: an org that does not answer, or that Caracal is not connected to, takes no role away, and a
// token ends once nobody has proved its person's roles for a month.
func TestWhatCantBeAskedStands(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	_, person, token := signedInBen(t, app)
	app.Clock.Advance(16 * time.Minute)
	api(t, app, token, http.MethodGet, "/workflows", "").Status(http.StatusOK) // no application is connected
	app.Connect(org.CustomApp)
	app.Org.SetFault(func(r *http.Request) *oktasim.Fault {
		if r.URL.Path == "/api/v1/users/"+person.Subject {
			return oktasim.StatusFault(http.StatusForbidden, "{}")
		}
		return nil
	})
	app.Clock.Advance(16 * time.Minute)
	api(t, app, token, http.MethodGet, "/workflows", "").Status(http.StatusOK)
	if u := roles(t, app, person.ID); !u.CheckedAt.IsZero() || len(u.Roles) != 1 {
		t.Errorf("%+v", u)
	}
	app.Clock.Advance(31 * 24 * time.Hour)
	problemOf(t, api(t, app, token, http.MethodGet, "/workflows", ""), http.StatusUnauthorized, "")
	app.As(auth.Admin).Get("/tokens").Has("tr", "CI", "has not signed in since")
	app.Org.SetFault(nil)
	app.Clock.Advance(2 * time.Minute)
	api(t, app, token, http.MethodGet, "/workflows", "").Status(http.StatusOK) // the org says that Ben is who he was
}

// TestATokenNeverGrows: roles that a person gets later are none of a token made before.
func TestATokenNeverGrows(t *testing.T) {
	t.Parallel()
	person := auth.User{Roles: []auth.Role{auth.Admin, auth.Operator}, SeenAt: time.Unix(1_800_000_000, 0)}
	got, err := trigger.Token{Roles: []auth.Role{auth.Operator, auth.Builder}}.In(person, time.Hour, person.SeenAt)
	if err != nil || len(got.Roles) != 1 || got.Roles[0] != auth.Operator {
		t.Errorf("%v, %v", got.Roles, err)
	}
	for name, broken := range map[string]func() error{
		"no role left": func() error {
			_, err := trigger.Token{Roles: []auth.Role{auth.Builder}}.In(person, time.Hour, person.SeenAt)
			return err
		},
		"no proof": func() error {
			_, err := trigger.Token{Roles: []auth.Role{auth.Operator}}.In(person, time.Hour, person.SeenAt.Add(2*time.Hour))
			return err
		},
	} {
		if broken() == nil {
			t.Errorf("%s: the token works", name)
		}
	}
	person.CheckedAt = person.SeenAt.Add(90 * time.Minute)
	if _, err := (trigger.Token{Roles: []auth.Role{auth.Operator}}).In(person, time.Hour, person.SeenAt.Add(2*time.Hour)); err != nil {
		t.Errorf("proved by the org: %v", err)
	}
}
