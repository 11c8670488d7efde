package actions

import (
	"strings"
	"testing"
	"time"

	"caracal/fault"
)

// TestListUsersByLastSignIn finds who has not signed in for long, and tells those apart who never did.
func TestListUsersByLastSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("seldom@example.com", true)
	w.person("never@example.com", true)
	w.signIn("seldom@example.com", "Analytical1Engine")
	w.later.Store(int64(100 * 24 * time.Hour))
	w.person("often@example.com", true)
	w.person("new@example.com", true)
	w.signIn("often@example.com", "Analytical1Engine")
	for _, c := range []struct{ idle, never, want string }{
		{"90", "with", "admin@example.com never@example.com seldom@example.com"},
		{"90", "without", "seldom@example.com"},
		{"90", "only", "admin@example.com never@example.com"},
		{"101", "with", ""},
		{"", "only", "admin@example.com never@example.com new@example.com"},
		{"", "without", "often@example.com seldom@example.com"},
	} {
		out := w.do("user.list", map[string]string{"idle": c.idle, "never": c.never})
		if got := field(out, "users", "login"); got != c.want {
			t.Errorf("idle %s, never %s: %s, want %s", c.idle, c.never, got, c.want)
		}
	}
}

// TestListUsersConditions holds each condition to what it finds, and refuses what Okta could not search for.
func TestListUsersConditions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	boss := w.employee("boss@example.com", "Sales", "")
	quoted := w.employee("quoted@example.com", `R&D "Labs" \`, "Guest")
	w.api("POST", "/api/v1/users/"+quoted, map[string]any{"profile": map[string]any{"managerId": boss, "city": "Oslo"}})
	w.person("staged@example.com", false)
	for name, c := range map[string]struct {
		in   map[string]string
		want string
	}{
		"all":        {map[string]string{}, "admin@example.com boss@example.com quoted@example.com staged@example.com"},
		"status":     {map[string]string{"status": "STAGED"}, "staged@example.com"},
		"quotes":     {map[string]string{"department": `R&D "Labs" \`}, "quoted@example.com"},
		"manager":    {map[string]string{"manager": boss}, "quoted@example.com"},
		"attribute":  {map[string]string{"attributes": "city = Oslo"}, "quoted@example.com"},
		"own":        {map[string]string{"search": `profile.login sw "boss" or profile.login sw "staged"`, "status": "ACTIVE"}, "boss@example.com"},
		"nobody":     {map[string]string{"department": "Nowhere"}, ""},
		"no way out": {map[string]string{"department": `x" or status eq "ACTIVE`}, ""},
	} {
		if got := field(w.do("user.list", c.in), "users", "login"); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	for name, c := range map[string]struct{ field, value string }{
		"an empty attribute": {"attributes", "city ="},
		"no attribute":       {"attributes", "city"},
		"a strange name":     {"attributes", `x") = 1`},
		"too many":           {"max", "2001"},
		"none":               {"max", "0"},
		"no number of days":  {"idle", "-3"},
	} {
		_, err := w.run.Do(t.Context(), w.call("user.list", map[string]string{c.field: c.value}, 1))
		if f := fault.As(err); f == nil || f.Kind != fault.Invalid || f.Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := w.run.Do(t.Context(), w.call("user.list", map[string]string{"search": "profile.nonsense eq 1"}, 1))
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("a condition that Okta refuses: %v", err)
	}
}

// TestListsGoOverPages reads more than one page holds, and says when a limit left somebody out.
func TestListsGoOverPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids []string
	for i := range 230 {
		ids = append(ids, w.person(strings.Repeat("p", 1+i/26)+string(rune('a'+i%26))+"@example.com", false))
	}
	for _, c := range []struct {
		most  string
		count int
		more  bool
	}{{"231", 231, false}, {"230", 230, true}, {"5", 5, true}, {"1000", 231, false}} {
		out := w.do("user.list", map[string]string{"max": c.most})
		if out["count"] != c.count || out["more"] != c.more || len(out["users"].([]any)) != c.count {
			t.Errorf("at most %s: %v, more %v", c.most, out["count"], out["more"])
		}
	}
	group := w.group("Everybody", ids[:210]...)
	if out := w.do("group.list_members", map[string]string{"group": group}); out["count"] != 210 {
		t.Errorf("%v members", out["count"])
	}
}

// TestFindAppSaysWhatIsWrong names the app that is not there, and the number of those that are alike.
func TestFindAppSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.appNamed("Wiki")
	w.appNamed("Wiki")
	if _, err := w.run.Do(t.Context(), w.call("app.find", map[string]string{"name": "Wiki"}, 1)); !fault.Is(err, fault.Conflict) {
		t.Errorf("two of one name: %v", err)
	}
	if _, err := w.run.Do(t.Context(), w.call("app.find", map[string]string{"name": "Wik"}, 1)); !fault.Is(err, fault.NotFound) {
		t.Errorf("half a name: %v", err)
	}
}

// TestFindByID takes the id of a group and of an app where a name is asked for, as messages to people need it.
func TestFindByID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for action, id := range map[string]string{"group.find": w.group("Wiki"), "app.find": w.appNamed("Wiki")} {
		if out := w.do(action, map[string]string{"name": id}); out["name"] != "Wiki" || out["id"] != id {
			t.Errorf("%s: %v", action, out)
		}
		missing := id[:len(id)-4] + "none"
		if _, err := w.run.Do(t.Context(), w.call(action, map[string]string{"name": missing}, 1)); !fault.Is(err, fault.NotFound) || !strings.Contains(err.Error(), missing) {
			t.Errorf("%s of a missing id: %v", action, err)
		}
	}
}

// TestLastUseOfAnApp reads the newest sign-in of the seeded company's log.
func TestLastUseOfAnApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.sim.SeedCompany(); err != nil {
		t.Fatal(err)
	}
	var used, unused int
	for _, item := range w.do("app.list", map[string]string{"status": "ACTIVE"})["apps"].([]any) {
		out := w.do("app.last_use", map[string]string{"app": item.(map[string]any)["id"].(string), "days": "90"})
		if out["used"] == true {
			used++
			if out["last_at"] == "" || out["last_by"] == "" {
				t.Errorf("output is %v", out)
			}
		} else {
			unused++
		}
	}
	if used == 0 || used+unused < 5 {
		t.Errorf("%d used, %d not", used, unused)
	}
}

// TestGroupsWithoutRulesRead lists groups with a connection that may not read rules: nothing is called removable
// for good without saying that it is not known.
func TestGroupsWithoutRulesRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "okta.users.read")
	user := w.person("ada@example.com", true)
	w.group("Engineering", user)
	out := w.do("user.list_groups", map[string]string{"user": user})
	if field(out, "groups", "name") != "Engineering Everyone" || !strings.Contains(out[ruleNote.Name].(string), "could not be read") {
		t.Errorf("output is %v", out)
	}
}
