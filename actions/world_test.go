package actions

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"caracal/catalog"
	"caracal/okta"
	"caracal/oktasim"
	"caracal/org"
	"caracal/workflow"
)

// world is a simulated org that answers real HTTP, and an executor connected to it as a custom app.
type world struct {
	t       *testing.T
	sim     *oktasim.Org
	url     string
	run     workflow.Executor
	started time.Time
	off     time.Duration // how far our clock is ahead of the org's
	later   atomic.Int64  // nanoseconds that both clocks are ahead of the real time
	okta    *okta.Client
	set     *Set
	anew    workflow.Renamed // what was made anew
}

var everyScope = []org.Scope{
	"okta.users.read", "okta.users.manage", "okta.groups.read", "okta.groups.manage",
	"okta.apps.read", "okta.apps.manage", "okta.roles.read", "okta.roles.manage", "okta.logs.read",
}

const adminToken = "test-admin-token"

func newWorld(t *testing.T, scopes ...org.Scope) *world {
	t.Helper()
	if len(scopes) == 0 {
		scopes = everyScope
	}
	w := &world{t: t, started: time.Now(), anew: workflow.Renamed{}}
	now := func() time.Time { return time.Now().Add(time.Duration(w.later.Load())) }
	sim := oktasim.New(oktasim.Config{Clock: now, CompanyName: "Acme", SSWS: []string{adminToken}, Settings: oktasim.Settings{NoRateLimit: true}})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	sim.SetBaseURL(server.URL)
	sim.Update(func(s *oktasim.Settings) {
		s.OnUnknown = func(r *http.Request) { t.Errorf("the org has no route for %s %s", r.Method, r.URL.Path) }
	})
	key, err := okta.GenerateKey(okta.ES256)
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	id, err := sim.AddServiceApp(oktasim.ServiceApp{Name: "Caracal", JWKS: key.PublicJWK(), DPoP: true, Scopes: names, Roles: []oktasim.Role{{Type: "SUPER_ADMIN"}}})
	if err != nil {
		t.Fatal(err)
	}
	private, err := key.Private()
	if err != nil {
		t.Fatal(err)
	}
	host := strings.TrimPrefix(server.URL, "http://")
	w.sim, w.url = sim, server.URL
	clients := okta.NewClients(okta.Options{
		Clock: func() time.Time { return now().Add(w.off) },
		Hosts: org.HostRule{Loopback: []string{host}},
		Wait:  func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	client, err := clients.Open(org.Application{ID: "app1", Domain: host, Method: org.CustomApp, ClientID: id, Scopes: scopes}, private)
	if err != nil {
		t.Fatal(err)
	}
	set, err := NewSet(All())
	if err != nil {
		t.Fatal(err)
	}
	known, err := catalog.Shared()
	if err != nil {
		t.Fatal(err)
	}
	set.Operations = &Shelf{Catalog: catalog.NewLive(known)}
	w.okta, w.set = client, set
	w.run = set.Executor(func(context.Context, string) (*okta.Client, error) { return client, nil })
	return w
}

func (w *world) client() *Call { return &Call{Client: w.okta, Started: w.started} }

// signIn tries a password at the org, as its sign-in page would.
func (w *world) signIn(login, password string) {
	w.t.Helper()
	body, err := json.Marshal(map[string]string{"username": login, "password": password})
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := http.Post(w.url+"/api/v1/authn", "application/json", bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) call(action string, in map[string]string, attempt int) workflow.Call {
	return workflow.Call{RunID: "run1", ApplicationID: "app1", Action: action, Input: in, Attempt: attempt, StartedAt: w.started}
}

// do carries out an action as somebody else's set-up and returns its output.
func (w *world) do(action string, in map[string]string) workflow.Output {
	w.t.Helper()
	r, err := w.run.Do(w.t.Context(), w.call(action, in, 1))
	if err != nil {
		w.t.Fatalf("%s: %v", action, err)
	}
	return r.Output
}

// api calls the org as its admin, past the code under test.
func (w *world) api(method, path string, body any) map[string]any {
	w.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, bytes.NewReader(raw))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "SSWS "+adminToken)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer any
	if resp.StatusCode != http.StatusNoContent {
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
			w.t.Fatalf("%s %s: %s: %v", method, path, resp.Status, err)
		}
	}
	if resp.StatusCode >= 300 {
		w.t.Fatalf("%s %s: %s: %v", method, path, resp.Status, answer)
	}
	out, _ := answer.(map[string]any) // a list is of no use here
	return out
}

