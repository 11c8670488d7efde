package handlers

import (
	"encoding/hex"
	"io"
	"mime"
	"net/http"
	"time"

	"caracal/batch"
	"caracal/db"
	"caracal/engine"
	"caracal/fault"
	"caracal/form"
	"caracal/trigger"
	"caracal/views"
	"caracal/workflow"
)

// apiProblems is how many rows with a problem one answer holds; all of them are in the file with results.
const apiProblems = 100

// stopAfter is how many rows of a batch that a program starts may fail before it pauses, as the page proposes.
const stopAfter = 20

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

// APIBatchCreate takes a CSV as the body and lets its rows be checked. Columns are matched to inputs by their names.
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

func (h *Handlers) apiUpload(r *http.Request) (id string, created bool, fields map[string]string, err error) {
	v, _, err := h.uploadable(r)
	if err == nil && !tokenOf(r).Covers(v.WorkflowID) {
		err = errNoWorkflow
	}
	if err != nil {
		return "", false, nil, err
	}
	key, err := idempotencyKey(r)
	if err != nil {
		return "", false, nil, err
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "text/csv" {
		f := fault.New(fault.Invalid, "The body is not said to be a CSV; send it with Content-Type: text/csv.")
		f.Code = trigger.CodeType
		return "", false, nil, f
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return "", false, nil, err
	}
	survey, err := batch.Look(raw, batch.Dialect{})
	if err != nil {
		return "", false, nil, err
	}
	asks := v.Definition.RunFields()
	b := batch.Batch{WorkflowID: v.WorkflowID, Version: v.Number, Name: fileName(r.URL.Query().Get("name")), Dialect: survey.Dialect, Columns: survey.Columns,
		Rows: survey.Rows, Mapping: batch.Guess(survey.Columns, asks)}
	fields = map[string]string{}
	for _, f := range asks {
		if _, filled := b.Mapping[f.Name]; !filled && f.Required && f.Kind != form.YesNo {
			fields[f.Name] = "No column has this name."
		}
	}
	if len(fields) > 0 {
		f := fault.New(fault.Invalid, "Columns are missing; name them as the inputs are.")
		f.Code = codeInputs
		return "", false, fields, f
	}
	me, start := user(r), db.StartKey{}
	if key != "" {
		start = db.StartKey{Scope: "csv:" + me.ID + ":" + v.WorkflowID, Key: key, Body: hex.EncodeToString(trigger.Hash(string(raw))), Life: trigger.KeyLife}
	}
	id, created, err = h.DB.CreateBatch(r.Context(), b, raw, me, start, h.Engine.EnqueueCheck(r.Context()))
	return id, created, nil, err
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

// APIBatchStart starts a checked batch: {"start": "all"} where every row is right, {"start": "good"} those that are.
// One that was started is answered as it stands.
func (h *Handlers) APIBatchStart(w http.ResponseWriter, r *http.Request) error {
	b, err := h.apiBatchFor(r)
	if err == nil {
		err = h.apiStartBatch(r, b)
	}
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	return h.answerBatch(w, r, http.StatusOK, b.ID, b.State == batch.Started)
}

func (h *Handlers) apiStartBatch(r *http.Request, b batch.Batch) error {
	if _, err := h.usable(r); err != nil {
		return err
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	body, err := trigger.ReadBody(r.Header.Get("Content-Type"), raw)
	if err != nil {
		return err
	}
	whole, _ := body.(map[string]any)
	start := whole["start"]
	if len(whole) != 1 || start != "all" && start != "good" {
		f := fault.New(fault.Invalid, `Say what to start: send {"start": "all"}, or {"start": "good"} to leave out the rows that are not right.`)
		f.Code = trigger.CodeBody
		return f
	}
	switch {
	case b.State == batch.Started:
		return nil
	case b.State != batch.Checked:
		return fault.New(fault.Conflict, "The rows of this batch are not checked; ask for it until its state is \"checked\".")
	case start == "all" && b.Bad+b.Doubles+b.Unsafe > 0:
		return fault.New(fault.Conflict, "Not every row is right, so nothing was started; correct the file, or send {\"start\": \"good\"} to leave those out.")
	}
	v, may, err := h.newest(r, b)
	if err != nil {
		return err
	}
	if !may {
		return errNoRows
	}
	if v.Number != b.Version {
		return fault.New(fault.Conflict, "Version %d was published after the rows were checked; upload the file again.", v.Number)
	}
	t, err := h.rowsTrigger(r.Context(), b.WorkflowID)
	if err != nil {
		return err
	}
	token := tokenOf(r)
	_, err = h.Engine.StartBatch(r.Context(), engine.BatchStart{Batch: b, Version: v, AtOnce: min(batch.DefaultAtOnce, atOnceMost(t)), StopAfter: stopAfter,
		By: user(r), Via: "API token “" + token.Name + "”", Behind: token.CreatedBy})
	return err
}

// answerBatch answers with a batch as it is now.
func (h *Handlers) answerBatch(w http.ResponseWriter, r *http.Request, status int, id string, replayed bool) error {
	ctx := r.Context()
	b, err := h.DB.Batch(ctx, id)
	if err != nil {
		return err
	}
	out := BatchJSON{ID: b.ID, Workflow: b.WorkflowID, Version: b.Version, Name: b.Name, State: string(b.State), Rows: b.Rows, Bad: b.Bad, Doubled: b.Doubles, Unsafe: b.Unsafe,
		Problem: b.Problem, Started: b.Chosen, Run: b.RunID, CreatedAt: b.CreatedAt, URL: h.PublicURL + views.BatchPath(b.ID), Replayed: replayed}
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
