package db

import (
	"context"
	"database/sql"
	"fmt"

	"caracal/auth"
	"caracal/fault"
	"caracal/workflow"
)

// UndoRun is a run that takes another back, with the runs within it: one for each item of a for-each that is taken
// back, or one for a workflow that was called.
type UndoRun struct {
	Run    workflow.Run      // with its steps; Undoes names what it takes back
	Within map[int][]UndoRun // by the Index of the step that waits for them
}

// Undo is an undo to be stored.
type Undo struct {
	UndoRun
	By  auth.User // of the audit line
	Key StartKey  // zero for none
}

// StartUndo stores an undo with all runs within it, its first burst, its audit line and its key: all or none. Where a
// step is taken back already, or is about to be, it is a conflict. Ids and times are given here.
func (d *DB) StartUndo(ctx context.Context, u Undo, enqueue Enqueue) (out StartedRun, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		out, err = d.startUndo(ctx, tx, u, enqueue)
		return err
	})
	if err != nil {
		return StartedRun{}, err
	}
	return out, nil
}

func (d *DB) startUndo(ctx context.Context, tx *sql.Tx, u Undo, enqueue Enqueue) (out StartedRun, err error) {
	if out.ID, err = d.usedKey(ctx, tx, u.Key); err != nil || out.ID != "" {
		return out, err
	}
	r := u.Run
	r.CreatedAt = d.Now()
	r.ID = NewID("run", r.CreatedAt)
	if r.OnceToken != "" {
		if out.ID, err = usedOnceToken(ctx, tx, r, u.By); err != nil || out.ID != "" {
			return out, err
		}
	}
	all := &undoRows{db: d}
	if err := all.add(UndoRun{Run: r, Within: u.Within}); err != nil {
		return out, err
	}
	if err := all.refuseTaken(ctx, tx); err != nil {
		return out, err
	}
	jobID, err := enqueue(tx, r.ID)
	if err != nil {
		return out, err
	}
	top := r
	top.Steps = nil
	if err := insertRun(ctx, tx, top, jobID); err != nil {
		return out, err
	}
	if err := all.insert(ctx, tx, r); err != nil {
		return out, err
	}
	if u.Key.Key != "" {
		if err := addKey(ctx, tx, u.Key, r); err != nil {
			return out, err
		}
	}
	return StartedRun{ID: r.ID, Created: true}, d.appendAudit(ctx, tx, u.By, "run.undo_started", r.ID,
		map[string]any{"undoes": r.Undoes, "workflow": r.WorkflowID, "application": r.ApplicationID, "steps": len(all.taken)})
}

// undoRows gathers the rows of an undo and of the runs within it, so that ten thousand of them are a few dozen
// statements.
type undoRows struct {
	db    *DB
	runs  []undoRunRow
	steps []undoStepRow
	taken map[takenPart]bool
	names []string // of the runs whose steps are taken back
}

type takenPart struct {
	run        string
	step, part int
}

type undoRunRow struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Parent string `json:"parent"`
	Step   int    `json:"step"`
	No     int    `json:"no"`
	Item   string `json:"item"`
	Undoes string `json:"undoes"`
}

type undoStepRow struct {
	Run     string `json:"run"`
	Idx     int    `json:"idx"`
	ID      string `json:"id"`
	Title   string `json:"title"`
	Action  string `json:"action"`
	Fields  string `json:"fields"`
	Control string `json:"control"`
	Undoes  string `json:"undoes"`
	Step    int    `json:"step"`
	Part    int    `json:"part"`
	Guard   string `json:"guard"`
}

// add takes in a run, whose id is given, and those within it.
func (u *undoRows) add(r UndoRun) error {
	if u.taken == nil {
		u.taken = map[takenPart]bool{}
	}
	u.names = append(u.names, r.Run.Undoes)
	for i, s := range r.Run.Steps {
		fields, control, err := asPublished(s)
		if err != nil {
			return err
		}
		row := undoStepRow{Run: r.Run.ID, Idx: i, ID: s.StepID, Title: s.Title, Action: s.Action, Fields: fields, Control: control}
		if back := s.Undoes; back != nil {
			row.Undoes, row.Step, row.Part = back.RunID, back.Step, back.Part
			if row.Guard, err = toJSON(back.Guard); err != nil {
				return err
			}
			part := takenPart{back.RunID, back.Step, back.Part}
			if u.taken[part] {
				return fmt.Errorf("undo of run %q: step %d is taken back twice", back.RunID, back.Step)
			}
			u.taken[part] = true
		}
		u.steps = append(u.steps, row)
		for _, within := range r.Within[i] {
			w := within.Run
			w.ID, w.ParentID, w.ParentStep = NewID("run", u.db.Now()), r.Run.ID, i
			item := ""
			if w.ItemNo > 0 {
				if item, err = toJSON(w.Item); err != nil {
					return err
				}
			}
			u.runs = append(u.runs, undoRunRow{ID: w.ID, Name: w.Name, Parent: w.ParentID, Step: i, No: w.ItemNo, Item: item, Undoes: w.Undoes})
			if err := u.add(UndoRun{Run: w, Within: within.Within}); err != nil {
				return err
			}
		}
	}
	return nil
}

