package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

	"caracal/batch"
)

// BeginCheck says which check of a batch this is. The rows that an earlier one stored are gone; what it looked up stays
// as long as the mapping is the same. ok is false when the batch is not to be checked any more.
func (d *DB) BeginCheck(ctx context.Context, id string) (b batch.Batch, no int64, ok bool, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "UPDATE batch SET check_no = check_no + 1, wait = '', revision = revision + 1 WHERE id = $1 AND state = 'checking'", id)
		if err != nil || n == 0 {
			return err
		}
		ok = true
		if b, err = scanBatch(tx.QueryRowContext(ctx, "SELECT "+batchColumns+" FROM batch WHERE id = $1", id)); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, "SELECT check_no FROM batch WHERE id = $1", id).Scan(&no); err != nil {
			return err
		}
		_, err = exec(ctx, tx, "DELETE FROM batch_row WHERE batch_id = $1", id)
		return err
	})
	return b, no, ok, err
}

// inCheck runs do in one transaction, if the check with this number is still the one under way; overtaken is true when
// it is not, and nothing is stored.
func (d *DB) inCheck(ctx context.Context, id string, no int64, do func(*sql.Tx) error) (overtaken bool, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "UPDATE batch SET revision = revision + 1 WHERE id = $1 AND check_no = $2 AND state = 'checking'", id, no)
		if err != nil {
			return err
		}
		if overtaken = n == 0; overtaken {
			return nil
		}
		return do(tx)
	})
	return overtaken, err
}

type refRow struct {
	Kind    string `json:"k"`
	Typed   string `json:"t"`
	Found   string `json:"f,omitempty"`
	Problem string `json:"p,omitempty"`
}

// KeepRefs stores what the rows name in the org, for it to be looked up; what was looked up already, before a check was
// cut off, stays so.
func (d *DB) KeepRefs(ctx context.Context, id string, no int64, refs []batch.Ref) (overtaken bool, err error) {
	return d.inCheck(ctx, id, no, func(tx *sql.Tx) error {
		for from := 0; from < len(refs); from += chunk {
			var list []refRow
			for _, r := range refs[from:min(from+chunk, len(refs))] {
				list = append(list, refRow{Kind: string(r.Kind), Typed: r.Typed})
			}
			text, err := toJSON(list)
			if err != nil {
				return err
			}
			if _, err := exec(ctx, tx, `INSERT OR IGNORE INTO batch_ref (batch_id, kind, typed)
				SELECT $1, json_extract(value, '$.k'), json_extract(value, '$.t') FROM json_each($2)`, id, text); err != nil {
				return err
			}
		}
		_, err := exec(ctx, tx, `UPDATE batch SET refs = $1, found = (SELECT count(*) FROM batch_ref WHERE batch_id = $2 AND looked = 1) WHERE id = $2`, len(refs), id)
		return err
	})
}

// OpenRefs returns names that were not looked up yet, of one kind and at most so many; none when all were.
func (d *DB) OpenRefs(ctx context.Context, id string, most int) (list []batch.Ref, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var r batch.Ref
		err := row.Scan(&r.Kind, &r.Typed)
		if len(list) == 0 || list[0].Kind == r.Kind {
			list = append(list, r)
		}
		return err
	}, "SELECT kind, typed FROM batch_ref WHERE batch_id = $1 AND looked = 0 ORDER BY kind, typed LIMIT $2", id, most)
	return list, err
}

// KeepFound stores what became of names that were looked up.
func (d *DB) KeepFound(ctx context.Context, id string, no int64, found map[batch.Ref]batch.Found) (overtaken bool, err error) {
	return d.inCheck(ctx, id, no, func(tx *sql.Tx) error {
		for r, f := range found {
			if err := change(ctx, tx, "UPDATE batch_ref SET looked = 1, found = $1, problem = $2 WHERE batch_id = $3 AND kind = $4 AND typed = $5",
				f.ID, f.Problem, id, string(r.Kind), r.Typed); err != nil {
				return err
			}
		}
		return change(ctx, tx, "UPDATE batch SET wait = '', found = found + $1 WHERE id = $2", len(found), id)
	})
}

// Refs returns all names that were looked up, with what became of each.
func (d *DB) Refs(ctx context.Context, id string) (map[batch.Ref]batch.Found, error) {
	out := map[batch.Ref]batch.Found{}
	err := rows(ctx, d.read, func(row *sql.Rows) error {
		var r batch.Ref
		var f batch.Found
		err := row.Scan(&r.Kind, &r.Typed, &f.ID, &f.Problem)
		out[r] = f
		return err
	}, "SELECT kind, typed, found, problem FROM batch_ref WHERE batch_id = $1 AND looked = 1", id)
	return out, err
}

