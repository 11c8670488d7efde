package app

import (
	"context"

	"caracal/engine"
	"caracal/fault"
	"caracal/workflow"
)

// wireEngine makes what runs workflows: the actions as an executor, and the engine that calls it.
func (a *App) wireEngine(c Config) error {
	a.Registry = workflow.NewRegistry(nil)
	none := fault.New(fault.NotFound, "There is no such action.")
	var err error
	a.Engine, err = engine.New(engine.Config{
		DB: a.DB, Spec: a.Registry.Get, Clock: c.Clock, Logger: c.Log, Workers: c.Workers,
		Executor: workflow.Executor{
			Do:   func(context.Context, workflow.Call) (workflow.Result, error) { return workflow.Result{}, none },
			Find: func(context.Context, workflow.Call) (workflow.Finding, error) { return workflow.Finding{}, none },
		},
	})
	return err
}
