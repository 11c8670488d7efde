package handlers

import (
	"net/http"

	"caracal/auth"
	"caracal/db"
	"caracal/views"
	"caracal/views/ui"
)

// formsShown is how many workflows the page of forms has; formRuns how many of the person's own runs stand beside.
const (
	formsShown = 24
	formRuns   = 5
)

// FormList is the page of those who run what others built: the workflows that are open to them, as published.
func (h *Handlers) FormList(w http.ResponseWriter, r *http.Request) error {
	ctx, me, q := r.Context(), user(r), r.URL.Query()
	p := views.FormsProps{Now: h.Clock(), Query: q.Get("q")}
	filter := db.WorkflowFilter{Query: p.Query, State: db.WorkflowPublished, After: q.Get("after"), Limit: formsShown}
	if !me.May(auth.WorkflowEdit) { // builders run everything, others what is opened to their role
		filter.Runners = me.Roles
	}
	list, next, err := h.DB.WorkflowList(ctx, filter)
	if err != nil {
		return err
	}
	for _, flow := range list {
		v, err := h.DB.WorkflowVersion(ctx, flow.ID, flow.Published)
		if err != nil {
			return err
		}
		p.Forms = append(p.Forms, views.FormCard{ID: flow.ID, Name: v.Definition.Name, Purpose: v.Definition.Purpose, Asks: len(v.Definition.Inputs)})
	}
	p.Paging = ui.Paging{Next: nextPage(r, next)}
	if filter.After != "" {
		p.Paging.Prev = nextPage(r, "-")
	}
	runs, _, err := h.DB.RunList(ctx, db.RunFilter{StartedBy: me.ID, Limit: formRuns})
	if err != nil {
		return err
	}
	p.Runs = resultRows(runs)
	p.Shell = h.shell(r, "forms")
	return h.render(w, r, http.StatusOK, views.FormsPage(p))
}
