package engine

import (
	"slices"
	"strings"
	"testing"

	"caracal/fault"
	"caracal/workflow"
)

// TestContinueALoop carries out the items that did not succeed, each where it failed, and keeps the others.
func TestContinueALoop(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		onFailed string
		first    workflow.RunState
	}{"that stopped": {workflow.LoopStops, workflow.RunFailed}, "that went on": {workflow.LoopGoesOn, workflow.RunSucceeded}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			v := r.publish("wf_c", workflow.Definition{Inputs: people(), Steps: []workflow.Step{
				id("all", each("{{ inputs.people }}", "gather", "{{ steps.one.output.id }}", "on_failed", c.onFailed)),
				in("all", id("one", step("make", "{{ item }}"))), in("all", id("two", step("set", "{{ steps.one.output.id }}-two"))),
				id("last", step("set", `{{ join(steps.all.output.gathered, "+") }} {{ steps.all.output.done }} {{ steps.all.output.failed }}`))}})
			r.failOn("00bob-two")
			input := map[string]string{"people": "ada\nbob\ncyd"}
			first := r.startWith(v, input)
			r.settleAll()
			if got := r.run(first); got.State != c.first {
				t.Fatalf("the first run %s: %s", got.State, got.Error)
			}
			r.ledger.forget()
			r.failOn()
			_, words := r.plan(ContinueRequest{RunID: first, Version: v, Input: input, By: ada})
			want := "all:again one:take_overx1 two:againx1 last:again"
			if c.onFailed == workflow.LoopStops {
				want = "all:again one:take_overx1 two:againx1 one:firstx1 two:firstx1 last:first"
			}
			if words != want {
				t.Fatalf("the plan is %s", words)
			}
			second := r.goOn(ContinueRequest{RunID: first, Version: v, Input: input, By: ada, Again: []string{"all", "last"}})
			r.settleAll()
			r.expect(r.run(second), workflow.RunSucceeded, done, done)
			calls := []string{"00bob-two", "cyd", "00cyd-two", "00ada+00bob+00cyd 3 0"}
			if c.onFailed == workflow.LoopGoesOn {
				calls = []string{"00bob-two", "00ada+00bob+00cyd 3 0"}
			}
			if got := r.names(); !slices.Equal(got, calls) {
				t.Errorf("called %q, want %q", got, calls)
			}
			old, now := r.items(first, 0), r.items(second, 0)
			for i := range now {
				if now[i].State != workflow.RunSucceeded || now[i].Continues != old[i].ID {
					t.Errorf("item %d: %s, continues %q", i+1, now[i].State, now[i].Continues)
				}
			}
			if kept := r.run(now[0].ID); kept.Steps[0].TakenFrom != old[0].ID || kept.Steps[1].State != done || kept.EndedAt.IsZero() {
				t.Errorf("the item that had succeeded: %+v", kept)
			}
		})
	}
}

// TestContinueALoopInDoubt asks by name for what may have been done within the items.
func TestContinueALoopInDoubt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_c", workflow.Definition{Inputs: people(), Steps: []workflow.Step{
		id("all", each("{{ inputs.people }}", "at_once", "3", "on_failed", workflow.LoopGoesOn)), in("all", id("one", step("make", "{{ item }}"))),
		id("stop", step("set", "end"))}})
	lost := true
	r.ledger.on(func(c workflow.Call) (workflow.Result, error) {
		switch {
		case c.Input["name"] == "end" && lost:
			return workflow.Result{}, fault.New(fault.Invalid, "No.")
		case c.Input["name"] == "bob" && lost:
			return workflow.Result{Changes: []workflow.SentChange{{Request: "r1", At: r.now}}}, fault.New(fault.Invalid, "Half of it was refused.")
		}
		return workflow.Result{}, nil
	})
	input := map[string]string{"people": "ada\nbob\ncyd"}
	first := r.startWith(v, input)
	r.settleAll()
	lost = false
	r.ledger.forget()
	c, words := r.plan(ContinueRequest{RunID: first, Version: v, Input: input, By: ada, Again: []string{"all"}})
	if words != "all:again one:againx1! stop:again" || !slices.Equal(c.Missing([]string{"all"}), []string{"Step one"}) {
		t.Fatalf("the plan is %s", words)
	}
	req := ContinueRequest{RunID: first, Version: v, Input: input, By: ada, Again: []string{"all"}, Plan: c.Hash}
	if _, err := r.Continue(t.Context(), req); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a word: %v", err)
	}
	req.Again = []string{"all", "one"}
	second := r.goOn(req)
	r.settleAll()
	r.expect(r.run(second), workflow.RunSucceeded, done, done)
	if got := r.names(); !slices.Equal(got, []string{"bob", "end"}) {
		t.Errorf("called %q", got)
	}
}

