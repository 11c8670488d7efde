package oktasim_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"caracal/oktasim"
)

const (
	redirect = "http://127.0.0.1:9/callback"
	goodbye  = "http://127.0.0.1:9/bye"
)

// browser keeps cookies and follows no redirects.
func (w *world) browser() *world {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	b := *w
	b.http = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &b
}

func (w *world) post(path string, form url.Values) answer {
	w.t.Helper()
	req := w.request("POST", path, form.Encode())
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.send(req)
}

// webWorld has a web app, and one person in two groups.
func webWorld(t *testing.T) (w *world, app, secret string) {
	t.Helper()
	w = newWorld(t)
	app, secret, err := w.org.AddWebApp(oktasim.WebApp{Name: "Web", RedirectURIs: []string{redirect}, PostLogoutURIs: []string{goodbye}, GroupsFilter: "app-.*"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.org.AddPerson(oktasim.Person{First: "Mia", Last: "Admin", Login: "mia@example.com", Password: "Right-1234", Groups: []string{"app-admins", "Other"},
		AdminRole: "SUPER_ADMIN", Note: "runs the app"}); err != nil {
		t.Fatal(err)
	}
	return w, app, secret
}

func (w *world) authorizeURL(app string, change map[string]string) (string, string) {
	verifier := rand.Text() + rand.Text()
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{"client_id": {app}, "redirect_uri": {redirect}, "response_type": {"code"}, "scope": {"openid profile email groups"},
		"state": {"s1"}, "nonce": {"n1"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}
	for k, v := range change {
		if v == "" {
			q.Del(k)
			continue
		}
		q.Set(k, v)
	}
	return "/oauth2/v1/authorize?" + q.Encode(), verifier
}

// signIn goes through the sign-in page and returns the code.
func (w *world) signIn(app string) (code, verifier string) {
	w.t.Helper()
	path, verifier := w.authorizeURL(app, nil)
	a := w.send(w.request("GET", path, ""))
	if a.status != 302 || !strings.HasPrefix(a.header.Get("Location"), "/login/signin?") {
		w.t.Fatalf("authorize: %d %v", a.status, a.header)
	}
	page, err := url.Parse(a.header.Get("Location"))
	if err != nil {
		w.t.Fatal(err)
	}
	a = w.post("/login/signin", url.Values{"next": {page.Query().Get("next")}, "username": {"mia@example.com"}, "password": {"Right-1234"}})
	if a.status != 303 {
		w.t.Fatalf("sign in: %d %s", a.status, a.body)
	}
	a = w.send(w.request("GET", a.header.Get("Location"), ""))
	back, err := url.Parse(a.header.Get("Location"))
	if err != nil || !strings.HasPrefix(back.String(), redirect) || back.Query().Get("state") != "s1" {
		w.t.Fatalf("back: %d %v", a.status, a.header)
	}
	return back.Query().Get("code"), verifier
}

func redeem(code, verifier string) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirect}, "code_verifier": {verifier}}
}

func TestSignInWithPKCE(t *testing.T) {
	w, app, secret := webWorld(t)
	b := w.browser()
	code, verifier := b.signIn(app)
	a := w.token(redeem(code, verifier), basic(app, secret))
	if a.status != 200 {
		t.Fatalf("token: %d %s", a.status, a.body)
	}
	tokens := a.json(t)
	claims := w.idClaims(tokens["id_token"].(string))
	if claims["iss"] != w.url || claims["aud"] != app || claims["nonce"] != "n1" || claims["email"] != "mia@example.com" || claims["name"] != "Mia Admin" {
		t.Errorf("claims: %v", claims)
	}
	if g, ok := claims["groups"].([]any); !ok || len(g) != 1 || g[0] != "app-admins" {
		t.Errorf("groups: %v", claims["groups"])
	}
	info := w.api("Bearer "+tokens["access_token"].(string), "GET", "/oauth2/v1/userinfo", "")
	if info.status != 200 || info.json(t)["sub"] != claims["sub"] || info.json(t)["family_name"] != "Admin" {
		t.Errorf("userinfo: %d %s", info.status, info.body)
	}
	if a := w.api("Bearer "+tokens["access_token"].(string), "GET", "/api/v1/users", ""); a.status != 403 {
		t.Errorf("a person's token at the Management API: %d", a.status)
	}

	if a := w.token(redeem(code, verifier), basic(app, secret)); a.status != 400 || a.json(t)["error"] != "invalid_grant" {
		t.Errorf("a code twice: %d %s", a.status, a.body)
	}
	if info := w.api("Bearer "+tokens["access_token"].(string), "GET", "/oauth2/v1/userinfo", ""); info.status != 401 {
		t.Errorf("a replayed code takes its tokens along: %d", info.status)
	}

	path, _ := w.authorizeURL(app, map[string]string{"prompt": "none"})
	if a := b.send(b.request("GET", path, "")); !strings.Contains(a.header.Get("Location"), "code=") {
		t.Errorf("with a session: %v", a.header)
	}
	w.clock.advance(10 * time.Minute)
	for again, want := range map[string]string{"max_age": "60", "prompt": "login"} {
		path, _ := w.authorizeURL(app, map[string]string{again: want})
		if a := b.send(b.request("GET", path, "")); !strings.HasPrefix(a.header.Get("Location"), "/login/signin?") {
			t.Errorf("%s=%s with an old session: %v", again, want, a.header)
		}
	}
	out := "/oauth2/v1/logout?" + url.Values{"id_token_hint": {tokens["id_token"].(string)}, "post_logout_redirect_uri": {goodbye}, "state": {"x"}}.Encode()
	if a := b.send(b.request("GET", out, "")); a.header.Get("Location") != goodbye+"?state=x" {
		t.Errorf("logout: %d %v", a.status, a.header)
	}
	if a := b.send(b.request("GET", path, "")); !strings.Contains(a.header.Get("Location"), "error=login_required") {
		t.Errorf("after logout: %v", a.header)
	}
	for _, kind := range []string{"user.session.start", "user.authentication.sso", "user.session.end"} {
		if len(w.org.Events(kind)) == 0 {
			t.Errorf("no %s in the log", kind)
		}
	}
}

