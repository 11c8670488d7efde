package okta

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"caracal/org"
	"caracal/secret"
)

const canary = "canary-4711-secret"

// fake is an org that answers as the test says. It is written apart from oktasim, so that the client and the
// simulation do not share a mistake.
type fake struct {
	t      *testing.T
	server *httptest.Server
	host   string

	mu       sync.Mutex
	now      time.Time
	waits    []time.Duration
	log      bytes.Buffer
	tokens   int // given
	asks     []url.Values
	granted  []string
	strict   bool // refuses the whole request for one ungranted scope
	dpop     bool
	nonce    string
	jtis     map[string]bool
	problems []string

	strictTime, late bool
	ahead            time.Duration // how far our clock is ahead of the org's
	calls            int
	api              func(w http.ResponseWriter, r *http.Request, call int)
	token            func(w http.ResponseWriter, r *http.Request) bool // true: answered
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{t: t, now: time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC), jtis: map[string]bool{}, granted: []string{"okta.users.read", "okta.users.manage"}}
	f.api = func(w http.ResponseWriter, _ *http.Request, _ int) { f.json(w, 200, `{"id":"00u1"}`) }
	f.server = httptest.NewServer(f)
	t.Cleanup(f.server.Close)
	f.host = strings.TrimPrefix(f.server.URL, "http://")
	t.Cleanup(func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, p := range f.problems {
			t.Error(p)
		}
		if strings.Contains(f.log.String(), canary) {
			t.Error("the secret is in the log")
		}
		if key := must(testKey().Private()).Reveal(); strings.Contains(f.log.String(), key[len(key)-24:len(key)-2]) {
			t.Error("the private key is in the log")
		}
	})
	return f
}

func (f *fake) clock() time.Time { f.mu.Lock(); defer f.mu.Unlock(); return f.now }

