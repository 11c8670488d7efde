package web_test

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/internal/app"
	"caracal/internal/testenv"
	"caracal/org"
	"caracal/web"
)

func TestSignInAndOut(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, testenv.Stopped)
	b := env.Anonymous()
	b.Get("/sign-in").Status(http.StatusOK).Has("main", "ada.admin@caracal.example")
	b.SignIn("ada.admin@caracal.example").Status(http.StatusOK).Has("h1", "Ada Admin")
	b.Get("/account").Has("main", "Admin").Has("table", "This one")

	page := b.Post("/sign-out").Status(http.StatusOK)
	if got := page.Response.Header.Get("Clear-Site-Data"); got != `"cache", "storage"` {
		t.Errorf("Clear-Site-Data is %q", got)
	}
	_, to, _ := strings.Cut(page.Response.Header.Get("Refresh"), "url=")
	u, err := url.Parse(to)
	if err != nil || !strings.HasPrefix(to, env.OrgURL) || u.Query().Get("id_token_hint") == "" {
		t.Fatalf("leads on to %q", to)
	}
	b.Get("/account").Status(http.StatusSeeOther)
	b.Do(get(t, to)).FollowAll().Has("h1", "Sign in to Caracal") // back from the provider, signed out there
	b.Get("/sign-in/start").FollowAll().Has(`input[type="password"]`)
}

func get(t *testing.T, address string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRolesComeFromGroups(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, testenv.Stopped)
	for login, role := range map[string]auth.Role{
		"ben.builder": auth.Builder, "olga.operator": auth.Operator, "aisha.auditor": auth.Auditor, "emil.employee": auth.Employee,
	} {
		b := env.Anonymous()
		b.SignIn(login + "@caracal.example")
		b.Get("/account").Status(http.StatusOK).Has("main", role.Title())
	}
	nora := env.Anonymous()
	nora.SignIn("nora.newcomer@caracal.example").Status(http.StatusForbidden).Has("main", "the IT desk")
	nora.Get("/account").Status(http.StatusSeeOther)
	if nora.Cookie("caracal_dev") != "" {
		t.Error("somebody without a role has a session")
	}
}

func TestReturnTo(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"/applications?x=1":       "/applications?x=1",
		"/runs/run_1":             "/runs/run_1",
		"":                        "/",
		"https://evil.example/":   "/",
		"//evil.example/":         "/",
		"/\\evil.example":         "/",
		"\\\\evil.example":        "/",
		"/%5Cevil.example":        "/",
		"/%2F/evil.example":       "/",
		"/%09/evil.example":       "/",
		"/\t/evil.example":        "/",
		"http:evil.example":       "/",
		"javascript:alert(1)":     "/",
		"evil.example":            "/",
		"/x\r\nSet-Cookie: a=b":   "/",
		"/sign-in":                "/",
		"/sign-out":               "/",
		"///evil.example":         "/",
		"/a/../../evil":           "/a/../../evil",
		"https:///evil.example":   "/",
		"/@evil.example":          "/@evil.example",
		"//user@evil.example/%2f": "/",
	} {
		if got := web.LocalPath(in); got != want {
			t.Errorf("%q leads to %q, want %q", in, got, want)
		}
	}
}

func TestReturnToAfterSignIn(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, testenv.Stopped)
	b := env.Anonymous()
	page := b.Get("/people").Follow()
	start := page.Attr(`a[href^="/sign-in/start"]`, "href")
	next := b.Get(start).FollowAll().Value(`input[name="next"]`)
	page = b.PostURL(env.OrgURL+"/login/signin", "next", next, "username", "ada.admin@caracal.example", "password", env.Ready.Password).FollowAll()
	page.Status(http.StatusOK).Has("h1", "People")
}

func TestSessionIsNewAtSignIn(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, testenv.Stopped)
	b := env.Anonymous()
	base, err := url.Parse(env.URL)
	if err != nil {
		t.Fatal(err)
	}
	planted := "cGxhbnRlZC1wbGFudGVkLXBsYW50ZWQtcGxhbnRlZC1h"
	b.Client.Jar.SetCookies(base, []*http.Cookie{{Name: "caracal_dev", Value: planted, Path: "/"}})
	b.SignIn("ada.admin@caracal.example").Status(http.StatusOK)
	first := b.Cookie("caracal_dev")
	if first == planted || len(first) < 43 {
		t.Fatalf("the cookie is %q after sign-in", first)
	}
	b.Get("/sign-in/start").FollowAll() // a session at the provider signs in again without a page
	second := b.Cookie("caracal_dev")
	if second == first {
		t.Error("signing in again kept the token")
	}
	old := env.Anonymous()
	old.Client.Jar.SetCookies(base, []*http.Cookie{{Name: "caracal_dev", Value: first, Path: "/"}})
	old.Get("/account").Status(http.StatusSeeOther)
	file, err := os.ReadFile(env.File)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(file, []byte(second)) {
		t.Error("the database holds the token itself")
	}
}

