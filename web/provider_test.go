package web_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"caracal/auth"
	"caracal/internal/app"
	"caracal/internal/testenv"
	"caracal/secret"
)

// provider is a sign-in provider that lies where it is told to.
type provider struct {
	*httptest.Server
	key    *rsa.PrivateKey
	nonces map[string]string // by code

	claims   func(map[string]any)       // changes the ID token
	sign     func(claims []byte) string // in place of RS256
	userinfo map[string]any
	iss      *string // sent in the callback
	promises bool    // that it sends iss
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{key: key, nonces: map[string]string{}}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(v); err != nil {
			t.Error(err)
		}
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token",
			"jwks_uri": p.URL + "/keys", "userinfo_endpoint": p.URL + "/userinfo",
			"id_token_signing_alg_values_supported":          []string{"RS256", "HS256", "none"},
			"authorization_response_iss_parameter_supported": p.promises,
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "" || q.Get("response_type") != "code" {
			t.Errorf("authorize: %s", r.URL.RawQuery)
		}
		p.nonces["code"] = q.Get("nonce")
		back := url.Values{"code": {"code"}, "state": {q.Get("state")}}
		if p.iss != nil {
			back.Set("iss", *p.iss)
		}
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("code_verifier") == "" {
			t.Error("token: no code_verifier")
		}
		answer(w, map[string]any{"access_token": "access", "token_type": "Bearer", "expires_in": 60, "id_token": p.idToken(t)})
	})
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, _ *http.Request) { answer(w, p.userinfo) })
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) idToken(t *testing.T) string {
	now := time.Now()
	claims := map[string]any{
		"iss": p.URL, "sub": "s1", "aud": "client", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
		"nonce": p.nonces["code"], "name": "Sam", "groups": []string{"admins"},
	}
	if p.claims != nil {
		p.claims(claims)
	}
	body, err := json.Marshal(claims)
	if err != nil {
		t.Error(err)
	}
	if p.sign != nil {
		return p.sign(body)
	}
	return signed(t, jose.SigningKey{Algorithm: jose.RS256, Key: p.key}, body)
}

func signed(t *testing.T, key jose.SigningKey, body []byte) string {
	signer, err := jose.NewSigner(key, (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", "k"))
	if err != nil {
		t.Error(err)
		return ""
	}
	var claims map[string]any
	if err := json.Unmarshal(body, &claims); err != nil {
		t.Error(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Error(err)
	}
	return token
}

// signInAt starts an app whose provider is p, and returns the page that signing in ends on.
func signInAt(t *testing.T, p *provider) *testenv.Page {
	t.Helper()
	env := testenv.New(t, testenv.Stopped, testenv.Configure(func(c *app.Config) {
		c.SignIn.Issuer, c.SignIn.ClientID, c.SignIn.ClientSecret = p.URL, "client", secret.NewText(clientSecret)
		c.SignIn.Roles = map[string]auth.Role{"admins": auth.Admin}
	}))
	return env.Anonymous().Get("/sign-in/start").FollowAll()
}

const clientSecret = "a-client-secret-of-more-than-32-bytes"

func TestTokensThatAreNotBelieved(t *testing.T) {
	t.Parallel()
	none := func(body []byte) string {
		encode := base64.RawURLEncoding.EncodeToString
		return encode([]byte(`{"alg":"none"}`)) + "." + encode(body) + "."
	}
	other := "https://other.example"
	for name, lie := range map[string]func(*testing.T, *provider){
		"another nonce":    func(_ *testing.T, p *provider) { p.claims = func(c map[string]any) { c["nonce"] = "x" } },
		"no nonce":         func(_ *testing.T, p *provider) { p.claims = func(c map[string]any) { delete(c, "nonce") } },
		"another issuer":   func(_ *testing.T, p *provider) { p.claims = func(c map[string]any) { c["iss"] = other } },
		"another audience": func(_ *testing.T, p *provider) { p.claims = func(c map[string]any) { c["aud"] = "other" } },
		"expired": func(_ *testing.T, p *provider) {
			p.claims = func(c map[string]any) { c["exp"] = time.Now().Add(-time.Hour).Unix() }
		},
		"unsigned": func(_ *testing.T, p *provider) { p.sign = none },
		"signed with the client secret": func(t *testing.T, p *provider) {
			p.sign = func(b []byte) string {
				return signed(t, jose.SigningKey{Algorithm: jose.HS256, Key: []byte(clientSecret)}, b)
			}
		},
		"signed with another key": func(t *testing.T, p *provider) {
			key, err := rsa.GenerateKey(rand.Reader, 2048)
			if err != nil {
				t.Fatal(err)
			}
			p.sign = func(b []byte) string { return signed(t, jose.SigningKey{Algorithm: jose.RS256, Key: key}, b) }
		},
		"iss of another provider": func(_ *testing.T, p *provider) { p.iss = &other },
		"iss promised, not sent":  func(_ *testing.T, p *provider) { p.promises = true },
		"userinfo of another person": func(_ *testing.T, p *provider) {
			p.claims = func(c map[string]any) { delete(c, "groups") }
			p.userinfo = map[string]any{"sub": "s2", "groups": []string{"admins"}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			lie(t, p)
			signInAt(t, p).Status(http.StatusForbidden).Has("main", "Signing in did not work")
		})
	}
}

func TestTokensThatAreBelieved(t *testing.T) {
	t.Parallel()
	for name, say := range map[string]func(*provider){
		"groups in the ID token": func(*provider) {},
		"one group as text":      func(p *provider) { p.claims = func(c map[string]any) { c["groups"] = "admins" } },
		"iss as promised":        func(p *provider) { p.promises, p.iss = true, &p.URL },
		"groups at the userinfo endpoint": func(p *provider) {
			p.claims = func(c map[string]any) { delete(c, "groups"); delete(c, "name") }
			p.userinfo = map[string]any{"sub": "s1", "name": "Sam", "groups": []string{"x", "admins"}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			say(p)
			signInAt(t, p).Status(http.StatusOK).Has("h1", "Sam")
		})
	}
}

func TestProviderThatIsDown(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.Close()
	signInAt(t, p).Status(http.StatusBadGateway).Has("main", "did not answer")
}
