package okta

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"caracal/fault"
	"caracal/org"
)

// outgoing is one call before it gets its token.
type outgoing struct {
	method  string
	url     *url.URL
	header  http.Header
	body    []byte
	patient bool // may wait for the next minute's rate limit
	by      caller
}

func (o outgoing) reads() bool { return o.method == http.MethodGet || o.method == http.MethodHead }

// How often a call is tried, by what went wrong.
const (
	maxNetworkTries = 3 // unreachable, or a read that broke
	maxRateTries    = 4 // 429
)

// unreachableWait is when a run looks again after an org could not be reached.
const unreachableWait = 30 * time.Second

// send makes one call: it waits for the rate budget, gets a token, and repeats what is safe to repeat. A read
// may be repeated; a write only if it provably was not carried out, that is, if it never left this machine or
// Okta refused it with 401 or 429. A write that may have been carried out is Uncertain.
func (c *Client) send(ctx context.Context, out outgoing) (*Response, error) {
	out.patient, out.by = out.patient || ctx.Value(patientKey{}) != nil, callerOf(ctx)
	try := c.attempts
	if c.over != nil {
		try = c.answer
	}
	resp, err := try(ctx, out)
	note(ctx, resp, err, c.changesOf(out, resp, err)...)
	if out.reads() {
		noteReads(ctx, c.readOf(out, resp, err))
	}
	if err != nil {
		return nil, err
	}
	return resp, nil
}

func (c *Client) attempts(ctx context.Context, out outgoing) (*Response, error) {
	opts := c.clients.opts
	name := bucketOf(out.method, out.url.Path)
	var networkTries, rateTries int
	var renewed, nonced bool
	for {
		if _, err := c.source.get(ctx); err != nil { // before anything is taken from the budget
			return nil, err
		}
		pass := &ticket{bucket: name, urgency: out.by.urgency, share: c.share}
		if err := c.clients.admit(ctx, c.host, pass, out.cap()); err != nil {
			if fault.As(err) == nil {
				err = c.broken(ctx, out, false, err)
			}
			return nil, err
		}
		token, resp, sent, err := c.attempt(ctx, out)
		c.host.gate.done(pass, endOf(resp, sent, opts.Clock()), opts.Clock())
		if token != nil {
			c.host.tally.calls[outcomeOf(resp)].Add(1)
		}
		if err != nil {
			if token == nil { // there is none any more, or no request can be made
				return nil, err
			}
			networkTries++
			if f := c.broken(ctx, out, sent, err); f.Kind != fault.Busy || ctx.Err() != nil || networkTries >= maxNetworkTries {
				return nil, f
			} else if opts.Wait(ctx, backoff(networkTries)) != nil {
				return nil, f
			}
			continue
		}
		if resp.Status >= 200 && resp.Status < 300 {
			if out.by.step != nil && !out.reads() {
				out.by.step.changed.Store(true)
			}
			if f := readable(resp, c.host.name); f != nil {
				if !out.reads() {
					f.Kind = fault.Uncertain
					f.Message = fmt.Sprintf("%s answered the change with a web page instead of data, so something stands in between; look in Okta whether the change was made.", c.host.name)
				}
				return nil, f
			}
			return resp, nil
		}
		f := apiFault(resp, c.host.name, opts.Clock(), token.value)
		switch {
		case asksNonce(resp) && token.DPoP && !nonced:
			nonced = true // exchange has kept the new nonce
			continue
		case resp.Status == http.StatusUnauthorized && refusesToken(resp) && !renewed:
			renewed = true
			c.source.evict(token.value)
			continue
		case resp.Status == http.StatusTooManyRequests:
			rateTries++
			wait, crowded := rateWait(resp.Header, opts.Clock(), rateTries)
			f.RetryAt = opts.Clock().Add(wait)
			if crowded {
				f.Message = "Okta has too many calls of this org under way at once, Caracal's and others' together; Caracal makes fewer at a time and goes on by itself."
			} else {
				f.Message = fmt.Sprintf("Okta's limit for %s is used up for this minute, by Caracal and others together. It goes on by itself.", name)
				f.Bucket = name
			}
			if rateTries >= maxRateTries || wait > out.cap() || opts.Wait(ctx, wait) != nil {
				return nil, f
			}
			continue
		case resp.Status >= 500 && out.reads() && f.Kind == fault.Upstream && resp.Status != http.StatusNotImplemented:
			if networkTries++; networkTries < maxNetworkTries && opts.Wait(ctx, backoff(networkTries)) == nil {
				continue
			}
		case resp.Status >= 500 && !out.reads() && f.Kind == fault.Upstream && resp.Status != http.StatusNotImplemented:
			return nil, uncertain(f, resp.RequestID)
		}
		return nil, f
	}
}

// attempt makes one exchange. Without a token, err is why there is none.
func (c *Client) attempt(ctx context.Context, out outgoing) (t *token, resp *Response, sent bool, err error) {
	if t, err = c.source.get(ctx); err != nil {
		return nil, nil, false, err
	}
	req, err := c.request(ctx, out, t)
	if err != nil {
		return nil, nil, false, err
	}
	resp, sent, err = c.clients.call(req, c.host)
	return t, resp, sent, err
}

