package handlers

import (
	"context"

	"caracal/org"
	"caracal/views"
	"caracal/workflow"
)

// runLog is what is known of a run in the System Log of its org.
func (h *Handlers) runLog(ctx context.Context, run workflow.Run, app org.Application) (log views.RunLog, err error) {
	log.App = app
	if log.Steps, err = h.DB.RunLog(ctx, run.ID); err != nil || len(log.Steps) == 0 {
		return log, err
	}
	log.Problem, log.Scope, err = h.DB.LogProblem(ctx, run.ApplicationID)
	return log, err
}
