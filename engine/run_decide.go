package engine

import (
	"context"
	"fmt"
	"time"

	"caracal/auth"
	"caracal/fault"
	"caracal/workflow"
)

// Decision is a person's answer about an uncertain step.
type Decision string

// The decisions.
const (
	Done   Decision = "done"   // the change is there: go on with the next step
	Repeat Decision = "repeat" // the change is not there: do it (again)
	Fail   Decision = "fail"   // end the run here
)

// Decide answers an uncertain step and, unless the answer ends it, queues the run again.
func (e *Engine) Decide(ctx context.Context, runID string, stepIndex int, d Decision, by auth.User) error {
	defer e.changed.tell()
	return asStored(func() error { return e.decide(ctx, runID, stepIndex, d, by) })
}

// decide answers a step of the run as it is now. It is ErrConflict when that changed meanwhile.
func (e *Engine) decide(ctx context.Context, runID string, stepIndex int, d Decision, by auth.User) error {
	run, err := e.db.Run(ctx, runID)
	if err != nil {
		return err
	}
	if stepIndex < 0 || stepIndex >= len(run.Steps) {
		return fault.New(fault.NotFound, "This run has no step %d; reload the page.", stepIndex+1)
	}
	step := run.Steps[stepIndex]
	step.EndedAt = e.now()
	switch d {
	case Done:
		step.State, step.Error, step.ErrorCode, step.Doubt = workflow.StepDone, "", "", false
		step.Finding = fmt.Sprintf("%s looked in Okta and said that it was done.", by.Label())
	case Repeat:
		step.State, step.Error, step.ErrorCode, step.EndedAt = workflow.StepPending, "", "", time.Time{}
		step.Finding = fmt.Sprintf("%s looked in Okta and asked to do it again.", by.Label())
	case Fail:
		step.State, step.Doubt = workflow.StepFailed, true
		step.Finding = fmt.Sprintf("%s ended the run here.", by.Label())
		if step.Error == "" {
			step.Error = "It could not be told whether this step was done, and the run was ended."
		}
	default:
		return fault.New(fault.Invalid, "Choose whether the step was done, should be repeated, or ends the run.")
	}
	return e.db.DecideStep(ctx, step, run.Revision, string(d), by, e.enqueueNow(ctx))
}
