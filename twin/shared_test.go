package twin

import (
	"context"
	"flag"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"caracal/okta"
	"caracal/oktasim"
	"caracal/org"
)

// TestWide: what is about nobody in particular is shared, unless the call under way is about it.
func TestWide(t *testing.T) {
	t.Parallel()
	const user, group, app = "/api/v1/users/00u1", "/api/v1/groups/00g1", "/api/v1/apps/0oa1"
	for _, c := range []struct {
		address, about string
		want           bool
	}{
		{"/api/v1/groups/rules?limit=200", user, true},
		{"/api/v1/groups?filter=type+eq+%22BUILT_IN%22&limit=200", user, true},
		{"/api/v1/groups?q=Sales&limit=200", user, false},
		{"/api/v1/meta/schemas/user/default", user, true},
		{group, user, true},
		{group + "/apps?limit=200", user, true},
		{group + "/users?limit=1000", user, false},
		{app + "/groups?limit=200", user, true},
		{app + "/users?limit=500", user, false},
		{app + "/users/00u1", user, false},
		{user, user, false},
		{user + "/groups?limit=200", user, false},
		{"/api/v1/apps?filter=user.id+eq+%2200u1%22", user, false},
		{group, group + "/users/00u1", true},
		{group + "/apps?limit=200", group + "/users/00u1", true},
		{group, group, false},
		{group + "/apps?limit=200", group, false},
		{app, app + "/lifecycle/deactivate", false},
		{app, app + "/users/00u1", true},
		{app + "/groups?limit=200", app + "/groups/00g1", false},
		{"/api/v1/groups/rules?limit=200", "/api/v1/groups/rules/0pr1", false},
		{"/api/v1/groups/rules?limit=200", "/api/v1/groups/rules", false},
	} {
		if got := wide(c.address, c.about); got != c.want {
			t.Errorf("%s during a call of %s: shared is %v", c.address, c.about, got)
		}
	}
}

// TestSharedIsReadOnce: of twins that need the same at once one reads it; what broke is read anew.
func TestSharedIsReadOnce(t *testing.T) {
	t.Parallel()
	w, _, _ := small(t)
	s := NewShared(w.client, []org.Scope{"okta.groups.read"})
	var reads atomic.Int64
	var all sync.WaitGroup
	goOn := make(chan struct{})
	for range 10 {
		all.Go(func() {
			a := s.get(t.Context(), "/api/v1/groups/rules", maxHeld, func() answer {
				<-goOn
				if reads.Add(1) == 1 {
					return answer{err: context.DeadlineExceeded}
				}
				return answer{resp: &okta.Response{Body: []byte("[]")}}
			})
			if a.err != nil && a.err != context.DeadlineExceeded {
				t.Error(a.err)
			}
		})
	}
	close(goOn)
	all.Wait()
	if reads.Load() != 2 {
		t.Errorf("it was read %d times", reads.Load())
	}
	if a := s.get(t.Context(), "/api/v1/groups/00g1", 1, func() answer { return answer{resp: &okta.Response{Body: []byte("{}")}} }); a.err == nil {
		t.Error("more is kept than may be")
	}
}

// TestLookFindsRules: a look reads the rules again and ends the round where they are others.
func TestLookFindsRules(t *testing.T) {
	t.Parallel()
	w, user, grp := small(t)
	s := NewShared(w.client, everyScope)
	twin := New(w.client, everyScope, time.Now)
	twin.Share(s)
	if _, refusal := do(t.Context(), twin.Client(), "POST", "/api/v1/users/"+user+"/lifecycle/suspend", nil); refusal != "" {
		t.Fatal(refusal)
	}
	for _, changed := range []bool{false, true} {
		if changed {
			w.must(t, "POST", "/api/v1/groups/rules", ruleBody("One more", `user.department=="Legal"`, grp))
		}
		if err := s.Look(t.Context(), time.Time{}); err != nil || twin.Stale() {
			t.Errorf("a look that is not due: %v", err)
		}
		if err := s.Look(t.Context(), time.Now()); err != nil || twin.Stale() != changed {
			t.Errorf("the twin is stale: %v, %v", twin.Stale(), err)
		}
	}
}

// TestLookWithoutTheLog: where the role does not let the System Log be read, that says nothing of a change.
func TestLookWithoutTheLog(t *testing.T) {
	t.Parallel()
	w, user, _ := small(t)
	w.sim.SetFault(func(r *http.Request) *oktasim.Fault {
		if r.URL.Path == "/api/v1/logs" {
			return oktasim.ErrorFault(http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action")
		}
		return nil
	})
	s := NewShared(w.client, everyScope)
	s.log = true
	twin := New(w.client, everyScope, time.Now)
	twin.Share(s)
	if _, refusal := do(t.Context(), twin.Client(), "POST", "/api/v1/users/"+user+"/lifecycle/suspend", nil); refusal != "" {
		t.Fatal(refusal)
	}
	if err := s.Look(t.Context(), time.Now()); err != nil || twin.Stale() || s.log {
		t.Errorf("the twin is stale: %v, the log is asked again: %v, %v", twin.Stale(), s.log, err)
	}
}

// TestNothingIsMissed: for generated runs over generated orgs, what a twin foresees for one change, which has looked before and
// reads the rest from what twins of earlier changes have read, is what one foresees that reads all of it itself, whatever the
// org has changed since.
func TestNothingIsMissed(t *testing.T) { // not in parallel: the flag is everybody's
	checks := flag.Lookup("rapid.checks")
	all, err := strconv.Atoi(checks.Value.String())
	if err != nil {
		t.Fatal(err)
	}
	if err := checks.Value.Set(strconv.Itoa(max(1, all/10))); err != nil { // each case reads all of an org for each change
		t.Fatal(err)
	}
	defer checks.Value.Set(strconv.Itoa(all)) //nolint:errcheck // it was this number before
	looks, rounds := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		clock := &moved{now: time.Now()}
		w, end := newWorldAt(t, clock.Now)
		defer end()
		start, run := w.build(t), drawMoves(t)
		s := NewShared(w.client, everyScope)
		for n, m := range run {
			clock.add(time.Minute)
			if err := s.Look(t.Context(), clock.Now()); err != nil {
				t.Fatal(err)
			}
			foresee := func(share bool) (string, []string) {
				twin := New(w.client, everyScope, clock.Now)
				if share {
					twin.Share(s)
				}
				answer := m.make(Under(t.Context(), n), twin.Client(), start.clone(), n)
				return answer, plain(twin.Effect(n))
			}
			got, changes := foresee(true)
			want, all := foresee(false)
			if got != want || !slices.Equal(changes, all) {
				t.Fatalf("move %d, %+v, with what was read before: %q\n %s\nwith all read anew: %q\n %s", n, m, got, strings.Join(changes, "\n "), want, strings.Join(all, "\n "))
			}
			m.make(context.Background(), w.client, &start, n)
		}
		looks, rounds = looks+len(run), rounds+s.round
	})
	if t.Logf("%d looks found %d changes", looks, rounds); rounds == 0 || rounds > looks/2 {
		t.Error("these are none that a round outlives, or none that end one")
	}
}

// moved is a clock.
type moved struct {
	mu  sync.Mutex
	now time.Time
}

func (c *moved) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *moved) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
