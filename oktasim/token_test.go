package oktasim_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"caracal/oktasim"
)

func TestIntegrationTokenBySecret(t *testing.T) {
	w := newWorld(t)
	id, secret, err := w.org.AddIntegration(oktasim.Integration{Name: "Listing", Scopes: []string{"okta.users.read", "okta.groups.read"}})
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"okta.users.read okta.groups.read"}}
	a := w.token(form, basic(id, secret))
	got := a.json(t)
	if a.status != 200 || got["token_type"] != "Bearer" || got["expires_in"] != 3600.0 || got["scope"] != "okta.users.read okta.groups.read" {
		t.Fatalf("token: %d %s", a.status, a.body)
	}
	if a := w.api("Bearer "+got["access_token"].(string), "GET", "/api/v1/users", ""); a.status != 200 {
		t.Errorf("a listing needs no admin role: %d %s", a.status, a.body)
	}
	w.clock.advance(time.Hour)
	if a := w.api("Bearer "+got["access_token"].(string), "GET", "/api/v1/users", ""); a.status != 401 || !strings.Contains(a.body, "E0000011") {
		t.Errorf("an expired token: %d %s", a.status, a.body)
	}
}

func TestTokenRefusals(t *testing.T) {
	w := newWorld(t)
	scopes := []string{"okta.users.read"}
	listing, secret, err := w.org.AddIntegration(oktasim.Integration{Name: "Listing", Scopes: scopes})
	if err != nil {
		t.Fatal(err)
	}
	web, webSecret, err := w.org.AddWebApp(oktasim.WebApp{Name: "Web", RedirectURIs: []string{"http://127.0.0.1/cb"}})
	if err != nil {
		t.Fatal(err)
	}
	app, k := w.serviceApp(oktasim.ServiceApp{Scopes: scopes})
	other := newKey(t, "k1")
	unknown := newKey(t, "k9")
	now := w.clock.now().Unix()
	cc := func(scope string) url.Values {
		return url.Values{"grant_type": {"client_credentials"}, "scope": {scope}}
	}
	with := func(v url.Values, k, s string) url.Values { v.Set(k, s); return v }
	claim := func(name string, v any) url.Values {
		return w.assertion(app, k, "okta.users.read", func(c map[string]any) {
			if v == nil {
				delete(c, name)
				return
			}
			c[name] = v
		})
	}
	none := func(*http.Request) {}
	tests := []struct {
		name   string
		form   url.Values
		auth   func(*http.Request)
		status int
		code   string
		text   string
	}{
		{"no grant type", url.Values{"scope": {"okta.users.read"}}, basic(listing, secret), 400, "invalid_request", "must specify a 'grant_type'"},
		{"another grant type", with(cc("okta.users.read"), "grant_type", "password"), basic(listing, secret), 400, "unsupported_grant_type", "not supported"},
		{"a code for a service", with(cc("okta.users.read"), "grant_type", "authorization_code"), basic(listing, secret), 400, "unauthorized_client", "Configured grant types: [client_credentials]"},
		{"a web app", cc("okta.users.read"), basic(web, webSecret), 401, "invalid_client", "Only clients with 'application_type' of 'service'"},
		{"no credentials", cc("okta.users.read"), none, 401, "invalid_client", "No client credentials found."},
		{"a wrong secret", cc("okta.users.read"), basic(listing, "wrong"), 401, "invalid_client", "The client secret supplied for a confidential client is invalid."},
		{"an unknown client", cc("okta.users.read"), basic("0oanobody", secret), 401, "invalid_client", "Invalid value for 'client_id' parameter."},
		{"no basic header", cc("okta.users.read"), func(r *http.Request) { r.Header.Set("Authorization", "Basic !") }, 401, "invalid_client", "not valid client credentials"},
		{"a secret for a custom app", cc("okta.users.read"), basic(app, "x"), 401, "invalid_client", "must use the private_key_jwt token_endpoint_auth_method"},
		{"a posted secret", with(with(cc("okta.users.read"), "client_id", listing), "client_secret", secret), none, 401, "invalid_client", "either private_key_jwt or client_secret_basic"},
		{"two credentials", with(cc("okta.users.read"), "client_secret", secret), basic(listing, secret), 400, "invalid_request", "Cannot supply multiple client credentials"},
		{"an assertion for a listing", w.assertion(listing, k, "okta.users.read", nil), none, 401, "invalid_client", "The client JWKSet is invalid."},
		{"no scope", cc(""), basic(listing, secret), 400, "invalid_scope", "No scopes were requested."},
		{"an unknown scope", cc("okta.users.read okta.moon.read"), basic(listing, secret), 400, "invalid_scope", "not configured for the authorization server"},
		{"openid", cc("openid"), basic(listing, secret), 400, "invalid_scope", "Cannot request 'openid' scopes"},
		{"none granted", cc("okta.logs.read"), basic(listing, secret), 400, "consent_required", "You are not allowed any of the requested scopes."},
		{"a parameter twice", url.Values{"grant_type": {"client_credentials"}, "scope": {"a", "b"}}, basic(listing, secret), 400, "invalid_request", "multiple parameters"},
		{"a wrong assertion type", with(claim("jti", "t"), "client_assertion_type", "x"), none, 401, "invalid_client", "client_assertion_type is invalid"},
		{"no JWT", with(claim("jti", "u"), "client_assertion", "a.b"), none, 401, "invalid_client", "parsing of the client_assertion failed"},
		{"alg none", with(claim("jti", "v"), "client_assertion", "eyJhbGciOiJub25lIn0.e30."), none, 401, "invalid_client", "signature algorithm is invalid"},
		{"a wrong issuer", claim("iss", "0oanobody"), none, 401, "invalid_client", "issuer claim for client_assertion"},
		{"a wrong subject", claim("sub", "0oanobody"), none, 401, "invalid_client", "subject claim for client_assertion"},
		{"another client's id", with(claim("jti", "w"), "client_id", listing), none, 401, "invalid_client", "Invalid value for 'client_id'"},
		{"an unknown kid", w.assertion(app, unknown, "okta.users.read", nil), none, 401, "invalid_client", "JWT kid is invalid"},
		{"another key", w.assertion(app, other, "okta.users.read", nil), none, 401, "invalid_client", "signature is invalid"},
		{"a wrong audience", claim("aud", w.url), none, 401, "invalid_client", "audience claim for client_assertion must be the endpoint"},
		{"no exp", claim("exp", nil), none, 401, "invalid_client", "must contain the 'exp' claim"},
		{"expired", claim("exp", now), none, 401, "invalid_client", "token is expired"},
		{"exp too far", claim("exp", now+3601), none, 401, "invalid_client", "too far into the future"},
		{"iat ahead", claim("iat", now+600), none, 401, "invalid_client", "issued before the current time"},
	}
	for _, tt := range tests {
		a := w.token(tt.form, tt.auth)
		got := a.json(t)
		text, _ := got["error_description"].(string)
		if a.status != tt.status || got["error"] != tt.code || !strings.Contains(text, tt.text) {
			t.Errorf("%s: %d %s, want %d %s %q", tt.name, a.status, a.body, tt.status, tt.code, tt.text)
		}
	}
	if n := len(w.org.Events("app.oauth2.token.grant.access_token")); n == 0 {
		t.Error("refusals are not in the log")
	}
}

