package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/riverqueue/river/rivertype"

	"caracal/auth"
)

// Cancel ends a run, and the runs within it, and withdraws their bursts in one transaction. A step in flight finishes and is recorded; no
// other begins.
func (e *Engine) Cancel(ctx context.Context, runID string, by auth.User) error {
	defer e.changed.tell()
	return e.db.CancelRun(ctx, runID, by, func(tx *sql.Tx, jobID int64) error {
		_, err := e.queue.JobCancelTx(ctx, tx, jobID)
		if err != nil && !errors.Is(err, rivertype.ErrNotFound) { // finished bursts are deleted after a day
			return fmt.Errorf("withdraw burst of run %q: %w", runID, err)
		}
		return nil
	}, e.enqueueNow(ctx))
}
