package engine

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"caracal/auth"
	"caracal/fault"
	"caracal/workflow"
)

// TestMain runs every test twice, on SQLite and on PostgreSQL.
func TestMain(m *testing.M) {
	if os.Getenv(childDB) != "" {
		os.Exit(childMain())
	}
	code := m.Run()
	if code == 0 && flag.Lookup("test.list").Value.String() == "" {
		onPostgres = true
		fmt.Println("again, on PostgreSQL")
		code = m.Run()
	}
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

var ada = auth.User{ID: "u_ada", Name: "Ada", Roles: []auth.Role{auth.Operator}}

func TestRunSucceeds(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.start(version(step("make", "x"), step("set", "{{ steps.s1.output.id }}")))
	run := r.burst(id)
	r.expect(run, workflow.RunSucceeded, done, done)
	if run.Steps[1].Input["name"] != "00x" || run.Steps[0].Request != "req-1" || run.Steps[0].Attempts != 1 || run.EndedAt.IsZero() {
		t.Errorf("%+v", run)
	}
	if len(r.live(id)) != 0 {
		t.Error("a nudge is left")
	}
	if r.burst(id); len(r.ledger.actions()) != 2 {
		t.Errorf("calls: %v", r.ledger.actions())
	}
}

func TestFailedStepEndsTheRun(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.ledger.on(func(c workflow.Call) (workflow.Result, error) {
		f := fault.New(fault.Forbidden, "Okta refused.")
		f.Code, f.Request = "E0000006", "req-9"
		return workflow.Result{}, f
	})
	run := r.burst(r.start(version(step("make", "x"), step("set", "y"))))
	r.expect(run, workflow.RunFailed, failed, skipped)
	if s := run.Steps[0]; s.Error != "Okta refused." || s.ErrorCode != "E0000006" || s.Request != "req-9" || run.Error != "Step 1, Step s1: Okta refused." {
		t.Errorf("%+v", run)
	}
}

func TestInternalErrorsDoNotLeak(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.ledger.on(func(workflow.Call) (workflow.Result, error) {
		return workflow.Result{}, errors.New("dial tcp 10.0.0.1: password=hunter2")
	})
	run := r.burst(r.start(version(step("make", "x"))))
	r.expect(run, workflow.RunFailed, failed)
	if strings.Contains(run.Error+run.Steps[0].Error, "hunter2") {
		t.Error(run.Error)
	}
}

func TestBusyWaitsUntilTheStatedTime(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	until := r.now.Add(90 * time.Second)
	r.ledger.on(func(workflow.Call) (workflow.Result, error) {
		f := fault.New(fault.Busy, "Okta's limit is used up.")
		f.RetryAt = until
		return workflow.Result{}, f
	})
	id := r.start(version(step("make", "x")))
	run := r.burst(id)
	r.expect(run, workflow.RunWaiting, pending)
	if run.WaitReason != "Okta's limit is used up." || !run.WaitUntil.Equal(until) || run.Steps[0].Attempts != 0 {
		t.Errorf("%+v", run)
	}
	jobs := r.live(id)
	for _, due := range jobs {
		if in := time.Until(due); in < 80*time.Second || in > 91*time.Second {
			t.Errorf("due in %s, want 90s", in)
		}
	}
	if len(jobs) != 1 {
		t.Fatalf("%d nudges, want 1", len(jobs))
	}
	r.ledger.on(nil)
	r.expect(r.burst(id), workflow.RunSucceeded, done)
}

func TestPausedApplicationWaitsUntilWoken(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	paused := func(workflow.Call) (workflow.Result, error) {
		return workflow.Result{}, fault.New(fault.Busy, "The application is paused.")
	}
	r.ledger.on(paused)
	id := r.start(version(step("make", "x")))
	run := r.burst(id)
	r.expect(run, workflow.RunWaiting, pending)
	if !run.WaitUntil.IsZero() || len(r.live(id)) != 0 {
		t.Fatalf("%+v", run)
	}
	if n, err := r.reconcile(t.Context(), false); err != nil || n != 0 {
		t.Errorf("the reconciler woke it: %d %v", n, err)
	}
	if err := r.WakeApplication(t.Context(), "app_other"); err != nil || len(r.live(id)) != 0 {
		t.Errorf("another application woke it: %v", err)
	}
	if err := r.WakeApplication(t.Context(), "app_1"); err != nil {
		t.Fatal(err)
	}
	r.expect(r.run(id), workflow.RunQueued, pending)
	// A wake that comes between the call and the end of the burst finds no waiting run and must not be lost.
	r.ledger.on(func(c workflow.Call) (workflow.Result, error) {
		if err := r.WakeApplication(context.Background(), "app_1"); err != nil {
			t.Error(err)
		}
		return paused(c)
	})
	r.expect(r.burst(id), workflow.RunWaiting, pending)
	r.ledger.on(nil)
	if len(r.live(id)) != 1 {
		t.Fatal("the wake was lost")
	}
	r.expect(r.burst(id), workflow.RunSucceeded, done)
}

func TestUncertainIsFoundOutOrAsked(t *testing.T) {
	t.Parallel()
	lost := fault.New(fault.Uncertain, "The connection was lost after the request was sent.")
	for name, c := range map[string]struct {
		action  string
		find    func(workflow.Call) (workflow.Finding, error)
		state   workflow.RunState
		step    workflow.StepState
		calls   int
		finding string
	}{
		"harmless is repeated": {"set", nil, workflow.RunSucceeded, done, 2, "harmless"},
		"found": {"make", func(workflow.Call) (workflow.Finding, error) {
			return workflow.Finding{Known: true, Done: true, Output: workflow.Output{"id": "00f"}, Words: "It is there."}, nil
		}, workflow.RunSucceeded, done, 1, "It is there."},
		"not there": {"make", func(workflow.Call) (workflow.Finding, error) {
			return workflow.Finding{Known: true, Words: "It is not there."}, nil
		}, workflow.RunSucceeded, done, 2, "It is not there."},
		"can't tell": {"make", func(workflow.Call) (workflow.Finding, error) {
			return workflow.Finding{Words: "Two have that name."}, nil
		}, workflow.RunAsking, uncertain, 1, "Two have that name."},
		"can't look": {"make", func(workflow.Call) (workflow.Finding, error) {
			return workflow.Finding{}, fault.New(fault.Forbidden, "The scope is missing.")
		}, workflow.RunAsking, uncertain, 1, "The scope is missing."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.ledger.find = c.find
			r.ledger.on(func(call workflow.Call) (workflow.Result, error) {
				if call.Attempt == 1 {
					return workflow.Result{}, lost
				}
				return workflow.Result{}, nil
			})
			run := r.burst(r.start(version(step(c.action, "x"))))
			r.expect(run, c.state, c.step)
			if len(r.ledger.calls) != c.calls || !strings.Contains(run.Steps[0].Finding, c.finding) {
				t.Errorf("%d calls, finding %q", len(r.ledger.calls), run.Steps[0].Finding)
			}
		})
	}
}

