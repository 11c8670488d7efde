package handlers

import (
	"net/http"

	"caracal/auth"
	"caracal/fault"
	"caracal/views"
	"caracal/views/ui"
)

// AccountShow shows who one is, what one may do, and where one is signed in.
func (h *Handlers) AccountShow(w http.ResponseWriter, r *http.Request) error {
	user, current, _ := auth.From(r.Context())
	sessions, err := h.DB.Sessions(r.Context(), user.ID)
	if err != nil {
		return err
	}
	p := views.AccountProps{Shell: h.shell(r, "account"), Now: h.Clock()}
	for _, s := range sessions {
		p.Sessions = append(p.Sessions, views.SessionRow{Session: s, Current: s.ID == current.ID})
	}
	return h.render(w, r, http.StatusOK, views.AccountPage(p))
}

// SessionEnd ends another of one's own sessions. The present one ends by signing out.
func (h *Handlers) SessionEnd(w http.ResponseWriter, r *http.Request) error {
	user, current, _ := auth.From(r.Context())
	id := r.PathValue("id")
	if id == current.ID {
		return fault.New(fault.Conflict, "This is the session that you are using; sign out to end it.")
	}
	err := h.DB.EndSession(r.Context(), user.ID, id, user)
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "This session has already ended.").Because(err)
	}
	if err != nil {
		return err
	}
	h.flash(w, r, ui.Good, "The session has ended.")
	return h.redirect(w, r, "/account")
}
