package connect

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"caracal/auth"
	"caracal/catalog"
	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/okta"
	"caracal/oktasim"
	"caracal/org"
	"caracal/secret"
)

var ada = auth.User{ID: "u1", Issuer: "https://idp.example.com", Subject: "ada", Name: "Ada"}

// world is a service over a real database file and a simulated org that answers real HTTP.
type world struct {
	*Service
	org  *oktasim.Org
	host string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	sim := oktasim.New(oktasim.Config{CompanyName: "Acme"})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	sim.SetBaseURL(server.URL)
	host := strings.TrimPrefix(server.URL, "http://")

	store, err := db.Open(t.Context(), filepath.Join(t.TempDir(), "caracal.db"), db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	keys, err := secret.ParseKeyring(secret.NewKey("k1"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	hosts := org.HostRule{Loopback: []string{host}}
	clients := okta.NewClients(okta.Options{Hosts: hosts, Wait: func(context.Context, time.Duration) error { return nil }})
	return &world{
		Service: &Service{DB: store, Clients: clients, Keys: keys, Catalog: catalog.NewLive(c), Hosts: hosts, Clock: time.Now, Log: slog.New(slog.DiscardHandler)},
		org:     sim, host: host,
	}
}

func fill(m org.Method, values map[string]string) *form.Form {
	return form.DecodeFrom(Fields(m), func(name string) string { return values[name] })
}

func names(scopes []org.Scope) []string {
	out := make([]string, len(scopes))
	for i, s := range scopes {
		out[i] = string(s)
	}
	return out
}

// customApp makes a key, registers it with the org and returns a filled form.
func (w *world) customApp(t *testing.T, app oktasim.ServiceApp) (clientID string, values map[string]string) {
	t.Helper()
	key, err := okta.GenerateKey(okta.RS256)
	if err != nil {
		t.Fatal(err)
	}
	private, err := key.Private()
	if err != nil {
		t.Fatal(err)
	}
	if app.JWKS == "" {
		app.JWKS = key.PublicJWK()
	}
	if clientID, err = w.org.AddServiceApp(app); err != nil {
		t.Fatal(err)
	}
	return clientID, map[string]string{FieldDomain: w.host, FieldClientID: clientID, FieldSecret: private.Reveal(), FieldScopes: org.JoinScopes(org.DefaultScopes)}
}

func (w *world) connect(t *testing.T, m org.Method, values map[string]string) (Connected, *form.Form) {
	t.Helper()
	f := fill(m, values)
	done, ok, err := w.Connect(t.Context(), m, f, ada)
	if err != nil {
		t.Fatal(err)
	}
	if ok != f.OK() {
		t.Fatalf("ok is %v and the form says %v %q", ok, f.Errors, f.Error)
	}
	return done, f
}

func TestConnectIntegration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, clientSecret, err := w.org.AddIntegration(oktasim.Integration{Name: "Caracal", Scopes: names(org.DefaultScopes)})
	if err != nil {
		t.Fatal(err)
	}
	done, f := w.connect(t, org.Integration, map[string]string{FieldDomain: w.host, FieldClientID: id, FieldSecret: clientSecret, FieldScopes: org.JoinScopes(org.DefaultScopes)})
	if !f.OK() {
		t.Fatalf("refused: %v %s", f.Errors, f.Error)
	}
	app, err := w.DB.Application(t.Context(), done.Application.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(app.Granted) != 7 || app.OrgID != w.org.ID() || app.Status != org.Active || app.TokenAt.IsZero() {
		t.Errorf("stored %+v", app)
	}
	if strings.Contains(string(app.Credential), clientSecret) {
		t.Error("the secret is stored as it is")
	}
	client, _, err := w.Client(t.Context(), app.ID)
	if err != nil {
		t.Fatal(err)
	}
	var groups []struct{ Profile struct{ Name string } }
	if err := client.Get(t.Context(), "/api/v1/groups", nil, &groups); err != nil || len(groups) == 0 || groups[0].Profile.Name != "Everyone" {
		t.Errorf("the connection lists %v, %v", groups, err)
	}
}

func TestConnectCustomApp(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		app     oktasim.ServiceApp
		setting func(*oktasim.Settings)
		granted int
	}{
		{"plain", oktasim.ServiceApp{Scopes: names(org.DefaultScopes)}, nil, 7},
		{"DPoP", oktasim.ServiceApp{Scopes: names(org.DefaultScopes), DPoP: true}, nil, 7},
		{"some scopes, left out", oktasim.ServiceApp{Scopes: []string{"okta.users.read", "okta.groups.manage"}}, nil, 2},
		{"some scopes, refused", oktasim.ServiceApp{Scopes: []string{"okta.users.read", "okta.groups.manage"}},
			func(s *oktasim.Settings) { s.RefuseUngranted = true }, 2},
		{"some scopes, refused, DPoP", oktasim.ServiceApp{Scopes: []string{"okta.users.read"}, DPoP: true},
			func(s *oktasim.Settings) { s.RefuseUngranted = true }, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if tt.setting != nil {
				w.org.Update(tt.setting)
			}
			tt.app.Roles = []oktasim.Role{{Type: "SUPER_ADMIN"}}
			_, values := w.customApp(t, tt.app)
			done, f := w.connect(t, org.CustomApp, values)
			if !f.OK() {
				t.Fatalf("refused: %v %s", f.Errors, f.Error)
			}
			app := done.Application
			if len(app.Granted) != tt.granted || app.TokenDPoP != tt.app.DPoP || app.KeyThumbprint == "" {
				t.Errorf("granted %v, DPoP %v, thumbprint %q", app.Granted, app.TokenDPoP, app.KeyThumbprint)
			}
			if tt.granted < 7 && !strings.Contains(strings.Join(done.Notes, " "), "did not grant") {
				t.Errorf("notes do not name the missing scopes: %q", done.Notes)
			}
			client, _, err := w.Client(t.Context(), app.ID)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := client.Do(t.Context(), okta.Request{Method: "GET", Path: "/api/v1/users"}); err != nil {
				t.Errorf("call: %v", err)
			}
		})
	}
}

// TestConnectRefusals: each mistake lands beside the field it is about, and nothing is stored.
func TestConnectRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, clientSecret, err := w.org.AddIntegration(oktasim.Integration{Name: "Caracal", Scopes: names(org.DefaultScopes)})
	if err != nil {
		t.Fatal(err)
	}
	customID, custom := w.customApp(t, oktasim.ServiceApp{Scopes: names(org.DefaultScopes)})
	_, bare := w.customApp(t, oktasim.ServiceApp{})
	other, err := okta.GenerateKey(okta.RS256)
	if err != nil {
		t.Fatal(err)
	}
	wrongKey, err := other.Private()
	if err != nil {
		t.Fatal(err)
	}

	integration := map[string]string{FieldDomain: w.host, FieldClientID: id, FieldSecret: clientSecret, FieldScopes: "okta.users.read"}
	for _, tt := range []struct {
		name   string
		method org.Method
		base   map[string]string
		field  string // what is changed
		value  string
		blamed string
		says   string
	}{
		{"admin address of another kind", org.Integration, integration, FieldDomain, "https://login.okta.com/", FieldDomain, ""},
		{"IP", org.Integration, integration, FieldDomain, "192.168.1.4", FieldDomain, "IP address"},
		{"another loopback port", org.Integration, integration, FieldDomain, "127.0.0.1:1", FieldDomain, ""},
		{"wrong secret", org.Integration, integration, FieldSecret, "wrong-secret-wrong-secret", FieldSecret, "secret"},
		{"key in the secret's tab", org.Integration, integration, FieldSecret, `{"kty":"RSA"}`, FieldSecret, "Custom app tab"},
		{"unknown client", org.Integration, integration, FieldClientID, "0oaUnknown1234567890", FieldClientID, ""},
		{"client id with a space", org.Integration, integration, FieldClientID, "0oa 12", FieldClientID, "letters and digits"},
		{"secret of a custom app", org.Integration, integration, FieldClientID, customID, "", ""},
		{"secret in the key's tab", org.CustomApp, custom, FieldSecret, "abcdefgh", FieldSecret, "private key JSON"},
		{"public key", org.CustomApp, custom, FieldSecret, other.PublicJWK(), FieldSecret, "public"},
		{"truncated key", org.CustomApp, custom, FieldSecret, wrongKey.Reveal()[:200], FieldSecret, ""},
		{"key that is not registered", org.CustomApp, custom, FieldSecret, wrongKey.Reveal(), FieldSecret, ""},
		{"no key", org.CustomApp, custom, FieldSecret, "", FieldSecret, "Paste the private key"},
		{"unknown scope", org.CustomApp, custom, FieldScopes, "okta.users.reed", FieldScopes, "did you mean"},
		{"openid", org.CustomApp, custom, FieldScopes, "okta.users.read, openid", FieldScopes, "signing people in"},
		{"nothing granted", org.CustomApp, bare, FieldScopes, "okta.users.read", FieldScopes, "okta.users.read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			values := map[string]string{}
			for k, v := range tt.base {
				values[k] = v
			}
			values[tt.field] = tt.value
			done, f := w.connect(t, tt.method, values)
			if f.OK() {
				t.Fatalf("accepted: %+v", done.Application)
			}
			if tt.blamed != "" && (f.Errors[tt.blamed] == "" || len(f.Errors) != 1) {
				t.Errorf("blamed %v, %q; want %s", f.Errors, f.Error, tt.blamed)
			}
			if all := f.Error + f.Errors[tt.blamed]; !strings.Contains(all, tt.says) {
				t.Errorf("says %q, want %q", all, tt.says)
			}
			for _, sentence := range f.Errors {
				if strings.Contains(sentence, clientSecret) || strings.Contains(sentence, `"d":`) {
					t.Errorf("the sentence tells the secret: %s", sentence)
				}
			}
		})
	}
	t.Cleanup(func() {
		apps, err := w.DB.Applications(context.Background())
		if err != nil || len(apps) != 0 {
			t.Errorf("stored after refusals: %d, %v", len(apps), err)
		}
	})
}