// refuseTaken is a conflict where somebody takes one of the steps back already. Nothing else writes meanwhile.
func (u *undoRows) refuseTaken(ctx context.Context, tx *sql.Tx) error {
	names, err := toJSON(u.names)
	if err != nil {
		return err
	}
	var by string
	var first takenPart
	err = rows(ctx, tx, func(r *sql.Rows) error {
		var p takenPart
		var undo string
		if err := r.Scan(&p.run, &p.step, &p.part, &undo); err != nil {
			return err
		}
		if u.taken[p] && by == "" {
			by, first = undo, p
		}
		return nil
	}, `SELECT undoes_run, undoes_step, undoes_part, run_id FROM run_step WHERE undoes_run <> '' AND state NOT IN ('failed', 'skipped')
		AND undoes_run IN (SELECT value FROM json_each($1))`, names)
	if err != nil || by == "" {
		return err
	}
	return fault.New(fault.Conflict, "Step %d was taken back meanwhile, or is about to be, by the run %s; look at the plan as it is now.", first.step+1, by)
}

// insert stores what was gathered. top is the run that all others stand in.
func (u *undoRows) insert(ctx context.Context, tx *sql.Tx, top workflow.Run) error {
	for from := 0; from < len(u.runs); from += chunk {
		list, err := toJSON(u.runs[from:min(from+chunk, len(u.runs))])
		if err != nil {
			return err
		}
		if _, err := exec(ctx, tx, `INSERT INTO run (id, workflow_id, version, application_id, name, state, input, started_by, once_token,
			created_at, job_id, search, parent_id, parent_step, item_no, item, undoes, urgency)
			SELECT json_extract(value, '$.id'), $1, $2, $3, json_extract(value, '$.name'), 'queued', '{}', $4, '', $5, 0, '',
				json_extract(value, '$.parent'), CAST(json_extract(value, '$.step') AS INTEGER), CAST(json_extract(value, '$.no') AS INTEGER),
				json_extract(value, '$.item'), json_extract(value, '$.undoes'), $7 FROM json_each($6)`,
			top.WorkflowID, top.Version, top.ApplicationID, top.StartedBy, stamp(top.CreatedAt), list, int(urgencyOf(top))); err != nil {
			return err
		}
	}
	for from := 0; from < len(u.steps); from += chunk {
		list, err := toJSON(u.steps[from:min(from+chunk, len(u.steps))])
		if err != nil {
			return err
		}
		if _, err := exec(ctx, tx, `INSERT INTO run_step (run_id, idx, step_id, title, action, fields, control, state, undoes_run, undoes_step, undoes_part, guard)
			SELECT json_extract(value, '$.run'), CAST(json_extract(value, '$.idx') AS INTEGER), json_extract(value, '$.id'), json_extract(value, '$.title'),
				json_extract(value, '$.action'), json_extract(value, '$.fields'), json_extract(value, '$.control'), 'pending',
				json_extract(value, '$.undoes'), CAST(json_extract(value, '$.step') AS INTEGER), CAST(json_extract(value, '$.part') AS INTEGER),
				json_extract(value, '$.guard') FROM json_each($1)`, list); err != nil {
			return err
		}
	}
	return nil
}

// callOffWithin cancels the runs within one that has ended and that have not begun. It is for an undo, whose runs are
// all there from its start.
func (d *DB) callOffWithin(ctx context.Context, tx *sql.Tx, runID string) error {
	const within = `(WITH RECURSIVE down(id) AS (SELECT id FROM run WHERE parent_id <> '' AND parent_id = $1 AND state = 'queued' AND job_id = 0 AND undoes <> ''
		UNION ALL SELECT run.id FROM run JOIN down ON run.parent_id <> '' AND run.parent_id = down.id) SELECT id FROM down)`
	if _, err := exec(ctx, tx, "UPDATE run_step SET state = 'skipped' WHERE state = 'pending' AND run_id IN "+within, runID); err != nil {
		return err
	}
	_, err := exec(ctx, tx, `UPDATE run SET state = 'cancelled', error = 'It was not begun, since the undo around it ended before.', ended_at = $2,
		revision = revision + 1 WHERE id IN `+within, runID, stamp(d.Now()))
	return err
}

