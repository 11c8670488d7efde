package db

import (
	"context"
	"database/sql"
	"time"
)

// Expired counts what Expire deleted.
type Expired struct{ Runs, Batches, Rehearsals, Events, Deliveries int64 }

// Any reports whether anything was deleted.
func (e Expired) Any() bool { return e != Expired{} }

// How much one transaction deletes: others write in between.
const (
	expireTop  = 20  // runs that stand in no other, each with its steps and the rows of its file
	expireRest = 500 // runs within those
)

// Expire deletes what ended before a time and is kept no longer: runs with their inputs, outputs and evidence, the files that
// they were made of with every cell, files that were never started, rehearsals, the bodies of deliveries, and what became of
// notices. A run that a later one continued or took back stays as long as that one, which goes by it; so does a run of which
// something within was taken back. The audit record stays, and has a line about each round. What is under way is never
// touched.
func (d *DB) Expire(ctx context.Context, before time.Time) (done Expired, err error) {
	if err := d.expireOrphans(ctx, &done); err != nil {
		return done, err
	}
	for more := true; more && err == nil; {
		more, err = d.expireRuns(ctx, before, &done)
	}
	for _, other := range []struct {
		query string
		count *int64
	}{
		{`DELETE FROM batch WHERE id IN (SELECT id FROM batch WHERE state <> 'started' AND created_at < $1 ORDER BY id LIMIT 20)`, &done.Batches},
		{`DELETE FROM rehearsal WHERE id IN (SELECT id FROM rehearsal WHERE state <> 'under_way' AND created_at < $1
			AND NOT EXISTS (SELECT 1 FROM run_plan WHERE run_plan.rehearsal_id = rehearsal.id) ORDER BY id LIMIT 20)`, &done.Rehearsals},
		{`DELETE FROM trigger_event WHERE id IN (SELECT id FROM trigger_event WHERE at < $1 ORDER BY id LIMIT 500)`, &done.Events},
		{`DELETE FROM notice_delivery WHERE id IN (SELECT id FROM notice_delivery WHERE since < $1 AND due_at = '' ORDER BY id LIMIT 500)`, &done.Deliveries},
	} {
		for n := int64(1); n > 0 && err == nil; {
			err = d.Write(ctx, func(tx *sql.Tx) (err error) {
				n, err = exec(ctx, tx, other.query, stamp(before))
				return err
			})
			*other.count += n
		}
	}
	if err != nil || !done.Any() {
		return done, err
	}
	return done, d.Record(ctx, System, "data.expired", "", map[string]any{"before": stamp(before), "runs": done.Runs, "batches": done.Batches,
		"rehearsals": done.Rehearsals, "events": done.Events, "deliveries": done.Deliveries})
}

// expireRuns deletes some of the oldest runs, and whatever stands within them.
func (d *DB) expireRuns(ctx context.Context, before time.Time, done *Expired) (more bool, err error) {
	var above []string
	err = d.Write(ctx, func(tx *sql.Tx) (err error) {
		// A run that is deleted here can't be taken back any more from the next moment on: what stands within it, and may be
		// thousands, follows in transactions of its own.
		if above, err = idsOf(ctx, tx, `SELECT id FROM run WHERE parent_id = '' AND id < $1 AND ended_at <> '' AND ended_at < $2
			AND NOT EXISTS (SELECT 1 FROM run AS later WHERE later.continues = run.id AND later.continues <> '')
			AND id NOT IN (WITH RECURSIVE undone(id, parent_id) AS (
				SELECT target.id, target.parent_id FROM run AS later JOIN run AS target ON target.id = later.undoes WHERE later.undoes <> '' AND later.parent_id = ''
				UNION SELECT around.id, around.parent_id FROM run AS around JOIN undone ON around.id = undone.parent_id WHERE undone.parent_id <> '')
				SELECT id FROM undone)
			AND NOT EXISTS (SELECT 1 FROM run AS within WHERE within.parent_id = run.id AND within.parent_id <> '' AND within.ended_at = '')
			ORDER BY id LIMIT $3`, idFloor("run", before), stamp(before), expireTop); err != nil {
			return err
		}
		for _, id := range above {
			n, err := exec(ctx, tx, "DELETE FROM batch WHERE run_id = $1 AND run_id <> ''", id)
			if err != nil {
				return err
			}
			done.Batches += n
			if err := change(ctx, tx, "DELETE FROM run WHERE id = $1", id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	done.Runs += int64(len(above))
	return len(above) == expireTop, d.expireWithin(ctx, above, done)
}

// expireWithin deletes the runs that stand within others which are gone.
func (d *DB) expireWithin(ctx context.Context, above []string, done *Expired) error {
	for len(above) > 0 {
		found, err := idsOf(ctx, d.read, "SELECT id FROM run WHERE parent_id = $1 AND parent_id <> '' LIMIT $2", above[0], expireRest)
		if err != nil {
			return err
		}
		var gone int64
		if len(found) > 0 { // most hold nothing, and need no transaction
			if err := d.Write(ctx, func(tx *sql.Tx) error {
				gone = 0
				for _, id := range found {
					n, err := exec(ctx, tx, "DELETE FROM run WHERE id = $1", id) // another node may have been first
					if gone += n; err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				return err
			}
		}
		done.Runs += gone
		if len(found) < expireRest {
			above = above[1:]
		}
		above = append(above, found...)
	}
	return nil
}

// expireOrphans deletes the runs within others that a process which ended in between left behind.
func (d *DB) expireOrphans(ctx context.Context, done *Expired) error {
	above, err := idsOf(ctx, d.read, `SELECT DISTINCT within.parent_id FROM run AS within WHERE within.parent_id <> ''
		AND NOT EXISTS (SELECT 1 FROM run AS above WHERE above.id = within.parent_id)`)
	if err != nil {
		return err
	}
	return d.expireWithin(ctx, above, done)
}

// idsOf returns the ids that a query selects.
func idsOf(ctx context.Context, q querier, query string, args ...any) (ids []string, err error) {
	err = rows(ctx, q, func(row *sql.Rows) error {
		var id string
		err := row.Scan(&id)
		ids = append(ids, id)
		return err
	}, query, args...)
	return ids, err
}
