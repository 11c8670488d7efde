package handlers

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"caracal/batch"
	"caracal/engine"
	"caracal/fault"
	"caracal/trigger"
	"caracal/workflow"
)

// stopAfter is how many rows of a batch that a program starts may fail before it pauses, as the page proposes.
const stopAfter = 20

// batchBody is what a program sends to start a batch.
type batchBody struct {
	Start     string `json:"start"`      // "all" where every row is right, "good" for those that are
	AtOnce    int    `json:"at_once"`    // rows; 0 is as many as the page proposes
	StopAfter *int   `json:"stop_after"` // rows that may fail before it pauses; 0 is any number
	Doubles   bool   `json:"doubles"`    // those too that say the same as an earlier one
	Unsafe    bool   `json:"unsafe"`     // those too that would do again what must not be done twice
	Plan      string `json:"plan"`       // the rehearsal of these rows to whose plan they are held
	Confirm   string `json:"confirm"`    // the workflow's name, where it does something that can't be taken back
}

func readBatchStart(r *http.Request) (body batchBody, err error) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return body, err
	}
	sent, err := trigger.ReadBody(r.Header.Get("Content-Type"), raw)
	if err != nil {
		return body, err
	}
	if raw, err = json.Marshal(sent); err != nil { // a form may say it too
		return body, err
	}
	in := json.NewDecoder(bytes.NewReader(raw))
	in.DisallowUnknownFields()
	if in.Decode(&body) != nil || body.Start != "all" && body.Start != "good" || body.AtOnce < 0 || body.StopAfter != nil && *body.StopAfter < 0 {
		f := fault.New(fault.Invalid, `Say what to start: send {"start": "all"}, or {"start": "good"} to leave out the rows that are not right, and besides, if you like, "at_once", "stop_after", "doubles", "unsafe", "plan" and "confirm".`)
		f.Code = trigger.CodeBody
		return body, f
	}
	return body, nil
}

// APIBatchStart starts a checked batch: {"start": "all"} where every row is right, {"start": "good"} those that are. One
// that was started is answered as it stands.
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
	body, err := readBatchStart(r)
	if err != nil {
		return err
	}
	left := b.Bad
	if !body.Doubles {
		left += b.Doubles
	}
	if !body.Unsafe {
		left += b.Unsafe
	}
	switch {
	case b.State == batch.Started:
		return nil
	case b.State != batch.Checked:
		return fault.New(fault.Conflict, "The rows of this batch are not checked; ask for it until its state is \"checked\".")
	case body.Start == "all" && left > 0:
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
	if name := strings.TrimSpace(v.Definition.Name); workflow.Worst(v.Definition, h.actions(r.Context())) == workflow.Destroys && strings.TrimSpace(body.Confirm) != name {
		f := fault.New(fault.Invalid, "The workflow does something that can't be taken back, so nothing was started; send its name, %q, as \"confirm\".", name)
		f.Code = codeConfirm
		return f
	}
	t, err := h.rowsTrigger(r.Context(), b.WorkflowID)
	if err != nil {
		return err
	}
	s := engine.BatchStart{Batch: b, Version: v, AtOnce: body.AtOnce, StopAfter: stopAfter, Doubles: body.Doubles, Unsafe: body.Unsafe, By: user(r)}
	switch most := atOnceMost(t); {
	case s.AtOnce > most:
		return fault.New(fault.Invalid, "At most %d rows of this workflow may be carried out at once; send a smaller \"at_once\".", most)
	case s.AtOnce == 0:
		s.AtOnce = min(batch.DefaultAtOnce, most)
	}
	if body.StopAfter != nil {
		s.StopAfter = *body.StopAfter
	}
	if body.Plan != "" {
		if s.Plan, err = h.rowsPlan(r.Context(), b, body.Plan, body.Doubles, body.Unsafe); err != nil {
			if bad := fault.As(err); bad != nil && bad.Kind == fault.Conflict {
				bad.Code = "plan"
			}
			return err
		}
	}
	token := tokenOf(r)
	s.Via, s.Behind = "API token “"+token.Name+"”", token.CreatedBy
	_, err = h.Engine.StartBatch(r.Context(), s)
	return err
}
