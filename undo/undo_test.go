package undo_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"caracal/db"
	"caracal/engine"
	"caracal/fault"
	"caracal/form"
	"caracal/undo"
	"caracal/workflow"
)

// shelf is an org of nothing but values by name, with an engine that makes runs in it. Its actions are set (a value of a
// name), send (which can't be taken back) and look (which changes nothing).
type shelf struct {
	*world
	mu      sync.Mutex
	values  map[string]string
	refused map[string]bool // names that can't be set now
	dark    bool            // nothing can be read
	sets    []string        // what was set, in order
	looks   int
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	store, err := (&db.Scratch{Folder: t.TempDir()}).Open(t.Context(), db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	s := &shelf{world: &world{db: store}, values: map[string]string{}, refused: map[string]bool{}}
	spec := func(id string) (workflow.ActionSpec, bool) {
		effect := map[string]workflow.Effect{"set": workflow.Changes, "send": workflow.Changes, "look": workflow.Reads}[id]
		return workflow.ActionSpec{ID: id, Effect: effect, Repeat: workflow.Harmless}, effect != ""
	}
	s.engine, err = engine.New(engine.Config{DB: store, Spec: spec, Logger: slog.New(slog.DiscardHandler), Executor: workflow.Executor{Do: s.do, Find: s.find, Before: s.before},
		Nudge: func(run string, due time.Time) { s.queue = append(s.queue, nudge{run, due}) }})
	if err != nil {
		t.Fatal(err)
	}
	s.undo = &undo.Service{DB: store, Engine: s.engine, Way: way, Look: s.before, Spec: spec}
	return s
}

func (s *shelf) do(_ context.Context, c workflow.Call) (workflow.Result, error) {
	name, value := c.Input["name"], c.Input["value"]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refused[name] {
		return workflow.Result{}, fault.New(fault.Conflict, "Nobody may set %s now.", name)
	}
	if c.Action == "set" {
		s.values[name] = value
		s.sets = append(s.sets, name+"="+value)
	}
	return workflow.Result{Output: workflow.Output{"name": name}}, nil
}

func (s *shelf) find(context.Context, workflow.Call) (workflow.Finding, error) {
	return workflow.Finding{}, fault.New(fault.Internal, "Nothing here is ever in doubt.")
}

func (s *shelf) before(_ context.Context, c workflow.Call) (workflow.Looked, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looks++
	switch {
	case c.Action != "set":
		return workflow.Looked{}, nil
	case s.dark:
		return workflow.Looked{Prior: &workflow.Prior{Unknown: "The light is off."}}, nil
	}
	return workflow.Looked{Prior: &workflow.Prior{Facts: []workflow.Fact{valueOf(c.Input["name"], s.values[c.Input["name"]])}}}, nil
}

func valueOf(name, value string) workflow.Fact {
	return workflow.Fact{Key: "/values/" + name + "#/value", Label: "Value of " + name, Value: value}
}

// way is how a step of the shelf is taken back.
func way(s workflow.RunStep) workflow.Way {
	if s.Action == "send" {
		return workflow.Way{None: "What was sent stays sent."}
	}
	if s.Before == nil || s.Before.Unknown != "" {
		return workflow.Way{None: "What was there is not known."}
	}
	left, was := valueOf(s.Input["name"], s.Input["value"]), s.Before.Facts[0]
	if workflow.SameValue(was.Value, left.Value) {
		return workflow.Way{Nothing: "It was so before."}
	}
	return workflow.Way{Left: []workflow.Fact{left}, Changed: []workflow.Difference{{Key: left.Key, Label: left.Label, Before: was.Value, After: left.Value}},
		Steps: []workflow.Step{{Title: "Take back: " + s.Title, Action: "set", Fields: map[string]string{"name": s.Input["name"], "value": workflow.Literal(fmt.Sprint(was.Value))}}}}
}

func set(id, name, value string, c ...workflow.Control) workflow.Step {
	s := workflow.Step{ID: id, Title: "Set " + id, Action: "set", Fields: map[string]string{"name": name, "value": value}}
	if len(c) > 0 {
		s.Control = c[0]
	}
	return s
}

// run carries steps out and returns their run.
func (s *shelf) run(t *testing.T, steps ...workflow.Step) workflow.Run {
	t.Helper()
	return s.runOver(t, nil, steps...)
}

// runOver is run with an input that is a list of names.
func (s *shelf) runOver(t *testing.T, names []string, steps ...workflow.Step) workflow.Run {
	t.Helper()
	v := s.publish(t, workflow.Definition{Name: "Values", ApplicationID: "app_1", Inputs: []workflow.Input{{Name: "names", Label: "Names", Kind: form.LongText}}, Steps: steps})
	id, err := s.engine.StartRun(t.Context(), engine.StartRequest{Version: v, Input: map[string]string{"names": strings.Join(names, ",")}, By: ben})
	if err != nil {
		t.Fatal(err)
	}
	run := s.end(t, id)
	s.sets = nil
	return run
}

// told says of each entry what becomes of it.
func told(p undo.Plan) (out []string) {
	for _, e := range p.Entries {
		mark := " "
		if e.Ticked {
			mark = "x"
		}
		out = append(out, fmt.Sprintf("%s %s %s", mark, e.State, e.Step.Input["name"]))
	}
	return out
}

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("it is\n %s\nand not\n %s", strings.Join(got, "\n "), strings.Join(want, "\n "))
	}
}

