package handlers

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/engine"
	"caracal/fault"
	"caracal/form"
	"caracal/trigger"
	"caracal/workflow"
)

// sampleOf is a delivery's body as the sample of a mapping: JSON in any case.
func sampleOf(e trigger.Event) string {
	body, err := trigger.ReadBody(e.Type, []byte(e.Body))
	if err != nil {
		return e.Body
	}
	return indented(body)
}

// delivery is one request to a webhook, as far as it has been understood.
type delivery struct {
	t     trigger.Trigger
	event trigger.Event
	raw   []byte
	key   db.StartKey // the sender's own
	proof db.StartKey // the signature, which is good once
	input *form.Form
}

// HookReceive takes a delivery to a webhook: proof, body, mapping, inputs, run. What came of it is kept, and answered
// as JSON.
func (h *Handlers) HookReceive(w http.ResponseWriter, r *http.Request) error {
	t, held, err := h.DB.TriggerAt(r.Context(), r.PathValue("address"))
	if errors.Is(err, db.ErrNotFound) {
		return fault.New(fault.NotFound, "There is no webhook at this address; copy the address from the workflow's Triggers again.")
	}
	if err != nil {
		return err
	}
	d := delivery{t: t, event: trigger.Event{TriggerID: t.ID, At: h.now(), Type: r.Header.Get("Content-Type"), From: h.remote(r)}}
	out, err := h.deliver(w, r, &d, held)
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			err = tooLargeFault(t)
		}
		if f := fault.As(err); f != nil && f.Kind != fault.Internal && f.Kind != fault.NotFound {
			d.event.Outcome, d.event.Words, d.event.Status = trigger.Refused, whole422(f, d.input), statusOf(err)
			if err := h.DB.AddTriggerEvent(r.Context(), d.event); err != nil {
				return err
			}
		}
		if f := fault.As(err); f != nil && d.input != nil && !d.input.OK() {
			return h.problem(w, r, err, fieldErrors(d.input))
		}
		return h.problem(w, r, err, nil)
	}
	return h.answerRun(w, r, http.StatusAccepted, out)
}

func tooLargeFault(t trigger.Trigger) error {
	f := fault.New(fault.Invalid, "The body is larger than the %d KB that this webhook takes.", t.Webhook.KB())
	f.Code = codeTooLarge
	return f
}

// whole422 is a fault's sentence with those of the inputs.
func whole422(f *fault.Error, input *form.Form) string {
	words := f.Message
	if input == nil {
		return words
	}
	for _, field := range input.Fields {
		if bad := input.Errors[field.Name]; bad != "" {
			words += " " + field.Label + ": " + bad
		}
	}
	return words
}

// deliver does one delivery, in the order in which a stranger learns least.
func (h *Handlers) deliver(w http.ResponseWriter, r *http.Request, d *delivery, held db.Secrets) (out startedRun, err error) {
	if d.raw, err = io.ReadAll(http.MaxBytesReader(w, r.Body, int64(d.t.Webhook.KB())<<10)); err != nil {
		return out, err
	}
	if err := h.prove(r, d, held); err != nil {
		return out, err
	}
	d.event.Known, d.event.Body = true, printable(d.raw)
	if d.t.Paused {
		f := fault.New(fault.Conflict, "This webhook is paused; send again once it goes on.")
		f.Code = trigger.CodePaused
		return out, f
	}
	body, err := trigger.ReadBody(d.event.Type, d.raw)
	if err != nil {
		return out, err
	}
	if err := d.takeKey(r); err != nil {
		return out, err
	}
	v, err := h.newestVersion(r, d.t.WorkflowID)
	if err != nil {
		return out, err
	}
	d.input = d.t.Webhook.Mapped(v.Definition.RunFields(), body, h.now())
	if err := h.checkInputs(r, v, d.input); err != nil {
		return out, err
	}
	owner := auth.User{ID: d.t.CreatedBy}
	d.event.Status = http.StatusAccepted
	started, err := h.Engine.Begin(r.Context(), engine.StartRequest{Version: v, Input: d.input.Values, By: owner, Actor: db.System, Trigger: d.t,
		Behind: d.t.Behind(), Key: d.key, Proof: d.proof, Event: d.event})
	return startedRun{StartedRun: started, version: v}, err
}

