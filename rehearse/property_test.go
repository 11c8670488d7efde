package rehearse

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"caracal/actions"
	"caracal/auth"
	"caracal/db"
	"caracal/form"
	"caracal/grouprule"
	"caracal/okta"
	"caracal/oktasim"
	"caracal/org"
	"caracal/plan"
	"caracal/twin"
	"caracal/workflow"
)

// How many cases of the promise are tried: a thousand, which take half a minute, or with -short some. The variable
// names another number:
//
//	CARACAL_PROPERTY_CASES=10000 go test ./rehearse -run PlanEqualsRun -timeout 30m
const (
	longCases  = "CARACAL_PROPERTY_CASES"
	usualCases = 1000
	shortCases = 100
)

var propertyScopes = []org.Scope{"okta.users.read", "okta.users.manage", "okta.groups.read", "okta.groups.manage",
	"okta.apps.read", "okta.apps.manage", "okta.roles.read", "okta.roles.manage", "okta.schemas.read", "okta.logs.read"}

var serviceKey = sync.OnceValue(func() okta.Key {
	key, err := okta.GenerateKey(okta.ES256)
	if err != nil {
		panic(err)
	}
	return key
})

// land is one generated org, with a service that rehearses over it and one that runs in it.
type land struct {
	sim                       *oktasim.Org
	client                    *okta.Client
	users, groups, apps, rule []string
}

const application = "app_1"

