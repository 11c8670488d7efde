package handlers

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"caracal/db"
	"caracal/engine"
	"caracal/fault"
	"caracal/form"
	"caracal/views"
	"caracal/workflow"
)

// mayContinue reports whether the page of a run offers this person to continue it.
func (h *Handlers) mayContinue(r *http.Request, run workflow.Run) bool {
	if engine.Continuable(run) != "" {
		return false
	}
	_, newest, err := h.goesOnWith(r, run, run.Version)
	return err == nil || newest > run.Version
}

// goesOnWith returns the version of this number, when this person may continue the run with it, and the number of
// the newest one that they may run.
func (h *Handlers) goesOnWith(r *http.Request, run workflow.Run, number int) (v workflow.Version, newest int, err error) {
	no := fault.New(fault.Forbidden, "You can look at this run; somebody who may run its workflow can continue it.")
	flow, err := h.DB.Workflow(r.Context(), run.WorkflowID)
	if errors.Is(err, db.ErrNotFound) {
		return v, 0, fault.New(fault.Conflict, "The workflow of this run does not exist any more, so the run can't be continued.")
	}
	if err != nil {
		return v, 0, err
	}
	if flow.Archived {
		return v, 0, fault.New(fault.Conflict, "The workflow is archived, so its runs can't be continued; take it back from the archive first.")
	}
	// Who was taken from the roles that may run it can't bring its older versions back to life.
	if flow.Published > 0 {
		if v, err := h.DB.WorkflowVersion(r.Context(), flow.ID, flow.Published); err != nil {
			return v, 0, err
		} else if mayRun(user(r), v.Definition) {
			newest = flow.Published
		}
	}
	if newest == 0 {
		return v, 0, no
	}
	if number < run.Version || number > max(flow.Published, run.Version) {
		return v, newest, fault.New(fault.Conflict, "A run goes on with its own version of its workflow, or with a newer one that is published; choose one of these.")
	}
	v, err = h.DB.WorkflowVersion(r.Context(), flow.ID, number)
	switch {
	case errors.Is(err, db.ErrNotFound):
		return v, newest, fault.New(fault.Conflict, "The version that this run carried out is not kept, so the run can't be continued.")
	case err == nil && !mayRun(user(r), v.Definition):
		err = no
	}
	return v, newest, err
}

// versionToGoOn is goesOnWith, and takes the newest version where the run's own is not open to this person any more.
func (h *Handlers) versionToGoOn(r *http.Request, run workflow.Run, number int) (v workflow.Version, newest int, err error) {
	v, newest, err = h.goesOnWith(r, run, number)
	if err != nil && number == run.Version && newest > number {
		return h.goesOnWith(r, run, newest)
	}
	return v, newest, err
}

// continuing reads what a run is to go on with: from the form, or, before there is one, from the run itself.
func (h *Handlers) continuing(r *http.Request) (p views.RunContinueProps, err error) {
	if p.Run, err = h.runFor(r); err != nil {
		return p, err
	}
	if why := engine.Continuable(p.Run); why != "" {
		return p, fault.New(fault.Conflict, "%s", why)
	}
	posted := r.Method == http.MethodPost
	if posted {
		if err := r.ParseForm(); err != nil {
			return p, unreadable(err)
		}
	}
	number := p.Run.Version
	if n, err := strconv.Atoi(r.FormValue("version")); err == nil {
		number = n
	}
	if p.Version, p.Newest, err = h.versionToGoOn(r, p.Run, number); err != nil {
		return p, err
	}
	fields := p.Version.Definition.RunFields()
	if !posted {
		p.Form = form.New(fields)
		for _, f := range fields {
			if value, ok := p.Run.Input[f.Name]; ok {
				p.Form.Values[f.Name] = value
			}
		}
		return p, nil
	}
	if p.Form, err = decode(fields, r); err != nil {
		return p, err
	}
	p.Again = r.PostForm["again"]
	for _, key := range r.PostForm["offered"] {
		if !slices.Contains(p.Again, key) {
			p.Keep = append(p.Keep, key)
		}
	}
	p.WithoutPlan = r.PostForm.Get("without_plan") != ""
	p.Typed = strings.TrimSpace(r.PostForm.Get("confirm"))
	if p.Form.OK() && h.Connect != nil {
		if err := h.resolvePickers(r.Context(), p.Version.Definition.ApplicationID, p.Form); err != nil && !p.Form.Blame(err) {
			return p, err
		}
	}
	return p, nil
}

func (h *Handlers) continueRequest(r *http.Request, p views.RunContinueProps) engine.ContinueRequest {
	return engine.ContinueRequest{RunID: p.Run.ID, Version: p.Version, Input: p.Form.Values, Again: p.Again, Keep: p.Keep, WithoutPlan: p.WithoutPlan, By: user(r), Plan: p.Plan}
}

