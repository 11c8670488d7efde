package handlers

import (
	"context"
	"errors"
	"net/http"

	"caracal/auth"
	"caracal/batch"
	"caracal/db"
	"caracal/fault"
	"caracal/trigger"
	"caracal/workflow"
)

var (
	errNoBatch = fault.New(fault.NotFound, "There is no such batch, or it is not open to you, or it was deleted with its runs; look at the workflow's CSV page for those that are there.")
	errNoRows  = fault.New(fault.Forbidden, "This workflow is not open to you for the rows of a CSV; a builder can open it under Triggers › Rows of a CSV.")
)

// rowsTrigger returns what is set about running a workflow for the rows of a CSV.
func (h *Handlers) rowsTrigger(ctx context.Context, workflowID string) (trigger.Trigger, error) {
	return h.DB.BuiltIn(ctx, workflowID, trigger.CSV)
}

// mayUpload reports whether a person may run a workflow for the rows of a CSV: builders and admins always, others who
// may run it where its trigger says so.
func mayUpload(me auth.User, d workflow.Definition, t trigger.Trigger) bool {
	return mayRun(me, d) && (me.May(auth.WorkflowEdit) || t.Rows.Runners)
}

// uploadable is runnable for those who are about to run a workflow for the rows of a CSV.
func (h *Handlers) uploadable(r *http.Request) (workflow.Version, trigger.Trigger, error) {
	v, err := h.runnable(r)
	if err != nil {
		return v, trigger.Trigger{}, err
	}
	t, err := h.rowsTrigger(r.Context(), v.WorkflowID)
	if err == nil && !mayUpload(user(r), v.Definition, t) {
		err = errNoRows
	}
	return v, t, err
}

// batchFor returns the batch that the address names, when the person may see it: who uploaded it, and everybody who
// reads runs.
func (h *Handlers) batchFor(r *http.Request) (batch.Batch, error) {
	b, err := h.DB.Batch(r.Context(), r.PathValue("id"))
	if errors.Is(err, db.ErrNotFound) {
		return b, errNoBatch
	}
	if me := user(r); err == nil && !me.May(auth.RunRead) && b.CreatedBy != me.ID {
		err = errNoBatch
	}
	return b, err
}

// mayUse reports whether a person may go on with a batch, that is to map, start, and run again: who uploaded it, and
// builders and admins, as long as they may upload one for the workflow.
func (h *Handlers) mayUse(r *http.Request, b batch.Batch) (bool, error) {
	me := user(r)
	if b.CreatedBy != me.ID && !me.May(auth.WorkflowEdit) {
		return false, nil
	}
	_, may, err := h.newest(r, b)
	return may, err
}

// newest returns the newest version of a batch's workflow, and whether the person may run it for the rows of a CSV.
func (h *Handlers) newest(r *http.Request, b batch.Batch) (v workflow.Version, may bool, err error) {
	flow, err := h.DB.Workflow(r.Context(), b.WorkflowID)
	if err != nil || flow.Archived || flow.Published == 0 {
		return v, false, err
	}
	if v, err = h.DB.WorkflowVersion(r.Context(), flow.ID, flow.Published); err != nil {
		return v, false, err
	}
	t, err := h.rowsTrigger(r.Context(), b.WorkflowID)
	return v, err == nil && mayUpload(user(r), v.Definition, t), err
}

// usable is batchFor for those who are about to go on with a batch.
func (h *Handlers) usable(r *http.Request) (batch.Batch, error) {
	b, err := h.batchFor(r)
	if err != nil {
		return b, err
	}
	may, err := h.mayUse(r, b)
	if err == nil && !may {
		err = fault.New(fault.Forbidden, "You can look at this batch; who uploaded it, or a builder, can go on with it.")
	}
	return b, err
}

// maySteer reports whether a person may pause a batch or cancel its rest: who uploaded it, builders and admins, and
// those who manage runs of the workflow.
func (h *Handlers) maySteer(r *http.Request, b batch.Batch) (bool, error) {
	me := user(r)
	if b.CreatedBy == me.ID || me.May(auth.WorkflowEdit) {
		return true, nil
	}
	if !me.May(auth.RunManage) {
		return false, nil
	}
	v, err := h.DB.WorkflowVersion(r.Context(), b.WorkflowID, b.Version)
	if errors.Is(err, db.ErrNotFound) {
		return false, nil
	}
	return err == nil && mayRun(me, v.Definition), err
}

// steered is batchFor for those who are about to change the course of a batch.
func (h *Handlers) steered(r *http.Request) (batch.Batch, error) {
	b, err := h.batchFor(r)
	if err != nil {
		return b, err
	}
	may, err := h.maySteer(r, b)
	if err == nil && !may {
		err = fault.New(fault.Forbidden, "You can look at this batch; who uploaded it, or somebody who manages the workflow's runs, can pause or cancel it.")
	}
	return b, err
}
