package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/views"
	"caracal/views/ui"
	"caracal/workflow"
)

// RunList shows runs, searched and filtered.
func (h *Handlers) RunList(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	p := views.RunsProps{Now: h.Clock(), Query: q.Get("q"), Workflow: q.Get("workflow"), State: q.Get("state"),
		Person: q.Get("person"), From: q.Get("from"), To: q.Get("to")}
	f := db.RunFilter{WorkflowID: p.Workflow, StartedBy: p.Person, Query: p.Query}
	f.From, p.Problem = day(p.From, 0)
	if to, problem := day(p.To, 1); problem == "" {
		f.To = to
	} else {
		p.Problem = problem
	}
	counts, err := h.DB.RunCounts(ctx, f)
	if err != nil {
		return err
	}
	p.Counts = runCounts(r, counts, p.State)
	if state := workflow.RunState(p.State); state.Valid() {
		f.State = state
	}
	f.After = q.Get("after")
	runs, next, err := h.DB.RunList(ctx, f)
	if err != nil {
		return err
	}
	if p.Rows, err = h.runRows(r, runs); err != nil {
		return err
	}
	p.Paging = ui.Paging{Next: nextPage(r, next)}
	if f.After != "" {
		p.Paging.Prev = nextPage(r, "-")
	}
	if err := h.runFilters(r, &p); err != nil {
		return err
	}
	p.Shell = h.shell(r, "runs")
	return h.render(w, r, http.StatusOK, views.RunsPage(p))
}

// day reads a day of the filter; plus moves it, so that the last day is within.
func day(s string, plus int) (time.Time, string) {
	if s == "" {
		return time.Time{}, ""
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}, "A day is written like 2026-03-31."
	}
	return t.AddDate(0, 0, plus), ""
}

func runCounts(r *http.Request, counts map[workflow.RunState]int, active string) []views.RunCount {
	href := func(state workflow.RunState) string {
		q := url.Values{}
		for k, v := range r.URL.Query() {
			if k != "after" && k != "state" && v[0] != "" {
				q.Set(k, v[0])
			}
		}
		if state != "" {
			q.Set("state", string(state))
		}
		if len(q) == 0 {
			return "/runs"
		}
		return "/runs?" + q.Encode()
	}
	total := 0
	for _, n := range counts {
		total += n
	}
	out := []views.RunCount{{Count: total, Href: href(""), Active: active == ""}}
	for _, s := range workflow.RunStates {
		if counts[s] > 0 || string(s) == active {
			out = append(out, views.RunCount{State: s, Count: counts[s], Href: href(s), Active: string(s) == active})
		}
	}
	return out
}

// runFilters fills what the list can be narrowed by.
func (h *Handlers) runFilters(r *http.Request, p *views.RunsProps) error {
	ctx := r.Context()
	var runners []auth.Role
	if !seesDrafts(user(r)) {
		runners = user(r).Roles
	}
	if user(r).May(auth.WorkflowRead) {
		flows, err := h.DB.WorkflowNames(ctx, runners)
		if err != nil {
			return err
		}
		for _, flow := range flows {
			p.Workflows = append(p.Workflows, ui.Link{Label: flow.Name, Href: flow.ID})
		}
	}
	people, err := h.DB.RunPeople(ctx)
	if err != nil {
		return err
	}
	names, err := h.DB.UserNames(ctx, people...)
	if err != nil {
		return err
	}
	for _, id := range people {
		label := names[id]
		if label == "" {
			label = id
		}
		p.People = append(p.People, ui.Link{Label: label, Href: id})
	}
	slices.SortFunc(p.People, func(a, b ui.Link) int { return compareFold(a.Label, b.Label) })
	return nil
}

// runRows shapes runs for a list.
func (h *Handlers) runRows(r *http.Request, runs []workflow.Run) ([]views.RunRow, error) {
	names, err := h.DB.UserNames(r.Context(), startersOf(runs)...)
	if err != nil {
		return nil, err
	}
	var rows []views.RunRow
	for _, run := range runs {
		row := views.RunRow{ID: run.ID, Name: run.Name, WorkflowID: run.WorkflowID, Version: run.Version, State: run.State,
			By: names[run.StartedBy], Via: run.Via, Batch: run.BatchID, At: run.CreatedAt, Note: run.Error}
		if run.State == workflow.RunWaiting || run.State == workflow.RunAsking {
			row.Note = run.WaitReason
		}
		if !run.StartedAt.IsZero() && !run.EndedAt.IsZero() {
			row.Took = run.EndedAt.Sub(run.StartedAt)
		}
		rows = append(rows, row)
	}
	return rows, nil
}
