package oktasim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"
)

// bodyLimit is generous: the largest thing sent to a Management API is a logo.
const bodyLimit = 4 << 20

// ServeHTTP answers one request. It drops the connection (by panicking with
// http.ErrAbortHandler, which net/http understands) when a fault says so.
func (o *Org) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	requestID := newRequestID()
	h := w.Header()
	h.Set("X-Okta-Request-Id", requestID)
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			o.writeError(w, newError(http.StatusRequestEntityTooLarge, "E0000003", "The request body was not well-formed."))
		}
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))

	fault, latency, crowded := o.enter(h)
	defer o.leave()

	if isConsole(r.URL.Path) {
		latency, crowded = 0, false // so that one can turn back what one turned too far
	}
	wait(r, latency)
	if crowded {
		// Limit and Remaining of zero mark a concurrency refusal; the reset is only a suggestion.
		setRate(h, 0, 0, o.Now().Add(time.Second))
		o.writeError(w, errRateLimit())
		return
	}
	if f := fault(r); f != nil {
		r.Body = io.NopCloser(bytes.NewReader(body))
		if o.breakRequest(w, r, f, body, requestID) {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	o.answer(w, r, body, requestID)
}

// enter counts a request that begins, and tells how it is to be treated.
func (o *Org) enter(h http.Header) (fault func(*http.Request) *Fault, latency time.Duration, crowded bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	h.Set("Date", o.now().UTC().Format(http.TimeFormat))
	o.inFlight++
	chosen, plan := o.fault, o.faults
	fault = func(r *http.Request) *Fault {
		if chosen != nil {
			if f := chosen(r); f != nil {
				return f
			}
		}
		return plan.next(r)
	}
	return fault, o.settings.Latency, o.inFlight > o.concurrency() && !o.settings.NoRateLimit
}

func (o *Org) leave() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.inFlight--
}

// Now is the org's time.
func (o *Org) Now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now()
}

// breakRequest does what the fault says, and says whether the request is over.
func (o *Org) breakRequest(w http.ResponseWriter, r *http.Request, f *Fault, body []byte, requestID string) bool {
	wait(r, f.delay)
	switch {
	case f.dropBefore:
		panic(http.ErrAbortHandler)
	case f.dropAfter:
		o.answer(&discard{http.Header{}}, r, body, requestID)
		panic(http.ErrAbortHandler)
	case f.hang:
		if f.after {
			o.answer(&discard{http.Header{}}, r, body, requestID)
		}
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case f.err != nil:
		if f.after {
			o.answer(&discard{http.Header{}}, r, body, requestID)
		}
		if f.err.status == http.StatusTooManyRequests {
			setRate(w.Header(), 600, 0, o.Now().Add(f.reset))
		}
		o.writeError(w, f.err)
		return true
	case f.status != 0:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(f.status)
		if _, err := io.WriteString(w, f.body); err != nil {
			return true // the client has gone; nothing is left to do
		}
		return true
	}
	return false
}

// answer routes the request to the Management API or to the pages and OAuth endpoints.
func (o *Org) answer(w http.ResponseWriter, r *http.Request, body []byte, requestID string) {
	defer o.confess(w, r)
	path := r.URL.EscapedPath()
	if !isAPI(path) {
		o.web.ServeHTTP(w, r.WithContext(withRequestID(r.Context(), requestID)))
		return
	}
	rt, params, known := o.routes.find(r.Method, path)
	if rt == nil {
		if known {
			o.writeError(w, errMethod())
			return
		}
		if onUnknown := o.Settings().OnUnknown; onUnknown != nil {
			onUnknown(r)
		}
		o.writeError(w, errNoRoute())
		return
	}
	c := &call{o: o, r: r, w: w, route: rt, params: params, raw: body, requestID: requestID, query: r.URL.Query()}
	status, contentType, data, apiErr := o.handle(c)
	if apiErr != nil {
		o.writeError(w, apiErr)
		return
	}
	writeBody(w, status, contentType, data)
}

// handle runs a call under the lock, which is free again afterwards even if the handler panics.
func (o *Org) handle(c *call) (status int, contentType string, data []byte, apiErr *apiError) {
	o.mu.Lock()
	defer o.mu.Unlock()
	status, out, apiErr := o.serve(c)
	if apiErr != nil {
		return 0, "", nil, apiErr
	}
	data, contentType, err := encode(out)
	if err != nil {
		return 0, "", nil, errInternal(err)
	}
	return status, contentType, data, nil
}

