package actions

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"caracal/fault"
	"caracal/oktasim"
	"caracal/workflow"
)

// TestChangesAreFoundInTheLog follows every scenario's changes to the events that they caused.
func TestChangesAreFoundInTheLog(t *testing.T) {
	t.Parallel()
	set, err := NewSet(All())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scenarios {
		spec, _ := set.Registry().Get(s.action)
		t.Run(s.action+" "+s.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			in := s.setUp(w)
			before := len(w.sim.Log())
			r, err := w.run.Do(t.Context(), w.call(s.action, in, 1))
			if err != nil {
				t.Fatal(err)
			}
			if spec.Effect == workflow.Reads {
				if len(r.Changes) > 0 {
					t.Errorf("reading changed something: %v", r.Changes)
				}
				return
			}
			var want []string // what the client's own requests caused
			for _, e := range w.sim.Log()[before:] {
				if e.Actor.ID == w.okta.ClientID() && e.EventType != "app.oauth2.token.grant.access_token" {
					want = append(want, e.UUID)
				}
			}
			found, err := w.run.Events(t.Context(), "app1", r.Changes)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range found {
				got = append(got, e.UUID)
				if e.Request == "" || e.Type == "" || e.Message == "" || e.Published.IsZero() || e.Outcome == "" || e.Actor != "Caracal" {
					t.Errorf("not all of the event: %+v", e)
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("changes %v: found %v, the org logged %v", r.Changes, got, want)
			}
		})
	}
}

func TestManyChangesTakeFewCalls(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 20, 21, 60, 61, 190, 1100} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.sim.Update(func(s *oktasim.Settings) {
				s.RateLimits = map[string]int{}
				for _, bucket := range oktasim.Buckets() {
					s.RateLimits[bucket] = 10_000
				}
			})
			var changes []workflow.SentChange
			for i := range n {
				r, err := w.run.Do(t.Context(), w.call("group.create", map[string]string{"name": fmt.Sprint("Team ", i)}, 1))
				if err != nil {
					t.Fatal(err)
				}
				changes = append(changes, r.Changes...)
			}
			if len(changes) != n {
				t.Fatalf("%d changes of %d groups", len(changes), n)
			}
			w.api("POST", "/api/v1/groups", map[string]any{"profile": map[string]any{"name": "Somebody else's"}})
			var calls atomic.Int64
			w.sim.SetFault(func(r *http.Request) *oktasim.Fault {
				if r.URL.Path == "/api/v1/logs" {
					calls.Add(1)
					if len(r.URL.String()) > 3000 {
						t.Errorf("an address of %d bytes", len(r.URL.String()))
					}
				}
				return nil
			})
			found, err := w.run.Events(t.Context(), "app1", changes)
			if err != nil || len(found) != n || calls.Load() > 3 {
				t.Errorf("%d events of %d in %d calls: %v", len(found), n, calls.Load(), err)
			}
		})
	}
}

// TestStragglersAmongMany: an answer that came long after what it tells of is looked for by its id, where the others are
// found by their time.
func TestStragglersAmongMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var changes []workflow.SentChange
	for i := range 62 {
		if i == 1 {
			w.later.Store(int64(30 * time.Second))
		}
		r, err := w.run.Do(t.Context(), w.call("group.create", map[string]string{"name": fmt.Sprint("Team ", i)}, 1))
		if err != nil {
			t.Fatal(err)
		}
		changes = append(changes, r.Changes...)
	}
	changes[0].At = changes[1].At // as if the answer had taken half a minute
	found, err := w.run.Events(t.Context(), "app1", changes)
	if err != nil || len(found) != len(changes) {
		t.Errorf("%d events of %d: %v", len(found), len(changes), err)
	}
	if !slices.ContainsFunc(found, func(e workflow.LogEvent) bool { return e.Request == changes[0].Request }) {
		t.Error("the straggler is missing")
	}
}

func TestTheLogIsLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sim.Update(func(s *oktasim.Settings) { s.LogLag = 30 * time.Second })
	r, err := w.run.Do(t.Context(), w.call("group.create", map[string]string{"name": "Sales"}, 1))
	if err != nil {
		t.Fatal(err)
	}
	if found, err := w.run.Events(t.Context(), "app1", r.Changes); err != nil || len(found) != 0 {
		t.Errorf("at once: %v, %v", found, err)
	}
	w.later.Store(int64(31 * time.Second))
	if found, err := w.run.Events(t.Context(), "app1", r.Changes); err != nil || len(found) != 1 || found[0].Targets[0].Name != "Sales" {
		t.Errorf("later: %v, %v", found, err)
	}
}

func TestTheLogMayNotBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "okta.groups.manage")
	r, err := w.run.Do(t.Context(), w.call("group.create", map[string]string{"name": "Sales"}, 1))
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.run.Events(t.Context(), "app1", r.Changes)
	if f := fault.As(err); f == nil || f.Kind != fault.Forbidden || f.Scope != string(workflow.LogScope) {
		t.Errorf("got %v (%+v)", err, f)
	}
}

// TestWhatWasRefusedIsNoChange keeps requests out that changed nothing, and in what was changed before a failure.
func TestWhatWasRefusedIsNoChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.group("Sales")
	r, err := w.run.Do(t.Context(), w.call("group.create", map[string]string{"name": "Sales"}, 1))
	if err == nil || len(r.Changes) != 0 || r.Request == "" {
		t.Errorf("a second group of the name: %+v, %v", r, err)
	}
	var ids []string
	for _, name := range []string{"a", "b", "c", "d"} {
		ids = append(ids, w.person(name+"@example.com", false))
	}
	writes := 0
	w.sim.SetFault(func(r *http.Request) *oktasim.Fault {
		if r.Method == http.MethodPut {
			if writes++; writes > 2 {
				return oktasim.ErrorFault(500, "E0000009", "Internal Server Error")
			}
		}
		return nil
	})
	r, err = w.run.Do(t.Context(), w.call("group.replace_members", map[string]string{"group": w.group("Team"), "users": strings.Join(ids, ",")}, 1))
	if !fault.Is(err, fault.Uncertain) || len(r.Changes) != 3 { // two that were answered, and the one that Okta broke off
		t.Errorf("%d changes, %v", len(r.Changes), err)
	}
}
