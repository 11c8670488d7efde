package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"caracal/auth"
	"caracal/connect"
	"caracal/fault"
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
	ctx, cancel := context.WithTimeout(r.Context(), lateTime) // the form is there, and nobody waits for this part of it
	defer cancel()
	foresight, err := h.Connect.MemberAdvice(ctx, v.Definition, f.Values)
	h.asked(r.Context(), v.Definition.ApplicationID, err)
	return h.render(w, r, http.StatusOK, views.RuleAdvice(adviceProps(r, v, foresight)))
}

// ruleAdvice asks the org, for a moment at most, what its group rules make of a run with these inputs. What it has not
// answered by then the page asks for again by itself.
func (h *Handlers) ruleAdvice(r *http.Request, v workflow.Version, values map[string]string) views.RuleAdviceProps {
	if h.Connect == nil || !connect.ChangesMembers(v.Definition) {
		return views.RuleAdviceProps{}
	}
	foresight, err := briefly(r.Context(), h, v.Definition.ApplicationID, func(ctx context.Context) (connect.Foresight, error) {
		return h.Connect.MemberAdvice(ctx, v.Definition, values)
	})
	if !foresight.Asked { // it was not waited for, or not asked at all
		foresight = connect.Foresight{Asked: true, Unread: fault.Message(err)}
	}
	p := adviceProps(r, v, foresight)
	p.Late = errors.Is(err, errLate)
	return p
}

// adviceProps puts what group rules make of a run into words, for somebody.
func adviceProps(r *http.Request, v workflow.Version, foresight connect.Foresight) views.RuleAdviceProps {
	p := views.RuleAdviceProps{Asked: foresight.Asked, Unread: foresight.Unread}
	if v.WorkflowID != "" {
		p.Path = "/workflows/" + v.WorkflowID + "/run/advice"
	}
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
