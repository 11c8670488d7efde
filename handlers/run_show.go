package handlers

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"caracal/auth"
	"caracal/db"
	"caracal/fault"
	"caracal/views"
	"caracal/views/ui"
	"caracal/workflow"
)

var errNoRun = fault.New(fault.NotFound, "There is no such run, or it is not open to you, or it is gone: runs are deleted once they have been kept for as long as Caracal is set to, and can't be taken back or continued then. Look at the list of runs for those that are there.")

// runFor returns the run that the address names, when the person may see it.
func (h *Handlers) runFor(r *http.Request) (workflow.Run, error) {
	run, err := h.DB.Run(r.Context(), r.PathValue("id"))
	if errors.Is(err, db.ErrNotFound) || err == nil && !h.maySeeRun(r, run) {
		return run, errNoRun
	}
	return run, err
}

// maySeeRun reports whether a person may see a run: everybody who reads runs sees them all, as the list does, and
// others those that they started.
func (h *Handlers) maySeeRun(r *http.Request, run workflow.Run) bool {
	me := user(r)
	return me.May(auth.RunRead) || me.May(auth.RunOwn) && run.StartedBy == me.ID
}

// mayManageRun reports whether a person may cancel a run or decide about it: builders and admins any, others
// those of workflows that they may run.
func (h *Handlers) mayManageRun(r *http.Request, run workflow.Run) (bool, error) {
	me := user(r)
	if !me.May(auth.RunManage) {
		return false, nil
	}
	if me.May(auth.WorkflowEdit) || run.StartedBy == me.ID {
		return true, nil
	}
	v, err := h.DB.WorkflowVersion(r.Context(), run.WorkflowID, run.Version)
	if errors.Is(err, db.ErrNotFound) {
		return false, nil
	}
	return err == nil && mayRun(me, v.Definition), err
}

// RunShow is the page of one run.
func (h *Handlers) RunShow(w http.ResponseWriter, r *http.Request) error {
	run, err := h.runFor(r)
	if err != nil {
		return err
	}
	live, err := h.liveProps(r, run)
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, views.RunPage(views.RunProps{Shell: h.shell(r, "runs"), Live: live}))
}

// mayRepeat reports whether the run's workflow can be run again by this person.
func (h *Handlers) mayRepeat(r *http.Request, run workflow.Run) bool {
	flow, err := h.DB.Workflow(r.Context(), run.WorkflowID)
	if err != nil || flow.Archived || flow.Published == 0 {
		return false
	}
	v, err := h.DB.WorkflowVersion(r.Context(), flow.ID, flow.Published)
	return err == nil && mayRun(user(r), v.Definition)
}

// RunLive is the part of the page that follows the run. A run that has not changed since costs one small query
// and answers 204, which swaps nothing.
func (h *Handlers) RunLive(w http.ResponseWriter, r *http.Request) error {
	revision, err := h.DB.RunRevision(r.Context(), r.PathValue("id"))
	if err == nil && r.URL.Query().Get("revision") == strconv.FormatInt(revision, 10) {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	run, err := h.runFor(r)
	if err != nil {
		return err
	}
	live, err := h.liveProps(r, run)
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, views.RunLive(live))
}

func (h *Handlers) liveProps(r *http.Request, run workflow.Run) (views.RunLiveProps, error) {
	ctx := r.Context()
	p := views.RunLiveProps{Run: run, Now: h.Clock(), Registry: h.actions(r.Context()), Application: "an application that is gone"}
	v, err := h.DB.WorkflowVersion(ctx, run.WorkflowID, run.Version)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return p, err
	}
	p.Definition = v.Definition
	app, err := h.DB.Application(ctx, run.ApplicationID)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return p, err
	}
	if app.Name != "" {
		p.Application = app.Name
	}
	if p.Log, err = h.runLog(ctx, run, app); err != nil {
		return p, err
	}
	p.MayMend = user(r).May(auth.ApplicationRead)
	if p.ContinuedBy, err = h.DB.ContinuedBy(ctx, run.ID); err != nil {
		return p, err
	}
	p.MayContinue = p.ContinuedBy == "" && h.mayContinue(r, run)
	names, err := h.DB.UserNames(ctx, run.StartedBy)
	if err != nil {
		return p, err
	}
	p.By = cmp.Or(names[run.StartedBy], run.StartedBy)
	if run.TriggerID != "" && seesDrafts(user(r)) {
		if t, err := h.DB.Trigger(ctx, run.TriggerID); err == nil {
			p.Via = views.TriggerPath(t)
		}
	}
	p.Names = h.namesOf(ctx, v.Definition, run.Input)
	if err := h.nameUndone(ctx, run, p.Names); err != nil {
		return p, err
	}
	nameFound(p.Names, run, p.Log.Steps)
	if p.Plan, err = h.runPlan(ctx, run.ID); err != nil {
		return p, err
	}
	if p.Items, err = h.runItems(r, run); err != nil {
		return p, err
	}
	if p.Limit, err = h.runLimit(ctx, run, app, waitingSteps(run, p.Items)); err != nil {
		return p, err
	}
	if run.ParentID != "" {
		if p.Above, err = h.DB.RunsAbove(ctx, run.ID); err != nil {
			return p, err
		}
	}
	if err = h.undoLinks(r, run, &p); err != nil {
		return p, err
	}
	p.MayRepeat = run.ParentID == "" && !run.IsUndo() && run.State.Ended() && h.mayRepeat(r, run)
	if p.MayManage, err = h.mayManageRun(r, run); err != nil {
		return p, err
	}
	if s, ok := p.Question(); ok {
		p.NotMine = run.MayDecide(s, user(r))
		p.Deciders, err = h.deciders(ctx, s.Input)
	}
	return p, err
}

