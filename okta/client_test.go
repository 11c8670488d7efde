package okta

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/fault"
	"caracal/org"
	"caracal/secret"
)

func proofNonce(r *http.Request) string {
	parsed, err := jwt.ParseSigned(r.Header.Get("DPoP"), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return "unreadable"
	}
	var claims proofClaims
	if parsed.UnsafeClaimsWithoutVerification(&claims) != nil {
		return "unreadable"
	}
	return claims.Nonce
}

func limited(f *fake, w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("X-Rate-Limit-Limit", "600")
	w.Header().Set("X-Rate-Limit-Remaining", "0")
	w.Header().Set("X-Rate-Limit-Reset", strconv.FormatInt(f.clock().Add(wait).Unix(), 10))
	f.json(w, 429, oktaError("E0000047", "API call exceeded rate limit due to too many requests."))
}

func post(c *Client, ctx context.Context) error {
	_, err := c.Do(ctx, Request{Method: http.MethodPost, Path: "/api/v1/users/00u1/lifecycle/suspend"})
	return err
}

func TestErrorsAreSentences(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status     int
		auth, body string
		kind       fault.Kind
		code, word string
	}{
		"scope":        {403, `Bearer authorization_uri="x", realm="x", scope="okta.logs.read", error="insufficient_scope", error_description="d"`, "", fault.Forbidden, "insufficient_scope", "okta.logs.read"},
		"role":         {403, "", oktaError("E0000006", "You do not have permission to perform the requested action"), fault.Forbidden, "E0000006", "Admin roles"},
		"not found":    {404, "", oktaError("E0000007", "Not found: Resource not found: 00u1 (User)"), fault.NotFound, "E0000007", "00u1 (User)"},
		"path":         {404, "", oktaError("E0000008", "The requested path was not found"), fault.NotFound, "E0000008", "operation"},
		"values":       {400, "", oktaError("E0000001", "Api validation failed: login", "login: An object with this field already exists in the current organization"), fault.Invalid, "E0000001", "already exists"},
		"html in text": {400, "", oktaError("E0000001", "Api validation failed: name", "name: <b>x</b>"), fault.Invalid, "E0000001", "<b>x</b>"},
		"malformed":    {400, "", oktaError("E0000003", "The request body was not well-formed."), fault.Invalid, "E0000003", "could not read"},
		"search":       {400, "", oktaError("E0000031", "Invalid search criteria."), fault.Invalid, "E0000031", "search"},
		"status":       {403, "", oktaError("E0000038", "This operation is not allowed in the user's current status."), fault.Conflict, "E0000038", "status"},
		"active":       {403, "", oktaError("E0000016", "Activation failed because the user is already active"), fault.Conflict, "E0000016", "active already"},
		"feature":      {401, "", oktaError("E0000015", "You do not have permission to access the feature you are requesting"), fault.Forbidden, "E0000015", "feature"},
		"token":        {401, "", oktaError("E0000011", "Invalid token provided"), fault.Forbidden, "E0000011", "access token"},
		"duplicate":    {409, "", oktaError("E0000055", "Duplicate group"), fault.Conflict, "E0000055", "exists"},
		"app active":   {403, "", oktaError("E0000056", "Delete application forbidden."), fault.Conflict, "E0000056", "deactivate"},
		"activating":   {409, "", oktaError("E0000112", "still being activated"), fault.Busy, "E0000112", "moment"},
		"read only":    {503, "", oktaError("E0000010", "Service is in read only mode"), fault.Busy, "E0000010", "read-only"},
		"unknown code": {409, "", oktaError("E0009999", "Something odd"), fault.Conflict, "E0009999", "Something odd"},
		"no body":      {403, "", "", fault.Upstream, "", "403"},
		"web page":     {502, "", "<html>bad gateway</html>", fault.Upstream, "", "web page"},
		"too long":     {413, "", oktaError("E0009998", ""), fault.Invalid, "E0009998", "shorten"},
		"redirect":     {302, "", "", fault.Upstream, "", "sends callers on to evil.example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.api = func(w http.ResponseWriter, _ *http.Request, _ int) {
				if c.auth != "" {
					w.Header().Set("WWW-Authenticate", c.auth)
				}
				if c.status == 302 {
					w.Header().Set("Location", "https://evil.example.com/")
				}
				f.json(w, c.status, c.body)
			}
			err := get(f.open(org.Integration), t.Context())
			e := fault.As(err)
			if e == nil || e.Kind != c.kind || e.Code != c.code || !strings.Contains(e.Message, c.word) || e.Status != c.status || e.Request != "req-1" || !strings.HasSuffix(e.Message, ".") {
				t.Errorf("got %v (%+v)", err, e)
			}
			if c.code == "insufficient_scope" && (e.Scope != "okta.logs.read" || MissingScope(err) != "okta.logs.read") {
				t.Errorf("scope is %q", e.Scope)
			}
		})
	}
}

