package app_test

import (
	"slices"
	"testing"
	"time"

	"caracal/auth"
	"caracal/health"
	"caracal/internal/app"
	"caracal/internal/testenv"
	"caracal/org"
	"caracal/workflow"
)

// TestCheckerAdvises: the terminal's advice goes by the newest token, not by what the server last knew.
func TestCheckerAdvises(t *testing.T) {
	t.Parallel()
	env := testenv.New(t)
	connected := env.Connect(org.CustomApp)
	by := auth.User{ID: "u_test", Name: "Test"}
	w, err := env.App.DB.CreateWorkflow(t.Context(), workflow.Definition{Name: "Suspend", ApplicationID: connected.ID,
		Steps: []workflow.Step{{ID: "stop", Title: "Suspend", Action: "user.suspend", Fields: map[string]string{"user": "00u1ada"}}}}, by)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := env.App.DB.Publish(t.Context(), w.ID, w.Revision, "", by); err != nil {
		t.Fatal(err)
	}
	if err := env.Org.RevokeScope(env.Ready.Custom, "okta.users.manage"); err != nil {
		t.Fatal(err)
	}
	checker, err := app.NewChecker(t.Context(), app.Config{Database: env.File, Keys: env.App.Keys, Clock: env.Clock.Now, Hosts: env.App.Connect.Hosts})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := checker.DB.Close(); err != nil {
			t.Error(err)
		}
	}()
	advice, err := checker.Advise(t.Context(), connected, time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if len(advice.Missing) != 1 || advice.Missing[0].Scope != "okta.users.manage" || !slices.Contains(advice.Custom.Permissions, "okta.users.lifecycle.suspend") ||
		!slices.ContainsFunc(advice.Unneeded, func(s health.ScopeAdvice) bool { return s.Scope == "okta.apps.manage" }) {
		t.Errorf("%+v", advice)
	}
}