func TestSessionEnds(t *testing.T) {
	t.Parallel()
	t.Run("idle", func(t *testing.T) {
		t.Parallel()
		env := testenv.New(t, testenv.Stopped)
		for range 3 {
			env.Clock.Advance(29 * time.Minute)
			env.Get("/account").Status(http.StatusOK)
		}
		env.Clock.Advance(31 * time.Minute)
		env.Get("/account").Status(http.StatusSeeOther)
	})
	t.Run("idle before a page that asks by itself", func(t *testing.T) {
		t.Parallel()
		env := testenv.New(t, testenv.Stopped)
		env.Clock.Advance(20 * time.Minute)
		env.Get("/runs/run_1/live").Status(http.StatusNotFound)
		env.Clock.Advance(11 * time.Minute)
		poll := env.Request(http.MethodGet, "/runs/run_1/live?revision=3", http.Header{
			"Hx-Request": {"true"}, "Hx-Current-Url": {env.URL + "/runs/run_1?a=b"}})
		page := env.Do(poll).Status(http.StatusUnauthorized)
		if to := page.Response.Header.Get("HX-Redirect"); to != "/sign-in?to=%2Fruns%2Frun_1%3Fa%3Db" {
			t.Errorf("it leads to %q", to)
		}
	})
	t.Run("absolute", func(t *testing.T) {
		t.Parallel()
		env := testenv.New(t, testenv.Stopped)
		for range 24 { // 11 h 36 min of steady use
			env.Clock.Advance(29 * time.Minute)
			env.Get("/account").Status(http.StatusOK)
		}
		env.Clock.Advance(25 * time.Minute)
		env.Get("/account").Status(http.StatusSeeOther)
	})
	t.Run("by its owner", func(t *testing.T) {
		t.Parallel()
		env := testenv.New(t, testenv.Stopped)
		other := env.As(auth.Admin)
		action := env.Get("/account").Attr(`form[action^="/account/sessions/"]`, "action")
		env.Post(action).Status(http.StatusSeeOther).Follow().Has(".toast", "has ended")
		env.Get("/account").HasNot(".toast")
		other.Get("/account").Status(http.StatusSeeOther)
		env.As(auth.Operator).Post(action).Status(http.StatusNotFound)
	})
	t.Run("by an admin", func(t *testing.T) {
		t.Parallel()
		env := testenv.New(t, testenv.Stopped)
		operator := env.As(auth.Operator)
		action := env.Get("/people").Attr(`form[action^="/people/"]`, "action")
		env.Post(action).Follow().Has(".toast", "1 session")
		operator.Get("/account").Status(http.StatusSeeOther)
	})
}

func TestAttemptBelongsToOneBrowserAndServesOnce(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, testenv.Stopped)
	victim, attacker := env.Anonymous(), env.Anonymous()
	callback := func(b *testenv.Browser) string {
		page := b.Get("/sign-in/start").FollowAll()
		page = b.PostURL(env.OrgURL+"/login/signin", "next", page.Value(`input[name="next"]`),
			"username", "ada.admin@caracal.example", "password", env.Ready.Password)
		for !strings.Contains(page.Response.Header.Get("Location"), "/sign-in/callback") {
			page = page.Follow()
		}
		return page.Response.Header.Get("Location")
	}
	theirs := callback(attacker)
	victim.Get("/sign-in/start")
	victim.Do(get(t, theirs)).Status(http.StatusForbidden).Has("main", "not begun in this browser")
	env.Anonymous().Do(get(t, theirs)).Status(http.StatusForbidden)

	attacker.Do(get(t, theirs)).Status(http.StatusSeeOther)
	attacker.Do(get(t, theirs)).Status(http.StatusForbidden)

	late := env.Anonymous()
	address := callback(late)
	env.Clock.Advance(11 * time.Minute)
	late.Do(get(t, address)).Status(http.StatusForbidden)

	wrong := env.Anonymous()
	u, err := url.Parse(callback(wrong))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("state", "made-up")
	u.RawQuery = q.Encode()
	wrong.Do(get(t, u.String())).Status(http.StatusForbidden)
}

