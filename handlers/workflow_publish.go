package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"unicode/utf8"

	"caracal/db"
	"caracal/fault"
	"caracal/org"
	"caracal/views"
	"caracal/views/ui"
	"caracal/workflow"
)

// maxNote is how many characters the note of a version has.
const maxNote = 500

// WorkflowPublishAsk shows what is about to be frozen, or what stands against it.
func (h *Handlers) WorkflowPublishAsk(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.editable(r)
	if err != nil {
		return err
	}
	return h.publishPage(w, r, http.StatusOK, views.PublishProps{Workflow: flow})
}

// publishPage draws the page for p.Workflow.
func (h *Handlers) publishPage(w http.ResponseWriter, r *http.Request, status int, p views.PublishProps) error {
	var err error
	if p.Problems, p.Unasked, err = h.problemsOf(r, p.Workflow); err != nil {
		return err
	}
	if len(workflow.Blocking(p.Problems)) > 0 && status == http.StatusOK && r.Method == http.MethodPost {
		status = http.StatusUnprocessableEntity
	}
	if p.Workflow.Published > 0 {
		v, err := h.DB.WorkflowVersion(r.Context(), p.Workflow.ID, p.Workflow.Published)
		if err != nil {
			return err
		}
		if p.Changes, err = h.changes(r, v.Definition, p.Workflow.Draft); err != nil {
			return err
		}
	}
	p.Registry, p.Shell = h.actions(r.Context()), h.shell(r, "workflows")
	return h.render(w, r, status, views.PublishPage(p))
}

func (h *Handlers) problemsOf(r *http.Request, flow workflow.Workflow) (problems []workflow.Problem, unasked string, err error) {
	app, err := h.applicationOf(r.Context(), flow.Draft)
	if err != nil {
		return nil, "", err
	}
	problems, unasked = h.check(r.Context(), flow, h.actions(r.Context()), app)
	return problems, unasked, nil
}

// check says everything that is wrong with a draft: by itself, with the workflows that it runs, and in the org. unasked is
// why the org could not be asked, where it was to be.
func (h *Handlers) check(ctx context.Context, flow workflow.Workflow, registry *workflow.Registry, app *org.Application) (problems []workflow.Problem, unasked string) {
	foreign, unasked := h.foreignObjects(ctx, flow.Draft, app)
	return slices.Concat(workflow.Check(flow.Draft, registry, app), workflow.CheckCalls(flow.ID, flow.Draft, registry.Called), foreign), unasked
}

// changes is workflow.Diff with applications by name.
func (h *Handlers) changes(r *http.Request, from, to workflow.Definition) ([]workflow.Change, error) {
	names, err := h.applicationNames(r.Context())
	if err != nil {
		return nil, err
	}
	out := workflow.Diff(from, to, h.actions(r.Context()))
	for i, c := range out {
		if c.What == "Application" {
			out[i].Before, out[i].After = names[c.Before], names[c.After]
		}
	}
	return out, nil
}

// WorkflowPublish freezes the draft that was looked at as the next version.
func (h *Handlers) WorkflowPublish(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.editable(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return unreadable(err)
	}
	p := views.PublishProps{Workflow: flow, Note: typed(r.PostForm, "note", true)}
	if n := utf8.RuneCountInString(p.Note); n > maxNote {
		p.NoteBad = "The note has " + strconv.Itoa(n) + " characters; shorten it to " + strconv.Itoa(maxNote) + "."
		return h.publishPage(w, r, http.StatusUnprocessableEntity, p)
	}
	problems, _, err := h.problemsOf(r, flow)
	if err != nil {
		return err
	}
	if len(workflow.Blocking(problems)) > 0 {
		return h.publishPage(w, r, http.StatusUnprocessableEntity, p)
	}
	revision, err := strconv.ParseInt(r.PostForm.Get("revision"), 10, 64)
	if err != nil {
		return fault.New(fault.Invalid, "This page is not complete; reload it and publish again.")
	}
	if revision > flow.Revision { // saved since it was read: what was checked above is not what would be published
		p.Error = "This draft changed since you looked at it; nothing was published. Look it over and publish again."
		return h.publishPage(w, r, http.StatusConflict, p)
	}
	v, err := h.DB.Publish(r.Context(), flow.ID, revision, p.Note, user(r))
	var conflict *db.DraftConflict
	if errors.As(err, &conflict) {
		names, nameErr := h.DB.UserNames(r.Context(), conflict.Theirs.UpdatedBy)
		if nameErr != nil {
			return nameErr
		}
		p.Workflow, p.Error = conflict.Theirs, names[conflict.Theirs.UpdatedBy]+" changed this draft since you looked at it; nothing was published."
		return h.publishPage(w, r, http.StatusConflict, p)
	}
	if fault.Is(err, fault.Invalid) { // another was published meanwhile that leads back here
		p.Error = fault.Message(err)
		return h.publishPage(w, r, http.StatusUnprocessableEntity, p)
	}
	if fault.Is(err, fault.Conflict) { // a double click: the first one published it
		h.flash(w, r, ui.Info, fault.Message(err))
		return h.redirect(w, r, "/workflows/"+flow.ID)
	}
	if err != nil {
		return err
	}
	h.flash(w, r, ui.Good, "Version "+strconv.Itoa(v.Number)+" of "+v.Definition.Name+" is published and can be run.")
	return h.redirect(w, r, "/workflows/"+flow.ID)
}
