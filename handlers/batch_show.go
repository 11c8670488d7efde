package handlers

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"caracal/auth"
	"caracal/batch"
	"caracal/db"
	"caracal/form"
	"caracal/plan"
	"caracal/rehearse"
	"caracal/views"
	"caracal/workflow"
)

// BatchShow is the page of a batch: what fills what, how the check goes, what it found, or how the rows run.
func (h *Handlers) BatchShow(w http.ResponseWriter, r *http.Request) error {
	b, err := h.batchFor(r)
	if err != nil {
		return err
	}
	if b.State == batch.Started {
		p, err := h.batchProps(r, b)
		if err != nil {
			return err
		}
		if p.Past, err = h.rehearsalsOf(r, b); err != nil {
			return err
		}
		p.Shell = h.batchShell(r)
		return h.render(w, r, http.StatusOK, views.BatchPage(p))
	}
	if b.State == batch.Mapping || b.State == batch.Checked && r.URL.Query().Get("map") != "" {
		may, err := h.mayUse(r, b)
		if err != nil {
			return err
		}
		if may {
			return h.mapPage(w, r, http.StatusOK, b, batch.Survey{}, nil)
		}
	}
	return h.checkPage(w, r, http.StatusOK, b, form.New(views.StartFields()), "")
}

// checkPage draws a batch that is being checked, or was.
func (h *Handlers) checkPage(w http.ResponseWriter, r *http.Request, status int, b batch.Batch, f *form.Form, confirmBad string) error {
	p, err := h.checkProps(r, b)
	if err != nil {
		return err
	}
	p.Form, p.ConfirmBad, p.Shell = f, confirmBad, h.batchShell(r)
	return h.render(w, r, status, views.BatchCheckPage(p))
}

func (h *Handlers) checkProps(r *http.Request, b batch.Batch) (views.BatchCheckProps, error) {
	ctx, q := r.Context(), r.URL.Query()
	p := views.BatchCheckProps{Now: h.Clock(), Batch: b, Kind: q.Get("rows"), Query: q.Get("q")}
	var err error
	if p.Version, err = h.DB.WorkflowVersion(ctx, b.WorkflowID, b.Version); err != nil && !errors.Is(err, db.ErrNotFound) {
		return p, err
	}
	if p.Application, err = h.applicationLabel(r, p.Version.Definition); err != nil {
		return p, err
	}
	if p.MayStart, err = h.mayUse(r, b); err != nil || b.State != batch.Checked {
		return p, err
	}
	newest, _, err := h.newest(r, b)
	if err != nil {
		return p, err
	}
	p.Stale = newest.Number != b.Version
	if user(r).May(auth.WorkflowRead) {
		p.Rehearse = rehearse.MaxRows
	}
	if p.Past, err = h.rehearsalsOf(r, b); err != nil {
		return p, err
	}
	if made := p.Past.List; len(made) > 0 && made[0].State == plan.Ready {
		p.Plan = made[0]
	}
	t, err := h.rowsTrigger(ctx, b.WorkflowID)
	if err != nil {
		return p, err
	}
	p.Guards, p.PerHour = guardWords(t)
	p.Destroys = workflow.Worst(p.Version.Definition, h.actions(ctx)) == workflow.Destroys
	if !slices.Contains([]string{"", string(db.GoodRow), string(db.BadRow), string(db.DoubleRow), string(db.UnsafeRow)}, p.Kind) {
		p.Kind = ""
	}
	filter := db.RowFilter{Kind: db.RowKind(p.Kind), Query: p.Query, From: firstRow(r)}
	rows, next, err := h.DB.BatchRows(ctx, b, filter)
	for _, row := range rows {
		p.Rows = append(p.Rows, row.Row)
	}
	p.From, p.Next = filter.From, next
	return p, err
}

// firstRow is the row that a page begins with, as its address says.
func firstRow(r *http.Request) int {
	from, err := strconv.Atoi(r.URL.Query().Get("from"))
	if err != nil || from < 1 {
		return 0
	}
	return from
}

// applicationLabel is what a definition's application is called.
func (h *Handlers) applicationLabel(r *http.Request, d workflow.Definition) (string, error) {
	app, err := h.applicationOf(r.Context(), d)
	if err != nil || app == nil {
		return "an application that is gone", err
	}
	return app.Name, nil
}

