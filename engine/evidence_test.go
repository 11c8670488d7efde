package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"caracal/fault"
	"caracal/workflow"
)

// doubtful publishes a workflow of a step that must not be repeated and one that uses what it gives, and loses the first answer.
func (r *rig) doubtful() string {
	r.t.Helper()
	return r.start(r.doubtfulVersion())
}

func (r *rig) doubtfulVersion() workflow.Version {
	r.t.Helper()
	v := r.publish("wf_doubt", workflow.Definition{Steps: []workflow.Step{id("a", step("make", "one")), id("b", step("set", "{{ steps.a.output.id }}"))}})
	r.ledger.on(func(c workflow.Call) (workflow.Result, error) {
		if c.Action == "make" {
			return workflow.Result{}, fault.New(fault.Uncertain, "The connection broke.")
		}
		return workflow.Result{}, nil
	})
	return v
}

// TestWaitForTheLog looks again for as long as the System Log may be late, and then asks a person, who sees what was found.
func TestWaitForTheLog(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.settle = 10 * time.Second
	looks := 0
	r.ledger.find = func(c workflow.Call) (workflow.Finding, error) {
		looks++
		return workflow.Finding{Words: "Nothing was found.", Late: true, Evidence: &workflow.Evidence{Sought: fmt.Sprintf("look %d", looks),
			Log: &workflow.LogSearch{Filter: "actor.id eq \"0oa1\""}}}, nil
	}
	run := r.doubtful()
	began, got := r.now, r.burst(run)
	for got.State == workflow.RunWaiting {
		if !strings.Contains(got.WaitReason, "System Log") || got.WaitUntil.IsZero() {
			t.Fatalf("%s until %s", got.WaitReason, got.WaitUntil)
		}
		r.now = got.WaitUntil
		got = r.burst(run)
	}
	waited := r.now.Sub(began)
	if got.State != workflow.RunAsking || looks < 3 || waited < 20*time.Second || waited > time.Minute {
		t.Fatalf("%s after %d looks and %s", got.State, looks, waited)
	}
	if e := got.Steps[0].Evidence; e == nil || e.Sought != fmt.Sprintf("look %d", looks) || e.Log == nil || e.Log.Filter == "" {
		t.Errorf("the evidence is %+v", e)
	}
	asked, before := r.now, looks
	for n := 0; !got.WaitUntil.IsZero(); n++ {
		if pause := got.WaitUntil.Sub(r.now); pause < 20*time.Second || pause > time.Hour || n > 60 {
			t.Fatalf("look %d comes after %s", n, pause)
		}
		if err := r.advance(t.Context(), run, nil); err != nil || r.run(run).Revision != got.Revision {
			t.Fatalf("a nudge that comes too early looks again, %v", err)
		}
		r.now = got.WaitUntil
		if got = r.burst(run); got.State != workflow.RunAsking || !strings.Contains(got.Error, "The connection broke") {
			t.Fatalf("%s: %s", got.State, got.Error)
		}
	}
	if took := r.now.Sub(asked); took < 23*time.Hour || took > 26*time.Hour || looks-before < 20 {
		t.Errorf("%d looks in %s", looks-before, took)
	}
	if err := r.Decide(t.Context(), run, 0, Fail, ada); err != nil {
		t.Fatal(err)
	}
	if e := storedStep(t, r, run).Evidence; e == nil {
		t.Error("the evidence is gone with the answer")
	}
}

func storedStep(t *testing.T, r *rig, runID string) workflow.RunStep {
	t.Helper()
	run, err := r.db.Run(t.Context(), runID)
	if err != nil {
		t.Fatal(err)
	}
	return run.Steps[0]
}

// TestDoneButBlind goes on where the log shows that a step was done whose result is lost; a step that needs it says so.
func TestDoneButBlind(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	at := r.now
	r.ledger.find = func(c workflow.Call) (workflow.Finding, error) {
		if own, err := c.Claim(t.Context(), "req-log", true); err != nil || !own {
			t.Errorf("claimed: %v, %v", own, err)
		}
		return workflow.Finding{Known: true, Done: true, Blind: true, Words: "The System Log shows it.", Change: workflow.SentChange{Request: "req-log", At: at}}, nil
	}
	got := r.burst(r.doubtful())
	r.expect(got, workflow.RunFailed, done, failed)
	if got.Steps[0].Request != "req-log" || got.Steps[0].Output != nil || !strings.Contains(got.Error, "id") {
		t.Errorf("%+v: %s", got.Steps[0], got.Error)
	}
	if ids, err := r.db.RequestsOf(t.Context(), got.ID, 0); err != nil || len(ids) != 1 || ids[0] != "req-log" {
		t.Errorf("linked are %v, %v", ids, err)
	}
}

