package handlers

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/plan"
	"caracal/trigger"
	"caracal/workflow"
)

// apiChanges is how many changes of a plan one answer holds.
const apiChanges = 1000

// RehearsalJSON is a rehearsal as programs get it.
type RehearsalJSON struct {
	ID        string       `json:"id"`
	Workflow  string       `json:"workflow,omitempty"`
	Name      string       `json:"name"`
	Version   int          `json:"version,omitempty"` // 0 is the draft
	Rows      int          `json:"rows"`
	Done      int          `json:"done"` // rows so far
	State     string       `json:"state"`
	Ended     bool         `json:"ended"`
	Error     string       `json:"error,omitempty"`
	CreatedAt time.Time    `json:"created_at"`
	URL       string       `json:"url"`
	Hash      string       `json:"hash,omitempty"`
	Summary   string       `json:"summary,omitempty"` // in words
	Counts    []plan.Count `json:"counts,omitempty"`
	Failing   int          `json:"failing"` // runs that would fail
	Failure   string       `json:"failure,omitempty"`
	Notes     []string     `json:"notes,omitempty"` // what could not be rehearsed
	Calls     []CallsJSON  `json:"calls,omitempty"`
	Minutes   int          `json:"minutes"` // that the calls take at least
	Changes   []ChangeJSON `json:"changes,omitempty"`
	Next      int          `json:"next,omitempty"` // ?from= of the changes that follow; 0 is none
}

// CallsJSON is what a run takes of one rate limit.
type CallsJSON struct {
	Bucket  string `json:"bucket"`
	Calls   int    `json:"calls"`
	Limit   int    `json:"limit"` // a minute
	Known   bool   `json:"known"` // the org told the limit
	Minutes int    `json:"minutes"`
}

// ChangeJSON is one change, with the sentence that says it.
type ChangeJSON struct {
	plan.Change
	Words string `json:"words"`
}

// APIRehearsalCreate rehearses a workflow for a program: {"inputs": {…}}, or {"rows": [{…}, …]} for several runs; with
// "draft": true the draft, for those who may edit it.
func (h *Handlers) APIRehearsalCreate(w http.ResponseWriter, r *http.Request) error {
	made, fields, err := h.apiRehearse(r, h.apiSubject)
	if err != nil {
		return h.problem(w, r, err, fields)
	}
	w.Header().Set("Location", "/api/v1/rehearsals/"+made.ID)
	return answerJSON(w, http.StatusCreated, h.rehearsalJSON(made))
}

// apiRehearse rehearses what a program asks for; read finds what that is, or says what is wrong with its parts.
func (h *Handlers) apiRehearse(r *http.Request, read func(*http.Request, rehearsalBody) (plan.Subject, map[string]string, error)) (made plan.Rehearsal, fields map[string]string, err error) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return made, nil, err
	}
	body, err := readRehearsal(r.Header.Get("Content-Type"), raw)
	if err != nil {
		return made, nil, err
	}
	subject, fields, err := read(r, body)
	if err != nil {
		return made, fields, err
	}
	v := workflow.Version{WorkflowID: subject.WorkflowID, Definition: subject.Definition}
	for i, given := range body.Rows {
		input := trigger.Given(subject.Definition.RunFields(), given)
		if err := h.checkInputs(r, v, input); err != nil {
			if body.Many {
				f := fault.New(fault.Invalid, "The inputs of row %d are not right, so nothing was rehearsed.", i+1)
				f.Code = codeInputs
				err = f
			}
			return made, input.Errors, err
		}
		subject.Rows = append(subject.Rows, input.Values)
	}
	subject.Many = body.Many
	made, err = h.Rehearse.Begin(r.Context(), subject, user(r))
	return made, nil, err
}

// apiSubject returns what is to be rehearsed: the newest version, or the draft.
func (h *Handlers) apiSubject(r *http.Request, body rehearsalBody) (s plan.Subject, fields map[string]string, err error) {
	me := user(r)
	switch {
	case !me.May(auth.WorkflowRead):
		return s, nil, errMayNotRehearse
	case body.File != "" || body.Application != "":
		return s, nil, badBody(`"file" and "application" are for what is not stored here; POST them to /api/v1/rehearsals.`)
	case !body.Draft:
		v, err := h.runnable(r)
		if err == nil && !tokenOf(r).Covers(v.WorkflowID) {
			err = errNoWorkflow
		}
		return plan.Subject{Kind: plan.Version, WorkflowID: v.WorkflowID, Version: v.Number, Definition: v.Definition}, nil, err
	case !me.May(auth.WorkflowEdit):
		return s, nil, fault.New(fault.Forbidden, "Drafts are rehearsed by those who may edit workflows; leave out \"draft\" to rehearse what is published.")
	}
	flow, err := h.editable(r)
	if err == nil && !tokenOf(r).Covers(flow.ID) {
		err = errNoWorkflow
	}
	return plan.Subject{Kind: plan.Draft, WorkflowID: flow.ID, Revision: flow.Revision, Definition: flow.Draft}, nil, err
}

// rehearsalBody is what a program asks for.
type rehearsalBody struct {
	Draft             bool
	File, Application string // of a workflow that is not stored here
	Rows              []map[string]string
	Many              bool
}

