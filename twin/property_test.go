package twin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"caracal/fault"
	"caracal/okta"
	"caracal/oktasim"
	"caracal/org"
	"caracal/plan"
)

var everyScope = []org.Scope{"okta.users.read", "okta.users.manage", "okta.groups.read", "okta.groups.manage",
	"okta.apps.read", "okta.apps.manage", "okta.roles.read", "okta.roles.manage", "okta.schemas.read"}

var serviceKey = sync.OnceValue(func() okta.Key {
	key, err := okta.GenerateKey(okta.ES256)
	if err != nil {
		panic(err)
	}
	return key
})

// world is an org that answers real HTTP, and a client of it.
type world struct {
	sim    *oktasim.Org
	client *okta.Client
}

type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func newWorld(t failer, scopes ...org.Scope) (*world, func()) {
	t.Helper()
	return newWorldAt(t, time.Now, scopes...)
}

func newWorldAt(t failer, clock func() time.Time, scopes ...org.Scope) (*world, func()) {
	t.Helper()
	if len(scopes) == 0 {
		scopes = everyScope
	}
	sim := oktasim.New(oktasim.Config{Clock: clock, Settings: oktasim.Settings{NoRateLimit: true}})
	server := httptest.NewServer(sim)
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
	client, err := clients.Open(org.Application{ID: "app1", Domain: host, Method: org.CustomApp, ClientID: id, Scopes: scopes}, private)
	if err != nil {
		t.Fatal(err)
	}
	return &world{sim, client}, server.Close
}

// do makes a call and returns the id in its answer; a refusal gives its Okta code.
func request(method, path string, body any) okta.Request {
	return okta.Request{Method: method, Path: path, Body: body}
}

func do(ctx context.Context, c *okta.Client, method, path string, body any) (id, refusal string) {
	resp, err := c.Do(ctx, request(method, path, body))
	if err != nil {
		if f := fault.As(err); f != nil && f.Status != 0 {
			return "", fmt.Sprintf("%d %s", f.Status, f.Code)
		}
		return "", err.Error()
	}
	var out struct{ ID string }
	if len(resp.Body) > 0 && resp.Body[0] == '{' {
		if err := json.Unmarshal(resp.Body, &out); err != nil {
			return "", err.Error()
		}
	}
	return out.ID, ""
}

func (w *world) must(t failer, method, path string, body any) string {
	t.Helper()
	id, refusal := do(context.Background(), w.client, method, path, body)
	if refusal != "" {
		t.Fatalf("%s %s: %s", method, path, refusal)
	}
	return id
}

var departments = []string{"Sales", "Legal", "Ops"}

// play is what a generated run acts on: objects by their number, so that the same run can be made twice.
type play struct{ users, groups, rules, apps []string }

func (p play) clone() *play {
	return &play{slices.Clone(p.users), slices.Clone(p.groups), slices.Clone(p.rules), slices.Clone(p.apps)}
}

func person(i int, department string) map[string]any {
	login := fmt.Sprintf("p%d@example.com", i)
	return map[string]any{"profile": map[string]any{"login": login, "email": login, "firstName": "P", "lastName": fmt.Sprint(i), "department": department},
		"credentials": map[string]any{"password": map[string]any{"value": "Correct-horse-9-battery"}}}
}

func group(name string) map[string]any {
	return map[string]any{"profile": map[string]any{"name": name}}
}

func ruleBody(name, condition, groupID string) map[string]any {
	return map[string]any{"type": "group_rule", "name": name,
		"conditions": map[string]any{"expression": map[string]any{"type": "urn:okta:expression:1.0", "value": condition}},
		"actions":    map[string]any{"assignUserToGroups": map[string]any{"groupIds": []string{groupID}}}}
}

// build fills an org: groups 0 and 1 are given by rules, the others by hand. Nobody is put by hand into a group
// that a rule gives, since Okta's API does not tell the two apart.
func (w *world) build(t *rapid.T) play {
	var p play
	for i := range 4 {
		p.groups = append(p.groups, w.must(t, "POST", "/api/v1/groups", group(fmt.Sprintf("G%d", i))))
	}
	for i := range 2 {
		id := w.must(t, "POST", "/api/v1/groups/rules", ruleBody(fmt.Sprintf("R%d", i), fmt.Sprintf("user.department==%q", departments[i]), p.groups[i]))
		p.rules = append(p.rules, id)
		if rapid.IntRange(0, 3).Draw(t, "rule active") > 0 {
			w.must(t, "POST", "/api/v1/groups/rules/"+id+"/lifecycle/activate", nil)
		}
	}
	for i := range 2 {
		p.apps = append(p.apps, w.must(t, "POST", "/api/v1/apps", map[string]any{"name": "bookmark", "label": fmt.Sprintf("A%d", i), "signOnMode": "BOOKMARK",
			"settings": map[string]any{"app": map[string]any{"requestIntegration": false, "url": "https://example.com/"}}}))
		for g := range p.groups {
			if rapid.IntRange(0, 2).Draw(t, "app of group") == 0 {
				w.must(t, "PUT", "/api/v1/apps/"+p.apps[i]+"/groups/"+p.groups[g], map[string]any{})
			}
		}
	}
	for i := range 5 {
		body := person(i, rapid.SampledFrom(departments).Draw(t, "department"))
		id := w.must(t, "POST", "/api/v1/users?activate="+fmt.Sprint(rapid.IntRange(0, 4).Draw(t, "active") > 0), body)
		p.users = append(p.users, id)
		for g := 2; g < 4; g++ {
			if rapid.Bool().Draw(t, "member") {
				w.must(t, "PUT", "/api/v1/groups/"+p.groups[g]+"/users/"+id, nil)
			}
		}
		if rapid.IntRange(0, 2).Draw(t, "app by hand") == 0 {
			do(context.Background(), w.client, "POST", "/api/v1/apps/"+p.apps[0]+"/users", map[string]any{"id": id, "scope": "USER"})
		}
	}
	return p
}