// TestContinueWhenEveryItemIsDone goes on at once where only the end of the loop was not taken up.
func TestContinueWhenEveryItemIsDone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_c", workflow.Definition{Inputs: people(), Steps: []workflow.Step{
		id("all", each("{{ inputs.people }}", "gather", "{{ item }}")), in("all", id("one", step("make", "{{ item }}"))),
		id("last", step("set", `{{ join(steps.all.output.gathered, "+") }}`))}})
	input := map[string]string{"people": "ada\nbob"}
	first := r.startWith(v, input)
	r.burst(first)
	for _, item := range r.items(first, 0) {
		r.burst(item.ID)
	}
	if err := r.Cancel(t.Context(), first, ada); err != nil {
		t.Fatal(err)
	}
	r.expect(r.run(first), workflow.RunCancelled, skipped, skipped)
	r.ledger.forget()
	second := r.goOn(ContinueRequest{RunID: first, Version: v, Input: input, By: ada, Again: []string{}})
	r.settleAll()
	r.expect(r.run(second), workflow.RunSucceeded, done, done)
	if got := r.names(); !slices.Equal(got, []string{"ada+bob"}) {
		t.Errorf("called %q", got)
	}
}

// TestContinueACall goes on within the workflow that was called, and within the loop in it.
func TestContinueACall(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	inner := r.publish("wf_inner", workflow.Definition{Inputs: people(), Steps: []workflow.Step{
		id("open", step("make", "open-{{ inputs.team }}")), id("all", each("{{ inputs.people }}")), in("all", id("one", step("make", "{{ item }}"))),
		id("give", flow(workflow.FlowGive, "value", "{{ steps.open.output.id }}"))}})
	call := workflow.Step{ID: "call", Action: workflow.CallAction(inner.WorkflowID), Fields: map[string]string{"people": "{{ inputs.people }}", "team": "{{ inputs.team }}"}}
	v := r.publish("wf_outer", workflow.Definition{Inputs: people(), Steps: []workflow.Step{id("before", step("make", "before")), call, id("after", step("set", "{{ steps.call.output.result }}"))}})
	r.failOn("bob")
	input := map[string]string{"people": "ada\nbob", "team": "T"}
	first := r.startWith(v, input)
	r.settleAll()
	r.expect(r.run(first), workflow.RunFailed, done, failed, skipped)
	r.failOn()
	r.ledger.forget()
	_, words := r.plan(ContinueRequest{RunID: first, Version: v, Input: input, By: ada})
	if words != "before:take_over call:again call/open:take_overx1 call/all:againx1 call/one:againx1 call/give:firstx1 after:first" {
		t.Fatalf("the plan is %s", words)
	}
	second := r.goOn(ContinueRequest{RunID: first, Version: v, Input: input, By: ada, Again: []string{}})
	r.settleAll()
	r.expect(r.run(second), workflow.RunSucceeded, done, done, done)
	if got := r.names(); !slices.Equal(got, []string{"bob", "00open-T"}) {
		t.Errorf("called %q", got)
	}
	child := r.items(second, 1)[0]
	if child.Continues != r.items(first, 1)[0].ID {
		t.Errorf("the workflow within continues %q", child.Continues)
	}
}

