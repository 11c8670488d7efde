package db

import (
	"testing"
	"time"

	"caracal/org"
)

// TestAnOldTokenAnswerChangesNothing: what a step in flight knows of the grants does not overwrite what a person
// who changed the scopes meanwhile was told.
func TestAnOldTokenAnswerChangesNothing(t *testing.T) {
	t.Parallel()
	d, ctx := open(t, Options{}), t.Context()
	then, now := testTime, testTime.Add(time.Minute)
	old := org.Application{ID: "app_1", Name: "Acme", Domain: "acme.okta.com", Method: org.CustomApp, Status: org.Active,
		Scopes: []org.Scope{"okta.users.read"}, Granted: []org.Scope{"okta.users.read"}, TokenAt: then}
	if err := d.CreateApplication(ctx, old, ada); err != nil {
		t.Fatal(err)
	}
	changed, err := d.Application(ctx, old.ID)
	if err != nil {
		t.Fatal(err)
	}
	changed.Scopes, changed.Granted, changed.TokenAt = []org.Scope{"okta.groups.read"}, []org.Scope{"okta.groups.read"}, now
	if err := d.UpdateApplication(ctx, changed, ada, "application.scopes_changed", nil); err != nil {
		t.Fatal(err)
	}
	if err := d.NoteToken(ctx, old); err != nil {
		t.Fatal(err)
	}
	stored, err := d.Application(ctx, old.ID)
	if err != nil || !stored.Has("okta.groups.read") || stored.Has("okta.users.read") {
		t.Errorf("granted is %v: %v", stored.Granted, err)
	}
	changed.TokenError, changed.UsedAt = "Okta refused.", now // no newer token, but news of it
	if err := d.NoteToken(ctx, changed); err != nil {
		t.Fatal(err)
	}
	if stored, err = d.Application(ctx, old.ID); err != nil || stored.TokenError == "" || !stored.UsedAt.Equal(now) {
		t.Errorf("%+v: %v", stored, err)
	}
}
