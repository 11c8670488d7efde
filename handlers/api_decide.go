package handlers

import (
	"encoding/json"
	"net/http"
	"slices"

	"caracal/engine"
	"caracal/fault"
	"caracal/trigger"
	"caracal/workflow"
)

// decisions are the answers about a step in doubt, as forms and programs send them.
var decisions = map[string]engine.Decision{"done": engine.Done, "repeat": engine.Repeat, "fail": engine.Fail}

// APIRunDecide answers the step of a run that it could not be told of whether it was done, and answers with the run as it is
// then: {"step": "…", "decision": "done" | "repeat" | "fail"}. The run says which step asks, and what was found.
func (h *Handlers) APIRunDecide(w http.ResponseWriter, r *http.Request) error {
	run, err := h.apiDecide(r)
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	return answerJSON(w, http.StatusOK, h.asJSON(run))
}

func (h *Handlers) apiDecide(r *http.Request) (run workflow.Run, err error) {
	run, err = h.managed(r)
	if err == nil && !tokenOf(r).Covers(run.WorkflowID) {
		err = errNoRun
	}
	if err != nil {
		return run, err
	}
	var body struct{ Step, Decision string }
	in := json.NewDecoder(r.Body)
	in.DisallowUnknownFields()
	if in.Decode(&body) != nil || in.More() || decisions[body.Decision] == "" {
		f := fault.New(fault.Invalid, `The body can't be read; send {"step": "…", "decision": "done"}, or "repeat" or "fail" as the decision.`)
		f.Code = trigger.CodeBody
		return run, f
	}
	at := slices.IndexFunc(run.Steps, func(s workflow.RunStep) bool { return s.StepID == body.Step })
	if at < 0 {
		return run, fault.New(fault.Invalid, "This run has no step %q; name the one whose state is \"uncertain\".", body.Step)
	}
	if err := h.Engine.Decide(r.Context(), run.ID, at, decisions[body.Decision], user(r)); err != nil {
		return run, err
	}
	return h.DB.Run(r.Context(), run.ID)
}
