package handlers

import (
	"fmt"
	"net/http"

	"caracal/db"
	"caracal/views/ui"
)

// flash keeps a message for the next page that this browser shows. The session is saved when the handler
// redirects or renders.
func (h *Handlers) flash(_ http.ResponseWriter, r *http.Request, tone ui.Tone, text string) {
	session, err := h.Sessions.Get(r, SessionName)
	if err != nil { // the action was done all the same; only its message is lost
		h.Log.Warn("keep a message for the next page", "err", err)
		return
	}
	session.AddFlash(db.Flash{Kind: string(tone), Text: text})
}

// takeFlashes returns the messages kept for this page, and forgets them.
func (h *Handlers) takeFlashes(r *http.Request) []ui.Flash {
	session, err := h.Sessions.Get(r, SessionName)
	if err != nil {
		h.Log.Warn("read the messages kept for a page", "err", err)
		return nil
	}
	var out []ui.Flash
	for _, f := range session.Flashes() {
		if flash, ok := f.(db.Flash); ok {
			out = append(out, ui.Flash{Tone: ui.Tone(flash.Kind), Text: flash.Text})
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
