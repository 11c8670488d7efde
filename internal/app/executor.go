package app

import (
	"cmp"
	"context"
	"fmt"

	"caracal/actions"
	"caracal/catalog"
	"caracal/engine"
	"caracal/fault"
	"caracal/okta"
	"caracal/org"
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
	a.Engine, err = engine.New(engine.Config{
		DB: a.DB, Executor: set.Executor(open), Spec: a.Registry.Get, Clock: c.Clock, Logger: c.Log, Workers: c.Workers,
		Idle: c.Mode == ModeWeb, Version: c.Version, Mode: string(cmp.Or(c.Mode, ModeAll)),
		OrgLog: a.Connect, Resolve: a.Connect.ResolvePickers,
		OnRelease: func(ctx context.Context) {
			if err := a.endInterrupted(ctx); err != nil {
				a.log.ErrorContext(ctx, "after a node was gone", "err", err)
			}
		},
	})
	return err
}
