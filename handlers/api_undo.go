package handlers

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"

	"caracal/db"
	"caracal/fault"
	"caracal/trigger"
	"caracal/undo"
	"caracal/workflow"
)

// UndoJSON is the plan of an undo as programs get it.
type UndoJSON struct {
	Run     string           `json:"run"`
	Name    string           `json:"name"`
	Plan    string           `json:"plan"`    // names what is suggested and what was found
	Removes bool             `json:"removes"` // something that the run made is deleted
	Changes []UndoChangeJSON `json:"changes"` // the newest first
	URL     string           `json:"url"`
}

// UndoChangeJSON is one change of a run with what becomes of it.
type UndoChangeJSON struct {
	ID      string          `json:"id"`
	Run     string          `json:"run"` // where the step stands
	Step    string          `json:"step"`
	Title   string          `json:"title"`
	Action  string          `json:"action"`
	State   string          `json:"state"`
	Why     string          `json:"why,omitempty"`
	Suggest bool            `json:"suggested"` // it is taken back unless it is left out
	Offered bool            `json:"offered"`   // it can be taken back
	Removes bool            `json:"removes,omitempty"`
	Values  []UndoValueJSON `json:"values,omitempty"`
	Lost    []string        `json:"lost,omitempty"` // what does not come back with it
	By      string          `json:"by,omitempty"`   // the run that takes it back
}

// UndoValueJSON is one value: before the step, after it, and now where it was compared.
type UndoValueJSON struct {
	Label    string `json:"label"`
	Before   any    `json:"before"`
	After    any    `json:"after"`
	Now      any    `json:"now,omitempty"`
	Compared bool   `json:"compared"`
}

// APIUndoPlan is what taking a run back would do.
func (h *Handlers) APIUndoPlan(w http.ResponseWriter, r *http.Request) error {
	run, err := h.apiUndoable(r)
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	plan, err := h.Undo.Plan(r.Context(), run.ID, nil)
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	out := UndoJSON{Run: run.ID, Name: run.Name, Plan: plan.Hash, Removes: plan.Removes(), Changes: []UndoChangeJSON{}, URL: h.runURL(run.ID) + "/undo"}
	for _, e := range plan.Entries {
		change := UndoChangeJSON{ID: e.ID, Run: e.Step.RunID, Step: e.Step.StepID, Title: e.Step.Title, Action: e.Step.Action, State: string(e.State), Why: e.Why,
			Suggest: e.Ticked, Offered: e.Offered(), Removes: e.Removes, Lost: e.Lost, By: e.By}
		for _, v := range e.Rows {
			change.Values = append(change.Values, UndoValueJSON{Label: v.Label, Before: v.Before, After: v.Left, Now: v.Now, Compared: v.Known})
		}
		out.Changes = append(out.Changes, change)
	}
	return answerJSON(w, http.StatusOK, out)
}

func (h *Handlers) apiUndoable(r *http.Request) (workflow.Run, error) {
	run, err := h.undoable(r)
	if err == nil && !tokenOf(r).Covers(run.WorkflowID) {
		err = errNoRun
	}
	return run, err
}

// undoBody is what a program sends to take a run back. Both may be left out: then what a plan suggests is taken back.
type undoBody struct {
	Plan     string    `json:"plan"`      // of the plan that was looked at; another one is refused
	TakeBack *[]string `json:"take_back"` // ids of changes
}

// readUndo reads what a program wants taken back. What is not known is refused: with a name that is misspelt, more would
// be taken back than was meant.
func readUndo(raw []byte) (body undoBody, err error) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return body, nil
	}
	in := json.NewDecoder(bytes.NewReader(raw))
	in.DisallowUnknownFields()
	if err := in.Decode(&body); err != nil || in.More() {
		f := fault.New(fault.Invalid, `The body can't be read; send {"plan": "…", "take_back": ["…"]} and nothing else, or no body to take back what the plan suggests.`)
		f.Code = trigger.CodeBody
		return undoBody{}, f
	}
	return body, nil
}

// APIUndoCreate starts the run that takes a run back.
func (h *Handlers) APIUndoCreate(w http.ResponseWriter, r *http.Request) error {
	out, err := h.apiUndo(r)
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	return h.answerRun(w, r, http.StatusCreated, startedRun{StartedRun: out})
}

func (h *Handlers) apiUndo(r *http.Request) (out db.StartedRun, err error) {
	run, err := h.apiUndoable(r)
	if err != nil {
		return out, err
	}
	key, err := idempotencyKey(r)
	if err != nil {
		return out, err
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return out, err
	}
	body, err := readUndo(raw)
	if err != nil {
		return out, err
	}
	token, me := tokenOf(r), user(r)
	request := undo.Request{By: me, Via: "API token “" + token.Name + "”", Behind: token.CreatedBy}
	if key != "" {
		request.Key = db.StartKey{Scope: "undo:" + me.ID + ":" + run.ID, Key: key, Body: hex.EncodeToString(trigger.Hash(string(raw))), Life: trigger.KeyLife}
		if out.ID, err = h.DB.StartedBy(r.Context(), request.Key); err != nil || out.ID != "" {
			return out, err
		}
	}
	if request.Plan, err = h.Undo.Plan(r.Context(), run.ID, nil); err != nil {
		return out, err
	}
	if body.Plan != "" && body.Plan != request.Plan.Hash {
		return out, fault.New(fault.Conflict, "Something was changed since this plan was made, so nothing was started; look at the plan as it is now.")
	}
	if body.TakeBack != nil {
		chosen := &undo.Selection{IDs: map[string]bool{}}
		for _, id := range *body.TakeBack {
			chosen.IDs[id] = true
		}
		request.Plan.Choose(chosen)
	}
	return h.Undo.Start(r.Context(), request)
}
