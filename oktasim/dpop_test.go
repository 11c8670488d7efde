package oktasim_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"caracal/oktasim"
)

// boundToken gets a DPoP token the way Okta wants it: once without a nonce, once with.
func (w *world) boundToken(app string, k key) (token, nonce string) {
	w.t.Helper()
	target := w.url + "/oauth2/v1/token"
	a := w.token(w.assertion(app, k, "okta.users.read", nil), dpop(w.proof(k, "POST", target, "", "", nil)))
	nonce = a.header.Get("DPoP-Nonce")
	if a.status != 400 || a.json(w.t)["error"] != "use_dpop_nonce" || nonce == "" {
		w.t.Fatalf("without a nonce: %d %s", a.status, a.body)
	}
	a = w.token(w.assertion(app, k, "okta.users.read", nil), dpop(w.proof(k, "POST", target, "", nonce, nil)))
	if a.status != 200 || a.json(w.t)["token_type"] != "DPoP" {
		w.t.Fatalf("with the nonce: %d %s", a.status, a.body)
	}
	return a.json(w.t)["access_token"].(string), nonce
}

func dpopWorld(t *testing.T) (*world, string, key) {
	w := newWorld(t)
	app, k := w.serviceApp(oktasim.ServiceApp{DPoP: true, Scopes: []string{"okta.users.read"}, Roles: []oktasim.Role{{Type: "SUPER_ADMIN"}}})
	return w, app, k
}

func TestDPoPAtTheTokenEndpoint(t *testing.T) {
	w, app, k := dpopWorld(t)
	if a := w.token(w.assertion(app, k, "okta.users.read", nil)); a.status != 400 || !strings.Contains(a.body, "The DPoP proof JWT header is missing.") {
		t.Errorf("no proof: %d %s", a.status, a.body)
	}
	_, nonce := w.boundToken(app, k)
	target := w.url + "/oauth2/v1/token"
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	set := func(name string, v any) func(map[string]any) {
		return func(c map[string]any) {
			if v == nil {
				delete(c, name)
				return
			}
			c[name] = v
		}
	}
	plain := func(opts *jose.SignerOptions) string {
		return k.sign(t, map[string]any{"htm": "POST", "htu": target, "iat": w.clock.now().Unix(), "jti": rand.Text(), "nonce": nonce}, opts)
	}
	private := func() string {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: rsaKey},
			(&jose.SignerOptions{}).WithType("dpop+jwt").WithHeader("jwk", jose.JSONWebKey{Key: rsaKey}))
		if err != nil {
			t.Fatal(err)
		}
		payload, err := json.Marshal(map[string]any{"htm": "POST", "htu": target, "iat": w.clock.now().Unix(), "jti": "p", "nonce": nonce})
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
	used := w.proof(k, "POST", target, "", nonce, nil)
	if a := w.token(w.assertion(app, k, "okta.users.read", nil), dpop(used)); a.status != 200 {
		t.Fatalf("a good proof: %d %s", a.status, a.body)
	}
	tests := []struct{ name, proof, code, text string }{
		{"garbage", "abc", "invalid_dpop_proof", "malformed"},
		{"another typ", plain((&jose.SignerOptions{EmbedJWK: true}).WithType("JWT")), "invalid_dpop_proof", "'typ'"},
		{"no jwk", plain((&jose.SignerOptions{}).WithType("dpop+jwt")), "invalid_dpop_proof", "'jwk'"},
		{"a private jwk", private(), "invalid_dpop_proof", ""},
		{"another method", w.proof(k, "GET", target, "", nonce, nil), "invalid_dpop_proof", "'htm'"},
		{"another address", w.proof(k, "POST", w.url+"/api/v1/users", "", nonce, nil), "invalid_dpop_proof", "'htu'"},
		{"an address with a query", w.proof(k, "POST", target+"?a=b", "", nonce, nil), "invalid_dpop_proof", "'htu'"},
		{"no iat", w.proof(k, "POST", target, "", nonce, set("iat", nil)), "invalid_dpop_proof", "'iat'"},
		{"too old", w.proof(k, "POST", target, "", nonce, set("iat", w.clock.now().Unix()-301)), "invalid_dpop_proof", "five minutes"},
		{"too far ahead", w.proof(k, "POST", target, "", nonce, set("iat", w.clock.now().Unix()+301)), "invalid_dpop_proof", "five minutes"},
		{"no jti", w.proof(k, "POST", target, "", nonce, set("jti", nil)), "invalid_dpop_proof", "'jti'"},
		{"used before", used, "invalid_dpop_proof", "already been used"},
		{"a wrong nonce", w.proof(k, "POST", target, "", "nope", nil), "use_dpop_nonce", "requires nonce"},
	}
	for _, tt := range tests {
		a := w.token(w.assertion(app, k, "okta.users.read", nil), dpop(tt.proof))
		got := a.json(t)
		if a.status != 400 || got["error"] != tt.code || !strings.Contains(got["error_description"].(string), tt.text) {
			t.Errorf("%s: %d %s", tt.name, a.status, a.body)
		}
	}
}

