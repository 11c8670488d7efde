package db

import (
	"context"
	"database/sql"

	"caracal/auth"
	"caracal/fault"
	"caracal/workflow"
)

// CancelRun ends a run, and the runs within it, by a person's wish, in one transaction with what withdraw does
// to their bursts. A step in flight finishes and is recorded. Cancelling a cancelled run changes nothing; another
// ended run is a conflict. A run that waits for this one goes on.
func (d *DB) CancelRun(ctx context.Context, runID string, by auth.User, withdraw func(tx *sql.Tx, jobID int64) error, enqueue Enqueue) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		at, err := standingOf(ctx, tx, runID)
		if err != nil || at.state == workflow.RunCancelled {
			return err
		}
		if at.state.Ended() {
			return fault.New(fault.Conflict, "This run has already %s, so there is nothing left to cancel.", at.state)
		}
		if err := d.cancelAll(ctx, tx, runID, withdraw); err != nil {
			return err
		}
		if err := d.appendAudit(ctx, tx, by, "run.cancelled", runID, nil); err != nil {
			return err
		}
		return d.moved(ctx, tx, at, workflow.RunCancelled, enqueue)
	})
}

// DecideStep stores what a person says about an uncertain step, and queues the run again unless the answer
// ends it. step is the whole row as it becomes, made of the run at the revision seen: where that has moved since, it is
// ErrConflict. The run must be asking and the stored step uncertain, or somebody else was first.
func (d *DB) DecideStep(ctx context.Context, step workflow.RunStep, seen int64, answer string, by auth.User, enqueue Enqueue) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		at, err := standingOf(ctx, tx, step.RunID)
		if err != nil {
			return err
		}
		var stepWas workflow.StepState
		if err := tx.QueryRowContext(ctx, "SELECT state FROM run_step WHERE run_id = $1 AND idx = $2", step.RunID, step.Index).Scan(&stepWas); err != nil {
			return err
		}
		if at.state != workflow.RunAsking || stepWas != workflow.StepUncertain {
			return fault.New(fault.Conflict, "This step no longer waits for a decision; somebody else may have answered. Look at the run as it is now.")
		}
		if at.revision != seen {
			return ErrConflict
		}
		if err := putStep(ctx, tx, step); err != nil {
			return err
		}
		if err := d.appendAudit(ctx, tx, by, "run.decided", step.RunID, map[string]any{"step": step.StepID, "answer": answer}); err != nil {
			return err
		}
		return d.afterDecision(ctx, tx, at, step, step.Error, enqueue)
	})
}

// ApproveStep stores what a person answers to an approval, with an audit line of that name, and queues the run
// again unless the answer ends it with these words, or others have to answer too. step is the whole row as it
// becomes, made of the run at the revision seen: where that has moved since, as when another of several people answered
// on another node, it is ErrConflict. The stored step must be waiting, or somebody else, the clock or a cancel was first.
func (d *DB) ApproveStep(ctx context.Context, step workflow.RunStep, seen int64, audit, comment, words string, by auth.User, enqueue Enqueue) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		at, err := standingOf(ctx, tx, step.RunID)
		if err != nil {
			return err
		}
		var stepWas workflow.StepState
		if err := tx.QueryRowContext(ctx, "SELECT state FROM run_step WHERE run_id = $1 AND idx = $2", step.RunID, step.Index).Scan(&stepWas); err != nil {
			return err
		}
		if at.state.Ended() || stepWas != workflow.StepWaiting {
			return fault.New(fault.Conflict, "This question is no longer open: somebody else answered it, its time ran out, or the run ended. Look at the run as it is now.")
		}
		if at.revision != seen {
			return ErrConflict
		}
		if err := putStep(ctx, tx, step); err != nil {
			return err
		}
		detail := map[string]any{"step": step.StepID, "comment": comment}
		hash, err := planHash(ctx, tx, step.RunID)
		if err != nil {
			return err
		}
		if hash != "" {
			detail["plan"] = hash
		}
		if err := d.appendAudit(ctx, tx, by, audit, step.RunID, detail); err != nil {
			return err
		}
		return d.afterDecision(ctx, tx, at, step, words, enqueue)
	})
}

// afterDecision queues the run again, or ends it when the decided step failed. A step that still waits, for the
// answers of others, leaves the run where it is.
func (d *DB) afterDecision(ctx context.Context, tx *sql.Tx, at standing, step workflow.RunStep, words string, enqueue Enqueue) error {
	switch step.State {
	case workflow.StepWaiting:
		return change(ctx, tx, "UPDATE run SET revision = revision + 1 WHERE id = $1", step.RunID)
	case workflow.StepFailed:
	default:
		if err := queueRun(ctx, tx, step.RunID, enqueue); err != nil {
			return err
		}
		return d.moved(ctx, tx, at, workflow.RunQueued, enqueue)
	}
	if err := d.endRun(ctx, tx, Progress{RunID: step.RunID, State: workflow.RunFailed}, at); err != nil {
		return err
	}
	if err := change(ctx, tx, `UPDATE run SET state = 'failed', error = $1, wait_reason = '', wait_until = '', ended_at = $2,
		revision = revision + 1 WHERE id = $3`, words, stamp(d.Now()), step.RunID); err != nil {
		return err
	}
	return d.moved(ctx, tx, at, workflow.RunFailed, enqueue)
}

func queueRun(ctx context.Context, tx *sql.Tx, runID string, enqueue Enqueue) error {
	jobID, err := enqueue(tx, runID)
	if err != nil {
		return err
	}
	return change(ctx, tx, `UPDATE run SET state = 'queued', wait_reason = '', wait_until = '', job_id = $1,
		revision = revision + 1 WHERE id = $2`, jobID, runID)
}