// plan fills in what will be done.
func (h *Handlers) planContinuation(r *http.Request, p *views.RunContinueProps) error {
	ctx := r.Context()
	app, err := h.applicationOf(ctx, p.Version.Definition)
	if err != nil {
		return err
	}
	p.Application = "an application that is gone"
	if app != nil {
		p.Application = app.Name
	}
	p.Registry = h.actions(ctx)
	p.Names = h.namesOf(ctx, p.Version.Definition, p.Form.Values)
	p.Shell = h.shell(r, "runs")
	if !p.Form.OK() {
		p.Refused = "An input is not right yet; mend it, and what will be done is shown here."
		return nil
	}
	c, err := h.Engine.PlanContinuation(ctx, h.continueRequest(r, *p))
	if f := fault.As(err); f != nil && (f.Kind == fault.Conflict || f.Kind == fault.Invalid) {
		p.Refused = f.Message
		return nil
	}
	if err != nil {
		return err
	}
	p.Rows, p.Gone, p.Plan, p.Again = c.Rows, c.Gone, c.Hash, c.Again
	p.Held, p.Freed, p.Confirm = heldTo(c.Held, h.Clock()), c.Freed, toConfirm(p.Registry, c)
	return nil
}

// toConfirm is the name of the workflow that has to be typed, "" where no step of the continuation destroys.
func toConfirm(known *workflow.Registry, c engine.Continuation) string {
	destroys := false
	c.Every(func(row workflow.ResumedStep) {
		spec, _ := known.Get(row.Step.Action)
		destroys = destroys || row.What != workflow.TakeOver && spec.Effect == workflow.Destroys
	})
	if !destroys {
		return ""
	}
	return strings.TrimSpace(c.Version.Definition.Name)
}

// RunContinueAsk is the page on which a run that ended is continued.
func (h *Handlers) RunContinueAsk(w http.ResponseWriter, r *http.Request) error {
	run, err := h.runFor(r)
	if err != nil {
		return err
	}
	if by, err := h.DB.ContinuedBy(r.Context(), run.ID); err != nil || by != "" {
		if err != nil {
			return err
		}
		return h.redirect(w, r, "/runs/"+by)
	}
	return h.continuePage(w, r, http.StatusOK)
}

func (h *Handlers) continuePage(w http.ResponseWriter, r *http.Request, status int) error {
	p, err := h.continuing(r)
	if err != nil {
		return err
	}
	if err := h.planContinuation(r, &p); err != nil {
		return err
	}
	return h.render(w, r, status, views.RunContinuePage(p))
}

// RunContinuePlan is the part of the page that says what will be done, for what the form holds now.
func (h *Handlers) RunContinuePlan(w http.ResponseWriter, r *http.Request) error {
	p, err := h.continuing(r)
	if err != nil {
		return err
	}
	if err := h.planContinuation(r, &p); err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, views.ContinuePlan(p))
}

// RunContinue continues a run, when what will be done is what the page showed and what may do something twice is
// ticked. Who comes second is led to the first one's run.
func (h *Handlers) RunContinue(w http.ResponseWriter, r *http.Request) error {
	p, err := h.continuing(r)
	if err != nil {
		return err
	}
	shown := r.PostForm.Get("plan")
	if err := h.planContinuation(r, &p); err != nil {
		return err
	}
	if r.PostForm.Get("do") != "continue" {
		return h.render(w, r, http.StatusOK, views.RunContinuePage(p))
	}
	p.Tried, p.Anew = true, p.Refused == "" && shown != p.Plan
	if p.Refused != "" || p.Anew || p.Typed != p.Confirm && p.Confirm != "" || p.Freed != "" && !p.WithoutPlan || missing(p) {
		return h.render(w, r, http.StatusUnprocessableEntity, views.RunContinuePage(p))
	}
	out, err := h.Engine.Continue(r.Context(), h.continueRequest(r, p))
	if f := fault.As(err); f != nil && (f.Kind == fault.Conflict || f.Kind == fault.Busy) {
		p.Form.Error = f.Message
		return h.render(w, r, http.StatusConflict, views.RunContinuePage(p))
	}
	if err != nil {
		return err
	}
	if !out.Created {
		h.flash(w, r, "info", "Somebody continued this run already; this is the run that goes on.")
	}
	return h.redirect(w, r, "/runs/"+out.ID)
}

// missing reports whether something has to be ticked that is not.
func missing(p views.RunContinueProps) bool {
	return len(engine.Continuation{Rows: p.Rows}.Missing(p.Again)) > 0
}