func TestConnectTwiceNamesBoth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, values := w.customApp(t, oktasim.ServiceApp{Scopes: names(org.DefaultScopes)})
	first, _ := w.connect(t, org.CustomApp, values)
	second, _ := w.connect(t, org.CustomApp, values)
	if first.Application.Name == second.Application.Name || !strings.Contains(strings.Join(second.Notes, " "), "already connected as "+first.Application.Name) {
		t.Errorf("names %q and %q, notes %q", first.Application.Name, second.Application.Name, second.Notes)
	}
}

func TestKeyMadeHereIsFetchedByOkta(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pair, err := w.MakeKey(t.Context(), "", ada)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(pair.PublicJWK, `"d"`) {
		t.Fatal("the public key tells the private one")
	}
	set, err := w.PublicSet(t.Context(), pair.Set)
	if err != nil {
		t.Fatal(err)
	}
	_, values := w.customApp(t, oktasim.ServiceApp{Scopes: names(org.DefaultScopes), JWKS: string(set)})
	values[FieldSecret], values[FieldKeyPair] = "", pair.ID
	done, f := w.connect(t, org.CustomApp, values)
	if !f.OK() {
		t.Fatalf("refused: %v %s", f.Errors, f.Error)
	}
	if done.Application.KeySet != pair.Set || done.Application.KeyThumbprint != pair.Thumbprint {
		t.Errorf("stored set %q, thumbprint %q", done.Application.KeySet, done.Application.KeyThumbprint)
	}
}