// NoteCheck says why a check stands still.
func (d *DB) NoteCheck(ctx context.Context, id string, no int64, wait string) error {
	_, err := d.inCheck(ctx, id, no, func(tx *sql.Tx) error {
		return change(ctx, tx, "UPDATE batch SET wait = $1 WHERE id = $2", wait, id)
	})
	return err
}

// KeepRows stores rows that were checked.
func (d *DB) KeepRows(ctx context.Context, id string, no int64, list []batch.Row) (overtaken bool, err error) {
	type stored struct {
		No       int    `json:"no"`
		Line     int    `json:"line"`
		Cells    string `json:"cells"`
		Label    string `json:"label"`
		Input    string `json:"input"`
		Problems string `json:"problems"`
		Double   int    `json:"double"`
		Unsafe   string `json:"unsafe"`
		Search   string `json:"search"`
	}
	var out []stored
	for _, r := range list {
		s := stored{No: r.No, Line: r.Line, Label: r.Label, Double: r.DoubleOf, Unsafe: r.Unsafe, Search: shortLower(strings.Join(r.Cells, "\n"))}
		if s.Cells, err = toJSON(r.Cells); err == nil {
			s.Input, err = toJSON(r.Input)
		}
		if err == nil && len(r.Problems) > 0 {
			s.Problems, err = toJSON(r.Problems)
		}
		if err != nil {
			return false, err
		}
		out = append(out, s)
	}
	text, err := json.Marshal(nonNil(out)) // null would be one row of nothing
	if err != nil {
		return false, err
	}
	return d.inCheck(ctx, id, no, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, `INSERT INTO batch_row (batch_id, no, line, cells, label, input, problems, double_of, unsafe, search)
			SELECT $1, CAST(json_extract(value, '$.no') AS INTEGER), CAST(json_extract(value, '$.line') AS INTEGER), json_extract(value, '$.cells'),
				json_extract(value, '$.label'), json_extract(value, '$.input'), json_extract(value, '$.problems'),
				CAST(json_extract(value, '$.double') AS INTEGER), json_extract(value, '$.unsafe'), json_extract(value, '$.search')
			FROM json_each($2)`, id, string(text))
		return err
	})
}

// maxSearch is how many bytes of a row a search looks at.
const maxSearch = 2_000

func shortLower(s string) string {
	if len(s) > maxSearch {
		s = strings.ToValidUTF8(s[:maxSearch], "")
	}
	return strings.ToLower(s)
}

// EndCheck says that every row is stored.
func (d *DB) EndCheck(ctx context.Context, id string, no int64, count int) (overtaken bool, err error) {
	return d.inCheck(ctx, id, no, func(tx *sql.Tx) error {
		return change(ctx, tx, `UPDATE batch SET state = 'checked', row_count = $1,
			bad = (SELECT count(*) FROM batch_row WHERE batch_id = $2 AND problems <> ''),
			doubles = (SELECT count(*) FROM batch_row WHERE batch_id = $2 AND double_of > 0),
			unsafe = (SELECT count(*) FROM batch_row WHERE batch_id = $2 AND unsafe <> '')
			WHERE id = $2`, count, id)
	})
}

// FailCheck gives a batch back to be mapped, with what kept the rows from being checked.
func (d *DB) FailCheck(ctx context.Context, id string, no int64, problem string) (overtaken bool, err error) {
	return d.inCheck(ctx, id, no, func(tx *sql.Tx) error {
		return change(ctx, tx, "UPDATE batch SET state = 'mapping', problem = $1, wait = '' WHERE id = $2", problem, id)
	})
}

// WakeChecks queues the checks of batches anew that may stand still because of an application.
func (d *DB) WakeChecks(ctx context.Context, applicationID string, enqueue EnqueueCheck) error {
	var ids []string
	if err := rows(ctx, d.read, func(row *sql.Rows) error {
		var id string
		err := row.Scan(&id)
		ids = append(ids, id)
		return err
	}, "SELECT b.id FROM batch b JOIN workflow w ON w.id = b.workflow_id WHERE b.state = 'checking' AND b.wait <> '' AND w.application_id = $1", applicationID); err != nil || len(ids) == 0 {
		return err
	}
	return d.Write(ctx, func(tx *sql.Tx) error {
		for _, id := range ids {
			if err := enqueue(tx, id); err != nil {
				return err
			}
		}
		return nil
	})
}