// move is one call of a generated run.
type move struct {
	what       string
	a, b       int
	department string
}

var moves = []string{"create user", "profile", "department", "suspend", "unsuspend", "deactivate", "activate", "delete user", "sessions", "reset factors",
	"create group", "rename group", "delete group", "add", "add", "remove", "remove", "activate rule", "deactivate rule", "delete rule", "create rule",
	"create taken group", "create taken user", "take name", "take login", "assign user", "unassign user", "assign group", "unassign group", "stop app", "start app", "role", "read user", "read members", "find", "read groups of user"}

func drawMoves(t *rapid.T) []move {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) move {
		return move{rapid.SampledFrom(moves).Draw(t, "what"), rapid.IntRange(0, 6).Draw(t, "a"), rapid.IntRange(0, 6).Draw(t, "b"), rapid.SampledFrom(departments).Draw(t, "department")}
	}), 1, 8).Draw(t, "run")
}

// make makes one move and returns what came of it: a refusal, or what was read.
func (m move) make(ctx context.Context, c *okta.Client, p *play, n int) string {
	user, grp := p.users[m.a%len(p.users)], p.groups[m.b%len(p.groups)]
	app, rule := p.apps[m.b%len(p.apps)], p.rules[m.a%len(p.rules)]
	add := func(list *[]string, id, refusal string) string {
		if refusal == "" {
			*list = append(*list, id)
		}
		return refusal
	}
	plain := func(method, path string, body any) string {
		_, refusal := do(ctx, c, method, path, body)
		return refusal
	}
	switch m.what {
	case "create user":
		id, refusal := do(ctx, c, "POST", "/api/v1/users?activate=true", person(10+n, m.department))
		return add(&p.users, id, refusal)
	case "profile":
		return plain("POST", "/api/v1/users/"+user, map[string]any{"profile": map[string]any{"title": fmt.Sprintf("Title %d", m.b)}})
	case "department":
		return plain("POST", "/api/v1/users/"+user, map[string]any{"profile": map[string]any{"department": m.department}})
	case "suspend", "unsuspend", "deactivate", "activate", "reset_factors":
		return plain("POST", "/api/v1/users/"+user+"/lifecycle/"+m.what, nil)
	case "reset factors":
		return plain("POST", "/api/v1/users/"+user+"/lifecycle/reset_factors", nil)
	case "delete user":
		return plain("DELETE", "/api/v1/users/"+user, nil)
	case "sessions":
		return plain("DELETE", "/api/v1/users/"+user+"/sessions", nil)
	case "create group":
		id, refusal := do(ctx, c, "POST", "/api/v1/groups", group(fmt.Sprintf("New %d", n)))
		return add(&p.groups, id, refusal)
	case "create taken group":
		return plain("POST", "/api/v1/groups", group(fmt.Sprintf("g%d", m.b)))
	case "create taken user":
		return plain("POST", "/api/v1/users?activate=true", person(m.a, m.department))
	case "take name":
		return plain("PUT", "/api/v1/groups/"+grp, group(fmt.Sprintf("G%d", m.a)))
	case "take login":
		return plain("POST", "/api/v1/users/"+user, map[string]any{"profile": map[string]any{"login": fmt.Sprintf("p%d@example.com", m.b)}})
	case "rename group":
		return plain("PUT", "/api/v1/groups/"+grp, group(fmt.Sprintf("Renamed %d", m.a)))
	case "delete group":
		return plain("DELETE", "/api/v1/groups/"+grp, nil)
	case "add":
		return plain("PUT", "/api/v1/groups/"+grp+"/users/"+user, nil)
	case "remove":
		return plain("DELETE", "/api/v1/groups/"+grp+"/users/"+user, nil)
	case "activate rule":
		return plain("POST", "/api/v1/groups/rules/"+rule+"/lifecycle/activate", nil)
	case "deactivate rule":
		return plain("POST", "/api/v1/groups/rules/"+rule+"/lifecycle/deactivate", nil)
	case "delete rule":
		return plain("DELETE", "/api/v1/groups/rules/"+rule, nil)
	case "create rule":
		id, refusal := do(ctx, c, "POST", "/api/v1/groups/rules", ruleBody(fmt.Sprintf("New rule %d", n), fmt.Sprintf("user.department==%q", m.department), grp))
		return add(&p.rules, id, refusal)
	case "assign user":
		return plain("POST", "/api/v1/apps/"+app+"/users", map[string]any{"id": user, "scope": "USER"})
	case "unassign user":
		return plain("DELETE", "/api/v1/apps/"+app+"/users/"+user, nil)
	case "assign group":
		return plain("PUT", "/api/v1/apps/"+app+"/groups/"+grp, map[string]any{})
	case "unassign group":
		return plain("DELETE", "/api/v1/apps/"+app+"/groups/"+grp, nil)
	case "stop app":
		return plain("POST", "/api/v1/apps/"+app+"/lifecycle/deactivate", nil)
	case "start app":
		return plain("POST", "/api/v1/apps/"+app+"/lifecycle/activate", nil)
	case "role":
		return plain("POST", "/api/v1/users/"+user+"/roles", map[string]any{"type": "HELP_DESK_ADMIN"})
	case "read user":
		return seen(c, "/api/v1/users/"+user, "login")
	case "read members":
		return seen(c, "/api/v1/groups/"+grp+"/users", "login")
	case "read groups of user":
		return seen(c, "/api/v1/users/"+user+"/groups", "name")
	case "find":
		return seen(c, `/api/v1/users?search=profile.department+eq+%22`+m.department+`%22`, "login")
	}
	panic("no move " + m.what)
}

