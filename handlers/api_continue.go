package handlers

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"

	"caracal/engine"
	"caracal/fault"
	"caracal/form"
	"caracal/trigger"
	"caracal/workflow"
)

// codeAgain is the code of the refusal to do something a second time that nobody named.
const codeAgain = "again"

var errContinued = fault.New(fault.Conflict, "This run was continued already, and a run is continued once; its page leads to the run that goes on.")

// ContinuationJSON is what continuing a run will do, as programs get it.
type ContinuationJSON struct {
	Run     string            `json:"run"`
	Version int               `json:"version"`           // it goes on with
	Newest  int               `json:"newest"`            // it may go on with
	Hash    string            `json:"hash"`              // names all of it: what was shown is what is done
	Changed []string          `json:"changed"`           // inputs that differ from those of the run
	Missing []string          `json:"missing"`           // steps that have to be named in "again" yet
	Confirm string            `json:"confirm,omitempty"` // name of the workflow, that has to be sent as "confirm" since a step destroys
	Plan    *HeldPlanJSON     `json:"plan,omitempty"`    // that the run was held to
	Steps   []ResumedStepJSON `json:"steps"`
	Gone    []string          `json:"gone"` // titles of steps that were done and that the version does not have any more
}

// HeldPlanJSON is the plan of a rehearsal that a run was held to, and that the run which continues it is held to unless
// it says why not.
type HeldPlanJSON struct {
	Rehearsal string `json:"rehearsal"`
	Hash      string `json:"hash"`
	Holds     bool   `json:"holds"`
	Why       string `json:"why,omitempty"` // it does not hold; then "without_plan" has to be true
}

// ResumedStepJSON is what becomes of one step.
type ResumedStepJSON struct {
	Step     string            `json:"step"` // what "again" and "keep" name it by
	Title    string            `json:"title"`
	Action   string            `json:"action"`
	Was      string            `json:"was,omitempty"` // how it stood; empty where it is new
	What     workflow.Takeover `json:"what"`
	Why      string            `json:"why,omitempty"`
	Choice   bool              `json:"choice"`         // "again" or "keep" says otherwise
	Must     bool              `json:"must"`           // only when "again" names it
	Destroys bool              `json:"destroys"`       // what can't be brought back
	Runs     int               `json:"runs,omitempty"` // within another step: in how many of its runs
	Within   []ResumedStepJSON `json:"within,omitempty"`
}

// continuationBody is what a program asks for.
type continuationBody struct {
	Hash        string
	Version     int // 0 is the run's own
	Inputs      map[string]string
	Again, Keep []string
	Confirm     string
	WithoutPlan bool
}

// APIRunContinuePlan says what continuing a run would do: {"inputs": {…}, "version": 2, "again": ["step"], "keep": ["step"]},
// all of which may be left out. It is a POST since inputs have no place in an address.
func (h *Handlers) APIRunContinuePlan(w http.ResponseWriter, r *http.Request) error {
	a, err := h.apiContinuation(r)
	if err == nil && a.by != "" {
		err = errContinued
	}
	if err == nil {
		err = h.planAPI(r, a)
	}
	if err != nil {
		return h.problem(w, r, err, a.fields)
	}
	return answerJSON(w, http.StatusOK, h.continuationJSON(r, a))
}

// APIRunContinue continues a run as APIRunContinuePlan said, whose hash is sent with the same body. Who comes second
// gets the first one's run.
func (h *Handlers) APIRunContinue(w http.ResponseWriter, r *http.Request) error {
	out, fields, err := h.apiContinue(r)
	if err != nil {
		return h.problem(w, r, err, fields)
	}
	return h.answerRun(w, r, http.StatusCreated, out)
}

