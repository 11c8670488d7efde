package engine

import (
	"context"
	"errors"
	"sync"

	"caracal/db"
	"caracal/form"
	"caracal/workflow"
)

// scope is what the expressions of a step see.
func (w *walk) scope() workflow.Scope {
	return workflow.Scope{Inputs: w.run.Input, Kinds: w.kinds, Outputs: w.outputs, Now: w.e.now()}
}

// kindCache remembers the kinds of the inputs of published versions, which never change.
type kindCache struct {
	mu   sync.Mutex
	seen map[versionKey]map[string]form.Kind
}

type versionKey struct {
	workflow string
	number   int
}

// maxKinds bounds the cache; all of it is let go when there is more.
const maxKinds = 1_000

// inputKinds returns the kinds of the inputs of a run's version.
func (e *Engine) inputKinds(ctx context.Context, run workflow.Run) (map[string]form.Kind, error) {
	key := versionKey{run.WorkflowID, run.Version}
	e.kinds.mu.Lock()
	kinds, ok := e.kinds.seen[key]
	e.kinds.mu.Unlock()
	if ok || len(run.Input) == 0 {
		return kinds, nil
	}
	v, err := e.db.WorkflowVersion(ctx, run.WorkflowID, run.Version)
	if errors.Is(err, db.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	kinds = v.Definition.InputKindsOf()
	e.kinds.mu.Lock()
	defer e.kinds.mu.Unlock()
	if e.kinds.seen == nil || len(e.kinds.seen) >= maxKinds {
		e.kinds.seen = map[versionKey]map[string]form.Kind{}
	}
	e.kinds.seen[key] = kinds
	return kinds, nil
}
