package web

import (
	"net/http"

	"caracal/db"
	"caracal/fault"
	"caracal/handlers"
)

// signOut ends the session here, and leads on to the provider's own sign-out; so it does for somebody who has
// a session there and none here, for want of a role. It answers 200 with a page that moves on by the Refresh
// header: Chromium would apply our form-action to a redirect.
func (s *Server) signOut(w http.ResponseWriter, r *http.Request) error {
	open, ok, err := s.sessions.open(r, handlers.SessionName)
	if err != nil {
		return err
	}
	if ok {
		err := s.cfg.DB.EndSession(r.Context(), open.User.ID, open.ID, open.User)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	s.sessions.Expire(w)
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	return s.cfg.Handlers.SignedOutPage(w, r, s.leadOn(w, r, open))
}

// leadOn sets the way to the provider's sign-out and returns it, or "" when there is none: the session here has
// ended in any case.
func (s *Server) leadOn(w http.ResponseWriter, r *http.Request, open db.OpenSession) string {
	hint := ""
	if len(open.IDToken) > 0 {
		token, err := s.cfg.Keys.Open(open.IDToken, db.IDTokenPlace(open.ID))
		if err != nil {
			s.cfg.Log.Warn("open the hint for the provider's sign-out", "user", open.User.ID, "err", err)
		}
		hint = token.Reveal()
	}
	to, err := s.provider.endSessionURL(r.Context(), hint, s.base.JoinPath("/sign-in").String())
	if err != nil {
		s.cfg.Log.Warn("find the provider's sign-out", "user", open.User.ID, "err", err)
		return ""
	}
	if to != "" {
		w.Header().Set("Refresh", "0; url="+to)
	}
	return to
}