// request builds one attempt, with a fresh DPoP proof where the token is bound.
func (c *Client) request(ctx context.Context, out outgoing, t *token) (*http.Request, error) {
	var body io.Reader
	if out.body != nil {
		body = bytes.NewReader(out.body)
	}
	req, err := http.NewRequestWithContext(ctx, out.method, out.url.String(), body)
	if err != nil {
		return nil, badAddress(c.host.name)
	}
	for name, values := range out.header {
		if http.CanonicalHeaderKey(name) != "Authorization" {
			req.Header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
		}
	}
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", "application/json")
	}
	if out.body != nil && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("User-Agent", c.clients.opts.UserAgent)
	if !t.DPoP {
		req.Header.Set("Authorization", "Bearer "+t.value)
		return req, nil
	}
	proof, err := c.source.prover.proof(out.method, req.URL, c.host.currentNonce(), t.value, c.host.signTime(c.clients.opts.Clock()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "DPoP "+t.value)
	req.Header.Set("DPoP", proof)
	return req, nil
}

// maxBody is the most that one answer may hold: far above Okta's largest page.
const maxBody = 16 << 20

// Why an answer that began was not read to its end.
var (
	errTooLarge = errors.New("answer is too large")
	errCutOff   = errors.New("answer broke off")
)

// maxAhead is how far a clock is believed to be off. A Date that is further away is a mistake of whoever wrote it.
const maxAhead = 48 * time.Hour

// exchange makes one HTTP exchange that counts in no bucket: for a token, or who the org is.
func (c *Clients) exchange(req *http.Request, h *host) (*Response, error) {
	pass := &ticket{urgency: org.Pressing}
	if err := c.admit(req.Context(), h, pass, 0); err != nil {
		return nil, err
	}
	resp, sent, err := c.call(req, h)
	h.gate.done(pass, endOf(resp, sent, c.opts.Clock()), c.opts.Clock())
	return resp, err
}

// call makes one HTTP exchange and reads the answer to its end. sent is false only when nothing of the request can
// have left this machine.
func (c *Clients) call(req *http.Request, h *host) (resp *Response, sent bool, err error) {
	ctx, cancel := context.WithTimeout(req.Context(), attemptTimeout)
	defer cancel()
	var connected, wrote atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { connected.Store(true) },
		WroteHeaders: func() { wrote.Store(true) },
	})
	began := c.opts.Clock()
	r, err := c.http.Do(req.WithContext(ctx))
	if err != nil {
		// A request that is given up may still be on its way out: only without a connection is it certain.
		return nil, connected.Load() && (wrote.Load() || ctx.Err() != nil), err
	}
	defer r.Body.Close()
	if nonce := r.Header.Get("DPoP-Nonce"); nonce != "" {
		h.nonce.Store(&nonce)
	}
	if date, err := http.ParseTime(r.Header.Get("Date")); err == nil {
		if ahead := c.opts.Clock().Sub(date); ahead.Abs() < maxAhead {
			h.ahead.Store(int64(ahead))
		}
	}
	resp = &Response{Status: r.StatusCode, Header: r.Header, RequestID: r.Header.Get("X-Okta-Request-Id")}
	c.opts.Logger.Debug("call okta", "org", h.name, "method", req.Method, "path", req.URL.Path,
		"status", r.StatusCode, "request", resp.RequestID, "took", c.opts.Clock().Sub(began))
	if resp.Body, err = readBody(r); err != nil {
		return nil, true, err
	}
	return resp, true, nil
}

// readBody reads an answer to its end, up to the bound. What is announced to be larger is not begun; a compressed
// answer counts as it unfolds, for the transport unfolds it while it is read.
func readBody(r *http.Response) ([]byte, error) {
	if r.ContentLength > maxBody {
		return nil, errTooLarge
	}
	body := bytes.NewBuffer(make([]byte, 0, max(r.ContentLength, 0)+bytes.MinRead))
	_, err := body.ReadFrom(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil && body.Len() <= maxBody:
		return nil, fmt.Errorf("%w: %w", errCutOff, err)
	case body.Len() > maxBody:
		return nil, errTooLarge
	}
	return body.Bytes(), nil
}

// broken says what a failed exchange means: a read or an unsent write may be tried again (Busy), a write that
// was sent is Uncertain.
func (c *Client) broken(ctx context.Context, out outgoing, sent bool, err error) *fault.Error {
	if sent && !out.reads() && errors.Is(err, errTooLarge) {
		return fault.New(fault.Uncertain, "%s answered the change with more than %d MB, which Caracal does not read; look in Okta whether it was made.", c.host.name, maxBody>>20).
			Because(opaque(err))
	}
	if sent && !out.reads() {
		return fault.New(fault.Uncertain, "The connection to %s broke after the change was sent, and no answer came; look in Okta whether it was made.", c.host.name).
			Because(opaque(err))
	}
	return networkFault(err, c.host.name, c.clients.opts.Clock())
}

// uncertain turns a server error on a write into what it is: the change may have been made.
func uncertain(f *fault.Error, request string) *fault.Error {
	u := *f
	u.Kind = fault.Uncertain
	u.Message = "Okta failed while it made the change, and did not say whether it was made; look in Okta before it is sent again."
	u.Request = request
	return &u
}

// asksNonce reports whether the API wants a DPoP proof with the nonce that came along (RFC 9449, section 9).
func asksNonce(resp *Response) bool {
	return resp.Header.Get("DPoP-Nonce") != "" && (bytes.Contains(resp.Body, []byte("use_dpop_nonce")) ||
		slices.ContainsFunc(resp.Header.Values("WWW-Authenticate"), func(v string) bool { return strings.Contains(v, "use_dpop_nonce") }))
}
