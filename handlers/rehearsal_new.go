package handlers

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strconv"

	"caracal/auth"
	"caracal/fault"
	"caracal/form"
	"caracal/plan"
	"caracal/views"
	"caracal/workflow"
)

// pastRehearsals is how many earlier ones the form lists.
const pastRehearsals = 8

var errMayNotRehearse = fault.New(fault.Forbidden, "A rehearsal shows what is stored of people and groups, so it takes a role that may look at workflows; ask whoever built this one.")

// RehearseNew is the form with the values that a draft is rehearsed with.
func (h *Handlers) RehearseNew(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.editable(r)
	if err != nil {
		return err
	}
	f := form.New(flow.Draft.RunFields())
	past, err := h.DB.Rehearsals(r.Context(), flow.ID, 1)
	if err != nil {
		return err
	}
	if len(past) > 0 && len(past[0].Subject.Rows) > 0 { // what was tried last
		for _, field := range f.Fields {
			if value, ok := past[0].Subject.Rows[0][field.Name]; ok {
				f.Values[field.Name] = value
			}
		}
	}
	return h.rehearsePage(w, r, http.StatusOK, flow, f)
}

func (h *Handlers) rehearsePage(w http.ResponseWriter, r *http.Request, status int, flow workflow.Workflow, f *form.Form) error {
	p := views.RehearseNewProps{Workflow: flow, Form: f, Now: h.Clock(), Names: h.namesOf(r.Context(), flow.Draft, f.Values)}
	problems, _, err := h.problemsOf(r, flow)
	if err != nil {
		return err
	}
	p.Problems = workflow.Blocking(problems)
	if p.Past, err = h.DB.Rehearsals(r.Context(), flow.ID, pastRehearsals); err != nil {
		return err
	}
	var ids []string
	for _, past := range p.Past {
		ids = append(ids, past.By)
	}
	if p.People, err = h.DB.UserNames(r.Context(), ids...); err != nil {
		return err
	}
	p.Shell = h.shell(r, "workflows")
	return h.render(w, r, status, views.RehearseNewPage(p))
}

// RehearseDraft rehearses the draft that the form was drawn from.
func (h *Handlers) RehearseDraft(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.editable(r)
	if err != nil {
		return err
	}
	f, err := decode(flow.Draft.RunFields(), r)
	if err != nil {
		return err
	}
	if r.PostForm.Get("revision") != strconv.FormatInt(flow.Revision, 10) {
		f.Error = "The draft was changed after you opened this page; look it over and rehearse it again."
	}
	if name := addedField(f, r.PostForm); name != "" {
		f.Error = fmt.Sprintf("This page does not ask for %q, so nothing was rehearsed; look it over and rehearse it again.", name)
	}
	if f.OK() && h.Connect != nil {
		if err := h.resolvePickers(r.Context(), flow.Draft.ApplicationID, f); err != nil && !f.Blame(err) {
			return err
		}
	}
	if !f.OK() {
		return h.rehearsePage(w, r, http.StatusUnprocessableEntity, flow, f)
	}
	subject := plan.Subject{Kind: plan.Draft, WorkflowID: flow.ID, Revision: flow.Revision, Definition: flow.Draft, Rows: []map[string]string{f.Values}}
	made, err := h.Rehearse.Begin(r.Context(), subject, user(r))
	if f.Blame(err) {
		return h.rehearsePage(w, r, http.StatusUnprocessableEntity, flow, f)
	}
	if err != nil {
		return err
	}
	return h.redirect(w, r, "/rehearsals/"+made.ID)
}

// RehearsalCreate rehearses the published version with what its run form holds.
func (h *Handlers) RehearsalCreate(w http.ResponseWriter, r *http.Request) error {
	v, err := h.runnable(r)
	if err != nil {
		return err
	}
	if !user(r).May(auth.WorkflowRead) {
		return errMayNotRehearse
	}
	f, err := decode(v.Definition.RunFields(), r)
	if err != nil {
		return err
	}
	p := views.RunNewProps{Version: v, Form: f, Once: r.PostForm.Get("once")}
	if len(p.Once) < 16 || len(p.Once) > 64 {
		p.Once = rand.Text()
	}
	if r.PostForm.Get("version") != strconv.Itoa(v.Number) {
		f.Error = "Version " + strconv.Itoa(v.Number) + " was published after you opened this page; look it over and rehearse it again."
	}
	if f.OK() && h.Connect != nil {
		if err := h.resolvePickers(r.Context(), v.Definition.ApplicationID, f); err != nil && !f.Blame(err) {
			return err
		}
	}
	if !f.OK() {
		return h.runPage(w, r, http.StatusUnprocessableEntity, p)
	}
	made, err := h.Rehearse.Begin(r.Context(), subjectOf(v, f.Values), user(r))
	if f.Blame(err) {
		return h.runPage(w, r, http.StatusUnprocessableEntity, p)
	}
	if err != nil {
		return err
	}
	return h.redirect(w, r, "/rehearsals/"+made.ID)
}

func subjectOf(v workflow.Version, values map[string]string) plan.Subject {
	return plan.Subject{Kind: plan.Version, WorkflowID: v.WorkflowID, Version: v.Number, Definition: v.Definition, Rows: []map[string]string{values}}
}
