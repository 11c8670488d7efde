package db

import (
	"context"
	"database/sql"
	"strings"

	"caracal/batch"
	"caracal/workflow"
)

// RowKind narrows the rows of a batch to those of one kind.
type RowKind string

// The kinds. Those of a run's state are its name.
const (
	AnyRow    RowKind = ""
	GoodRow   RowKind = "good"
	BadRow    RowKind = "bad"
	DoubleRow RowKind = "double"
	UnsafeRow RowKind = "unsafe"
	LeftRow   RowKind = "left" // was not started
)

// RowFilter narrows the rows of a batch.
type RowFilter struct {
	Kind  RowKind
	State workflow.RunState // of the row's run; "" is any, and rows without one
	Query string            // every word must be in the row
	From  int               // the first row, counted from 1; 0 is the first there is
	Limit int               // 25 when 0
}

// RunRow is a row with its run; without an id where it has none.
type RunRow struct {
	batch.Row
	Run workflow.Run
}

const rowColumns = "r.no, r.line, r.cells, r.label, r.input, r.problems, r.double_of, r.unsafe, r.chosen"

func scanRow(into *batch.Row) []any {
	return []any{&into.No, &into.Line, jsonInto(&into.Cells), &into.Label, jsonInto(&into.Input), jsonInto(&into.Problems), &into.DoubleOf, &into.Unsafe, &into.Chosen}
}

// BatchRows returns rows of a batch with their runs, in order, and the row that the next page begins with, 0 when there
// is none.
func (d *DB) BatchRows(ctx context.Context, b batch.Batch, f RowFilter) (list []RunRow, next int, err error) {
	if f.Limit <= 0 {
		f.Limit = 25
	}
	var w where
	from := "batch_row r LEFT JOIN run u ON u.parent_id <> '' AND u.parent_id = ? AND u.parent_step = 0 AND u.item_no = r.no"
	if f.State != "" { // by the index of the states, and not through every row
		from = "run u JOIN batch_row r ON u.parent_id <> '' AND u.parent_id = ? AND u.parent_step = 0 AND u.item_no = r.no"
		w.add(true, "u.state = ?", string(f.State))
		w.add(true, "u.item_no >= ?", f.From)
	}
	w.add(true, "r.batch_id = ?", b.ID)
	w.add(true, "r.no >= ?", f.From)
	w.add(f.Kind == GoodRow, "r.problems = ''")
	w.add(f.Kind == BadRow, "r.problems <> ''")
	w.add(f.Kind == DoubleRow, "r.double_of > 0")
	w.add(f.Kind == UnsafeRow, "r.unsafe <> ''")
	w.add(f.Kind == LeftRow, "r.chosen = 0")
	words := strings.Fields(strings.ToLower(f.Query))
	for _, word := range words[:min(maxWords, len(words))] {
		w.add(true, "instr(r.search, ?) > 0", word)
	}
	run := b.RunID
	if run == "" {
		run = "none"
	}
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var r RunRow
		err := row.Scan(append(scanRow(&r.Row), &r.Run.ID, &r.Run.State, &r.Run.Error, &r.Run.WaitReason, stampInto(&r.Run.StartedAt), stampInto(&r.Run.EndedAt))...)
		r.Run.ItemNo = r.No
		list = append(list, r)
		return err
	}, "SELECT "+rowColumns+`, coalesce(u.id, ''), coalesce(u.state, ''), coalesce(u.error, ''), coalesce(u.wait_reason, ''), coalesce(u.started_at, ''), coalesce(u.ended_at, '')
		FROM `+from+w.String()+" ORDER BY r.no LIMIT ?", append(append([]any{run}, w.args...), f.Limit+1)...)
	if err == nil && len(list) > f.Limit {
		next = list[f.Limit].No
		list = list[:f.Limit]
	}
	return list, next, err
}

// startable are the rows of batch $1 that are started: those that are right, with doubles where $2 is 1, and with those
// that would do something twice where $3 is.
const startable = "batch_id = $1 AND problems = '' AND (double_of = 0 OR $2 = 1) AND (unsafe = '' OR $3 = 1)"

// Startable returns the numbers and inputs of the rows that a checked batch would start, in order, at most so many.
func (d *DB) Startable(ctx context.Context, id string, doubles, unsafe bool, most int) (numbers []int, inputs []map[string]string, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var no int
		var input map[string]string
		err := row.Scan(&no, jsonInto(&input))
		numbers, inputs = append(numbers, no), append(inputs, input)
		return err
	}, "SELECT no, input FROM batch_row WHERE "+startable+" ORDER BY no LIMIT $4", id, doubles, unsafe, most)
	return numbers, inputs, err
}

// EachFailed hands over the rows of a started batch whose runs failed or were cancelled, in order, as they stand in the
// file.
func (d *DB) EachFailed(ctx context.Context, b batch.Batch, do func(batch.Row) error) error {
	return rows(ctx, d.read, func(row *sql.Rows) error {
		var r batch.Row
		if err := row.Scan(scanRow(&r)...); err != nil {
			return err
		}
		return do(r)
	}, "SELECT "+rowColumns+` FROM run u JOIN batch_row r ON r.batch_id = u.batch_id AND r.no = u.item_no
		WHERE u.parent_id <> '' AND u.parent_id = $1 AND u.parent_step = 0 AND u.state IN ('failed', 'cancelled') AND r.batch_id = $2 ORDER BY r.no`, b.RunID, b.ID)
}

// FailedSteps returns, by the number of the row, the steps that were carried out, or may have been, in the runs of rows
// that failed or were cancelled.
func (d *DB) FailedSteps(ctx context.Context, runID string) (map[int][]workflow.RunStep, error) {
	out := map[int][]workflow.RunStep{}
	err := rows(ctx, d.read, func(row *sql.Rows) error {
		var no int
		var s workflow.RunStep
		err := row.Scan(&no, &s.Index, &s.Title, &s.Action, &s.State)
		out[no] = append(out[no], s)
		return err
	}, `SELECT u.item_no, s.idx, s.title, s.action, s.state FROM run u JOIN run_step s ON s.run_id = u.id
		WHERE u.parent_id <> '' AND u.parent_id = $1 AND u.parent_step = 0 AND u.state IN ('failed', 'cancelled')
			AND (s.state IN ('done', 'started', 'uncertain') OR s.doubt = 1) ORDER BY u.item_no, s.idx`, runID)
	return out, err
}

// RowOutputs returns what the steps of runs gave that are done, by the run's id.
func (d *DB) RowOutputs(ctx context.Context, runIDs []string) (map[string][]workflow.RunStep, error) {
	ids, err := toJSON(nonNil(runIDs))
	if err != nil {
		return nil, err
	}
	out := map[string][]workflow.RunStep{}
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var s workflow.RunStep
		err := row.Scan(&s.RunID, &s.Index, &s.StepID, &s.Title, &s.Action, &s.State, jsonInto(&s.Input), jsonInto(&s.Output))
		out[s.RunID] = append(out[s.RunID], s)
		return err
	}, `SELECT s.run_id, s.idx, s.step_id, s.title, s.action, s.state, s.input, s.output FROM json_each($1) AS wanted JOIN run_step s ON s.run_id = wanted.value
		WHERE s.state = 'done' ORDER BY s.run_id, s.idx`, ids)
	return out, err
}
