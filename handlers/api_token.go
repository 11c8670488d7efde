package handlers

import (
	"context"
	"errors"
	"net/http"

	"caracal/auth"
	"caracal/db"
	"caracal/fault"
	"caracal/trigger"
)

// ErrNoToken says that a request carries no API token.
var ErrNoToken = errors.New("no API token")

// TokenIn is who a request with a token is of.
type TokenIn struct {
	User  auth.User
	Token trigger.Token
}

// TokenUser returns whose token a request carries. A token that is wrong, has ended or was revoked is a fault.
func (h *Handlers) TokenUser(r *http.Request) (TokenIn, error) {
	text, ok := trigger.BearerToken(r.Header.Get("Authorization"))
	if !ok {
		return TokenIn{}, ErrNoToken
	}
	t, err := h.DB.TokenByHash(r.Context(), trigger.Hash(text))
	if errors.Is(err, db.ErrNotFound) {
		return TokenIn{}, fault.New(fault.Forbidden, "This is no token of this Caracal; copy it again, or ask a builder or an admin for a new one.")
	}
	if err != nil {
		return TokenIn{}, err
	}
	if err := t.Usable(h.Clock()); err != nil {
		return TokenIn{}, err
	}
	u, err := h.DB.User(r.Context(), t.PersonID)
	if err == nil {
		u, err = h.Proved(r.Context(), u)
	}
	if err == nil {
		u, err = t.In(u, h.Proof, h.Clock())
	}
	if err != nil {
		return TokenIn{}, err
	}
	return TokenIn{User: u, Token: t}, h.DB.NoteTokenUse(r.Context(), t)
}

type tokenKey struct{}

// WithToken returns a context that carries the token of a request.
func WithToken(ctx context.Context, t trigger.Token) context.Context {
	return context.WithValue(ctx, tokenKey{}, t)
}

// MayChange says why the token of a request may not change workflows and triggers, or nil.
func MayChange(r *http.Request) error { return tokenOf(r).MayChange() }

func tokenOf(r *http.Request) trigger.Token {
	t, _ := r.Context().Value(tokenKey{}).(trigger.Token)
	return t
}
