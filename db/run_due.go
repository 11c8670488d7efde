package db

import (
	"context"
	"database/sql"
)

// Runs on the queue are kept here in SQL that knows River's table: its states available, pending, scheduled,
// retryable and running are live (https://riverqueue.com/docs/job-state-machine).
const liveJob = "SELECT 1 FROM river_job j WHERE j.id = run.job_id AND j.state IN ('available', 'pending', 'retryable', 'running', 'scheduled')"

// ReleaseJobs makes the bursts that a dead process left running available again, and returns how many. Steps
// that it left in the middle of a call, in runs that were cancelled by then, are marked as uncertain, since
// nobody will look. Only right while this process runs no burst: at boot, under the file's lock.
func (d *DB) ReleaseJobs(ctx context.Context) (released int64, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		released, err = exec(ctx, tx, "UPDATE river_job SET state = 'available' WHERE state = 'running'")
		if err != nil {
			return err
		}
		_, err = exec(ctx, tx, `UPDATE run_step SET state = 'uncertain', error = 'Caracal was stopped during this step, after the run was cancelled; look in Okta whether it was done.'
			WHERE state = 'started' AND run_id IN (SELECT id FROM run WHERE state = 'cancelled')`)
		return err
	})
	return released, err
}

// QueueStranded queues every run that should move and has no live burst, and returns how many. A run that
// waits without an end is stranded only at boot, for then nobody may be left who would wake it. An item of a
// for-each that has not begun has no burst yet, and is not stranded.
func (d *DB) QueueStranded(ctx context.Context, boot bool, enqueue Enqueue) (int, error) {
	query := "SELECT id FROM run WHERE state IN ('queued', 'running') AND job_id <> 0 AND NOT EXISTS (" + liveJob + ")" +
		" UNION ALL SELECT id FROM run WHERE state = 'waiting' AND (wait_until <> '' OR $1 = 1) AND NOT EXISTS (" + liveJob + ")"
	// Looking first through a reader keeps the writer free in the usual case that nothing is stranded.
	var stranded int
	err := d.read.QueryRowContext(ctx, "SELECT count(*) FROM ("+query+") AS stranded", boot).Scan(&stranded)
	if err != nil || stranded == 0 {
		return 0, explain(err)
	}
	return d.queueAll(ctx, enqueue, query, boot)
}

// QueueWoken queues the runs that wait, without an end, for the application, and returns how many. It
// looks in the writer's transaction, so that a run that is just about to wait is either seen here or sees,
// afterwards, that it was woken.
func (d *DB) QueueWoken(ctx context.Context, applicationID string, enqueue Enqueue) (int, error) {
	return d.queueAll(ctx, enqueue, "SELECT id FROM run WHERE state = 'waiting' AND wait_until = '' AND application_id = $1", applicationID)
}

func (d *DB) queueAll(ctx context.Context, enqueue Enqueue, query string, args ...any) (queued int, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		var ids []string
		if err := rows(ctx, tx, func(r *sql.Rows) error {
			var id string
			err := r.Scan(&id)
			ids = append(ids, id)
			return err
		}, query, args...); err != nil {
			return err
		}
		for _, id := range ids {
			if err := queueRun(ctx, tx, id, enqueue); err != nil {
				return err
			}
		}
		queued = len(ids)
		return nil
	})
	return queued, err
}
