// Package generated makes orgs and workflows for property tests: whatever people may build, in small.
package generated

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"

	"pgregory.net/rapid"

	"caracal/okta"
	"caracal/oktasim"
	"caracal/org"
)

var scopes = []org.Scope{"okta.users.read", "okta.users.manage", "okta.groups.read", "okta.groups.manage",
	"okta.apps.read", "okta.apps.manage", "okta.roles.read", "okta.roles.manage", "okta.schemas.read", "okta.logs.read",
	"okta.networkZones.read", "okta.networkZones.manage", "okta.policies.read", "okta.policies.manage", "okta.trustedOrigins.read", "okta.trustedOrigins.manage"}

var serviceKey = sync.OnceValue(func() okta.Key {
	key, err := okta.GenerateKey(okta.ES256)
	if err != nil {
		panic(err)
	}
	return key
})

// Land is one generated org that answers real HTTP, and a client of it.
type Land struct {
	Sim                        *oktasim.Org
	Client                     *okta.Client
	Users, Groups, Apps, Rules []string // by id

	Zones, Policies, PolicyRules, Origins []string // by id; none before Leaves
}

// Application is the id of the one application that generated workflows act on.
const Application = "app_1"

// NewLand generates an org with some people, four groups, a group rule and an app, whose time a clock gives. It ends with
// the case.
func NewLand(t *rapid.T, users int, clock func() time.Time) *Land {
	l := Connect(t, clock)
	l.fill(t, users)
	return l
}

// T is what a land needs of a test.
type T interface {
	Cleanup(func())
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// Connect makes an org as it is on its first day, with a client of it. It ends with the test.
func Connect(t T, clock func() time.Time) *Land {
	sim := oktasim.New(oktasim.Config{Clock: clock, Settings: oktasim.Settings{NoRateLimit: true}})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	sim.SetBaseURL(server.URL)
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	key := serviceKey()
	id, err := sim.AddServiceApp(oktasim.ServiceApp{Name: "Caracal", JWKS: key.PublicJWK(), Scopes: names, Roles: []oktasim.Role{{Type: "SUPER_ADMIN"}}})
	if err != nil {
		t.Fatal(err)
	}
	private, err := key.Private()
	if err != nil {
		t.Fatal(err)
	}
	host := strings.TrimPrefix(server.URL, "http://")
	clients := okta.NewClients(okta.Options{Clock: clock, Hosts: org.HostRule{Loopback: []string{host}}, Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	l := &Land{Sim: sim}
	if l.Client, err = clients.Open(org.Application{ID: Application, Domain: host, Method: org.CustomApp, ClientID: id, Scopes: scopes}, private); err != nil {
		t.Fatal(err)
	}
	return l
}

// fill generates what is in the org.
func (l *Land) fill(t *rapid.T, users int) {
	for i := range 4 {
		l.Groups = append(l.Groups, l.Make(t, "/api/v1/groups", map[string]any{"profile": map[string]any{"name": fmt.Sprintf("G%d", i)}}))
	}
	rule := l.Make(t, "/api/v1/groups/rules", map[string]any{"type": "group_rule", "name": "R",
		"conditions": map[string]any{"expression": map[string]any{"type": "urn:okta:expression:1.0", "value": `user.department=="Sales"`}},
		"actions":    map[string]any{"assignUserToGroups": map[string]any{"groupIds": []string{l.Groups[0]}}}})
	if rapid.Bool().Draw(t, "rule active") {
		l.Make(t, "/api/v1/groups/rules/"+rule+"/lifecycle/activate", nil)
	}
	l.Rules = []string{rule}
	l.Apps = []string{l.Make(t, "/api/v1/apps", map[string]any{"name": "bookmark", "label": "Wiki", "signOnMode": "BOOKMARK",
		"settings": map[string]any{"app": map[string]any{"requestIntegration": false, "url": "https://example.com/"}}})}
	if group := rapid.IntRange(0, 4).Draw(t, "app of group"); group < 4 {
		l.put(t, "/api/v1/apps/"+l.Apps[0]+"/groups/"+l.Groups[group], map[string]any{})
	}
	for i := range users {
		login := fmt.Sprintf("p%d@example.com", i)
		id := l.Make(t, "/api/v1/users?activate="+strconv.FormatBool(rapid.IntRange(0, 5).Draw(t, "staged") > 0), map[string]any{
			"profile":     map[string]any{"login": login, "email": login, "firstName": "P", "lastName": strconv.Itoa(i), "department": rapid.SampledFrom([]string{"Sales", "Legal", "Ops"}).Draw(t, "department")},
			"credentials": map[string]any{"password": map[string]any{"value": "Correct-horse-9-battery"}}})
		l.Users = append(l.Users, id)
		for g := 1; g < 4; g++ { // nobody is put by hand where a rule puts people: Okta's API does not tell the two apart
			if rapid.Bool().Draw(t, "member") {
				l.put(t, "/api/v1/groups/"+l.Groups[g]+"/users/"+id, nil)
			}
		}
	}
}

// Make makes something in the org, past the code under test, and returns its id.
func (l *Land) Make(t T, path string, body any) string { return l.send(t, "POST", path, body) }

func (l *Land) put(t *rapid.T, path string, body any) string { return l.send(t, "PUT", path, body) }

func (l *Land) send(t T, method, path string, body any) string {
	resp, err := l.Client.Do(context.Background(), okta.Request{Method: method, Path: path, Body: body})
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	var out struct{ ID string }
	if len(resp.Body) > 0 {
		if err := okta.Decode(resp, &out); err != nil {
			t.Fatal(err)
		}
	}
	return out.ID
}
