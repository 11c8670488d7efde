package db

import (
	"context"
	"database/sql"
	"errors"

	"caracal/fault"
	"caracal/workflow"
)

// TakenRun is what a run within another takes over from one of an earlier run.
type TakenRun struct {
	From  string             // its id
	Done  bool               // it succeeded, and the new one is that success
	Steps []workflow.RunStep // else: the steps as the new run begins with them
}

// ContinuedBy returns the id of the run that continues another, "" when none does.
func (d *DB) ContinuedBy(ctx context.Context, runID string) (id string, err error) {
	err = d.read.QueryRowContext(ctx, "SELECT id FROM run WHERE continues <> '' AND continues = $1", runID).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, explain(err)
}

// ErrTreeMoved says that a run, or one within it, was changed since its continuation was planned.
var ErrTreeMoved = errors.New("the run was changed meanwhile")

// TreeRevision returns a number that grows with every change of a run and of those within it, however deep.
func (d *DB) TreeRevision(ctx context.Context, runID string) (int64, error) {
	n, _, err := treeRevision(ctx, d.read, runID)
	return n, err
}

// treeRevision is TreeRevision, and reports whether a node moves any of the runs at the moment.
func treeRevision(ctx context.Context, q querier, runID string) (revision int64, moving bool, err error) {
	var held int
	err = q.QueryRowContext(ctx, `WITH RECURSIVE down(id) AS (SELECT id FROM run WHERE id = $1
		UNION ALL SELECT run.id FROM run JOIN down ON run.parent_id <> '' AND run.parent_id = down.id)
		SELECT coalesce(sum(run.revision), 0), coalesce(sum(CASE run.holder WHEN '' THEN 0 ELSE 1 END), 0) FROM run JOIN down ON down.id = run.id`, runID).Scan(&revision, &held)
	return revision, held > 0, explain(err)
}

// continuation returns the run that continues r.Continues already, "" when r is to be the one, and lets r count
// what that run changed and r takes over.
func continuation(ctx context.Context, tx *sql.Tx, r *workflow.Run, seen int64) (id string, err error) {
	err = tx.QueryRowContext(ctx, "SELECT id FROM run WHERE continues <> '' AND continues = $1", r.Continues).Scan(&id)
	if err == nil || !errors.Is(err, sql.ErrNoRows) {
		return id, err
	}
	var state workflow.RunState
	var parent string
	if err := tx.QueryRowContext(ctx, "SELECT state, parent_id, changed FROM run WHERE id = $1", r.Continues).Scan(&state, &parent, &r.Changed); err != nil {
		return "", err
	}
	if !state.Ended() || parent != "" {
		return "", fault.New(fault.Conflict, "Only a run that has ended, and that is not part of another, can be continued.")
	}
	now, moving, err := treeRevision(ctx, tx, r.Continues)
	switch {
	case err != nil:
		return "", err
	case moving:
		return "", fault.New(fault.Conflict, "A step of this run is still being carried out, and is recorded when it has ended; continue the run in a moment.")
	case now != seen:
		return "", ErrTreeMoved
	}
	kept := map[string]bool{}
	for _, s := range r.Steps {
		kept[s.StepID] = s.TakenFrom != "" || s.Resume != nil
	}
	return "", rows(ctx, tx, func(row *sql.Rows) error {
		var step string
		var changes int
		if err := row.Scan(&step, &changes); err != nil {
			return err
		}
		if !kept[step] { // it counts again when it is done again
			r.Changed = max(0, r.Changed-changes)
		}
		return nil
	}, "SELECT step_id, changes FROM run_step WHERE run_id = $1", r.Continues)
}

