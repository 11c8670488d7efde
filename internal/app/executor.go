package app

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"caracal/actions"
	"caracal/batch"
	"caracal/catalog"
	"caracal/connect"
	"caracal/db"
	"caracal/engine"
	"caracal/fault"
	"caracal/form"
	"caracal/grouprule"
	"caracal/okta"
	"caracal/org"
	"caracal/rehearse"
	"caracal/rowcheck"
	"caracal/undo"
	"caracal/workflow"
)

// Actions returns everything that a step may do in an org: the curated actions, and every operation of the API.
func Actions(live *catalog.Live) (*actions.Set, error) {
	set, err := actions.NewSet(actions.All())
	if err != nil {
		return nil, fmt.Errorf("read the actions: %w", err)
	}
	set.Operations = &actions.Shelf{Catalog: live}
	return set, nil
}

// rehearsals returns where the databases of rehearsals are while they are made.
func (c Config) rehearsals() string {
	switch {
	case c.Folder != "":
		return filepath.Join(c.Folder, "rehearsals")
	case db.IsURL(c.Database):
		return filepath.Join(os.TempDir(), "caracal-rehearsals")
	}
	return filepath.Join(filepath.Dir(c.Database), "rehearsals")
}

// wireEngine makes what runs workflows: the actions as an executor, and the engine that calls it.
func (a *App) wireEngine(c Config) error {
	set, err := Actions(a.Connect.Catalog)
	if err != nil {
		return err
	}
	set.Rules = &a.Connect.Rules
	a.Registry = set.Registry(workflow.FlowSpecs()...)
	open := func(ctx context.Context, applicationID string) (*okta.Client, error) {
		client, app, err := a.Connect.Client(ctx, applicationID)
		if err != nil && app.Status == org.Disconnected { // its runs wait, for it may be connected again
			return nil, fault.New(fault.Busy, "%s", fault.Message(err))
		}
		return client, err
	}
	a.Rehearse = &rehearse.Service{
		DB: a.DB, Scratch: &db.Scratch{Folder: c.rehearsals()}, Open: a.Connect.Client, Spec: a.Registry.Get, Share: a.Clients.Share(), Clock: c.Clock, Log: c.Log,
		Executor: func(open func(context.Context, string) (*okta.Client, error)) workflow.Executor {
			own := *set // with group rules of its own, which change in the rehearsal
			own.Rules = &grouprule.Reader{}
			return own.Executor(open)
		},
	}
	a.Rows = &rowcheck.Service{DB: a.DB, Most: connect.LookupMost, Spec: a.Registry.Get,
		LookUp: func(ctx context.Context, applicationID string, kind form.Kind, typed []string) (map[string]batch.Found, error) {
			return a.Connect.LookUp(okta.ByRun(ctx, org.Unattended), applicationID, kind, typed)
		}}
	executor := set.Executor(open)
	executor.Events = set.Events(a.openLog(open))
	if a.Engine, err = engine.New(engine.Config{
		DB: a.DB, Executor: executor, Spec: a.Registry.Get, Plans: a.Rehearse.Checks(), Clock: c.Clock, Logger: c.Log, Workers: c.Workers,
		OrgLog: a.Connect, Resolve: func(ctx context.Context, applicationID string, f *form.Form) error {
			return a.Connect.ResolvePickers(okta.ByRun(ctx, org.Unattended), applicationID, f)
		},
		Room: a.room, Idle: c.Mode == ModeWeb, Version: c.Version, Mode: string(cmp.Or(c.Mode, ModeAll)), CheckBatch: a.Rows.Check,
		OnRelease: func(ctx context.Context) {
			if err := a.endInterrupted(ctx); err != nil {
				a.log.ErrorContext(ctx, "after a node was gone", "err", err)
			}
		},
	}); err != nil {
		return err
	}
	a.Undo = &undo.Service{DB: a.DB, Engine: a.Engine, Way: set.Inverter(), Look: executor.Before, Spec: a.Registry.Get, States: set.States(open)}
	return nil
}

// openLog is open for reading the System Log. Where Okta's last token did not hold the scope for it, that is known
// without asking.
func (a *App) openLog(open func(context.Context, string) (*okta.Client, error)) func(context.Context, string) (*okta.Client, error) {
	return func(ctx context.Context, applicationID string) (*okta.Client, error) {
		app, err := a.DB.Application(ctx, applicationID)
		if err == nil && len(app.Granted) > 0 && !app.Has(workflow.LogScope) {
			f := fault.New(fault.Forbidden, "Caracal may not read this org's System Log; grant %s and take it into the application's scopes.", workflow.LogScope)
			f.Scope = string(workflow.LogScope)
			return nil, f
		}
		return open(ctx, applicationID)
	}
}
