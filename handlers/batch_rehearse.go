package handlers

import (
	"net/http"
	"strconv"

	"caracal/auth"
	"caracal/batch"
	"caracal/plan"
	"caracal/rehearse"
	"caracal/views"
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
	numbers, rows, err := h.DB.Startable(r.Context(), b.ID, f.Values["doubles"] == "true", f.Values["unsafe"] == "true", rehearse.MaxRows+1)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		f.Error = "No row is left to rehearse; tick which of the others are to be run too."
		return h.checkPage(w, r, http.StatusUnprocessableEntity, b, f, "")
	}
	made, err := h.Rehearse.Begin(r.Context(), plan.Subject{Kind: plan.Version, WorkflowID: b.WorkflowID, Version: v.Number, Definition: v.Definition,
		Rows: rows, Many: true, Numbers: numbers, Origin: views.BatchPath(b.ID), OriginName: b.Name}, user(r))
	if f.Blame(err) {
		return h.checkPage(w, r, http.StatusUnprocessableEntity, b, f, "")
	}
	if err != nil {
		return err
	}
	return h.redirect(w, r, "/rehearsals/"+made.ID)
}
