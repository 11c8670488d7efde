package handlers

import (
	"net/http"

	"caracal/fault"
	"caracal/org"
	"caracal/views"
	"caracal/workflow"
)

// WorkflowValues is the menu of what a field of a step may be filled with.
func (h *Handlers) WorkflowValues(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.editable(r)
	if err != nil {
		return err
	}
	step, name := r.URL.Query().Get("step"), r.URL.Query().Get("field")
	i := flow.Draft.StepIndex(step)
	if i < 0 {
		return fault.New(fault.NotFound, "This step is no longer in the draft; reload the page.")
	}
	registry := h.actions(r.Context())
	field, ok := registry.FieldOf(flow.Draft.Steps[i], name)
	if !ok {
		return fault.New(fault.NotFound, "This step has no such field; reload the page.")
	}
	return h.render(w, r, http.StatusOK, views.ValueMenu(views.ValueMenuProps{Path: "/workflows/" + flow.ID, Step: step, Field: field,
		Values: flow.Draft.Values(registry, step, name)}))
}

// WorkflowActions is the list of actions that a step is added from.
func (h *Handlers) WorkflowActions(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.editable(r)
	if err != nil {
		return err
	}
	at, ok := workflow.ParsePlace(r.URL.Query().Get("at"))
	if !ok {
		at = workflow.Place{At: len(flow.Draft.Steps)}
	}
	app, err := h.applicationOf(r.Context(), flow.Draft)
	if err != nil {
		return err
	}
	q := r.URL.Query().Get("q")
	p := views.ActionListProps{Path: "/workflows/" + flow.ID, At: at.String(), Query: q, Actions: h.actions(r.Context()).Search(q), Lacking: map[string]bool{}}
	for _, spec := range p.Actions {
		for _, s := range spec.Scopes {
			if connected(app) && !holds(app, s) {
				p.Lacking[spec.ID] = true
			}
		}
	}
	if r.URL.Query().Get("part") == "rows" {
		return h.render(w, r, http.StatusOK, views.ActionRows(p))
	}
	return h.render(w, r, http.StatusOK, views.ActionList(p))
}

// holds reports whether the application may use a scope, as far as is known: before the first token its
// configuration is all there is.
func holds(app *org.Application, s org.Scope) bool {
	return app.Has(s) || len(app.Granted) == 0 && org.Holds(app.Scopes, s)
}