func TestRateLimitIsWaitedOut(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.api = func(w http.ResponseWriter, _ *http.Request, call int) {
		if call == 1 {
			limited(f, w, 4*time.Second)
			return
		}
		f.json(w, 200, `{}`)
	}
	if err := post(f.open(org.Integration), t.Context()); err != nil || f.seen() != 2 || f.waits[0] < 4*time.Second || f.waits[0] > 6*time.Second {
		t.Errorf("%d calls, waited %v: %v", f.seen(), f.waits, err)
	}
}

func TestLongRateLimitIsBusy(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.api = func(w http.ResponseWriter, _ *http.Request, _ int) { limited(f, w, 40*time.Second) }
	began := f.now
	err := post(f.open(org.Integration), t.Context())
	if e := fault.As(err); e == nil || e.Kind != fault.Busy || e.RetryAt.Sub(began) < 40*time.Second || f.seen() != 1 {
		t.Errorf("%d calls: %+v", f.seen(), e)
	}
}

func TestConcurrencyLimitBacksOffShortly(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.api = func(w http.ResponseWriter, _ *http.Request, call int) {
		if call < 3 {
			w.Header().Set("X-Rate-Limit-Limit", "0")
			w.Header().Set("X-Rate-Limit-Remaining", "0")
			w.Header().Set("X-Rate-Limit-Reset", strconv.FormatInt(f.clock().Add(time.Hour).Unix(), 10))
			f.json(w, 429, oktaError("E0000047", "too many"))
			return
		}
		f.json(w, 200, `{}`)
	}
	if err := get(f.open(org.Integration), t.Context()); err != nil || len(f.waits) != 2 || f.waits[1] > 2*time.Second {
		t.Errorf("waited %v: %v", f.waits, err)
	}
}

func TestBudgetKeepsAShareFree(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	left := 10
	reset := f.now.Add(40 * time.Second)
	f.api = func(w http.ResponseWriter, _ *http.Request, _ int) {
		left--
		w.Header().Set("X-Rate-Limit-Limit", "10")
		w.Header().Set("X-Rate-Limit-Remaining", strconv.Itoa(left))
		w.Header().Set("X-Rate-Limit-Reset", strconv.FormatInt(reset.Unix(), 10))
		f.json(w, 200, `{}`)
	}
	c := f.open(org.Integration)
	for i := range 5 {
		if err := get(c, t.Context()); err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
	}
	err := get(c, t.Context())
	if e := fault.As(err); e == nil || e.Kind != fault.Busy || !e.RetryAt.Equal(reset) || f.seen() != 5 {
		t.Fatalf("%d calls: %+v", f.seen(), e)
	}
	room := c.Headroom()
	if len(room) != 1 || room[0].Bucket != "/api/v1/users/{id} (read)" || room[0].Limit != 10 || room[0].Remaining != 5 {
		t.Errorf("headroom is %+v", room)
	}
	f.mu.Lock()
	f.now, left, reset = f.now.Add(time.Minute), 10, f.now.Add(2*time.Minute)
	f.mu.Unlock()
	if err := get(c, t.Context()); err != nil {
		t.Errorf("in the next minute: %v", err)
	}
}

func TestRefusedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.api = func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.Header.Get("Authorization") == "Bearer AT-1" {
			f.json(w, 401, oktaError("E0000011", "Invalid token provided"))
			return
		}
		f.json(w, 200, `{}`)
	}
	if err := post(f.open(org.Integration), t.Context()); err != nil || f.given() != 2 {
		t.Errorf("%d tokens: %v", f.given(), err)
	}
	g := newFake(t)
	g.api = func(w http.ResponseWriter, _ *http.Request, _ int) {
		g.json(w, 401, oktaError("E0000011", "Invalid token provided"))
	}
	if err := post(g.open(org.Integration), t.Context()); !fault.Is(err, fault.Forbidden) || g.seen() != 2 {
		t.Errorf("%d calls: %v", g.seen(), err)
	}
}

func TestBrokenConnections(t *testing.T) {
	t.Parallel()
	drop := func(f *fake, times int) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, _ *http.Request, call int) {
			if call > times {
				f.json(w, 200, `{}`)
				return
			}
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				f.problem("hijack: %v", err)
				return
			}
			if err := conn.Close(); err != nil {
				f.problem("close: %v", err)
			}
		}
	}
	read := newFake(t)
	read.api = drop(read, 2)
	if err := get(read.open(org.Integration), t.Context()); err != nil {
		t.Errorf("a read was not repeated: %v", err)
	}
	write := newFake(t)
	write.api = drop(write, 1)
	c := write.open(org.Integration)
	if err := post(c, t.Context()); !fault.Is(err, fault.Uncertain) || write.seen() != 1 {
		t.Errorf("%d calls: %v", write.seen(), err)
	}
	_, err := c.Typed(t.Context(), func(ctx context.Context, api *sdk.APIClient) error {
		write.set(drop(write, 99))
		_, err := api.UserAPI.SuspendUser(ctx, "00u1").Execute()
		return err
	})
	if !fault.Is(err, fault.Uncertain) || write.seen() != 2 {
		t.Errorf("typed: %d calls: %v", write.seen(), err)
	}
	failing := newFake(t)
	failing.api = func(w http.ResponseWriter, _ *http.Request, _ int) {
		failing.json(w, 500, oktaError("E0000009", "Internal"))
	}
	if err := post(failing.open(org.Integration), t.Context()); !fault.Is(err, fault.Uncertain) || failing.seen() != 1 {
		t.Errorf("500 on a write: %d calls: %v", failing.seen(), err)
	}
	if err := get(failing.open(org.Integration), t.Context()); !fault.Is(err, fault.Upstream) || failing.seen() != 4 {
		t.Errorf("500 on a read: %d calls: %v", failing.seen(), err)
	}
}

func TestTimedOutWriteIsUncertain(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	ctx, cancel := context.WithCancel(t.Context())
	f.api = func(_ http.ResponseWriter, r *http.Request, _ int) { cancel(); <-r.Context().Done() }
	if err := post(f.open(org.Integration), ctx); !fault.Is(err, fault.Uncertain) {
		t.Errorf("got %v", err)
	}
}

func TestUnsentWriteIsBusy(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.open(org.Integration)
	if _, err := c.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.clients.http.CloseIdleConnections() // a request on a dying connection would be uncertain
	f.server.Close()
	err := post(c, t.Context())
	if e := fault.As(err); e == nil || e.Kind != fault.Busy || e.RetryAt.IsZero() || e.Field != "domain" || len(f.waits) != 2 {
		t.Errorf("waited %v: %+v", f.waits, e)
	}
}

