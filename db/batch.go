package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"caracal/auth"
	"caracal/batch"
	"caracal/fault"
)

const batchColumns = `id, workflow_id, version, name, state, dialect, columns, mapping, again_of, row_count, bad, doubles, unsafe, refs, found, wait, problem,
	at_once, stop_after, chosen, run_id, paused, paused_by, why, revision, created_at, created_by, started_at, started_by`

func scanBatch(row scanner) (b batch.Batch, err error) {
	err = row.Scan(&b.ID, &b.WorkflowID, &b.Version, &b.Name, &b.State, jsonInto(&b.Dialect), jsonInto(&b.Columns), jsonInto(&b.Mapping), &b.AgainOf,
		&b.Rows, &b.Bad, &b.Doubles, &b.Unsafe, &b.Refs, &b.Found, &b.Wait, &b.Problem, &b.AtOnce, &b.StopAfter, &b.Chosen, &b.RunID,
		&b.Paused, &b.PausedBy, &b.Why, &b.Revision, stampInto(&b.CreatedAt), &b.CreatedBy, stampInto(&b.StartedAt), &b.StartedBy)
	return b, err
}

// unstartedFor is how long a batch is kept that nobody started.
const unstartedFor = 7 * 24 * time.Hour

// CreateBatch stores an uploaded file, which is to be mapped, or, with enqueue, to be checked at once. The id and the
// time are given here. A request whose key was used before gets the batch of then, and created is false. Batches that
// nobody started for a week are thrown away.
func (d *DB) CreateBatch(ctx context.Context, b batch.Batch, raw []byte, by auth.User, key StartKey, enqueue EnqueueCheck) (id string, created bool, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		if id, err = d.usedKey(ctx, tx, key); err != nil || id != "" {
			return err
		}
		now := d.Now()
		if _, err := exec(ctx, tx, "DELETE FROM batch WHERE state <> 'started' AND id < $1", idFloor("batch", now.Add(-unstartedFor))); err != nil {
			return err
		}
		if err := tooManyBatches(ctx, tx, by); err != nil {
			return err
		}
		id, created = NewID("batch", now), true
		dialect, columns, mapping, err := batchJSON(b)
		if err != nil {
			return err
		}
		b.State = batch.Mapping
		if enqueue != nil {
			b.State = batch.Checking
		}
		if _, err := exec(ctx, tx, `INSERT INTO batch (id, workflow_id, version, name, state, dialect, columns, mapping, raw, again_of, row_count, created_at, created_by)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
			id, b.WorkflowID, b.Version, b.Name, string(b.State), dialect, columns, mapping, raw, b.AgainOf, b.Rows, stamp(now), by.ID); err != nil {
			return err
		}
		if key.Key != "" {
			if _, err := exec(ctx, tx, "INSERT INTO start_key (scope, key, body, run_id, ends_at) VALUES ($1, $2, $3, $4, $5)",
				key.Scope, key.Key, key.Body, id, stamp(now.Add(key.Life))); err != nil {
				return err
			}
		}
		if enqueue != nil {
			if err := enqueue(tx, id); err != nil {
				return err
			}
		}
		return d.appendAudit(ctx, tx, by, "batch.uploaded", id, map[string]any{"workflow": b.WorkflowID, "file": b.Name, "rows": b.Rows, "again_of": b.AgainOf})
	})
	if err != nil {
		return "", false, err
	}
	return id, created, nil
}

// mostUnstarted is how many uploaded files of one person are kept that were neither started nor discarded.
const mostUnstarted = 50

func tooManyBatches(ctx context.Context, tx *sql.Tx, by auth.User) error {
	var n int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM batch WHERE created_by = $1 AND state IN ('mapping', 'checking', 'checked')", by.ID).Scan(&n); err != nil {
		return err
	}
	if n >= mostUnstarted {
		return fault.New(fault.Conflict, "%d files of yours are uploaded and not started; discard those that are not needed, or wait: after a week they go by themselves.", n)
	}
	return nil
}

// EnqueueCheck puts the check of a batch on the queue in the transaction that makes it necessary.
type EnqueueCheck func(tx *sql.Tx, batchID string) error

func batchJSON(b batch.Batch) (dialect, columns, mapping string, err error) {
	if b.Columns == nil {
		b.Columns = []string{}
	}
	if b.Mapping == nil {
		b.Mapping = batch.Map{}
	}
	var e1, e2, e3 error
	dialect, e1 = toJSON(b.Dialect)
	columns, e2 = toJSON(b.Columns)
	mapping, e3 = toJSON(b.Mapping)
	return dialect, columns, mapping, errors.Join(e1, e2, e3)
}

// Batch returns one batch, or ErrNotFound.
func (d *DB) Batch(ctx context.Context, id string) (batch.Batch, error) {
	b, err := scanBatch(d.read.QueryRowContext(ctx, "SELECT "+batchColumns+" FROM batch WHERE id = $1", id))
	return b, explain(err)
}

// BatchRaw returns the file of a batch, nil once its rows are stored.
func (d *DB) BatchRaw(ctx context.Context, id string) (raw []byte, err error) {
	err = d.read.QueryRowContext(ctx, "SELECT raw FROM batch WHERE id = $1", id).Scan(&raw)
	return raw, explain(err)
}

// BatchFilter narrows a list of batches. Zero fields do not narrow.
type BatchFilter struct {
	WorkflowID string
	CreatedBy  string
	After      string // the cursor that the page before gave
	Limit      int    // 25 when 0
}

// Batches returns batches, newest first, without those that were thrown away, and the cursor of the next page, "" when
// there is none.
func (d *DB) Batches(ctx context.Context, f BatchFilter) (list []batch.Batch, next string, err error) {
	if f.Limit <= 0 {
		f.Limit = 25
	}
	var w where
	w.add(true, "state <> 'discarded'")
	w.add(f.WorkflowID != "", "workflow_id = ?", f.WorkflowID)
	w.add(f.CreatedBy != "", "created_by = ?", f.CreatedBy)
	w.add(f.After != "", "id < ?", f.After)
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		b, err := scanBatch(row)
		list = append(list, b)
		return err
	}, "SELECT "+batchColumns+" FROM batch"+w.String()+" ORDER BY id DESC LIMIT ?", append(w.args, f.Limit+1)...)
	if err == nil && len(list) > f.Limit {
		list = list[:f.Limit]
		next = list[f.Limit-1].ID
	}
	return list, next, err
}

// errBatchMoved refuses what a batch is not open to any more.
var errBatchMoved = fault.New(fault.Conflict, "This batch has gone on meanwhile; look at it as it is now.")

// MapBatch stores how the columns fill the inputs, and lets the rows be checked. The batch must be at the revision that
// the person saw and not be started, or it is a conflict.
func (d *DB) MapBatch(ctx context.Context, b batch.Batch, by auth.User, enqueue EnqueueCheck) error {
	dialect, columns, mapping, err := batchJSON(b)
	if err != nil {
		return err
	}
	return d.Write(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, `UPDATE batch SET version = $1, dialect = $2, columns = $3, mapping = $4, row_count = $5, state = 'checking', refs = 0, found = 0,
			wait = '', problem = '', check_no = check_no + 1, revision = revision + 1
			WHERE id = $6 AND revision = $7 AND state IN ('mapping', 'checked') AND raw IS NOT NULL`,
			b.Version, dialect, columns, mapping, b.Rows, b.ID, b.Revision)
		if err != nil {
			return err
		}
		if n == 0 {
			return errBatchMoved
		}
		if _, err := exec(ctx, tx, "DELETE FROM batch_ref WHERE batch_id = $1", b.ID); err != nil {
			return err
		}
		if err := enqueue(tx, b.ID); err != nil {
			return err
		}
		return d.appendAudit(ctx, tx, by, "batch.mapped", b.ID, map[string]any{"version": b.Version})
	})
}

// RemapBatch stores how a file is read, without its mapping being right: the page of the mapping shows it. The batch must
// be at the revision that the person saw.
func (d *DB) RemapBatch(ctx context.Context, b batch.Batch) error {
	dialect, columns, mapping, err := batchJSON(b)
	if err != nil {
		return err
	}
	return d.Write(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, `UPDATE batch SET dialect = $1, columns = $2, mapping = $3, row_count = $4, state = 'mapping', check_no = check_no + 1,
			problem = '', revision = revision + 1 WHERE id = $5 AND revision = $6 AND state IN ('mapping', 'checked') AND raw IS NOT NULL`,
			dialect, columns, mapping, b.Rows, b.ID, b.Revision)
		if err == nil && n == 0 {
			err = errBatchMoved
		}
		return err
	})
}

// DiscardBatch throws a batch away that was not started, with its rows and its file; that it was there stays on record.
func (d *DB) DiscardBatch(ctx context.Context, id string, by auth.User) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, `UPDATE batch SET state = 'discarded', raw = NULL, check_no = check_no + 1, revision = revision + 1
			WHERE id = $1 AND state NOT IN ('started', 'discarded')`, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return errBatchMoved
		}
		for _, table := range []string{"batch_row", "batch_ref"} {
			if _, err := exec(ctx, tx, "DELETE FROM "+table+" WHERE batch_id = $1", id); err != nil {
				return err
			}
		}
		return d.appendAudit(ctx, tx, by, "batch.discarded", id, nil)
	})
}
