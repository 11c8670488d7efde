package db

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"caracal/plan"
	"caracal/workflow"
)

// RunPlan is the plan that a run was started from.
type RunPlan struct {
	RunID       string
	RehearsalID string // "" is none
	Row         int    // which row of the batch that was rehearsed the run is; 0 is all of the rehearsal
	Rest        bool   // a part of it was done by the run that this one continues, so it is compared step by step
	Hash        string
	Summary     plan.Summary
	CheckedAt   time.Time // when the org was last found as planned; zero is not yet
	Difference  *plan.Difference

	lent bool // it is that of the batch, and the run of the row has none of its own
}

// Stepwise reports whether the plan can't come out whole, since the run is only a part of it: each step is compared by
// itself before it changes anything.
func (p RunPlan) Stepwise() bool { return p.Row > 0 || p.Rest }

func insertRunPlan(ctx context.Context, tx *sql.Tx, runID string, p RunPlan) error {
	if p.RehearsalID == "" {
		return nil
	}
	summary, err := toJSON(p.Summary)
	if err != nil {
		return err
	}
	query := "INSERT INTO run_plan (run_id, rehearsal_id, row_no, hash, summary, rest) VALUES ($1, $2, $3, $4, $5, $6)"
	if p.lent { // of two items of one row that differ, the other may have stored it
		query += " ON CONFLICT (run_id) DO NOTHING"
	}
	_, err = exec(ctx, tx, query, runID, p.RehearsalID, p.Row, p.Hash, summary, p.Rest)
	return err
}

const runPlanColumns = "run_plan.run_id, rehearsal_id, row_no, hash, summary, checked_at, difference, rest"

// above walks up from a run to the outermost one around it, with the step of each that waits.
const above = `WITH RECURSIVE up(id, parent_id, parent_step, item_no, depth) AS (SELECT id, parent_id, parent_step, item_no, 0 FROM run WHERE id = $1
	UNION ALL SELECT run.id, run.parent_id, run.parent_step, run.item_no, depth + 1 FROM run JOIN up ON run.id = up.parent_id WHERE up.parent_id <> '') `

// PlanOf returns the plan of a run, or of the nearest one around it; one without an id where there is none. The run of a
// row of a batch is held to its part of the batch's plan.
func (d *DB) PlanOf(ctx context.Context, runID string) (p RunPlan, err error) {
	var row string
	var no int
	err = d.read.QueryRowContext(ctx, above+"SELECT "+runPlanColumns+`, coalesce(s.run_id, ''), coalesce(s.item_no, 0) FROM run_plan JOIN up ON up.id = run_plan.run_id
		LEFT JOIN (SELECT down.id AS run_id, down.item_no, down.parent_id FROM up AS down JOIN run_step h ON h.run_id = down.parent_id AND h.idx = down.parent_step
			WHERE h.action = $2) s ON s.parent_id = up.id ORDER BY up.depth LIMIT 1`, runID, workflow.FlowRows).
		Scan(&p.RunID, &p.RehearsalID, &p.Row, &p.Hash, jsonInto(&p.Summary), stampInto(&p.CheckedAt), jsonInto(&p.Difference), &p.Rest, &row, &no)
	if errors.Is(err, sql.ErrNoRows) {
		return RunPlan{}, nil
	}
	if row != "" {
		p.RunID, p.Row, p.lent = row, no, true
	}
	return p, explain(err)
}

// PlaceOf says where the steps of a run stand in a plan, as plan.Step.At begins for them: “each/”. Those of a batch's row
// stand there as they do in a run of their own.
func (d *DB) PlaceOf(ctx context.Context, runID string) (string, error) {
	var parts []string
	err := rows(ctx, d.read, func(row *sql.Rows) error {
		var id string
		err := row.Scan(&id)
		parts = append(parts, id+"/")
		return err
	}, above+`SELECT s.step_id FROM up JOIN run_step s ON s.run_id = up.parent_id AND s.idx = up.parent_step WHERE up.parent_id <> '' AND s.action <> $2 ORDER BY depth DESC`, runID, workflow.FlowRows)
	return strings.Join(parts, ""), err
}

// NotePlan stores that the org was found as a plan says, or how it was not. Of a batch's row only the latter is stored.
func (d *DB) NotePlan(ctx context.Context, p RunPlan, difference *plan.Difference) error {
	if difference == nil && p.lent {
		return nil
	}
	return d.Write(ctx, func(tx *sql.Tx) error {
		if difference == nil {
			_, err := exec(ctx, tx, "UPDATE run_plan SET checked_at = $1 WHERE run_id = $2", stamp(d.Now()), p.RunID)
			return err
		}
		if p.lent {
			if err := insertRunPlan(ctx, tx, p.RunID, p); err != nil {
				return err
			}
		}
		raw, err := toJSON(difference)
		if err != nil {
			return err
		}
		if _, err := exec(ctx, tx, "UPDATE run_plan SET difference = $1 WHERE run_id = $2", raw, p.RunID); err != nil {
			return err
		}
		_, err = exec(ctx, tx, "UPDATE run SET revision = revision + 1 WHERE id = $1", p.RunID)
		return err
	})
}

// planHash returns the hash of the plan of a run, or of the one around it, for the audit record.
func planHash(ctx context.Context, tx *sql.Tx, runID string) (hash string, err error) {
	err = tx.QueryRowContext(ctx, above+"SELECT hash FROM run_plan JOIN up ON up.id = run_plan.run_id ORDER BY depth LIMIT 1", runID).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return hash, explain(err)
}
