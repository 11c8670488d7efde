package handlers

import (
	"context"
	"sync"

	"caracal/workflow"
)

// calls keeps what is known of published workflows as actions. A published version never changes, so that each
// is read once while the process lives.
type calls struct {
	mu    sync.Mutex
	specs map[string]call
}

type call struct {
	version int
	spec    workflow.ActionSpec
}

// actions returns the actions that this request knows: those of the program, and one for each workflow that can
// be called. Check, pages, files and publishing all ask here, so that none knows less than another. Where the
// workflows can't be read, which the log says, a step that calls one is not known.
func (h *Handlers) actions(ctx context.Context) *workflow.Registry {
	published, err := h.DB.PublishedNumbers(ctx)
	if err != nil {
		h.Log.ErrorContext(ctx, "list the workflows that can be called", "error", err)
		return h.Registry
	}
	specs := make([]workflow.ActionSpec, 0, len(published))
	h.calls.mu.Lock()
	defer h.calls.mu.Unlock()
	for _, p := range published {
		known, ok := h.calls.specs[p.WorkflowID]
		if !ok || known.version != p.Number {
			v, err := h.DB.WorkflowVersion(ctx, p.WorkflowID, p.Number)
			if err != nil {
				h.Log.ErrorContext(ctx, "read a workflow that can be called", "workflow", p.WorkflowID, "error", err)
				continue
			}
			known = call{p.Number, workflow.CallSpec(v, h.Registry)}
			if h.calls.specs == nil {
				h.calls.specs = map[string]call{}
			}
			h.calls.specs[p.WorkflowID] = known
		}
		specs = append(specs, known.spec)
	}
	return h.Registry.With(specs...)
}
