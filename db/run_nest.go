package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"caracal/workflow"
)

// Children are the runs within another that one of its steps waits for: the items of a for-each, or a workflow
// that was called.
type Children struct {
	Step   int          // Index of the step that waits for them
	Run    workflow.Run // what all of them have in common, with their steps
	Items  []any        // one run for each; nil is one run, of a called workflow
	AtOnce int          // how many of them begin at once
	// Taken holds, by the place in Items (0 for a called workflow), what a run takes over from an earlier one.
	Taken  map[int]TakenRun
	Stored bool // the runs are there, as those of an undo are from its start; they only begin
}

// chunk is how many runs one statement makes.
const chunk = 500

// insertChildren stores the runs and puts the first bursts on the queue. Ten thousand of them are a few dozen
// statements, since nobody else can write meanwhile.
func (d *DB) insertChildren(ctx context.Context, tx *sql.Tx, parentID string, c Children, enqueue Enqueue) error {
	if c.Stored {
		return beginItems(ctx, tx, standing{parentID: parentID, parentStep: c.Step}, max(1, c.AtOnce), enqueue)
	}
	now := d.Now()
	r := c.Run
	if r.Input == nil {
		r.Input = map[string]string{}
	}
	input, err := toJSON(r.Input)
	if err != nil {
		return err
	}
	items, first := c.Items, 1
	if items == nil {
		items, first = []any{nil}, 0
	}
	var ids []string
	for from := 0; from < len(items); from += chunk {
		type row struct {
			ID   string `json:"id"`
			No   int    `json:"no"`
			Item string `json:"item"`
		}
		var list []row
		for n, item := range items[from:min(from+chunk, len(items))] {
			raw := ""
			if first > 0 {
				if raw, err = toJSON(item); err != nil {
					return err
				}
			}
			list = append(list, row{NewID("run", now), from + first + n, raw})
			ids = append(ids, list[len(list)-1].ID)
		}
		rows, err := toJSON(list)
		if err != nil {
			return err
		}
		if _, err := exec(ctx, tx, `INSERT INTO run (id, workflow_id, version, application_id, name, state, input, started_by, once_token,
			created_at, job_id, search, parent_id, parent_step, item_no, item, behind, urgency)
			SELECT json_extract(value, '$.id'), $1, $2, $3, $4, 'queued', $5, $6, '', $7, 0, '', $8, $9,
				CAST(json_extract(value, '$.no') AS INTEGER), json_extract(value, '$.item'), $11, $12 FROM json_each($10)`,
			r.WorkflowID, r.Version, r.ApplicationID, r.Name, input, r.StartedBy, stamp(now), parentID, c.Step, rows, r.Behind, int(urgencyOf(r))); err != nil {
			return err
		}
	}
	for i, s := range r.Steps {
		fields, control, err := asPublished(s)
		if err != nil {
			return err
		}
		if _, err := exec(ctx, tx, `INSERT INTO run_step (run_id, idx, step_id, title, action, fields, control, state)
			SELECT id, $1, $2, $3, $4, $5, $6, 'pending' FROM run WHERE parent_id <> '' AND parent_id = $7 AND parent_step = $8`,
			i, s.StepID, s.Title, s.Action, fields, control, parentID, c.Step); err != nil {
			return err
		}
	}
	if err := takeOver(ctx, tx, ids, c.Taken, len(r.Steps)); err != nil {
		return err
	}
	return beginItems(ctx, tx, standing{parentID: parentID, parentStep: c.Step}, max(1, c.AtOnce), enqueue)
}

// beginItems gives a burst to the next runs, at most so many, that have none yet.
func beginItems(ctx context.Context, tx *sql.Tx, at standing, most int, enqueue Enqueue) error {
	var ids []string
	if err := rows(ctx, tx, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	}, "SELECT id FROM run WHERE parent_id <> '' AND parent_id = $1 AND parent_step = $2 AND state = 'queued' AND job_id = 0 ORDER BY item_no LIMIT $3",
		at.parentID, at.parentStep, most); err != nil {
		return err
	}
	for _, id := range ids {
		jobID, err := enqueue(tx, id)
		if err != nil {
			return err
		}
		if err := change(ctx, tx, "UPDATE run SET job_id = $1 WHERE id = $2", jobID, id); err != nil {
			return err
		}
	}
	return nil
}

// ChainedRun returns the run that a job is to move which began with first, an item of a list, and went on from item to
// item; "" when there is none.
func (d *DB) ChainedRun(ctx context.Context, first string, jobID int64) (id string, err error) {
	err = d.read.QueryRowContext(ctx, `SELECT r.id FROM run f JOIN run r ON r.parent_id <> '' AND r.parent_id = f.parent_id AND r.parent_step = f.parent_step
		WHERE f.id = $1 AND r.state IN ('queued', 'running') AND r.job_id = $2 ORDER BY r.item_no LIMIT 1`, first, jobID).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, explain(err)
}

// standing is how a run stands, with its place in another.
type standing struct {
	id         string
	state      workflow.RunState
	parentID   string
	parentStep int
	itemNo     int
	holder     string // the node that moves it
	revision   int64
	batchID    string // of a batch's run, and of a row's
	rested     bool   // a row that gave its place to another
	undoes     string // the run that it takes back, or ""
}

