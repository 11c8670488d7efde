package engine

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"caracal/auth"
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
// ends it. The first answer counts; whoever started the run can't give one.
func (e *Engine) Approve(ctx context.Context, runID string, a Answer, by auth.User) error {
	if n := utf8.RuneCountInString(a.Comment); n > workflow.MaxComment {
		return fault.In("comment", "The comment has %d characters; shorten it to %d.", n, workflow.MaxComment)
	}
	if _, err := e.asked(ctx, runID, a.Step, by); err != nil {
		return err
	}
	// A burst may be about to say that the time ran out. While this run waits for people its bursts are short.
	defer e.running.lock(runID)()
	step, err := e.asked(ctx, runID, a.Step, by)
	if err != nil {
		return err
	}
	said, decision, audit := "approved", workflow.Approved, "run.approved"
	step.State = workflow.StepDone
	if !a.Yes {
		said, decision, audit = "said no", workflow.Rejected, "run.rejected"
		step.State = workflow.StepFailed
	}
	comment := strings.TrimSpace(a.Comment)
	step.Finding = by.Label() + " " + said + "."
	if comment != "" {
		step.Finding = fmt.Sprintf("%s %s: %s", by.Label(), said, comment)
	}
	step.Output = workflow.Output{"decision": decision, "by": by.Label(), "comment": comment}
	step.EndedAt, step.DueAt = e.now(), time.Time{}
	words := ""
	if !a.Yes {
		step.Error = step.Finding
		step.Finding = ""
		words = fmt.Sprintf("Step %d, %s: %s", step.Index+1, step.Title, step.Error)
	}
	defer e.changed.tell()
	return e.db.ApproveStep(ctx, step, audit, words, by, func(tx *sql.Tx) (int64, error) {
		return e.enqueue(ctx, tx, runID, time.Time{})
	})
}

// asked returns the approval that waits, when this person may decide it.
func (e *Engine) asked(ctx context.Context, runID string, index int, by auth.User) (workflow.RunStep, error) {
	run, err := e.db.Run(ctx, runID)
	if err != nil {
		return workflow.RunStep{}, err
	}
	if index < 0 || index >= len(run.Steps) || run.Steps[index].Action != workflow.FlowApproval {
		return workflow.RunStep{}, fault.New(fault.NotFound, "This run asks for no approval at step %d; reload the page.", index+1)
	}
	step := run.Steps[index]
	if run.State.Ended() || step.State != workflow.StepWaiting {
		return step, fault.New(fault.Conflict, "This question is no longer open: somebody else answered it, its time ran out, or the run ended. Look at the run as it is now.")
	}
	if problem := workflow.MayDecide(step.Input, run.StartedBy, by); problem != "" {
		return step, fault.New(fault.Forbidden, "%s", problem)
	}
	return step, nil
}
