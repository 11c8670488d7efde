package okta

import (
	"context"
	"sync"
	"time"

	"caracal/fault"
	"caracal/org"
	"caracal/secret"
)

// Token is what may be known of an access token; the token itself stays inside.
type Token struct {
	Scopes  []org.Scope          // that Okta granted
	Refused map[org.Scope]string // that Okta refused one by one, with its OAuth error
	DPoP    bool                 // bound to a key by RFC 9449
	At      time.Time
	Expires time.Time
}

type token struct {
	Token
	value string
	renew time.Time // from then on the next caller fetches another in the background
}

// How early a token is renewed, and how close to its end it is still used.
const (
	renewEarly = 5 * time.Minute
	useMargin  = 30 * time.Second
	fetchLimit = 90 * time.Second
)

// tokenSource gets and keeps the access token of one application. However many callers wait, one request is
// under way; a caller who gives up leaves at once, and the last one to leave ends the request.
type tokenSource struct {
	clients  *Clients
	host     *host
	id       string // of the application, "" while it is only tried
	method   org.Method
	clientID string
	secret   secret.Text // client secret of an integration
	key      Key         // of a custom app
	scopes   []org.Scope
	print    string
	prover   *prover

	mu      sync.Mutex
	current *token
	flight  *flight
	prove   bool        // whether token requests carry a DPoP proof
	narrow  []org.Scope // what is left when Okta refuses some of the scopes
	refused map[org.Scope]string
	learnt  time.Time // when narrow was found out
}

type flight struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiters int // callers that need the result; 0 for an early renewal
	early   bool
	token   *token
	err     error
}

func newTokenSource(c *Clients, h *host, app org.Application, credential secret.Text) (*tokenSource, error) {
	s := &tokenSource{clients: c, host: h, id: app.ID, method: app.Method, clientID: app.ClientID, scopes: app.Scopes}
	if credential.IsZero() {
		return nil, fault.In("secret", "The connection has no credential; enter it again on the application's page.")
	}
	if app.Method == org.CustomApp {
		var err error
		if s.key, err = ParseKey(credential.Reveal()); err != nil {
			return nil, err
		}
		// Okta ticks "Require DPoP" on a new API Services app, and gives a plain token to one without it even
		// when a proof came along; asking without one first would leave a refusal in the org's System Log.
		s.prove = true
	} else {
		s.secret = credential
	}
	var err error
	s.prover, err = newProver()
	return s, err
}

// get returns a usable token.
func (s *tokenSource) get(ctx context.Context) (*token, error) {
	s.mu.Lock()
	now := s.clients.opts.Clock()
	if t := s.current; t != nil && now.Before(t.Expires.Add(-useMargin)) {
		if !now.Before(t.renew) && s.flight == nil {
			s.launch(context.WithoutCancel(ctx), true)
		}
		s.mu.Unlock()
		return t, nil
	}
	if s.flight == nil {
		s.launch(context.WithoutCancel(ctx), false)
	}
	f := s.flight
	f.waiters++
	s.mu.Unlock()

	select {
	case <-f.done:
		return f.token, f.err
	case <-ctx.Done():
		s.leave(f)
		return nil, s.gaveUp(ctx)
	}
}

// launch starts the one request; mu is held.
func (s *tokenSource) launch(ctx context.Context, early bool) {
	ctx, cancel := context.WithTimeout(ctx, fetchLimit)
	f := &flight{done: make(chan struct{}), cancel: cancel, early: early}
	s.flight = f
	go func() {
		defer cancel()
		f.token, f.err = s.fetch(ctx)
		s.mu.Lock()
		if f.err == nil {
			s.current = f.token
		} else if f.early && s.current != nil {
			// The old token still works; try again a little later rather than at every call.
			renewed := *s.current
			renewed.renew = s.clients.opts.Clock().Add(useMargin)
			s.current = &renewed
			s.clients.opts.Logger.Warn("renew access token early", "org", s.host.name, "error", f.err)
		}
		if s.flight == f {
			s.flight = nil
		}
		s.mu.Unlock()
		close(f.done)
		s.tell(context.WithoutCancel(ctx), f)
	}()
}

// tell passes on what Okta said to a stored application.
func (s *tokenSource) tell(ctx context.Context, f *flight) {
	switch {
	case s.id == "":
	case f.err != nil:
		s.clients.opts.OnToken(ctx, s.id, Token{}, f.err)
	default:
		s.clients.opts.OnToken(ctx, s.id, f.token.Token, nil)
	}
}

func (s *tokenSource) leave(f *flight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.waiters--; f.waiters == 0 && !f.early {
		f.cancel()
		if s.flight == f {
			s.flight = nil // the next caller starts anew instead of inheriting the cancellation
		}
	}
}

// evict drops a token that Okta refused, unless another has taken its place.
func (s *tokenSource) evict(value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil && s.current.value == value {
		s.current = nil
	}
}

// renew drops the token and what was learnt of refused scopes, so that a grant made a moment ago shows.
func (s *tokenSource) renew() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current, s.narrow, s.refused = nil, nil, nil
}

// gaveUp is for a caller whose time is up before there was a token; nothing was changed.
func (s *tokenSource) gaveUp(ctx context.Context) error {
	f := fault.New(fault.Busy, "%s did not answer in time; try again in a minute.", s.host.name).Because(ctx.Err())
	f.RetryAt = s.clients.opts.Clock().Add(unreachableWait)
	return f
}
