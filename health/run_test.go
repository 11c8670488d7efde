package health

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"caracal/okta"
	"caracal/oktasim"
	"caracal/org"
)

// newTarget connects a custom app to a simulated org.
func newTarget(t *testing.T, app oktasim.ServiceApp, asked []org.Scope, settings func(*oktasim.Settings)) (*oktasim.Org, Target) {
	t.Helper()
	sim := oktasim.New(oktasim.Config{})
	if settings != nil {
		sim.Update(settings)
	}
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	sim.SetBaseURL(server.URL)
	key, err := okta.GenerateKey(okta.ES256)
	if err != nil {
		t.Fatal(err)
	}
	app.JWKS = key.PublicJWK()
	id, err := sim.AddServiceApp(app)
	if err != nil {
		t.Fatal(err)
	}
	private, err := key.Private()
	if err != nil {
		t.Fatal(err)
	}
	host := strings.TrimPrefix(server.URL, "http://")
	clients := okta.NewClients(okta.Options{Hosts: org.HostRule{Loopback: []string{host}}, Wait: func(context.Context, time.Duration) error { return nil }})
	application := org.Application{ID: "app_1", Domain: host, Method: org.CustomApp, ClientID: id, Scopes: asked}
	client, err := clients.Open(application, private)
	if err != nil {
		t.Fatal(err)
	}
	return sim, Target{Application: application, Client: client}
}

func check(t *testing.T, target Target, deep bool) org.CheckRun {
	t.Helper()
	return Run(t.Context(), target, org.CheckRun{ID: "chk_1", Deep: deep}, time.Now, nil)
}

func text(scopes []org.Scope) []string {
	out := make([]string, len(scopes))
	for i, s := range scopes {
		out[i] = string(s)
	}
	return out
}

var superAdmin = []oktasim.Role{{Type: "SUPER_ADMIN"}}

func TestHealthyOrgLooksHealthy(t *testing.T) {
	t.Parallel()
	_, target := newTarget(t, oktasim.ServiceApp{Scopes: text(org.DefaultScopes), Roles: superAdmin}, org.DefaultScopes, nil)
	var mu sync.Mutex
	var seen []org.Scope
	run := Run(t.Context(), target, org.CheckRun{}, time.Now, func(c org.Check) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, c.Scope)
	})
	if run.Verdict() != org.Pass || run.Error != "" {
		t.Errorf("verdict %s, %s", run.Verdict(), run.Error)
	}
	for _, c := range run.Checks {
		if c.Verdict != org.Pass {
			t.Errorf("%s is %s: %s (%+v)", c.Scope, c.Verdict, c.Summary, c)
		}
	}
	if len(seen) != len(org.DefaultScopes) {
		t.Errorf("%d checks were shown as they finished", len(seen))
	}
	if len(run.Headroom) == 0 {
		t.Error("no rate-limit headroom")
	}
}

// TestPlainCheckChangesNothing: nothing that writes is sent by default, and a deep check leaves no effect.
func TestPlainCheckChangesNothing(t *testing.T) {
	t.Parallel()
	for _, deep := range []bool{false, true} {
		sim, target := newTarget(t, oktasim.ServiceApp{Scopes: text(org.DefaultScopes), Roles: superAdmin}, org.DefaultScopes, nil)
		var mu sync.Mutex
		var wrote []string
		sim.SetFault(func(r *http.Request) *oktasim.Fault {
			if r.Method != http.MethodGet && r.URL.Path != "/oauth2/v1/token" {
				mu.Lock()
				defer mu.Unlock()
				wrote = append(wrote, r.Method+" "+r.URL.Path)
			}
			return nil
		})
		before := len(sim.Log())
		if run := check(t, target, deep); run.Verdict() != org.Pass {
			t.Errorf("deep %v: %s %s", deep, run.Verdict(), run.Error)
		}
		if !deep && len(wrote) > 0 {
			t.Errorf("a plain check sent %v", wrote)
		}
		if deep && len(wrote) != 3 {
			t.Errorf("a deep check of three manage scopes sent %v", wrote)
		}
		for _, e := range sim.Log()[before:] {
			if !strings.HasPrefix(e.EventType, "app.oauth2.") {
				t.Errorf("the check left an effect: %s", e.EventType)
			}
		}
	}
}

func verdicts(run org.CheckRun) map[org.Scope]org.Check {
	out := map[org.Scope]org.Check{}
	for _, c := range run.Checks {
		out[c.Scope] = c
	}
	return out
}

