package handlers

import (
	"fmt"
	"net/http"

	"caracal/db"
)

// flash keeps a message for the next page that this browser shows. kind is "success", "info", "warning" or
// "error". The session is saved when the handler redirects or renders.
func (h *Handlers) flash(r *http.Request, kind, format string, args ...any) error {
	session, err := h.Sessions.Get(r, SessionName)
	if err != nil {
		return fmt.Errorf("keep a message for the next page: %w", err)
	}
	session.AddFlash(db.Flash{Kind: kind, Text: fmt.Sprintf(format, args...)})
	return nil
}

// takeFlashes returns the messages kept for this page, and forgets them.
func (h *Handlers) takeFlashes(r *http.Request) []db.Flash {
	session, err := h.Sessions.Get(r, SessionName)
	if err != nil {
		h.Log.Warn("read the messages kept for a page", "err", err)
		return nil
	}
	var out []db.Flash
	for _, f := range session.Flashes() {
		if flash, ok := f.(db.Flash); ok {
			out = append(out, flash)
		}
	}
	return out
}

// saveSession stores what changed in the session; nothing is written when nothing did.
func (h *Handlers) saveSession(w http.ResponseWriter, r *http.Request) error {
	session, err := h.Sessions.Get(r, SessionName)
	if err != nil {
		return fmt.Errorf("read the session: %w", err)
	}
	if err := session.Save(r, w); err != nil {
		return fmt.Errorf("save the session: %w", err)
	}
	return nil
}