func newLand(t *rapid.T, users int) *land {
	sim := oktasim.New(oktasim.Config{Settings: oktasim.Settings{NoRateLimit: true}})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	sim.SetBaseURL(server.URL)
	names := make([]string, len(propertyScopes))
	for i, s := range propertyScopes {
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
	clients := okta.NewClients(okta.Options{Hosts: org.HostRule{Loopback: []string{host}}, Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	l := &land{sim: sim}
	if l.client, err = clients.Open(org.Application{ID: application, Domain: host, Method: org.CustomApp, ClientID: id, Scopes: propertyScopes}, private); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		l.groups = append(l.groups, l.make(t, "/api/v1/groups", map[string]any{"profile": map[string]any{"name": fmt.Sprintf("G%d", i)}}))
	}
	rule := l.make(t, "/api/v1/groups/rules", map[string]any{"type": "group_rule", "name": "R",
		"conditions": map[string]any{"expression": map[string]any{"type": "urn:okta:expression:1.0", "value": `user.department=="Sales"`}},
		"actions":    map[string]any{"assignUserToGroups": map[string]any{"groupIds": []string{l.groups[0]}}}})
	if rapid.Bool().Draw(t, "rule active") {
		l.make(t, "/api/v1/groups/rules/"+rule+"/lifecycle/activate", nil)
	}
	l.rule = []string{rule}
	l.apps = []string{l.make(t, "/api/v1/apps", map[string]any{"name": "bookmark", "label": "Wiki", "signOnMode": "BOOKMARK",
		"settings": map[string]any{"app": map[string]any{"requestIntegration": false, "url": "https://example.com/"}}})}
	if group := rapid.IntRange(0, 4).Draw(t, "app of group"); group < 4 {
		l.put(t, "/api/v1/apps/"+l.apps[0]+"/groups/"+l.groups[group], map[string]any{})
	}
	for i := range users {
		login := fmt.Sprintf("p%d@example.com", i)
		id := l.make(t, "/api/v1/users?activate="+strconv.FormatBool(rapid.IntRange(0, 5).Draw(t, "staged") > 0), map[string]any{
			"profile":     map[string]any{"login": login, "email": login, "firstName": "P", "lastName": strconv.Itoa(i), "department": rapid.SampledFrom([]string{"Sales", "Legal", "Ops"}).Draw(t, "department")},
			"credentials": map[string]any{"password": map[string]any{"value": "Correct-horse-9-battery"}}})
		l.users = append(l.users, id)
		for g := 1; g < 4; g++ { // nobody is put by hand where a rule puts people: Okta's API does not tell the two apart
			if rapid.Bool().Draw(t, "member") {
				l.put(t, "/api/v1/groups/"+l.groups[g]+"/users/"+id, nil)
			}
		}
	}
	return l
}

func (l *land) make(t *rapid.T, path string, body any) string { return l.send(t, "POST", path, body) }
func (l *land) put(t *rapid.T, path string, body any) string  { return l.send(t, "PUT", path, body) }

func (l *land) send(t *rapid.T, method, path string, body any) string {
	resp, err := l.client.Do(context.Background(), okta.Request{Method: method, Path: path, Body: body})
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

// draw makes a workflow: curated actions with conditions, for-each, failure branches, called workflows, waits,
// approvals, notes and stops.
type draw struct {
	t     *rapid.T
	l     *land
	calls []string // workflows that may be called
	d     workflow.Definition
	found []string // steps that gave a user
	made  []string // steps that made a group
}

func (w *draw) pick(name string, from []string) string {
	return rapid.SampledFrom(from).Draw(w.t, name)
}

// user is somebody: an input, somebody found before, the item of the loop around, or an id.
func (w *draw) user(loop string) string {
	ways := []string{"{{ inputs.who }}", w.pick("user", w.l.users)}
	if loop != "" {
		ways = []string{"{{ item }}", "{{ item }}", "{{ inputs.who }}"}
	}
	for _, id := range w.found {
		ways = append(ways, "{{ steps."+id+".output.id }}")
	}
	return w.pick("whom", ways)
}

func (w *draw) group() string {
	ways := slices.Clone(w.l.groups)
	for _, id := range w.made {
		ways = append(ways, "{{ steps."+id+".output.id }}")
	}
	return w.pick("group", ways)
}

func (w *draw) add(s workflow.Step) string {
	s.ID = "s" + strconv.Itoa(len(w.d.Steps))
	s.Title = "Step " + s.ID
	w.d.Steps = append(w.d.Steps, s)
	return s.ID
}

func (w *draw) step(in workflow.Control, loop string, depth int) {
	what := w.pick("what", []string{"suspend", "suspend", "unsuspend", "deactivate", "activate", "department", "title", "create", "group", "add", "add", "remove", "remove",
		"replace", "sessions", "delete", "app", "unapp", "app group", "rename", "rule on", "rule off", "find", "members", "note", "stop", "wait", "ask", "each", "each", "call", "delete group", "role"})
	c := in
	switch {
	case loop != "":
	case rapid.IntRange(0, 3).Draw(w.t, "condition") == 0:
		c.OnlyIf = w.pick("if", []string{"{{ inputs.really }}", `{{ inputs.team == "Sales" }}`, "{{ not inputs.really }}"})
		if len(w.found) > 0 && rapid.Bool().Draw(w.t, "by found") {
			c.OnlyIf = "{{ steps." + w.found[0] + `.output.status == "ACTIVE" }}`
		}
	}
	c.OnError = workflow.OnError(w.pick("on error", []string{"", "", string(workflow.GoOn), string(workflow.GoOn)}))
	action := func(id string, fields ...string) string {
		s := workflow.Step{Action: id, Fields: map[string]string{}, Control: c}
		for i := 0; i+1 < len(fields); i += 2 {
			s.Fields[fields[i]] = fields[i+1]
		}
		return w.add(s)
	}
	n := strconv.Itoa(len(w.d.Steps))
	switch what {
	case "suspend", "unsuspend", "deactivate", "delete":
		action("user."+what, "user", w.user(loop))
	case "activate":
		action("user.activate", "user", w.user(loop), "send_email", "false")
	case "sessions":
		action("user.clear_sessions", "user", w.user(loop))
	case "department":
		action("user.update", "user", w.user(loop), "department", w.pick("department", []string{"Sales", "Legal", "{{ inputs.team }}"}))
	case "title":
		action("user.update", "user", w.user(loop), "title", "Title "+n+" of {{ inputs.team }}")
	case "create":
		if loop == "" { // one login is one person
			id := action("user.create", "first_name", "New", "last_name", n, "email", w.pick("email", []string{"new" + n + "@example.com", "new" + n + "@example.com", "p0@example.com"}), "department", "{{ inputs.team }}", "when", "now")
			if c.OnlyIf == "" && c.OnError == "" && in == (workflow.Control{}) {
				w.found = append(w.found, id)
			}
		}
	case "group":
		name := w.pick("name", []string{"Made " + n, "Made " + n, "g1"}) // there is a G1
		if loop != "" {
			name = "Made " + n + " for {{ item }}"
		}
		id := action("group.create", "name", name)
		if c.OnlyIf == "" && c.OnError == "" && in == (workflow.Control{}) {
			w.made = append(w.made, id)
		}
	case "add":
		action("group.add_member", "group", w.group(), "user", w.user(loop))
	case "remove":
		action("group.remove_member", "group", w.group(), "user", w.user(loop))
	case "replace":
		action("group.replace_members", "group", w.pick("group", w.l.groups[1:]), "users", strings.Join(w.l.users[:2], ","))
	case "rename":
		action("group.update", "group", w.group(), "name", "Renamed "+n)
	case "delete group":
		action("group.delete", "group", w.pick("group", w.l.groups[2:]))
	case "app":
		action("app.assign_user", "app", w.l.apps[0], "user", w.user(loop))
	case "unapp":
		action("app.unassign_user", "app", w.l.apps[0], "user", w.user(loop))
	case "app group":
		action("app.assign_group", "app", w.l.apps[0], "group", w.group())
	case "rule on":
		action("group_rule.activate", "rule", w.l.rule[0])
	case "rule off":
		action("group_rule.deactivate", "rule", w.l.rule[0])
	case "role":
		action("admin_role.assign", "user", w.user(loop), "role", "HELP_DESK_ADMIN")
	case "find":
		login := "p" + strconv.Itoa(rapid.IntRange(0, 3).Draw(w.t, "who")) + "@example.com"
		id := action("user.find", "login", login)
		if c.OnlyIf == "" && in == (workflow.Control{}) && c.OnError == "" {
			w.found = append(w.found, id)
		}
	case "members":
		if depth < 2 {
			id := action("group.list_members", "group", w.pick("group", w.l.groups))
			if c.OnlyIf == "" && c.OnError == "" {
				w.each(in, "{{ steps."+id+".output.ids }}", depth)
			}
		}
	case "note":
		action(workflow.FlowNote, "text", "About {{ inputs.team }}.")
	case "stop":
		action(workflow.FlowStopUnless, "condition", w.pick("unless", []string{"{{ inputs.really }}", `{{ inputs.team != "Ops" }}`}), "message", "Stopped.")
	case "wait":
		action(workflow.FlowWait, "amount", "3", "unit", "days")
	case "ask":
		action(workflow.FlowApproval, "message", "May it?", "who", workflow.WhoAnyone, "then", "fail", "unit", "days")
	case "each":
		if depth < 2 {
			w.each(in, "{{ inputs.people }}", depth)
		}
	case "call":
		action(workflow.CallAction(w.pick("call", w.calls)), "who", w.user(loop))
	}
	if last := len(w.d.Steps) - 1; last >= 0 && w.d.Steps[last].OnError == workflow.GoOn && !workflow.IsFlow(w.d.Steps[last].Action) && depth < 2 && rapid.IntRange(0, 3).Draw(w.t, "branch") == 0 {
		w.d.Steps[last].OnError = workflow.Branch
		w.step(workflow.Control{In: w.d.Steps[last].ID, When: workflow.WhenFailed}, loop, depth+1)
	}
}

func (w *draw) each(in workflow.Control, list string, depth int) {
	in.OnError = workflow.OnError(w.pick("loop on error", []string{"", string(workflow.GoOn)}))
	id := w.add(workflow.Step{Action: workflow.FlowForEach, Control: in, Fields: map[string]string{workflow.ListField: list, "at_once": "1",
		"on_failed": w.pick("on failed", []string{workflow.LoopStops, workflow.LoopGoesOn})}})
	for range rapid.IntRange(1, 2).Draw(w.t, "steps in it") {
		w.step(workflow.Control{In: id, When: workflow.WhenEach}, id, depth+1)
	}
	if len(w.d.Steps) == w.d.StepIndex(id)+1 { // what was drawn came to nothing
		w.add(workflow.Step{Action: "user.suspend", Fields: map[string]string{"user": "{{ inputs.who }}"}, Control: workflow.Control{In: id, When: workflow.WhenEach, OnError: workflow.GoOn}})
	}
}

var propertyInputs = []workflow.Input{{Name: "who", Label: "Who", Kind: form.User}, {Name: "people", Label: "People", Kind: form.Users},
	{Name: "team", Label: "Team", Kind: form.Text}, {Name: "really", Label: "Really", Kind: form.YesNo}}

// stand is what all cases share: a database for the workflows that are called, and for throw-away ones.
func stand(t *testing.T) (rehearsed, run *Service, calls []string, use func(*land)) {
	t.Helper()
	store, err := db.Open(t.Context(), filepath.Join(t.TempDir(), "caracal.db"), db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	for i, steps := range [][]workflow.Step{
		{{ID: "hold", Title: "Hold", Action: "user.suspend", Fields: map[string]string{"user": "{{ inputs.who }}"}}, {ID: "give", Title: "Give", Action: workflow.FlowGive, Fields: map[string]string{"value": "{{ steps.hold.output.login }}"}}},
		{{ID: "end", Title: "End", Action: "user.clear_sessions", Fields: map[string]string{"user": "{{ inputs.who }}"}}, {ID: "off", Title: "Off", Action: "user.deactivate", Fields: map[string]string{"user": "{{ inputs.who }}"}}},
	} {
		d := workflow.Definition{Name: fmt.Sprintf("Called %d", i), ApplicationID: application, Inputs: propertyInputs[:1], Steps: steps}
		w, err := store.CreateWorkflow(t.Context(), d, ben)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Publish(t.Context(), w.ID, w.Revision, "", ben); err != nil {
			t.Fatal(err)
		}
		calls = append(calls, w.ID)
	}
	set, err := actions.NewSet(actions.All())
	if err != nil {
		t.Fatal(err)
	}
	var now *land
	registry := set.Registry(workflow.FlowSpecs()...)
	base := func() *Service {
		return &Service{DB: store, Scratch: &db.Scratch{Folder: t.TempDir()}, Spec: registry.Get, Clock: time.Now, Log: slog.New(slog.DiscardHandler),
			Open: func(context.Context, string) (*okta.Client, org.Application, error) {
				return now.client, org.Application{ID: application}, nil
			}}
	}
	own := func() *actions.Set {
		o := *set
		o.Rules = &grouprule.Reader{}
		return &o
	}
	rehearsed, run = base(), base()
	rehearsed.Executor = func(open func(context.Context, string) (*okta.Client, error)) workflow.Executor {
		return own().Executor(open)
	}
	run.Executor = func(func(context.Context, string) (*okta.Client, error)) workflow.Executor { // not over a twin: in the org itself
		return own().Executor(func(context.Context, string) (*okta.Client, error) { return now.client, nil })
	}
	return rehearsed, run, calls, func(l *land) { now = l }
}

var ben = auth.User{ID: "usr_ben", Name: "Ben"}

// TestPlanEqualsRun is the promise of a rehearsal: for generated workflows over generated orgs, what the plan says is
// what the same run then does, every step's end included. Both are moved by the engine, one over a twin and one in
// the org itself.
func TestPlanEqualsRun(t *testing.T) {
	cases := usualCases
	if testing.Short() {
		cases = shortCases
	}
	if text := os.Getenv(longCases); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("%s: %v", longCases, err)
		}
		cases = n
	}
	rehearsed, run, calls, use := stand(t)
	seen := map[string]int{}
	if err := flag.Set("rapid.checks", strconv.Itoa(cases)); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) { equal(t, rehearsed, run, calls, use, seen) })
	t.Logf("%d cases: %v", cases, seen)
}