// prove holds the delivery against the webhook's secrets: the one in use, and the one before it while both are good.
func (h *Handlers) prove(r *http.Request, d *delivery, held db.Secrets) (err error) {
	var sig trigger.Signature
	if d.t.Webhook.Proof == trigger.Signed {
		if sig, err = trigger.ParseSignature(r.Header.Get(trigger.SignatureHeader)); err != nil && len(held.Now.Sealed) > 0 {
			return err
		}
	}
	err = noSecret()
	for i, s := range held.Good(h.now()) {
		var wrong error
		switch {
		case d.t.Webhook.Proof == trigger.Bearer && len(s.Hash) > 0:
			wrong = trigger.VerifyBearer(r.Header.Get("Authorization"), s.Hash)
		case d.t.Webhook.Proof == trigger.Signed && len(s.Sealed) > 0:
			text, opened := h.Keys.Open(s.Sealed, secretPlace(d.t))
			if opened != nil {
				return fmt.Errorf("open a webhook's secret: %w", opened)
			}
			wrong = sig.Verify(text.Reveal(), d.raw, h.now(), d.t.Webhook.Minutes())
		default: // it is for the other kind of proof
			continue
		}
		if wrong == nil {
			d.event.SecretAt = s.At
			d.proof = proofOf(d, sig)
			return nil
		}
		if i == 0 {
			err = wrong
		}
	}
	return err
}

// proofOf makes a signature good for one run. It stays good until its window has passed on both sides of its time.
func proofOf(d *delivery, sig trigger.Signature) db.StartKey {
	if d.t.Webhook.Proof == trigger.Bearer {
		return db.StartKey{}
	}
	return db.StartKey{Scope: "signed:" + d.t.ID, Key: sig.Fingerprint(d.raw), Life: 2*time.Duration(d.t.Webhook.Minutes())*time.Minute + time.Minute, Replay: true}
}

func noSecret() error {
	f := fault.New(fault.Forbidden, "This webhook has no secret of its kind yet, so it takes nothing; make one on its page.")
	f.Code = trigger.CodeSignature
	return f
}

// takeKey makes the sender's own key, where there is one, what makes the delivery one that starts a run once.
func (d *delivery) takeKey(r *http.Request) error {
	key, err := idempotencyKey(r)
	if err != nil || key == "" {
		return err
	}
	d.key = db.StartKey{Scope: "hook:" + d.t.ID, Key: key, Body: hex.EncodeToString(trigger.Hash(string(d.raw))), Life: trigger.KeyLife}
	return nil
}

// newestVersion returns what a trigger of a workflow runs.
func (h *Handlers) newestVersion(r *http.Request, workflowID string) (workflow.Version, error) {
	flow, err := h.DB.Workflow(r.Context(), workflowID)
	if err != nil {
		return workflow.Version{}, err
	}
	if flow.Archived || flow.Published == 0 {
		return workflow.Version{}, fault.New(fault.Conflict, "This workflow can't be run now; a builder has to publish it first.")
	}
	return h.DB.WorkflowVersion(r.Context(), flow.ID, flow.Published)
}

// checkInputs says what is wrong with inputs from outside; pickers are looked up in the org.
func (h *Handlers) checkInputs(r *http.Request, v workflow.Version, f *form.Form) error {
	if f.OK() && h.Connect != nil {
		if err := h.Connect.ResolvePickers(r.Context(), v.Definition.ApplicationID, f); err != nil {
			return err
		}
	}
	if f.OK() {
		return nil
	}
	bad := fault.New(fault.Invalid, "The workflow's inputs are not right, so nothing was started.")
	bad.Code = codeInputs
	return bad
}

func fieldErrors(f *form.Form) map[string]string { return f.Errors }

func (h *Handlers) runURL(id string) string { return h.PublicURL + "/runs/" + url.PathEscape(id) }
