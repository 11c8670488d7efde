package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/gorilla/sessions"

	"caracal/auth"
	"caracal/db"
	"caracal/secret"
)

// Cookie names. Browsers accept the __Host- prefix only with Secure, Path=/ and no Domain, so that no other
// host can set it (RFC 6265bis §4.1.3.2); the loopback demo has no https and goes without.
const (
	secureCookie = "__Host-caracal"
	demoCookie   = "caracal_dev"
)

// Keys of sessions.Session.Values.
type valueKey int

const (
	openKey    valueKey = iota // db.OpenSession, when somebody is signed in
	flashesKey                 // []db.Flash, as stored
)

// gorillaFlashes is where sessions.Session keeps what AddFlash added.
const gorillaFlashes = "_flash"

// SessionStore is a sessions.Store over rows: the browser holds a random token and we hold its hash, so that a
// session can be listed and ended, and a copy of the database signs nobody in.
type SessionStore struct {
	DB       *db.DB
	Clock    func() time.Time
	Log      *slog.Logger
	Secure   bool
	Idle     time.Duration
	Absolute time.Duration
	IP       func(*http.Request) string
}

var _ sessions.Store = (*SessionStore)(nil)

// Get returns the session of this request, read once.
func (s *SessionStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session that the request's cookie names. Without one, or when it has ended, the session is
// new and belongs to nobody. An error means that the database did not answer.
func (s *SessionStore) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	session.IsNew = true
	session.Options = s.options()
	hash := s.tokenHash(r)
	if hash == nil {
		return session, nil
	}
	open, err := s.DB.SessionByToken(r.Context(), hash)
	if errors.Is(err, db.ErrNotFound) {
		return session, nil
	}
	if err != nil {
		return session, fmt.Errorf("read the session: %w", err)
	}
	if !isPoll(r) {
		s.touch(r, &open)
	}
	session.IsNew = false
	session.ID = open.ID
	session.Values[openKey] = open
	session.Values[flashesKey] = open.Flashes
	for _, f := range open.Flashes {
		session.AddFlash(f)
	}
	return session, nil
}

// touch moves the idle end, at most once a minute: a page is many requests. A database that can't be written to
// must not sign people out, so a failure is only logged.
func (s *SessionStore) touch(r *http.Request, open *db.OpenSession) {
	now := s.Clock()
	if now.Sub(open.LastSeenAt) < time.Minute {
		return
	}
	open.LastSeenAt = now
	open.IdleEnds = now.Add(s.Idle)
	if err := s.DB.TouchSession(r.Context(), open.ID, open.LastSeenAt, open.IdleEnds); err != nil {
		s.Log.Warn("touch the session", "user", open.User.ID, "err", err)
	}
}

// Save stores the messages kept for the next page, if they changed. Who is signed in changes only by Begin and
// End.
func (s *SessionStore) Save(r *http.Request, _ http.ResponseWriter, session *sessions.Session) error {
	if session.IsNew {
		return nil // nobody is signed in: there is no row to keep anything in
	}
	var now []db.Flash
	added, _ := session.Values[gorillaFlashes].([]any)
	for _, f := range added {
		if flash, ok := f.(db.Flash); ok {
			now = append(now, flash)
		}
	}
	stored, _ := session.Values[flashesKey].([]db.Flash)
	if slices.Equal(stored, now) {
		return nil
	}
	session.Values[flashesKey] = now
	return s.DB.SaveFlashes(r.Context(), session.ID, now)
}

// Begin signs a person in: a new token in every case, so that one planted before sign-in is worth nothing, and
// the session of the old token ends.
func (s *SessionStore) Begin(w http.ResponseWriter, r *http.Request, u auth.User, idToken func(sessionID string) (secret.Sealed, error)) (auth.User, error) {
	now := s.Clock()
	token := make([]byte, 32)
	rand.Read(token) // never fails: crypto/rand.Read crashes the program instead (Go 1.24)
	value := base64.RawURLEncoding.EncodeToString(token)
	n := db.NewSession{
		ID: db.NewID("session", now), TokenHash: hashOf(value), Replaces: s.tokenHash(r),
		IdleEnds: now.Add(s.Idle), Ends: now.Add(s.Absolute), IP: s.IP(r), UserAgent: firstRunes(r.UserAgent(), 300),
	}
	var err error
	if n.IDToken, err = idToken(n.ID); err != nil {
		return u, fmt.Errorf("seal the ID token: %w", err)
	}
	u, _, err = s.DB.SignIn(r.Context(), u, n)
	if err != nil {
		return u, err
	}
	http.SetCookie(w, sessions.NewCookie(s.cookieName(), value, s.options()))
	return u, nil
}

// Expire takes the cookie from the browser; the row is ended by the caller.
func (s *SessionStore) Expire(w http.ResponseWriter) {
	gone := s.options()
	gone.MaxAge = -1
	http.SetCookie(w, sessions.NewCookie(s.cookieName(), "", gone))
}

// open returns who is signed in on this request; ok is false when nobody is.
func (s *SessionStore) open(r *http.Request, name string) (open db.OpenSession, ok bool, err error) {
	session, err := s.Get(r, name)
	if err != nil {
		return open, false, err
	}
	open, ok = session.Values[openKey].(db.OpenSession)
	return open, ok, nil
}

func (s *SessionStore) cookieName() string {
	if s.Secure {
		return secureCookie
	}
	return demoCookie
}

// options are the cookie's attributes. Lax and not Strict: the return from the provider is a cross-site
// navigation.
func (s *SessionStore) options() *sessions.Options {
	return &sessions.Options{Path: "/", Secure: s.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// tokenHash returns the hash of the request's token, or nil without one.
func (s *SessionStore) tokenHash(r *http.Request) []byte {
	c, err := r.Cookie(s.cookieName())
	if err != nil || c.Value == "" {
		return nil
	}
	return hashOf(c.Value)
}

func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// firstRunes cuts a text that a stranger chose the length of.
func firstRunes(s string, n int) string {
	runes := []rune(s)
	return string(runes[:min(n, len(runes))])
}
