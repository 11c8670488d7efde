package rehearse

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"caracal/actions"
	"caracal/auth"
	"caracal/catalog"
	"caracal/db"
	"caracal/grouprule"
	"caracal/internal/generated"
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

// stand is what all cases share: a database for the workflows that are called, and for throw-away ones.
func stand(t *testing.T) (rehearsed, run *Service, calls []string, use func(*generated.Land)) {
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
	for _, d := range generated.Called() {
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
	known, err := catalog.Shared()
	if err != nil {
		t.Fatal(err)
	}
	set.Operations = &actions.Shelf{Catalog: catalog.NewLive(known)}
	var now *generated.Land
	registry := set.Registry(workflow.FlowSpecs()...)
	base := func() *Service {
		return &Service{DB: store, Scratch: &db.Scratch{Folder: t.TempDir()}, Spec: registry.Get, Clock: time.Now, Log: slog.New(slog.DiscardHandler),
			Open: func(context.Context, string) (*okta.Client, org.Application, error) {
				return now.Client, org.Application{ID: generated.Application}, nil
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
		return own().Executor(func(context.Context, string) (*okta.Client, error) { return now.Client, nil })
	}
	return rehearsed, run, calls, func(l *generated.Land) { now = l }
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

func equal(t *rapid.T, rehearsed, run *Service, calls []string, use func(*generated.Land), seen map[string]int) {
	l := generated.NewLand(t, 4, time.Now)
	use(l)
	d := generated.Workflow(t, l, calls)
	if len(d.Steps) == 0 {
		return
	}
	subject := plan.Subject{Kind: plan.Steps, Definition: d, Rows: []map[string]string{generated.Input(t, l)}}
	before, events := l.Sim.State(), len(l.Sim.Log())
	planned, err := rehearsed.Now(context.Background(), subject, ben)
	if err != nil {
		t.Fatalf("rehearse: %v", err)
	}
	if !l.Sim.State().Same(before) || len(l.Sim.Log()) != events {
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
	want := twin.Diff(before, l.Sim.State())
	for _, login := range endedSessions(l.Sim) {
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
