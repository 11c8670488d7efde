package twin

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"caracal/fault"
	"caracal/org"
	"caracal/plan"
)

// TestMain lets the promise be tried a thousand times, unless somebody says otherwise.
func TestMain(m *testing.M) {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked {
		if err := flag.Set("rapid.checks", "1000"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func small(t *testing.T) (w *world, user, grp string) {
	t.Helper()
	all, end := newWorld(t)
	t.Cleanup(end)
	user = all.must(t, "POST", "/api/v1/users?activate=true", person(1, "Sales"))
	grp = all.must(t, "POST", "/api/v1/groups", group("Sellers"))
	rule := all.must(t, "POST", "/api/v1/groups/rules", ruleBody("Sellers by department", `user.department=="Sales"`, grp))
	all.must(t, "POST", "/api/v1/groups/rules/"+rule+"/lifecycle/activate", nil)
	return all, user, grp
}

func TestPlanWords(t *testing.T) {
	t.Parallel()
	w, user, grp := small(t)
	twin := New(w.client, everyScope, time.Now)
	c := twin.Client()
	for _, call := range []struct{ method, path string }{
		{"DELETE", "/api/v1/users/" + user + "/sessions"}, {"DELETE", "/api/v1/groups/" + grp + "/users/" + user},
		{"POST", "/api/v1/users/" + user + "/lifecycle/suspend"},
	} {
		if _, refusal := do(t.Context(), c, call.method, call.path, nil); refusal != "" {
			t.Fatalf("%s %s: %s", call.method, call.path, refusal)
		}
	}
	found := twin.Plan()
	var words []string
	for _, c := range found.Changes {
		words = append(words, c.Words())
	}
	want := []string{
		"p1@example.com changes: status: ACTIVE → SUSPENDED", "all sessions of p1@example.com end", "p1@example.com leaves Sellers",
		"Sellers by department changes: exceptions: nothing → p1@example.com",
	}
	if got := strings.Join(words, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("the plan says\n%s", got)
	}
	if found.Writes != 3 || found.Count(plan.Membership) != 1 || len(found.Hash) != 64 || len(found.Notes) != 0 {
		t.Errorf("plan: %+v", found)
	}
	if again := twin.Plan(); again.Hash != found.Hash {
		t.Error("the same changes have another hash")
	}
}

// TestPlanOfCustomRoles: a custom role over one resource set is given and taken in the twin as in the org, where the same
// role over another set stays.
func TestPlanOfCustomRoles(t *testing.T) {
	t.Parallel()
	w, user, _ := small(t)
	role := w.must(t, "POST", "/api/v1/iam/roles", map[string]any{"label": "Helpers", "description": "d", "permissions": []string{"okta.users.read"}})
	sets := make([]string, 2)
	for i, name := range []string{"Sales", "Legal"} {
		sets[i] = w.must(t, "POST", "/api/v1/iam/resource-sets", map[string]any{"label": name, "description": "d", "resources": []string{w.client.Base() + "/api/v1/users"}})
	}
	given := func(set string) map[string]any {
		return map[string]any{"type": "CUSTOM", "role": role, "resource-set": set}
	}
	held := w.must(t, "POST", "/api/v1/users/"+user+"/roles", given(sets[0]))
	twin := New(w.client, everyScope, time.Now)
	c, at := twin.Client(), "/api/v1/users/"+user+"/roles"
	if _, refusal := do(t.Context(), c, "POST", at, given(sets[0])); !strings.Contains(refusal, "E0000090") {
		t.Errorf("given twice: %q", refusal)
	}
	if _, refusal := do(t.Context(), c, "POST", at, given("iam00000000000000000")); !strings.HasPrefix(refusal, "404") {
		t.Errorf("a set that is not there: %q", refusal)
	}
	for _, call := range []struct {
		method, path string
		body         any
	}{{"POST", at, given(sets[1])}, {"DELETE", at + "/" + held, nil}} {
		if _, refusal := do(t.Context(), c, call.method, call.path, call.body); refusal != "" {
			t.Fatalf("%s %s: %s", call.method, call.path, refusal)
		}
	}
	var words []string
	for _, c := range twin.Plan().Changes {
		words = append(words, c.Words())
	}
	slices.Sort(words)
	if got := strings.Join(words, "; "); got != "p1@example.com becomes Helpers; p1@example.com is no longer Helpers" {
		t.Errorf("the plan says %s", got)
	}
	if now := w.sim.State().Roles[user]; len(now) != 1 {
		t.Errorf("the org was changed: %v", now)
	}
}

// TestCallsAreThoseOfTheOrg: a call that the table spells otherwise than the simulated org would never be rehearsed.
func TestCallsAreThoseOfTheOrg(t *testing.T) {
	t.Parallel()
	w, _, _ := small(t)
	escaped := strings.NewReplacer("{", "%7B", "}", "%7D")
	held := func(method, path string) {
		if pattern, _ := w.sim.Pattern(method, escaped.Replace(path)); pattern != path {
			t.Errorf("%s %s is %q to the org", method, path, pattern)
		}
	}
	for path := range layers {
		held("GET", path)
	}
	for call := range writes {
		method, path, _ := strings.Cut(call, " ")
		held(method, path)
	}
}

// Every object is read once, however often a rehearsal looks at it.
func TestReadsOnce(t *testing.T) {
	t.Parallel()
	w, user, grp := small(t)
	twin := New(w.client, everyScope, time.Now)
	c := twin.Client()
	do(t.Context(), c, "DELETE", "/api/v1/groups/"+grp+"/users/"+user, nil)
	reads := twin.Plan().Reads
	for range 5 {
		do(t.Context(), c, "GET", "/api/v1/users/"+user, nil)
		do(t.Context(), c, "PUT", "/api/v1/groups/"+grp+"/users/"+user, nil)
		do(t.Context(), c, "GET", "/api/v1/groups/"+grp, nil)
	}
	if again := twin.Plan().Reads; again != reads {
		t.Errorf("the same objects took %d reads more", again-reads)
	}
	for call, n := range w.sim.Calls() {
		if method, _, _ := strings.Cut(call, " "); method != "GET" && n > 0 && strings.Contains(call, "/users/{userId}") {
			t.Errorf("the org was sent %s", call)
		}
	}
}

// A connection that may not read something is told what was left out, and one that may not write is refused as
// Okta would.
func TestScopes(t *testing.T) {
	t.Parallel()
	full, user, grp := small(t)
	twin := New(full.client, []org.Scope{"okta.users.read", "okta.groups.manage"}, time.Now)
	if _, refusal := do(t.Context(), twin.Client(), "POST", "/api/v1/users/"+user+"/lifecycle/suspend", nil); !strings.HasPrefix(refusal, "403") {
		t.Errorf("suspend without okta.users.manage: %q", refusal)
	}
	if _, refusal := do(t.Context(), twin.Client(), "DELETE", "/api/v1/groups/"+grp+"/users/"+user, nil); refusal != "" {
		t.Errorf("remove with okta.groups.manage: %s", refusal)
	}
	poor, end := newWorld(t, "okta.users.manage")
	defer end()
	id := poor.must(t, "POST", "/api/v1/users?activate=true", person(1, "Sales"))
	twin = New(poor.client, []org.Scope{"okta.users.manage"}, time.Now)
	if _, refusal := do(t.Context(), twin.Client(), "POST", "/api/v1/users/"+id+"/lifecycle/suspend", nil); refusal != "" {
		t.Fatalf("suspend: %s", refusal)
	}
	notes := strings.Join(twin.Plan().Notes, "\n")
	for _, part := range []string{"Group rules could not be read", "Assignments to apps could not be read"} {
		if !strings.Contains(notes, part) {
			t.Errorf("the notes do not say %q:\n%s", part, notes)
		}
	}
}

func TestWhatCannotBeRehearsed(t *testing.T) {
	t.Parallel()
	w, _, _ := small(t)
	twin := New(w.client, everyScope, time.Now)
	_, err := twin.Client().Do(t.Context(), request("POST", "/api/v1/zones", map[string]any{"type": "IP", "name": "Office"}))
	if f := fault.As(err); f == nil || !strings.Contains(f.Message, "can't be rehearsed") {
		t.Errorf("zones: %v", err)
	}
	if notes := twin.Plan().Notes; len(notes) != 1 {
		t.Errorf("notes: %v", notes)
	}
}
