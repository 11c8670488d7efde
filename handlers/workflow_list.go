package handlers

import (
	"net/http"
	"net/url"
	"slices"

	"caracal/auth"
	"caracal/db"
	"caracal/org"
	"caracal/views"
	"caracal/views/ui"
	"caracal/workflow"
)

// WorkflowList shows the workflows that the person may see.
func (h *Handlers) WorkflowList(w http.ResponseWriter, r *http.Request) error {
	ctx, me, q := r.Context(), user(r), r.URL.Query()
	filter := db.WorkflowFilter{Query: q.Get("q"), ApplicationID: q.Get("application"), After: q.Get("after")}
	all := seesDrafts(me)
	if all {
		if q.Get("state") == "archived" {
			filter.Archived = true
		} else {
			filter.State = db.WorkflowState(q.Get("state"))
		}
	} else {
		filter.Runners = me.Roles
	}
	list, next, err := h.DB.WorkflowList(ctx, filter)
	if err != nil {
		return err
	}
	p := views.WorkflowsProps{Shell: h.shell(r, "workflows"), Now: h.Clock(), MayEdit: me.May(auth.WorkflowEdit),
		Query: filter.Query, State: string(filter.State), Application: filter.ApplicationID, Archived: filter.Archived,
		Paging: ui.Paging{Next: nextPage(r, next)}}
	if filter.After != "" {
		p.Paging.Prev = nextPage(r, "-")
	}
	if p.Applications, err = h.applicationChoices(ctx); err != nil {
		return err
	}
	if p.Rows, err = h.workflowRows(r, list, all); err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, views.WorkflowsPage(p))
}

func (h *Handlers) workflowRows(r *http.Request, list []workflow.Workflow, all bool) ([]views.WorkflowRow, error) {
	ctx, me := r.Context(), user(r)
	var ids, people []string
	for _, flow := range list {
		ids = append(ids, flow.ID)
		people = append(people, flow.UpdatedBy)
	}
	apps, err := h.applicationNames(ctx)
	if err != nil {
		return nil, err
	}
	last := map[string]workflow.Run{}
	if me.May(auth.RunRead) {
		if last, err = h.DB.LastRuns(ctx, ids); err != nil {
			return nil, err
		}
	}
	slices.Sort(people)
	names, err := h.DB.UserNames(ctx, slices.Compact(people)...)
	if err != nil {
		return nil, err
	}
	var rows []views.WorkflowRow
	registry := h.actions(ctx)
	for _, flow := range list {
		shown := flow.Draft
		if !all {
			v, err := h.DB.WorkflowVersion(ctx, flow.ID, flow.Published)
			if err != nil {
				return nil, err
			}
			shown = v.Definition
		}
		row := views.WorkflowRow{ID: flow.ID, Name: shown.Name, Purpose: shown.Purpose, Summary: workflow.Summary(shown, registry),
			Application: apps[shown.ApplicationID], Published: flow.Published, Dirty: flow.Dirty, Archived: flow.Archived,
			MayRun: flow.Published > 0 && !flow.Archived && (me.May(auth.WorkflowEdit) && me.May(auth.WorkflowRun) || !all), UpdatedAt: flow.UpdatedAt, UpdatedBy: names[flow.UpdatedBy]}
		if row.Name == "" {
			row.Name = "Workflow without a name"
		}
		if run, ok := last[flow.ID]; ok {
			row.Last = &run
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// nextPage returns the address of this list from another cursor on; "-" is its beginning, "" no page at all.
func nextPage(r *http.Request, after string) string {
	if after == "" {
		return ""
	}
	q := url.Values{}
	for k, v := range r.URL.Query() {
		if k != "after" && len(v) > 0 && v[0] != "" {
			q.Set(k, v[0])
		}
	}
	if after != "-" {
		q.Set("after", after)
	}
	return r.URL.Path + "?" + q.Encode()
}

// connected reports whether an application can be acted on, now or once it is resumed.
func connected(a *org.Application) bool { return a != nil && a.Status != org.Disconnected }