func TestScopeNotGranted(t *testing.T) {
	t.Parallel()
	for _, refuse := range []bool{false, true} {
		sim, target := newTarget(t, oktasim.ServiceApp{Scopes: text(org.DefaultScopes), Roles: superAdmin}, org.DefaultScopes,
			func(s *oktasim.Settings) { s.RefuseUngranted = refuse })
		if run := check(t, target, false); run.Verdict() != org.Pass {
			t.Fatalf("refuse %v: not healthy at first: %s", refuse, run.Error)
		}
		if err := sim.RevokeScope(target.Application.ClientID, "okta.groups.manage"); err != nil {
			t.Fatal(err)
		}
		run := check(t, target, false)
		for scope, c := range verdicts(run) {
			want := org.Pass
			if scope == "okta.groups.manage" {
				want = org.Fail
			}
			if c.Verdict != want {
				t.Errorf("refuse %v: %s is %s: %s", refuse, scope, c.Verdict, c.Summary)
			}
		}
		if mend := verdicts(run)["okta.groups.manage"].Mend; !strings.Contains(mend, "Okta API Scopes › okta.groups.manage › Grant") {
			t.Errorf("mend: %q", mend)
		}
	}
}

func TestRoleMissing(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		_, target := newTarget(t, oktasim.ServiceApp{Scopes: text(org.DefaultScopes), Roles: []oktasim.Role{{Type: "USER_ADMIN"}}}, org.DefaultScopes,
			func(s *oktasim.Settings) { s.RoleAfterLookup = after })
		got := verdicts(check(t, target, false))
		if c := got["okta.users.read"]; c.Verdict != org.Pass {
			t.Errorf("after %v: users.read is %s: %s", after, c.Verdict, c.Summary)
		}
		if c := got["okta.apps.read"]; c.Verdict != org.Fail || !strings.Contains(c.Mend, "Edit assignments") {
			t.Errorf("after %v: apps.read is %s: %s; %s", after, c.Verdict, c.Summary, c.Mend)
		}
	}
}

// TestDeepCheckClaimsNoMoreThanItSaw: on an id that cannot exist Okta may look for the role first or for the
// object first, and the verdict must be right under both.
func TestDeepCheckClaimsNoMoreThanItSaw(t *testing.T) {
	t.Parallel()
	for after, want := range map[bool]org.Verdict{false: org.Fail, true: org.Unprovable} {
		_, target := newTarget(t, oktasim.ServiceApp{Scopes: text(org.DefaultScopes), Roles: []oktasim.Role{{Type: "READ_ONLY_ADMIN"}}}, org.DefaultScopes,
			func(s *oktasim.Settings) { s.RoleAfterLookup = after })
		if c := verdicts(check(t, target, true))["okta.apps.manage"]; c.Role.Verdict != want {
			t.Errorf("after %v: the role is %s: %s", after, c.Role.Verdict, c.Role.Because)
		}
	}
}

func TestRolesAreReadWhereAllowed(t *testing.T) {
	t.Parallel()
	asked := append([]org.Scope{"okta.roles.read"}, org.DefaultScopes...)
	for _, tt := range []struct {
		roles []oktasim.Role
		want  org.Verdict
	}{{superAdmin, org.Pass}, {[]oktasim.Role{{Type: "READ_ONLY_ADMIN"}}, org.Fail}} {
		_, target := newTarget(t, oktasim.ServiceApp{Scopes: text(asked), Roles: tt.roles}, asked, nil)
		c := verdicts(check(t, target, false))["okta.users.manage"]
		if tt.want == org.Pass && c.Role.Verdict != org.Pass {
			t.Errorf("%v: role %s: %s", tt.roles, c.Role.Verdict, c.Role.Because)
		}
		if tt.want == org.Fail && c.Role.Verdict == org.Pass {
			t.Errorf("%v: role %s: %s", tt.roles, c.Role.Verdict, c.Role.Because)
		}
	}
}

func TestNoToken(t *testing.T) {
	t.Parallel()
	sim, target := newTarget(t, oktasim.ServiceApp{Scopes: text(org.DefaultScopes)}, org.DefaultScopes, nil)
	other, err := okta.GenerateKey(okta.ES256)
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.SetKeys(target.Application.ClientID, other.PublicJWK()); err != nil {
		t.Fatal(err)
	}
	run := check(t, target, false)
	if run.Verdict() != org.Fail || !run.Refused || run.Error == "" || !strings.Contains(run.Mend, "Client Credentials") || run.EndedAt.IsZero() {
		t.Errorf("a revoked key gives %q, mend %q", run.Error, run.Mend)
	}
}

// TestEveryScopeHasAnAnswer asks about every scope there is, so that a connection may use any of them.
func TestEveryScopeHasAnAnswer(t *testing.T) {
	t.Parallel()
	var asked []org.Scope
	for _, p := range probes {
		asked = append(asked, org.Scope(p.scope))
	}
	_, target := newTarget(t, oktasim.ServiceApp{Scopes: text(asked), Roles: superAdmin}, asked, func(s *oktasim.Settings) { s.NoRateLimit = true })
	for _, c := range check(t, target, true).Checks {
		if c.Verdict == org.Fail {
			t.Errorf("%s: %s (%s, HTTP %d)", c.Scope, c.Summary, c.Probe, c.Status)
		}
	}
}
