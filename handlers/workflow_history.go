package handlers

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strconv"

	"caracal/db"
	"caracal/fault"
	"caracal/views"
	"caracal/views/ui"
	"caracal/workflow"
)

// WorkflowHistory lists every version, with who and when.
func (h *Handlers) WorkflowHistory(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.historyOf(r)
	if err != nil {
		return err
	}
	versions, err := h.DB.WorkflowVersions(r.Context(), flow.ID)
	if err != nil {
		return err
	}
	people := []string{flow.UpdatedBy}
	for _, v := range versions {
		people = append(people, v.CreatedBy)
	}
	names, err := h.DB.UserNames(r.Context(), people...)
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, views.HistoryPage(views.HistoryProps{Shell: h.shell(r, "workflows"), Now: h.Clock(),
		Workflow: flow, Versions: versions, Names: names, Registry: h.actions(r.Context())}))
}

// historyOf is workflowFor for those who may see what is no longer, or not yet, published.
func (h *Handlers) historyOf(r *http.Request) (workflow.Workflow, error) {
	flow, err := h.workflowFor(r)
	if err == nil && !seesDrafts(user(r)) {
		err = errNoWorkflow
	}
	return flow, err
}

var errNoVersion = fault.New(fault.NotFound, "This workflow has no such version; look under History for those it has.")

func (h *Handlers) versionFor(r *http.Request, id string) (workflow.Version, error) {
	number, err := strconv.Atoi(r.PathValue("number"))
	if err != nil {
		return workflow.Version{}, errNoVersion
	}
	v, err := h.DB.WorkflowVersion(r.Context(), id, number)
	if errors.Is(err, db.ErrNotFound) {
		err = errNoVersion
	}
	return v, err
}

// WorkflowVersionShow shows one version beside another, or beside the draft.
func (h *Handlers) WorkflowVersionShow(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.historyOf(r)
	if err != nil {
		return err
	}
	v, err := h.versionFor(r, flow.ID)
	if err != nil {
		return err
	}
	all, err := h.DB.WorkflowVersions(r.Context(), flow.ID)
	if err != nil {
		return err
	}
	names, err := h.DB.UserNames(r.Context(), v.CreatedBy)
	if err != nil {
		return err
	}
	p := views.VersionProps{Workflow: flow, Version: v, Against: v.Number - 1, By: names[v.CreatedBy], Now: h.Clock(), Registry: h.actions(r.Context())}
	if n, err := strconv.Atoi(r.URL.Query().Get("against")); err == nil && n >= 0 {
		p.Against = n
	} else if v.Number == 1 {
		p.Against = -1
	}
	from, to := workflow.Definition{}, v.Definition
	found := p.Against <= 0
	for _, o := range all {
		if o.Number == v.Number {
			continue
		}
		p.Others = append(p.Others, o)
		if o.Number == p.Against {
			from, found = o.Definition, true
			if o.Number > v.Number {
				from, to = v.Definition, o.Definition
			}
		}
	}
	if !found {
		return errNoVersion
	}
	if p.Against == 0 {
		from, to = v.Definition, flow.Draft
	}
	if p.Changes, err = h.changes(r, from, to); err != nil {
		return err
	}
	if p.Against >= 0 {
		if p.YAML, err = h.yamlDiff(r, from, to); err != nil {
			return err
		}
	}
	p.Shell = h.shell(r, "workflows")
	return h.render(w, r, http.StatusOK, views.VersionPage(p))
}

// WorkflowRestore makes a published version the draft again. What the draft held is kept among its saved
// states, and publishing makes a new version: nothing that was published is ever changed.
func (h *Handlers) WorkflowRestore(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.editable(r)
	if err != nil {
		return err
	}
	v, err := h.versionFor(r, flow.ID)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return unreadable(err)
	}
	revision, err := strconv.ParseInt(r.PostForm.Get("revision"), 10, 64)
	if err != nil {
		return fault.New(fault.Invalid, "This page is not complete; reload it and try again.")
	}
	saved, err := h.DB.SaveDraft(r.Context(), flow.ID, v.Definition, revision, rand.Text(), user(r))
	var conflict *db.DraftConflict
	if errors.As(err, &conflict) {
		return fault.New(fault.Conflict, "Somebody changed the draft since you looked; open the version again and restore it if you still want to.").Because(err)
	}
	if err != nil {
		return err
	}
	h.flash(w, r, ui.Good, "Version "+strconv.Itoa(v.Number)+" is the draft now; publish it to let it run.")
	path := "/workflows/" + flow.ID + "/edit"
	if saved > flow.Revision {
		path += "?undo=" + strconv.FormatInt(flow.Revision, 10)
	}
	return h.redirect(w, r, path)
}