func badBody(format string, args ...any) error {
	f := fault.New(fault.Invalid, format, args...)
	f.Code = trigger.CodeBody
	return f
}

func readRehearsal(contentType string, raw []byte) (out rehearsalBody, err error) {
	bad := func(format string, args ...any) (rehearsalBody, error) {
		return out, badBody(format, args...)
	}
	if _, err := trigger.ReadBody(contentType, raw); err != nil {
		return out, err
	}
	var body map[string]json.RawMessage
	if err := json.Unmarshal(raw, &body); err != nil {
		return bad(`The body is no object; send {"inputs": {"name": "value"}}.`)
	}
	for name, value := range body {
		switch name {
		case "draft":
			if err := json.Unmarshal(value, &out.Draft); err != nil {
				return bad(`"draft" is neither true nor false.`)
			}
		case "file", "application":
			into := &out.File
			if name == "application" {
				into = &out.Application
			}
			if err := json.Unmarshal(value, into); err != nil {
				return bad(`%q is no text.`, name)
			}
		case "rows":
			var rows []json.RawMessage
			if err := json.Unmarshal(value, &rows); err != nil || body["inputs"] != nil {
				return bad(`"rows" is a list of objects, each as "inputs" is, and stands in its place.`)
			}
			out.Many = true
			for _, row := range rows {
				values, err := readInputs(contentType, []byte(`{"inputs":`+string(row)+`}`))
				if err != nil {
					return out, err
				}
				out.Rows = append(out.Rows, values)
			}
		case "inputs":
			values, err := readInputs(contentType, []byte(`{"inputs":`+string(value)+`}`))
			if err != nil {
				return out, err
			}
			out.Rows = []map[string]string{values}
		default:
			return bad(`The body holds %q, which is not known; send {"inputs": {"name": "value"}}.`, name)
		}
	}
	if !out.Many && len(out.Rows) == 0 {
		out.Rows = []map[string]string{{}}
	}
	return out, nil
}

// APIRehearsalShow is one rehearsal, as a program follows it.
func (h *Handlers) APIRehearsalShow(w http.ResponseWriter, r *http.Request) error {
	found, err := h.rehearsalFor(r)
	if err == nil && !tokenOf(r).Covers(cmp.Or(found.Subject.WorkflowID, found.Subject.About)) {
		err = errNoRehearsal
	}
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	out := h.rehearsalJSON(found)
	if found.State == plan.Ready {
		from, err := strconv.Atoi(r.URL.Query().Get("from"))
		if err != nil {
			from = 0
		}
		changes, next, err := h.DB.RehearsalChanges(r.Context(), found.ID, db.ChangeFilter{From: max(0, from), Limit: apiChanges})
		if err != nil {
			return err
		}
		for _, c := range changes {
			c.By = nil // places in a list that is not here
			out.Changes = append(out.Changes, ChangeJSON{c, c.Words()})
		}
		out.Next = next
	}
	return answerJSON(w, http.StatusOK, out)
}

func (h *Handlers) rehearsalJSON(found plan.Rehearsal) RehearsalJSON {
	s := found.Summary
	out := RehearsalJSON{ID: found.ID, Workflow: found.Subject.WorkflowID, Name: found.Subject.Definition.Name, Version: found.Subject.Version,
		Rows: len(found.Subject.Rows), Done: found.Done, State: string(found.State), Ended: found.State != plan.UnderWay, Error: found.Error, CreatedAt: found.CreatedAt,
		URL: h.PublicURL + "/rehearsals/" + found.ID, Hash: s.Hash, Counts: s.Counts, Failing: s.Failing, Failure: s.Failure, Notes: s.Notes}
	if found.State == plan.Ready {
		out.Summary = "nothing changes"
		if len(s.Counts) > 0 {
			out.Summary = s.List()
		}
	}
	for _, b := range s.Buckets {
		minutes := int(b.Takes / time.Minute)
		out.Calls = append(out.Calls, CallsJSON{b.Name, b.Calls, b.Limit, b.Known, minutes})
		out.Minutes = max(out.Minutes, minutes)
	}
	return out
}

// plannedRun returns the rehearsal that a program starts a run from, with the version that it is of.
func (h *Handlers) plannedRun(r *http.Request, v workflow.Version, id string, input **form.Form) (db.RunPlan, error) {
	found, err := h.DB.Rehearsal(r.Context(), id)
	if err == nil && !user(r).May(auth.WorkflowRead) { // it holds what was stored of people, and values that somebody else gave
		return db.RunPlan{}, errMayNotRehearse
	}
	if err != nil || found.Subject.WorkflowID != v.WorkflowID || found.Subject.Kind != plan.Version || found.Subject.Many || found.State != plan.Ready {
		return db.RunPlan{}, fault.New(fault.NotFound, "There is no plan %q that a run of this workflow can be started from; rehearse it, and wait until that is ready.", id)
	}
	if found.Subject.Version != v.Number {
		return db.RunPlan{}, fault.New(fault.Conflict, "Version %d was published since this was rehearsed; rehearse again.", v.Number)
	}
	*input = trigger.Given(v.Definition.RunFields(), found.Subject.Rows[0])
	return planOf(found), nil
}
