package engine

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"caracal/db"
	"caracal/internal/testpg"
	"caracal/secret"
	"caracal/workflow"
)

// TestRunsGoOnInACopy stops a database while its runs stand in every way that a run can stand, copies it to the other
// kind of database, and lets an engine go on there: no run is lost, and no change is made twice, although the queue's
// jobs stay behind and its numbers begin anew.
func TestRunsGoOnInACopy(t *testing.T) {
	t.Parallel()
	keys, err := secret.ParseKeyring(secret.NewKey("k1"))
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t)
	if err := r.db.CheckKeys(t.Context(), keys); err != nil {
		t.Fatal(err)
	}
	loop := r.publish("wf_loop", workflow.Definition{Inputs: people(), Steps: []workflow.Step{
		id("all", each("{{ inputs.people }}", "gather", "{{ steps.make.output.id }}", "at_once", "2")),
		in("all", id("make", step("make", "{{ item }}"))),
		id("last", step("set", "{{ steps.all.output.count }}")),
	}})
	timed := r.start(version(step("make", "x"), flow(workflow.FlowWait, "amount", "1", "unit", "hours"), step("make", "y")))
	r.burst(timed)
	month := version(flow(workflow.FlowWait, "amount", "30", "unit", "days"), step("make", "y"))
	later := r.start(month)
	r.burst(later)
	over := r.startWith(loop, map[string]string{"people": "ada\nbob\ncyd\ndan"})
	r.burst(over)
	r.burst(r.items(over, 0)[0].ID)
	asking := r.start(version(step("make", "x")))
	cut := r.start(version(step("set", "x"), step("make", "y")))
	queued := r.start(version(step("make", "x")))
	ended := r.start(version(step("make", "x")))
	r.burst(ended)
	for _, q := range []string{ // as a process leaves them that dies in a call
		"UPDATE run SET state = 'running', holder = 'node_gone' WHERE id = '" + cut + "'",
		"UPDATE run_step SET state = 'started', attempts = 1 WHERE idx = 0 AND run_id = '" + cut + "'",
		"UPDATE run SET state = 'asking' WHERE id = '" + asking + "'",
		"UPDATE run_step SET state = 'uncertain', attempts = 1 WHERE run_id = '" + asking + "'",
	} {
		if _, err := r.db.Writer().Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.db.Close(); err != nil {
		t.Fatal(err)
	}

	there := filepath.Join(t.TempDir(), "copy.db")
	if !onPostgres {
		if there, err = testpg.Shared(t).Make(); err != nil {
			t.Fatal(err)
		}
	}
	report, err := db.Copy(t.Context(), r.path, there, db.CopyOptions{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	if report.Unfinished != 9 { // timed, later, over, three of its items, asking, cut, queued
		t.Errorf("%d runs are to go on, want 9", report.Unfinished)
	}
	c := newRigAt(t, there)
	c.ledger.done = r.ledger.done
	c.now = r.now.Add(2 * time.Hour)
	const fresh = 20
	for range fresh { // their nudges have the numbers that runs of the source name, and stay for a month
		c.burst(c.start(month))
	}
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.Decide(t.Context(), asking, 0, Repeat, ada); err != nil {
		t.Fatal(err)
	}
	c.until(func() bool {
		counts, err := c.db.RunCounts(t.Context(), dbAll)
		if err != nil {
			t.Fatal(err)
		}
		return counts[workflow.RunSucceeded] == 6 && counts[workflow.RunWaiting] == 1+fresh
	})
	if err := c.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	c.dueIn(later, 30*24*time.Hour-2*time.Hour)
	for run, steps := range map[string]int{timed: 3, cut: 2, queued: 1, ended: 1, asking: 1, over: 2} {
		if got := c.run(run); got.State != workflow.RunSucceeded {
			t.Errorf("%s is %s: %s", run, got.State, got.Error)
		}
		for i := range steps {
			step := c.run(run).Steps[i]
			if n := c.ledger.done[fmt.Sprintf("%s/%d", run, i)]; !workflow.IsFlow(step.Action) && n != 1 {
				t.Errorf("step %d of %s was done %d times", i, run, n)
			}
		}
	}
	for _, item := range c.items(over, 0) {
		if n := c.ledger.done[item.ID+"/0"]; n != 1 || item.State != workflow.RunSucceeded {
			t.Errorf("item %d is %s and was done %d times", item.ItemNo, item.State, n)
		}
	}
}