// person makes a user: with a password and active, or staged.
func (w *world) person(login string, active bool) string {
	w.t.Helper()
	body := map[string]any{"profile": map[string]any{"firstName": "Ada", "lastName": "Lovelace", "login": login, "email": login}}
	if active {
		body["credentials"] = map[string]any{"password": map[string]any{"value": "Analytical1Engine"}}
		return w.api("POST", "/api/v1/users?activate=true", body)["id"].(string)
	}
	return w.api("POST", "/api/v1/users?activate=false", body)["id"].(string)
}

func (w *world) group(name string, members ...string) string {
	w.t.Helper()
	id := w.api("POST", "/api/v1/groups", map[string]any{"profile": map[string]any{"name": name}})["id"].(string)
	for _, m := range members {
		w.api("PUT", "/api/v1/groups/"+id+"/users/"+m, nil)
	}
	return id
}

// employee makes an active user with a department and a user type.
func (w *world) employee(login, department, userType string) string {
	w.t.Helper()
	id := w.person(login, true)
	w.api("POST", "/api/v1/users/"+id, map[string]any{"profile": map[string]any{"department": department, "userType": userType}})
	return id
}

func (w *world) bookmark() string { w.t.Helper(); return w.appNamed("Wiki") }

func (w *world) appNamed(label string) string {
	w.t.Helper()
	return w.api("POST", "/api/v1/apps", map[string]any{"name": "bookmark", "label": label, "signOnMode": "BOOKMARK",
		"settings": map[string]any{"app": map[string]any{"url": "https://wiki.example.com"}}})["id"].(string)
}

func (w *world) rule(group string) string {
	w.t.Helper()
	return w.api("POST", "/api/v1/groups/rules", map[string]any{"type": "group_rule", "name": "Sales people",
		"conditions": map[string]any{"expression": map[string]any{"value": `user.department=="Sales"`, "type": "urn:okta:expression:1.0"}},
		"actions":    map[string]any{"assignUserToGroups": map[string]any{"groupIds": []string{group}}}})["id"].(string)
}

func (w *world) status(user string) string {
	w.t.Helper()
	u, ok := w.sim.FindUser(user)
	if !ok {
		return "gone"
	}
	return u.Status
}

func (w *world) members(group string) string {
	logins := w.sim.Members(group)
	return strings.Join(logins, ",")
}

// customRole makes Ada, unless she is there, and a custom role and a resource set of this name.
func (w *world) customRole(name string) map[string]string {
	w.t.Helper()
	ada, there := w.sim.FindUser("ada@example.com")
	if !there {
		ada.ID = w.person("ada@example.com", true)
	}
	role := w.api("POST", "/api/v1/iam/roles", map[string]any{"label": name, "description": "d", "permissions": []string{"okta.users.read"}})
	set := w.api("POST", "/api/v1/iam/resource-sets", map[string]any{"label": name, "description": "d", "resources": []string{w.url + "/api/v1/users"}})
	return map[string]string{"user": ada.ID, "role": role["id"].(string), "set": set["id"].(string)}
}

// customGroupRole is customRole with a group in the place of the person.
func (w *world) customGroupRole(name string) map[string]string {
	w.t.Helper()
	in := w.customRole(name)
	return map[string]string{"group": w.group("Admins of " + name), "role": in["role"], "set": in["set"]}
}

// groupRoles are the types of the roles that a group holds.
func (w *world) groupRoles(group string) (held []string) {
	w.t.Helper()
	roles, err := w.client().rolesAt(w.t.Context(), groupRoles(group))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range roles {
		held = append(held, r.Type)
	}
	return held
}

// holders are the members of the binding of a custom role to a resource set.
func (w *world) holders(in map[string]string) []any {
	w.t.Helper()
	bindings := w.api("GET", "/api/v1/iam/resource-sets/"+in["set"]+"/bindings", nil)["roles"].([]any)
	for _, b := range bindings {
		if b.(map[string]any)["id"] == in["role"] {
			return w.api("GET", "/api/v1/iam/resource-sets/"+in["set"]+"/bindings/"+in["role"]+"/members", nil)["members"].([]any)
		}
	}
	return nil
}

// events counts what the org's log says of an event type.
func (w *world) events(eventType string) int { return len(w.sim.Events(eventType)) }
