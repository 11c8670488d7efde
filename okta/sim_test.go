package okta

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"caracal/fault"
	"caracal/oktasim"
	"caracal/org"
	"caracal/secret"
)

// simulated connects to a simulated org by either method.
func simulated(t *testing.T, method org.Method, dpop bool, settings oktasim.Settings, granted ...string) (*oktasim.Org, *Client) {
	t.Helper()
	sim := oktasim.New(oktasim.Config{Settings: settings})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	sim.SetBaseURL(server.URL)
	app := org.Application{ID: "app1", Domain: strings.TrimPrefix(server.URL, "http://"), Method: method,
		Scopes: []org.Scope{"okta.users.read", "okta.groups.read", "okta.groups.manage"}}
	var credential secret.Text
	var err error
	if method == org.CustomApp {
		key := must(GenerateKey(ES256))
		credential = must(key.Private())
		app.ClientID, err = sim.AddServiceApp(oktasim.ServiceApp{Name: "Caracal", JWKS: key.PublicJWK(), DPoP: dpop, Scopes: granted, Roles: []oktasim.Role{{Type: "SUPER_ADMIN"}}})
	} else {
		var text string
		app.ClientID, text, err = sim.AddIntegration(oktasim.Integration{Name: "Caracal", DPoP: dpop, Scopes: granted})
		credential = secret.NewText(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	clients := NewClients(Options{
		Hosts: org.HostRule{Loopback: []string{app.Domain}},
		Wait:  func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	return sim, must(clients.Open(app, credential))
}

// TestAgainstTheSimulatedOrg holds the client to an org that was written by others, in every way an app can be
// set up there.
func TestAgainstTheSimulatedOrg(t *testing.T) {
	t.Parallel()
	for _, method := range []org.Method{org.Integration, org.CustomApp} {
		for _, dpop := range []bool{false, true} {
			for _, refuse := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, DPoP %v, refuses %v", method, dpop, refuse), func(t *testing.T) {
					t.Parallel()
					sim, c := simulated(t, method, dpop, oktasim.Settings{RefuseUngranted: refuse}, "okta.users.read", "okta.groups.manage")
					token, err := c.Token(t.Context())
					if err != nil || token.DPoP != dpop || len(token.Scopes) != 2 || org.Holds(token.Scopes, "okta.logs.read") {
						t.Fatalf("token is %+v, %v", token, err)
					}
					for i := range 5 {
						resp, err := c.Do(t.Context(), Request{Method: http.MethodPost, Path: "/api/v1/groups",
							Body: map[string]any{"profile": map[string]string{"name": fmt.Sprintf("Group %d", i)}}})
						if err != nil || resp.RequestID == "" {
							t.Fatalf("create: %v", err)
						}
					}
					sim.ExpireTokens()
					sim.RenewNonce()
					count := 0
					err = c.Each(t.Context(), "/api/v1/groups", url.Values{"limit": {"2"}}, 0, func(json.RawMessage) error { count++; return nil })
					if err != nil || count < 6 {
						t.Errorf("%d groups after the tokens ended, %v", count, err)
					}
					if err := c.Get(t.Context(), "/api/v1/logs", nil, new(any)); MissingScope(err) != "okta.logs.read" {
						t.Errorf("logs: %v", err)
					}
					if err := c.Get(t.Context(), "/api/v1/users/00uanotherorg1234567", nil, new(any)); !fault.Is(err, fault.NotFound) {
						t.Errorf("user: %v", err)
					}
					if len(c.Headroom()) == 0 {
						t.Error("no headroom is known")
					}
					if info, err := c.Organization(t.Context()); err != nil || info.ID != sim.ID() {
						t.Errorf("organization is %+v, %v", info, err)
					}
				})
			}
		}
	}
}

func TestSimulatedRefusals(t *testing.T) {
	t.Parallel()
	sim, c := simulated(t, org.CustomApp, true, oktasim.Settings{}, "okta.users.read")
	if err := sim.SetRoles(c.ClientID()); err != nil {
		t.Fatal(err)
	}
	if err := c.Get(t.Context(), "/api/v1/users", nil, new(any)); err != nil {
		if f := fault.As(err); f == nil || f.Code != "E0000006" || f.Kind != fault.Forbidden {
			t.Errorf("without a role: %v", err)
		}
	}
	if err := sim.SetKeys(c.ClientID(), must(GenerateKey(RS256)).PublicJWK()); err != nil {
		t.Fatal(err)
	}
	c.Renew()
	if _, err := c.Token(t.Context()); fault.As(err) == nil || fault.As(err).Field != "secret" {
		t.Errorf("with another key: %v", err)
	}
	if err := sim.SetActive(c.ClientID(), false); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Token(t.Context()); fault.As(err) == nil || fault.As(err).Field != "client_id" {
		t.Errorf("with an inactive app: %v", err)
	}
	none, other := simulated(t, org.Integration, false, oktasim.Settings{})
	if _, err := other.Token(t.Context()); fault.As(err) == nil || fault.As(err).Field != "scopes" {
		t.Errorf("with no scope granted: %v", err)
	}
	if _, err := none.RotateSecret(other.ClientID()); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Token(t.Context()); fault.As(err) == nil || fault.As(err).Field != "secret" {
		t.Errorf("with the old secret: %v", err)
	}
}

// FuzzParseKey looks for text that breaks the parser or comes back in its error.
func FuzzParseKey(f *testing.F) {
	key := must(GenerateKey(ES256))
	f.Add(must(key.Private()).Reveal())
	f.Add(key.PublicJWK())
	f.Add("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----")
	f.Add(`{"keys":[{"kty":"EC","crv":"P-256","d":"AQ"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		k, err := ParseKey(text)
		if err == nil {
			if k.IsZero() || k.KeyID() == "" || k.Alg() == "" {
				t.Errorf("a key without an id: %v", k)
			}
			return
		}
		e := fault.As(err)
		if e == nil || e.Field != "secret" || !strings.HasSuffix(e.Message, ".") || len(text) > 40 && strings.Contains(e.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	})
}