func TestAssertionsThatHold(t *testing.T) {
	w := newWorld(t)
	app, k := w.serviceApp(oktasim.ServiceApp{Scopes: []string{"okta.users.read"}})
	for _, drop := range []string{"jti", "iat"} {
		if a := w.token(w.assertion(app, k, "okta.users.read", func(c map[string]any) { delete(c, drop) })); a.status != 200 {
			t.Errorf("without %s: %d %s", drop, a.status, a.body)
		}
	}
	if a := w.token(w.assertion(app, k, "okta.users.read", func(c map[string]any) { c["exp"] = w.clock.now().Unix() + 3600 })); a.status != 200 {
		t.Errorf("exp an hour ahead: %d %s", a.status, a.body)
	}
	again := w.assertion(app, k, "okta.users.read", nil)
	if a := w.token(again); a.status != 200 {
		t.Fatalf("first use: %d %s", a.status, a.body)
	}
	if a := w.token(again); a.status != 401 || !strings.Contains(a.body, "already been used") {
		t.Errorf("second use: %d %s", a.status, a.body)
	}
}

func TestAssertionByJWKSURL(t *testing.T) {
	w := newWorld(t)
	k := newKey(t, "remote")
	keys := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		if _, err := rw.Write([]byte(`{"keys":[` + k.public(t) + `]}`)); err != nil {
			t.Error(err)
		}
	}))
	app, err := w.org.AddServiceApp(oktasim.ServiceApp{Name: "Remote", JWKSURI: keys.URL, Scopes: []string{"okta.users.read"}})
	if err != nil {
		t.Fatal(err)
	}
	if a := w.token(w.assertion(app, k, "okta.users.read", nil)); a.status != 200 {
		t.Errorf("by JWKS URL: %d %s", a.status, a.body)
	}
	keys.Close()
	if a := w.token(w.assertion(app, k, "okta.users.read", nil)); a.status != 401 || !strings.Contains(a.body, "JWKSet is invalid") {
		t.Errorf("with the URL down: %d %s", a.status, a.body)
	}
}