func (h *Handlers) apiContinue(r *http.Request) (out startedRun, fields map[string]string, err error) {
	a, err := h.apiContinuation(r)
	if err != nil {
		return out, a.fields, err
	}
	if a.by == "" {
		if a.hash == "" {
			return out, nil, fault.New(fault.Invalid, "Send the \"hash\" of the plan of what is to be done; POST to …/continue/plan gives it.")
		}
		if err := h.planAPI(r, a); err != nil {
			return out, a.fields, err
		}
		if missing := a.missing(); a.hash == a.plan.Hash && len(missing) > 0 {
			fields = map[string]string{}
			for _, key := range missing {
				fields[key] = "It may do a second time what it did already; look in Okta, and name it in \"again\"."
			}
			f := fault.New(fault.Invalid, "Steps have to be named that may be done again, so nothing was continued.")
			f.Code = codeAgain
			return out, fields, f
		}
		if a.hash == a.plan.Hash && a.confirm != "" && strings.TrimSpace(a.typed) != a.confirm {
			f := fault.New(fault.Invalid, "A step destroys what can't be brought back; send the workflow's name, %q, as \"confirm\" to go on.", a.confirm)
			f.Code = codeConfirm
			return out, nil, f
		}
	}
	token := tokenOf(r)
	a.request.Plan, a.request.Via, a.request.Behind = a.hash, "API token “"+token.Name+"”", token.CreatedBy
	if out.StartedRun, err = h.Engine.Continue(r.Context(), a.request); err != nil || out.Created {
		return out, nil, err
	}
	run, err := h.DB.Run(r.Context(), out.ID)
	if err == nil && !h.maySeeRun(r, run) {
		err = errContinued
	}
	return out, nil, err
}

// asked is a continuation that a program asks for.
type asked struct {
	run     workflow.Run
	newest  int
	by      string // the run that continues it already; then there is no more than this
	hash    string // that was sent
	typed   string // that was sent as the workflow's name
	confirm string // the name that has to be sent, "" when no step destroys
	request engine.ContinueRequest
	plan    engine.Continuation
	fields  map[string]string // what is wrong with each input
}

// apiContinuation reads what a run is to go on with: its own inputs, with those that are given in their place. It is
// never nil.
func (h *Handlers) apiContinuation(r *http.Request) (*asked, error) {
	a := &asked{}
	var err error
	if a.run, err = h.runFor(r); err == nil && !tokenOf(r).Covers(a.run.WorkflowID) {
		err = errNoRun
	}
	if err != nil {
		return a, err
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return a, err
	}
	body, err := readContinuation(r.Header.Get("Content-Type"), raw)
	if err != nil {
		return a, err
	}
	number := body.Version
	if number == 0 {
		number = a.run.Version
	}
	v, newest, err := h.versionToGoOn(r, a.run, number)
	if err != nil {
		return a, err
	}
	a.newest, a.hash, a.typed = newest, body.Hash, body.Confirm
	a.request = engine.ContinueRequest{RunID: a.run.ID, Version: v, Again: body.Again, Keep: body.Keep, WithoutPlan: body.WithoutPlan, By: user(r)}
	if a.by, err = h.DB.ContinuedBy(r.Context(), a.run.ID); err != nil || a.by != "" {
		return a, err
	}
	if why := engine.Continuable(a.run); why != "" {
		return a, fault.New(fault.Conflict, "%s", why)
	}
	input := trigger.Given(v.Definition.RunFields(), goOnWith(v.Definition.RunFields(), a.run.Input, body.Inputs))
	err = h.checkInputs(r, v, input)
	a.request.Input, a.fields = input.Values, input.Errors
	return a, err
}

// goOnWith lays inputs that are given over those that the run had, as far as the version still asks for them.
func goOnWith(fields []form.Field, had, given map[string]string) map[string]string {
	out := map[string]string{}
	for _, f := range fields {
		if value, ok := had[f.Name]; ok {
			out[f.Name] = value
		}
	}
	for name, value := range given {
		out[name] = value
	}
	return out
}