// TestNewestFirst holds the order: the last step first, the last item of a for-each first, and what a called workflow did
// where it was called.
func TestNewestFirst(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	inner := s.publish(t, workflow.Definition{Name: "Inner", ApplicationID: "app_1", Steps: []workflow.Step{set("p", "inner1", "1"), set("q", "inner2", "1")}})
	run := s.run(t, set("a", "first", "1"),
		workflow.Step{ID: "each", Title: "Each", Action: workflow.FlowForEach, Fields: map[string]string{"list": `{{ split("x,y,z", ",") }}`, "at_once": "1", "on_failed": "stop"}},
		set("b", "{{ item }}", "1", workflow.Control{In: "each"}), set("c", "{{ item }}", "2", workflow.Control{In: "each"}),
		workflow.Step{ID: "call", Title: "Call", Action: workflow.CallAction(inner.WorkflowID)},
		workflow.Step{ID: "look", Title: "Look", Action: "look", Fields: map[string]string{"name": "first"}},
		workflow.Step{ID: "tell", Title: "Tell", Action: workflow.FlowNote, Fields: map[string]string{"text": "Done."}}, set("d", "last", "1"))
	if run.State != workflow.RunSucceeded {
		t.Fatalf("%s: %s", run.State, run.Error)
	}
	p := s.plan(t, run.ID)
	want(t, told(p), "x ready last", "x ready inner2", "x ready inner1", "x ready z", "x ready z", "x ready y", "x ready y", "x ready x", "x ready x", "x ready first")
	undone := s.take(t, p)
	if undone.State != workflow.RunSucceeded || undone.Name != "Undo of Values" || undone.Undoes != run.ID {
		t.Errorf("%s %s %s: %s", undone.Name, undone.Undoes, undone.State, undone.Error)
	}
	want(t, s.sets, "last=", "inner2=", "inner1=", "z=1", "z=", "y=1", "y=", "x=1", "x=", "first=")
	want(t, told(s.plan(t, run.ID)), "  taken last", "  taken inner2", "  taken inner1", "  taken z", "  taken z", "  taken y", "  taken y", "  taken x", "  taken x", "  taken first")

	// An undo is taken back like any run, and then all is as the run left it.
	redo := s.take(t, s.plan(t, undone.ID))
	if redo.State != workflow.RunSucceeded || redo.Name != "Redo of Values" {
		t.Errorf("%s %s: %s", redo.Name, redo.State, redo.Error)
	}
	for name, value := range map[string]string{"last": "1", "inner1": "1", "inner2": "1", "x": "2", "y": "2", "z": "2", "first": "1"} {
		if s.values[name] != value {
			t.Errorf("%s is %q", name, s.values[name])
		}
	}
}

