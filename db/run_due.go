package db

import (
	"context"
	"database/sql"
)

// Runs on the queue are kept here in SQL that knows River's table: its states available, pending, scheduled,
// retryable and running are live (https://riverqueue.com/docs/job-state-machine).
const liveJob = "SELECT 1 FROM river_job j WHERE j.id = run.job_id AND j.state IN ('available', 'pending', 'retryable', 'running', 'scheduled')"

// QueueStranded queues every run that should move, is not moved by another node and has no live burst, and returns
// how many. A run that waits without an end is stranded only at boot, for then nobody may be left who would wake it.
// An item of a for-each that has not begun has no burst yet, and is not stranded; nor is a run that waits for a rate limit.
// One that asks a person and looks for itself meanwhile looks once more.
func (d *DB) QueueStranded(ctx context.Context, boot bool, enqueue Enqueue) (int, error) {
	query := "SELECT id FROM run WHERE state IN ('queued', 'running') AND job_id <> 0 AND holder IN ('', $2) AND NOT EXISTS (" + liveJob + ")" +
		" UNION ALL SELECT id FROM run WHERE state = 'waiting' AND wait_for = '' AND (wait_until <> '' OR $1 = 1) AND NOT EXISTS (" + liveJob + ")" +
		" UNION ALL SELECT id FROM run WHERE state = 'asking' AND wait_until <> '' AND NOT EXISTS (" + liveJob + ")"
	// Looking first through a reader keeps the writer free in the usual case that nothing is stranded.
	var stranded int
	err := d.read.QueryRowContext(ctx, "SELECT count(*) FROM ("+query+") AS stranded", boot, d.node).Scan(&stranded)
	if err != nil || stranded == 0 {
		return 0, explain(err)
	}
	return d.queueAll(ctx, enqueue, query, boot, d.node)
}

// QueueWoken counts that the application was woken, queues the runs that wait, without an end, for it, and returns
// how many. It looks in the transaction that counts, so that a run that is just about to wait is either seen here or
// sees, in its own transaction, that it was woken.
func (d *DB) QueueWoken(ctx context.Context, applicationID string, enqueue Enqueue) (queued int, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, `INSERT INTO application_wake (application_id, count) VALUES ($1, 1)
			ON CONFLICT (application_id) DO UPDATE SET count = application_wake.count + 1`, applicationID); err != nil {
			return err
		}
		queued, err = queueFound(ctx, tx, enqueue, "SELECT id FROM run WHERE state = 'waiting' AND wait_until = '' AND application_id = $1", applicationID)
		return err
	})
	return queued, err
}

func (d *DB) queueAll(ctx context.Context, enqueue Enqueue, query string, args ...any) (queued int, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		queued, err = queueFound(ctx, tx, enqueue, query, args...)
		return err
	})
	return queued, err
}

func queueFound(ctx context.Context, tx *sql.Tx, enqueue Enqueue, query string, args ...any) (int, error) {
	var ids []string
	if err := rows(ctx, tx, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	}, query, args...); err != nil {
		return 0, err
	}
	for _, id := range ids {
		if err := queueRun(ctx, tx, id, enqueue); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}
