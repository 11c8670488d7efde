package handlers

import (
	"encoding/json"
	"io"
	"net/http"

	"caracal/auth"
	"caracal/batch"
	"caracal/db"
	"caracal/fault"
	"caracal/plan"
	"caracal/trigger"
)

// APIBatchRehearse rehearses the rows of a checked batch that would be started: nothing, or {"doubles": true, "unsafe": true}
// for those that are otherwise left out.
func (h *Handlers) APIBatchRehearse(w http.ResponseWriter, r *http.Request) error {
	b, err := h.apiBatchFor(r)
	var made plan.Rehearsal
	if err == nil {
		made, err = h.apiRehearseRows(r, b)
	}
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	w.Header().Set("Location", "/api/v1/rehearsals/"+made.ID)
	return answerJSON(w, http.StatusCreated, h.rehearsalJSON(made))
}

func (h *Handlers) apiRehearseRows(r *http.Request, b batch.Batch) (made plan.Rehearsal, err error) {
	if _, err := h.usable(r); err != nil {
		return made, err
	}
	if !user(r).May(auth.WorkflowRead) {
		return made, errMayNotRehearse
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return made, err
	}
	var body struct {
		Doubles bool `json:"doubles"`
		Unsafe  bool `json:"unsafe"`
	}
	if len(raw) > 0 {
		if _, err := trigger.ReadBody(r.Header.Get("Content-Type"), raw); err != nil {
			return made, err
		}
		if json.Unmarshal(raw, &body) != nil {
			return made, badBody(`Send nothing, or {"doubles": true, "unsafe": true} for the rows that are otherwise left out.`)
		}
	}
	v, _, err := h.newest(r, b)
	switch {
	case err != nil:
		return made, err
	case b.State != batch.Checked:
		return made, fault.New(fault.Conflict, "The rows of this batch are not checked, or were started; only checked rows can be rehearsed.")
	case v.Number != b.Version:
		return made, fault.New(fault.Conflict, "Version %d was published after the rows were checked; upload the file again.", v.Number)
	}
	return h.rehearseRows(r, b, v, body.Doubles, body.Unsafe)
}

// APIBatchAgain makes a new batch of the rows of one that has ended that failed or were cancelled, and lets them be checked.
func (h *Handlers) APIBatchAgain(w http.ResponseWriter, r *http.Request) error {
	b, err := h.apiBatchFor(r)
	if err == nil {
		_, err = h.usable(r)
	}
	var key string
	if err == nil {
		key, err = idempotencyKey(r)
	}
	var id string
	if err == nil {
		start := db.StartKey{}
		if key != "" {
			start = db.StartKey{Scope: "again:" + user(r).ID + ":" + b.ID, Key: key, Life: trigger.KeyLife}
		}
		id, err = h.Rows.Again(r.Context(), b, user(r), start, h.Engine.EnqueueCheck(r.Context()))
	}
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	w.Header().Set("Location", "/api/v1/batches/"+id)
	return h.answerBatch(w, r, http.StatusCreated, id, false)
}