// TestOneByOne holds that items which changed the same are taken back one after the other, the last one first, and those
// which did not are not held up by each other.
func TestOneByOne(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	each := workflow.Step{ID: "each", Title: "Each", Action: workflow.FlowForEach, Fields: map[string]string{"list": `{{ split(inputs.names, ",") }}`, "at_once": "1", "on_failed": "stop"}}
	for name, want := range map[string]string{"colour": "1", "{{ item }}": ""} {
		run := s.runOver(t, []string{"red", "green", "blue"}, each, set("a", name, "{{ item }}", workflow.Control{In: "each"}))
		undone := s.take(t, s.plan(t, run.ID))
		if undone.State != workflow.RunSucceeded || s.values["colour"] != "" || s.values["red"] != "" {
			t.Errorf("%s: %s; %v", undone.State, undone.Error, s.values)
		}
		if got := undone.Steps[0].Fields[workflow.UndoAtOnce]; got != want {
			t.Errorf("items that set %s are taken back %q at once, want %q", name, got, want)
		}
		if name == "colour" && !slices.Equal(s.sets, []string{"colour=green", "colour=red", "colour="}) {
			t.Errorf("it was put back as %v", s.sets)
		}
	}
}

// TestChangedSince holds that what somebody changed since is not ticked, in whichever step it stands, and is left as it is
// when it is changed after the plan.
func TestChangedSince(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	run := s.run(t, set("a", "colour", "red"), set("b", "size", "small"), set("c", "shape", "round"), set("d", "colour", "blue"), set("e", "size", "small"))
	want(t, told(s.plan(t, run.ID)), "  nothing size", "x ready colour", "x ready shape", "x ready size", "x ready colour")
	s.values["colour"], s.values["shape"] = "green", ""
	p := s.plan(t, run.ID)
	want(t, told(p), "  nothing size", "  changed colour", "  back shape", "x ready size", "  changed colour")
	if why := p.Entries[1].Why; why != "Somebody changed it since: Value of colour is “green” and not “blue”." {
		t.Errorf("why: %s", why)
	}
	if why := p.Entries[4].Why; why != "The later step “Set d” of this run changed the same and is not taken back." {
		t.Errorf("why: %s", why)
	}
	p.Choose(&undo.Selection{IDs: map[string]bool{p.Entries[1].ID: true}}) // a person wants the newer one taken back all the same
	if e := p.Entries[4]; e.State != undo.Ready || e.Ticked {
		t.Errorf("then the older one is %s, ticked: %v", e.State, e.Ticked)
	}
	p.Choose(&undo.Selection{IDs: map[string]bool{p.Entries[1].ID: true, p.Entries[3].ID: true, p.Entries[4].ID: true}})
	s.values["size"] = "huge" // after the plan
	undone := s.take(t, p)
	if undone.State != workflow.RunSucceeded || undone.Steps[1].State != workflow.StepSkipped || !strings.Contains(undone.Steps[1].Finding, "“huge” and not “small”") {
		t.Errorf("%s: %+v", undone.State, undone.Steps[1])
	}
	want(t, s.sets, "colour=red", "colour=")
	want(t, told(s.plan(t, run.ID)), "  nothing size", "  taken colour", "  back shape", "  changed size", "  taken colour")
	if s.dark = true; s.plan(t, run.ID).Entries[3].State != undo.Unread {
		t.Error("nothing could be read, and it is told otherwise")
	}
}

