package okta

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/fault"
	"caracal/org"
)

// Client calls the API of one org for one application. Safe for concurrent use.
type Client struct {
	clients *Clients
	host    *host
	source  *tokenSource
	share   float64 // of each rate limit that it may use
	sdk     func() *sdk.APIClient
	over    *over // what answers in place of the network, or nil
}

func newClient(c *Clients, h *host, s *tokenSource, share float64) *Client {
	client := &Client{clients: c, host: h, source: s, share: share}
	client.sdk = sync.OnceValue(func() *sdk.APIClient { return newSDK(client) })
	return client
}

// Request is one raw call. Path is escaped already (see Path) and starts with a slash; Body is nil, JSON bytes
// or any value that marshals to JSON.
type Request struct {
	Method string
	Path   string
	Query  url.Values
	Body   any
	Header http.Header // besides the usual ones, like Prefer
}

// Response is a successful answer, read to its end.
type Response struct {
	Status    int
	Header    http.Header
	Body      []byte
	RequestID string // X-Okta-Request-Id
}

// Path fills path segments into a format, escaped: Path("/api/v1/users/%s", id).
func Path(format string, segments ...string) string {
	args := make([]any, len(segments))
	for i, s := range segments {
		args[i] = url.PathEscape(s)
	}
	return fmt.Sprintf(format, args...)
}

// Do makes one call. Everything but a 2xx answer is a fault.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	out, err := c.prepare(r)
	if err != nil {
		return nil, err
	}
	return c.send(ctx, out)
}

// Get reads one object into v.
func (c *Client) Get(ctx context.Context, path string, query url.Values, v any) error {
	resp, err := c.Do(ctx, Request{Method: http.MethodGet, Path: path, Query: query})
	if err != nil {
		return err
	}
	return Decode(resp, v)
}

// Decode reads an answer's JSON into v.
func Decode(resp *Response, v any) error {
	if len(bytes.TrimSpace(resp.Body)) == 0 {
		f := fault.New(fault.Upstream, "Okta answered with nothing (status %d) where there should be data; try again, and give your administrator the request id %s if it stays.", resp.Status, resp.RequestID)
		f.Request, f.Status = resp.RequestID, resp.Status
		return f
	}
	if err := json.Unmarshal(resp.Body, v); err != nil {
		f := fault.New(fault.Upstream, "Okta's answer could not be read; give your administrator the request id %s.", resp.RequestID).Because(err)
		f.Request, f.Status = resp.RequestID, resp.Status
		return f
	}
	return nil
}

// maxPages ends a list that never does.
const maxPages = 10_000

// Each calls f for every entry of a list, following Link rel="next" on the same host only, until max entries
// were seen (0 means all), f returns an error, or the list ends. A System Log query without "until"
// never ends by itself: give it a max.
func (c *Client) Each(ctx context.Context, path string, query url.Values, max int, f func(json.RawMessage) error) error {
	next := c.host.base + path
	if len(query) > 0 {
		next += "?" + query.Encode()
	}
	return c.each(ctx, next, path, max, f)
}

// each is Each from an address on; path names the list in what is said to people.
func (c *Client) each(ctx context.Context, next, path string, max int, f func(json.RawMessage) error) error {
	seen := 0
	read := map[uint64]bool{} // the pages, by a hash of their address, for an address may be long
	pages := maphash.MakeSeed()
	for range maxPages {
		at := maphash.String(pages, next)
		if read[at] {
			return fault.New(fault.Upstream, "The list at %s leads back to a page that was read already, so it was not read on; try again, and tell Okta's support if it stays.", path)
		}
		read[at] = true
		u, err := c.ownURL(next)
		if err != nil {
			return err
		}
		resp, err := c.send(ctx, outgoing{method: http.MethodGet, url: u, patient: true})
		if err != nil {
			return err
		}
		page, ok := resp.Page()
		if !ok {
			var none []json.RawMessage
			if err := Decode(resp, &none); err != nil {
				return err
			}
		}
		for _, entry := range page.Entries {
			if err := f(entry); err != nil {
				return err
			}
			if seen++; seen == max {
				return nil
			}
		}
		following := page.Next
		if following == "" || following == next && path == "/api/v1/logs" { // the log goes on where it is, for what is yet to come
			return nil
		}
		next = following
	}
	return fault.New(fault.Upstream, "The list at %s has more than %d pages; narrow the search.", path, maxPages)
}

