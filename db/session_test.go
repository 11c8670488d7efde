package db

import (
	"errors"
	"slices"
	"testing"
	"time"

	"caracal/auth"
)

func signIn(t *testing.T, d *DB, subject, token string) (auth.User, auth.Session) {
	t.Helper()
	u, s, err := d.SignIn(t.Context(), auth.User{Issuer: "https://idp.example", Subject: subject, Name: "N " + subject, Roles: []auth.Role{auth.Operator}},
		NewSession{ID: NewID("session", d.Now()), TokenHash: []byte(token), IdleEnds: d.Now().Add(30 * time.Minute), Ends: d.Now().Add(12 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	return u, s
}

func TestPeopleAreKnownByIssuerAndSubject(t *testing.T) {
	t.Parallel()
	d := open(t, Options{})
	first, _ := signIn(t, d, "s1", "a")
	again, _, err := d.SignIn(t.Context(), auth.User{Issuer: "https://idp.example", Subject: "s1", Name: "New name", Email: "x@example.com", Roles: []auth.Role{auth.Admin}, Groups: []string{"g"}},
		NewSession{ID: "session_2", TokenHash: []byte("b"), IdleEnds: d.Now().Add(time.Hour), Ends: d.Now().Add(time.Hour)})
	if err != nil || again.ID != first.ID || again.Name != "New name" || !slices.Equal(again.Roles, []auth.Role{auth.Admin}) {
		t.Errorf("%+v %v", again, err)
	}
	other, _, err := d.SignIn(t.Context(), auth.User{Issuer: "https://other.example", Subject: "s1", Email: "x@example.com"},
		NewSession{ID: "session_3", TokenHash: []byte("c"), IdleEnds: d.Now().Add(time.Hour), Ends: d.Now().Add(time.Hour)})
	if err != nil || other.ID == first.ID {
		t.Errorf("the same subject of another issuer is the same person: %v", err)
	}
	people, err := d.Users(t.Context())
	if err != nil || len(people) != 2 {
		t.Errorf("%d people, %v", len(people), err)
	}
	names, err := d.UserNames(t.Context(), first.ID, "nobody", "")
	if err != nil || len(names) != 1 || names[first.ID] != "New name" {
		t.Errorf("%v %v", names, err)
	}
	if _, err := d.User(t.Context(), "nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	now := testTime
	d := open(t, Options{Clock: func() time.Time { return now }})
	u, s := signIn(t, d, "s1", "a")
	found := func(token string) bool {
		t.Helper()
		_, err := d.SessionByToken(t.Context(), []byte(token))
		if err != nil && !errors.Is(err, ErrNotFound) {
			t.Fatal(err)
		}
		return err == nil
	}
	if !found("a") || found("b") {
		t.Error("a session is found by its own token only")
	}
	now = now.Add(29 * time.Minute)
	if err := d.TouchSession(t.Context(), s.ID, now, now.Add(30*time.Minute)); err != nil {
		t.Fatal(err)
	}
	now = now.Add(29 * time.Minute)
	if !found("a") {
		t.Error("a session in use ended")
	}
	now = now.Add(2 * time.Minute)
	if found("a") {
		t.Error("an idle session goes on")
	}
	if list, err := d.Sessions(t.Context(), u.ID); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}

	_, second := signIn(t, d, "s1", "b")
	signIn(t, d, "s1", "c")
	stranger, _ := signIn(t, d, "s2", "d")
	if err := d.EndSession(t.Context(), stranger.ID, second.ID, stranger); !errors.Is(err, ErrNotFound) {
		t.Errorf("somebody else's session: %v", err)
	}
	if err := d.EndSession(t.Context(), u.ID, second.ID, u); err != nil || found("b") {
		t.Errorf("%v", err)
	}
	if n, err := d.EndSessions(t.Context(), u.ID, stranger); err != nil || n != 1 || found("c") || !found("d") {
		t.Errorf("%d %v", n, err)
	}
	if counts, err := d.SessionCounts(t.Context()); err != nil || counts[stranger.ID] != 1 || len(counts) != 1 {
		t.Errorf("%v %v", counts, err)
	}
}

func TestSignInAttemptServesOnce(t *testing.T) {
	t.Parallel()
	now := testTime
	d := open(t, Options{Clock: func() time.Time { return now }})
	begin := func(state string) {
		t.Helper()
		if err := d.BeginSignIn(t.Context(), SignInAttempt{StateHash: []byte(state), BrowserHash: []byte("mine"), Nonce: "n", Verifier: "v", ReturnTo: "/x", Ends: now.Add(10 * time.Minute)}); err != nil {
			t.Fatal(err)
		}
	}
	begin("one")
	if _, err := d.TakeSignIn(t.Context(), []byte("one"), []byte("other")); !errors.Is(err, ErrNotFound) {
		t.Errorf("another browser: %v", err)
	}
	if a, err := d.TakeSignIn(t.Context(), []byte("one"), []byte("mine")); err != nil || a.Nonce != "n" || a.Verifier != "v" || a.ReturnTo != "/x" {
		t.Errorf("%+v %v", a, err)
	}
	if _, err := d.TakeSignIn(t.Context(), []byte("one"), []byte("mine")); !errors.Is(err, ErrNotFound) {
		t.Errorf("twice: %v", err)
	}
	begin("late")
	now = now.Add(11 * time.Minute)
	if _, err := d.TakeSignIn(t.Context(), []byte("late"), []byte("mine")); !errors.Is(err, ErrNotFound) {
		t.Errorf("late: %v", err)
	}
}

func TestFlashesAreKept(t *testing.T) {
	t.Parallel()
	d := open(t, Options{})
	_, s := signIn(t, d, "s1", "a")
	want := []Flash{{"good", "done"}, {"bad", "not done"}}
	if err := d.SaveFlashes(t.Context(), s.ID, want); err != nil {
		t.Fatal(err)
	}
	if found, err := d.SessionByToken(t.Context(), []byte("a")); err != nil || !slices.Equal(found.Flashes, want) {
		t.Errorf("%v %v", found.Flashes, err)
	}
}
