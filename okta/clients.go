// Package okta opens an authenticated client for a connected org: tokens, DPoP, rate budget, retries, paging
// and errors with meaning.
//
// Every request, typed or raw, goes through one function (send) that adds the access token and, where the
// token is bound, a fresh DPoP proof (RFC 9449); keeps to a share of the org's rate limits; repeats only what
// is safe to repeat; and turns what went wrong into a fault with a sentence that a person can act on. The
// SDK's own authentication and retries are not used: docs/adr/0002-our-own-okta-transport.md says why.
package okta

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"caracal/fault"
	"caracal/org"
	"caracal/secret"
)

// Options configure all clients of a process. The zero value is usable.
type Options struct {
	Clock     func() time.Time
	Logger    *slog.Logger
	Hosts     org.HostRule
	UserAgent string
	Transport http.RoundTripper // in place of the guarded one; for tests
	Share     float64           // of each rate limit that Caracal may use, where an application says nothing else; 0 means half
	// Lease hands out calls to the nodes that share the orgs, so that together they keep to the share. nil is for a
	// process that is alone: the headers tell it all.
	Lease func(ctx context.Context, l org.CallLease) (calls int, err error)
	// OnToken is told what Okta's token endpoint said to an application, after those who wait for the token.
	OnToken func(ctx context.Context, applicationID string, t Token, err error)
	// Wait pauses, or returns early with the context's error; nil means a timer. Tests replace it.
	Wait func(ctx context.Context, d time.Duration) error
}

// defaultShare leaves half of each limit free for people's sign-ins and other integrations. Okta itself gives
// a new service app half of each bucket.
const defaultShare = 0.5

// maxConcurrent is how many requests to one org may be under way from here: well below the 35 of Okta's smallest plan.
const maxConcurrent = 16

// attemptTimeout ends one HTTP exchange.
const attemptTimeout = 25 * time.Second

// Clients holds what outlives one request: access tokens per application, and nonces, rate limits and
// connections per org. Safe for concurrent use.
type Clients struct {
	opts Options
	http *http.Client

	mu      sync.Mutex
	sources map[string]*tokenSource // by application id
	hosts   map[string]*host
}

// host is what is known of one org, whoever asks.
type host struct {
	name  string
	base  string // https://acme.okta.com
	nonce atomic.Pointer[string]
	ahead atomic.Int64 // how far our clock is ahead of the org's, as a time.Duration
	gate  gate
	tally tally
}

// NewClients makes the holder of all clients.
func NewClients(opts Options) *Clients {
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.UserAgent == "" {
		opts.UserAgent = "caracal"
	}
	if opts.Share <= 0 || opts.Share > 1 {
		opts.Share = defaultShare
	}
	if opts.OnToken == nil {
		opts.OnToken = func(context.Context, string, Token, error) {}
	}
	if opts.Wait == nil {
		opts.Wait = sleep
	}
	if opts.Transport == nil {
		opts.Transport = newTransport(opts.Hosts)
	}
	return &Clients{
		opts: opts,
		http: &http.Client{
			Transport:     opts.Transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		sources: map[string]*tokenSource{},
		hosts:   map[string]*host{},
	}
}

// Open returns a client for an application with its opened credential: a client secret for an integration, a
// private key for a custom app. Nothing is sent yet. An application without an id, as when a connection is
// tried before it is stored, gets a token source of its own.
func (c *Clients) Open(app org.Application, credential secret.Text) (*Client, error) {
	if err := checkHost(app.Domain, c.opts.Hosts); err != nil {
		return nil, err
	}
	if len(app.Scopes) == 0 {
		return nil, fault.In("scopes", "The connection asks for no scopes; enter at least one, like okta.users.read.")
	}
	h := c.host(app.Domain)
	print := fingerprint(app, credential)
	c.mu.Lock()
	defer c.mu.Unlock()
	source := c.sources[app.ID]
	if source == nil || app.ID == "" || source.print != print {
		var err error
		if source, err = newTokenSource(c, h, app, credential); err != nil {
			return nil, err
		}
		source.print = print
		if app.ID != "" {
			c.sources[app.ID] = source
		}
	}
	return newClient(c, h, source, c.share(app.Share())), nil
}

// Forget drops the tokens of an application: after a rotation, a pause or a disconnect.
func (c *Clients) Forget(appID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.sources, appID)
}

func (c *Clients) host(name string) *host {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.hosts[name]
	if h == nil {
		h = &host{name: name, base: c.opts.Hosts.URL(name)}
		h.gate.shared = c.opts.Lease != nil
		c.hosts[name] = h
	}
	return h
}

// checkHost validates a stored domain again at the time it is used.
func checkHost(name string, rule org.HostRule) error {
	d, err := org.ParseDomain(name, rule)
	if err != nil || d.Host != name {
		return fault.In("domain", "%q is not the address of an Okta org that may be connected; edit the application's domain.", name)
	}
	return nil
}

// fingerprint tells whether a token source still fits its application.
func fingerprint(app org.Application, credential secret.Text) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q|%q|%q|%q|%q", app.Domain, app.Method, app.ClientID, app.Scopes, credential.Reveal()))
	return hex.EncodeToString(sum[:])
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
