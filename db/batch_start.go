package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"caracal/auth"
	"caracal/batch"
	"caracal/fault"
	"caracal/org"
	"caracal/trigger"
	"caracal/workflow"
)

// BatchStart is how a checked batch is to be started.
type BatchStart struct {
	ID        string
	Revision  int64 // that the person saw; 0 is any
	AtOnce    int
	StopAfter int          // rows that may fail before it pauses; 0 is any number
	Doubles   bool         // those too that say the same as an earlier row
	Unsafe    bool         // those too that would do again what must not be done twice
	Run       workflow.Run // the batch's own, with the one step that waits for the rows
	Plan      RunPlan      // that the rows are held to; one without an id is none
	By        auth.User
}

// StartBatch starts the rows of a checked batch that are right: the run that holds theirs is stored with its first
// burst, and nothing else; the runs of the rows are made by that burst (see MakeRows). A batch that was started already
// gives that run, and created is false.
func (d *DB) StartBatch(ctx context.Context, s BatchStart, enqueue EnqueueRun) (runID string, created bool, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		b, err := scanBatch(tx.QueryRowContext(ctx, "SELECT "+batchColumns+" FROM batch WHERE id = $1", s.ID))
		if err != nil {
			return err
		}
		switch {
		case b.State == batch.Started:
			runID = b.RunID
			return nil
		case b.State != batch.Checked || s.Revision != 0 && s.Revision != b.Revision:
			return errBatchMoved
		}
		chosen, err := exec(ctx, tx, "UPDATE batch_row SET chosen = 1 WHERE "+startable, b.ID, s.Doubles, s.Unsafe)
		if err != nil {
			return err
		}
		if chosen == 0 {
			return fault.New(fault.Conflict, "There is no row to run; correct the file and upload it again.")
		}
		s.Run.BatchID = b.ID
		out, err := d.startRun(ctx, tx, Start{Run: s.Run, By: s.By, Plan: s.Plan}, enqueue)
		if err != nil {
			return err
		}
		guards, err := batchGuards(ctx, tx, b.WorkflowID)
		if err != nil {
			return err
		}
		runID, created = out.ID, true
		if err := change(ctx, tx, `UPDATE batch SET state = 'started', raw = NULL, run_id = $1, at_once = $2, stop_after = $3, chosen = $4, guarded = $5,
			started_at = $6, started_by = $7, revision = revision + 1 WHERE id = $8`,
			out.ID, min(max(1, s.AtOnce), batch.MostAtOnce), s.StopAfter, chosen, guards.Paces(), stamp(d.Now()), s.By.ID, b.ID); err != nil {
			return err
		}
		if _, err := exec(ctx, tx, "DELETE FROM batch_ref WHERE batch_id = $1", b.ID); err != nil {
			return err
		}
		return d.appendAudit(ctx, tx, s.By, "batch.started", b.ID, map[string]any{"run": out.ID, "rows": chosen, "doubles": s.Doubles, "unsafe": s.Unsafe})
	})
	return runID, created, err
}

