package engine

import (
	"context"

	"caracal/auth"
	"caracal/internal/crash"
	"caracal/workflow"
)

// StartRequest asks for a run of a published version.
type StartRequest struct {
	Version   workflow.Version
	Input     map[string]string
	By        auth.User
	OnceToken string // from the form: a second request with it returns the first one's run
}

// StartRun stores the run, its first burst and the audit line in one transaction, and returns the run's id.
func (e *Engine) StartRun(ctx context.Context, r StartRequest) (runID string, err error) {
	def := r.Version.Definition
	run := workflow.Run{WorkflowID: r.Version.WorkflowID, Version: r.Version.Number, ApplicationID: def.ApplicationID,
		Name: def.Name, Input: r.Input, StartedBy: r.By.ID, OnceToken: r.OnceToken}
	run.Steps = def.RunSteps("")
	id, _, err := e.db.CreateRun(ctx, run, r.By, e.enqueueNow(ctx))
	if err == nil {
		crash.At("run-accepted")
		e.changed.tell()
	}
	return id, err
}
