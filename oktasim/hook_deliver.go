package oktasim

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"time"

	"github.com/google/uuid"
)

// hookWait is how long Okta waits for a hook's answer, and hookGather for more
// events that go in the same call; Okta says "a short time".
const (
	hookWait   = 3 * time.Second
	hookGather = 50 * time.Millisecond
)

// hookClient follows no redirect: the answer to a delivery is 200 or 204.
var hookClient = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

var eventTypeShape = regexp.MustCompile(`^[a-z0-9_]+(\.[a-zA-Z0-9_]+)+$`)

// unhookable are event types that reach the System Log only ("Event types" in Okta's docs).
var unhookable = []string{"user.lifecycle.delete.completed", "user.account.expire_password", "app.oauth2.token.grant.access_token"}

func isLoopbackURL(s string) bool {
	u, err := url.Parse(s)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// delivery is one call of a hook, free of the org's lock.
type delivery struct {
	uri     string
	headers http.Header
	body    []byte
}

// deliver hands a new log event to the active, verified event hooks that
// subscribe to it. What happens within a short time goes in one call. It never
// blocks and never fails: Okta's delivery is best effort as well.
func (o *Org) deliver(e *Event) {
	for _, h := range o.hooks.list {
		if h.status != "ACTIVE" || !h.verified || !slices.Contains(h.items, e.EventType) {
			continue
		}
		if h.gathered = append(h.gathered, e); len(h.gathered) == 1 {
			time.AfterFunc(hookGather, func() { o.flushHook(h) })
		}
	}
}

// flushHook sends what a hook has gathered, unless it was switched off meanwhile.
func (o *Org) flushHook(h *hook) {
	d := locked(o, func() (d delivery) {
		events := h.gathered
		h.gathered = nil
		if h.status != "ACTIVE" || !h.verified || !slices.Contains(o.hooks.list, h) || len(events) == 0 {
			return d
		}
		body, err := json.Marshal(map[string]any{
			"eventType": "com.okta.event_hook", "eventTypeVersion": "1.0", "cloudEventsVersion": "0.1",
			"contentType": "application/json", "source": o.base(nil) + "/api/v1/eventHooks/" + h.id,
			"eventId": uuid.NewString(), "eventTime": stamp(o.now()), "data": map[string]any{"events": events},
		})
		if err != nil {
			return d // an event is plain data; this cannot happen
		}
		return delivery{uri: h.uri, headers: h.sent(), body: body}
	})
	if d.uri != "" {
		d.send()
	}
}

// sent are the headers that a hook's calls carry.
func (h *hook) sent() http.Header {
	out := http.Header{}
	for _, x := range h.headers {
		out.Set(x.Key, x.Value)
	}
	if h.authKey != "" {
		out.Set(h.authKey, h.authValue)
	}
	return out
}

// send posts, and once more after a timeout or a 5xx.
func (d delivery) send() {
	for range 2 {
		status, _ := d.call(http.MethodPost, nil)
		if status != 0 && status < 500 {
			return
		}
	}
}

// call makes one request; a status of 0 is no answer in time.
func (d delivery) call(method string, extra http.Header) (status int, answer []byte) {
	ctx, cancel := context.WithTimeout(context.Background(), hookWait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, d.uri, bytes.NewReader(d.body))
	if err != nil {
		return 0, nil
	}
	req.Header = d.headers.Clone()
	for k, v := range extra {
		req.Header[k] = v
	}
	req.Header.Set("Accept", "application/json")
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := hookClient.Do(req)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return 0, nil
	}
	return resp.StatusCode, answer
}

// hookVerify is verifyEventHook: one GET with a challenge that the hook must
// give back ("One-time verification request" in Okta's docs). The org's lock is
// let go while the hook is asked, because it may call the org meanwhile.
func (c *call) hookVerify() (int, any, *apiError) {
	h, err := c.findHook()
	if err != nil {
		return 0, nil, err
	}
	challenge := randomToken(32)
	d := delivery{uri: h.uri, headers: h.sent()}
	ask := func() (int, []byte) {
		c.o.mu.Unlock()
		defer c.o.mu.Lock() // also when the call panics: the caller unlocks once more
		return d.call(http.MethodGet, http.Header{"X-Okta-Verification-Challenge": {challenge}})
	}
	status, answer := ask()
	var said struct{ Verification string }
	if status != http.StatusOK || json.Unmarshal(answer, &said) != nil || said.Verification != challenge {
		return 0, nil, newError(http.StatusBadRequest, "E0000072", "Unable to verify the event hook.",
			"The URL did not answer the verification challenge.")
	}
	h.verified, h.updated = true, c.now()
	c.o.log(c, "event_hook.verified", "Event hook verified", h.target())
	return http.StatusOK, c.hookView(h), nil
}