// MakeRows makes the runs of the next rows of a batch, at most so many, and returns how many it made; 0 when all are
// there. It goes on after the last that is there, so being cut off at any moment loses none and doubles none.
func (d *DB) MakeRows(ctx context.Context, runID string, steps []workflow.RunStep, most int) (made int, err error) {
	type row struct {
		ID    string `json:"id"`
		No    int    `json:"no"`
		Item  string `json:"item"`
		Input string `json:"input"`
	}
	now := d.Now()
	err = d.Write(ctx, func(tx *sql.Tx) error {
		r, err := scanRun(tx.QueryRowContext(ctx, "SELECT "+runColumns+" FROM run WHERE id = $1", runID))
		if err != nil || r.State.Ended() {
			return err
		}
		var last int
		if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(item_no), 0) FROM run WHERE parent_id <> '' AND parent_id = $1 AND parent_step = 0", runID).Scan(&last); err != nil {
			return err
		}
		var list []row
		if err := rows(ctx, tx, func(found *sql.Rows) error {
			next := row{ID: NewID("run", now)}
			var label string
			err := found.Scan(&next.No, &label, &next.Input)
			if err == nil {
				next.Item, err = toJSON(label)
			}
			list = append(list, next)
			return err
		}, "SELECT no, label, input FROM batch_row WHERE batch_id = $1 AND no > $2 AND chosen = 1 ORDER BY no LIMIT $3", r.BatchID, last, most); err != nil {
			return err
		}
		if made = len(list); made == 0 {
			return nil
		}
		text, err := toJSON(list)
		if err != nil {
			return err
		}
		if _, err := exec(ctx, tx, `INSERT INTO run (id, workflow_id, version, application_id, name, state, input, started_by, once_token,
			created_at, job_id, search, parent_id, parent_step, item_no, item, behind, batch_id, urgency)
			SELECT json_extract(value, '$.id'), $1, $2, $3, $4, 'queued', json_extract(value, '$.input'), $5, '', $6, 0, '', $7, 0,
				CAST(json_extract(value, '$.no') AS INTEGER), json_extract(value, '$.item'), $8, $9, $10 FROM json_each($11)`,
			r.WorkflowID, r.Version, r.ApplicationID, r.Name, r.StartedBy, stamp(now), runID, r.Behind, r.BatchID, int(org.Bulk), text); err != nil {
			return err
		}
		for i, s := range steps {
			fields, control, err := asPublished(s)
			if err != nil {
				return err
			}
			if _, err := exec(ctx, tx, `INSERT INTO run_step (run_id, idx, step_id, title, action, fields, control, state)
				SELECT json_extract(value, '$.id'), $1, $2, $3, $4, $5, $6, 'pending' FROM json_each($7)`, i, s.StepID, s.Title, s.Action, fields, control, text); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return made, nil
}

// afterRow does what follows the end of a row's run: the next row begins, unless the batch is paused, or pauses now that
// so many have failed. It reports whether the batch's own run has to look: to end, or to say when rows may go on.
func (d *DB) afterRow(ctx context.Context, tx *sql.Tx, was standing, now workflow.RunState, enqueue Enqueue) (look bool, err error) {
	var paused, guarded bool
	var stopAfter int
	if err := tx.QueryRowContext(ctx, "SELECT paused, guarded, stop_after FROM batch WHERE id = $1", was.batchID).Scan(&paused, &guarded, &stopAfter); err != nil {
		return false, err
	}
	if now == workflow.RunFailed && stopAfter > 0 && !paused {
		var failed int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM run WHERE parent_id <> '' AND parent_id = $1 AND parent_step = $2 AND state = 'failed' LIMIT $3) AS found",
			was.parentID, was.parentStep, stopAfter).Scan(&failed); err != nil {
			return false, err
		}
		more, err := anyLeft(ctx, tx, was)
		if err != nil {
			return false, err
		}
		if paused = failed >= stopAfter && more; paused {
			if err := d.pauseBatch(ctx, tx, was.batchID, System, rowsFailed(stopAfter)); err != nil {
				return false, err
			}
			look = true
		}
	}
	if !paused && !guarded && !was.rested {
		if err := beginItems(ctx, tx, was, 1, enqueue); err != nil {
			return false, err
		}
	}
	more, err := anyLeft(ctx, tx, was)
	return look || guarded && !paused || !more, err
}

func rowsFailed(n int) string {
	if n == 1 {
		return "It paused, since a row failed; look at why before the rest goes on."
	}
	return fmt.Sprintf("It paused, since %s failed; look at why before the rest goes on.", workflow.CountOf(n, "row"))
}

