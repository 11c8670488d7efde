package engine

import (
	"context"
	"slices"
	"time"

	"caracal/auth"
	"caracal/workflow"
)

// Advance carries out one burst of a run, for an engine without a queue: to its end, or to where it must wait.
func (e *Engine) Advance(ctx context.Context, runID string) (workflow.Run, error) {
	if err := e.advance(ctx, runID, nil); err != nil {
		return workflow.Run{}, err
	}
	return e.db.Run(ctx, runID)
}

// Assume says yes to the approvals that a run waits for, in nobody's name, and reports how many there were. It is
// for rehearsals: who may decide is not looked at.
func (e *Engine) Assume(ctx context.Context, run workflow.Run, by auth.User) (given int, err error) {
	for _, step := range slices.Clone(run.Steps) {
		if step.Action != workflow.FlowApproval || step.State != workflow.StepWaiting {
			continue
		}
		step = step.Agreed()
		step.Output["by"], step.EndedAt, step.DueAt = by.Label(), e.now(), time.Time{}
		step.Finding = "Taken as approved."
		now, err := e.db.RunRevision(ctx, run.ID) // nobody else answers here
		if err != nil {
			return given, err
		}
		if err := e.db.ApproveStep(ctx, step, now, "run.approved", "", "", by, e.enqueueNow(ctx)); err != nil {
			return given, err
		}
		given++
	}
	return given, nil
}