func (f *fake) options() Options {
	return Options{
		Clock:  f.clock,
		Hosts:  org.HostRule{Loopback: []string{f.host}},
		Logger: slog.New(slog.NewTextHandler(lockedWriter{f}, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Wait: func(ctx context.Context, d time.Duration) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.waits = append(f.waits, d)
			f.now = f.now.Add(d)
			return ctx.Err()
		},
	}
}

type lockedWriter struct{ f *fake }

func (w lockedWriter) Write(b []byte) (int, error) {
	w.f.mu.Lock()
	defer w.f.mu.Unlock()
	return w.f.log.Write(b)
}

func (f *fake) app(method org.Method) org.Application {
	return org.Application{ID: "app1", Domain: f.host, Method: method, ClientID: "0oa1", Scopes: []org.Scope{"okta.users.read", "okta.users.manage"}}
}

var testKey = sync.OnceValue(func() Key { return must(GenerateKey(ES256)) })

func (f *fake) open(method org.Method) *Client {
	f.t.Helper()
	credential := secret.NewText(canary)
	if method == org.CustomApp {
		credential = must(testKey().Private())
	}
	c, err := NewClients(f.options()).Open(f.app(method), credential)
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

func (f *fake) json(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if _, err := io.WriteString(w, body); err != nil {
		f.problem("write answer: %v", err)
	}
}

func (f *fake) problem(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.problems = append(f.problems, fmt.Sprintf(format, args...))
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", f.theirTime().Format(http.TimeFormat))
	w.Header().Set("X-Okta-Request-Id", "req-1")
	if r.URL.Path == "/oauth2/v1/token" {
		f.serveToken(w, r)
		return
	}
	if r.URL.Path == "/.well-known/okta-organization" {
		f.api(w, r, 0)
		return
	}
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.HasPrefix(value, "AT-") {
		f.problem("%s %s came with Authorization %q", r.Method, r.URL, r.Header.Get("Authorization"))
	}
	if f.dpop != (scheme == "DPoP") {
		f.problem("token sent as %s", scheme)
	}
	if f.dpop {
		f.checkProof(r, value)
	}
	f.mu.Lock()
	f.calls++
	n, api := f.calls, f.api
	f.mu.Unlock()
	api(w, r, n)
}

// The counts and the behaviour are shared with the server's goroutines.
func (f *fake) seen() int  { f.mu.Lock(); defer f.mu.Unlock(); return f.calls }
func (f *fake) given() int { f.mu.Lock(); defer f.mu.Unlock(); return f.tokens }
func (f *fake) asked() int { f.mu.Lock(); defer f.mu.Unlock(); return len(f.asks) }
func (f *fake) reset()     { f.mu.Lock(); defer f.mu.Unlock(); f.calls = 0 }

func (f *fake) set(api func(w http.ResponseWriter, r *http.Request, call int)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.api = api
}

func (f *fake) serveToken(w http.ResponseWriter, r *http.Request) {
	if r.URL.RawQuery != "" {
		f.problem("the token request has a query: %s", r.URL.RawQuery)
	}
	if err := r.ParseForm(); err != nil {
		f.problem("parse: %v", err)
	}
	f.mu.Lock()
	f.asks = append(f.asks, r.PostForm)
	f.mu.Unlock()
	if id, password, ok := r.BasicAuth(); ok {
		if id != "0oa1" || password != canary {
			f.problem("basic auth is %s:%s", id, password)
		}
	} else {
		f.late = false
		f.checkAssertion(r.PostForm.Get("client_assertion"))
		if f.late {
			f.json(w, 401, `{"error":"invalid_client","error_description":"The client_assertion token must be issued before the current time."}`)
			return
		}
	}
	f.mu.Lock()
	answer, granted := f.token, f.granted
	f.mu.Unlock()
	if answer != nil && answer(w, r) {
		return
	}
	if f.dpop {
		if r.Header.Get("DPoP") == "" {
			f.json(w, 400, `{"error":"invalid_dpop_proof","error_description":"The DPoP proof JWT header is missing."}`)
			return
		}
		if f.checkProof(r, "") != f.nonce {
			w.Header().Set("DPoP-Nonce", f.nonce)
			f.json(w, 400, `{"error":"use_dpop_nonce","error_description":"Authorization server requires nonce in DPoP proof."}`)
			return
		}
	}
	asked := strings.Fields(r.PostForm.Get("scope"))
	var given []string
	for _, s := range asked {
		if slices.Contains(granted, s) {
			given = append(given, s)
		} else if f.strict {
			f.json(w, 400, `{"error":"invalid_scope","error_description":"not granted"}`)
			return
		}
	}
	if len(given) == 0 {
		f.json(w, 400, `{"error":"consent_required","error_description":"You are not allowed any of the requested scopes."}`)
		return
	}
	kind := "Bearer"
	if f.dpop {
		kind = "DPoP"
	}
	f.mu.Lock()
	f.tokens++
	n := f.tokens
	f.mu.Unlock()
	f.json(w, 200, fmt.Sprintf(`{"token_type":%q,"expires_in":3600,"access_token":"AT-%d","scope":%q}`, kind, n, strings.Join(given, " ")))
}

func (f *fake) checkAssertion(text string) {
	parsed, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		f.problem("assertion: %v", err)
		return
	}
	var claims jwt.Claims
	jwk := testKey().jwk
	public := jwk.Public()
	if err := parsed.Claims(public.Key, &claims); err != nil {
		f.problem("assertion signature: %v", err)
	}
	if claims.Issuer != "0oa1" || claims.Subject != "0oa1" || claims.Audience[0] != f.server.URL+"/oauth2/v1/token" ||
		claims.Expiry.Time().Sub(claims.IssuedAt.Time()) != 5*time.Minute || parsed.Headers[0].KeyID != testKey().KeyID() {
		f.problem("assertion claims are %+v, header %+v", claims, parsed.Headers[0])
	}
	if f.strictTime && claims.IssuedAt.Time().After(f.theirTime()) {
		f.late = true
	}
	f.once(claims.ID)
}

// theirTime is the org's clock.
func (f *fake) theirTime() time.Time { return f.clock().Add(-f.ahead) }

func (f *fake) once(jti string) {
	f.mu.Lock()
	seen := f.jtis[jti]
	f.jtis[jti] = true
	f.mu.Unlock()
	if seen || jti == "" {
		f.problem("jti %q is used twice", jti)
	}
}

// checkProof checks a DPoP proof and returns its nonce.
func (f *fake) checkProof(r *http.Request, accessToken string) string {
	parsed, err := jwt.ParseSigned(r.Header.Get("DPoP"), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		f.problem("proof: %v", err)
		return ""
	}
	header := parsed.Headers[0]
	var claims proofClaims
	if err := parsed.Claims(header.JSONWebKey.Key, &claims); err != nil {
		f.problem("proof signature: %v", err)
	}
	if header.ExtraHeaders["typ"] != "dpop+jwt" || claims.Method != r.Method || claims.URL != f.server.URL+r.URL.EscapedPath() ||
		(claims.Hash != "") != (accessToken != "") {
		f.problem("proof is %+v with header %+v", claims, header)
	}
	f.once(claims.ID)
	return claims.Nonce
}

// oktaError writes Okta's error object.
func oktaError(code, summary string, causes ...string) string {
	e := map[string]any{"errorCode": code, "errorSummary": summary, "errorId": "oae1", "errorCauses": []any{}}
	for _, c := range causes {
		e["errorCauses"] = append(e["errorCauses"].([]any), map[string]string{"errorSummary": c})
	}
	return string(must(json.Marshal(e)))
}

func get(c *Client, ctx context.Context) error {
	var v any
	return c.Get(ctx, "/api/v1/users/00u1", nil, &v)
}
