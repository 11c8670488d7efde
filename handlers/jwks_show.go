package handlers

import (
	"net/http"
)

// JWKSShow serves the public keys that Caracal made for one application, for Okta to fetch (RFC 7517, section
// 5). It is public: that is what public keys are for.
func (h *Handlers) JWKSShow(w http.ResponseWriter, r *http.Request) error {
	set, err := h.Connect.PublicSet(r.Context(), r.PathValue("set"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", "public, max-age=60")
	_, err = w.Write(set)
	return err
}
