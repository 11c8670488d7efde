package engine

import (
	"context"
	"database/sql"
	"time"

	"caracal/db"
	"caracal/fault"
	"caracal/internal/crash"
	"caracal/trigger"
	"caracal/workflow"
)

// tickEvery is how often schedules are looked at: as precise as the queue is.
const tickEvery = 5 * time.Second

// Tick starts the runs of every schedule whose time has come. A time that was taken up is stored with its run in one
// transaction, so that a crash, or another process that looks, neither loses nor doubles one.
func (e *Engine) Tick(ctx context.Context) error {
	due, err := e.db.DueTriggers(ctx, e.now())
	if err != nil {
		return err
	}
	for _, t := range due {
		if e.stopping.Load() {
			return nil
		}
		if err := survive(func() error { return e.fire(ctx, t) }); err != nil { // the others are not to wait for it
			e.log.ErrorContext(ctx, "start the runs of a schedule", "trigger", t.ID, "error", err)
		}
	}
	return nil
}

func (e *Engine) tickForever(ctx context.Context) {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for {
		if err := e.Tick(ctx); err != nil && ctx.Err() == nil {
			e.log.ErrorContext(ctx, "look for schedules that are due", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// fire takes up what is due of one schedule.
func (e *Engine) fire(ctx context.Context, t trigger.Trigger) error {
	times, err := t.Schedule.Parse()
	if err != nil { // it was checked when it was stored: the zone is gone from the database of zones
		_, err := e.db.FireSchedule(ctx, t, time.Time{}, nil, []trigger.Event{e.note(t, trigger.Refused, t.DueAt, fault.Message(err)+" The schedule rests until it is saved again.")}, nil)
		return err
	}
	due, skipped, next := t.Schedule.Due(times, t.DueAt, e.now())
	var notes []trigger.Event
	if skipped > 0 {
		words := "1 time passed while Caracal was not running, and was left out, as the trigger says."
		if skipped > 1 {
			words = workflow.CountOf(skipped, "time") + " passed while Caracal was not running, and were left out, as the trigger says."
		}
		notes = append(notes, e.note(t, trigger.Skipped, time.Time{}, words))
	}
	var starts []db.Start
	if len(due) > 0 {
		v, problem, err := e.newest(ctx, t)
		if err != nil {
			return err
		}
		for _, at := range due {
			if problem != "" {
				notes = append(notes, e.note(t, trigger.Refused, at, problem))
				continue
			}
			run := runOf(v, t.Inputs)
			run.StartedBy, run.TriggerID, run.TriggerKind, run.Via, run.Behind = t.CreatedBy, t.ID, string(t.Kind), t.Via(), t.Behind()
			starts = append(starts, db.Start{Run: run, By: db.System, Event: e.note(t, trigger.Started, at, "")})
		}
	}
	crash.At("schedule-due")
	fired, err := e.db.FireSchedule(ctx, t, next, starts, notes, e.dying("schedule-half-stored", e.enqueueAt(ctx)))
	if err == nil && fired && len(starts) > 0 {
		crash.At("schedule-fired")
		e.changed.tell()
		e.log.InfoContext(ctx, "a schedule started runs", "trigger", t.ID, "runs", len(starts))
	}
	return err
}

// dying is what puts a run on the queue, with a point for the crash test in the middle of the transaction that stores it.
func (*Engine) dying(point string, enqueue db.EnqueueRun) db.EnqueueRun {
	return func(tx *sql.Tx, runID string, due time.Time) (int64, error) {
		id, err := enqueue(tx, runID, due)
		crash.At(point)
		return id, err
	}
}

// newest returns the version that a schedule would run, or says why it can't.
func (e *Engine) newest(ctx context.Context, t trigger.Trigger) (v workflow.Version, problem string, err error) {
	if v, problem, err = e.publishedOf(ctx, t.WorkflowID); err != nil || problem != "" {
		return v, problem, err
	}
	f := trigger.Given(v.Definition.RunFields(), t.Inputs)
	for _, field := range f.Fields {
		if bad := f.Errors[field.Name]; bad != "" {
			return v, "The workflow's inputs have changed and the trigger's values no longer fit: " + bad + " Edit the trigger.", nil
		}
	}
	return v, "", nil
}

// publishedOf returns the newest published version of a workflow, or says why it can't be run.
func (e *Engine) publishedOf(ctx context.Context, workflowID string) (v workflow.Version, problem string, err error) {
	w, err := e.db.Workflow(ctx, workflowID)
	if err != nil {
		return v, "", err
	}
	switch {
	case w.Archived:
		return v, "The workflow is archived, so nothing was started.", nil
	case w.Published == 0:
		return v, "The workflow has no published version, so nothing was started; publish it.", nil
	}
	v, err = e.db.WorkflowVersion(ctx, w.ID, w.Published)
	return v, "", err
}

func (e *Engine) note(t trigger.Trigger, outcome trigger.Outcome, due time.Time, words string) trigger.Event {
	return trigger.Event{TriggerID: t.ID, At: e.now(), DueAt: due, Outcome: outcome, Words: words, Known: true}
}
