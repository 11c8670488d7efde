package web

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"caracal/auth"
	"caracal/db"
	"caracal/fault"
)

// attemptLife is how long somebody may stay on the provider's page.
const attemptLife = 10 * time.Minute

// signInPage shows the button that leads to the provider, or which settings are missing.
func (s *Server) signInPage(w http.ResponseWriter, r *http.Request) error {
	to := localPath(r.URL.Query().Get("to"))
	if _, _, ok := auth.From(r.Context()); ok {
		http.Redirect(w, r, to, http.StatusSeeOther)
		return nil
	}
	return s.cfg.Handlers.SignInPage(w, r, to, s.cfg.Missing)
}

// signInStart sends the browser to the provider. It is a link and not a form: Chromium applies form-action to
// the redirects after a POST, and the provider is another origin. What it stores is bound to this browser, and
// changes nothing of anybody's.
func (s *Server) signInStart(w http.ResponseWriter, r *http.Request) error {
	if len(s.cfg.Missing) > 0 {
		http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
		return nil
	}
	if !s.starts.allow(s.clientIP(r)) {
		return s.tooMany(w)
	}
	d, err := s.provider.discover(r.Context())
	if err != nil {
		return err
	}
	state, nonce, browser, verifier := randomToken(), randomToken(), randomToken(), oauth2.GenerateVerifier()
	err = s.cfg.DB.BeginSignIn(r.Context(), db.SignInAttempt{
		StateHash: hashOf(state), BrowserHash: hashOf(browser), Nonce: nonce, Verifier: verifier,
		ReturnTo: localPath(r.URL.Query().Get("to")), Ends: s.cfg.Clock().Add(attemptLife),
	})
	if err != nil {
		return err
	}
	http.SetCookie(w, s.attemptCookie(browser, int(attemptLife/time.Second)))
	to := s.provider.oauth(d).AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier))
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// attemptCookie binds an attempt to one browser, so that nobody can finish in your browser a sign-in that they
// began in theirs.
func (s *Server) attemptCookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: s.sessions.cookieName() + "_signin", Value: value, Path: "/", MaxAge: maxAge,
		Secure: s.secure(), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// tooMany answers 429: the address has used its budget.
func (s *Server) tooMany(w http.ResponseWriter) error {
	return tooOften(w, "There were too many sign-ins from your address; wait a minute, then try again.")
}

func tooOften(w http.ResponseWriter, sentence string) error {
	w.Header().Set("Retry-After", "60")
	return &tooManyError{fault.New(fault.Busy, "%s", sentence)}
}

// tooManyError is a fault that is answered with 429 instead of 503.
type tooManyError struct{ cause *fault.Error }

func (e *tooManyError) Error() string { return e.cause.Error() }

func (e *tooManyError) Unwrap() error { return e.cause }

func randomToken() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails: crypto/rand.Read crashes the program instead (Go 1.24)
	return base64.RawURLEncoding.EncodeToString(b)
}