func TestDPoPNonceAges(t *testing.T) {
	w, app, k := dpopWorld(t)
	_, old := w.boundToken(app, k)
	target := w.url + "/oauth2/v1/token"
	w.clock.advance(48 * time.Hour)
	if a := w.token(w.assertion(app, k, "okta.users.read", nil), dpop(w.proof(k, "POST", target, "", old, nil))); a.status != 200 {
		t.Errorf("two days on: %d %s", a.status, a.body)
	}
	w.clock.advance(25 * time.Hour)
	a := w.token(w.assertion(app, k, "okta.users.read", nil), dpop(w.proof(k, "POST", target, "", old, nil)))
	if a.status != 400 || a.header.Get("DPoP-Nonce") == old {
		t.Errorf("three days on: %d %s", a.status, a.body)
	}
}

func TestDPoPAtTheAPI(t *testing.T) {
	w, app, k := dpopWorld(t)
	token, _ := w.boundToken(app, k)
	target := w.url + "/api/v1/users"
	call := func(scheme, proof string) answer {
		req := w.request("GET", "/api/v1/users?limit=1", "")
		req.Header.Set("Authorization", scheme+" "+token)
		if proof != "" {
			req.Header.Set("DPoP", proof)
		}
		return w.send(req)
	}
	good := w.proof(k, "GET", target, token, "", nil)
	if a := call("DPoP", good); a.status != 200 {
		t.Fatalf("a good proof: %d %s %v", a.status, a.body, a.header)
	}
	tests := []struct{ name, scheme, proof, text string }{
		{"as bearer", "Bearer", "", "invalid_token"},
		{"no proof", "DPoP", "", "invalid_dpop_proof"},
		{"a proof used before", "DPoP", good, "already been used"},
		{"another key", "DPoP", w.proof(newKey(t, "x"), "GET", target, token, "", nil), "not bound"},
		{"no ath", "DPoP", w.proof(k, "GET", target, "", "", nil), "'ath'"},
		{"another method", "DPoP", w.proof(k, "POST", target, token, "", nil), "'htm'"},
		{"the query in htu", "DPoP", w.proof(k, "GET", target+"?limit=1", token, "", nil), "'htu'"},
	}
	for _, tt := range tests {
		a := call(tt.scheme, tt.proof)
		if a.status != http.StatusUnauthorized || !strings.Contains(a.header.Get("WWW-Authenticate"), tt.text) {
			t.Errorf("%s: %d %s", tt.name, a.status, a.header.Get("WWW-Authenticate"))
		}
	}
	if err := w.org.SetDPoP(app, false); err != nil {
		t.Fatal(err)
	}
	if a := w.token(w.assertion(app, k, "okta.users.read", nil), dpop(w.proof(k, "POST", w.url+"/oauth2/v1/token", "", "", nil))); a.json(t)["token_type"] != "Bearer" {
		t.Errorf("a proof nobody asked for: %s", a.body)
	}
}
