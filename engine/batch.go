package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"caracal/auth"
	"caracal/batch"
	"caracal/db"
	"caracal/fault"
	"caracal/trigger"
	"caracal/workflow"
)

// BatchStart is how a person starts a checked batch; see db.BatchStart.
type BatchStart struct {
	Batch           batch.Batch
	Version         workflow.Version // that the rows were checked against
	AtOnce          int
	StopAfter       int
	Doubles, Unsafe bool
	By              auth.User
	Plan            db.RunPlan // that the rows are held to; one without an id is none
	Via             string     // what asks, in words, besides the file; "" is the page
	Behind          string     // user id of who made the token
}

// StartBatch stores the run of a batch and queues it, and returns its id. Starting twice gives the first one's run.
func (e *Engine) StartBatch(ctx context.Context, s BatchStart) (runID string, err error) {
	run := runOf(s.Version, nil)
	run.Steps = []workflow.RunStep{{StepID: "rows", Title: "Rows of " + s.Batch.Name, Action: workflow.FlowRows, Fields: map[string]string{}}}
	run.StartedBy, run.TriggerKind = s.By.ID, string(trigger.CSV)
	run.Behind = s.Behind
	if made := s.Batch.CreatedBy; made != s.By.ID && made != s.Behind { // what is asked for is theirs
		run.Behind = strings.TrimSpace(run.Behind + " " + made)
	}
	run.Via = "the CSV “" + s.Batch.Name + "”"
	if s.Via != "" {
		run.Via += ", " + s.Via
	}
	defer e.changed.tell()
	runID, _, err = e.db.StartBatch(ctx, db.BatchStart{ID: s.Batch.ID, Revision: s.Batch.Revision, AtOnce: s.AtOnce, StopAfter: s.StopAfter,
		Doubles: s.Doubles, Unsafe: s.Unsafe, Run: run, Plan: s.Plan, By: s.By}, e.enqueueAt(ctx))
	return runID, err
}

// PauseBatch lets no further row begin.
func (e *Engine) PauseBatch(ctx context.Context, id string, by auth.User) error {
	defer e.changed.tell()
	return e.db.PauseBatch(ctx, id, by, e.enqueueNow(ctx))
}

// ResumeBatch lets the rows of a paused batch go on.
func (e *Engine) ResumeBatch(ctx context.Context, id string, by auth.User) error {
	defer e.changed.tell()
	return e.db.ResumeBatch(ctx, id, by, e.enqueueNow(ctx))
}

// CancelRest cancels the rows that have not begun, and returns how many there were.
func (e *Engine) CancelRest(ctx context.Context, id string, by auth.User) (int64, error) {
	defer e.changed.tell()
	return e.db.CancelRest(ctx, id, by, e.enqueueNow(ctx))
}

// EnqueueCheck returns what puts the check of a batch on the queue, for whoever stores what makes it necessary.
func (e *Engine) EnqueueCheck(ctx context.Context) db.EnqueueCheck {
	return func(tx *sql.Tx, batchID string) error {
		if _, err := e.queue.InsertTx(ctx, tx, check{Batch: batchID}, nil); err != nil {
			return fmt.Errorf("queue the check of batch %q: %w", batchID, err)
		}
		return nil
	}
}

// check is the job that has the rows of a batch looked at. It is done again after a crash.
type check struct {
	Batch string `json:"batch"`
}

// Kind names the job in the queue's table; never rename it.
func (check) Kind() string { return "batch_check" }

// checkWorker is what the queue calls for it.
type checkWorker struct {
	river.WorkerDefaults[check]
	engine *Engine
	check  func(ctx context.Context, batchID string) error
}

// Work has one batch checked. What Okta puts off is tried again when it says so.
func (w *checkWorker) Work(ctx context.Context, job *river.Job[check]) error {
	err := w.check(ctx, job.Args.Batch)
	w.engine.changed.tell()
	f := fault.As(err)
	switch {
	case ctx.Err() != nil:
		return river.JobSnooze(0) // the engine stops
	case f != nil && f.Kind == fault.Busy:
		if f.RetryAt.IsZero() { // an application that is paused: nobody says until when
			return river.JobSnooze(30 * time.Second)
		}
		return river.JobSnooze(min(max(time.Second, f.RetryAt.Sub(w.engine.now())), 10*time.Minute))
	case err != nil && !errors.Is(err, db.ErrNotFound):
		w.engine.log.ErrorContext(ctx, "check of a batch failed and will be tried again", "batch", job.Args.Batch, "error", err)
		return err
	}
	return nil
}