// TestWhatStays holds what a plan says of that which can't come back, was never sent, or did not end well.
func TestWhatStays(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	goOn := workflow.Control{OnError: workflow.GoOn}
	s.refused["closed"] = true
	run := s.run(t, set("a", "open", "1"), workflow.Step{ID: "mail", Title: "Mail", Action: "send", Fields: map[string]string{"name": "mail"}}, set("b", "closed", "1", goOn),
		workflow.Step{ID: "lost", Title: "Lost mail", Action: "send", Fields: map[string]string{"name": "closed"}, Control: goOn},
		set("c", "other", "1", workflow.Control{OnlyIf: "{{ false }}"}), workflow.Step{ID: "stop", Title: "Stop", Action: workflow.FlowStopUnless, Fields: map[string]string{"condition": "{{ false }}", "message": "No."}}, set("d", "never", "1"))
	p := s.plan(t, run.ID)
	want(t, told(p), "  nothing closed", "  never mail", "x ready open")
	if p.Entries[1].Why != "What was sent stays sent." || p.Entries[0].Why == "" {
		t.Errorf("why: %q, %q", p.Entries[1].Why, p.Entries[0].Why)
	}
	s.values["closed"] = "1" // so the refusal lied, or somebody else did it
	if p = s.plan(t, run.ID); p.Entries[0].State != undo.Doubtful || p.Entries[0].Ticked {
		t.Errorf("a step that failed and whose change is there: %s", p.Entries[0].State)
	}
	if _, err := s.undo.Start(t.Context(), undo.Request{Plan: undo.Plan{Top: p.Top}, By: ben}); !fault.Is(err, fault.Invalid) {
		t.Errorf("nothing was ticked: %v", err)
	}
	if _, err := s.undo.Plan(t.Context(), "run_none", nil); err == nil {
		t.Error("a run that is not there has a plan")
	}
}

// TestTakenOnce holds that a step is taken back by one run at a time, that what failed may be tried again, and that an undo
// goes on past it.
func TestTakenOnce(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	run := s.run(t, set("a", "one", "1"), set("b", "two", "1"), set("c", "three", "1"))
	p := s.plan(t, run.ID)
	started, err := s.undo.Start(t.Context(), undo.Request{Plan: p, By: ben})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.undo.Start(t.Context(), undo.Request{Plan: p, By: ben}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second one was started: %v", err)
	}
	now := s.plan(t, run.ID)
	if now.Entries[0].State != undo.Taken || now.Entries[0].Why != "It is being taken back." || now.Entries[0].By != started.ID {
		t.Errorf("it is %+v", now.Entries[0])
	}
	if _, err := s.undo.Plan(t.Context(), started.ID, nil); !fault.Is(err, fault.Conflict) {
		t.Errorf("an undo that has not ended can be taken back: %v", err)
	}
	s.refused["two"] = true
	undone := s.end(t, started.ID)
	if undone.State != workflow.RunFailed || !strings.Contains(undone.Error, "Step 2, Take back: Set b: Nobody may set two now.") {
		t.Errorf("%s: %s", undone.State, undone.Error)
	}
	want(t, s.sets, "three=", "one=")
	p = s.plan(t, run.ID)
	want(t, told(p), "  taken three", "x ready two", "  taken one")
	s.refused["two"] = false
	if again := s.take(t, p); again.State != workflow.RunSucceeded {
		t.Errorf("%s: %s", again.State, again.Error)
	}
	want(t, s.sets, "three=", "one=", "two=")
	for _, e := range s.plan(t, run.ID).Entries {
		if e.State != undo.Taken {
			t.Errorf("%s is %s", e.Step.Title, e.State)
		}
	}
}

