package db

import (
	"context"
	"database/sql"

	"caracal/auth"
	"caracal/fault"
	"caracal/workflow"
)

// CancelRun ends a run by a person's wish, in one transaction with what withdraw does to its burst. A step
// in flight finishes and is recorded. Cancelling a cancelled run changes nothing; another ended run is a
// conflict.
func (d *DB) CancelRun(ctx context.Context, runID string, by auth.User, withdraw func(tx *sql.Tx, jobID int64) error) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		was, jobID, err := runState(ctx, tx, runID)
		if err != nil || was == workflow.RunCancelled {
			return err
		}
		if was.Ended() {
			return fault.New(fault.Conflict, "This run has already %s, so there is nothing left to cancel.", was)
		}
		if err := withdraw(tx, jobID); err != nil {
			return err
		}
		if err := skipPending(ctx, tx, runID); err != nil {
			return err
		}
		if err := change(ctx, tx, `UPDATE run SET state = 'cancelled', wait_reason = '', wait_until = '', ended_at = $1,
			revision = revision + 1 WHERE id = $2`, stamp(d.Now()), runID); err != nil {
			return err
		}
		return d.appendAudit(ctx, tx, by, "run.cancelled", runID, nil)
	})
}

// DecideStep stores what a person says about an uncertain step, and queues the run again unless the answer
// ends it. step is the whole row as it becomes; the run must be asking and the stored step uncertain, or
// somebody else was first.
func (d *DB) DecideStep(ctx context.Context, step workflow.RunStep, answer string, by auth.User, enqueue Enqueue) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		was, _, err := runState(ctx, tx, step.RunID)
		if err != nil {
			return err
		}
		var stepWas workflow.StepState
		if err := tx.QueryRowContext(ctx, "SELECT state FROM run_step WHERE run_id = $1 AND idx = $2", step.RunID, step.Index).Scan(&stepWas); err != nil {
			return err
		}
		if was != workflow.RunAsking || stepWas != workflow.StepUncertain {
			return fault.New(fault.Conflict, "This step no longer waits for a decision; somebody else may have answered. Look at the run as it is now.")
		}
		if err := putStep(ctx, tx, step); err != nil {
			return err
		}
		if err := d.appendAudit(ctx, tx, by, "run.decided", step.RunID, map[string]any{"step": step.StepID, "answer": answer}); err != nil {
			return err
		}
		return d.afterDecision(ctx, tx, step, step.Error, enqueue)
	})
}

// ApproveStep stores what a person answers to an approval, with an audit line of that name, and queues the run
// again unless the answer ends it with these words. step is the whole row as it becomes; the stored step must
// be waiting, or somebody else, the clock or a cancel was first.
func (d *DB) ApproveStep(ctx context.Context, step workflow.RunStep, audit, words string, by auth.User, enqueue Enqueue) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		was, _, err := runState(ctx, tx, step.RunID)
		if err != nil {
			return err
		}
		var stepWas workflow.StepState
		if err := tx.QueryRowContext(ctx, "SELECT state FROM run_step WHERE run_id = $1 AND idx = $2", step.RunID, step.Index).Scan(&stepWas); err != nil {
			return err
		}
		if was.Ended() || stepWas != workflow.StepWaiting {
			return fault.New(fault.Conflict, "This question is no longer open: somebody else answered it, its time ran out, or the run ended. Look at the run as it is now.")
		}
		if err := putStep(ctx, tx, step); err != nil {
			return err
		}
		if err := d.appendAudit(ctx, tx, by, audit, step.RunID, map[string]any{"step": step.StepID, "comment": step.Output["comment"]}); err != nil {
			return err
		}
		return d.afterDecision(ctx, tx, step, words, enqueue)
	})
}

// afterDecision queues the run again, or ends it when the decided step failed.
func (d *DB) afterDecision(ctx context.Context, tx *sql.Tx, step workflow.RunStep, words string, enqueue Enqueue) error {
	if step.State != workflow.StepFailed {
		return queueRun(ctx, tx, step.RunID, enqueue)
	}
	if err := d.endRun(ctx, tx, Progress{RunID: step.RunID, State: workflow.RunFailed}); err != nil {
		return err
	}
	return change(ctx, tx, `UPDATE run SET state = 'failed', error = $1, wait_reason = '', wait_until = '', ended_at = $2,
		revision = revision + 1 WHERE id = $3`, words, stamp(d.Now()), step.RunID)
}

func queueRun(ctx context.Context, tx *sql.Tx, runID string, enqueue Enqueue) error {
	jobID, err := enqueue(tx)
	if err != nil {
		return err
	}
	return change(ctx, tx, `UPDATE run SET state = 'queued', wait_reason = '', wait_until = '', job_id = $1,
		revision = revision + 1 WHERE id = $2`, jobID, runID)
}

func runState(ctx context.Context, tx *sql.Tx, runID string) (state workflow.RunState, jobID int64, err error) {
	err = tx.QueryRowContext(ctx, "SELECT state, job_id FROM run WHERE id = $1", runID).Scan(&state, &jobID)
	return state, jobID, err
}
