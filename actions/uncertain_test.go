package actions

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/fault"
	"caracal/oktasim"
	"caracal/workflow"
)

// onFirstWrite breaks the first change that reaches the org from now on.
func (w *world) onFirstWrite(f *oktasim.Fault) {
	var done atomic.Bool
	w.sim.SetFault(func(r *http.Request) *oktasim.Fault {
		if r.Method == http.MethodGet || strings.HasPrefix(r.URL.Path, "/oauth2/") || strings.HasPrefix(r.Header.Get("Authorization"), "SSWS") || !done.CompareAndSwap(false, true) {
			return nil
		}
		return f
	})
}

// TestLostAnswers drops the connection of every action's first change, before or after Okta made it: the
// action says that it is uncertain, and what follows (a repeat, or a look) ends in the right state with nothing
// done twice.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	set, err := NewSet(All())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scenarios {
		spec, _ := set.Registry().Get(s.action)
		if spec.Effect == workflow.Reads || s.name == "never locked" {
			continue
		}
		for when, f := range map[string]func() *oktasim.Fault{"before": oktasim.DropBefore, "after": oktasim.DropAfter} {
			t.Run(s.action+" "+s.name+" lost "+when, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				in := s.setUp(w)
				w.onFirstWrite(f())
				_, err := w.run.Do(t.Context(), w.call(s.action, in, 1))
				if !fault.Is(err, fault.Uncertain) {
					t.Fatalf("do: %v", err)
				}
				if spec.Repeat == workflow.Never {
					found, err := w.run.Find(t.Context(), w.call(s.action, in, 1))
					if err != nil || found.Words == "" {
						t.Fatalf("find: %+v, %v", found, err)
					}
					made := when == "after"
					switch {
					case found.Done && !made, found.Known && !found.Done && made:
						t.Fatalf("found the contrary of what happened: %+v", found)
					case made && found.Done == s.lost:
						t.Fatalf("find: %+v", found)
					case made && found.Done:
						s.check(t, w, in, found.Output)
						return
					case !found.Known:
						return // a person decides
					}
				}
				r, err := w.run.Do(t.Context(), w.call(s.action, in, 2))
				if err != nil {
					t.Fatalf("again: %v", err)
				}
				if spec.Repeat == workflow.Never {
					s.check(t, w, in, r.Output)
				} else {
					s.check(t, w, in, nil)
				}
			})
		}
	}
}

func TestFindDoesNotTakeTheOldForTheNew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("ada@example.com", true)
	w.group("Engineering")
	rule := w.rule(w.group("Sales"))
	w.started = time.Now().Add(time.Hour) // all that is older than the step
	for action, in := range map[string]map[string]string{
		"user.create":       {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com"},
		"group.create":      {"name": "Engineering"},
		"group_rule.create": {"name": "Sales people", "expression": `user.department=="Sales"`, "groups": "00g1"},
	} {
		f, err := w.run.Find(t.Context(), w.call(action, in, 1))
		if err != nil || !f.Known || f.Done || !strings.Contains(f.Words, "before this step") {
			t.Errorf("%s: %+v, %v", action, f, err)
		}
		if _, err := w.run.Do(t.Context(), w.call(action, in, 1)); err == nil || !strings.HasSuffix(fault.Message(err), ".") {
			t.Errorf("%s was made twice: %v", action, err)
		}
	}
	if rule == "" {
		t.Error("no rule")
	}
}