// nameUndone learns from the run that another takes back what the objects are called that both are about: the steps of an
// undo hold ids, and belong to no version that would name them.
func (h *Handlers) nameUndone(ctx context.Context, run workflow.Run, names map[string]string) error {
	if !run.IsUndo() {
		return nil
	}
	undone, err := h.DB.Run(ctx, run.Undoes)
	if err != nil {
		if errors.Is(err, db.ErrNotFound) {
			return nil
		}
		return err
	}
	v, err := h.DB.WorkflowVersion(ctx, undone.WorkflowID, undone.Version)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return err
	}
	for id, name := range h.namesOf(ctx, v.Definition, undone.Input) {
		names[id] = name
	}
	log, err := h.DB.RunLog(ctx, undone.ID)
	nameFound(names, undone, log)
	return err
}

// nameFound learns from what the steps gave, and from what Okta's log says of them, what objects are called.
func nameFound(names map[string]string, run workflow.Run, log map[int]workflow.StepLog) {
	for _, s := range run.Steps {
		nameOutput(names, s.Output)
		for _, e := range log[s.Index].Events {
			for _, t := range e.Targets {
				if t.ID != "" && t.Name != "" && names[t.ID] == "" {
					names[t.ID] = t.Name
				}
			}
		}
	}
}

// nameOutput learns from a step's output what the object with its id is called.
func nameOutput(names map[string]string, out workflow.Output) {
	id, ok := out["id"].(string)
	if !ok || names[id] != "" {
		return
	}
	for _, field := range []string{"name", "label", "login", "email"} {
		if name, ok := out[field].(string); ok && name != "" {
			names[id] = name
			return
		}
	}
}

// RunCancelAsk asks before a run is ended.
func (h *Handlers) RunCancelAsk(w http.ResponseWriter, r *http.Request) error {
	run, err := h.managed(r)
	if err != nil {
		return err
	}
	if run.State.Ended() {
		return h.redirect(w, r, "/runs/"+run.ID)
	}
	done := 0
	for _, s := range run.Steps {
		if s.State == workflow.StepDone {
			done++
		}
	}
	return h.render(w, r, http.StatusOK, views.RunCancelPage(h.shell(r, "runs"), run, done))
}

// managed is runFor for those who are about to change its course.
func (h *Handlers) managed(r *http.Request) (workflow.Run, error) {
	run, err := h.runFor(r)
	if err != nil {
		return run, err
	}
	may, err := h.mayManageRun(r, run)
	if err == nil && !may {
		err = fault.New(fault.Forbidden, "You can look at this run, and somebody who may run its workflow can cancel or decide it.")
	}
	return run, err
}

// RunCancel ends a run.
func (h *Handlers) RunCancel(w http.ResponseWriter, r *http.Request) error {
	run, err := h.managed(r)
	if err != nil {
		return err
	}
	return h.afterChange(w, r, run, h.Engine.Cancel(r.Context(), run.ID, user(r)), "The run is cancelled.")
}

// RunDecide takes a person's answer about an uncertain step.
func (h *Handlers) RunDecide(w http.ResponseWriter, r *http.Request) error {
	run, err := h.managed(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return unreadable(err)
	}
	step, err := strconv.Atoi(r.PostForm.Get("step"))
	decision, known := decisions[r.PostForm.Get("decision")]
	if err != nil || !known || step < 0 || step >= len(run.Steps) {
		return fault.New(fault.Invalid, "Choose one of the three answers; nothing was decided.")
	}
	return h.afterChange(w, r, run, h.Engine.Decide(r.Context(), run.ID, step, decision, user(r)), "Noted; the run goes on from there.")
}

// afterChange leads back to the run. That somebody else was first is said there, not on an error page.
func (h *Handlers) afterChange(w http.ResponseWriter, r *http.Request, run workflow.Run, err error, done string) error {
	tone, text := ui.Good, done
	if fault.Is(err, fault.Conflict) {
		tone, text = ui.Info, fault.Message(err)
	} else if err != nil {
		return err
	}
	h.flash(w, r, tone, text)
	return h.redirect(w, r, "/runs/"+run.ID)
}

// compareFold orders names as people read them.
func compareFold(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) }