// TestOneRequestCountsOnce: what one step sent, or took as its own, no other step takes.
func TestOneRequestCountsOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_c", workflow.Definition{Steps: []workflow.Step{id("a", step("make", "one"))}})
	r.ledger.on(func(c workflow.Call) (workflow.Result, error) {
		return workflow.Result{Output: workflow.Output{"id": "1"}, Request: "req-answered", Changes: []workflow.SentChange{{Request: "req-answered", At: r.now}}}, nil
	})
	first, second, third := r.start(v), r.start(v), r.start(v)
	r.expect(r.burst(first), workflow.RunSucceeded, done)
	for _, c := range []struct {
		run, request string
		take, want   bool
	}{
		{second, "req-answered", false, false},
		{first, "req-answered", false, true},
		{second, "req-free", false, true}, // looking takes nothing
		{third, "req-free", true, true},
		{second, "req-free", true, false},
		{second, "req-free", false, false},
		{third, "req-free", true, true},
	} {
		if mine, err := r.db.ClaimLogged(t.Context(), c.run, 0, c.request, c.take); err != nil || mine != c.want {
			t.Errorf("%+v: %v, %v", c, mine, err)
		}
	}
}

// TestEvidenceHoldsNoSecret: of a step that was given one, nothing is kept that may name what it changed.
func TestEvidenceHoldsNoSecret(t *testing.T) {
	t.Parallel()
	e := &workflow.Evidence{Looks: []workflow.Look{{Path: "/api/v1/groups?q=hunter22"}}, Values: []workflow.Compared{{Label: "name", Sent: "hunter22"}},
		Log: &workflow.LogSearch{Filter: "x", Events: []workflow.LogEvent{{Targets: []workflow.LogTarget{{Name: "hunter22"}}}}}}
	say := func(s string) string { return strings.ReplaceAll(s, "hunter22", workflow.Hidden) }
	value := func(v any) any { return say(fmt.Sprint(v)) }
	for _, bare := range []bool{false, true} {
		same := say
		if bare {
			same = func(s string) string { return s } // after a crash nobody knows the secret
			value = func(v any) any { return v }
		}
		if got := fmt.Sprintf("%+v %+v", *e.Bounded(same, value, bare), e.Bounded(same, value, bare).Log); strings.Contains(got, "hunter22") {
			t.Errorf("bare %v: %s", bare, got)
		}
	}
	if e.Log.Events[0].Targets[0].Name != "hunter22" {
		t.Error("what was given was changed")
	}
}

// TestTheLogAnswersBeforeThePerson goes on when the log shows at last what a person was asked, even where the queue lost
// the look; and leaves alone what a person answered first.
func TestTheLogAnswersBeforeThePerson(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		found workflow.Finding
		calls int // from then on
	}{
		"done":     {workflow.Finding{Known: true, Done: true, Output: workflow.Output{"id": "1"}, Words: "The System Log shows it."}, 1},
		"not done": {workflow.Finding{Known: true, Words: "The System Log shows that Okta refused it."}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.settle = 10 * time.Second
			finding, looks, calls := workflow.Finding{Words: "Nothing was found.", Late: true}, 0, 0
			r.ledger.find = func(workflow.Call) (workflow.Finding, error) {
				looks++
				return finding, nil
			}
			asked := func(run string) (string, workflow.Run) {
				got := r.burst(run)
				for got.State == workflow.RunWaiting {
					r.now = got.WaitUntil
					got = r.burst(run)
				}
				return run, got
			}
			v := r.doubtfulVersion()
			first, _ := asked(r.start(v))
			second, got := asked(r.start(v))
			if err := r.Decide(t.Context(), second, 0, Fail, ada); err != nil {
				t.Fatal(err)
			}
			r.ledger.on(func(workflow.Call) (workflow.Result, error) {
				calls++
				return workflow.Result{Output: workflow.Output{"id": "1"}}, nil
			})
			finding = c.found
			r.now = got.WaitUntil
			if _, err := r.db.Writer().Exec("DELETE FROM river_job"); err != nil {
				t.Fatal(err)
			}
			if n, err := r.reconcile(t.Context(), false); err != nil || n != 1 {
				t.Fatalf("%d looks that the queue lost were found, %v", n, err)
			}
			r.expect(r.burst(first), workflow.RunSucceeded, done, done)
			before := looks
			if got := r.burst(second); got.State != workflow.RunFailed || looks != before {
				t.Errorf("what a person ended is %s", got.State)
			}
			if calls != c.calls {
				t.Errorf("%d calls", calls)
			}
		})
	}
}
