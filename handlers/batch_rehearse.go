package handlers

import (
	"net/http"
	"strconv"

	"caracal/auth"
	"caracal/batch"
	"caracal/fault"
	"caracal/plan"
	"caracal/rehearse"
	"caracal/views"
	"caracal/workflow"
)

// BatchRehearse rehearses the rows of a checked batch that would be started.
func (h *Handlers) BatchRehearse(w http.ResponseWriter, r *http.Request) error {
	b, err := h.usable(r)
	if err != nil {
		return err
	}
	if !user(r).May(auth.WorkflowRead) {
		return errMayNotRehearse
	}
	if b.State != batch.Checked {
		return h.redirect(w, r, views.BatchPath(b.ID))
	}
	f, err := decode(views.StartFields(), r)
	if err != nil {
		return err
	}
	clear(f.Errors) // how many at once, and when it pauses, is nothing to a rehearsal
	v, _, err := h.newest(r, b)
	if err != nil {
		return err
	}
	switch {
	case r.PostForm.Get("revision") != strconv.FormatInt(b.Revision, 10):
		f.Error = "This batch has gone on since you opened the page; look it over and rehearse it again."
	case v.Number != b.Version:
		f.Error = "Version " + strconv.Itoa(v.Number) + " was published after the rows were checked; let them be checked again."
	}
	if !f.OK() {
		return h.checkPage(w, r, http.StatusUnprocessableEntity, b, f, "")
	}
	made, err := h.rehearseRows(r, b, v, f.Values["doubles"] == "true", f.Values["unsafe"] == "true")
	if f.Blame(err) {
		return h.checkPage(w, r, http.StatusUnprocessableEntity, b, f, "")
	}
	if err != nil {
		return err
	}
	return h.redirect(w, r, "/rehearsals/"+made.ID)
}

// rehearseRows begins a rehearsal of the rows of a checked batch that would be started.
func (h *Handlers) rehearseRows(r *http.Request, b batch.Batch, v workflow.Version, doubles, unsafe bool) (plan.Rehearsal, error) {
	numbers, rows, err := h.DB.Startable(r.Context(), b.ID, doubles, unsafe, rehearse.MaxRows+1)
	if err != nil {
		return plan.Rehearsal{}, err
	}
	if len(rows) == 0 {
		return plan.Rehearsal{}, fault.New(fault.Invalid, "No row is left to rehearse; say which of the others are to be run too.")
	}
	return h.Rehearse.Begin(r.Context(), plan.Subject{Kind: plan.Version, WorkflowID: b.WorkflowID, Version: v.Number, Definition: v.Definition,
		Rows: rows, Many: true, Numbers: numbers, Origin: views.BatchPath(b.ID), OriginName: b.Name}, user(r))
}