func TestRefusalsAreSentences(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 10_000)
	for name, c := range map[string]struct {
		action string
		setUp  func(w *world) map[string]string
		kind   fault.Kind
		word   string
	}{
		"suspend a staged user":   {"user.suspend", ada(false), fault.Conflict, "not activated yet"},
		"unlock a suspended user": {"user.unlock", func(w *world) map[string]string { in := ada(true)(w); w.do("user.suspend", in); return in }, fault.Conflict, "suspended"},
		"login exists": {"user.create", func(w *world) map[string]string {
			w.person("ada@example.com", true)
			return map[string]string{"first_name": "A", "last_name": "L", "email": "ada@example.com"}
		}, fault.Invalid, "choose another"},
		"group exists": {"group.create", func(w *world) map[string]string { w.group("Sales"); return map[string]string{"name": "Sales"} }, fault.Invalid, "choose another"},
		"bad e-mail": {"user.create", func(*world) map[string]string {
			return map[string]string{"first_name": "A", "last_name": "L", "email": "nobody"}
		}, fault.Invalid, "e-mail"},
		"too long":      {"group.create", func(*world) map[string]string { return map[string]string{"name": long} }, fault.Invalid, "10000 characters"},
		"no such user":  {"user.suspend", func(*world) map[string]string { return map[string]string{"user": "00uanotherorg1234567"} }, fault.NotFound, "another org"},
		"delete nobody": {"user.delete", func(*world) map[string]string { return map[string]string{"user": "00uanotherorg1234567"} }, fault.NotFound, "another org"},
		"remove a stranger": {"group.remove_member", func(w *world) map[string]string {
			return map[string]string{"group": w.group("Sales"), "user": "00uanotherorg1234567"}
		}, fault.NotFound, "another org"},
		"take from a stranger's app": {"app.unassign_user", func(*world) map[string]string {
			return map[string]string{"app": "0oaanotherorg1234567", "user": "00uanotherorg1234567"}
		}, fault.NotFound, "another org"},
		"take what a group gives": {"app.unassign_user", func(w *world) map[string]string {
			in := ada(true)(w)
			in["app"] = w.bookmark()
			w.do("app.assign_group", map[string]string{"app": in["app"], "group": w.group("Sales", in["user"])})
			return in
		}, fault.Conflict, "through a group"},
		"rename Everyone": {"group.update", func(w *world) map[string]string {
			g, _ := w.sim.FindGroup("Everyone")
			return map[string]string{"group": g.ID, "name": "Nobody"}
		}, fault.Conflict, "Okta itself"},
		"nothing to change": {"user.update", ada(true), fault.Invalid, "nothing to change"},
		"odd attribute":     {"user.update", func(w *world) map[string]string { in := ada(true)(w); in["attributes"] = "what"; return in }, fault.Invalid, "not an attribute"},
		"unknown attribute": {"user.update", func(w *world) map[string]string { in := ada(true)(w); in["attributes"] = "shoeSize=9"; return in }, fault.Invalid, "shoeSize"},
		"find nobody":       {"user.find", func(*world) map[string]string { return map[string]string{"login": "nobody@example.com"} }, fault.NotFound, "spelling"},
		"find several": {"user.find", func(w *world) map[string]string {
			for _, login := range []string{"a@example.com", "b@example.com"} {
				w.api("POST", "/api/v1/users/"+w.person(login, true), map[string]any{"profile": map[string]any{"email": "ada@example.com"}})
			}
			return map[string]string{"login": "ada@example.com"}
		}, fault.Conflict, "Several"},
		"find no group": {"group.find", func(*world) map[string]string { return map[string]string{"name": "Nobody"} }, fault.NotFound, "spelling"},
		"bad rule": {"group_rule.create", func(w *world) map[string]string {
			return map[string]string{"name": "R", "expression": "user.(", "groups": w.group("Sales")}
		}, fault.Invalid, "."},
		"too many hours": {"log.search", func(*world) map[string]string { return map[string]string{"hours": "NaN"} }, fault.Invalid, "between 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			in := c.setUp(w)
			_, err := w.run.Do(t.Context(), w.call(c.action, in, 1))
			f := fault.As(err)
			if f == nil || f.Kind != c.kind || !strings.Contains(f.Message, c.word) || !strings.HasSuffix(f.Message, ".") {
				t.Errorf("got %v (%+v)", err, f)
			}
		})
	}
}

func TestWhatIsNotThereAnyMoreIsASuccessTheSecondTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := inGroup(w)
	if _, err := w.run.Do(t.Context(), w.call("group.remove_member", in, 1)); err != nil {
		t.Errorf("one who is no member: %v", err)
	}
	for action, in := range map[string]map[string]string{"user.delete": {"user": "00ugone0000000000000"}, "group.delete": {"group": "00ggone0000000000000"}} {
		if _, err := w.run.Do(t.Context(), w.call(action, in, 2)); err != nil {
			t.Errorf("%s: %v", action, err)
		}
	}
}