// TestContinueACallThatChanged stops at what nobody allowed: the workflow that is called was published anew meanwhile.
func TestContinueACallThatChanged(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	inner := r.publish("wf_inner", workflow.Definition{Steps: []workflow.Step{id("open", step("make", "open")), id("end", step("set", "end"))}})
	v := r.publish("wf_outer", workflow.Definition{Steps: []workflow.Step{{ID: "call", Action: workflow.CallAction(inner.WorkflowID), Fields: map[string]string{}}}})
	r.failOn("end")
	first := r.start(v)
	r.settleAll()
	r.failOn()
	r.ledger.forget()
	second := r.goOn(ContinueRequest{RunID: first, Version: v, By: ada, Again: []string{}})
	r.next(inner, func(d *workflow.Definition) { d.Steps[1].Fields["name"] = "{{ steps.open.output.password }}" })
	r.settleAll()
	got := r.run(second)
	if got.State != workflow.RunFailed || !strings.Contains(got.Error, "nobody said that it may be done again") || len(r.names()) != 0 {
		t.Fatalf("%s %q, called %q", got.State, got.Error, r.names())
	}
	req := ContinueRequest{RunID: second, Version: v, By: ada, Again: []string{}}
	c, words := r.plan(req)
	if words != "call:again call/open:againx1! call/end:againx1" {
		t.Fatalf("the plan is %s", words)
	}
	req.Plan = c.Hash
	if _, err := r.Continue(t.Context(), req); !fault.Is(err, fault.Invalid) {
		t.Fatalf("without a word: %v", err)
	}
	req.Again = []string{"call/open"}
	third := r.goOn(req)
	r.settleAll()
	if got := r.run(third); got.State != workflow.RunSucceeded || !slices.Equal(r.names(), []string{"open", "s3cret"}) {
		t.Fatalf("%s %q, called %q", got.State, got.Error, r.names())
	}
}

// TestContinueAgainAndAgain keeps a loop and a call that an earlier continuation ended, whoever made them.
func TestContinueAgainAndAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	inner := r.publish("wf_inner", workflow.Definition{Steps: []workflow.Step{id("open", step("make", "open")), id("end", step("set", "end"))}})
	v := r.publish("wf_outer", workflow.Definition{Inputs: people(), Steps: []workflow.Step{
		id("all", each("{{ inputs.people }}")), in("all", id("one", step("make", "{{ item }}"))),
		{ID: "call", Action: workflow.CallAction(inner.WorkflowID), Fields: map[string]string{}},
		id("last", step("set", "last"))}})
	input := map[string]string{"people": "ada\nbob"}
	r.failOn("bob")
	run := r.startWith(v, input)
	r.settleAll()
	for _, c := range []struct{ fails, plan, calls string }{
		{"end", "all:again one:againx1 call:first last:first", "bob open end"},
		{"last", "all:take_over call:again call/open:take_overx1 call/end:againx1 last:first", "end last"},
		{"", "all:take_over call:take_over last:again", "last"},
	} {
		r.failOn(c.fails)
		r.ledger.forget()
		req := ContinueRequest{RunID: run, Version: v, Input: input, By: ada}
		if _, words := r.plan(req); words != c.plan {
			t.Fatalf("the plan is %s, want %s", words, c.plan)
		}
		run = r.goOn(req)
		r.settleAll()
		if got := strings.Join(r.names(), " "); got != c.calls {
			t.Fatalf("called %q, want %q", got, c.calls)
		}
	}
	if got := r.run(run); got.State != workflow.RunSucceeded {
		t.Errorf("%s: %s", got.State, got.Error)
	}
}

// TestContinueALoopThatWasKept carries out what failed in a loop that an earlier continuation left as it was, and nothing
// that was done.
func TestContinueALoopThatWasKept(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_c", workflow.Definition{Inputs: people(), Steps: []workflow.Step{
		id("first", step("set", "first")),
		id("all", each("{{ inputs.people }}", "on_failed", workflow.LoopGoesOn)), in("all", id("one", step("make", "{{ item }}"))),
		id("last", step("set", "last"))}})
	input := map[string]string{"people": "ada\nbob\ncyd"}
	r.failOn("bob", "last")
	first := r.startWith(v, input)
	r.settleAll()
	second := r.goOn(ContinueRequest{RunID: first, Version: v, Input: input, By: ada, Keep: []string{"all"}})
	r.settleAll()
	r.expect(r.run(second), workflow.RunFailed, done, done, failed)
	r.failOn()
	r.ledger.forget()
	third := r.goOn(ContinueRequest{RunID: second, Version: r.next(v, func(d *workflow.Definition) { d.Steps = d.Steps[1:] }), Input: input, By: ada, Again: []string{"all"}})
	r.settleAll()
	r.expect(r.run(third), workflow.RunSucceeded, done, done)
	if got := r.names(); !slices.Equal(got, []string{"bob", "last"}) {
		t.Errorf("called %q", got)
	}
}
