package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"caracal/auth"
	"caracal/db"
	"caracal/fault"
	"caracal/org"
	"caracal/views/ui"
	"caracal/workflow"
)

var errNoWorkflow = fault.New(fault.NotFound, "There is no such workflow, or it is not open to you; look under Workflows for those that are.")

// workflowFor returns the workflow that the address names, as far as the person may see it. Those who edit and
// auditors see the draft; others see what is published and open to their role, and its draft is replaced by
// the published definition. Whatever they may not see is not found.
func (h *Handlers) workflowFor(r *http.Request) (workflow.Workflow, error) {
	w, err := h.DB.Workflow(r.Context(), r.PathValue("id"))
	if errors.Is(err, db.ErrNotFound) {
		return w, errNoWorkflow
	}
	if err != nil || seesDrafts(user(r)) {
		return w, err
	}
	if w.Published == 0 || w.Archived {
		return w, errNoWorkflow
	}
	v, err := h.DB.WorkflowVersion(r.Context(), w.ID, w.Published)
	if err != nil {
		return w, err
	}
	if !mayRun(user(r), v.Definition) {
		return w, errNoWorkflow
	}
	w.Draft, w.Dirty, w.UpdatedAt = v.Definition, false, v.CreatedAt
	return w, nil
}

// editable is workflowFor for those who are about to change it.
func (h *Handlers) editable(r *http.Request) (workflow.Workflow, error) {
	w, err := h.workflowFor(r)
	if err == nil && w.Archived {
		err = fault.New(fault.Conflict, "This workflow is archived; bring it back before you change it.")
	}
	return w, err
}

// runnable returns the newest version of the workflow that the address names, when the person may run it.
func (h *Handlers) runnable(r *http.Request) (workflow.Version, error) {
	w, err := h.workflowFor(r)
	if err != nil {
		return workflow.Version{}, err
	}
	if w.Archived || w.Published == 0 {
		return workflow.Version{}, fault.New(fault.Conflict, "This workflow can't be run now; a builder has to publish it first.")
	}
	v, err := h.DB.WorkflowVersion(r.Context(), w.ID, w.Published)
	if err == nil && !mayRun(user(r), v.Definition) {
		err = errNoWorkflow
	}
	return v, err
}

// mayRun reports whether a person may run a published definition: builders and admins any, others what is
// opened to one of their roles.
func mayRun(u auth.User, d workflow.Definition) bool {
	if !u.May(auth.WorkflowRun) {
		return false
	}
	return u.May(auth.WorkflowEdit) || slices.ContainsFunc(u.Roles, func(role auth.Role) bool {
		return role.May(auth.WorkflowRun) && slices.Contains(d.Runners, role)
	})
}

// seesDrafts reports whether a person may see what is not published.
func seesDrafts(u auth.User) bool { return u.May(auth.WorkflowEdit) || u.May(auth.AuditRead) }

// applicationOf returns the application a definition names, or nil when it names none that exists.
func (h *Handlers) applicationOf(ctx context.Context, d workflow.Definition) (*org.Application, error) {
	if d.ApplicationID == "" {
		return nil, nil
	}
	app, err := h.DB.Application(ctx, d.ApplicationID)
	if errors.Is(err, db.ErrNotFound) {
		return nil, nil
	}
	return &app, err
}

// applicationChoices lists the applications that a workflow can act on: id in Href, name in Label.
func (h *Handlers) applicationChoices(ctx context.Context) ([]ui.Link, error) {
	apps, err := h.DB.Applications(ctx)
	var out []ui.Link
	for _, a := range apps {
		if a.Status == org.Disconnected {
			continue
		}
		label := a.Name
		if a.Status == org.Paused {
			label += " (paused)"
		}
		out = append(out, ui.Link{Label: label, Href: a.ID})
	}
	return out, err
}

// applicationNames returns every application's name by id.
func (h *Handlers) applicationNames(ctx context.Context) (map[string]string, error) {
	apps, err := h.DB.Applications(ctx)
	out := map[string]string{}
	for _, a := range apps {
		out[a.ID] = a.Name
	}
	return out, err
}
