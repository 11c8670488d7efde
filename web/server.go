// Package web owns the HTTP server: routes, middleware, sessions, sign-in by OpenID Connect, errors to pages.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"caracal/db"
	"caracal/handlers"
	"caracal/secret"
)

// Config is what the server is made of. internal/app fills it.
type Config struct {
	DB       *db.DB
	Keys     *secret.Keyring // seals the hint that the provider's sign-out asks for
	Handlers *handlers.Handlers
	Clock    func() time.Time
	Log      *slog.Logger

	PublicURL      string // https://caracal.example.com; http only for a loopback demo
	TrustedProxies []netip.Prefix
	ProxyOnly      bool // nobody but the trusted proxies may connect: they serve TLS, and we don't
	SignIn         SignIn
	Missing        []string // settings without which nobody can sign in; shown instead of the sign-in button
	Limits         Limits
	ProbesOnly     bool                        // answer /healthz, /readyz and /metrics alone: a node that moves runs and serves no pages
	MetricsToken   secret.Text                 // with which /metrics is asked for; without one there are none
	Ready          func(context.Context) error // more than the database, for /readyz; may be nil
}

// Limits bound what one address may ask for, and how long a session lives. Zero fields take the defaults.
type Limits struct {
	Starts    int // sign-ins begun in a minute, by IP address
	Callbacks int // returns from the provider in a minute, by IP address
	Changes   int // changes and look-ups in an org in a minute, by person
	Knocks    int // deliveries to one webhook, or requests with one API token, in a minute, by IP address
	Idle      time.Duration
	Absolute  time.Duration
	// Recheck is after how long the org is asked again whether a person is active and in their groups; below zero is never.
	Recheck time.Duration
	// Proof is how long API tokens work after the roles of their person were last proved.
	Proof time.Duration
	// Page is how long a page waits for orgs altogether, for what it can do without; then it goes on and says so.
	Page time.Duration
}

// The defaults of Limits.
const (
	defaultStarts    = 10
	defaultCallbacks = 20
	defaultKnocks    = 120
	heardPerMinute   = 3000 // deliveries of event hooks
	defaultChanges   = 300  // a builder's page saves itself at every pause in typing
	defaultIdle      = 30 * time.Minute
	defaultAbsolute  = 12 * time.Hour
	defaultRecheck   = 15 * time.Minute
	defaultProof     = 30 * 24 * time.Hour
)

// Server answers every request to Caracal.
type Server struct {
	cfg      Config
	base     *url.URL
	sessions *SessionStore
	provider provider
	starts   *rateLimit
	returns  *rateLimit
	changes  *rateLimit
	knocks   *rateLimit
	heard    *rateLimit
	handler  http.Handler
	stopping atomic.Bool
}

// New makes a server. It also gives the handlers their session store.
func New(cfg Config) (*Server, error) {
	base, err := url.Parse(cfg.PublicURL)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("read public URL %q: not an address", cfg.PublicURL)
	}
	if base.Scheme != "https" && !isLoopback(base.Hostname()) {
		return nil, fmt.Errorf("read public URL %q: only a loopback address may go without https", cfg.PublicURL)
	}
	cfg.Limits = cfg.Limits.orDefaults()
	s := &Server{
		cfg:      cfg,
		base:     base,
		provider: provider{cfg: cfg.SignIn, redirect: base.JoinPath("/sign-in/callback").String()},
		starts:   newRateLimit(cfg.Limits.Starts, cfg.Clock),
		returns:  newRateLimit(cfg.Limits.Callbacks, cfg.Clock),
		changes:  newRateLimit(cfg.Limits.Changes, cfg.Clock),
		knocks:   newRateLimit(cfg.Limits.Knocks, cfg.Clock),
		heard:    newRateLimit(heardPerMinute, cfg.Clock),
	}
	s.sessions = &SessionStore{
		DB: cfg.DB, Clock: cfg.Clock, Log: cfg.Log,
		Secure: s.secure(), Idle: cfg.Limits.Idle, Absolute: cfg.Limits.Absolute, IP: s.clientIP,
	}
	cfg.Handlers.Sessions, cfg.Handlers.RemoteAddr = s.sessions, s.clientIP
	cfg.Handlers.Mapping, cfg.Handlers.Recheck, cfg.Handlers.Proof = cfg.SignIn.mapping(), cfg.Limits.Recheck, cfg.Limits.Proof
	if s.handler, err = s.routes(); err != nil {
		return nil, err
	}
	return s, nil
}

func (l Limits) orDefaults() Limits {
	if l.Starts == 0 {
		l.Starts = defaultStarts
	}
	if l.Callbacks == 0 {
		l.Callbacks = defaultCallbacks
	}
	if l.Changes == 0 {
		l.Changes = defaultChanges
	}
	if l.Knocks == 0 {
		l.Knocks = defaultKnocks
	}
	if l.Idle == 0 {
		l.Idle = defaultIdle
	}
	if l.Absolute == 0 {
		l.Absolute = defaultAbsolute
	}
	if l.Recheck == 0 {
		l.Recheck = defaultRecheck
	}
	if l.Proof == 0 {
		l.Proof = defaultProof
	}
	if l.Page == 0 {
		l.Page = handlers.PageTime
	}
	return l
}

// secure reports whether browsers reach us over https, by ourselves or by a proxy.
func (s *Server) secure() bool { return s.base.Scheme == "https" }

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Sessions returns the session store, for tests that begin signed in.
func (s *Server) Sessions() *SessionStore { return s.sessions }

// Paths returns the pattern of every page, for tests that look at all of them.
func (s *Server) Paths() (patterns []string) {
	for _, rt := range s.list() {
		if rt.method == http.MethodGet {
			patterns = append(patterns, strings.TrimSuffix(rt.pattern, "{$}"))
		}
	}
	return patterns
}

// HTTPServer returns a server with bounded patience. A handler that streams lifts its own write deadline.
func (s *Server) HTTPServer() *http.Server {
	return &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.cfg.Log.Handler(), slog.LevelWarn),
	}
}

// Serve answers on a listener until ctx ends; then it says so on /readyz, and lets requests under way finish
// for at most 25 seconds.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	server := s.HTTPServer()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	s.stopping.Store(true)
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 25*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return fmt.Errorf("let requests finish: %w", errors.Join(err, server.Close()))
	}
	return nil
}
