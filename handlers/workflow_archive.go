package handlers

import (
	"net/http"
	"strings"

	"caracal/db"
	"caracal/views"
	"caracal/views/ui"
)

// WorkflowArchiveAsk asks for the name before a workflow is taken out of the lists.
func (h *Handlers) WorkflowArchiveAsk(w http.ResponseWriter, r *http.Request) error {
	return h.archivePage(w, r, http.StatusOK, "")
}

func (h *Handlers) archivePage(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	flow, err := h.editable(r)
	if err != nil {
		return err
	}
	runs, _, err := h.DB.RunList(r.Context(), db.RunFilter{WorkflowID: flow.ID, UnderWay: true, Limit: 100})
	if err != nil {
		return err
	}
	return h.render(w, r, status, views.ArchivePage(views.ArchiveProps{Shell: h.shell(r, "workflows"), Workflow: flow, UnderWay: len(runs), Error: problem}))
}

// WorkflowArchive takes a workflow out of the lists.
func (h *Handlers) WorkflowArchive(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.editable(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return unreadable(err)
	}
	if strings.TrimSpace(r.PostForm.Get("confirm")) != strings.TrimSpace(flow.Draft.Name) {
		return h.archivePage(w, r, http.StatusUnprocessableEntity, "This is not the workflow's name; type it as it stands above.")
	}
	if err := h.DB.ArchiveWorkflow(r.Context(), flow.ID, true, user(r)); err != nil {
		return err
	}
	h.flash(w, r, ui.Good, flow.Draft.Name+" is archived.")
	return h.redirect(w, r, "/workflows")
}

// WorkflowUnarchive brings an archived workflow back.
func (h *Handlers) WorkflowUnarchive(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.workflowFor(r)
	if err != nil {
		return err
	}
	if err := h.DB.ArchiveWorkflow(r.Context(), flow.ID, false, user(r)); err != nil {
		return err
	}
	h.flash(w, r, ui.Good, flow.Draft.Name+" is back.")
	return h.redirect(w, r, "/workflows/"+flow.ID)
}
