package handlers

import (
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

// saveSession stores what changed in the session; nothing is written when nothing did. A database that can't be
// written to must not keep a page from saying so, so a failure is only logged.
func (h *Handlers) saveSession(w http.ResponseWriter, r *http.Request) {
	session, err := h.Sessions.Get(r, SessionName)
	if err == nil {
		err = session.Save(r, w)
	}
	if err != nil {
		h.Log.Warn("save the session", "err", err)
	}
}
