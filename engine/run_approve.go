package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"caracal/auth"
	"caracal/db"
	"caracal/fault"
	"caracal/workflow"
)

// Answer is what a person says to an approval.
type Answer struct {
	Step    int
	Yes     bool
	Comment string
}

// Approve takes the answer of one person to an approval and, in the same transaction, queues the run again or
// ends it. The first answer counts, or each of the people named has to say yes; whoever started the run can't
// give one.
func (e *Engine) Approve(ctx context.Context, runID string, a Answer, by auth.User) error {
	if n := utf8.RuneCountInString(a.Comment); n > workflow.MaxComment {
		return fault.In("comment", "The comment has %d characters; shorten it to %d.", n, workflow.MaxComment)
	}
	if _, _, err := e.asked(ctx, runID, a.Step, by); err != nil {
		return err
	}
	// A burst may be about to say that the time ran out. While this run waits for people its bursts are short.
	defer e.running.lock(runID)()
	defer e.changed.tell()
	return asStored(func() error { return e.approve(ctx, runID, a, by) })
}

// mostMoves is how often something is tried that is made of a run as it was read, while others change the run.
const mostMoves = 20

// asStored does what is made of a run as it was read anew until nobody changed the run in between: another node may
// take another person's answer at the same moment.
func asStored(do func() error) (err error) {
	for range mostMoves {
		if err = do(); !errors.Is(err, db.ErrConflict) {
			return err
		}
	}
	return fault.New(fault.Conflict, "This run is being changed by others at this moment; look at it and answer again.").Because(err)
}

// approve takes one answer, for the run as it is now. It is ErrConflict when that changed meanwhile.
func (e *Engine) approve(ctx context.Context, runID string, a Answer, by auth.User) error {
	step, run, err := e.asked(ctx, runID, a.Step, by)
	if err != nil {
		return err
	}
	apart := run.Apart()
	answer := workflow.Answered{ID: by.ID, Name: by.Label(), Comment: strings.TrimSpace(a.Comment)}
	words := ""
	switch {
	case !a.Yes:
		step.State, step.Error = workflow.StepFailed, answer.Sentence("said no")
		step.Output = workflow.Output{"decision": workflow.Rejected, "by": answer.Name, "comment": answer.Comment}
		words = fmt.Sprintf("Step %d, %s: %s", step.Index+1, step.Title, step.Error)
	default:
		step = step.WithAnswer(answer)
		if len(step.StillAsked(apart...)) == 0 {
			step = step.Agreed()
		}
	}
	if step.State != workflow.StepWaiting {
		step.EndedAt, step.DueAt = e.now(), time.Time{}
	}
	audit := "run.approved"
	if !a.Yes {
		audit = "run.rejected"
	}
	return e.db.ApproveStep(ctx, step, run.Revision, audit, answer.Comment, words, by, e.enqueueNow(ctx))
}

// asked returns the approval that waits, when this person may decide it, and its run.
func (e *Engine) asked(ctx context.Context, runID string, index int, by auth.User) (step workflow.RunStep, run workflow.Run, err error) {
	if run, err = e.db.Run(ctx, runID); err != nil {
		return step, run, err
	}
	if index < 0 || index >= len(run.Steps) || run.Steps[index].Action != workflow.FlowApproval {
		return step, run, fault.New(fault.NotFound, "This run asks for no approval at step %d; reload the page.", index+1)
	}
	step = run.Steps[index]
	if run.State.Ended() || step.State != workflow.StepWaiting {
		return step, run, fault.New(fault.Conflict, "This question is no longer open: somebody else answered it, its time ran out, or the run ended. Look at the run as it is now.")
	}
	if problem := run.MayDecide(step, by); problem != "" {
		return step, run, fault.New(fault.Forbidden, "%s", problem)
	}
	return step, run, nil
}
