package handlers

import (
	"net/http"
	"time"

	"caracal/batch"
	"caracal/db"
	"caracal/views"
	"caracal/workflow"
)

// apiProblems is how many rows with a problem one answer holds; all of them are in the file with results.
const apiProblems = 100

// BatchJSON is a batch as programs get it.
type BatchJSON struct {
	ID        string                    `json:"id"`
	Workflow  string                    `json:"workflow"`
	Version   int                       `json:"version"`
	Name      string                    `json:"name"`
	State     string                    `json:"state"`
	Rows      int                       `json:"rows"`
	Bad       int                       `json:"bad"`     // with a problem
	Doubled   int                       `json:"doubled"` // that say the same as an earlier one
	Unsafe    int                       `json:"unsafe"`  // that would do again what must not be done twice
	Problem   string                    `json:"problem,omitempty"`
	Problems  []RowJSON                 `json:"problems,omitempty"` // the first hundred rows
	AtOnce    int                       `json:"at_once,omitempty"`  // rows, once it was started
	Started   int                       `json:"started"`            // rows
	Run       string                    `json:"run,omitempty"`
	Counts    map[workflow.RunState]int `json:"counts,omitempty"` // runs of the rows by state
	CreatedAt time.Time                 `json:"created_at"`
	URL       string                    `json:"url"`
	Replayed  bool                      `json:"replayed,omitempty"` // an earlier request with the same key made it
}

// RowJSON is a row with a problem.
type RowJSON struct {
	Row   int    `json:"row"`
	Line  int    `json:"line"` // of the file
	Words string `json:"words"`
}

// APIBatchCreate takes a CSV, as the body or as a part of it, and lets its rows be checked. Columns are matched to inputs by
// their names, and as the request says.
func (h *Handlers) APIBatchCreate(w http.ResponseWriter, r *http.Request) error {
	id, created, fields, err := h.apiUpload(r)
	if err != nil {
		return h.problem(w, r, err, fields)
	}
	w.Header().Set("Location", "/api/v1/batches/"+id)
	if created {
		return h.answerBatch(w, r, http.StatusCreated, id, false)
	}
	return h.answerBatch(w, r, http.StatusOK, id, true)
}

// apiBatchFor is batchFor for what the token covers.
func (h *Handlers) apiBatchFor(r *http.Request) (batch.Batch, error) {
	b, err := h.batchFor(r)
	if err == nil && !tokenOf(r).Covers(b.WorkflowID) {
		err = errNoBatch
	}
	return b, err
}

// APIBatchShow is one batch, as a program follows it.
func (h *Handlers) APIBatchShow(w http.ResponseWriter, r *http.Request) error {
	b, err := h.apiBatchFor(r)
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	return h.answerBatch(w, r, http.StatusOK, b.ID, false)
}

// APIBatchRows is the file with results, as the page gives it.
func (h *Handlers) APIBatchRows(w http.ResponseWriter, r *http.Request) error {
	if _, err := h.apiBatchFor(r); err != nil {
		return h.problem(w, r, err, nil)
	}
	return h.BatchDownload(w, r)
}

// answerBatch answers with a batch as it is now.
func (h *Handlers) answerBatch(w http.ResponseWriter, r *http.Request, status int, id string, replayed bool) error {
	ctx := r.Context()
	b, err := h.DB.Batch(ctx, id)
	if err != nil {
		return err
	}
	out := BatchJSON{ID: b.ID, Workflow: b.WorkflowID, Version: b.Version, Name: b.Name, State: string(b.State), Rows: b.Rows, Bad: b.Bad, Doubled: b.Doubles, Unsafe: b.Unsafe,
		Problem: b.Problem, AtOnce: b.AtOnce, Started: b.Chosen, Run: b.RunID, CreatedAt: b.CreatedAt, URL: h.PublicURL + views.BatchPath(b.ID), Replayed: replayed}
	if b.State == batch.Started {
		if out.Counts, err = h.DB.ChildCounts(ctx, b.RunID, 0); err != nil {
			return err
		}
	}
	if b.Bad > 0 {
		v, err := h.DB.WorkflowVersion(ctx, b.WorkflowID, b.Version)
		if err != nil {
			return err
		}
		list, _, err := h.DB.BatchRows(ctx, b, db.RowFilter{Kind: db.BadRow, Limit: apiProblems})
		if err != nil {
			return err
		}
		for _, row := range list {
			out.Problems = append(out.Problems, RowJSON{Row: row.No, Line: row.Line, Words: download{definition: v.Definition}.findings(row.Row)})
		}
	}
	return answerJSON(w, status, out)
}
