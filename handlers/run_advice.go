package handlers

import (
	"context"
	"net/http"
	"net/url"

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
	return h.render(w, r, http.StatusOK, views.RuleAdvice(h.ruleAdvice(r, v, f.Values)))
}

// ruleAdvice asks the org, for a moment at most, what its group rules make of a run with these inputs.
func (h *Handlers) ruleAdvice(r *http.Request, v workflow.Version, values map[string]string) views.RuleAdviceProps {
	p := views.RuleAdviceProps{}
	if v.WorkflowID != "" {
		p.Path = "/workflows/" + v.WorkflowID + "/run/advice"
	}
	if h.Connect == nil {
		return p
	}
	ctx, cancel := context.WithTimeout(r.Context(), objectTime)
	defer cancel()
	foresight := h.Connect.MemberAdvice(ctx, v.Definition, values)
	p.Asked, p.Unread = foresight.Asked, foresight.Unread
	for _, a := range foresight.Advice {
		row := views.RuleAdviceRow{Step: a.Step, Title: a.Title, Text: a.Text, Condition: a.Condition, Weighty: a.Weighty}
		for _, way := range a.Ways {
			shown := views.RuleWay{Title: way.Title, Text: way.Text, Path: way.Path}
			if user(r).May(auth.ApplicationManage) {
				if operation, words, values := a.Makes(way); operation != "" {
					values.Set("application", v.Definition.ApplicationID)
					shown.Link, shown.LinkText = operationWith(operation, values), words
				}
			}
			row.Ways = append(row.Ways, shown)
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

// operationWith is the address of an operation's page with some of its values filled in.
func operationWith(id string, values url.Values) string {
	return "/operations/" + id + "?" + values.Encode()
}
