package handlers

import (
	"net/http"

	"caracal/form"
	"caracal/views"
	"caracal/views/ui"
	"caracal/workflow"
)

func newWorkflowFields(apps []ui.Link) []form.Field {
	options := make([]form.Option, len(apps))
	for i, a := range apps {
		options[i] = form.Option{Value: a.Href, Label: a.Label}
	}
	starters := []form.Option{}
	for _, s := range workflow.Starters() {
		starters = append(starters, form.Option{Value: s.ID, Label: s.Title})
	}
	application := form.Field{Name: "application_id", Label: "Application", Kind: form.Choice, Options: options,
		Help: "The Okta org it acts on."}
	if len(apps) > 0 {
		application.Default = apps[0].Href
	}
	return []form.Field{
		{Name: "name", Label: "Name", Kind: form.Text, Max: workflow.MaxTitle, Help: "Empty takes the name of what you begin from."},
		application,
		{Name: "starter", Label: "Begin from", Kind: form.Choice, Options: starters},
	}
}

// WorkflowNew asks what to begin from.
func (h *Handlers) WorkflowNew(w http.ResponseWriter, r *http.Request) error {
	apps, err := h.applicationChoices(r.Context())
	if err != nil {
		return err
	}
	f := form.New(newWorkflowFields(apps))
	if s, ok := workflow.StarterByID(r.URL.Query().Get("from")); ok {
		f.Values["starter"] = s.ID
	}
	return h.workflowNewPage(w, r, http.StatusOK, f, apps, views.ImportProps{})
}

func (h *Handlers) workflowNewPage(w http.ResponseWriter, r *http.Request, status int, f *form.Form, apps []ui.Link, file views.ImportProps) error {
	return h.render(w, r, status, views.WorkflowNewPage(views.WorkflowNewProps{Shell: h.shell(r, "workflows"), Form: f,
		Starters: workflow.Starters(), Registry: h.actions(r.Context()), Applications: apps, Import: file}))
}

// WorkflowCreate makes a draft and leads to the builder.
func (h *Handlers) WorkflowCreate(w http.ResponseWriter, r *http.Request) error {
	apps, err := h.applicationChoices(r.Context())
	if err != nil {
		return err
	}
	f, err := decode(newWorkflowFields(apps), r)
	if err != nil {
		return err
	}
	definition := workflow.Definition{Name: "New workflow"}
	if s, ok := workflow.StarterByID(f.Values["starter"]); ok {
		definition = s.Definition.WithDefaults(h.actions(r.Context()))
	}
	if !f.OK() {
		return h.workflowNewPage(w, r, http.StatusUnprocessableEntity, f, apps, views.ImportProps{})
	}
	if name := f.Values["name"]; name != "" {
		definition.Name = name
	}
	definition.ApplicationID = f.Values["application_id"]
	made, err := h.DB.CreateWorkflow(r.Context(), definition, user(r))
	if err != nil {
		return err
	}
	return h.redirect(w, r, "/workflows/"+made.ID+"/edit")
}
