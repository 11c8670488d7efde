package engine

import (
	"context"
	"database/sql"
	"time"

	"caracal/db"
)

// WakeApplication makes the runs that wait for an application go on, and the checks of batches, after it was unpaused
// or connected again.
func (e *Engine) WakeApplication(ctx context.Context, applicationID string) error {
	defer e.changed.tell()
	if err := e.db.WakeChecks(ctx, applicationID, e.EnqueueCheck(ctx)); err != nil {
		return err
	}
	n, err := e.db.QueueWoken(ctx, applicationID, e.enqueueNow(ctx))
	if n > 0 {
		e.log.InfoContext(ctx, "woke runs", "org", applicationID, "runs", n)
	}
	return err
}

// reconcile queues every run that should move and has no live burst. At boot that includes runs that wait
// without an end.
func (e *Engine) reconcile(ctx context.Context, boot bool) (int, error) {
	return e.db.QueueStranded(ctx, boot, e.enqueueNow(ctx))
}

func (e *Engine) reconcileForever(ctx context.Context) {
	tick := time.NewTicker(e.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if n, err := e.reconcile(ctx, false); err != nil && ctx.Err() == nil {
			e.log.ErrorContext(ctx, "look for stranded runs", "error", err)
		} else if n > 0 {
			e.log.WarnContext(ctx, "queued stranded runs again", "runs", n)
		}
	}
}

func (e *Engine) enqueueNow(ctx context.Context) db.Enqueue {
	return func(tx *sql.Tx, runID string) (int64, error) { return e.enqueue(ctx, tx, runID, time.Time{}) }
}