// putTaken stores what a new run's step begins with, if that is more than nothing.
func putTaken(ctx context.Context, tx *sql.Tx, runID string, i int, s workflow.RunStep) error {
	if s.Doubt && s.TakenFrom == "" {
		if err := change(ctx, tx, "UPDATE run_step SET doubt = 1 WHERE run_id = $1 AND idx = $2", runID, i); err != nil {
			return err
		}
	}
	if s.Resume != nil {
		resume, err := toJSON(s.Resume)
		if err != nil {
			return err
		}
		return change(ctx, tx, "UPDATE run_step SET resume = $1 WHERE run_id = $2 AND idx = $3", resume, runID, i)
	}
	if s.TakenFrom == "" {
		return nil
	}
	s.RunID, s.Index, s.Changes = runID, i, nil
	if err := putStep(ctx, tx, s); err != nil {
		return err
	}
	return change(ctx, tx, "UPDATE run_step SET taken_from = $1 WHERE run_id = $2 AND idx = $3", s.TakenFrom, runID, i)
}

// takeOver lets runs within another, that have just been made, begin with what they take over.
func takeOver(ctx context.Context, tx *sql.Tx, ids []string, taken map[int]TakenRun, steps int) error {
	type pair struct {
		Run string `json:"run"`
		Was string `json:"was"`
	}
	var done []pair
	for i, id := range ids {
		t, there := taken[i]
		switch {
		case !there:
		case t.Done:
			done = append(done, pair{id, t.From})
		default:
			if err := change(ctx, tx, "UPDATE run SET continues = $1 WHERE id = $2", t.From, id); err != nil {
				return err
			}
			for n, s := range t.Steps[:min(len(t.Steps), steps)] {
				if err := putTaken(ctx, tx, id, n, s); err != nil {
					return err
				}
			}
		}
	}
	for from := 0; from < len(done); from += chunk {
		pairs, err := toJSON(done[from:min(from+chunk, len(done))])
		if err != nil {
			return err
		}
		for _, statement := range []string{
			`UPDATE run SET state = 'succeeded', kept = was.kept, started_at = was.started_at, ended_at = was.ended_at, continues = was.id
				FROM json_each($1) AS p JOIN run AS was ON was.id = json_extract(p.value, '$.was') WHERE run.id = json_extract(p.value, '$.run')`,
			`UPDATE run_step SET state = was.state, input = was.input, output = was.output, error = was.error, error_code = was.error_code,
				finding = was.finding, attempts = was.attempts, request = was.request, started_at = was.started_at, ended_at = was.ended_at,
				taken_from = CASE was.taken_from WHEN '' THEN was.run_id ELSE was.taken_from END
				FROM json_each($1) AS p JOIN run_step AS was ON was.run_id = json_extract(p.value, '$.was')
				WHERE run_step.run_id = json_extract(p.value, '$.run') AND run_step.step_id = was.step_id`,
			`UPDATE run_step SET state = 'skipped' WHERE state = 'pending' AND run_id IN (SELECT json_extract(value, '$.run') FROM json_each($1))`,
		} {
			if _, err := exec(ctx, tx, statement, pairs); err != nil {
				return err
			}
		}
	}
	return nil
}

// Unfinished hands over the runs of a step that did not succeed, with their steps, in the order of the items.
func (d *DB) Unfinished(ctx context.Context, parentID string, step int, do func(workflow.Run) error) error {
	var runs []workflow.Run
	at := map[string]int{}
	if err := rows(ctx, d.read, func(row *sql.Rows) error {
		r, err := scanRun(row)
		at[r.ID] = len(runs)
		runs = append(runs, r)
		return err
	}, "SELECT "+runColumns+" FROM run WHERE parent_id <> '' AND parent_id = $1 AND parent_step = $2 AND state <> 'succeeded' ORDER BY item_no", parentID, step); err != nil {
		return err
	}
	if err := rows(ctx, d.read, func(row *sql.Rows) error {
		s, err := scanStep(row)
		if i, there := at[s.RunID]; there {
			runs[i].Steps = append(runs[i].Steps, s)
		}
		return err
	}, "SELECT "+stepColumns+" FROM run JOIN run_step s ON s.run_id = run.id WHERE parent_id <> '' AND parent_id = $1 AND parent_step = $2 AND run.state <> 'succeeded' ORDER BY s.run_id, s.idx",
		parentID, step); err != nil {
		return err
	}
	for _, r := range runs {
		if err := do(r); err != nil {
			return err
		}
	}
	return nil
}