// RunTree returns a run and all runs within it, with their steps, by id.
func (d *DB) RunTree(ctx context.Context, id string) (map[string]workflow.Run, error) {
	const tree = `WITH RECURSIVE down(id) AS (SELECT id FROM run WHERE id = $1
		UNION ALL SELECT run.id FROM run JOIN down ON run.parent_id <> '' AND run.parent_id = down.id) `
	out := map[string]workflow.Run{}
	err := rows(ctx, d.read, func(row *sql.Rows) error {
		r, err := scanRun(row)
		out[r.ID] = r
		return err
	}, tree+"SELECT "+runColumns+" FROM run WHERE id IN (SELECT id FROM down)", id)
	if err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, ErrNotFound
	}
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		s, err := scanStep(row)
		r := out[s.RunID]
		r.Steps = append(r.Steps, s)
		out[s.RunID] = r
		return err
	}, tree+"SELECT "+stepColumns+" FROM run_step s WHERE s.run_id IN (SELECT id FROM down) ORDER BY s.run_id, s.idx", id)
	return out, err
}

// Taken is a step of an undo that takes a step of a run back, or did, or was meant to.
type Taken struct {
	RunID      string // what is taken back
	Step, Part int
	By         string // the run that does
	State      workflow.StepState
	Needless   bool // it was passed over by a sentence, and not since the run ended
	Ended      bool // that run has ended
}

// TakenBack returns what takes steps of a run, and of the runs within it, back, in the order of the undos and of
// their steps.
func (d *DB) TakenBack(ctx context.Context, id string) (list []Taken, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var t Taken
		var state workflow.RunState
		var finding string
		err := row.Scan(&t.RunID, &t.Step, &t.Part, &t.By, &t.State, &finding, &state)
		t.Ended, t.Needless = state.Ended(), finding != ""
		list = append(list, t)
		return err
	}, `WITH RECURSIVE down(id) AS (SELECT id FROM run WHERE id = $1
		UNION ALL SELECT run.id FROM run JOIN down ON run.parent_id <> '' AND run.parent_id = down.id)
		SELECT s.undoes_run, s.undoes_step, s.undoes_part, s.run_id, s.state, s.finding, r.state FROM run_step s JOIN run r ON r.id = s.run_id
		WHERE s.undoes_run <> '' AND s.undoes_run IN (SELECT id FROM down) ORDER BY s.run_id, s.idx`, id)
	return list, err
}

// UndoOutputs returns what the steps gave that took a step of a run back.
func (d *DB) UndoOutputs(ctx context.Context, of workflow.Anew) (list []workflow.Output, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var out workflow.Output
		err := row.Scan(jsonInto(&out))
		list = append(list, out)
		return err
	}, "SELECT output FROM run_step WHERE undoes_run = $1 AND undoes_run <> '' AND undoes_step = $2 AND state = 'done' ORDER BY run_id, idx", of.RunID, of.Step)
	return list, err
}

// MadeAnew returns the ids of what undos of a run, and of the runs within it, made anew.
func (d *DB) MadeAnew(ctx context.Context, id string) (workflow.Renamed, error) {
	ids := workflow.Renamed{}
	err := rows(ctx, d.read, func(row *sql.Rows) error {
		var out workflow.Output
		err := row.Scan(jsonInto(&out))
		ids.Note(out)
		return err
	}, `WITH RECURSIVE down(id) AS (SELECT id FROM run WHERE id = $1
		UNION ALL SELECT run.id FROM run JOIN down ON run.parent_id <> '' AND run.parent_id = down.id)
		SELECT s.output FROM run_step s WHERE s.undoes_run <> '' AND s.undoes_run IN (SELECT id FROM down) AND s.state = 'done' AND s.action LIKE $2
		ORDER BY s.run_id, s.idx`, id, workflow.AnewPrefix+"%")
	return ids, err
}

// UndosOf returns the runs that take a run back, or did, without their steps, newest first.
func (d *DB) UndosOf(ctx context.Context, id string) (list []workflow.Run, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		r, err := scanRun(row)
		list = append(list, r)
		return err
	}, "SELECT "+runColumns+" FROM run WHERE undoes <> '' AND undoes = $1 ORDER BY id DESC", id)
	return list, err
}

// RunOnce returns the run that a person's form with this once-token started.
func (d *DB) RunOnce(ctx context.Context, token, personID string) (id string, err error) {
	err = d.read.QueryRowContext(ctx, "SELECT id FROM run WHERE once_token <> '' AND once_token = $1 AND started_by = $2", token, personID).Scan(&id)
	return id, explain(err)
}

// StartedBy returns the run that a request with this key started, "" when it is new. The same key with another body
// is a conflict.
func (d *DB) StartedBy(ctx context.Context, k StartKey) (id string, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		id, err = d.usedKey(ctx, tx, k)
		return err
	})
	return id, err
}
