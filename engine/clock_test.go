package engine

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"caracal/db"
	"caracal/fault"
	"caracal/trigger"
	"caracal/workflow"
)

// nodeAt is a node whose machine's clock is wrong by so much.
func (r *rig) nodeAt(wrong time.Duration) *rig {
	r.t.Helper()
	clock := func() time.Time { return time.Now().Add(wrong) }
	d, err := db.Open(context.Background(), r.path, db.Options{Clock: clock, Machine: clock})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		if err := d.Close(); err != nil {
			r.t.Error(err)
		}
	})
	other := &rig{t: r.t, path: r.path, ledger: &ledger{}}
	if other.Engine, err = New(Config{DB: d, Executor: other.ledger.executor(), Spec: specs, Lease: 2 * time.Second, Workers: 4}); err != nil {
		r.t.Fatal(err)
	}
	return other
}

// TestNodesWithWrongClocks lets two nodes, whose clocks are an hour apart, work on one queue: each takes up what the
// other put off, when it is due; a schedule starts one run; and neither is thought gone.
func TestNodesWithWrongClocks(t *testing.T) {
	t.Parallel()
	if !onPostgres {
		return // a file has one node
	}
	r := newRigAt(t, newDatabase(t))
	r.now = time.Now()
	a, b := r.nodeAt(30*time.Minute), r.nodeAt(-30*time.Minute)
	var mu sync.Mutex
	put := map[string]bool{}
	for _, n := range []*rig{a, b} {
		n.ledger.on(func(c workflow.Call) (workflow.Result, error) {
			mu.Lock()
			defer mu.Unlock()
			if key := fmt.Sprintf("%s/%d", c.RunID, c.StepIndex); !put[key] {
				put[key] = true
				f := fault.New(fault.Busy, "Not yet.")
				f.RetryAt = n.Engine.now().Add(time.Second)
				return workflow.Result{}, f
			}
			return workflow.Result{}, nil
		})
	}
	v := r.publish("wf_1", version(step("make", "x"), step("set", "y")).Definition)
	due := time.Now().UTC().Truncate(time.Minute) // once a year
	trg, err := a.db.CreateTrigger(t.Context(), trigger.Trigger{WorkflowID: v.WorkflowID, Kind: trigger.Schedule, Name: "Soon", DueAt: due, Config: trigger.Config{
		Schedule: trigger.Timetable{Cron: due.Format("4 15 2 1 *"), Zone: "UTC", CatchUp: trigger.CatchOnce}}}, ada)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for range 12 {
		ids[r.start(v)] = true
	}
	for _, n := range []*rig{a, b} {
		if err := n.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	r.until(func() bool {
		runs, _, err := r.db.RunList(t.Context(), db.RunFilter{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		succeeded, scheduled := 0, 0
		for _, run := range runs {
			if !run.WaitUntil.IsZero() && time.Until(run.WaitUntil).Abs() > 5*time.Minute {
				t.Fatalf("a run waits until %s, and it is %s", run.WaitUntil, time.Now().UTC())
			}
			if run.TriggerID == trg.ID {
				scheduled++
			}
			if run.State == workflow.RunSucceeded {
				succeeded++
			}
		}
		if scheduled > 1 {
			t.Fatalf("one due time started %d runs", scheduled)
		}
		return succeeded == len(ids)+1
	})
	if nodes, err := r.db.Nodes(t.Context()); err != nil || len(nodes) != 2 {
		t.Errorf("%d nodes, %v", len(nodes), err)
	}
	for _, n := range []*rig{a, b} {
		if err := n.Stop(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	for id := range ids {
		for i := range 2 {
			key := fmt.Sprintf("%s/%d", id, i)
			if n := a.ledger.done[key] + b.ledger.done[key]; n != 1 {
				t.Errorf("%s was done %d times", key, n)
			}
		}
	}
}
