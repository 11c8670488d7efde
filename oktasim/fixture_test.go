package oktasim_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"caracal/oktasim"
)

// clock is a time that only moves when a test says so.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// world is an org being served, and a client for it.
type world struct {
	t     *testing.T
	org   *oktasim.Org
	url   string
	clock *clock
	http  *http.Client
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	clk := &clock{t: time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)}
	org := oktasim.New(oktasim.Config{Clock: clk.now, SSWS: []string{"root"}})
	srv := httptest.NewServer(org)
	t.Cleanup(srv.Close)
	org.SetBaseURL(srv.URL)
	return &world{t: t, org: org, url: srv.URL, clock: clk, http: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// answer is one answer, read to the end.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) json(t *testing.T) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(a.body), &m); err != nil {
		t.Fatalf("read %q: %v", a.body, err)
	}
	return m
}

func (a answer) list(t *testing.T) []map[string]any {
	t.Helper()
	var m []map[string]any
	if err := json.Unmarshal([]byte(a.body), &m); err != nil {
		t.Fatalf("read %q: %v", a.body, err)
	}
	return m
}

func (w *world) send(req *http.Request) answer {
	w.t.Helper()
	resp, err := w.http.Do(req)
	if err != nil {
		w.t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatalf("%s %s: read the answer: %v", req.Method, req.URL, err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

func (w *world) request(method, path, body string) *http.Request {
	w.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = w.url + path
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

// api calls the Management API with an Authorization header.
func (w *world) api(auth, method, path, body string) answer {
	w.t.Helper()
	req := w.request(method, path, body)
	if auth != "" {
		req.Header.Set("Authorization", auth)
	}
	return w.send(req)
}

const root = "SSWS root"

// make creates an object as Super Administrator and returns its id.
func (w *world) make(path, body string) string {
	w.t.Helper()
	a := w.api(root, "POST", path, body)
	if a.status >= 300 {
		w.t.Fatalf("POST %s: %d %s", path, a.status, a.body)
	}
	id, ok := a.json(w.t)["id"].(string)
	if !ok {
		w.t.Fatalf("POST %s: no id in %s", path, a.body)
	}
	return id
}

// token asks for a token with a form; edit may add headers.
func (w *world) token(form url.Values, edit ...func(*http.Request)) answer {
	w.t.Helper()
	req := w.request("POST", "/oauth2/v1/token", form.Encode())
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, e := range edit {
		e(req)
	}
	return w.send(req)
}

func basic(id, secret string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret)) }
}

// key is a signing key with its kid.
type key struct {
	kid     string
	private *ecdsa.PrivateKey
}

func newKey(t *testing.T, kid string) key {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key{kid, k}
}

func (k key) public(t *testing.T) string {
	t.Helper()
	data, err := json.Marshal(jose.JSONWebKey{Key: k.private.Public(), KeyID: k.kid, Algorithm: "ES256", Use: "sig"})
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// sign makes a JWT; headers replace the usual ones.
func (k key) sign(t *testing.T, claims map[string]any, opts *jose.SignerOptions) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: k.private, KeyID: k.kid}}, opts)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// assertion is a form that authenticates a client by a private key; change edits the claims.
func (w *world) assertion(id string, k key, scope string, change func(map[string]any)) url.Values {
	w.t.Helper()
	now := w.clock.now().Unix()
	claims := map[string]any{"iss": id, "sub": id, "aud": w.url + "/oauth2/v1/token", "iat": now, "exp": now + 300, "jti": rand.Text()}
	if change != nil {
		change(claims)
	}
	return url.Values{"grant_type": {"client_credentials"}, "scope": {scope},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {k.sign(w.t, claims, nil)}}
}

// serviceApp adds a custom app with a key and returns both.
func (w *world) serviceApp(a oktasim.ServiceApp) (string, key) {
	w.t.Helper()
	k := newKey(w.t, "k1")
	if a.JWKS == "" {
		a.JWKS = k.public(w.t)
	}
	if a.Name == "" {
		a.Name = "Service"
	}
	id, err := w.org.AddServiceApp(a)
	if err != nil {
		w.t.Fatal(err)
	}
	return id, k
}

// bearer gets a token for a service app and returns the Authorization header.
func (w *world) bearer(id string, k key, scope string) string {
	w.t.Helper()
	a := w.token(w.assertion(id, k, scope, nil))
	if a.status != 200 {
		w.t.Fatalf("token: %d %s", a.status, a.body)
	}
	return "Bearer " + a.json(w.t)["access_token"].(string)
}

// proof makes a DPoP proof; change edits the claims.
func (w *world) proof(k key, method, target, token, nonce string, change func(map[string]any)) string {
	w.t.Helper()
	claims := map[string]any{"htm": method, "htu": target, "iat": w.clock.now().Unix(), "jti": rand.Text()}
	if token != "" {
		sum := sha256.Sum256([]byte(token))
		claims["ath"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	if change != nil {
		change(claims)
	}
	return k.sign(w.t, claims, (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt"))
}

func dpop(proof string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("DPoP", proof) }
}
