package handlers

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"caracal/connect"
	"caracal/db"
	"caracal/fault"
	"caracal/trigger"
)

// MaxDelivery is what one delivery of an event hook may weigh.
const MaxDelivery = trigger.MaxDelivery

// challengeHeader carries the challenge of Okta's one-time verification (Okta docs, "Event hooks").
const challengeHeader = "X-Okta-Verification-Challenge"

// maxChallenge is the longest challenge that is given back.
const maxChallenge = 512

// EventVerify answers Okta's one-time verification: whoever knows the secret gets the challenge back.
func (h *Handlers) EventVerify(w http.ResponseWriter, r *http.Request) error {
	src, _, err := h.knownHook(r)
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	challenge := r.Header.Get(challengeHeader)
	if challenge == "" || len(challenge) > maxChallenge {
		f := fault.New(fault.Invalid, "The header %s is missing or too long; this address is for Okta's event hooks alone.", challengeHeader)
		f.Code = trigger.CodeBody
		return h.problem(w, r, f, nil)
	}
	if err := h.DB.NoteVerified(r.Context(), src.ApplicationID); err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, map[string]string{"verification": challenge})
}

// EventReceive takes a delivery of an event hook. It is answered once what has to be started is stored; Okta waits three
// seconds, and sends again at most once (Okta docs, "Event hooks", Timeout and retry).
func (h *Handlers) EventReceive(w http.ResponseWriter, r *http.Request) error {
	src, made, err := h.knownHook(r)
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxDelivery))
	if err != nil {
		return err
	}
	events, unread, err := trigger.ReadDelivery(raw)
	if err != nil {
		return h.problem(w, r, err, nil)
	}
	// What was received is stored also when Okta no longer waits: it would send it again, and be told apart.
	if err := h.Engine.TakeEvents(context.WithoutCancel(r.Context()), db.Intake{ApplicationID: src.ApplicationID, Events: events, By: db.ByHook, Unread: unread, SecretAt: made}); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// knownHook returns what is called at the address, for a caller who knows its secret, and when that secret was made. All
// of the secrets that are good are compared, in constant time.
func (h *Handlers) knownHook(r *http.Request) (trigger.Source, time.Time, error) {
	src, held, err := h.DB.EventSourceAt(r.Context(), r.PathValue("address"))
	if errors.Is(err, db.ErrNotFound) {
		return src, time.Time{}, fault.New(fault.NotFound, "There is no event hook at this address; copy the address from the application's Events again.")
	}
	if err != nil {
		return src, time.Time{}, err
	}
	sent := trigger.Hash(r.Header.Get("Authorization"))
	var made time.Time
	known := false
	for _, s := range held.Good(h.now()) {
		text, err := h.Keys.Open(s.Sealed, connect.EventSecretPlace(src.ApplicationID))
		if err != nil {
			return src, made, fmt.Errorf("open an event hook's secret: %w", err)
		}
		if subtle.ConstantTimeCompare(sent, trigger.Hash(text.Reveal())) == 1 && !known {
			known, made = true, s.At
		}
	}
	if !known {
		f := fault.New(fault.Forbidden, "The secret in the header Authorization is not this event hook's; enter it in Okta as the authentication secret, with Authorization as the authentication field.")
		f.Code = trigger.CodeSignature
		return src, made, f
	}
	return src, made, nil
}