// TestContinuedRun holds that a run that goes on with another one's results does not offer those once more.
func TestContinuedRun(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.refused["two"] = true
	run := s.run(t, set("a", "one", "1"), set("b", "two", "1"))
	if run.State != workflow.RunFailed {
		t.Fatalf("the run %s", run.State)
	}
	s.refused["two"] = false
	v, err := s.db.WorkflowVersion(t.Context(), run.WorkflowID, run.Version)
	if err != nil {
		t.Fatal(err)
	}
	request := engine.ContinueRequest{RunID: run.ID, Version: v, By: ben}
	planned, err := s.engine.PlanContinuation(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	request.Plan = planned.Hash
	started, err := s.engine.Continue(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if next := s.end(t, started.ID); next.State != workflow.RunSucceeded {
		t.Fatalf("%s: %s", next.State, next.Error)
	}
	want(t, told(s.plan(t, started.ID)), "x ready two")
	want(t, told(s.plan(t, run.ID)), "  doubtful two", "x ready one") // it failed there, and is there now
	s.take(t, s.plan(t, started.ID))
	s.take(t, s.plan(t, run.ID))
	if left := slices.Collect(maps.Values(s.values)); !slices.Equal(left, []string{"", ""}) {
		t.Errorf("left is %v", s.values)
	}
}

// TestLongPlan holds how much of a plan is compared and listed, and that all of it is taken back all the same.
func TestLongPlan(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	const n = undo.MaxListed + 20
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("v%03d", i))
	}
	run := s.runOver(t, names, workflow.Step{ID: "each", Title: "Each", Action: workflow.FlowForEach, Fields: map[string]string{"list": `{{ split(inputs.names, ",") }}`, "at_once": "5", "on_failed": "stop"}},
		set("b", "{{ item }}", "1", workflow.Control{In: "each"}))
	if s.looks = 0; run.State != workflow.RunSucceeded {
		t.Fatalf("%s: %s", run.State, run.Error)
	}
	p := s.plan(t, run.ID)
	if p.Looked != undo.MaxLooks || s.looks != undo.MaxLooks || len(p.Entries) != n || p.Unlisted() != 20 || len(p.Ticked()) != n {
		t.Errorf("%d entries, %d looks, %d compared, %d not listed, %d ticked", len(p.Entries), s.looks, p.Looked, p.Unlisted(), len(p.Ticked()))
	}
	if e := p.Entries[undo.MaxLooks]; e.State != undo.Uncompared || e.Why == "" {
		t.Errorf("after those that are compared: %s %s", e.State, e.Why)
	}
	if d, err := p.Definition(); err != nil || len(d.Steps) != n {
		t.Errorf("%d of %d steps are rehearsed: %v", len(d.Steps), n, err)
	}
	s.looks = 0
	outline, err := s.undo.Outline(t.Context(), run.ID)
	if err != nil || s.looks > 0 || len(outline.Ticked()) != n {
		t.Errorf("an outline takes %d looks and has %d ticked: %v", s.looks, len(outline.Ticked()), err)
	}
	some, err := s.undo.Plan(t.Context(), run.ID, &undo.Selection{IDs: map[string]bool{p.Entries[0].ID: true}})
	if err != nil || len(some.Ticked()) != 1 || some.Hash == p.Hash || some.Found() != p.Found() {
		t.Errorf("one was ticked, and %d are; %v", len(some.Ticked()), err)
	}
	rest, err := s.undo.Plan(t.Context(), run.ID, &undo.Selection{Rest: true})
	if err != nil || len(rest.Ticked()) != 20 {
		t.Errorf("the others were ticked, which are %d; %v", len(rest.Ticked()), err)
	}
	s.values[names[3]] = "changed by somebody, and not compared in the plan"
	undone := s.take(t, p)
	if undone.State != workflow.RunSucceeded || len(s.sets) != n-1 {
		t.Errorf("%s: %s; %d were put back", undone.State, undone.Error, len(s.sets))
	}
	if s.values[names[3]] == "" {
		t.Error("what somebody changed was overwritten")
	}
}

// TestPlanHash holds that what was found is part of what a plan is named by.
func TestPlanHash(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	run := s.run(t, set("a", "one", "1"), set("b", "two", "1"))
	first, second := s.plan(t, run.ID), s.plan(t, run.ID)
	if first.Hash == "" || first.Hash != second.Hash || first.Found() != second.Found() {
		t.Error("the same plan has another hash")
	}
	s.values["two"] = "3"
	if third := s.plan(t, run.ID); third.Hash == first.Hash || third.Found() == first.Found() {
		t.Error("what was found is another thing, and the hash is the same")
	}
	raw, err := json.Marshal(first)
	if err != nil || !strings.Contains(string(raw), "Set a") {
		t.Errorf("a plan can't be written: %v", err)
	}
}
