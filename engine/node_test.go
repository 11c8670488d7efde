package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"caracal/db"
	"caracal/fault"
	"caracal/oktasim"
	"caracal/workflow"
)

// join opens one more node on the rig's database, with a ledger of its own.
func (r *rig) join(lease time.Duration) *rig {
	r.t.Helper()
	other := &rig{t: r.t, path: r.path, ledger: &ledger{}, now: r.now}
	clock := func() time.Time { return other.now }
	d, err := db.Open(context.Background(), r.path, db.Options{Clock: clock})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		if err := d.Close(); err != nil {
			r.t.Error(err)
		}
	})
	if other.Engine, err = New(Config{DB: d, Executor: other.ledger.executor(), Spec: specs, Clock: clock, Lease: lease, Workers: 4}); err != nil {
		r.t.Fatal(err)
	}
	other.settle = 0
	return other
}

// TestNodesShareRuns lets two nodes work on one queue, where every nudge comes twice: each change is made once, and
// both nodes make some.
func TestNodesShareRuns(t *testing.T) {
	t.Parallel()
	if !onPostgres {
		return // a file has one node
	}
	r := newRig(t)
	a, b := r.join(time.Minute), r.join(time.Minute)
	var both sync.WaitGroup // each node waits, in its first call, until the other has one
	both.Add(2)
	for _, n := range []*rig{a, b} {
		var once sync.Once
		n.ledger.on(func(workflow.Call) (workflow.Result, error) {
			once.Do(func() { both.Done(); both.Wait() })
			return workflow.Result{}, nil
		})
	}
	var ids []string
	for range 30 {
		id := r.start(version(step("make", "x"), step("set", "y"), step("make", "z")))
		ids = append(ids, id)
		if err := r.db.Write(t.Context(), func(tx *sql.Tx) error { _, err := r.enqueue(t.Context(), tx, id, time.Time{}); return err }); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range []*rig{a, b} {
		if err := n.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	r.until(func() bool {
		counts, err := r.db.RunCounts(t.Context(), dbAll)
		if err != nil {
			t.Fatal(err)
		}
		return counts[workflow.RunSucceeded] == len(ids)
	})
	for _, n := range []*rig{a, b} {
		if err := n.Stop(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if nodes, err := r.db.Nodes(t.Context()); err != nil || len(nodes) != 0 {
		t.Errorf("%d nodes stayed in the table (%v)", len(nodes), err)
	}
	for _, id := range ids {
		for i := range 3 {
			key := fmt.Sprintf("%s/%d", id, i)
			if n := a.ledger.done[key] + b.ledger.done[key]; n != 1 {
				t.Errorf("%s was done %d times", key, n)
			}
		}
	}
}

// TestNodeIsTakenOverFrom lets a node fall silent in the middle of a call. The other takes the run up when the lease
// is over, and what the first one still has to say is refused.
func TestNodeIsTakenOverFrom(t *testing.T) {
	t.Parallel()
	if !onPostgres {
		return // a file has one node
	}
	r := newRig(t)
	const lease = 3 * time.Second // a machine that is busy must reach the call within two thirds of it
	a, b := r.join(lease), r.join(lease)
	inCall, answer := make(chan struct{}), make(chan struct{})
	a.ledger.on(func(workflow.Call) (workflow.Result, error) {
		close(inCall)
		<-answer
		return workflow.Result{Output: workflow.Output{"id": "late"}}, nil
	})
	if err := a.beat(t.Context()); err != nil { // once, and never again
		t.Fatal(err)
	}
	id := r.start(version(step("make", "x"), step("set", "y")))
	late := make(chan error, 1)
	go func() { late <- a.advance(context.Background(), id, nil) }()
	select {
	case <-inCall:
	case err := <-late:
		t.Fatalf("the burst ended before its call: %v", err)
	}
	b.ledger.find = func(workflow.Call) (workflow.Finding, error) {
		return workflow.Finding{Known: true, Done: true, Output: workflow.Output{"id": "found"}, Words: "It is there."}, nil
	}
	if err := b.advance(t.Context(), id, nil); !errors.Is(err, errHeld) {
		t.Fatalf("another node moved the run while its holder lived: %v", err)
	}
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.until(func() bool { return r.run(id).State == workflow.RunSucceeded })
	close(answer)
	if err := <-late; !errors.Is(err, errHeld) {
		t.Errorf("the silent node got %v", err)
	}
	run := r.run(id)
	r.expect(run, workflow.RunSucceeded, done, done)
	if run.Steps[0].Output["id"] != "found" {
		t.Errorf("the late answer was stored: %v", run.Steps[0].Output)
	}
	if len(b.ledger.actions()) != 1 || !a.cutOff() {
		t.Errorf("%v was called again; cut off: %v", b.ledger.actions(), a.cutOff())
	}
	if err := b.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// TestWokenByAnotherNode resumes an application on one node just before another makes its run wait for it.
func TestWokenByAnotherNode(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	waker := r
	if onPostgres {
		waker = r.join(time.Minute)
	}
	r.ledger.on(func(workflow.Call) (workflow.Result, error) {
		if err := waker.WakeApplication(context.Background(), "app_1"); err != nil {
			t.Error(err)
		}
		return workflow.Result{}, fault.New(fault.Busy, "Paused.")
	})
	id := r.start(version(step("set", "x")))
	r.burst(id)
	if len(r.live(id)) != 1 {
		t.Fatal("the run waits for a wake that has been")
	}
	r.ledger.on(nil)
	r.expect(r.burst(id), workflow.RunSucceeded, done)
}

// TestKilledNode kills one of two processes with kill -9 again and again; the other takes its runs up.
func TestKilledNode(t *testing.T) {
	t.Parallel()
	if !onPostgres {
		return // a file has one node
	}
	org := oktasim.New(oktasim.Config{SSWS: []string{crashToken}, Settings: oktasim.Settings{NoRateLimit: true, Latency: 2 * time.Millisecond}})
	server := httptest.NewServer(http.Handler(org))
	t.Cleanup(server.Close)
	c := &crasher{t: t, db: newDatabase(t), org: server.URL, accepted: map[string]string{}}
	survivor := c.start("")
	if line, err := survivor.out.ReadString('\n'); line != "ready\n" {
		t.Fatalf("the survivor did not start: %q %v", line, err)
	}
	for _, point := range crashPoints[1:4] {
		c.life(point+":1", 2*time.Second)
	}
	for range 5 {
		c.life("", time.Duration(rand.IntN(150))*time.Millisecond)
	}
	runs, _ := c.conclude(survivor, org)
	c.verify(org, runs)
}

// TestNodesAsTheyAreSeen: a node says of itself and of the others how long they have been silent, by what it saw and by
// no other clock, and that one is lost before it is taken over from.
func TestNodesAsTheyAreSeen(t *testing.T) {
	t.Parallel()
	if !onPostgres {
		return // a file has one node
	}
	r := newRig(t)
	a, b := r.join(time.Hour), r.join(time.Hour)
	b.now = b.now.Add(-24 * time.Hour) // its clock is wrong, which is no matter
	if err := errors.Join(a.beat(t.Context()), b.beat(t.Context()), a.beat(t.Context())); err != nil {
		t.Fatal(err)
	}
	look := func() (here, other NodeSeen) {
		t.Helper()
		list, lease, err := a.Nodes(t.Context())
		if err != nil || len(list) != 2 || lease != time.Hour {
			t.Fatalf("%+v %s %v", list, lease, err)
		}
		if list[0].Here {
			return list[0], list[1]
		}
		return list[1], list[0]
	}
	if here, other := look(); !here.Here || here.Lost || other.Lost || other.Silent > time.Minute {
		t.Errorf("%+v %+v", here, other)
	}
	seen := a.here.seen[b.db.NodeID()]
	a.here.seen[b.db.NodeID()] = sighting{seen.beats, seen.since.Add(-40 * time.Minute)}
	if _, other := look(); !other.Lost || other.Silent < 40*time.Minute {
		t.Errorf("%+v", other)
	}
	if err := errors.Join(b.beat(t.Context()), a.beat(t.Context())); err != nil {
		t.Fatal(err)
	}
	if _, other := look(); other.Lost {
		t.Errorf("it beats again: %+v", other)
	}
}