// batchProps is how a started batch stands.
func (h *Handlers) batchProps(r *http.Request, b batch.Batch) (views.BatchProps, error) {
	ctx, q, me := r.Context(), r.URL.Query(), user(r)
	p := views.BatchProps{Now: h.Clock(), Batch: b, AgainOf: b.AgainOf, Query: q.Get("q"), MayRead: me.May(auth.RunRead)}
	var err error
	if p.Run, err = h.DB.Run(ctx, b.RunID); err != nil {
		return p, err
	}
	if p.Version, err = h.DB.WorkflowVersion(ctx, b.WorkflowID, b.Version); err != nil && !errors.Is(err, db.ErrNotFound) {
		return p, err
	}
	if p.Application, err = h.applicationLabel(r, p.Version.Definition); err != nil {
		return p, err
	}
	names, err := h.DB.UserNames(ctx, b.StartedBy)
	if err != nil {
		return p, err
	}
	p.By = cmp.Or(names[b.StartedBy], b.StartedBy)
	if p.Counts, err = h.DB.ChildCounts(ctx, b.RunID, 0); err != nil {
		return p, err
	}
	if p.Counts[workflow.RunWaiting] > 0 {
		app, err := h.DB.Application(ctx, p.Run.ApplicationID)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return p, err
		}
		if p.Limit, err = h.runLimit(ctx, p.Run, app, waitingSteps(p.Run, nil)); err != nil {
			return p, err
		}
	}
	if p.MayRead {
		if p.Plan, err = h.runPlan(ctx, b.RunID); err != nil {
			return p, err
		}
	}
	p.Left = b.Rows - b.Chosen
	filter := db.RowFilter{Query: p.Query, From: firstRow(r)}
	switch state := workflow.RunState(q.Get("state")); {
	case state.Valid():
		filter.State = state
	case q.Get("state") == string(db.LeftRow):
		filter.Kind = db.LeftRow
	}
	p.State = cmp.Or(string(filter.State), string(filter.Kind))
	rows, next, err := h.DB.BatchRows(ctx, b, filter)
	if err != nil {
		return p, err
	}
	for _, row := range rows {
		p.Rows = append(p.Rows, views.BatchRunRow{Row: row.Row, Run: row.Run})
	}
	p.From, p.Next = filter.From, next
	if p.MayManage, err = h.maySteer(r, b); err != nil {
		return p, err
	}
	if p.MayAgain, err = h.mayUse(r, b); err != nil || !p.Run.State.Ended() {
		return p, err
	}
	p.MayUndo, err = h.mayUndo(r, p.Run)
	return p, err
}

// rehearsalsOf lists the newest rehearsals of a batch's rows, for who may look at rehearsals.
func (h *Handlers) rehearsalsOf(r *http.Request, b batch.Batch) (past views.PastRehearsals, err error) {
	if !user(r).May(auth.WorkflowRead) {
		return past, nil
	}
	if past.List, err = h.DB.RehearsalsFrom(r.Context(), views.BatchPath(b.ID), pastRehearsals); err != nil {
		return past, err
	}
	var people []string
	for _, made := range past.List {
		people = append(people, made.By)
	}
	past.People, err = h.DB.UserNames(r.Context(), people...)
	return past, err
}

// BatchLive is the part of the page that follows a batch; 204 while nothing has changed.
func (h *Handlers) BatchLive(w http.ResponseWriter, r *http.Request) error {
	b, err := h.batchFor(r)
	if err != nil {
		return err
	}
	seen := r.URL.Query().Get("revision")
	if b.State != batch.Started {
		switch {
		case b.State != batch.Checking:
			return h.redirect(w, r, views.BatchPath(b.ID))
		case seen == strconv.FormatInt(b.Revision, 10):
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
		p, err := h.checkProps(r, b)
		if err != nil {
			return err
		}
		return h.render(w, r, http.StatusOK, views.BatchChecking(p))
	}
	p, err := h.batchProps(r, b)
	if err != nil {
		return err
	}
	if seen == p.Revision() {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return h.render(w, r, http.StatusOK, views.BatchLive(p))
}