func equal(t *rapid.T, rehearsed, run *Service, calls []string, use func(*land), seen map[string]int) {
	l := newLand(t, 4)
	use(l)
	w := &draw{t: t, l: l, calls: calls, d: workflow.Definition{Name: "Generated", ApplicationID: application, Inputs: propertyInputs}}
	for range rapid.IntRange(1, 5).Draw(t, "steps") {
		w.step(workflow.Control{}, "", 0)
	}
	if len(w.d.Steps) == 0 {
		w.step(workflow.Control{}, "", 0)
		if len(w.d.Steps) == 0 {
			return
		}
	}
	subject := plan.Subject{Kind: plan.Steps, Definition: w.d, Rows: []map[string]string{{"who": w.pick("who", l.users), "people": strings.Join(l.users[:rapid.IntRange(0, 3).Draw(t, "people")], ","),
		"team": w.pick("team", []string{"Sales", "Legal", "Ops"}), "really": strconv.FormatBool(rapid.Bool().Draw(t, "really"))}}}
	before, events := l.sim.State(), len(l.sim.Log())
	planned, err := rehearsed.Now(context.Background(), subject, ben)
	if err != nil {
		t.Fatalf("rehearse: %v", err)
	}
	if !l.sim.State().Same(before) || len(l.sim.Log()) != events {
		t.Fatal("the rehearsal changed the org")
	}
	happened, err := run.Now(context.Background(), subject, ben)
	if err != nil {
		t.Fatalf("run: %v", err)
	}
	states := func(p plan.Plan) (out []string) {
		for _, s := range p.Steps {
			out = append(out, fmt.Sprintf("%s %s %s %s", s.At, s.Title, s.Item, s.State))
		}
		return out
	}
	if a, b := states(planned), states(happened); !slices.Equal(a, b) {
		t.Fatalf("steps as planned:\n %s\nas they went:\n %s\n%s\n%s", strings.Join(a, "\n "), strings.Join(b, "\n "), wordsOf(planned), wordsOf(happened))
	}
	want := twin.Diff(before, l.sim.State())
	for _, login := range endedSessions(l.sim) {
		want = append(want, plan.Change{Kind: plan.Session, Verb: plan.Ended, Subject: login})
	}
	if a, b := told(planned.Changes), told(want); !slices.Equal(a, b) {
		t.Fatalf("planned:\n %s\nhappened:\n %s", strings.Join(a, "\n "), strings.Join(b, "\n "))
	}
	for _, c := range planned.Changes {
		if len(c.By) == 0 {
			t.Fatalf("nobody knows which step makes %s", c.Words())
		}
		seen[string(c.Kind)]++
	}
	for _, s := range planned.Steps {
		seen["step "+string(s.State)]++
	}
}

func wordsOf(p plan.Plan) string {
	var out []string
	for _, s := range p.Steps {
		out = append(out, s.Words)
	}
	return strings.Join(out, " | ")
}

func endedSessions(sim *oktasim.Org) []string {
	logins := map[string]bool{}
	for _, e := range sim.Events("user.session.clear") {
		for _, target := range e.Target {
			if target.Type == "User" {
				logins[target.AlternateID] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(logins))
}

// told drops what only a plan knows.
func told(changes []plan.Change) (out []string) {
	for _, c := range changes {
		out = append(out, fmt.Sprintf("%s %s %s | %s | %v", c.Kind, c.Verb, c.Subject, c.Object, c.Fields))
	}
	slices.Sort(out)
	return out
}