// planAPI fills in what will be done, and refuses names of steps that say nothing: a slip would go unseen.
func (h *Handlers) planAPI(r *http.Request, a *asked) (err error) {
	if a.plan, err = h.Engine.PlanContinuation(r.Context(), a.request); err != nil {
		return err
	}
	a.confirm = toConfirm(h.actions(r.Context()), a.plan)
	takes := map[string]bool{}
	does := map[string]bool{}
	a.plan.Every(func(row workflow.ResumedStep) {
		takes[row.Key] = takes[row.Key] || row.What == workflow.TakeOver
		does[row.Key] = does[row.Key] || row.What != workflow.TakeOver
	})
	for _, key := range a.request.Again {
		if !does[key] {
			return fault.New(fault.Invalid, "\"again\" names %q, which is no step of the run that can be done again; name steps as the plan does.", key)
		}
	}
	for _, key := range a.request.Keep {
		if !takes[key] {
			return fault.New(fault.Invalid, "\"keep\" names %q, which is no step of the run that can be kept as it is; name steps as the plan does.", key)
		}
	}
	return nil
}

// missing returns the keys of the steps that have to be named and were not.
func (a *asked) missing() []string {
	keys := []string{}
	a.plan.Every(func(row workflow.ResumedStep) {
		if row.Must() && !slices.Contains(a.request.Again, row.Key) && !slices.Contains(keys, row.Key) {
			keys = append(keys, row.Key)
		}
	})
	return keys
}

func (h *Handlers) continuationJSON(r *http.Request, a *asked) ContinuationJSON {
	out := ContinuationJSON{Run: a.run.ID, Version: a.request.Version.Number, Newest: max(a.newest, a.request.Version.Number), Hash: a.plan.Hash,
		Changed: append([]string{}, a.plan.Changed...), Missing: a.missing(), Confirm: a.confirm, Gone: []string{}}
	if held := a.plan.Held; held.RehearsalID != "" {
		out.Plan = &HeldPlanJSON{Rehearsal: held.RehearsalID, Hash: held.Hash, Holds: a.plan.Freed == "", Why: a.plan.Freed}
	}
	for _, s := range a.plan.Gone {
		out.Gone = append(out.Gone, s.Title)
	}
	known := h.actions(r.Context())
	var rows func([]workflow.ResumedStep) []ResumedStepJSON
	rows = func(list []workflow.ResumedStep) (out []ResumedStepJSON) {
		for _, row := range list {
			spec, _ := known.Get(row.Step.Action)
			out = append(out, ResumedStepJSON{Step: row.Key, Title: row.Step.Title, Action: row.Step.Action, Was: string(row.Was), What: row.What, Why: row.Why, Choice: row.Open,
				Must: row.Must(), Destroys: row.What != workflow.TakeOver && spec.Effect == workflow.Destroys, Runs: row.Runs, Within: rows(row.Within)})
		}
		return out
	}
	out.Steps = rows(a.plan.Rows)
	return out
}

// readContinuation reads the body of a request to continue a run.
func readContinuation(contentType string, raw []byte) (out continuationBody, err error) {
	bad := func(format string, args ...any) (continuationBody, error) {
		f := fault.New(fault.Invalid, format, args...)
		f.Code = trigger.CodeBody
		return continuationBody{}, f
	}
	if _, err := trigger.ReadBody(contentType, raw); err != nil {
		return out, err
	}
	var body map[string]json.RawMessage
	if err := json.Unmarshal(raw, &body); err != nil || body == nil {
		return bad(`The body is no object; send {"inputs": {"name": "value"}}, or {}.`)
	}
	for name, value := range body {
		switch name {
		case "hash":
			err = json.Unmarshal(value, &out.Hash)
		case "version":
			err = json.Unmarshal(value, &out.Version)
		case "again":
			err = json.Unmarshal(value, &out.Again)
		case "keep":
			err = json.Unmarshal(value, &out.Keep)
		case "confirm":
			err = json.Unmarshal(value, &out.Confirm)
		case "without_plan":
			err = json.Unmarshal(value, &out.WithoutPlan)
		case "inputs":
			if out.Inputs, err = readInputs(contentType, []byte(`{"inputs":`+string(value)+`}`)); err != nil {
				return continuationBody{}, err
			}
		default:
			return bad(`The body holds %q, which is not known; send "inputs", "version", "again", "keep", "confirm", "without_plan" and "hash" as far as they are needed.`, name)
		}
		if err != nil {
			return bad(`%q is not right: "hash" and "confirm" are text, "version" is a number, "without_plan" true or false, "again" and "keep" are lists of steps.`, name)
		}
	}
	return out, nil
}