// idClaims checks an ID token against the published keys.
func (w *world) idClaims(token string) map[string]any {
	w.t.Helper()
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(w.api("", "GET", "/oauth2/v1/keys", "").body), &set); err != nil {
		w.t.Fatal(err)
	}
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		w.t.Fatal(err)
	}
	payload, err := jws.Verify(set.Key(jws.Signatures[0].Header.KeyID)[0])
	if err != nil {
		w.t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		w.t.Fatal(err)
	}
	return claims
}

func TestCodeRefusals(t *testing.T) {
	w, app, secret := webWorld(t)
	other, otherSecret, err := w.org.AddWebApp(oktasim.WebApp{Name: "Other", RedirectURIs: []string{redirect}})
	if err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]func(code, verifier string) answer{
		"another verifier": func(c, _ string) answer { return w.token(redeem(c, rand.Text()+rand.Text()), basic(app, secret)) },
		"no verifier":      func(c, _ string) answer { return w.token(redeem(c, ""), basic(app, secret)) },
		"another client":   func(c, v string) answer { return w.token(redeem(c, v), basic(other, otherSecret)) },
		"another redirect": func(c, v string) answer {
			f := redeem(c, v)
			f.Set("redirect_uri", goodbye)
			return w.token(f, basic(app, secret))
		},
		"an unknown code": func(_, v string) answer { return w.token(redeem("x", v), basic(app, secret)) },
		"too late": func(c, v string) answer {
			w.clock.advance(2 * time.Minute)
			return w.token(redeem(c, v), basic(app, secret))
		},
	} {
		code, verifier := w.browser().signIn(app)
		if a := try(code, verifier); a.status != 400 || a.json(t)["error"] != "invalid_grant" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}

func TestAuthorizeRefusals(t *testing.T) {
	w, app, _ := webWorld(t)
	for _, tt := range []struct {
		change map[string]string
		status int
		want   string
	}{
		{map[string]string{"client_id": "0oanobody"}, 400, "client_id"},
		{map[string]string{"redirect_uri": redirect + "/more"}, 400, "redirect_uri"},
		{map[string]string{"response_type": "token"}, 302, "error=unsupported_response_type"},
		{map[string]string{"state": ""}, 302, "error=invalid_request"},
		{map[string]string{"scope": "profile"}, 302, "error=invalid_scope"},
		{map[string]string{"scope": "openid moon"}, 302, "error=invalid_scope"},
		{map[string]string{"code_challenge_method": "plain"}, 302, "error=invalid_request"},
		{map[string]string{"code_challenge": "short"}, 302, "error=invalid_request"},
		{map[string]string{"prompt": "none"}, 302, "error=login_required"},
	} {
		path, _ := w.authorizeURL(app, tt.change)
		a := w.browser().send(w.request("GET", path, ""))
		if a.status != tt.status || !strings.Contains(a.body+a.header.Get("Location"), tt.want) {
			t.Errorf("%v: %d %s %s", tt.change, a.status, a.header.Get("Location"), a.body)
		}
		if tt.status == 400 && a.header.Get("Location") != "" {
			t.Errorf("%v: sent back to an address nobody registered", tt.change)
		}
	}
}

