package engine

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"

	"caracal/workflow"
)

// until waits for a condition that only a change of a run can bring about.
func (r *rig) until(condition func() bool) {
	r.t.Helper()
	for {
		changed := r.Changed()
		if condition() {
			return
		}
		select {
		case <-changed:
		case <-r.t.(*testing.T).Context().Done():
			r.t.Fatal("the test ended first")
		}
	}
}

func TestLiveQueue(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var ids []string
	for range 20 { // accepted before the start …
		ids = append(ids, r.start(version(step("make", "x"), step("set", "y"))))
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 20 { // … and while it runs
		ids = append(ids, r.start(version(step("make", "x"))))
	}
	r.until(func() bool {
		counts, err := r.db.RunCounts(t.Context(), dbAll)
		if err != nil {
			t.Fatal(err)
		}
		return counts[workflow.RunSucceeded] == len(ids)
	})
	if err := r.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	for key, n := range r.ledger.done {
		if n != 1 {
			t.Errorf("%s was done %d times", key, n)
		}
	}
}

func TestStopLetsTheStepInFlightFinish(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	inCall, release := make(chan struct{}), make(chan struct{})
	var calls atomic.Int64
	r.ledger.on(func(c workflow.Call) (workflow.Result, error) {
		if calls.Add(1) == 1 {
			close(inCall)
			<-release
		}
		return workflow.Result{}, nil
	})
	id := r.start(version(step("make", "x"), step("make", "y")))
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-inCall
	stopped := make(chan error)
	go func() { stopped <- r.Stop(context.Background()) }()
	for !r.stopping.Load() {
		runtime.Gosched()
	}
	close(release)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	r.expect(r.run(id), workflow.RunRunning, done, pending)
	if calls.Load() != 1 {
		t.Errorf("%d calls: a step began after Stop", calls.Load())
	}
	if err := r.db.Close(); err != nil {
		t.Fatal(err)
	}
	r.open()
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.until(func() bool { return r.run(id).State == workflow.RunSucceeded })
	if err := r.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := len(r.ledger.actions()); n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
}
