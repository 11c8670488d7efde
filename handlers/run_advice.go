package handlers

import (
	"context"
	"net/http"

	"caracal/auth"
	"caracal/views"
	"caracal/workflow"
)

// RunAdvice is the part of the run form that says what group rules make of it, for what the form holds now.
func (h *Handlers) RunAdvice(w http.ResponseWriter, r *http.Request) error {
	v, err := h.runnable(r)
	if err != nil {
		return err
	}
	if !user(r).May(auth.WorkflowRead) { // the form of those who only run says nothing of groups and their rules
		return h.render(w, r, http.StatusOK, views.RuleAdvice(views.RuleAdviceProps{}))
	}
	f, err := decode(v.Definition.RunFields(), r)
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, views.RuleAdvice(h.ruleAdvice(r.Context(), v, f.Values)))
}

// ruleAdvice asks the org, for a moment at most, what its group rules make of a run with these inputs.
func (h *Handlers) ruleAdvice(ctx context.Context, v workflow.Version, values map[string]string) views.RuleAdviceProps {
	p := views.RuleAdviceProps{Path: "/workflows/" + v.WorkflowID + "/run/advice"}
	if h.Connect == nil {
		return p
	}
	ctx, cancel := context.WithTimeout(ctx, objectTime)
	defer cancel()
	foresight := h.Connect.MemberAdvice(ctx, v.Definition, values)
	p.Asked, p.Unread = foresight.Asked, foresight.Unread
	for _, a := range foresight.Advice {
		row := views.RuleAdviceRow{Step: a.Step, Title: a.Title, Text: a.Text, Condition: a.Condition, Weighty: a.Weighty}
		for _, way := range a.Ways {
			row.Ways = append(row.Ways, views.RuleWay(way))
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}
