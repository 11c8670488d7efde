package engine

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"caracal/db"
	"caracal/fault"
	"caracal/workflow"
)

var dbAll = db.RunFilter{}

// died is what the executor panics with when the model kills the process in the middle of a call.
type died struct{}

// TestModel drives an engine through everything that can happen to it, in any order, and holds it against a
// model that knows only the org: how often each step's change really happened.
func TestModel(t *testing.T) {
	t.Parallel()
	r := newRig(t) // one file for all: making one takes longer than what is done with it
	rapid.Check(t, func(rt *rapid.T) {
		for _, table := range []string{"run", "river_job"} {
			if _, err := r.db.Writer().Exec("DELETE FROM " + table); err != nil {
				rt.Fatal(err)
			}
		}
		r.ledger.forget()
		m := &model{rig: r, runs: map[string]workflow.RunState{}, versions: map[string]workflow.Version{}}
		r.ledger.find = func(c workflow.Call) (workflow.Finding, error) {
			switch rapid.SampledFrom([]string{"tells", "tells", "silent", "busy"}).Draw(rt, "find") {
			case "tells":
				return workflow.Finding{Known: true, Done: m.effects(c.RunID, c.StepIndex) > 0, Output: workflow.Output{"id": "00"}, Words: "Looked."}, nil
			case "silent":
				return workflow.Finding{Words: "It can't be told."}, nil
			}
			return workflow.Finding{}, m.busy()
		}
		r.ledger.on(func(c workflow.Call) (workflow.Result, error) {
			outcome := "fine"
			if !m.calm {
				outcome = rapid.SampledFrom([]string{"fine", "fine", "fine", "refused", "limit", "paused", "lost before", "lost after", "killed before", "killed after"}).Draw(rt, "call")
			}
			switch outcome {
			case "refused":
				return workflow.Result{}, fault.New(fault.Forbidden, "No.")
			case "limit":
				return workflow.Result{}, m.busy()
			case "paused":
				return workflow.Result{}, fault.New(fault.Busy, "Paused.")
			case "lost before":
				return workflow.Result{}, fault.New(fault.Uncertain, "Lost.")
			case "lost after":
				r.ledger.effect(c)
				return workflow.Result{}, fault.New(fault.Uncertain, "Lost.")
			case "killed before":
				panic(died{})
			case "killed after":
				r.ledger.effect(c)
				panic(died{})
			}
			return workflow.Result{}, nil
		})
		start := func(rt *rapid.T) {
			var steps []workflow.Step
			for range rapid.IntRange(1, 3).Draw(rt, "steps") {
				steps = append(steps, rapid.SampledFrom([]workflow.Step{step("make", "x"), step("set", "x"), flow(workflow.FlowWait, "amount", "1", "unit", "minutes"),
					flow(workflow.FlowApproval, "message", "May it?", "who", workflow.WhoAnyone, "amount", "3", "unit", "minutes", "then", "go_on"),
					with(step("set", "x"), workflow.Control{Retries: 2, Pause: 60})}).Draw(rt, "step"))
			}
			v := version(steps...)
			id := r.start(v)
			m.ids = append(m.ids, id)
			m.runs[id], m.versions[id] = workflow.RunQueued, v
		}
		start(rt) // so that there is always a run to do something to
		rt.Repeat(map[string]func(*rapid.T){
			"start": start,
			"burst": func(rt *rapid.T) { m.burst(m.pick(rt)) },
			"cancel": func(rt *rapid.T) {
				if err := r.Cancel(context.Background(), m.pick(rt), ada); err != nil && !fault.Is(err, fault.Conflict) {
					rt.Fatal(err)
				}
			},
			"continue":    func(rt *rapid.T) { m.goOn(rt, m.pick(rt)) },
			"decide":      func(rt *rapid.T) { m.decide(m.pick(rt)) },
			"approve":     func(rt *rapid.T) { m.approve(rt, m.pick(rt)) },
			"time passes": func(*rapid.T) { m.now = m.now.Add(time.Minute) },
			"wake": func(rt *rapid.T) {
				if err := r.WakeApplication(context.Background(), "app_1"); err != nil {
					rt.Fatal(err)
				}
			},
			"lose the queue": func(rt *rapid.T) {
				if _, err := r.db.Writer().Exec("DELETE FROM river_job"); err != nil {
					rt.Fatal(err)
				}
			},
			"reconcile": func(rt *rapid.T) {
				if _, err := r.reconcile(context.Background(), false); err != nil {
					rt.Fatal(err)
				}
			},
			"": func(rt *rapid.T) { m.check(rt) },
		})
		// Calm: whatever was accepted comes to an end.
		m.calm = true
		r.ledger.find = func(c workflow.Call) (workflow.Finding, error) {
			return workflow.Finding{Words: "It can't be told."}, nil
		}
		m.boot()
		for _, id := range m.ids {
			for range 4 * maxAttempts {
				m.now = m.now.Add(time.Minute)
				m.burst(id)
				m.decide(id)
			}
			if run := r.run(id); !run.State.Ended() {
				rt.Fatalf("run %s never ends: %s %q, nudges %v", id, run.State, run.WaitReason, r.live(id))
			}
		}
		m.check(rt)
	})
}

type model struct {
	*rig
	ids      []string
	runs     map[string]workflow.RunState // as last seen
	versions map[string]workflow.Version
	calm     bool
}

func (m *model) busy() error {
	f := fault.New(fault.Busy, "Limit.")
	f.RetryAt = m.now.Add(time.Minute)
	return f
}

func (m *model) effects(runID string, step int) int {
	m.ledger.mu.Lock()
	defer m.ledger.mu.Unlock()
	return m.ledger.done[fmt.Sprintf("%s/%d", runID, step)]
}

