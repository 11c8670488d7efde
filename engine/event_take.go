package engine

import (
	"context"
	"errors"
	"time"

	"caracal/db"
	"caracal/fault"
	"caracal/internal/crash"
	"caracal/trigger"
	"caracal/workflow"
)

// How long a start may be put off, by what it waits for.
const (
	settleEvent = time.Minute // a call under way whose request is not known yet
	settlePause = 3 * time.Second
	patientFor  = 24 * time.Hour // the org can't be asked
)

// startsAtOnce is how many starts one look takes up.
const startsAtOnce = 200

// TakeEvents stores what an event hook delivered, so that the sender can be answered at once, and lets what has to be
// started be started soon.
func (e *Engine) TakeEvents(ctx context.Context, in db.Intake) error {
	taken, err := e.db.TakeEvents(ctx, in)
	if err != nil {
		return err
	}
	crash.At("events-stored")
	if taken > 0 {
		e.events.tell()
	}
	return nil
}

// StartEvents starts the runs of the events that were stored, each once: a start goes in the transaction that stores its
// run. It returns when nothing is due any more.
func (e *Engine) StartEvents(ctx context.Context) error {
	for !e.stopping.Load() {
		list, err := e.db.DueEventStarts(ctx, e.now(), startsAtOnce)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, s := range list {
			if e.stopping.Load() {
				return nil
			}
			if err := survive(func() error { return e.startEvent(ctx, s) }); err != nil {
				if ctx.Err() != nil {
					return err
				}
				e.log.ErrorContext(ctx, "start the run of an event", "trigger", s.TriggerID, "event", s.UUID, "error", err)
				if err := e.db.PostponeEventStart(ctx, s, e.now().Add(pauseAfter(s.Tries))); err != nil { // the others are not to wait for it
					return err
				}
			}
		}
	}
	return nil
}

// pauseAfter spaces the tries of a start: 5, 10, 20, … seconds, at most ten minutes.
func pauseAfter(tries int) time.Duration {
	return min(10*time.Minute, 5*time.Second<<min(tries, 10))
}

// startEvent makes one start, puts it off, or ends it with a reason.
func (e *Engine) startEvent(ctx context.Context, s db.EventStart) error {
	t, err := e.db.Trigger(ctx, s.TriggerID)
	if errors.Is(err, db.ErrNotFound) {
		return nil // the start went with it
	}
	if err != nil {
		return err
	}
	note := trigger.Event{TriggerID: t.ID, At: s.At, Known: true, Body: s.Body, Type: "application/json", From: string(s.By), SecretAt: s.SecretAt}
	end := func(outcome trigger.Outcome, words string) error {
		note.Outcome, note.Words = outcome, words
		return e.db.EndEventStart(ctx, s, note)
	}
	event, err := trigger.ReadOrgEvent([]byte(s.Body))
	if err != nil {
		return end(trigger.Refused, fault.Message(err))
	}
	if t.Paused {
		return end(trigger.Skipped, "The trigger was paused before the run began.")
	}
	from, err := e.db.EventOrigin(ctx, t.ApplicationID, event, s.At)
	if err != nil {
		return err
	}
	if from.Unsettled && e.now().Sub(s.At) < settleEvent {
		return e.db.PostponeEventStart(ctx, s, e.now().Add(settlePause))
	}
	chain := 0
	if from.Own {
		if !t.Event.Own {
			return end(trigger.Passed, db.OwnChange)
		}
		if chain = from.Chain + 1; chain > trigger.MaxChain {
			return end(trigger.Refused, "This change was made by a run that other runs led to, "+workflow.CountOf(trigger.MaxChain, "time")+" in a row, so it starts no further one: they may be running in a circle.")
		}
	}
	v, problem, err := e.publishedOf(ctx, t.WorkflowID)
	if err != nil {
		return err
	}
	if problem == "" && v.Definition.ApplicationID != t.ApplicationID {
		problem = "The workflow acts on another application now, so nothing was started; save the trigger again."
	}
	if problem != "" {
		return end(trigger.Refused, problem)
	}
	input := t.Event.Mapped(v.Definition.RunFields(), event.Value, e.now())
	if input.OK() && e.resolve != nil {
		if err := e.resolve(ctx, v.Definition.ApplicationID, input); err != nil {
			return e.afterAsking(ctx, s, err, end)
		}
	}
	if !input.OK() {
		words := "The workflow's inputs are not right, so nothing was started."
		for _, field := range input.Fields {
			if bad := input.Errors[field.Name]; bad != "" {
				words += " " + field.Label + ": " + bad
			}
		}
		return end(trigger.Refused, words)
	}
	run := runOf(v, input.Values)
	run.StartedBy, run.TriggerID, run.TriggerKind, run.Via, run.Behind = t.CreatedBy, t.ID, string(t.Kind), t.Via(), t.Behind()
	crash.At("before-event-start")
	out, err := e.db.StartOfEvent(ctx, s, db.Start{Run: run, By: db.System, Event: note}, chain, e.dying("event-half-started", e.enqueueAt(ctx)))
	if err == nil && out.Created {
		crash.At("event-started")
		e.changed.tell()
	}
	return err
}

// afterAsking puts a start off whose inputs can't be looked up in the org at the moment, and ends one that waited long.
func (e *Engine) afterAsking(ctx context.Context, s db.EventStart, err error, end func(trigger.Outcome, string) error) error {
	f := fault.As(err)
	if f == nil || f.Kind == fault.Internal {
		return err
	}
	if f.Kind != fault.Busy && f.Kind != fault.Upstream && f.Kind != fault.Uncertain {
		return end(trigger.Refused, f.Message)
	}
	if e.now().Sub(s.At) > patientFor {
		return end(trigger.Refused, "For a day, the org could not be asked about the workflow's inputs, so nothing was started: "+f.Message)
	}
	due := e.now().Add(pauseAfter(s.Tries))
	if f.RetryAt.After(due) {
		due = f.RetryAt
	}
	return e.db.PostponeEventStart(ctx, s, due)
}

// eventsForever starts what events ask for, as soon as it is told that there is something, and looks at logs.
func (e *Engine) eventsForever(ctx context.Context) {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for {
		told := e.events.wait()
		if err := e.StartEvents(ctx); err != nil && ctx.Err() == nil {
			e.log.ErrorContext(ctx, "start the runs of events", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-told:
		case <-tick.C:
		}
	}
}
