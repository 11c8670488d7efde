package handlers

import (
	"net/http"

	"caracal/auth"
	"caracal/org"
	"caracal/views"
	"caracal/views/ui"
	"caracal/workflow"
)

// ApplicationShow is the overview of one connected org.
func (h *Handlers) ApplicationShow(w http.ResponseWriter, r *http.Request) error {
	app, err := h.DB.Application(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	me := user(r)
	p := views.OverviewProps{Shell: h.shell(r, "applications"), App: app, Now: h.Clock(),
		MayManage: me.May(auth.ApplicationManage), MayCheck: me.May(auth.HealthRun), Scopes: h.scopeStates(app)}
	runs, err := h.DB.CheckRuns(r.Context(), app.ID, 1)
	if err != nil {
		return err
	}
	if len(runs) > 0 {
		p.Check = &runs[0]
	}
	if p.Limits, err = h.limits(r.Context(), app); err != nil {
		return err
	}
	if p.Workflows, err = h.workflowLinks(r, app.ID); err != nil {
		return err
	}
	if p.Others, err = h.otherConnections(r, app); err != nil {
		return err
	}
	names, err := h.DB.UserNames(r.Context(), app.CreatedBy)
	if err != nil {
		return err
	}
	p.CreatedBy = names[app.CreatedBy]
	return h.render(w, r, http.StatusOK, views.ApplicationPage(p))
}

func (h *Handlers) scopeStates(app org.Application) []views.ScopeState {
	out := make([]views.ScopeState, len(app.Scopes))
	for i, s := range app.Scopes {
		known, _ := h.Catalog.Now().Scope(string(s))
		out[i] = views.ScopeState{Scope: s, Words: known.Words, Granted: app.Has(s)}
	}
	return out
}

// workflowLinks lists the workflows that act on an application.
func (h *Handlers) workflowLinks(r *http.Request, applicationID string) ([]ui.Link, error) {
	flows, err := h.DB.WorkflowsUsing(r.Context(), applicationID)
	links := make([]ui.Link, 0, len(flows))
	for _, flow := range flows {
		links = append(links, ui.Link{Label: flow.Draft.Name, Href: "/workflows/" + flow.ID})
	}
	return links, err
}

// runLinks lists the runs under way that need an application.
func (h *Handlers) runLinks(r *http.Request, applicationID string) ([]ui.Link, error) {
	runs, err := h.DB.RunsWaitingOn(r.Context(), applicationID)
	links := make([]ui.Link, 0, len(runs))
	for _, run := range runs {
		links = append(links, ui.Link{Label: runLabel(run), Href: "/runs/" + run.ID})
	}
	return links, err
}

func runLabel(run workflow.Run) string {
	return run.Name + ", started " + run.CreatedAt.UTC().Format("2 Jan 15:04 UTC")
}

// otherConnections lists the other connections to the same org.
func (h *Handlers) otherConnections(r *http.Request, app org.Application) ([]ui.Link, error) {
	apps, err := h.DB.Applications(r.Context())
	var links []ui.Link
	for _, o := range apps {
		if o.ID != app.ID && o.OrgID == app.OrgID && o.OrgID != "" && o.Status != org.Disconnected {
			links = append(links, ui.Link{Label: o.Name, Href: "/applications/" + o.ID})
		}
	}
	return links, err
}
