package handlers

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"caracal/db"
	"caracal/engine"
	"caracal/fault"
	"caracal/form"
	"caracal/trigger"
	"caracal/workflow"
)

// APIRunCreate starts a run for a program: {"inputs": {"name": "value"}}.
func (h *Handlers) APIRunCreate(w http.ResponseWriter, r *http.Request) error {
	var input *form.Form
	out, err := h.apiStart(r, &input)
	if err != nil {
		var fields map[string]string
		if input != nil {
			fields = input.Errors
		}
		return h.problem(w, r, err, fields)
	}
	return h.answerRun(w, r, http.StatusCreated, out)
}

func (h *Handlers) apiStart(r *http.Request, input **form.Form) (out startedRun, err error) {
	v, err := h.runnable(r)
	if err == nil && !tokenOf(r).Covers(v.WorkflowID) {
		err = errNoWorkflow
	}
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
	planID, given, err := readStart(r.Header.Get("Content-Type"), raw)
	if err != nil {
		return out, err
	}
	*input = trigger.Given(v.Definition.RunFields(), given)
	var planned db.RunPlan
	if planID != "" {
		if planned, err = h.plannedRun(r, v, planID, input); err != nil {
			return out, err
		}
	}
	if err := h.checkInputs(r, v, *input); err != nil {
		return out, err
	}
	token, me := tokenOf(r), user(r)
	request := engine.StartRequest{Version: v, Input: (*input).Values, By: me, Trigger: trigger.Trigger{Kind: trigger.API, WorkflowID: v.WorkflowID},
		Via: "API token “" + token.Name + "”", Behind: token.CreatedBy, Plan: planned}
	if key != "" {
		request.Key = db.StartKey{Scope: "api:" + me.ID + ":" + v.WorkflowID, Key: key, Body: hex.EncodeToString(trigger.Hash(string(raw))), Life: trigger.KeyLife}
	}
	started, err := h.Engine.Begin(r.Context(), request)
	return startedRun{StartedRun: started, version: v}, err
}

// readStart reads the body of a request for a run: its inputs, or {"plan": "reh_…"} for the run that was rehearsed.
func readStart(contentType string, raw []byte) (planID string, inputs map[string]string, err error) {
	body, err := trigger.ReadBody(contentType, raw)
	if err != nil {
		return "", nil, err
	}
	if whole, ok := body.(map[string]any); ok && len(whole) == 1 {
		if id, ok := whole["plan"].(string); ok && id != "" {
			return id, nil, nil
		}
	}
	inputs, err = readInputs(contentType, raw)
	return "", inputs, err
}

// readInputs reads the body of a request for a run. Numbers and yes or no may be JSON's own; a list may be one.
func readInputs(contentType string, raw []byte) (map[string]string, error) {
	body, err := trigger.ReadBody(contentType, raw)
	if err != nil {
		return nil, err
	}
	bad := func(format string, args ...any) error {
		f := fault.New(fault.Invalid, format, args...)
		f.Code = trigger.CodeBody
		return f
	}
	whole, ok := body.(map[string]any)
	if !ok {
		return nil, bad(`The body is no object; send {"inputs": {"name": "value"}}.`)
	}
	for name := range whole {
		if name != "inputs" {
			return nil, bad(`The body holds %q, which is not known; send {"inputs": {"name": "value"}}.`, name)
		}
	}
	inputs, ok := whole["inputs"].(map[string]any)
	if !ok && whole["inputs"] != nil {
		return nil, bad(`"inputs" is no object; send {"inputs": {"name": "value"}}.`)
	}
	out := map[string]string{}
	for name, v := range inputs {
		text, ok := inputText(v)
		if !ok {
			return nil, bad("The input %q is an object; send text, a number, true, false, or a list of these.", name)
		}
		out[name] = text
	}
	return out, nil
}

func inputText(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case json.Number:
		return v.String(), true
	case []any:
		text := ""
		for i, e := range v {
			part, ok := inputText(e)
			if _, nested := e.([]any); !ok || nested {
				return "", false
			}
			if i > 0 {
				text += ","
			}
			text += part
		}
		return text, true
	}
	return "", false
}

// APIRunShow is one run, as a program follows it.
func (h *Handlers) APIRunShow(w http.ResponseWriter, r *http.Request) error {
	run, err := h.runFor(r)
	if err == nil && !tokenOf(r).Covers(run.WorkflowID) {
		err = errNoRun
	}
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	return answerJSON(w, http.StatusOK, h.asJSON(run))
}

// WorkflowJSON is a workflow as programs get it.
type WorkflowJSON struct {
	ID      string      `json:"id"`
	Name    string      `json:"name"`
	Version int         `json:"version"`
	Inputs  []InputJSON `json:"inputs"`
}

// InputJSON is one input of a workflow.
type InputJSON struct {
	Name     string `json:"name"`
	Label    string `json:"label"`
	Kind     string `json:"kind"`
	Required bool   `json:"required"`
}

// APIWorkflows lists the workflows that the token may run; ?name= narrows to those of this name, and with ?drafts=true those
// that were never published come along, for whoever may see them, as version 0.
func (h *Handlers) APIWorkflows(w http.ResponseWriter, r *http.Request) error {
	list, _, err := h.DB.WorkflowList(r.Context(), db.WorkflowFilter{Limit: 1000})
	if err != nil {
		return err
	}
	out := []WorkflowJSON{}
	name := r.URL.Query().Get("name")
	drafts := r.URL.Query().Get("drafts") == "true" && seesDrafts(user(r))
	for _, flow := range list {
		if flow.Published == 0 && !drafts || !tokenOf(r).Covers(flow.ID) {
			continue
		}
		if flow.Published == 0 {
			if name == "" || compareFold(name, flow.Draft.Name) == 0 {
				out = append(out, asWorkflowJSON(workflow.Version{WorkflowID: flow.ID, Definition: flow.Draft}))
			}
			continue
		}
		v, err := h.DB.WorkflowVersion(r.Context(), flow.ID, flow.Published)
		if errors.Is(err, db.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if (mayRun(user(r), v.Definition) || drafts) && (name == "" || compareFold(name, v.Definition.Name) == 0) {
			out = append(out, asWorkflowJSON(v))
		}
	}
	return answerJSON(w, http.StatusOK, map[string][]WorkflowJSON{"workflows": out})
}

func asWorkflowJSON(v workflow.Version) WorkflowJSON {
	out := WorkflowJSON{ID: v.WorkflowID, Name: v.Definition.Name, Version: v.Number, Inputs: []InputJSON{}}
	for _, in := range v.Definition.Inputs {
		out.Inputs = append(out.Inputs, InputJSON{Name: in.Name, Label: in.Label, Kind: string(in.Kind), Required: in.Required})
	}
	return out
}