// TestNotThereIsNotBelievedAtOnce: what was sent just before a crash may still be worked on by Okta.
func TestNotThereIsNotBelievedAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.settle = 10 * time.Second
	r.ledger.find = func(workflow.Call) (workflow.Finding, error) {
		return workflow.Finding{Known: true, Words: "Not there."}, nil
	}
	r.ledger.on(func(c workflow.Call) (workflow.Result, error) {
		if c.Attempt == 1 {
			return workflow.Result{}, fault.New(fault.Uncertain, "Lost.")
		}
		return workflow.Result{}, nil
	})
	id := r.start(version(step("make", "x")))
	run := r.burst(id)
	r.expect(run, workflow.RunWaiting, uncertain)
	if !run.WaitUntil.Equal(r.now.Add(10 * time.Second)) {
		t.Errorf("waits until %s", run.WaitUntil)
	}
	r.now = r.now.Add(9 * time.Second)
	r.expect(r.burst(id), workflow.RunWaiting, uncertain)
	r.now = r.now.Add(time.Second)
	r.expect(r.burst(id), workflow.RunSucceeded, done)
	if n := len(r.ledger.actions()); n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
}

// TestUncertainWaitsForAnOrgThatFails: while the org answers the looking up with errors of its own, nobody is asked, who
// could not know either; a person is asked when that lasts.
func TestUncertainWaitsForAnOrgThatFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fails time.Duration // for how long
		state workflow.RunState
		step  workflow.StepState
	}{"a while": {3 * time.Minute, workflow.RunSucceeded, done}, "for good": {time.Hour, workflow.RunAsking, uncertain}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			began := r.now
			r.ledger.on(func(workflow.Call) (workflow.Result, error) {
				return workflow.Result{}, fault.New(fault.Uncertain, "Lost.")
			})
			r.ledger.find = func(workflow.Call) (workflow.Finding, error) {
				if r.now.Sub(began) < c.fails {
					f := fault.New(fault.Upstream, "Okta had an internal error.")
					f.Status = 500
					return workflow.Finding{}, f
				}
				return workflow.Finding{Known: true, Done: true, Words: "It is there."}, nil
			}
			id := r.start(version(step("make", "x")))
			run := r.burst(id)
			for looks := 0; run.State == workflow.RunWaiting; looks++ {
				if looks > 1000 {
					t.Fatal("it is looked up for ever")
				}
				r.now = run.WaitUntil
				run = r.burst(id)
			}
			r.expect(run, c.state, c.step)
			if len(r.ledger.calls) != 1 || r.now.Sub(began) < min(c.fails, seekFor) {
				t.Errorf("%d calls, over %s", len(r.ledger.calls), r.now.Sub(began))
			}
		})
	}
}

