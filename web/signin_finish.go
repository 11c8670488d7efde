package web

import (
	"errors"
	"fmt"
	"net/http"

	"caracal/auth"
	"caracal/db"
	"caracal/secret"
)

// signInFinish takes the provider's answer (OpenID Connect Core §3.1.2.5) and opens a session.
func (s *Server) signInFinish(w http.ResponseWriter, r *http.Request) error {
	if !s.returns.allow(s.clientIP(r)) {
		return s.tooMany(w)
	}
	q := r.URL.Query()
	attempt, err := s.takeAttempt(w, r, q.Get("state"))
	if err != nil {
		return err
	}
	if code := q.Get("error"); code != "" {
		return refused("the provider refused it").Because(fmt.Errorf("%q: %q", code, q.Get("error_description")))
	}
	if err := s.checkIssuer(r); err != nil {
		return err
	}
	user, idToken, err := s.provider.identify(r.Context(), q.Get("code"), attempt.Nonce, attempt.Verifier)
	if err != nil {
		return err
	}
	if len(user.Roles) == 0 {
		return s.denyEntry(w, r, user)
	}
	user, err = s.sessions.Begin(w, r, user, func(sessionID string) (secret.Sealed, error) {
		return s.cfg.Keys.Seal(secret.NewText(idToken), db.IDTokenPlace(sessionID))
	})
	if err != nil {
		return err
	}
	s.cfg.Log.Info("signed in", "user", user.ID, "request", infoOf(r.Context()).id)
	http.Redirect(w, r, attempt.ReturnTo, http.StatusSeeOther)
	return nil
}

// takeAttempt finds the attempt that this browser began with this state. It serves once.
func (s *Server) takeAttempt(w http.ResponseWriter, r *http.Request, state string) (db.SignInAttempt, error) {
	var none db.SignInAttempt
	cookie, err := r.Cookie(s.attemptCookie("", 0).Name)
	if err != nil || state == "" {
		return none, refused("it was not begun in this browser, or took more than ten minutes")
	}
	attempt, err := s.cfg.DB.TakeSignIn(r.Context(), hashOf(state), hashOf(cookie.Value))
	if errors.Is(err, db.ErrNotFound) {
		return none, refused("it was not begun in this browser, or took more than ten minutes")
	}
	if err != nil {
		return none, err
	}
	http.SetCookie(w, s.attemptCookie("", -1))
	return attempt, nil
}

// checkIssuer compares the iss parameter (RFC 9207 §2.4): when it is there it must be the provider that we
// sent the browser to, and when the provider promises to send it, it must be there.
func (s *Server) checkIssuer(r *http.Request) error {
	d, err := s.provider.discover(r.Context())
	if err != nil {
		return err
	}
	given, sent := r.URL.Query()["iss"]
	if sent && (len(given) != 1 || given[0] != s.cfg.SignIn.Issuer) || !sent && d.issSent {
		return refused("the answer came from another provider")
	}
	return nil
}

// denyEntry is for somebody whom the provider knows and no role is mapped for. No session is opened.
func (s *Server) denyEntry(w http.ResponseWriter, r *http.Request, user auth.User) error {
	subject := user.Issuer + "|" + user.Subject
	if err := s.cfg.DB.Record(r.Context(), db.System, "session.denied", subject, map[string]any{
		"name": user.Label(), "groups": user.Groups, "ip": s.clientIP(r),
	}); err != nil {
		return err
	}
	return s.cfg.Handlers.NoRolePage(w, r, user)
}

func (s *Server) whomToAsk() string {
	if s.cfg.Handlers.Contact != "" {
		return s.cfg.Handlers.Contact
	}
	return "the administrator of Caracal"
}