func standingOf(ctx context.Context, tx *sql.Tx, runID string) (s standing, err error) {
	s.id = runID
	err = tx.QueryRowContext(ctx, "SELECT state, parent_id, parent_step, item_no, holder, revision, batch_id, rested, undoes FROM run WHERE id = $1", runID).
		Scan(&s.state, &s.parentID, &s.parentStep, &s.itemNo, &s.holder, &s.revision, &s.batchID, &s.rested, &s.undoes)
	return s, explain(err)
}

// moved lets the runs around one know that it went from a state to another. The end of an item begins the next
// one, or, where one failed and the for-each stops then, calls off those that have not begun; the end of the last
// lets the run above go on.
func (d *DB) moved(ctx context.Context, tx *sql.Tx, was standing, now workflow.RunState, enqueue Enqueue) error {
	if was.parentID == "" || was.state == now {
		return nil
	}
	above, err := standingOf(ctx, tx, was.parentID)
	if err != nil || above.state.Ended() {
		return err
	}
	if now.Ended() {
		if enqueue == nil {
			return fmt.Errorf("end run %q within another: nothing can be put on the queue", was.id)
		}
		goesOn, err := d.afterItem(ctx, tx, was, now, enqueue)
		if err != nil {
			return err
		}
		if goesOn {
			if err := queueRun(ctx, tx, was.parentID, enqueue); err != nil {
				return err
			}
		}
	} else if now == workflow.RunWaiting && was.batchID != "" {
		if err := d.rowRests(ctx, tx, was, enqueue); err != nil {
			return err
		}
	}
	_, err = exec(ctx, tx, `UPDATE run SET revision = revision + 1 WHERE id IN (WITH RECURSIVE up(id) AS (SELECT id FROM run WHERE id = $1
		UNION SELECT run.parent_id FROM run JOIN up ON run.id = up.id WHERE run.parent_id <> '') SELECT id FROM up)`, was.parentID)
	return err
}

// afterItem does what follows the end of a run within another, and reports whether the one above goes on.
func (d *DB) afterItem(ctx context.Context, tx *sql.Tx, was standing, now workflow.RunState, enqueue Enqueue) (bool, error) {
	if was.itemNo == 0 {
		return true, nil
	}
	if was.batchID != "" {
		return d.afterRow(ctx, tx, was, now, enqueue)
	}
	if now != workflow.RunSucceeded {
		var onFailed string
		if err := tx.QueryRowContext(ctx, "SELECT coalesce(json_extract(input, '$.on_failed'), '') FROM run_step WHERE run_id = $1 AND idx = $2 AND input <> ''",
			was.parentID, was.parentStep).Scan(&onFailed); err != nil {
			return false, err
		}
		if onFailed != workflow.LoopGoesOn {
			if _, err := d.callOff(ctx, tx, was, "It was not begun, since another item failed."); err != nil {
				return false, err
			}
		}
	}
	if err := beginItems(ctx, tx, was, 1, enqueue); err != nil {
		return false, err
	}
	more, err := anyLeft(ctx, tx, was)
	return !more, err
}

// anyLeft reports whether a run has not ended among those that a step waits for.
func anyLeft(ctx context.Context, tx *sql.Tx, at standing) (more bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM run WHERE parent_id <> '' AND parent_id = $1 AND parent_step = $2
		AND state IN ('queued', 'running', 'waiting', 'asking'))`, at.parentID, at.parentStep).Scan(&more)
	return more, err
}

// callOff cancels the items that have not begun, and says why in a sentence. It returns how many there were.
func (d *DB) callOff(ctx context.Context, tx *sql.Tx, at standing, why string) (int64, error) {
	const unbegun = "parent_id <> '' AND parent_id = $1 AND parent_step = $2 AND state = 'queued' AND job_id = 0"
	if _, err := exec(ctx, tx, "UPDATE run_step SET state = 'skipped' WHERE run_id IN (SELECT id FROM run WHERE "+unbegun+") AND state = 'pending'",
		at.parentID, at.parentStep); err != nil {
		return 0, err
	}
	return exec(ctx, tx, `UPDATE run SET state = 'cancelled', error = $4, ended_at = $3, revision = revision + 1 WHERE `+unbegun,
		at.parentID, at.parentStep, stamp(d.Now()), why)
}

// cancelAll cancels a run and the runs within it that have not ended, however deep.
func (d *DB) cancelAll(ctx context.Context, tx *sql.Tx, runID string, withdraw func(tx *sql.Tx, jobID int64) error) error {
	const within = `(WITH RECURSIVE down(id) AS (SELECT id FROM run WHERE id = $1
		UNION ALL SELECT run.id FROM run JOIN down ON run.parent_id <> '' AND run.parent_id = down.id
			WHERE run.state IN ('queued', 'running', 'waiting', 'asking')) SELECT id FROM down)`
	var jobs []int64
	if err := rows(ctx, tx, func(r *sql.Rows) error {
		var job int64
		err := r.Scan(&job)
		jobs = append(jobs, job)
		return err
	}, "SELECT job_id FROM run WHERE job_id <> 0 AND id IN "+within, runID); err != nil {
		return err
	}
	for _, job := range jobs {
		if err := withdraw(tx, job); err != nil {
			return err
		}
	}
	if _, err := exec(ctx, tx, "UPDATE run_step SET state = 'skipped' WHERE state IN ('pending', 'waiting') AND run_id IN "+within, runID); err != nil {
		return err
	}
	_, err := exec(ctx, tx, `UPDATE run SET state = 'cancelled', wait_reason = '', wait_until = '', wait_for = '', ended_at = $2, revision = revision + 1
		WHERE id IN `+within, runID, stamp(d.Now()))
	return err
}