func TestUncertainForEverGivesUp(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.ledger.on(func(workflow.Call) (workflow.Result, error) {
		return workflow.Result{}, fault.New(fault.Uncertain, "Lost.")
	})
	id := r.start(version(step("set", "x")))
	for range 20 {
		if run := r.burst(id); run.State.Ended() {
			r.expect(run, workflow.RunFailed, failed)
			if n := len(r.ledger.actions()); n != maxAttempts {
				t.Errorf("%d calls, want %d", n, maxAttempts)
			}
			return
		}
	}
	t.Error("it never ends")
}

func TestDecide(t *testing.T) {
	t.Parallel()
	for decision, want := range map[Decision]struct {
		state workflow.RunState
		steps []workflow.StepState
		calls int
	}{
		Done:   {workflow.RunSucceeded, []workflow.StepState{done, done}, 2},
		Repeat: {workflow.RunSucceeded, []workflow.StepState{done, done}, 3},
		Fail:   {workflow.RunFailed, []workflow.StepState{failed, skipped}, 1},
	} {
		t.Run(string(decision), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.ledger.find = func(workflow.Call) (workflow.Finding, error) { return workflow.Finding{Words: "No telling."}, nil }
			r.ledger.on(func(c workflow.Call) (workflow.Result, error) {
				if c.StepIndex == 0 && c.Attempt == 1 {
					return workflow.Result{}, fault.New(fault.Uncertain, "Lost.")
				}
				return workflow.Result{}, nil
			})
			id := r.start(version(step("make", "x"), step("set", "y")))
			r.expect(r.burst(id), workflow.RunAsking, uncertain, pending)
			if err := r.Decide(t.Context(), id, 7, decision, ada); !fault.Is(err, fault.NotFound) {
				t.Errorf("no such step: %v", err)
			}
			if err := r.Decide(t.Context(), id, 1, decision, ada); !fault.Is(err, fault.Conflict) {
				t.Errorf("a step that does not ask: %v", err)
			}
			if err := r.Decide(t.Context(), id, 0, "maybe", ada); !fault.Is(err, fault.Invalid) {
				t.Errorf("no decision: %v", err)
			}
			if err := r.Decide(t.Context(), id, 0, decision, ada); err != nil {
				t.Fatal(err)
			}
			if err := r.Decide(t.Context(), id, 0, decision, ada); !fault.Is(err, fault.Conflict) {
				t.Errorf("decided twice: %v", err)
			}
			run := r.burst(id)
			r.expect(run, want.state, want.steps...)
			if len(r.ledger.calls) != want.calls || !strings.Contains(run.Steps[0].Finding, "Ada") {
				t.Errorf("%d calls, %q", len(r.ledger.calls), run.Steps[0].Finding)
			}
		})
	}
}

