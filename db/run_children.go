package db

import (
	"context"
	"database/sql"

	"caracal/workflow"
)

// ChildCounts returns how many of the runs that a step waits for are in each state.
func (d *DB) ChildCounts(ctx context.Context, parentID string, step int) (map[workflow.RunState]int, error) {
	counts := map[workflow.RunState]int{}
	err := rows(ctx, d.read, func(r *sql.Rows) error {
		var state workflow.RunState
		var n int
		err := r.Scan(&state, &n)
		counts[state] = n
		return err
	}, "SELECT state, count(*) FROM run WHERE parent_id <> '' AND parent_id = $1 AND parent_step = $2 GROUP BY state", parentID, step)
	return counts, err
}

// ChildrenAsked returns how many of the runs that a step waits for wait for an approval themselves.
func (d *DB) ChildrenAsked(ctx context.Context, parentID string, step int) (n int, err error) {
	err = d.read.QueryRowContext(ctx, `SELECT count(*) FROM run_step s INDEXED BY run_step_waiting JOIN run r ON r.id = s.run_id
		WHERE s.state = 'waiting' AND s.action = $1 AND r.parent_id = $2 AND r.parent_step = $3`, workflow.FlowApproval, parentID, step).Scan(&n)
	return n, explain(err)
}

// ChildFilter narrows the runs that a step waits for.
type ChildFilter struct {
	ParentID string
	Step     int
	State    workflow.RunState // "" is any
	From     int               // the first item, counted from 1; 0 is the first there is
	Limit    int               // 50 when 0
}

// Children returns runs within another, without their steps, in the order of their items, and the item that the
// next page begins with, 0 when there is none.
func (d *DB) Children(ctx context.Context, f ChildFilter) (list []workflow.Run, next int, err error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	var w where
	w.add(true, "parent_id <> ''")
	w.add(true, "parent_id = ?", f.ParentID)
	w.add(true, "parent_step = ?", f.Step)
	w.add(f.State != "", "state = ?", string(f.State))
	w.add(true, "item_no >= ?", f.From)
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		r, err := scanRun(row)
		list = append(list, r)
		return err
	}, "SELECT "+runColumns+" FROM run"+w.String()+" ORDER BY item_no LIMIT ?", append(w.args, f.Limit+1)...)
	if err == nil && len(list) > f.Limit {
		next = list[f.Limit].ItemNo
		list = list[:f.Limit]
	}
	return list, next, err
}

// ItemRun returns the run of one item of a for-each, counted from 1, with its steps; ErrNotFound when there is none.
func (d *DB) ItemRun(ctx context.Context, parentID string, step, item int) (workflow.Run, error) {
	var id string
	err := d.read.QueryRowContext(ctx, "SELECT id FROM run WHERE parent_id <> '' AND parent_id = $1 AND parent_step = $2 AND item_no = $3", parentID, step, item).Scan(&id)
	if err != nil {
		return workflow.Run{}, explain(err)
	}
	return d.Run(ctx, id)
}

// EachChild hands over every run that a step waits for, in the order of the items: its number, its state, its
// item, what is kept of it and its error.
func (d *DB) EachChild(ctx context.Context, parentID string, step int, do func(workflow.Run) error) error {
	return rows(ctx, d.read, func(row *sql.Rows) error {
		r := workflow.Run{ParentID: parentID, ParentStep: step}
		if err := row.Scan(&r.ID, &r.ItemNo, &r.State, jsonInto(&r.Item), jsonInto(&r.Kept), &r.Error); err != nil {
			return err
		}
		return do(r)
	}, "SELECT id, item_no, state, item, kept, error FROM run WHERE parent_id <> '' AND parent_id = $1 AND parent_step = $2 ORDER BY item_no", parentID, step)
}

// RunsAbove returns the runs that a run stands in, without their steps, from the outermost in.
func (d *DB) RunsAbove(ctx context.Context, id string) (list []workflow.Run, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		r, err := scanRun(row)
		list = append([]workflow.Run{r}, list...)
		return err
	}, `WITH RECURSIVE up(above, depth) AS (SELECT parent_id, 0 FROM run WHERE id = $1
		UNION ALL SELECT run.parent_id, depth + 1 FROM run JOIN up ON run.id = up.above)
		SELECT `+runColumns+` FROM run JOIN up ON run.id = up.above ORDER BY depth`, id)
	return list, err
}