func TestSignInPage(t *testing.T) {
	w, _, _ := webWorld(t)
	b := w.browser()
	page := b.send(b.request("GET", "/login/signin?username=mia%40example.com&next=%2F%2Fevil.example", ""))
	for _, want := range []string{"Mia Admin", "runs the app", "Super Administrator", `value="/admin/"`} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if csp := page.header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' http://127.0.0.1:9") {
		t.Errorf("a browser would stop the way back to the app: %s", csp)
	}
	if strings.Contains(page.body, "Right-1234") {
		t.Error("the page tells the password")
	}
	wrong := b.post("/login/signin", url.Values{"username": {"mia@example.com"}, "password": {"wrong"}})
	if wrong.status != 401 || !strings.Contains(wrong.body, "Unable to sign in") || len(wrong.header.Values("Set-Cookie")) != 0 {
		t.Errorf("a wrong password: %d", wrong.status)
	}
	right := b.post("/login/signin", url.Values{"username": {"mia@example.com"}, "password": {"Right-1234"}})
	cookie := right.header.Get("Set-Cookie")
	if right.status != 303 || !strings.HasPrefix(cookie, "oktasim_sid=") || !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") {
		t.Errorf("the right one: %d %s", right.status, cookie)
	}
	cross := b.request("POST", "/login/signin", "username=a&password=b")
	cross.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	cross.Header.Set("Origin", "https://evil.example")
	if a := b.send(cross); a.status != 403 {
		t.Errorf("a form from elsewhere: %d", a.status)
	}
}

func TestSessionEndsWithTheUser(t *testing.T) {
	w, app, _ := webWorld(t)
	b := w.browser()
	b.signIn(app)
	if a := w.api(root, "POST", "/api/v1/users/mia@example.com/lifecycle/suspend", ""); a.status != 200 {
		t.Fatalf("suspend: %d %s", a.status, a.body)
	}
	path, _ := w.authorizeURL(app, map[string]string{"prompt": "none"})
	if a := b.send(b.request("GET", path, "")); !strings.Contains(a.header.Get("Location"), "login_required") {
		t.Errorf("a suspended person goes on: %v", a.header)
	}
}

func TestSessionsAPI(t *testing.T) {
	w, _, _ := webWorld(t)
	authn := w.api("", "POST", "/api/v1/authn", `{"username":"mia@example.com","password":"Right-1234"}`)
	token, _ := authn.json(t)["sessionToken"].(string)
	a := w.api(root, "POST", "/api/v1/sessions", `{"sessionToken":"`+token+`"}`)
	if a.status != 200 || a.json(t)["login"] != "mia@example.com" {
		t.Fatalf("create: %d %s", a.status, a.body)
	}
	path := "/api/v1/sessions/" + a.json(t)["id"].(string)
	for _, tt := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/api/v1/sessions", `{"sessionToken":"` + token + `"}`, 401},
		{"GET", path, "", 200},
		{"POST", path + "/lifecycle/refresh", "", 200},
		{"DELETE", path, "", 204},
		{"GET", path, "", 404},
		{"GET", "/api/v1/sessions/", "", 405},
	} {
		if a := w.api(root, tt.method, tt.path, tt.body); a.status != tt.status {
			t.Errorf("%s %s: %d %s", tt.method, tt.path, a.status, a.body)
		}
	}
}

func TestMySession(t *testing.T) {
	w, app, _ := webWorld(t)
	b := w.browser()
	if a := b.send(b.request("GET", "/api/v1/sessions/me", "")); a.status != 404 {
		t.Errorf("signed out: %d", a.status)
	}
	b.signIn(app)
	if a := b.send(b.request("GET", "/api/v1/sessions/me", "")); a.status != 200 || a.json(t)["login"] != "mia@example.com" {
		t.Errorf("signed in: %d %s", a.status, a.body)
	}
	if a := b.send(b.request("DELETE", "/api/v1/sessions/me", "")); a.status != 204 {
		t.Errorf("close: %d", a.status)
	}
	if a := b.send(b.request("POST", "/api/v1/sessions/me/lifecycle/refresh", "")); a.status != 404 {
		t.Errorf("closed: %d", a.status)
	}
}

func TestDiscovery(t *testing.T) {
	w := newWorld(t)
	a := w.api("", "GET", "/.well-known/openid-configuration", "")
	got := a.json(t)
	if got["issuer"] != w.url || got["token_endpoint"] != w.url+"/oauth2/v1/token" || got["end_session_endpoint"] != w.url+"/oauth2/v1/logout" {
		t.Errorf("discovery: %s", a.body)
	}
}

func TestIntrospectAndRevoke(t *testing.T) {
	w := newWorld(t)
	id, secret, err := w.org.AddIntegration(oktasim.Integration{Name: "L", Scopes: []string{"okta.users.read"}})
	if err != nil {
		t.Fatal(err)
	}
	token := w.token(url.Values{"grant_type": {"client_credentials"}, "scope": {"okta.users.read"}}, basic(id, secret)).json(t)["access_token"].(string)
	ask := func(path string) answer {
		req := w.request("POST", path, url.Values{"token": {token}}.Encode())
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.SetBasicAuth(id, secret)
		return w.send(req)
	}
	if a := ask("/oauth2/v1/introspect"); a.json(t)["active"] != true {
		t.Errorf("active: %s", a.body)
	}
	if a := ask("/oauth2/v1/revoke"); a.status != 200 {
		t.Errorf("revoke: %d", a.status)
	}
	if a := ask("/oauth2/v1/introspect"); a.json(t)["active"] != false {
		t.Errorf("revoked: %s", a.body)
	}
	if a := w.api("Bearer "+token, "GET", "/api/v1/users", ""); a.status != 401 {
		t.Errorf("a revoked token: %d", a.status)
	}
}
