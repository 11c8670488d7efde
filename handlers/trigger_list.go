package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"caracal/auth"
	"caracal/db"
	"caracal/fault"
	"caracal/trigger"
	"caracal/views"
	"caracal/workflow"
)

// TriggerList shows everything that starts runs of a workflow.
func (h *Handlers) TriggerList(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.triggered(r)
	if err != nil {
		return err
	}
	p := views.TriggersProps{Now: h.Clock(), Workflow: flow, MayEdit: user(r).May(auth.WorkflowEdit) && !flow.Archived}
	if p.Triggers, p.BuiltIn, err = h.triggersOf(r.Context(), flow.ID); err != nil {
		return err
	}
	p.Shell = h.shell(r, "workflows")
	return h.render(w, r, http.StatusOK, views.TriggersPage(p))
}

// triggersOf returns what was set up to start a workflow, and the ways that each workflow has.
func (h *Handlers) triggersOf(ctx context.Context, workflowID string) (stored, builtIn []trigger.Trigger, err error) {
	if stored, err = h.DB.Triggers(ctx, workflowID); err != nil {
		return nil, nil, err
	}
	for _, kind := range []trigger.Kind{trigger.Form, trigger.CSV, trigger.API} {
		i := slices.IndexFunc(stored, func(t trigger.Trigger) bool { return t.Kind == kind })
		if i < 0 {
			builtIn = append(builtIn, trigger.Trigger{WorkflowID: workflowID, Kind: kind})
			continue
		}
		builtIn = append(builtIn, stored[i])
		stored = slices.Delete(stored, i, i+1)
	}
	return stored, builtIn, nil
}

// triggered returns the workflow that the address names, for those who may see what starts it.
func (h *Handlers) triggered(r *http.Request) (workflow.Workflow, error) {
	flow, err := h.workflowFor(r)
	if err == nil && !seesDrafts(user(r)) {
		err = errNoWorkflow
	}
	return flow, err
}

var errNoTrigger = fault.New(fault.NotFound, "There is no such trigger; it may have been deleted. Look under the workflow's Triggers.")

// triggerFor returns the trigger that the address names, of the workflow that it names.
func (h *Handlers) triggerFor(r *http.Request, flow workflow.Workflow) (trigger.Trigger, error) {
	id := r.PathValue("trigger")
	if kind := trigger.Kind(id); kind.BuiltIn() {
		return h.DB.BuiltIn(r.Context(), flow.ID, kind)
	}
	t, err := h.DB.Trigger(r.Context(), id)
	if errors.Is(err, db.ErrNotFound) || err == nil && t.WorkflowID != flow.ID {
		err = errNoTrigger
	}
	return t, err
}

// runDefinition returns what a trigger of the workflow would run: the newest version, or the draft before there is one.
func (h *Handlers) runDefinition(ctx context.Context, flow workflow.Workflow) (workflow.Definition, error) {
	if flow.Published == 0 {
		return flow.Draft, nil
	}
	v, err := h.DB.WorkflowVersion(ctx, flow.ID, flow.Published)
	return v.Definition, err
}
