package db

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"caracal/auth"
	"caracal/plan"
)

// CreateRehearsal stores a rehearsal that this node is about to make, with an audit line, and returns it with its id.
func (d *DB) CreateRehearsal(ctx context.Context, s plan.Subject, by auth.User) (plan.Rehearsal, error) {
	r := plan.Rehearsal{Subject: s, By: by.ID, State: plan.UnderWay, CreatedAt: d.Now()}
	r.ID = NewID("reh", r.CreatedAt)
	subject, err := toJSON(s)
	if err != nil {
		return r, err
	}
	return r, d.Write(ctx, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, `INSERT INTO rehearsal (id, workflow_id, kind, subject, input_hash, made_by, state, node, created_at, origin)
			VALUES ($1, $2, $3, $4, $5, $6, 'under_way', $7, $8, $9)`,
			r.ID, s.WorkflowID, s.Kind, subject, s.InputHash(), by.ID, d.node, stamp(r.CreatedAt), s.Origin); err != nil {
			return err
		}
		return d.appendAudit(ctx, tx, by, "rehearsal.started", r.ID, map[string]any{"workflow": s.WorkflowID, "kind": s.Kind, "rows": len(s.Rows)})
	})
}

// NoteRehearsal stores how many rows of a rehearsal were gone through.
func (d *DB) NoteRehearsal(ctx context.Context, id string, done int) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, "UPDATE rehearsal SET done = $1 WHERE id = $2 AND state = 'under_way'", done, id)
		return err
	})
}

// FinishRehearsal stores what a rehearsal found. Others may write between its parts; it is ready with the last.
func (d *DB) FinishRehearsal(ctx context.Context, id string, p plan.Plan, summary plan.Summary) error {
	type row struct {
		Idx     int    `json:"idx"`
		Row     int    `json:"row"`
		By      int    `json:"by"`
		Kind    string `json:"kind"`
		Follows int    `json:"follows"`
		At      string `json:"at"`
		State   string `json:"state"`
		Effect  string `json:"effect"`
		Body    string `json:"body"`
		Search  string `json:"search"`
	}
	var changes, steps, made []row
	for i, c := range p.Changes {
		body, err := toJSON(c)
		if err != nil {
			return err
		}
		r := row{Idx: i, Kind: string(c.Kind), Body: body, Search: strings.ToLower(c.Words())}
		if c.Follows {
			r.Follows = 1
		}
		changes = append(changes, r)
		for n, by := range c.By {
			if !slices.Contains(c.By[:n], by) {
				made = append(made, row{Idx: i, By: by})
			}
		}
	}
	for i, s := range p.Steps {
		body, err := toJSON(s)
		if err != nil {
			return err
		}
		steps = append(steps, row{Idx: i, Row: s.Row, At: s.At, State: string(s.State), Effect: s.Effect, Body: body})
	}
	for _, part := range []struct {
		rows  []row
		query string
	}{
		{changes, `INSERT INTO rehearsal_change (rehearsal_id, idx, kind, follows, change, search)
			SELECT $1, CAST(json_extract(value, '$.idx') AS INTEGER), json_extract(value, '$.kind'), CAST(json_extract(value, '$.follows') AS INTEGER),
			json_extract(value, '$.body'), json_extract(value, '$.search') FROM json_each($2)`},
		{steps, `INSERT INTO rehearsal_step (rehearsal_id, idx, row_no, at, state, effect, step)
			SELECT $1, CAST(json_extract(value, '$.idx') AS INTEGER), CAST(json_extract(value, '$.row') AS INTEGER), json_extract(value, '$.at'),
			json_extract(value, '$.state'), json_extract(value, '$.effect'), json_extract(value, '$.body') FROM json_each($2)`},
		{made, `INSERT INTO rehearsal_made (rehearsal_id, step_idx, change_idx)
			SELECT $1, CAST(json_extract(value, '$.by') AS INTEGER), CAST(json_extract(value, '$.idx') AS INTEGER) FROM json_each($2)`},
	} {
		for from := 0; from < len(part.rows); from += chunk {
			list, err := toJSON(part.rows[from:min(from+chunk, len(part.rows))])
			if err != nil {
				return err
			}
			if err := d.Write(ctx, func(tx *sql.Tx) error {
				_, err := exec(ctx, tx, part.query, id, list)
				return err
			}); err != nil {
				return err
			}
		}
	}
	numbers, err := toJSON(summary)
	if err != nil {
		return err
	}
	return d.Write(ctx, func(tx *sql.Tx) error {
		return change(ctx, tx, `UPDATE rehearsal SET state = 'ready', hash = $1, summary = $2, ended_at = $3 WHERE id = $4 AND state = 'under_way'`,
			p.Hash, numbers, stamp(d.Now()), id)
	})
}

