package handlers

import (
	"net/http"
	"time"

	"caracal/db"
	"caracal/trigger"
	"caracal/views"
	"caracal/workflow"
)

// TriggerJSON is what starts a workflow by itself or from outside, as programs get it.
type TriggerJSON struct {
	ID         string      `json:"id"` // or form, csv, api
	Kind       string      `json:"kind"`
	Name       string      `json:"name"`
	Words      string      `json:"words"` // when it starts runs, or how it is reached
	Paused     bool        `json:"paused"`
	Guards     []string    `json:"guards"`                // what its guard rails hold back, in words
	Next       []time.Time `json:"next,omitempty"`        // of a schedule that is on: the next five times
	Zone       string      `json:"zone,omitempty"`        // of a schedule
	CatchUp    string      `json:"catch_up,omitempty"`    // of a schedule: skip, once or all
	Address    string      `json:"address,omitempty"`     // of a webhook, and of the form
	Secret     string      `json:"secret,omitempty"`      // of a webhook: just made, and told this once
	SecretAt   *time.Time  `json:"secret_at,omitempty"`   // of a webhook: when its secret was made
	SecretSeen string      `json:"secret_seen,omitempty"` // of a webhook: marks which secret there is, for who replaces it
	Token      string      `json:"token,omitempty"`       // name of the API token by which it was changed last
	Outcome    string      `json:"outcome,omitempty"`     // of a change: created, updated, unchanged or deleted
	Warnings   []string    `json:"warnings,omitempty"`    // what did not follow, in sentences
	URL        string      `json:"url"`                   // its page
	Last       *EventJSON  `json:"last,omitempty"`
	Events     []EventJSON `json:"events,omitempty"` // what came lately, newest first; of one trigger alone
}

// EventJSON is one occasion on which a trigger could have started a run.
type EventJSON struct {
	At      time.Time  `json:"at"`
	Due     *time.Time `json:"due_at,omitempty"` // of a schedule
	Outcome string     `json:"outcome"`          // started, waits, refused, skipped, repeated or passed
	Words   string     `json:"words,omitempty"`  // why, unless a run was started
	Run     string     `json:"run,omitempty"`
	Status  int        `json:"status,omitempty"` // of a delivery: what was answered
	Body    string     `json:"body,omitempty"`   // of a delivery of a known sender
}

// APITriggers lists everything that starts runs of a workflow.
func (h *Handlers) APITriggers(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.apiTriggered(r)
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	stored, builtIn, err := h.triggersOf(r.Context(), flow.ID)
	if err != nil {
		return err
	}
	list := []TriggerJSON{}
	for _, t := range append(stored, builtIn...) {
		list = append(list, h.triggerJSON(t))
	}
	return answerJSON(w, http.StatusOK, map[string]any{"triggers": list})
}

// APITriggerShow is one trigger, with the next times or the last deliveries.
func (h *Handlers) APITriggerShow(w http.ResponseWriter, r *http.Request) error {
	flow, err := h.apiTriggered(r)
	var t trigger.Trigger
	if err == nil {
		t, err = h.triggerFor(r, flow)
	}
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	return h.answerTrigger(w, r, t)
}

// APITriggerPause stops a trigger.
func (h *Handlers) APITriggerPause(w http.ResponseWriter, r *http.Request) error {
	return h.apiPause(w, r, true)
}

// APITriggerResume lets a paused trigger go on; what passed meanwhile is not caught up.
func (h *Handlers) APITriggerResume(w http.ResponseWriter, r *http.Request) error {
	return h.apiPause(w, r, false)
}

func (h *Handlers) apiPause(w http.ResponseWriter, r *http.Request, paused bool) error {
	flow, err := h.apiEditable(r)
	var t trigger.Trigger
	if err == nil {
		t, err = h.triggerFor(r, flow)
	}
	var warnings []string
	if err == nil && t.Paused != paused { // asking again changes nothing
		if t, err = h.setPaused(r, t, paused); err == nil {
			warnings, err = h.syncHooks(r.Context(), t.ApplicationID)
		}
		if err == nil {
			t, err = h.triggerFor(r, flow)
		}
	}
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	return h.answerTrigger(w, r, t, warnings...)
}

// apiTriggered is triggered for what the token covers.
func (h *Handlers) apiTriggered(r *http.Request) (workflow.Workflow, error) {
	flow, err := h.triggered(r)
	if err == nil && !tokenOf(r).Covers(flow.ID) {
		err = errNoWorkflow
	}
	return flow, err
}

func (h *Handlers) answerTrigger(w http.ResponseWriter, r *http.Request, t trigger.Trigger, warnings ...string) error {
	out := h.triggerJSON(t)
	out.Warnings = warnings
	if t.ID != "" {
		events, err := h.DB.TriggerEvents(r.Context(), t.ID)
		if err != nil {
			return err
		}
		for _, e := range events {
			out.Events = append(out.Events, eventJSON(e))
		}
	}
	return answerJSON(w, http.StatusOK, out)
}

func (h *Handlers) triggerJSON(t trigger.Trigger) TriggerJSON {
	out := TriggerJSON{Kind: string(t.Kind), Name: t.Label(), Words: views.TriggerWords(t), Paused: t.Paused, Guards: append([]string{}, t.Guards.Words()...), Token: t.UpdatedThrough.Name,
		URL: h.PublicURL + views.TriggerPath(t)}
	out.ID = triggerID(t)
	switch t.Kind {
	case trigger.Form:
		out.Address = h.PublicURL + "/workflows/" + t.WorkflowID + "/run"
	case trigger.Webhook:
		out.Address = h.PublicURL + "/hooks/" + t.Address
		out.SecretAt, out.SecretSeen = someTime(t.SecretAt), string(db.SeenSecret(t.SecretAt, t.OldAt))
	case trigger.Schedule:
		out.Zone, out.CatchUp = t.Schedule.Zone, string(t.Schedule.CatchUp)
		if times, err := t.Schedule.Parse(); err == nil && !t.Paused {
			out.Next = times.NextN(h.now(), shownTimes)
		}
	}
	if t.Last.ID != "" {
		last := eventJSON(t.Last)
		out.Last = &last
	}
	return out
}

func eventJSON(e trigger.Event) EventJSON {
	return EventJSON{At: e.At, Due: someTime(e.DueAt), Outcome: string(e.Outcome), Words: e.Words, Run: e.RunID, Status: e.Status, Body: e.Body}
}

// someTime is nil for no time.
func someTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
