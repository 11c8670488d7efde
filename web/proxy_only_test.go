package web_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"caracal/internal/app"
	"caracal/internal/testenv"
)

// behindProxy is an app as `serve` makes it without a certificate of its own.
func behindProxy(t *testing.T, trusted string) *testenv.App {
	t.Helper()
	return testenv.New(t, testenv.Stopped, testenv.Configure(func(c *app.Config) {
		c.PublicURL = "https://caracal.example.com"
		c.ProxyOnly, c.TrustedProxies = true, []netip.Prefix{netip.MustParsePrefix(trusted)}
		c.Demo = nil
	}))
}

func TestOnlyTheProxyMayConnect(t *testing.T) {
	t.Parallel()
	env := behindProxy(t, "10.0.0.0/8")
	env.Anonymous().Get("/sign-in").Status(http.StatusForbidden).Has("main", "https://caracal.example.com")
	env.Anonymous().Get("/readyz").Status(http.StatusOK)
}

func TestHTTPSCookiesAndHeaders(t *testing.T) {
	t.Parallel()
	env := behindProxy(t, "127.0.0.0/8")
	page := env.Anonymous().Get("/sign-in/start").Status(http.StatusSeeOther)
	if got := page.Response.Header.Get("Strict-Transport-Security"); got != "max-age=63072000; includeSubDomains" {
		t.Errorf("Strict-Transport-Security is %q", got)
	}
	for _, line := range page.Response.Header.Values("Set-Cookie") {
		for _, want := range []string{"__Host-", "; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"} {
			if !strings.Contains(line, want) || strings.Contains(line, "Domain") {
				t.Errorf("the cookie %q lacks %q", line, want)
			}
		}
	}
	if to := page.Response.Header.Get("Location"); !strings.Contains(to, "redirect_uri=https%3A%2F%2Fcaracal.example.com%2Fsign-in%2Fcallback") {
		t.Errorf("leads to %q", to)
	}
}