// nextLink returns the target of Link rel="next" (RFC 8288), whether links come one to a line or joined.
func nextLink(h http.Header) string {
	for _, line := range h.Values("Link") {
		for line != "" {
			_, rest, ok := strings.Cut(line, "<")
			if !ok {
				break
			}
			target, rest, ok := strings.Cut(rest, ">")
			if !ok {
				break
			}
			params, after, _ := strings.Cut(rest, "<")
			for p := range strings.SplitSeq(strings.TrimRight(strings.TrimSpace(params), ","), ";") {
				if name, value, _ := strings.Cut(strings.TrimSpace(p), "="); name == "rel" && strings.Trim(value, `", `) == "next" {
					return target
				}
			}
			if line = ""; after != "" {
				line = "<" + after
			}
		}
	}
	return ""
}

// Token gets a token now, if there is none, and says what Okta granted.
func (c *Client) Token(ctx context.Context) (Token, error) {
	t, err := c.source.get(ctx)
	if err != nil {
		return Token{}, err
	}
	return t.Token, nil
}

// Renew drops the token, so that the next call gets one with what is granted by then.
func (c *Client) Renew() { c.source.renew() }

// SDK returns the typed API over the same transport. Its own errors lose Okta's answer: call it inside Typed.
func (c *Client) SDK() *sdk.APIClient { return c.sdk() }

// Headroom says what the last answers told of the org's rate limits, by bucket.
func (c *Client) Headroom() []org.Headroom { return c.host.gate.headroom(c.share) }

// prepare turns a raw call into what send takes.
func (c *Client) prepare(r Request) (outgoing, error) {
	address := c.host.base + r.Path
	if len(r.Query) > 0 {
		address += "?" + r.Query.Encode()
	}
	u, err := c.ownURL(address)
	if err != nil {
		return outgoing{}, err
	}
	out := outgoing{method: r.Method, url: u, header: r.Header}
	switch body := r.Body.(type) {
	case nil:
	case []byte:
		out.body = body
	case json.RawMessage:
		out.body = body
	default:
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(body); err != nil {
			return outgoing{}, fmt.Errorf("encode body of %s %s: %w", r.Method, r.Path, err)
		}
		out.body = buf.Bytes()
	}
	return out, nil
}

// ownURL parses an address and refuses one that leads away from the org: credentials go nowhere else.
func (c *Client) ownURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fault.New(fault.Invalid, "The call's path does not read as an address; check the ids in it.").Because(err)
	}
	if u.Scheme+"://"+u.Host != c.host.base || u.User != nil {
		return nil, fault.New(fault.Upstream, "%s pointed to another host for the next page, which Caracal does not follow; check that the address is the Okta org itself and no proxy.", c.host.name)
	}
	for part := range strings.SplitSeq(u.Path, "/") {
		if part == ".." || part == "." {
			return nil, fault.New(fault.Invalid, "The call's path holds dots in place of an id; choose the object again.")
		}
	}
	return u, nil
}

// ClientID returns the OAuth client that the calls are made as; the System Log names it as the actor.
func (c *Client) ClientID() string { return c.source.clientID }

// Pause waits, for an effect that Okta brings about a moment after its answer.
func (c *Client) Pause(ctx context.Context, d time.Duration) error {
	if c.over != nil {
		return ctx.Err()
	}
	return c.clients.opts.Wait(ctx, d)
}

// Now returns the time by the clients' clock.
func (c *Client) Now() time.Time {
	if c.over != nil {
		return c.over.clock()
	}
	return c.clients.opts.Clock()
}

// OktaTime converts a moment of our clock to the org's, from the Date of the last answer, so that what Okta
// dates can be compared with it. It is right to about a second.
func (c *Client) OktaTime(t time.Time) time.Time { return t.Add(-time.Duration(c.host.ahead.Load())) }

// Next returns the address of the next page that an answer names, or "".
func (r *Response) Next() string { return nextLink(r.Header) }

// After returns the cursor of the next page that an answer names, or "".
func (r *Response) After() string {
	u, err := url.Parse(nextLink(r.Header))
	if err != nil {
		return ""
	}
	return u.Query().Get("after")
}

type patientKey struct{}

// Patient marks calls that may wait for the next minute's rate limit, as Each does between pages.
func Patient(ctx context.Context) context.Context { return context.WithValue(ctx, patientKey{}, true) }