// FailRehearsal ends a rehearsal that could not be made.
func (d *DB) FailRehearsal(ctx context.Context, id, words string) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, "UPDATE rehearsal SET state = 'failed', error = $1, ended_at = $2 WHERE id = $3 AND state = 'under_way'", words, stamp(d.Now()), id)
		return err
	})
}

// EndInterruptedRehearsals ends those whose process is gone.
func (d *DB) EndInterruptedRehearsals(ctx context.Context) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, `UPDATE rehearsal SET state = 'failed', error = 'Caracal was stopped during this rehearsal; rehearse again.', ended_at = $1
			WHERE state = 'under_way' AND node NOT IN (SELECT id FROM node)`, stamp(d.Now()))
		return err
	})
}

// DropRehearsals deletes what is older than a time. Runs keep the numbers and the hash of the plan they began with.
func (d *DB) DropRehearsals(ctx context.Context, before time.Time) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, "DELETE FROM rehearsal WHERE id < $1", idFloor("reh", before))
		return err
	})
}

const rehearsalColumns = "id, subject, made_by, state, done, error, summary, created_at, ended_at"

func scanRehearsal(row interface{ Scan(...any) error }) (r plan.Rehearsal, err error) {
	err = row.Scan(&r.ID, jsonInto(&r.Subject), &r.By, &r.State, &r.Done, &r.Error, jsonInto(&r.Summary), stampInto(&r.CreatedAt), stampInto(&r.EndedAt))
	return r, err
}

// Rehearsal returns one rehearsal, or ErrNotFound.
func (d *DB) Rehearsal(ctx context.Context, id string) (plan.Rehearsal, error) {
	r, err := scanRehearsal(d.read.QueryRowContext(ctx, "SELECT "+rehearsalColumns+" FROM rehearsal WHERE id = $1", id))
	return r, explain(err)
}

// RehearsalState returns how far a rehearsal is, or ErrNotFound.
func (d *DB) RehearsalState(ctx context.Context, id string) (state plan.State, err error) {
	err = d.read.QueryRowContext(ctx, "SELECT state FROM rehearsal WHERE id = $1", id).Scan(&state)
	return state, explain(err)
}

// Rehearsals returns the newest rehearsals of a workflow, newest first.
func (d *DB) Rehearsals(ctx context.Context, workflowID string, limit int) (list []plan.Rehearsal, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		r, err := scanRehearsal(row)
		list = append(list, r)
		return err
	}, "SELECT "+rehearsalColumns+" FROM rehearsal WHERE workflow_id = $1 ORDER BY id DESC LIMIT $2", workflowID, limit)
	return list, err
}

// RehearsalsFrom returns the newest rehearsals that were asked for on a page, newest first, without their subjects.
func (d *DB) RehearsalsFrom(ctx context.Context, origin string, limit int) (list []plan.Rehearsal, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var r plan.Rehearsal
		err := row.Scan(&r.ID, &r.By, &r.State, &r.Error, jsonInto(&r.Summary), stampInto(&r.CreatedAt))
		list = append(list, r)
		return err
	}, "SELECT id, made_by, state, error, summary, created_at FROM rehearsal WHERE origin <> '' AND origin = $1 ORDER BY id DESC LIMIT $2", origin, limit)
	return list, err
}

// ChangeFilter narrows the changes of a plan. Zero fields do not narrow.
type ChangeFilter struct {
	Kind    plan.Kind
	Follows bool   // only what no call asks for
	Query   string // every word must be in it
	From    int    // place of the first
	Limit   int    // 100 when 0; less than 0 is all
}

// RehearsalChanges returns changes of a plan in order, and the place that the next page begins with, 0 when there is
// none.
func (d *DB) RehearsalChanges(ctx context.Context, id string, f ChangeFilter) (list []plan.Change, next int, err error) {
	if f.Limit == 0 {
		f.Limit = 100
	}
	var w where
	w.add(true, "rehearsal_id = ?", id)
	w.add(f.Kind != "", "kind = ?", string(f.Kind))
	w.add(f.Follows, "follows = 1")
	w.add(f.From > 0, "idx >= ?", f.From)
	w.addWords(f.Query)
	query := "SELECT idx, change FROM rehearsal_change" + w.String() + " ORDER BY idx"
	if f.Limit > 0 {
		query += " LIMIT ?"
		w.args = append(w.args, f.Limit+1)
	}
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var c plan.Change
		var idx int
		if err := row.Scan(&idx, jsonInto(&c)); err != nil {
			return err
		}
		if f.Limit > 0 && len(list) == f.Limit {
			next = idx
			return nil
		}
		list = append(list, c)
		return nil
	}, query, w.args...)
	return list, next, err
}