// seenCredential marks the credential that an application has now.
func (w *world) seenCredential(t *testing.T, id string) string {
	t.Helper()
	app, err := w.DB.Application(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return string(db.SeenCredential(app))
}

func TestRotateKeepsTheOldUntilTheNewWorks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clientID, values := w.customApp(t, oktasim.ServiceApp{Scopes: names(org.DefaultScopes)})
	done, _ := w.connect(t, org.CustomApp, values)
	id := done.Application.ID

	if err := w.BeginRotation(t.Context(), id, ada); err != nil {
		t.Fatal(err)
	}
	app, err := w.DB.Application(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	pair, ok, err := w.NextKeyPair(t.Context(), app)
	if err != nil || !ok {
		t.Fatalf("no next key: %v", err)
	}
	rotate := func() (bool, *form.Form) {
		f := form.DecodeFrom(RotateFields(org.CustomApp), func(name string) string {
			return map[string]string{FieldKeyPair: pair.ID}[name]
		})
		f.Seen = w.seenCredential(t, id)
		ok, err := w.Rotate(t.Context(), id, f, ada)
		if err != nil {
			t.Fatal(err)
		}
		return ok, f
	}
	if ok, f := rotate(); ok || f.Errors[FieldSecret] == "" {
		t.Fatalf("a key that Okta does not know was taken: %v %q", f.Errors, f.Error)
	}
	if client, _, err := w.Client(t.Context(), id); err != nil {
		t.Fatal(err)
	} else if client.Renew(); true {
		if _, err := client.Token(t.Context()); err != nil {
			t.Fatalf("the old key does not work any more: %v", err)
		}
	}
	if err := w.org.SetKeys(clientID, pair.PublicJWK); err != nil {
		t.Fatal(err)
	}
	if ok, f := rotate(); !ok {
		t.Fatalf("refused: %v %q", f.Errors, f.Error)
	}
	app, err = w.DB.Application(t.Context(), id)
	if err != nil || app.KeyThumbprint != pair.Thumbprint || app.NextKey != "" {
		t.Errorf("after the rotation: %+v, %v", app, err)
	}
}

// TestRotationsAtOnce: however many begin at once, one key is made public, and it is the one that the page shows.
func TestRotationsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clientID, values := w.customApp(t, oktasim.ServiceApp{Scopes: names(org.DefaultScopes)})
	done, _ := w.connect(t, org.CustomApp, values)
	id := done.Application.ID
	if err := w.BeginRotation(t.Context(), id, ada); err != nil {
		t.Fatal(err)
	}
	app := func() org.Application {
		t.Helper()
		app, err := w.DB.Application(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return app
	}
	if err := w.AbandonRotation(t.Context(), id, db.Seen(w.seenCredential(t, id)), ada); err != nil { // it leaves the set, and no key in it
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if err := w.BeginRotation(t.Context(), id, ada); err != nil && !fault.Is(err, fault.Conflict) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	pairs, err := w.DB.KeyPairs(t.Context(), app().KeySet)
	if err != nil || len(pairs) != 1 || pairs[0].ID != app().NextKey {
		t.Fatalf("%d keys, the next is %q: %v", len(pairs), app().NextKey, err)
	}

	if err := w.org.SetKeys(clientID, pairs[0].PublicJWK); err != nil {
		t.Fatal(err)
	}
	f := form.DecodeFrom(RotateFields(org.CustomApp), func(name string) string {
		return map[string]string{FieldKeyPair: pairs[0].ID}[name]
	})
	f.Seen = w.seenCredential(t, id)
	if ok, err := w.Rotate(t.Context(), id, f, ada); !ok || err != nil {
		t.Fatal(ok, err, f.Errors, f.Error)
	}
	// Somebody else gives up, a moment too late: the key that is in use stays public.
	if err := w.DB.DropKeyPairs(t.Context(), app().KeySet); err != nil {
		t.Fatal(err)
	}
	if _, err := w.PublicSet(t.Context(), app().KeySet); err != nil {
		t.Errorf("the key in use is gone: %v", err)
	}
	if err := w.Disconnect(t.Context(), id, ada); err != nil {
		t.Fatal(err)
	}
	if _, err := w.PublicSet(t.Context(), app().KeySet); !fault.Is(err, fault.NotFound) {
		t.Errorf("a key outlives its connection: %v", err)
	}
}

func TestPauseAndDisconnect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, values := w.customApp(t, oktasim.ServiceApp{Scopes: names(org.DefaultScopes)})
	done, _ := w.connect(t, org.CustomApp, values)
	id := done.Application.ID
	if err := w.Pause(t.Context(), id, ada); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Client(t.Context(), id); !fault.Is(err, fault.Busy) {
		t.Errorf("a paused application gives %v", err)
	}
	if err := w.Resume(t.Context(), id, ada); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Client(t.Context(), id); err != nil {
		t.Error(err)
	}
	if err := w.Disconnect(t.Context(), id, ada); err != nil {
		t.Fatal(err)
	}
	app, err := w.DB.Application(t.Context(), id)
	if err != nil || len(app.Credential) != 0 || app.Status != org.Disconnected {
		t.Errorf("after disconnect: %+v, %v", app, err)
	}
	if _, _, err := w.Client(t.Context(), id); !fault.Is(err, fault.Conflict) {
		t.Errorf("a disconnected application gives %v", err)
	}
}

func TestPickersResolve(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, values := w.customApp(t, oktasim.ServiceApp{Scopes: names(org.DefaultScopes), Roles: []oktasim.Role{{Type: "SUPER_ADMIN"}}})
	done, _ := w.connect(t, org.CustomApp, values)
	id := done.Application.ID
	choices, err := w.Pick(t.Context(), id, form.Group, "every")
	if err != nil || len(choices) != 1 || choices[0].Label != "Everyone" {
		t.Fatalf("picked %v, %v", choices, err)
	}
	fields := []form.Field{{Name: "g", Label: "Group", Kind: form.Group}, {Name: "gs", Label: "Groups", Kind: form.Groups}, {Name: "bad", Label: "Group", Kind: form.Group}}
	f := form.DecodeFrom(fields, func(name string) string {
		return map[string]string{"g": "everyone", "gs": choices[0].ID + ", Everyone", "bad": "00gOfAnotherOrg00000"}[name]
	})
	if err := w.ResolvePickers(t.Context(), id, f); err != nil {
		t.Fatal(err)
	}
	if f.Values["g"] != choices[0].ID || f.Values["gs"] != choices[0].ID {
		t.Errorf("resolved to %v", f.Values)
	}
	if len(f.Errors) != 1 || f.Errors["bad"] == "" {
		t.Errorf("errors %v", f.Errors)
	}
}

// TestKeyOfSomebodyElse: a key that Caracal made for one person's form opens nothing for another.
func TestKeyOfSomebodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pair, err := w.MakeKey(t.Context(), "", auth.User{ID: "u2"})
	if err != nil {
		t.Fatal(err)
	}
	_, values := w.customApp(t, oktasim.ServiceApp{Scopes: names(org.DefaultScopes), JWKS: pair.PublicJWK})
	values[FieldSecret], values[FieldKeyPair] = "", pair.ID
	if done, f := w.connect(t, org.CustomApp, values); f.Errors[FieldSecret] == "" {
		t.Errorf("another person's key was taken: %+v", done.Application)
	}
}