func TestUnknownOutputIsNotGuessed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.ledger.find = func(workflow.Call) (workflow.Finding, error) { return workflow.Finding{Words: "No telling."}, nil }
	r.ledger.on(func(workflow.Call) (workflow.Result, error) {
		return workflow.Result{}, fault.New(fault.Uncertain, "Lost.")
	})
	id := r.start(version(step("make", "x"), step("set", "{{ steps.s1.output.id }}")))
	r.burst(id)
	if err := r.Decide(t.Context(), id, 0, Done, ada); err != nil {
		t.Fatal(err)
	}
	run := r.burst(id)
	r.expect(run, workflow.RunFailed, done, failed)
	if !strings.Contains(run.Steps[1].Error, "not known") || len(r.ledger.calls) != 1 {
		t.Errorf("%q after %d calls", run.Steps[1].Error, len(r.ledger.calls))
	}
}

func TestSecretsStayInMemory(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var got string
	r.ledger.on(func(c workflow.Call) (workflow.Result, error) {
		if c.StepIndex == 1 {
			got = c.Input["name"]
		}
		return workflow.Result{}, nil
	})
	v := version(step("make", "x"), step("set", "p={{ steps.s1.output.password }}"))
	v.Definition.Steps[0].Fields["hush"] = "canary-field"
	run := r.burst(r.start(v))
	r.expect(run, workflow.RunSucceeded, done, done)
	if got != "p=s3cret" || run.Steps[0].Output["password"] != hidden || run.Steps[1].Input["name"] != hidden || run.Steps[0].Input["hush"] != hidden {
		t.Errorf("call got %q; stored %+v", got, run.Steps)
	}
	// A wait ends the burst, and the secret goes with it.
	r.ledger.on(func(c workflow.Call) (workflow.Result, error) {
		if c.StepIndex == 1 {
			return workflow.Result{}, fault.New(fault.Busy, "Paused.")
		}
		return workflow.Result{}, nil
	})
	id := r.start(version(step("make", "x"), step("set", "p={{ steps.s1.output.password }}")))
	r.expect(r.burst(id), workflow.RunWaiting, done, pending)
	if err := r.WakeApplication(t.Context(), "app_1"); err != nil {
		t.Fatal(err)
	}
	r.ledger.on(nil)
	run = r.burst(id)
	r.expect(run, workflow.RunFailed, done, failed)
	if !strings.Contains(run.Steps[1].Error, "kept only in memory") {
		t.Error(run.Steps[1].Error)
	}
}