// TestClockMayBeOff runs the look-ups with a machine whose clock is a minute ahead of Okta's, and behind it; with much more, Okta
// refuses what it signs.
func TestClockMayBeOff(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{time.Minute, -time.Minute} {
		w := newWorld(t)
		w.off = off
		w.started = time.Now().Add(off)
		in := map[string]string{"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com"}
		w.onFirstWrite(oktasim.DropAfter())
		if _, err := w.run.Do(t.Context(), w.call("user.create", in, 1)); !fault.Is(err, fault.Uncertain) {
			t.Fatalf("%s: %v", off, err)
		}
		if f, err := w.run.Find(t.Context(), w.call("user.create", in, 1)); err != nil || !f.Done {
			t.Errorf("%s: %+v, %v", off, f, err)
		}
	}
}

func TestScopeAndRoleAreNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "okta.users.read")
	_, err := w.run.Do(t.Context(), w.call("group.create", map[string]string{"name": "Sales"}, 1))
	if f := fault.As(err); f == nil || f.Kind != fault.Forbidden || f.Scope != "okta.groups.manage" || f.Request == "" {
		t.Errorf("got %v (%+v)", err, f)
	}
}

func TestReactivateWithoutTheLogAsksAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "okta.users.manage")
	in := ada(false)(w)
	w.api("POST", "/api/v1/users/"+in["user"]+"/lifecycle/activate?sendEmail=true", nil)
	w.do("user.reactivate", in)
	f, err := w.run.Find(t.Context(), w.call("user.reactivate", in, 1))
	if err != nil || f.Known || !strings.Contains(f.Words, "System Log") {
		t.Errorf("got %+v, %v", f, err)
	}
}

// TestSearchLagDoesNotMatter holds the look-ups to what Okta answers at once.
func TestSearchLagDoesNotMatter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sim.Update(func(s *oktasim.Settings) { s.SearchLag = time.Hour })
	w.do("user.create", map[string]string{"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com"})
	w.do("user.find", map[string]string{"login": "ada@example.com"})
	w.do("group.create", map[string]string{"name": "Sales"})
	w.do("group.find", map[string]string{"name": "Sales"})
}

func TestPagesFollowTheCursor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		w.person(name+"@example.com", false)
	}
	calls, seen := 0, 0
	err := w.client().pages(t.Context(), func(ctx context.Context, api *sdk.APIClient, after string) error {
		calls++
		r := api.UserAPI.ListUsers(ctx).Limit(2)
		if after != "" {
			r = r.After(after)
		}
		_, _, err := r.Execute()
		return err
	}, func(json.RawMessage) (bool, error) { seen++; return true, nil })
	if err != nil || calls != 3 || seen != 6 { // and the first admin
		t.Errorf("%d users on %d pages: %v", seen, calls, err)
	}
}

func TestRateLimitMakesALongActionGoOnLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	group := w.group("Sales")
	var ids []string
	for _, name := range []string{"a", "b", "c", "d"} {
		ids = append(ids, w.person(name+"@example.com", false))
	}
	in := map[string]string{"group": group, "users": strings.Join(ids, ",")}
	writes := 0
	w.sim.SetFault(func(r *http.Request) *oktasim.Fault {
		if r.Method == http.MethodPut {
			if writes++; writes > 2 {
				return oktasim.RateLimited(50 * time.Second)
			}
		}
		return nil
	})
	_, err := w.run.Do(t.Context(), w.call("group.replace_members", in, 1))
	if f := fault.As(err); f == nil || f.Kind != fault.Busy || f.RetryAt.IsZero() {
		t.Fatalf("got %v", err)
	}
	w.sim.SetFault(nil)
	w.later.Add(int64(time.Until(fault.As(err).RetryAt))) // as the engine waits
	if r, err := w.run.Do(t.Context(), w.call("group.replace_members", in, 2)); err != nil || r.Output["added"] != 2 {
		t.Errorf("went on with %v, %v", r.Output, err)
	}
}

func TestLongListsAreFollowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids []string
	group := w.group("Everybody in Sales")
	for i := range 25 {
		id := w.person("p"+string(rune('a'+i))+"@example.com", false)
		ids = append(ids, id)
	}
	out := w.do("group.replace_members", map[string]string{"group": group, "users": strings.Join(ids, ",")})
	if out["added"] != 25 {
		t.Errorf("output is %v", out)
	}
	if out := w.do("group.list_members", map[string]string{"group": group}); out["count"] != 25 {
		t.Errorf("output is %v", out)
	}
}