// seen reads an object or a list and says which it is, by name.
func seen(c *okta.Client, path, name string) string {
	resp, err := c.Do(context.Background(), okta.Request{Method: http.MethodGet, Path: path})
	if f := fault.As(err); f != nil {
		return fmt.Sprintf("%d %s", f.Status, f.Code)
	}
	type object struct {
		Status  string
		Profile map[string]any
	}
	var list []object
	if json.Unmarshal(resp.Body, &list) != nil {
		var one object
		if err := json.Unmarshal(resp.Body, &one); err != nil {
			return err.Error()
		}
		list = []object{one}
	}
	var out []string
	for _, o := range list {
		out = append(out, fmt.Sprint(o.Profile[name], " ", o.Status, " ", o.Profile["department"]))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// endedIn says whose sessions ended, by a part of the log.
func endedIn(events []oktasim.Event, known map[string]bool) []plan.Change {
	events = slices.DeleteFunc(events, func(e oktasim.Event) bool { return e.EventType != "user.session.clear" })
	return bare(ended(events, known))
}

// plain drops what only a plan knows.
func plain(changes []plan.Change) []string {
	var out []string
	for _, c := range changes {
		out = append(out, fmt.Sprintf("%s %s %s | %s | %v", c.Kind, c.Verb, c.Subject, c.Object, c.Fields))
	}
	slices.Sort(out)
	return out
}

// TestPlanEqualsRun is the promise of a rehearsal: what the plan says is what the same calls then do, every
// answer on the way included.
func TestPlanEqualsRun(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, end := newWorld(t)
		defer end()
		start, run := w.build(t), drawMoves(t)
		before, events := w.sim.State(), len(w.sim.Log())

		twin := New(w.client, everyScope, time.Now)
		rehearsed, client := start.clone(), twin.Client()
		var expected []string
		for n, m := range run {
			expected = append(expected, m.make(Under(t.Context(), n), client, rehearsed, n))
		}
		if !w.sim.State().Same(before) || len(w.sim.Log()) != events {
			t.Fatal("the rehearsal changed the org")
		}
		plan := twin.Plan()

		real, was, sessions := start.clone(), before, map[string]bool{}
		for n, m := range run {
			logged := len(w.sim.Log())
			if got := m.make(context.Background(), w.client, real, n); got != expected[n] {
				t.Fatalf("move %d, %+v: rehearsed as %q, came out as %q", n, m, expected[n], got)
			}
			now := w.sim.State()
			effect := append(Diff(was, now), endedIn(w.sim.Log()[logged:], map[string]bool{})...)
			if planned, happened := plain(twin.Effect(n)), plain(effect); !slices.Equal(planned, happened) {
				t.Fatalf("move %d, %+v, planned:\n %s\nhappened:\n %s", n, m, strings.Join(planned, "\n "), strings.Join(happened, "\n "))
			}
			was = now
		}
		want := append(Diff(before, w.sim.State()), endedIn(w.sim.Log(), sessions)...)
		if planned, happened := plain(plan.Changes), plain(want); !slices.Equal(planned, happened) {
			t.Fatalf("planned:\n %s\nhappened:\n %s", strings.Join(planned, "\n "), strings.Join(happened, "\n "))
		}
	})
}