func TestUngrantedScope(t *testing.T) {
	w := newWorld(t)
	app, k := w.serviceApp(oktasim.ServiceApp{Scopes: []string{"okta.users.read"}})
	both := "okta.users.read okta.logs.read"
	if got := w.token(w.assertion(app, k, both, nil)).json(t); got["scope"] != "okta.users.read" {
		t.Errorf("left out: %v", got)
	}
	w.org.Update(func(s *oktasim.Settings) { s.RefuseUngranted = true })
	if a := w.token(w.assertion(app, k, both, nil)); a.status != 400 || a.json(t)["error"] != "invalid_scope" {
		t.Errorf("refused: %d %s", a.status, a.body)
	}
	if err := w.org.GrantScope(app, "okta.logs.read"); err != nil {
		t.Fatal(err)
	}
	if got := w.token(w.assertion(app, k, both, nil)).json(t); got["scope"] != both {
		t.Errorf("granted: %v", got)
	}
}

func TestClientWithoutStatus(t *testing.T) {
	w := newWorld(t)
	app, k := w.serviceApp(oktasim.ServiceApp{Scopes: []string{"okta.users.read"}, Roles: []oktasim.Role{{Type: "SUPER_ADMIN"}}})
	bearer := w.bearer(app, k, "okta.users.read")
	if a := w.api(root, "POST", "/api/v1/apps/"+app+"/lifecycle/deactivate", ""); a.status != 200 {
		t.Fatalf("deactivate: %d %s", a.status, a.body)
	}
	if a := w.api(bearer, "GET", "/api/v1/users", ""); a.status != 401 {
		t.Errorf("a token of a deactivated app: %d", a.status)
	}
	if a := w.token(w.assertion(app, k, "okta.users.read", nil)); a.status != 401 {
		t.Errorf("a token for a deactivated app: %d %s", a.status, a.body)
	}
}

func TestInstallOverTheAPI(t *testing.T) {
	w := newWorld(t)
	const path = "/integrations/api/v1/api-services"
	for _, body := range []string{`{"type":"moon","grantedScopes":["okta.logs.read"]}`, `{"type":"log-collector"}`, `{"type":"log-collector","grantedScopes":["okta.users.read"]}`} {
		if a := w.api(root, "POST", path, body); a.status != 400 {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
	}
	a := w.api(root, "POST", path, `{"type":"log-collector","grantedScopes":["okta.logs.read"]}`)
	if a.status != 201 {
		t.Fatalf("install: %d %s", a.status, a.body)
	}
	got := a.json(t)
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"okta.logs.read"}}
	if a := w.token(form, basic(got["id"].(string), got["clientSecret"].(string))); a.status != 200 {
		t.Errorf("token: %d %s", a.status, a.body)
	}
	if a := w.api(root, "GET", path+"/"+got["id"].(string), ""); a.status != 200 || strings.Contains(a.body, got["clientSecret"].(string)) {
		t.Errorf("the secret is told once: %d %s", a.status, a.body)
	}
}
