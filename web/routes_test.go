package web_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/internal/testenv"
	"caracal/web"
)

var wildcard = regexp.MustCompile(`\{[^}]*\}`)

// pathOf fills the wildcards of a pattern with an id that nothing has.
func pathOf(line web.RouteLine) string {
	return wildcard.ReplaceAllString(strings.TrimSuffix(line.Pattern, "{$}"), "none")
}

// denied is part of the sentence of the role check, and of nothing else.
const denied = "Your role does not allow this"

func TestEveryRouteForEveryRole(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	lines := app.App.Server.RouteLines()
	if len(lines) < 20 {
		t.Fatalf("only %d routes", len(lines))
	}
	known := append([]auth.Permission{auth.Public, auth.SignedIn}, auth.Permissions...)
	tokens := map[auth.Role]string{}
	for _, role := range auth.Roles {
		tokens[role] = app.Token(role)
	}
	for _, line := range lines {
		if strings.HasPrefix(line.Pattern, "/api/") {
			app.Pass(20 * time.Second) // one address may ask so often in a minute
			askWithTokens(t, app, line, tokens)
			continue
		}
		if !slices.Contains(known, line.Access) {
			t.Errorf("%s %s asks for %q, which no role can hold", line.Method, line.Pattern, line.Access)
		}
		ask := func(b *testenv.Browser) *testenv.Page {
			if line.Method == http.MethodPost {
				return b.Post(pathOf(line))
			}
			return b.Get(pathOf(line))
		}
		for _, role := range auth.Roles {
			page := ask(app.As(role))
			if got, want := !strings.Contains(page.Text, denied), role.May(line.Access); got != want {
				t.Errorf("%s %s as %s: allowed is %v, want %v (%s)", line.Method, line.Pattern, role, got, want, page.Response.Status)
			}
			if page.Response.StatusCode == http.StatusInternalServerError {
				t.Errorf("%s %s as %s: %s", line.Method, line.Pattern, role, page.Response.Status)
			}
		}
		page := ask(app.Anonymous())
		switch {
		case line.Access == auth.Public:
			if page.Response.StatusCode == http.StatusUnauthorized || strings.HasPrefix(page.Response.Header.Get("Location"), "/sign-in?") {
				t.Errorf("%s %s is public and asks to sign in", line.Method, line.Pattern)
			}
		case line.Method == http.MethodPost:
			page.Status(http.StatusUnauthorized)
		default:
			page.Status(http.StatusSeeOther)
			if to := page.Response.Header.Get("Location"); !strings.HasPrefix(to, "/sign-in") {
				t.Errorf("%s %s leads a stranger to %q", line.Method, line.Pattern, to)
			}
		}
	}
}

// askWithTokens asks a line of the API with a token of each role, with a wrong one, and with the session of an admin,
// which counts for nothing there.
func askWithTokens(t *testing.T, app *testenv.App, line web.RouteLine, tokens map[auth.Role]string) {
	t.Helper()
	ask := func(b *testenv.Browser, token string) *testenv.Page {
		header := http.Header{"Content-Type": {"application/json"}}
		if token != "" {
			header.Set("Authorization", "Bearer "+token)
		}
		return b.Do(b.Request(line.Method, pathOf(line), header))
	}
	if line.Access == auth.Public || line.Access == auth.SignedIn {
		t.Errorf("%s %s names no permission", line.Method, line.Pattern)
	}
	for role, token := range tokens {
		page := ask(app.Anonymous(), token)
		if got, want := !strings.Contains(page.Text, denied), role.May(line.Access); got != want {
			t.Errorf("%s %s with a token of %s: allowed is %v, want %v (%s)", line.Method, line.Pattern, role, got, want, page.Response.Status)
		}
		if page.Response.StatusCode == http.StatusInternalServerError || page.Response.Header.Get("Content-Type") != "application/json; charset=utf-8" {
			t.Errorf("%s %s with a token of %s: %s, %s", line.Method, line.Pattern, role, page.Response.Status, page.Response.Header.Get("Content-Type"))
		}
	}
	ask(app.Browser, "").Status(http.StatusUnauthorized)
	ask(app.Anonymous(), "caracal_wrong").Status(http.StatusUnauthorized)
}

func TestNobodyWithoutARoleGetsIn(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	nobody := app.As() // signed in once, with no role any more
	for _, line := range app.App.Server.RouteLines() {
		if line.Access == auth.Public || line.Method != http.MethodGet || strings.HasPrefix(line.Pattern, "/api/") {
			continue
		}
		if page := nobody.Get(pathOf(line)); !strings.Contains(page.Text, denied) {
			t.Errorf("GET %s: %s without any role", line.Pattern, page.Response.Status)
		}
	}
}