// RehearsalSteps returns steps of a plan in order from a place on, and the place that the next page begins with.
// failed narrows them to those that would fail.
func (d *DB) RehearsalSteps(ctx context.Context, id string, failed bool, from, limit int) (list []plan.Step, next int, err error) {
	var w where
	w.add(true, "rehearsal_id = ?", id)
	w.add(from > 0, "idx >= ?", from)
	w.add(failed, "state = 'failed'")
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var s plan.Step
		var idx int
		if err := row.Scan(&idx, jsonInto(&s)); err != nil {
			return err
		}
		if len(list) == limit {
			next = idx
			return nil
		}
		s.Index = idx
		list = append(list, s)
		return nil
	}, "SELECT idx, step FROM rehearsal_step"+w.String()+" ORDER BY idx LIMIT ?", append(w.args, limit+1)...)
	return list, next, err
}

// RehearsalRows returns how the run of each row ended, in order.
func (d *DB) RehearsalRows(ctx context.Context, id string) (list []plan.Step, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var s plan.Step
		err := row.Scan(&s.Index, jsonInto(&s))
		list = append(list, s)
		return err
	}, "SELECT idx, step FROM rehearsal_step WHERE rehearsal_id = $1 AND at = '' ORDER BY idx", id)
	return list, err
}

// Planned reports whether a plan has a step at a place that changes this.
func (d *DB) Planned(ctx context.Context, id, at, effect string) (planned bool, err error) {
	err = d.read.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM rehearsal_step WHERE rehearsal_id = $1 AND at = $2 AND effect = $3)", id, at, effect).Scan(&planned)
	return planned, explain(err)
}

// RehearsalMakers returns steps of a plan by their places.
func (d *DB) RehearsalMakers(ctx context.Context, id string, places []int) (map[int]plan.Step, error) {
	out := map[int]plan.Step{}
	list, err := toJSON(places)
	if err != nil || len(places) == 0 {
		return out, err
	}
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var s plan.Step
		err := row.Scan(&s.Index, jsonInto(&s))
		out[s.Index] = s
		return err
	}, "SELECT idx, step FROM rehearsal_step WHERE rehearsal_id = $1 AND idx IN (SELECT CAST(value AS INTEGER) FROM json_each($2))", id, list)
	return out, err
}

// PlannedAt returns the changes that the steps at a place make, in order: those of one row (its place among the rows, counted
// from 1), or of all where that is 0.
func (d *DB) PlannedAt(ctx context.Context, id, at string, ofRow int) (list []plan.Change, err error) {
	query, args := plannedAt(id, at, ofRow)
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var c plan.Change
		err := row.Scan(new(int), jsonInto(&c))
		list = append(list, c)
		return err
	}, query, args...)
	return list, err
}

// StepsAt returns how many steps of a plan there are at a place, of one row or of all as for PlannedAt: more than one where a
// for-each goes over several items.
func (d *DB) StepsAt(ctx context.Context, id, at string, ofRow int) (steps int, err error) {
	query, args := "SELECT count(*) FROM rehearsal_step WHERE rehearsal_id = $1 AND at = $2", []any{id, at}
	if ofRow > 0 {
		query, args = query+" AND row_no = $3", append(args, ofRow)
	}
	err = d.read.QueryRowContext(ctx, query, args...).Scan(&steps)
	return steps, explain(err)
}

func plannedAt(id, at string, ofRow int) (query string, args []any) {
	query = `SELECT DISTINCT c.idx, c.change FROM rehearsal_step s JOIN rehearsal_made m ON m.rehearsal_id = s.rehearsal_id AND m.step_idx = s.idx
		JOIN rehearsal_change c ON c.rehearsal_id = m.rehearsal_id AND c.idx = m.change_idx WHERE s.rehearsal_id = $1 AND s.at = $2`
	if args = []any{id, at}; ofRow > 0 {
		query, args = query+" AND s.row_no = $3", append(args, ofRow)
	}
	return query + " ORDER BY c.idx", args
}
