package handlers

import (
	"context"
	"net/http"
	"strings"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/engine"
	"caracal/fault"
	"caracal/plan"
	"caracal/views"
)

// RehearsalAgain makes a rehearsal once more: of the newest draft, or of the version that was published.
func (h *Handlers) RehearsalAgain(w http.ResponseWriter, r *http.Request) error {
	found, err := h.rehearsalFor(r)
	if err != nil {
		return err
	}
	start, err := h.mayStart(r, found)
	if err != nil {
		return err
	}
	if !start.Again {
		return fault.New(fault.Forbidden, "This rehearsal can't be made again here; go to where it was asked for.")
	}
	subject := found.Subject
	if subject.Kind == plan.Draft {
		flow, err := h.DB.Workflow(r.Context(), subject.WorkflowID)
		if err != nil {
			return err
		}
		subject.Revision, subject.Definition = flow.Revision, flow.Draft
	}
	made, err := h.Rehearse.Begin(r.Context(), subject, user(r))
	if err != nil {
		return err
	}
	return h.redirect(w, r, "/rehearsals/"+made.ID)
}

// RehearsalRun starts the run that was rehearsed, held to its plan.
func (h *Handlers) RehearsalRun(w http.ResponseWriter, r *http.Request) error {
	found, err := h.rehearsalFor(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return unreadable(err)
	}
	start, err := h.mayStart(r, found)
	switch {
	case err != nil:
		return err
	case !start.May && start.Why != "":
		return fault.New(fault.Conflict, "%s", start.Why)
	case !start.May:
		return fault.New(fault.Forbidden, "No run can be started from this plan; rehearse again.")
	case start.Confirm != "" && strings.TrimSpace(r.PostForm.Get("confirm")) != strings.TrimSpace(start.Confirm):
		return h.rehearsalPage(w, r, http.StatusUnprocessableEntity, found, "This is not the workflow's name; type it as it stands above.")
	}
	once := r.PostForm.Get("once")
	if len(once) < 16 || len(once) > 64 {
		return fault.New(fault.Invalid, "This page is not complete; open the rehearsal again and start its run there.")
	}
	v, err := h.DB.WorkflowVersion(r.Context(), found.Subject.WorkflowID, found.Subject.Version)
	if err != nil {
		return err
	}
	id, err := h.Engine.StartRun(r.Context(), engine.StartRequest{Version: v, Input: found.Subject.Rows[0], By: user(r), OnceToken: once, Plan: planOf(found)})
	if err != nil {
		return err
	}
	if !user(r).May(auth.RunRead) {
		return h.redirect(w, r, runPath(user(r), id))
	}
	return h.redirect(w, r, "/runs/"+id)
}

// planOf is what a run keeps of the rehearsal that it is started from.
func planOf(found plan.Rehearsal) db.RunPlan {
	return db.RunPlan{RehearsalID: found.ID, Hash: found.Summary.Hash, Summary: found.Summary}
}

// runPlan is the plan that a run, or the one around it, was started from.
func (h *Handlers) runPlan(ctx context.Context, runID string) (views.RunPlanProps, error) {
	p, err := h.DB.PlanOf(ctx, runID)
	return heldTo(p, h.Clock()), err
}

func heldTo(p db.RunPlan, now time.Time) views.RunPlanProps {
	return views.RunPlanProps{RehearsalID: p.RehearsalID, Hash: p.Hash, Summary: p.Summary, Rest: p.Rest, CheckedAt: p.CheckedAt, Difference: p.Difference, Now: now}
}
