package handlers

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"caracal/db"
	"caracal/fault"
	"caracal/secret"
	"caracal/trigger"
	"caracal/views/ui"
	"caracal/workflow"
)

// secretPlace is where a webhook's secret is sealed for. One that was replaced stays sealed as it was.
func secretPlace(t trigger.Trigger) secret.Place {
	return secret.Place{Table: "run_trigger", Row: t.ID, Column: "secret_sealed"}
}

// TriggerSecret makes a webhook's secret, or a new one in its place, and shows it this once. The old one is good for as
// long as the person says.
func (h *Handlers) TriggerSecret(w http.ResponseWriter, r *http.Request) error {
	flow, t, err := h.webhookFor(r)
	if err != nil {
		return err
	}
	overlap, err := overlapOf(r)
	if err != nil {
		return err
	}
	text, err := h.newTriggerSecret(r, t, overlap, seen(r))
	if errors.Is(err, db.ErrStale) {
		h.flash(w, r, ui.Bad, secretStale)
		return h.redirect(w, r, triggerPath(t))
	}
	if err != nil {
		return err
	}
	if t, err = h.DB.Trigger(r.Context(), t.ID); err != nil {
		return err
	}
	return h.showTrigger(w, r, flow, t, text)
}

// newTriggerSecret makes and stores a webhook's secret in the place of the one that was seen, and returns it.
func (h *Handlers) newTriggerSecret(r *http.Request, t trigger.Trigger, overlap time.Duration, seen db.Seen) (string, error) {
	text, made, err := db.NewSecret(h.Keys, secretPlace(t), h.Clock())
	if err != nil {
		return "", err
	}
	if t.Webhook.Proof == trigger.Bearer { // who sends it as it is, is compared and not signed for
		made.Sealed, made.Hash = nil, trigger.Hash(text)
	}
	return text, h.DB.SetTriggerSecret(r.Context(), t, made, made.OldUntil(t.SecretAt, overlap), seen, user(r))
}

// TriggerSecretEnd ends a webhook's replaced secret before its time.
func (h *Handlers) TriggerSecretEnd(w http.ResponseWriter, r *http.Request) error {
	_, t, err := h.webhookFor(r)
	if err != nil {
		return err
	}
	if err := h.DB.EndOldSecret(r.Context(), t, user(r)); err != nil {
		return err
	}
	h.flash(w, r, ui.Good, "The old secret of "+t.Label()+" is refused from now on.")
	return h.redirect(w, r, triggerPath(t))
}

func (h *Handlers) webhookFor(r *http.Request) (workflow.Workflow, trigger.Trigger, error) {
	return h.webhookOf(r, h.editable)
}

// webhookOf returns the webhook that the address names, of the workflow that is found there.
func (h *Handlers) webhookOf(r *http.Request, find func(*http.Request) (workflow.Workflow, error)) (workflow.Workflow, trigger.Trigger, error) {
	flow, err := find(r)
	if err != nil {
		return flow, trigger.Trigger{}, err
	}
	t, err := h.triggerFor(r, flow)
	if err == nil && t.Kind != trigger.Webhook {
		err = fault.New(fault.Invalid, "Only a webhook has a secret.")
	}
	return flow, t, err
}

// overlapOf reads how long the secret before a new one stays good, in hours.
func overlapOf(r *http.Request) (time.Duration, error) {
	if err := r.ParseForm(); err != nil {
		return 0, unreadable(err)
	}
	text := r.PostForm.Get("overlap")
	if text == "" {
		return trigger.DefaultOverlap, nil
	}
	hours, err := strconv.Atoi(text)
	if err != nil {
		hours = -1
	}
	return overlapIn(hours)
}

// overlapIn is an overlap of hours, which has to be one of those that can be chosen.
func overlapIn(hours int) (time.Duration, error) {
	overlap := time.Duration(hours) * time.Hour
	if !slices.Contains(trigger.Overlaps, overlap) {
		return 0, fault.New(fault.Invalid, "Choose from the list how long the old secret stays good; nothing was changed.")
	}
	return overlap, nil
}