func TestHeadersOnEveryRoute(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	want := map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
			"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'",
		"X-Content-Type-Options":    "nosniff",
		"Referrer-Policy":           "no-referrer",
		"X-Frame-Options":           "DENY",
		"Cache-Control":             "no-store",
		"Strict-Transport-Security": "", // plain http: only the demo
	}
	paths := []string{"/nowhere", "/sign-in/nowhere"}
	for _, line := range app.App.Server.RouteLines() {
		if line.Method == http.MethodGet {
			paths = append(paths, pathOf(line))
		}
	}
	for _, path := range paths {
		for _, b := range []*testenv.Browser{app.Browser, app.Anonymous()} {
			page := b.Get(path)
			for name, value := range want {
				if got := page.Response.Header.Get(name); got != value && !(name == "Cache-Control" && strings.HasPrefix(path, "/jwks/")) {
					t.Errorf("GET %s: %s is %q, want %q", path, name, got, value)
				}
			}
			if page.Response.Header.Get("X-Request-Id") == "" {
				t.Errorf("GET %s has no request id", path)
			}
		}
	}
}

func TestErrorsArePages(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	app.Get("/nowhere").Status(http.StatusNotFound).Has("h1", "nothing here")
	app.Post("/account").Status(http.StatusMethodNotAllowed).Has("main", "the page's own buttons")
	if page := app.Get("/hooks/nowhere").Status(http.StatusMethodNotAllowed); !strings.Contains(page.Text, "takes POST, and not GET") {
		t.Errorf("a program that sends GET to a webhook is told %s", page.Text)
	}
	app.Post("/people/none/sessions/end").Status(http.StatusNotFound).Has("main", "Nobody with this id")
	app.As(auth.Employee).Get("/people").Status(http.StatusForbidden).Has("main", denied, "the IT desk")
	page := app.Post("/applications/connect/okta", "domain", strings.Repeat("x", 300<<10))
	if page.Response.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a body of 300 KB: %s", page.Response.Status)
	}
}

func TestStaticFilesStayForGood(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	page := app.Get("/sign-in").FollowAll()
	sheet := page.Attr(`link[rel="stylesheet"]`, "href")
	got := app.Anonymous().Get(sheet).Status(http.StatusOK)
	if cache := got.Response.Header.Get("Cache-Control"); !strings.Contains(cache, "immutable") {
		t.Errorf("%s: Cache-Control is %q", sheet, cache)
	}
}

func TestProbes(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	app.Anonymous().Get("/healthz").Status(http.StatusOK)
	app.Anonymous().Get("/readyz").Status(http.StatusOK)
}

// TestChangingTakesTheRight: what a program may change takes a token that was given the right to, and each line that takes
// none is accounted for.
func TestChangingTakesTheRight(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	plain := app.Token(auth.Admin)
	without := []string{ // runs and what belongs to them, looking, and stopping what starts by itself
		"/api/v1/workflows/{id}/runs", "/api/v1/workflows/{id}/batches", "/api/v1/batches/{id}/start", "/api/v1/batches/{id}/rehearsals", "/api/v1/batches/{id}/again",
		"/api/v1/runs/{id}/continue", "/api/v1/runs/{id}/continue/plan", "/api/v1/runs/{id}/decide", "/api/v1/runs/{id}/undo", "/api/v1/runs/{id}/undo/rehearsals",
		"/api/v1/workflows/{id}/triggers/{trigger}/pause", "/api/v1/workflows/{id}/triggers/{trigger}/resume", "/api/v1/workflows/{id}/rehearsals", "/api/v1/rehearsals",
		"/api/v1/workflows/diff",
	}
	changing := 0
	for _, line := range app.App.Server.RouteLines() {
		if !strings.HasPrefix(line.Pattern, "/api/") {
			if line.Changing {
				t.Errorf("%s %s is no line of the API", line.Method, line.Pattern)
			}
			continue
		}
		if line.Changing {
			changing++
			header := http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + plain}}
			page := app.Anonymous().Do(app.Anonymous().Request(line.Method, pathOf(line), header))
			if page.Response.StatusCode != http.StatusForbidden || !strings.Contains(page.Text, "This token may not change workflows and triggers") {
				t.Errorf("%s %s with an admin's token without the right: %s", line.Method, line.Pattern, page.Response.Status)
			}
			continue
		}
		if line.Method == http.MethodPost && !slices.Contains(without, line.Pattern) {
			t.Errorf("POST %s changes something: does it take the right?", line.Pattern)
		}
	}
	if changing < 4 {
		t.Errorf("only %d lines take the right", changing)
	}
}