func TestEachFollowsPages(t *testing.T) {
	t.Parallel()
	for _, joined := range []bool{false, true} {
		f := newFake(t)
		f.api = func(w http.ResponseWriter, r *http.Request, call int) {
			self := fmt.Sprintf("<%s/api/v1/groups?limit=2&after=%d>; rel=\"self\"", f.server.URL, call-1)
			next := fmt.Sprintf("<%s/api/v1/groups?limit=2&after=%d>; rel=\"next\"", f.server.URL, call)
			if call == 3 {
				w.Header().Add("Link", self)
			} else if joined {
				w.Header().Set("Link", self+", "+next)
			} else {
				w.Header().Add("Link", self)
				w.Header().Add("Link", next)
			}
			if call > 1 && r.URL.Query().Get("after") != strconv.Itoa(call-1) {
				f.problem("page %d asked with %s", call, r.URL.RawQuery)
			}
			f.json(w, 200, fmt.Sprintf(`[{"n":%d},{"n":%d}]`, 2*call-1, 2*call))
		}
		c := f.open(org.Integration)
		count := 0
		if err := c.Each(t.Context(), "/api/v1/groups", url.Values{"limit": {"2"}}, 0, func(json.RawMessage) error { count++; return nil }); err != nil || count != 6 {
			t.Errorf("joined %v: %d entries, %v", joined, count, err)
		}
		f.reset()
		count = 0
		if err := c.Each(t.Context(), "/api/v1/groups", nil, 3, func(json.RawMessage) error { count++; return nil }); err != nil || count != 3 {
			t.Errorf("joined %v: %d entries of at most 3, %v", joined, count, err)
		}
	}
}

func TestEachStaysOnTheHost(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.api = func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Link", `<https://evil.example.com/api/v1/groups?after=1>; rel="next"`)
		f.json(w, 200, `[{}]`)
	}
	err := f.open(org.Integration).Each(t.Context(), "/api/v1/groups", nil, 0, func(json.RawMessage) error { return nil })
	if !fault.Is(err, fault.Upstream) || !strings.Contains(fault.Message(err), "another host") || f.seen() != 1 {
		t.Errorf("%d calls: %v", f.seen(), err)
	}
}

func TestOddAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ kind, body, word string }{
		"web page":  {"text/html", "<html>sign in</html>", "web page"},
		"oversized": {"application/json", `"` + strings.Repeat("a", maxBody) + `"`, "MB"},
		"broken":    {"application/json", `{"a":`, "could not be read"},
	} {
		f := newFake(t)
		f.api = func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Content-Type", c.kind)
			if _, err := w.Write([]byte(c.body)); err != nil {
				return // the client stops reading
			}
		}
		if err := get(f.open(org.Integration), t.Context()); !fault.Is(err, fault.Upstream) || !strings.Contains(fault.Message(err), c.word) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPathsStayInTheOrg(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.open(org.Integration)
	for _, path := range []string{"@evil.example.com/x", ".evil.example.com/x", "/api/v1/users/../apps", "/api/v1/users/%2e%2e/apps", "/%zz"} {
		if _, err := c.Do(t.Context(), Request{Method: "GET", Path: path}); err == nil {
			t.Errorf("%q was called", path)
		}
	}
	if got := Path("/api/v1/users/%s/roles/%s", "a/b?c", ".."); got != "/api/v1/users/a%2Fb%3Fc/roles/.." {
		t.Errorf("path is %q", got)
	}
}

