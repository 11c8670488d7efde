package handlers

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/engine"
	"caracal/fault"
	"caracal/form"
	"caracal/views"
	"caracal/views/ui"
	"caracal/workflow"
)

// mostQuestions bounds the page of approvals.
const mostQuestions = 200

// ApprovalList shows what waits for somebody's yes or no: first what this person may decide.
func (h *Handlers) ApprovalList(w http.ResponseWriter, r *http.Request) error {
	mine, others, err := h.questions(r, mostQuestions)
	if err != nil {
		return err
	}
	p := views.ApprovalsProps{Now: h.Clock(), Mine: mine, Others: others}
	p.Shell = h.shell(r, "approvals")
	return h.render(w, r, http.StatusOK, views.ApprovalsPage(p))
}

// namingTime is how long an org is asked, for all questions of a page together, what the objects in them are called.
const namingTime = time.Second

// questions returns the open approvals: those that this person may decide, and the rest.
func (h *Handlers) questions(r *http.Request, most int) (mine, others []views.Question, err error) {
	runs, err := h.DB.RunsAsking(r.Context(), most)
	if err != nil {
		return nil, nil, err
	}
	names, err := h.DB.UserNames(r.Context(), startersOf(runs)...)
	if err != nil {
		return nil, nil, err
	}
	naming, stop := context.WithTimeout(r.Context(), namingTime)
	defer stop()
	for _, run := range runs {
		s, ok := views.RunLiveProps{Run: run}.Question()
		if !ok {
			continue
		}
		q := views.Question{Run: run, Step: s, By: cmp.Or(names[run.StartedBy], run.StartedBy), NotMine: run.MayDecide(s, user(r))}
		if q.Deciders, err = h.deciders(r.Context(), s.Input); err != nil {
			return nil, nil, err
		}
		if q.Plan, err = h.runPlan(r.Context(), run.ID); err != nil {
			return nil, nil, err
		}
		if q.NotMine == "" {
			v, err := h.DB.WorkflowVersion(r.Context(), run.WorkflowID, run.Version)
			if err != nil && !errors.Is(err, db.ErrNotFound) {
				return nil, nil, err
			}
			q.Names = h.namesOf(naming, v.Definition, run.Input)
			mine = append(mine, q)
		} else {
			others = append(others, q)
		}
	}
	return mine, others, nil
}

// deciders says in words whom an approval is put to.
func (h *Handlers) deciders(ctx context.Context, input map[string]string) (string, error) {
	switch input["who"] {
	case workflow.WhoApprover:
		return "any approver", nil
	case workflow.WhoAdmin:
		return "any admin", nil
	case workflow.WhoNamed:
		ids := form.SplitList(input["people"])
		names, err := h.DB.UserNames(ctx, ids...)
		for i, id := range ids {
			ids[i] = cmp.Or(names[id], "somebody who is gone")
		}
		return strings.Join(ids, ", "), err
	}
	return "any approver or admin", nil
}

// RunApprove takes a yes or no.
func (h *Handlers) RunApprove(w http.ResponseWriter, r *http.Request) error {
	run, err := h.runFor(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return unreadable(err)
	}
	step, err := strconv.Atoi(r.PostForm.Get("step"))
	answer := r.PostForm.Get("answer")
	if err != nil || answer != "yes" && answer != "no" {
		return fault.New(fault.Invalid, "Choose to approve or to refuse; nothing was decided.")
	}
	a := engine.Answer{Step: step, Yes: answer == "yes", Comment: strings.TrimSpace(typed(r.PostForm, "comment", true))}
	done := "Approved; the run goes on."
	if !a.Yes {
		done = "Refused; the run ends here."
	}
	return h.afterChange(w, r, run, h.Engine.Approve(r.Context(), run.ID, a, user(r)), done)
}

// asksPeople reports whether a step has a field that holds people of Caracal.
func asksPeople(d workflow.Definition, registry *workflow.Registry) bool {
	return slices.ContainsFunc(d.Steps, func(s workflow.Step) bool {
		spec, _ := registry.Get(s.Action)
		return slices.ContainsFunc(spec.Fields, func(f form.Field) bool { return f.Kind == form.People })
	})
}

// approvers lists the people of Caracal who may decide approvals: id in Href, name in Label.
func (h *Handlers) approvers(ctx context.Context) ([]ui.Link, error) {
	people, err := h.DB.Users(ctx)
	var out []ui.Link
	for _, u := range people {
		if u.May(auth.ApprovalDecide) {
			out = append(out, ui.Link{Label: u.Label(), Href: u.ID})
		}
	}
	slices.SortFunc(out, func(a, b ui.Link) int { return compareFold(a.Label, b.Label) })
	return out, err
}

// namePeople keeps what the people chosen in a step are called, as is kept of objects of the org.
func (h *Handlers) namePeople(ctx context.Context, d workflow.Definition) (workflow.Definition, error) {
	registry := h.actions(ctx)
	for i := range d.Steps {
		spec, _ := registry.Get(d.Steps[i].Action)
		for _, f := range spec.Fields {
			if f.Kind != form.People {
				continue
			}
			names, err := h.DB.UserNames(ctx, form.SplitList(d.Steps[i].Fields[f.Name])...)
			if err != nil {
				return d, err
			}
			for id, name := range names {
				if d.Steps[i].Names == nil {
					d.Steps[i].Names = map[string]string{}
				}
				d.Steps[i].Names[id] = name
			}
		}
	}
	return d, nil
}

// homeApprovals adds what waits for this person's yes or no.
func (h *Handlers) homeApprovals(r *http.Request, me auth.User, p *views.HomeProps) error {
	if !me.May(auth.ApprovalDecide) {
		return nil
	}
	mine, _, err := h.questions(r, 10*homeLines)
	for _, q := range mine[:min(len(mine), homeLines)] {
		p.Attention = append(p.Attention, views.HomeAttention{
			Tone: ui.Warn, Title: q.Run.Name + " asks for your approval", Text: q.Step.Input["message"], Href: "/runs/" + q.Run.ID,
		})
	}
	return err
}
