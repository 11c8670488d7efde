package handlers

import (
	"errors"
	"net/http"
	"strconv"

	"caracal/auth"
	"caracal/db"
	"caracal/views"
	"caracal/views/ui"
	"caracal/workflow"
)

// resultsShown is how many of their own runs a page shows to a person.
const resultsShown = 25

// runPath is where a run is shown to a person: its result in plain words, or, to those who build, every step.
func runPath(me auth.User, runID string) string {
	if me.May(auth.RunRead) && me.May(auth.WorkflowEdit) {
		return "/runs/" + runID
	}
	return "/results/" + runID
}

// ResultList shows the runs that the person started, newest first.
func (h *Handlers) ResultList(w http.ResponseWriter, r *http.Request) error {
	f := db.RunFilter{StartedBy: user(r).ID, After: r.URL.Query().Get("after"), Limit: resultsShown}
	runs, next, err := h.DB.RunList(r.Context(), f)
	if err != nil {
		return err
	}
	p := views.ResultsProps{Shell: h.shell(r, "forms"), Now: h.Clock(), Rows: resultRows(runs), Paging: ui.Paging{Next: nextPage(r, next)}}
	if f.After != "" {
		p.Paging.Prev = nextPage(r, "-")
	}
	return h.render(w, r, http.StatusOK, views.ResultsPage(p))
}

func resultRows(runs []workflow.Run) (rows []views.ResultRow) {
	for _, run := range runs {
		rows = append(rows, views.ResultRow{ID: run.ID, Name: run.Name, State: run.State, At: run.CreatedAt})
	}
	return rows
}

// ResultShow says what came of one run, to who started it, without the detail of its steps.
func (h *Handlers) ResultShow(w http.ResponseWriter, r *http.Request) error {
	run, err := h.runFor(r)
	if err != nil {
		return err
	}
	if run.BatchID != "" && !run.IsRow() {
		return h.redirect(w, r, views.BatchPath(run.BatchID))
	}
	p, err := h.resultProps(r, run)
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, views.ResultPage(h.shell(r, "forms"), p))
}

// ResultLive is the part of the page that follows the run; 204 while nothing has changed.
func (h *Handlers) ResultLive(w http.ResponseWriter, r *http.Request) error {
	run, err := h.runFor(r)
	if err != nil {
		return err
	}
	if r.URL.Query().Get("revision") == strconv.FormatInt(run.Revision, 10) {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	p, err := h.resultProps(r, run)
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, views.ResultLive(p))
}

func (h *Handlers) resultProps(r *http.Request, run workflow.Run) (views.ResultProps, error) {
	ctx, me := r.Context(), user(r)
	p := views.ResultProps{Run: run, Now: h.Clock(), MayRead: me.May(auth.RunRead)}
	v, err := h.DB.WorkflowVersion(ctx, run.WorkflowID, run.Version)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return p, err
	}
	p.Definition = v.Definition
	if run.StartedBy != me.ID {
		names, err := h.DB.UserNames(ctx, run.StartedBy)
		if err != nil {
			return p, err
		}
		p.By = names[run.StartedBy]
	}
	p.Names = h.namesOf(ctx, v.Definition, run.Input)
	p.MayRepeat = run.ParentID == "" && !run.IsUndo() && run.State.Ended() && h.mayRepeat(r, run)
	return p, nil
}
