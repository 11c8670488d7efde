package engine

import (
	"context"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"caracal/workflow"
)

// chained starts a batch of rows, one at once, and returns its run, the run of the first row and the job of that.
func chained(t *testing.T, r *rig, rows int) (run, first string, job int64) {
	t.Helper()
	v := r.publish("wf_chain", named(id("make", step("make", "{{ inputs.name }}"))))
	run = r.startBatch(r.file(v, rows, nil), v, func(s *BatchStart) { s.AtOnce = 1 })
	r.burst(run)
	first = r.items(run, 0)[0].ID
	for job = range r.live(first) {
		return run, first, job
	}
	t.Fatal("the first row has no job")
	return "", "", 0
}

// takeUp carries a job out as the queue does.
func (r *rig) takeUp(run string, job int64) {
	r.t.Helper()
	w := &burstWorker{engine: r.Engine}
	if err := w.Work(context.Background(), &river.Job[burst]{JobRow: &rivertype.JobRow{ID: job}, Args: burst{Run: run}}); err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.db.Writer().Exec("UPDATE river_job SET state = 'completed', finalized_at = CURRENT_TIMESTAMP WHERE id = $1", job); err != nil {
		r.t.Fatal(err)
	}
}

// TestOneJobForManyRows: a job goes on from row to row, and the last one lets the batch end.
func TestOneJobForManyRows(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	run, first, job := chained(t, r, 6)
	r.takeUp(first, job)
	if got := r.states(run); got[workflow.RunSucceeded] != 6 {
		t.Fatalf("after one job: %v", got)
	}
	for _, row := range r.items(run, 0)[1:] {
		if n := len(r.live(row.ID)); n > 0 {
			t.Errorf("row %d has %d jobs of its own", row.ItemNo, n)
		}
	}
	if got := r.burst(run); got.State != workflow.RunSucceeded {
		t.Errorf("the batch is %s: %s", got.State, got.Error)
	}
	if n := len(r.ledger.calls); n != 6 {
		t.Errorf("%d calls", n)
	}
}

// TestChainIsTakenUp: whoever takes a job up whose process died goes on with the row that it had come to, be that stored
// as begun or not.
func TestChainIsTakenUp(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	run, first, job := chained(t, r, 5)
	c := &chain{job: job, until: time.Now().Add(time.Hour)}
	if next, err := r.oneOf(context.Background(), c, first, first); err != nil || next != r.items(run, 0)[1].ID {
		t.Fatalf("the next row is %q (%v)", next, err)
	}
	if n, err := r.reconcile(context.Background(), false); err != nil || n > 0 { // the job is there
		t.Errorf("%d runs were stranded (%v)", n, err)
	}
	r.takeUp(first, job)
	if got := r.states(run); got[workflow.RunSucceeded] != 5 {
		t.Fatalf("taken up: %v", got)
	}
	r.takeUp(first, job) // a nudge too many
	if n := len(r.ledger.calls); n != 5 {
		t.Errorf("%d calls", n)
	}
}

// TestChainEnds: after a while, and when the engine stops, the next row stands in line like any other.
func TestChainEnds(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"time", "stopping"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			run, first, job := chained(t, r, 3)
			c := &chain{job: job, until: time.Now().Add(-time.Second)}
			if name == "stopping" {
				c.until = time.Now().Add(time.Hour)
				r.ledger.do = func(workflow.Call) (workflow.Result, error) {
					r.stopping.Store(true)
					return workflow.Result{}, nil
				}
			}
			next, err := r.oneOf(context.Background(), c, first, first)
			if err != nil || next != "" {
				t.Fatalf("it goes on with %q (%v)", next, err)
			}
			if n := len(r.live(r.items(run, 0)[1].ID)); n != 1 {
				t.Errorf("the next row has %d jobs", n)
			}
		})
	}
}
