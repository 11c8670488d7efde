package okta

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"caracal/fault"
	"caracal/org"
	"caracal/secret"
)

func TestSecretAndKeyGetATokenOnce(t *testing.T) {
	t.Parallel()
	for _, method := range []org.Method{org.Integration, org.CustomApp} {
		f := newFake(t)
		c := f.open(method)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if err := get(c, t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if f.given() != 1 || f.seen() != 20 {
			t.Errorf("%s: %d tokens for %d calls", method, f.given(), f.seen())
		}
		info, err := c.Token(t.Context())
		if err != nil || len(info.Scopes) != 2 || info.DPoP || !info.Expires.Equal(f.now.Add(time.Hour)) {
			t.Errorf("%s: token is %+v, %v", method, info, err)
		}
	}
}

func TestDPoPUpFrontAndOnDemand(t *testing.T) {
	t.Parallel()
	for method, requests := range map[org.Method]int{org.CustomApp: 2, org.Integration: 3} {
		f := newFake(t)
		f.dpop, f.nonce = true, "n1"
		c := f.open(method)
		for range 3 {
			if err := get(c, t.Context()); err != nil {
				t.Fatalf("%s: %v", method, err)
			}
		}
		if f.asked() != requests || f.given() != 1 {
			t.Errorf("%s: %d token requests, %d tokens", method, f.asked(), f.given())
		}
		if info, err := c.Token(t.Context()); err != nil || !info.DPoP {
			t.Errorf("%s: %+v, %v", method, info, err)
		}
		// The nonce is known now: a new token takes one request.
		c.Renew()
		if _, err := c.Token(t.Context()); err != nil || f.asked() != requests+1 {
			t.Errorf("%s: %d token requests after a renewal, %v", method, f.asked(), err)
		}
	}
}

func TestNonceOfTheAPI(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.dpop, f.nonce = true, "n1"
	var nonces []string
	f.api = func(w http.ResponseWriter, r *http.Request, call int) {
		nonces = append(nonces, proofNonce(r))
		w.Header().Set("DPoP-Nonce", "n2")
		if call == 1 {
			w.Header().Set("WWW-Authenticate", `DPoP error="use_dpop_nonce"`)
			f.json(w, 401, "")
			return
		}
		f.json(w, 200, `{}`)
	}
	c := f.open(org.CustomApp)
	if err := get(c, t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(nonces) != 2 || nonces[0] != "n1" || nonces[1] != "n2" || f.given() != 1 {
		t.Errorf("nonces %q, %d tokens", nonces, f.given())
	}
}

func TestExpiryAndEarlyRenewal(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.open(org.Integration)
	ask := func() {
		t.Helper()
		if _, err := c.Token(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ask()
	f.mu.Lock()
	f.now = f.now.Add(56 * time.Minute) // within the last five minutes: the old token is used, a new one comes
	f.mu.Unlock()
	ask()
	c.source.mu.Lock()
	running := c.source.flight
	c.source.mu.Unlock()
	if running != nil {
		<-running.done
	}
	if f.given() != 2 {
		t.Fatalf("%d tokens after early renewal", f.given())
	}
	ask()
	f.mu.Lock()
	f.now = f.now.Add(2 * time.Hour)
	f.mu.Unlock()
	ask()
	if f.given() != 3 {
		t.Errorf("%d tokens after expiry", f.given())
	}
}

func TestOneWaiterLeavesOthersStay(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	hold, asked := make(chan struct{}), make(chan struct{}, 5)
	f.token = func(http.ResponseWriter, *http.Request) bool { asked <- struct{}{}; <-hold; return false }
	c := f.open(org.Integration)
	ctx, cancel := context.WithCancel(t.Context())
	left, stayed := make(chan error), make(chan error)
	go func() { _, err := c.Token(ctx); left <- err }()
	<-asked
	go func() { _, err := c.Token(t.Context()); stayed <- err }()
	for joined := false; !joined; { // both wait on one request
		c.source.mu.Lock()
		joined = c.source.flight.waiters == 2
		c.source.mu.Unlock()
	}
	cancel()
	if err := <-left; !fault.Is(err, fault.Busy) {
		t.Errorf("the one who left got %v", err)
	}
	close(hold)
	if err := <-stayed; err != nil || f.given() != 1 {
		t.Errorf("the one who stayed got %v, %d tokens", err, f.given())
	}
}

func TestLastWaiterEndsTheRequest(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	asked, ended := make(chan struct{}, 5), make(chan struct{})
	var once sync.Once
	f.token = func(_ http.ResponseWriter, r *http.Request) bool {
		first := false
		once.Do(func() { first = true })
		if first {
			asked <- struct{}{}
			<-r.Context().Done()
			close(ended)
		}
		return first
	}
	c := f.open(org.Integration)
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	go func() { _, err := c.Token(ctx); left <- err }()
	<-asked
	cancel()
	<-left
	<-ended
	if _, err := c.Token(t.Context()); err != nil {
		t.Errorf("the next caller got %v", err)
	}
}

func TestScopesUnderBothBehaviours(t *testing.T) {
	t.Parallel()
	for _, strict := range []bool{false, true} {
		f := newFake(t)
		f.strict, f.granted = strict, []string{"okta.users.read"}
		c := f.open(org.Integration)
		info, err := c.Token(t.Context())
		if err != nil || len(info.Scopes) != 1 || info.Scopes[0] != "okta.users.read" {
			t.Fatalf("strict %v: %+v, %v", strict, info, err)
		}
		if strict && (f.asked() != 4 || info.Refused["okta.users.manage"] != "invalid_scope") {
			t.Errorf("%d requests, refused %v", f.asked(), info.Refused)
		}
		// What is refused is remembered for a while, and asked for again after a renewal.
		c.source.evict(c.source.current.value)
		before := f.asked()
		if _, err := c.Token(t.Context()); err != nil || f.asked() != before+1 {
			t.Errorf("strict %v: %d requests the second time, %v", strict, f.asked()-before, err)
		}
		f.mu.Lock()
		f.granted = []string{"okta.users.read", "okta.users.manage"}
		f.mu.Unlock()
		c.Renew()
		if info, err := c.Token(t.Context()); err != nil || len(info.Scopes) != 2 || len(info.Refused) != 0 {
			t.Errorf("strict %v: after the grant %+v, %v", strict, info, err)
		}
	}
}

func TestNoScopeGranted(t *testing.T) {
	t.Parallel()
	for _, strict := range []bool{false, true} {
		f := newFake(t)
		f.strict, f.granted = strict, nil
		_, err := f.open(org.Integration).Token(t.Context())
		if e := fault.As(err); e == nil || e.Field != "scopes" {
			t.Errorf("strict %v: %v", strict, err)
		}
	}
}

func TestTokenRefusalsAreSentences(t *testing.T) {
	t.Parallel()
	refused := func(status int, code, text string) func(*fake) {
		return func(f *fake) {
			f.token = func(w http.ResponseWriter, _ *http.Request) bool {
				f.json(w, status, `{"error":"`+code+`","error_description":"`+text+`"}`)
				return true
			}
		}
	}
	raw := func(status int, header, body string) func(*fake) {
		return func(f *fake) {
			f.token = func(w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set("Content-Type", header)
				w.WriteHeader(status)
				if _, err := w.Write([]byte(body)); err != nil {
					f.problem("write: %v", err)
				}
				return true
			}
		}
	}
	for name, c := range map[string]struct {
		method      org.Method
		set         func(*fake)
		kind        fault.Kind
		field, word string
	}{
		"wrong secret":    {org.Integration, refused(401, "invalid_client", "The client secret supplied for a confidential client is invalid."), fault.Forbidden, "secret", "refused the client secret"},
		"wrong id":        {org.Integration, refused(401, "invalid_client", "Invalid value for 'client_id' parameter."), fault.Forbidden, "client_id", "client ID"},
		"secret for app":  {org.Integration, refused(401, "invalid_client", "Client Credentials requests to the Org Authorization Server must use the private_key_jwt token_endpoint_auth_method."), fault.Forbidden, "secret", "private key"},
		"key for OIN":     {org.CustomApp, refused(401, "invalid_client", "must use either private_key_jwt or client_secret_basic"), fault.Forbidden, "secret", "as it is set up"},
		"revoked key":     {org.CustomApp, refused(401, "invalid_client", "The client_assertion signature is invalid."), fault.Forbidden, "secret", "Public keys"},
		"unknown kid":     {org.CustomApp, refused(401, "invalid_client", "The JWKS has no kid that matches."), fault.Forbidden, "secret", "Public keys"},
		"expired":         {org.CustomApp, refused(401, "invalid_client", "The client_assertion token is expired."), fault.Forbidden, "secret", "clock right"},
		"unknown scope":   {org.Integration, refused(400, "invalid_scope", "One or more scopes are not configured for the authorization server resource."), fault.Invalid, "scopes", "spelling"},
		"consent":         {org.Integration, refused(400, "consent_required", "You are not allowed any of the requested scopes."), fault.Forbidden, "scopes", "Okta API Scopes"},
		"zone":            {org.Integration, refused(403, "access_denied", "outside the client's permitted network zones"), fault.Forbidden, "domain", "refused by a network zone"},
		"grant type":      {org.Integration, refused(400, "unauthorized_client", "x"), fault.Forbidden, "client_id", "API Services"},
		"web page":        {org.Integration, raw(200, "text/html", "<html>"), fault.Upstream, "domain", "not as an Okta org"},
		"not found":       {org.Integration, raw(404, "text/html", "<html>"), fault.Upstream, "domain", "not as an Okta org"},
		"other JSON":      {org.Integration, raw(200, "application/json", `{"ok":true}`), fault.Upstream, "domain", "not as an Okta org"},
		"other kind":      {org.Integration, raw(200, "application/json", `{"access_token":"x","token_type":"mac"}`), fault.Upstream, "", "kind"},
		"down":            {org.Integration, raw(503, "text/html", "<html>"), fault.Busy, "domain", "503"},
		"unknown refusal": {org.Integration, refused(400, "odd_thing", "x"), fault.Upstream, "client_id", "odd_thing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			c.set(f)
			_, err := f.open(c.method).Token(t.Context())
			e := fault.As(err)
			if e == nil || e.Kind != c.kind || e.Field != c.field || !strings.Contains(e.Message, c.word) {
				t.Errorf("got %v (%+v)", err, e)
			}
		})
	}
}

func TestClockSkewIsNamed(t *testing.T) {
	t.Parallel()
	for shift, word := range map[time.Duration]string{10 * time.Minute: "10 minutes ahead of", -10 * time.Minute: "10 minutes behind", 30 * time.Second: "Public keys"} {
		f := newFake(t)
		f.token = func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Date", f.clock().Add(-shift).Format(http.TimeFormat))
			f.json(w, 401, `{"error":"invalid_client","error_description":"The client_assertion key"}`)
			return true
		}
		_, err := f.open(org.CustomApp).Token(t.Context())
		if !strings.Contains(fault.Message(err), word) {
			t.Errorf("%s: %v", shift, err)
		}
	}
}

func TestTokenLimitIsWaitedOut(t *testing.T) {
	t.Parallel()
	for wait, kind := range map[time.Duration]fault.Kind{3 * time.Second: -1, 50 * time.Second: fault.Busy} {
		f := newFake(t)
		first := true
		f.token = func(w http.ResponseWriter, _ *http.Request) bool {
			if !first {
				return false
			}
			first = false
			limited(f, w, wait)
			return true
		}
		began := f.now
		_, err := f.open(org.Integration).Token(t.Context())
		if kind < 0 {
			if err != nil || len(f.waits) != 1 || f.waits[0] < wait {
				t.Errorf("%s: waited %v, %v", wait, f.waits, err)
			}
		} else if e := fault.As(err); e == nil || e.Kind != kind || e.RetryAt.Sub(began) < wait {
			t.Errorf("%s: %+v", wait, e)
		}
	}
}

func TestCanaryNeverShows(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.token = func(w http.ResponseWriter, r *http.Request) bool { // a hostile or chatty other side
		basic := strings.TrimPrefix(r.Header.Get("Authorization"), "Basic ")
		f.json(w, 401, `{"error":"invalid_client","error_description":"secret `+canary+` or `+basic+` is wrong"}`)
		return true
	}
	c := f.open(org.Integration)
	_, err := c.Token(t.Context())
	if err == nil || strings.Contains(err.Error(), canary) || strings.Contains(err.Error(), "MG9hMTpj") {
		t.Errorf("the secret shows: %v", err)
	}
	f.mu.Lock()
	f.token = nil
	f.mu.Unlock()
	f.set(func(w http.ResponseWriter, r *http.Request, _ int) {
		f.json(w, 400, oktaError("E0000001", "failed", "token "+strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")))
	})
	if err := get(c, t.Context()); err == nil || strings.Contains(err.Error(), "AT-") {
		t.Errorf("the token shows: %v", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if strings.Contains(f.log.String(), "AT-") {
		t.Error("the token is in the log")
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	clients := NewClients(f.options())
	for field, change := range map[string]func(*org.Application, *secret.Text){
		"domain": func(a *org.Application, _ *secret.Text) { a.Domain = "evil.example.com" },
		"scopes": func(a *org.Application, _ *secret.Text) { a.Scopes = nil },
		"secret": func(_ *org.Application, s *secret.Text) { *s = secret.Text{} },
	} {
		app, credential := f.app(org.CustomApp), secret.NewText("not a key")
		change(&app, &credential)
		if _, err := clients.Open(app, credential); fault.As(err) == nil || fault.As(err).Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestSmallSkewIsMended(t *testing.T) {
	t.Parallel()
	for ahead, requests := range map[time.Duration]int{time.Second: 1, 90 * time.Second: 2, -90 * time.Second: 1} {
		f := newFake(t)
		f.strictTime, f.ahead = true, ahead
		if _, err := f.open(org.CustomApp).Token(t.Context()); err != nil || f.asked() != requests {
			t.Errorf("%s ahead: %d requests, %v", ahead, f.asked(), err)
		}
	}
	f := newFake(t)
	f.strictTime, f.ahead = true, 10*time.Minute
	if _, err := f.open(org.CustomApp).Token(t.Context()); !strings.Contains(fault.Message(err), "10 minutes ahead") || f.asked() != 1 {
		t.Errorf("%d requests, %v", f.asked(), err)
	}
}
