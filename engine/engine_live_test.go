package engine

import (
	"context"
	"database/sql"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"caracal/fault"
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

// TestJobsDeletedFromUnderTheEngine loses the queue of a running engine: the reconciler brings the run back.
func TestJobsDeletedFromUnderTheEngine(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.every = 10 * time.Millisecond
	r.ledger.on(func(workflow.Call) (workflow.Result, error) {
		f := fault.New(fault.Busy, "Limit.")
		f.RetryAt = r.now.Add(time.Hour)
		return workflow.Result{}, f
	})
	id := r.start(version(step("make", "x")))
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.until(func() bool { return r.run(id).State == workflow.RunWaiting })
	r.ledger.on(nil)
	if _, err := r.db.Writer().Exec("DELETE FROM river_job"); err != nil {
		t.Fatal(err)
	}
	r.until(func() bool { return r.run(id).State == workflow.RunSucceeded })
	if err := r.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := r.ledger.done[id+"/0"]; n != 1 {
		t.Errorf("done %d times", n)
	}
}

// TestLockedDatabaseHoldsARunUp lets another program lock the file in the middle of a burst: nothing is half
// written, and the run goes on when the lock is gone.
func TestLockedDatabaseHoldsARunUp(t *testing.T) {
	t.Parallel()
	r := newRigAt(t, filepath.Join(t.TempDir(), "caracal.db"))
	other, err := sql.Open("sqlite", r.path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var lock *sql.Tx
	r.ledger.on(func(workflow.Call) (workflow.Result, error) {
		if lock, err = other.Begin(); err != nil {
			t.Error(err)
		}
		return workflow.Result{}, nil
	})
	r.ledger.find = func(workflow.Call) (workflow.Finding, error) {
		return workflow.Finding{Known: true, Done: true, Output: workflow.Output{"id": "00x"}, Words: "It is there."}, nil
	}
	id := r.start(version(step("make", "x"), step("set", "y")))
	if err := r.advance(t.Context(), id, nil); !fault.Is(err, fault.Busy) {
		t.Fatalf("got %v, want that the database is locked", err)
	}
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	r.ledger.on(nil)
	r.expect(r.run(id), workflow.RunRunning, workflow.StepStarted, pending)
	r.expect(r.burst(id), workflow.RunSucceeded, done, done)
	if n := r.ledger.done[id+"/0"]; n != 1 {
		t.Errorf("done %d times", n)
	}
}