func TestTwoCookiesOnOneHost(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, testenv.Stopped)
	b := env.Anonymous()
	b.SignIn("ada.admin@caracal.example")
	for range 2 { // app and org in turn: neither signs the other out
		b.Get("/account").Status(http.StatusOK).Has("main", "Ada Admin")
		page := b.Do(get(t, env.OrgURL+"/admin")).FollowAll()
		page.Status(http.StatusOK).HasNot(`input[type="password"]`)
	}
	b.Post("/sign-out")
	b.Do(get(t, env.OrgURL+"/admin")).FollowAll().Status(http.StatusOK).HasNot(`input[type="password"]`)
}

func TestRateLimitOfSignIn(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, testenv.Stopped, testenv.Configure(func(c *app.Config) { c.Limits.Starts, c.Limits.Callbacks = 0, 0 }))
	b := env.Anonymous()
	for range 10 {
		b.Get("/sign-in/start").Status(http.StatusSeeOther)
	}
	page := b.Get("/sign-in/start").Status(http.StatusTooManyRequests)
	if page.Response.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	spoofed := b.Request(http.MethodGet, "/sign-in/start", http.Header{"X-Forwarded-For": {"203.0.113.9"}})
	b.Do(spoofed).Status(http.StatusTooManyRequests)
	env.Clock.Advance(time.Minute)
	b.Get("/sign-in/start").Status(http.StatusSeeOther)
}

// TestRateLimitOfChanges: one person who writes or asks an org without end is held back, and nobody else is.
func TestRateLimitOfChanges(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, testenv.Stopped, testenv.Configure(func(c *app.Config) { c.Limits.Changes = 3 }))
	id := env.Connect(org.CustomApp).ID // one change
	env.Post("/workflows/none/archive").Status(http.StatusNotFound)
	env.Get("/pick/group?application=" + id).Status(http.StatusOK)
	env.Get("/pick/group?application="+id).Status(http.StatusTooManyRequests).Has("main", "wait a minute")
	page := env.Post("/workflows").Status(http.StatusTooManyRequests)
	if page.Response.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	env.Get("/applications").Status(http.StatusOK) // what only reads our own database goes on
	env.As(auth.Builder).Get("/pick/group?application=" + id).Status(http.StatusOK)
	env.Clock.Advance(time.Minute)
	env.Get("/pick/group?application=" + id).Status(http.StatusOK)
}

func TestMissingSettingsAreShown(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, testenv.Stopped, testenv.Configure(func(c *app.Config) {
		c.Missing = []string{"CARACAL_OIDC_ISSUER", "CARACAL_OIDC_CLIENT_ID"}
	}))
	b := env.Anonymous()
	b.Get("/sign-in").Status(http.StatusServiceUnavailable).Has("main", "CARACAL_OIDC_ISSUER", "CARACAL_OIDC_CLIENT_ID")
	b.Get("/sign-in/start").Status(http.StatusSeeOther)
}

func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, testenv.Stopped)
	for _, c := range []struct {
		name   string
		header http.Header
		passes bool
	}{
		{"same origin", http.Header{"Sec-Fetch-Site": {"same-origin"}}, true},
		{"typed in", http.Header{"Sec-Fetch-Site": {"none"}}, true},
		{"another site", http.Header{"Sec-Fetch-Site": {"cross-site"}}, false},
		{"another host of the site", http.Header{"Sec-Fetch-Site": {"same-site"}}, false},
		{"old browser, our origin", http.Header{"Origin": {env.URL}}, true},
		{"old browser, another origin", http.Header{"Origin": {"https://evil.example"}}, false},
		{"old browser, the org's origin", http.Header{"Origin": {env.OrgURL}}, false},
		{"no browser", http.Header{}, true},
	} {
		r := env.Request(http.MethodPost, "/account/sessions/none/end", c.header)
		page := env.Do(r)
		refused := strings.Contains(page.Text, "came from another site")
		if refused == c.passes {
			t.Errorf("%s: %s", c.name, page.Response.Status)
		}
	}
	r := env.Request(http.MethodGet, "/account", http.Header{"Sec-Fetch-Site": {"cross-site"}})
	env.Do(r).Status(http.StatusOK) // a link from elsewhere is fine: it changes nothing
}