func TestTypedCalls(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.dpop, f.nonce = true, "n1"
	f.api = func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.URL.Path == "/api/v1/users/00u1" {
			f.json(w, 200, `{"id":"00u1","status":"ACTIVE","profile":{"login":"ada@example.com"}}`)
			return
		}
		f.json(w, 404, oktaError("E0000007", "Not found: Resource not found: 00u2 (User)"))
	}
	c := f.open(org.CustomApp)
	ctx, record := WithRecord(t.Context())
	resp, err := c.Typed(ctx, func(ctx context.Context, api *sdk.APIClient) error {
		user, _, err := api.UserAPI.GetUser(ctx, "00u1").Execute()
		if err == nil && user.Profile.GetLogin() != "ada@example.com" {
			t.Errorf("user is %+v", user)
		}
		return err
	})
	if err != nil || resp.RequestID != "req-1" || record.Request() != "req-1" {
		t.Errorf("%+v, %v", resp, err)
	}
	_, err = c.Typed(t.Context(), func(ctx context.Context, api *sdk.APIClient) error {
		_, _, err := api.UserAPI.GetUser(ctx, "00u2").Execute()
		return err
	})
	if e := fault.As(err); e == nil || e.Kind != fault.NotFound || e.Request != "req-1" || e.Code != "E0000007" {
		t.Errorf("got %v", err)
	}
	f.set(func(w http.ResponseWriter, _ *http.Request, _ int) { f.json(w, 200, `{"id":7}`) })
	resp, err = c.Typed(t.Context(), func(ctx context.Context, api *sdk.APIClient) error {
		_, _, err := api.UserAPI.GetUser(ctx, "00u1").Execute()
		return err
	})
	if !fault.Is(err, fault.Upstream) || resp == nil || string(resp.Body) != `{"id":7}` {
		t.Errorf("an odd model: %+v, %v", resp, err)
	}
}

func TestOrganization(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		word   string
	}{
		"okta":     {200, `{"id":"00o1","pipeline":"idx"}`, ""},
		"web page": {200, `<html>hello</html>`, "not as an Okta org"},
		"other":    {200, `{"name":"x"}`, "not as an Okta org"},
		"missing":  {404, `nothing`, "not as an Okta org"},
		"down":     {503, `<html>`, "503"},
		"moved":    {302, ``, "elsewhere"},
	} {
		f := newFake(t)
		f.api = func(w http.ResponseWriter, _ *http.Request, _ int) { f.json(w, c.status, c.body) }
		info, err := NewClients(f.options()).Organization(t.Context(), f.host)
		if c.word == "" {
			if err != nil || info.ID != "00o1" {
				t.Errorf("%s: %+v, %v", name, info, err)
			}
		} else if e := fault.As(err); e == nil || e.Field != "domain" || !strings.Contains(e.Message, c.word) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestForgetAndOpenAgain(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	clients := NewClients(f.options())
	open := func() *Client { return must(clients.Open(f.app(org.Integration), secret.NewText(canary))) }
	for range 2 {
		if _, err := open().Token(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if f.given() != 1 {
		t.Fatalf("%d tokens for one application", f.given())
	}
	clients.Forget("app1")
	if _, err := open().Token(t.Context()); err != nil || f.given() != 2 {
		t.Errorf("%d tokens after Forget, %v", f.given(), err)
	}
}

func TestOktaTimeFollowsTheirClock(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.api = func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Date", f.clock().Add(-10*time.Minute).Format(http.TimeFormat))
		f.json(w, 200, `{}`)
	}
	c := f.open(org.Integration)
	if err := get(c, t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := f.clock().Sub(c.OktaTime(f.clock())); got != 10*time.Minute {
		t.Errorf("our clock is ahead by %s", got)
	}
}

// TestAmbientSettingsAreIgnored may not run in parallel: it sets what the SDK would read from the environment.
func TestAmbientSettingsAreIgnored(t *testing.T) {
	for name, value := range map[string]string{
		"OKTA_CLIENT_ORGURL": "https://evil.example.com", "OKTA_CLIENT_TOKEN": "stolen", "OKTA_CLIENT_AUTHORIZATIONMODE": "SSWS",
		"OKTA_CLIENT_PROXY_HOST": "127.0.0.1", "OKTA_CLIENT_PROXY_PORT": "1", "OKTA_CLIENT_REQUEST_TIMEOUT": "1", "HTTP_PROXY": "http://127.0.0.1:1",
	} {
		t.Setenv(name, value)
	}
	f := newFake(t)
	c := f.open(org.Integration)
	_, err := c.Typed(t.Context(), func(ctx context.Context, api *sdk.APIClient) error {
		_, _, err := api.UserAPI.GetUser(ctx, "00u1").Execute()
		return err
	})
	if err != nil || f.seen() != 1 {
		t.Errorf("%d calls: %v", f.seen(), err)
	}
}
