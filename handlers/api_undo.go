package handlers

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"caracal/db"
	"caracal/fault"
	"caracal/plan"
	"caracal/trigger"
	"caracal/undo"
	"caracal/workflow"
)

// codeConfirm is the code of the refusal to destroy something where the name was not sent that has to be typed.
const codeConfirm = "confirm"

// UndoJSON is the plan of an undo as programs get it.
type UndoJSON struct {
	Run     string           `json:"run"`
	Name    string           `json:"name"`           // of the run; "confirm" is to be it where something is removed
	Plan    string           `json:"plan,omitempty"` // names what can be taken back and what was found; only where from is 0
	Removes bool             `json:"removes"`        // as suggested, something that the run made is deleted
	Total   int              `json:"total"`          // changes in all
	Changes []UndoChangeJSON `json:"changes"`        // the newest first
	Next    int              `json:"next,omitempty"` // ?from= of the changes that follow; 0 is none
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

// APIUndoPlan is what taking a run back would do, a thousand changes at a time: ?from= is the place of the first.
func (h *Handlers) APIUndoPlan(w http.ResponseWriter, r *http.Request) error {
	run, err := h.apiUndoable(r)
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	from, err := strconv.Atoi(r.URL.Query().Get("from"))
	if err != nil || from < undo.MaxLooks {
		from = 0
	}
	planned, err := h.undoFrom(r, run, from)
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	return answerJSON(w, http.StatusOK, h.undoJSON(run, planned, from))
}

// undoFrom plans an undo; the org is asked only for the first page, which has all that is compared.
func (h *Handlers) undoFrom(r *http.Request, run workflow.Run, from int) (undo.Plan, error) {
	if from > 0 {
		return h.Undo.Outline(r.Context(), run.ID)
	}
	return h.Undo.Plan(r.Context(), run.ID, nil)
}

func (h *Handlers) undoJSON(run workflow.Run, planned undo.Plan, from int) UndoJSON {
	out := UndoJSON{Run: run.ID, Name: run.Name, Removes: planned.Removes(), Total: len(planned.Entries), Changes: []UndoChangeJSON{}, URL: h.runURL(run.ID) + "/undo"}
	if from == 0 {
		out.Plan = planned.Found()
	}
	to := min(from+apiChanges, len(planned.Entries))
	if to < len(planned.Entries) {
		out.Next = to
	}
	for _, e := range planned.Entries[min(from, to):to] {
		change := UndoChangeJSON{ID: e.ID, Run: e.Step.RunID, Step: e.Step.StepID, Title: e.Step.Title, Action: e.Step.Action, State: string(e.State), Why: e.Why,
			Suggest: e.Ticked, Offered: e.Offered(), Removes: e.Removes, Lost: e.Lost, By: e.By}
		for _, v := range e.Rows {
			change.Values = append(change.Values, UndoValueJSON{Label: v.Label, Before: v.Before, After: v.Left, Now: v.Now, Compared: v.Known})
		}
		out.Changes = append(out.Changes, change)
	}
	return out
}

func (h *Handlers) apiUndoable(r *http.Request) (workflow.Run, error) {
	run, err := h.undoable(r)
	if err == nil && !tokenOf(r).Covers(run.WorkflowID) {
		err = errNoRun
	}
	return run, err
}

// undoBody is what a program sends to take a run back. All may be left out: then what a plan suggests is taken back.
type undoBody struct {
	Plan     string    `json:"plan"`      // of the plan that was looked at; another one is refused
	TakeBack *[]string `json:"take_back"` // ids of changes
	Confirm  string    `json:"confirm"`   // the run's name, where something that it made is removed
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
	body, raw, err := readUndo(r)
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
	if request.Plan, err = h.apiChosen(r, run, body); err != nil {
		return out, err
	}
	if request.Plan.Removes() && strings.TrimSpace(body.Confirm) != strings.TrimSpace(run.Name) {
		f := fault.New(fault.Invalid, "Something that the run made is removed, so nothing was started; send its name, %q, as \"confirm\".", run.Name)
		f.Code = codeConfirm
		return out, f
	}
	return h.Undo.Start(r.Context(), request)
}

// apiChosen plans the undo with what a program chose.
func (h *Handlers) apiChosen(r *http.Request, run workflow.Run, body undoBody) (undo.Plan, error) {
	planned, err := h.Undo.Plan(r.Context(), run.ID, nil)
	if err != nil {
		return planned, err
	}
	if body.Plan != "" && body.Plan != planned.Found() {
		return planned, fault.New(fault.Conflict, "Something was changed since this plan was made, so nothing was started; look at the plan as it is now.")
	}
	if body.TakeBack == nil {
		return planned, nil
	}
	chosen := &undo.Selection{IDs: map[string]bool{}}
	for _, id := range *body.TakeBack {
		chosen.IDs[id] = true
	}
	planned.Choose(chosen)
	for _, e := range planned.Ticked() {
		delete(chosen.IDs, e.ID)
	}
	if unknown := slices.Sorted(maps.Keys(chosen.IDs)); len(unknown) > 0 {
		return planned, fault.New(fault.Invalid, "\"take_back\" names %q, which is no change of this run that can be taken back; name changes by the ids of the plan.", unknown[0])
	}
	return planned, nil
}

// readUndo reads what a program wants taken back. What is not known is refused: with a name that is misspelt, more would
// be taken back than was meant.
func readUndo(r *http.Request) (body undoBody, raw []byte, err error) {
	if raw, err = io.ReadAll(r.Body); err != nil {
		return body, nil, err
	}
	in := json.NewDecoder(bytes.NewReader(raw))
	in.DisallowUnknownFields()
	if len(bytes.TrimSpace(raw)) > 0 && (in.Decode(&body) != nil || in.More()) {
		f := fault.New(fault.Invalid, `The body can't be read; send {"plan": "…", "take_back": ["…"], "confirm": "…"} and nothing else, or no body to take back what the plan suggests.`)
		f.Code = trigger.CodeBody
		return body, nil, f
	}
	return body, raw, nil
}

// APIUndoRehearse rehearses an undo: {"take_back": ["…"]}, or nothing for what the plan suggests.
func (h *Handlers) APIUndoRehearse(w http.ResponseWriter, r *http.Request) error {
	made, err := h.apiUndoRehearse(r)
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	w.Header().Set("Location", "/api/v1/rehearsals/"+made.ID)
	return answerJSON(w, http.StatusCreated, h.rehearsalJSON(made))
}

func (h *Handlers) apiUndoRehearse(r *http.Request) (made plan.Rehearsal, err error) {
	run, err := h.apiUndoable(r)
	if err != nil {
		return made, err
	}
	body, _, err := readUndo(r)
	if err != nil {
		return made, err
	}
	planned, err := h.apiChosen(r, run, body)
	if err != nil {
		return made, err
	}
	return h.rehearseUndo(r, run, planned)
}