func (m *model) pick(rt *rapid.T) string {
	return m.ids[rapid.IntRange(0, len(m.ids)-1).Draw(rt, "run")]
}

// burst carries out a run's nudges; if the process dies in it, a new one starts.
func (m *model) burst(id string) {
	defer func() {
		switch p := recover(); p.(type) {
		case nil:
		case died:
			m.boot()
		default:
			panic(p)
		}
	}()
	m.rig.burst(id)
}

func (m *model) boot() {
	if _, err := m.db.Writer().Exec("UPDATE river_job SET state = 'running' WHERE state = 'available' AND id % 2 = 0"); err != nil {
		m.t.Fatal(err)
	}
	if err := m.db.Close(); err != nil {
		m.t.Fatal(err)
	}
	m.open()
	if _, err := m.db.ReleaseJobs(context.Background()); err != nil {
		m.t.Fatal(err)
	}
	if _, err := m.reconcile(context.Background(), true); err != nil {
		m.t.Fatal(err)
	}
}

// decide answers as a person who looked: with the truth.
func (m *model) decide(id string) {
	run := m.run(id)
	if run.State != workflow.RunAsking {
		return
	}
	for _, s := range run.Steps {
		if s.State == uncertain {
			d := Repeat
			if m.effects(id, s.Index) > 0 {
				d = Done
			}
			if err := m.Decide(context.Background(), id, s.Index, d, ada); err != nil {
				m.t.Fatal(err)
			}
		}
	}
}

// goOn continues a run as a person does who looked: what was done already is not allowed to be done again.
func (m *model) goOn(rt *rapid.T, id string) {
	was := m.run(id)
	if Continuable(was) != "" {
		return
	}
	req := ContinueRequest{RunID: id, Version: m.versions[id], By: bob}
	c, err := m.PlanContinuation(context.Background(), req)
	if err != nil {
		rt.Fatal(err)
	}
	for _, row := range c.Rows {
		if !row.Must() {
			continue
		}
		if m.made(was, row.Step.Index) > 0 {
			return
		}
		req.Again = append(req.Again, row.Key)
	}
	if c, err = m.PlanContinuation(context.Background(), req); err != nil {
		rt.Fatal(err)
	}
	req.Plan = c.Hash
	out, err := m.Continue(context.Background(), req)
	if fault.Is(err, fault.Conflict) {
		return
	}
	if err != nil {
		rt.Fatal(err)
	}
	if out.Created {
		m.ids = append(m.ids, out.ID)
		m.runs[out.ID], m.versions[out.ID] = workflow.RunQueued, m.versions[id]
	}
}

// made is how often a step was done in a run and all that it continues.
func (m *model) made(run workflow.Run, step int) int {
	n := m.effects(run.ID, step)
	if run.Continues != "" {
		n += m.made(m.run(run.Continues), step)
	}
	return n
}

// approve answers whatever is asked; an answer that comes too late changes nothing.
func (m *model) approve(rt *rapid.T, id string) {
	for _, s := range m.run(id).Steps {
		if s.Action != workflow.FlowApproval {
			continue
		}
		err := m.Approve(context.Background(), id, Answer{Step: s.Index, Yes: rapid.Bool().Draw(rt, "yes")}, grace)
		if open := s.State == workflow.StepWaiting; open != (err == nil) || err != nil && !fault.Is(err, fault.Conflict) {
			rt.Fatalf("an approval that is %s: %v", s.State, err)
		}
	}
}

func (m *model) check(rt *rapid.T) {
	for id, was := range m.runs {
		run := m.run(id)
		if was.Ended() && run.State != was {
			rt.Fatalf("run %s left %s for %s", id, was, run.State)
		}
		m.runs[id] = run.State
		count := map[workflow.StepState]int{}
		for _, s := range run.Steps {
			count[s.State]++
			n := m.effects(id, s.Index)
			if s.TakenFrom != "" {
				n = m.effects(s.TakenFrom, s.Index)
			}
			if all := m.made(run, s.Index); s.Action == "make" && all > 1 {
				rt.Fatalf("step %d of %s must not be repeated and was done %d times in it and those that it continues", s.Index, id, all)
			}
			if s.Action == "make" && n > 1 {
				rt.Fatalf("step %d of %s must not be repeated and was done %d times", s.Index, id, n)
			}
			if s.State == done && n == 0 && !workflow.IsFlow(s.Action) {
				rt.Fatalf("step %d of %s says done and was not", s.Index, id)
			}
			// A repeat that is harmless may be refused, and the run cancelled while that is tried again.
			again := s.Control.Retries > 0 && s.Action == "set"
			if n > 0 && (s.State == pending && s.Action == "make" || s.State == skipped && !again) {
				rt.Fatalf("step %d of %s is %s and was done", s.Index, id, s.State)
			}
		}
		total := len(run.Steps)
		ok := map[workflow.RunState]bool{
			workflow.RunQueued:    count[failed]+count[skipped] == 0,
			workflow.RunRunning:   count[failed]+count[skipped] == 0 && count[pending] < total,
			workflow.RunWaiting:   count[failed]+count[skipped] == 0 && count[done] < total,
			workflow.RunAsking:    count[uncertain] == 1 && count[failed]+count[skipped] == 0,
			workflow.RunSucceeded: count[done] == total,
			workflow.RunFailed:    count[failed] == 1 && count[pending]+count[uncertain]+count[workflow.StepStarted]+count[workflow.StepWaiting] == 0,
			workflow.RunCancelled: count[pending]+count[workflow.StepWaiting] == 0,
		}[run.State]
		if !ok {
			rt.Fatalf("run %s is %s with steps %v", id, run.State, count)
		}
	}
}