// confess turns a panic into Okta's 500 and a line in the server's log. A
// connection that was to be dropped stays dropped.
func (o *Org) confess(w http.ResponseWriter, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler { // net/http knows it by this very value
		panic(p)
	}
	slog.Error("the simulated org panicked", "method", r.Method, "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
	o.writeError(w, newError(http.StatusInternalServerError, "E0000009", "Internal Server Error"))
}

// isAPI tells the Management API's paths from the pages and OAuth endpoints.
// An unknown path is treated as the API's: Okta answers it with the same error.
func isAPI(path string) bool {
	switch {
	case strings.HasPrefix(path, "/oauth2/v1/clients"), path == "/.well-known/okta-organization":
		return true
	case strings.HasPrefix(path, "/oauth2/v1/"), strings.HasPrefix(path, "/admin"), strings.HasPrefix(path, "/login"),
		strings.HasPrefix(path, "/assets/"), path == "/", path == "/.well-known/openid-configuration",
		path == "/.well-known/oauth-authorization-server":
		return false
	}
	return true
}

// isConsole tells the console, and what one needs to get into it.
func isConsole(path string) bool {
	return path == "/admin" || strings.HasPrefix(path, "/admin/") || strings.HasPrefix(path, "/login/") || strings.HasPrefix(path, "/assets/")
}

// serve checks who calls and what they may do, then does it. The lock is held.
func (o *Org) serve(c *call) (int, any, *apiError) {
	o.calls[c.route.method+" "+c.route.pattern]++
	if c.route.scope != "-" {
		p, err := o.authenticate(c.r)
		if err != nil {
			return 0, nil, err
		}
		c.principal = p
	} else {
		c.principal = &principal{kind: anonymousPrincipal}
	}
	if !o.take(c.w.Header(), bucketOf(c.route)) {
		o.logRateLimit(c)
		return 0, nil, errRateLimit()
	}
	if err := o.authorize(c); err != nil {
		return 0, nil, err
	}
	return c.route.handle(c)
}

// do calls the org's own API from inside, with every right: for the console,
// the seed and the settings of tests. The lock is held. The answer's body is JSON.
func (o *Org) do(method, path string, body any) (int, json.RawMessage) {
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return http.StatusBadRequest, nil
		}
	}
	u, err := url.Parse(path)
	if err != nil {
		return http.StatusBadRequest, nil
	}
	rt, params, _ := o.routes.find(method, u.EscapedPath())
	if rt == nil {
		return http.StatusNotFound, nil
	}
	r := &http.Request{Method: method, URL: u, Header: http.Header{"User-Agent": {"oktasim"}}, RemoteAddr: "127.0.0.1:0"}
	c := &call{o: o, r: r, w: &discard{http.Header{}}, principal: o.adminPrincipal(), route: rt, params: params,
		raw: raw, requestID: newRequestID(), query: u.Query()}
	status, out, apiErr := rt.handle(c)
	if apiErr != nil {
		status, out = apiErr.status, apiErr.body()
	}
	data, _, err := encode(out)
	if err != nil {
		return http.StatusInternalServerError, nil
	}
	return status, data
}

func encode(out any) (data []byte, contentType string, err error) {
	switch v := out.(type) {
	case nil:
		return nil, "", nil
	case rawBody:
		return v.data, v.contentType, nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err = e.Encode(out)
	return b.Bytes(), "application/json", err
}

func writeBody(w http.ResponseWriter, status int, contentType string, data []byte) {
	if contentType != "" {
		w.Header().Set("Content-Type", contentType)
	}
	w.Header().Set("Cache-Control", "no-cache, no-store")
	w.WriteHeader(status)
	if len(data) > 0 {
		if _, err := w.Write(data); err != nil {
			return // the client has gone
		}
	}
}

func (o *Org) writeError(w http.ResponseWriter, e *apiError) {
	for k, v := range e.header {
		w.Header()[k] = v
	}
	if e.code == "" {
		writeBody(w, e.status, "", nil)
		return
	}
	data, contentType, err := encode(e.body())
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	writeBody(w, e.status, contentType, data)
}
