package app_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"caracal/auth"
	"caracal/fault"
	"caracal/internal/app"
	"caracal/internal/testenv"
	"caracal/org"
)

// TestCheckerBesideTheServer runs health checks on the database of a Caracal that is serving.
func TestCheckerBesideTheServer(t *testing.T) {
	t.Parallel()
	env := testenv.New(t)
	connected := env.Connect(org.CustomApp)
	checker, err := app.NewChecker(t.Context(), app.Config{
		Database: env.File, Keys: env.App.Keys, Clock: env.Clock.Now, Hosts: env.App.Connect.Hosts,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := checker.DB.Close(); err != nil {
			t.Error(err)
		}
	}()
	verdict := func() org.CheckRun {
		t.Helper()
		run, err := checker.Health.Now(t.Context(), connected.ID, "test", false)
		if err != nil {
			t.Fatal(err)
		}
		return run
	}
	if run := verdict(); run.Error != "" || len(run.Checks) != len(org.DefaultScopes) || run.Verdict().Bad() {
		t.Errorf("a healthy org: %+v", run)
	}
	if err := env.Org.RevokeScope(env.Ready.Custom, "okta.groups.manage"); err != nil {
		t.Fatal(err)
	}
	run := verdict()
	red := slices.IndexFunc(run.Checks, func(c org.Check) bool { return c.Verdict.Bad() })
	if red < 0 || run.Checks[red].Scope != "okta.groups.manage" || run.Checks[red].Mend == "" {
		t.Errorf("a scope was taken away: %+v", run)
	}
	runs, err := env.App.DB.CheckRuns(t.Context(), connected.ID, 10)
	if err != nil || len(runs) != 0 {
		t.Errorf("it stored %d runs, %v", len(runs), err)
	}
	if err := checker.DB.EndSession(context.Background(), "a", "b", auth.User{}); !fault.Is(err, fault.Conflict) {
		t.Errorf("it can write: %v", err)
	}
	if _, err := app.NewChecker(t.Context(), app.Config{Database: env.File + ".none"}); !fault.Is(err, fault.NotFound) || errors.Is(err, context.Canceled) {
		t.Errorf("no database: %v", err)
	}
}
