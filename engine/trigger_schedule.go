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
	merged := ""
	switch {
	case skipped > 0 && t.Schedule.CatchUp == trigger.CatchOnce:
		merged = "One run for " + workflow.CountOf(skipped+1, "time") + ", of which the last is this; the others passed while Caracal was not running."
	case skipped > 0:
		notes = append(notes, e.note(t, trigger.Skipped, time.Time{}, leftOut(skipped, t.Schedule, len(due))))
	}
	var starts []db.Start
	if len(due) > 0 {
		v, problem, err := e.newest(ctx, t)
		if err != nil {
			return err
		}
		for i, at := range due {
			order := time.Duration(i+1) * time.Millisecond // the list shows what happened at once as it came: the oldest time first
			if problem != "" {
				refused := e.note(t, trigger.Refused, at, problem)
				refused.At = refused.At.Add(order)
				notes = append(notes, refused)
				continue
			}
			run := runOf(v, t.Inputs)
			run.StartedBy, run.TriggerID, run.TriggerKind, run.Via, run.Behind = t.CreatedBy, t.ID, string(t.Kind), t.Via(), t.Behind()
			started := e.note(t, trigger.Started, at, merged)
			started.At = started.At.Add(order)
			starts = append(starts, db.Start{Run: run, By: db.System, Event: started})
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

// leftOut says that times passed for which no run is started, and why.
func leftOut(n int, t trigger.Timetable, caughtUp int) string {
	passed, were := workflow.CountOf(n, "time"), "was"
	if n > 1 {
		were = "were"
	}
	passed += " passed while Caracal was not running, and " + were + " left out"
	if t.CatchUp == trigger.CatchAll {
		return passed + ": at most " + workflow.CountOf(caughtUp, "run") + " may catch up, as the trigger says."
	}
	return passed + ", as the trigger says."
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
