package engine

import (
	"context"

	"caracal/auth"
	"caracal/db"
	"caracal/internal/crash"
	"caracal/workflow"
)

// UndoRequest asks for an undo of a run.
type UndoRequest struct {
	Of     workflow.Run // what is taken back
	Steps  []workflow.RunStep
	Within map[int][]db.UndoRun // by the place in Steps
	By     auth.User
	Once   string // from the form: a second request with it returns the first one's run
	Key    db.StartKey
	Via    string    // what asks, besides a person at a page
	Behind string    // user id of who made what asks
	Actor  auth.User // of the audit line; By when zero
}

// StartUndo stores the undo with its first burst, and returns its run. Nothing of it has begun then. A step that
// somebody takes back already is a conflict.
func (e *Engine) StartUndo(ctx context.Context, r UndoRequest) (db.StartedRun, error) {
	run := workflow.Run{WorkflowID: r.Of.WorkflowID, Version: r.Of.Version, ApplicationID: r.Of.ApplicationID, Name: workflow.UndoName(r.Of.Name),
		Undoes: r.Of.ID, StartedBy: r.By.ID, OnceToken: r.Once, Via: r.Via, Behind: r.Behind, Steps: r.Steps}
	actor := r.By
	if r.Actor.ID != "" {
		actor = r.Actor
	}
	out, err := e.db.StartUndo(ctx, db.Undo{UndoRun: db.UndoRun{Run: run, Within: r.Within}, By: actor, Key: r.Key}, e.enqueueNow(ctx))
	if err == nil {
		crash.At("undo-accepted")
		e.changed.tell()
	}
	return out, err
}
