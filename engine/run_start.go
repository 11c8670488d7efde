package engine

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/internal/crash"
	"caracal/trigger"
	"caracal/workflow"
)

// StartRequest asks for a run of a published version.
type StartRequest struct {
	Version   workflow.Version
	Input     map[string]string
	By        auth.User
	OnceToken string // from the form: a second request with it returns the first one's run

	Trigger trigger.Trigger // what asks; zero is the form
	Via     string          // the same in words; Trigger.Via when empty
	Behind  string          // user id of who made the trigger or the token
	Actor   auth.User       // of the audit line; By when zero
	Key     db.StartKey     // makes the request one that starts a run once
	Proof   db.StartKey     // makes what proved it good for one run
	Event   trigger.Event   // kept with the run, when it names a trigger
	Plan    db.RunPlan      // that the run is started from; see Config.Plans
}

// StartRun stores the run, its first burst and the audit line in one transaction, and returns the run's id.
func (e *Engine) StartRun(ctx context.Context, r StartRequest) (runID string, err error) {
	out, err := e.Begin(ctx, r)
	return out.ID, err
}

// Begin is StartRun for those who must know more: whether the run is that of an earlier request, and when it begins.
// The guard rails of the trigger may put it off or refuse it.
func (e *Engine) Begin(ctx context.Context, r StartRequest) (db.StartedRun, error) {
	run := runOf(r.Version, r.Input)
	run.StartedBy, run.OnceToken, run.Behind = r.By.ID, r.OnceToken, r.Behind
	run.TriggerID, run.TriggerKind, run.Via = r.Trigger.ID, string(r.Trigger.Kind), cmp.Or(r.Via, r.Trigger.Via())
	actor := r.By
	if r.Actor.ID != "" {
		actor = r.Actor
	}
	out, err := e.db.StartRun(ctx, db.Start{Run: run, By: actor, Key: r.Key, Proof: r.Proof, Event: r.Event, Plan: r.Plan}, e.enqueueAt(ctx))
	if err == nil {
		crash.At("run-accepted")
		e.changed.tell()
	}
	return out, err
}

// runOf returns a run of a version, as it is before anything of it began.
func runOf(v workflow.Version, input map[string]string) workflow.Run {
	def := v.Definition
	run := workflow.Run{WorkflowID: v.WorkflowID, Version: v.Number, ApplicationID: def.ApplicationID, Name: def.Name, Input: maps.Clone(input)}
	run.Steps = def.RunSteps("")
	return run
}

func (e *Engine) enqueueAt(ctx context.Context) db.EnqueueRun {
	return func(tx *sql.Tx, runID string, due time.Time) (int64, error) { return e.enqueue(ctx, tx, runID, due) }
}