// rowRests lets another row begin in the place of one that waits for a time or for people, which can take days. What it
// waits for besides, such as Okta's limit, would hold up the others as well.
func (d *DB) rowRests(ctx context.Context, tx *sql.Tx, was standing, enqueue Enqueue) error {
	if was.rested {
		return nil
	}
	var rests bool
	if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM run_step WHERE run_id = $1 AND state = 'waiting' AND action IN ($2, $3))",
		was.id, workflow.FlowWait, workflow.FlowApproval).Scan(&rests); err != nil || !rests {
		return err
	}
	if err := change(ctx, tx, "UPDATE run SET rested = 1 WHERE id = $1", was.id); err != nil {
		return err
	}
	var free bool
	err := tx.QueryRowContext(ctx, "SELECT paused = 0 AND guarded = 0 FROM batch WHERE id = $1", was.batchID).Scan(&free)
	switch {
	case err != nil:
		return err
	case free:
		return beginItems(ctx, tx, was, 1, enqueue)
	}
	return queueRun(ctx, tx, was.parentID, enqueue)
}

// fillRows begins rows of a batch, at most so many, until as many are under way as may be at once.
func fillRows(ctx context.Context, tx *sql.Tx, runID string, most int, enqueue Enqueue) error {
	var atOnce int
	var paused bool
	err := tx.QueryRowContext(ctx, "SELECT at_once, paused FROM batch WHERE run_id = $1 AND run_id <> ''", runID).Scan(&atOnce, &paused)
	if err != nil || paused {
		return err
	}
	var underWay int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM run WHERE parent_id <> '' AND parent_id = $1 AND parent_step = 0
		AND state IN ('queued', 'running', 'waiting', 'asking') AND job_id <> 0 AND rested = 0`, runID).Scan(&underWay); err != nil {
		return err
	}
	if n := min(atOnce-underWay, most); n > 0 {
		return beginItems(ctx, tx, standing{parentID: runID}, n, enqueue)
	}
	return nil
}

func (d *DB) pauseBatch(ctx context.Context, tx *sql.Tx, id string, by auth.User, why string) error {
	who := by.ID
	if by.ID == System.ID {
		who = ""
	}
	if err := change(ctx, tx, "UPDATE batch SET paused = 1, paused_by = $1, why = $2, revision = revision + 1 WHERE id = $3", who, why, id); err != nil {
		return err
	}
	return d.appendAudit(ctx, tx, by, "batch.paused", id, nil)
}

// PauseBatch lets no further row of a batch begin; those under way go on.
func (d *DB) PauseBatch(ctx context.Context, id string, by auth.User, enqueue Enqueue) error {
	return d.steerBatch(ctx, id, func(tx *sql.Tx, b batch.Batch) error {
		if b.Paused {
			return nil
		}
		return d.pauseBatch(ctx, tx, id, by, by.Label()+" paused it.")
	}, enqueue)
}

// ResumeBatch lets the rows of a paused batch go on. One that paused since rows failed pauses no more by itself.
func (d *DB) ResumeBatch(ctx context.Context, id string, by auth.User, enqueue Enqueue) error {
	return d.steerBatch(ctx, id, func(tx *sql.Tx, b batch.Batch) error {
		if !b.Paused {
			return nil
		}
		stop := b.StopAfter
		if b.PausedBy == "" {
			stop = 0
		}
		if err := change(ctx, tx, "UPDATE batch SET paused = 0, paused_by = '', why = '', stop_after = $1, revision = revision + 1 WHERE id = $2", stop, id); err != nil {
			return err
		}
		return d.appendAudit(ctx, tx, by, "batch.resumed", id, nil)
	}, enqueue)
}

// CancelRest cancels the rows of a batch that have not begun, and returns how many; those under way go on to their end.
func (d *DB) CancelRest(ctx context.Context, id string, by auth.User, enqueue Enqueue) (cancelled int64, err error) {
	err = d.steerBatch(ctx, id, func(tx *sql.Tx, b batch.Batch) error {
		var err error
		if cancelled, err = d.callOff(ctx, tx, standing{parentID: b.RunID}, by.Label()+" cancelled the rest."); err != nil {
			return err
		}
		// Rows that have no run yet get none any more: their burst goes on after the last that is there.
		unmade, err := exec(ctx, tx, `UPDATE batch_row SET chosen = 0 WHERE batch_id = $1 AND chosen = 1
			AND no > (SELECT coalesce(max(item_no), 0) FROM run WHERE parent_id <> '' AND parent_id = $2 AND parent_step = 0)`, id, b.RunID)
		if err != nil {
			return err
		}
		cancelled += unmade
		if err := change(ctx, tx, "UPDATE batch SET paused = 0, paused_by = '', why = '', chosen = chosen - $1, revision = revision + 1 WHERE id = $2", unmade, id); err != nil {
			return err
		}
		return d.appendAudit(ctx, tx, by, "batch.cancelled", id, map[string]any{"rows": cancelled})
	}, enqueue)
	return cancelled, err
}

// steerBatch changes the course of a batch that is under way, and lets its run look.
func (d *DB) steerBatch(ctx context.Context, id string, do func(*sql.Tx, batch.Batch) error, enqueue Enqueue) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		b, err := scanBatch(tx.QueryRowContext(ctx, "SELECT "+batchColumns+" FROM batch WHERE id = $1", id))
		if err != nil {
			return err
		}
		if b.State != batch.Started {
			return errBatchMoved
		}
		at, err := standingOf(ctx, tx, b.RunID)
		if err != nil {
			return err
		}
		if at.state.Ended() {
			return fault.New(fault.Conflict, "This batch has already ended, so there is nothing left to change.")
		}
		if err := do(tx, b); err != nil {
			return err
		}
		return queueRun(ctx, tx, b.RunID, enqueue)
	})
}

// BatchOfRun returns the batch that a run carries out, or ErrNotFound.
func (d *DB) BatchOfRun(ctx context.Context, runID string) (batch.Batch, error) {
	b, err := scanBatch(d.read.QueryRowContext(ctx, "SELECT "+batchColumns+" FROM batch WHERE run_id = $1 AND run_id <> ''", runID))
	if errors.Is(err, sql.ErrNoRows) {
		return b, ErrNotFound
	}
	return b, explain(err)
}

// BatchPace returns the guard rails that say when rows of a batch may begin, how many rows of its workflow began since a
// time or are about to, and when the first of these began. What has ended for longer is not looked at.
func (d *DB) BatchPace(ctx context.Context, workflowID string, since time.Time) (g trigger.Guards, begun int, first time.Time, err error) {
	if g, err = batchGuards(ctx, d.read, workflowID); err != nil || g.PerHour == 0 {
		return g, 0, first, err
	}
	err = d.read.QueryRowContext(ctx, `SELECT count(*), coalesce(min(CASE started_at WHEN '' THEN NULL ELSE started_at END), '') FROM run
		WHERE parent_id <> '' AND parent_step = 0 AND job_id <> 0 AND (started_at > $2 OR started_at = '' AND state = 'queued')
		AND parent_id IN (SELECT p.id FROM batch b JOIN run p ON p.id = b.run_id WHERE b.workflow_id = $1 AND b.run_id <> '' AND (p.ended_at = '' OR p.ended_at > $2))`,
		workflowID, stamp(since)).Scan(&begun, stampInto(&first))
	return g, begun, first, explain(err)
}

// batchGuards returns the guard rails of the batches of a workflow.
func batchGuards(ctx context.Context, q querier, workflowID string) (trigger.Guards, error) {
	var c trigger.Config
	err := q.QueryRowContext(ctx, "SELECT config FROM run_trigger WHERE workflow_id = $1 AND kind = $2", workflowID, string(trigger.CSV)).Scan(jsonInto(&c))
	if errors.Is(err, sql.ErrNoRows) {
		return trigger.Guards{}, nil
	}
	return c.Guards, explain(err)
}

// paceBatches lets the batches that are under way keep to guard rails that were changed.
func paceBatches(ctx context.Context, tx *sql.Tx, t trigger.Trigger) error {
	if t.Kind != trigger.CSV {
		return nil
	}
	_, err := exec(ctx, tx, "UPDATE batch SET guarded = $1 WHERE workflow_id = $2 AND state = 'started'", t.Guards.Paces(), t.WorkflowID)
	return err
}