// TestSecretsAreNotHandedOn: a step that was given a secret may say it again, in what it made or in why it failed.
func TestSecretsAreNotHandedOn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := version(step("make", "x"), step("set", "p={{ steps.s1.output.password }}"), step("set", "{{ steps.s2.output.name }}"))
	var last string
	say := func(third func(c workflow.Call) (workflow.Result, error)) {
		r.ledger.on(func(c workflow.Call) (workflow.Result, error) {
			switch c.StepIndex {
			case 0:
				return workflow.Result{Output: workflow.Output{"id": "x", "password": "s3cret-canary"}}, nil
			case 1:
				return workflow.Result{Output: workflow.Output{"name": c.Input["name"], "all": []any{map[string]any{"name": c.Input["name"]}}}}, nil
			}
			last = c.Input["name"]
			return third(c)
		})
	}
	say(func(c workflow.Call) (workflow.Result, error) {
		return workflow.Result{}, fault.New(fault.Invalid, "%q is no name.", c.Input["name"])
	})
	run := r.burst(r.start(v))
	r.expect(run, workflow.RunFailed, done, done, failed)
	if last != "p=s3cret-canary" {
		t.Errorf("the call got %q", last)
	}
	if stored := fmt.Sprintf("%+v", run); strings.Contains(stored, "canary") || run.Steps[1].Output["name"] == nil || !strings.Contains(run.Steps[2].Error, "is no name") {
		t.Errorf("stored: %s", stored)
	}
	// What is left of it after the burst is not taken for the value.
	say(func(workflow.Call) (workflow.Result, error) {
		return workflow.Result{}, fault.New(fault.Busy, "Paused.")
	})
	id := r.start(v)
	r.expect(r.burst(id), workflow.RunWaiting, done, done, pending)
	if err := r.WakeApplication(t.Context(), "app_1"); err != nil {
		t.Fatal(err)
	}
	last = ""
	run = r.burst(id)
	r.expect(run, workflow.RunFailed, done, done, failed)
	if last != "" || !strings.Contains(run.Steps[2].Error, "kept only in memory") {
		t.Errorf("the call got %q; %s", last, run.Steps[2].Error)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.start(version(step("make", "x")))
	if err := r.Cancel(t.Context(), id, ada); err != nil {
		t.Fatal(err)
	}
	r.expect(r.burst(id), workflow.RunCancelled, skipped)
	if len(r.ledger.actions()) != 0 || len(r.live(id)) != 0 {
		t.Error("it went on")
	}
	// In flight: the step finishes and is recorded, the next does not begin.
	id = r.start(version(step("make", "x"), step("set", "y")))
	r.ledger.on(func(c workflow.Call) (workflow.Result, error) {
		if err := r.Cancel(context.Background(), c.RunID, ada); err != nil {
			t.Error(err)
		}
		return workflow.Result{}, nil
	})
	run := r.burst(id)
	r.expect(run, workflow.RunCancelled, done, skipped)
	if run.Steps[0].Output["id"] != "00x" {
		t.Errorf("%+v", run.Steps[0])
	}
	ended := r.start(version(step("set", "y")))
	r.ledger.on(nil)
	r.burst(ended)
	if err := r.Cancel(t.Context(), ended, ada); !fault.Is(err, fault.Conflict) {
		t.Errorf("cancel of an ended run: %v", err)
	}
}

func TestReconcilerFindsRunsWithoutJobs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	queued := r.start(version(step("make", "x")))
	waiting := r.start(version(step("set", "y")))
	r.ledger.on(func(workflow.Call) (workflow.Result, error) {
		f := fault.New(fault.Busy, "Limit.")
		f.RetryAt = r.now.Add(time.Hour)
		return workflow.Result{}, f
	})
	r.burst(waiting)
	r.ledger.on(nil)
	if n, err := r.reconcile(t.Context(), false); err != nil || n != 0 {
		t.Fatalf("nothing is stranded, yet %d (%v)", n, err)
	}
	if _, err := r.db.Writer().Exec("DELETE FROM river_job"); err != nil {
		t.Fatal(err)
	}
	if n, err := r.reconcile(t.Context(), false); err != nil || n != 2 {
		t.Fatalf("%d stranded (%v), want 2", n, err)
	}
	r.expect(r.burst(queued), workflow.RunSucceeded, done)
	r.expect(r.burst(waiting), workflow.RunSucceeded, done)
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	if _, err := New(Config{}); err == nil {
		t.Error("an engine without a database")
	}
}
