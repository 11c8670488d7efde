package engine

import (
	"context"
	"database/sql"
	"time"

	"caracal/db"
	"caracal/workflow"
)

// chainFor is how long one job goes on from item to item. Then the next one stands in line on the queue, so that the lists
// of all take turns, and so do the nodes.
const chainFor = time.Second

// chain is a job that goes on from an item of a list, or a row of a CSV, to the one that begins when it has ended, in place
// of a job for each: to put it on the queue, fetch it and mark it as done are three commits, and some waiting, for often
// one call. The next run is stored as this job's in the transaction that ends the one before. So whoever takes the job up
// after a crash finds it by the job's number.
type chain struct {
	job   int64
	until time.Time
	next  string // the run that begins
	ended bool   // the run that was to be moved had ended before
}

// oneOf moves a run of a chain that began with first, and returns the one to be moved then.
func (e *Engine) oneOf(ctx context.Context, c *chain, first, run string) (next string, err error) {
	c.next, c.ended = "", false
	if err := e.advance(ctx, run, c); err != nil {
		return "", err
	}
	if c.ended && c.next == "" { // the job was taken up again, or its run was cancelled
		return e.db.ChainedRun(ctx, first, c.job)
	}
	return c.next, nil
}

// foundEnded notes that there was nothing to do for a run. Nobody chains but within a list.
func (c *chain) foundEnded(run workflow.Run) {
	if c != nil {
		c.ended = run.State.Ended() && run.ParentID != ""
	}
}

// broke forgets the run that was to begin in a transaction that failed.
func (c *chain) broke() {
	if c != nil {
		c.next = ""
	}
}

// enqueue returns what puts runs on the queue that may go on since this one is in a state. The item that begins when this
// one has ended is moved by the same job.
func (w *walk) enqueue(ctx context.Context, now workflow.RunState) db.Enqueue {
	put, c := w.e.enqueueNow(ctx), w.chain
	if c == nil || !now.Ended() || w.run.ParentID == "" || w.e.stopping.Load() || time.Now().After(c.until) {
		return put
	}
	return func(tx *sql.Tx, runID string) (int64, error) {
		if c.next != "" || runID == w.run.ParentID {
			return put(tx, runID)
		}
		c.next = runID
		return c.job, nil
	}
}
