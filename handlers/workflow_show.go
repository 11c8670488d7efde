package handlers

import (
	"net/http"

	"caracal/auth"
	"caracal/db"
	"caracal/views"
	"caracal/views/ui"
)

// WorkflowShow says what a workflow does and how its last runs ended.
func (h *Handlers) WorkflowShow(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.workflowFor(r)
	if err != nil {
		return err
	}
	ctx, me := r.Context(), user(r)
	p := views.WorkflowShowProps{Shell: h.shell(r, "workflows"), Now: h.Clock(), Workflow: flow, Definition: flow.Draft, Registry: h.actions(r.Context()),
		Application: ui.Link{Label: "None yet"}}
	if flow.Published > 0 {
		v, err := h.DB.WorkflowVersion(ctx, flow.ID, flow.Published)
		if err != nil {
			return err
		}
		p.Definition = v.Definition
		p.MayRun = !flow.Archived && mayRun(me, v.Definition)
	}
	app, err := h.applicationOf(ctx, p.Definition)
	if err != nil {
		return err
	}
	if app != nil {
		p.Application.Label = app.Name
		if me.May(auth.ApplicationRead) {
			p.Application.Href = "/applications/" + app.ID
		}
	}
	if me.May(auth.RunRead) {
		runs, _, err := h.DB.RunList(ctx, db.RunFilter{WorkflowID: flow.ID, Limit: 5})
		if err != nil {
			return err
		}
		if p.Runs, err = h.runRows(r, runs); err != nil {
			return err
		}
	}
	return h.render(w, r, http.StatusOK, views.WorkflowShowPage(p))
}
