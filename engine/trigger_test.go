package engine

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"caracal/db"
	"caracal/trigger"
	"caracal/workflow"
)

// triggered publishes a workflow of these steps and gives it a trigger.
func (r *rig) triggered(t trigger.Trigger, steps ...workflow.Step) (workflow.Version, trigger.Trigger) {
	r.t.Helper()
	ctx := context.Background()
	w, err := r.db.CreateWorkflow(ctx, version(steps...).Definition, ada)
	if err != nil {
		r.t.Fatal(err)
	}
	v, err := r.db.Publish(ctx, w.ID, w.Revision, "", ada)
	if err != nil {
		r.t.Fatal(err)
	}
	t.WorkflowID = w.ID
	if t, err = r.db.CreateTrigger(ctx, t, ada); err != nil {
		r.t.Fatal(err)
	}
	return v, t
}

func hourly(now time.Time) trigger.Trigger {
	return trigger.Trigger{Kind: trigger.Schedule, Name: "Hourly", DueAt: now.Add(time.Hour),
		Config: trigger.Config{Schedule: trigger.Timetable{Cron: "0 * * * *", Zone: "UTC", CatchUp: trigger.CatchOnce}}}
}

func (r *rig) runs() []workflow.Run {
	r.t.Helper()
	list, _, err := r.db.RunList(context.Background(), db.RunFilter{})
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

// TestScheduleAndASecondLook: whoever read the schedule before it was taken up finds that somebody else was first, and
// so does a process that starts after one that died at any moment.
func TestScheduleAndASecondLook(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, _ = r.triggered(hourly(r.now), step("set", "a"))
	r.now = r.now.Add(time.Hour)
	ctx := context.Background()
	due, err := r.db.DueTriggers(ctx, r.now)
	if err != nil || len(due) != 1 {
		t.Fatalf("%v, %v", due, err)
	}
	if err := r.Tick(ctx); err != nil {
		t.Fatal(err)
	}
	if err := r.fire(ctx, due[0]); err != nil { // as another process that had looked before
		t.Fatal(err)
	}
	if got := len(r.runs()); got != 1 {
		t.Fatalf("%d runs, want 1", got)
	}
	if err := r.db.Close(); err != nil { // the process dies, and the next one looks at once
		t.Fatal(err)
	}
	r.open()
	if err := r.Tick(ctx); err != nil {
		t.Fatal(err)
	}
	list := r.runs()
	if len(list) != 1 || len(r.live(list[0].ID)) != 1 {
		t.Fatalf("%d runs after a restart, want 1 with its nudge", len(list))
	}
	r.expect(r.burst(list[0].ID), workflow.RunSucceeded, done)
}

// TestScheduleIsAllOrNothing: where the transaction fails, the time stays due and is taken up later.
func TestScheduleIsAllOrNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, _ = r.triggered(hourly(r.now), step("set", "a"))
	r.now = r.now.Add(time.Hour)
	if _, err := r.db.Writer().Exec("ALTER TABLE run_step RENAME TO gone"); err != nil {
		t.Fatal(err)
	}
	if err := r.Tick(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.db.Writer().Exec("ALTER TABLE gone RENAME TO run_step"); err != nil {
		t.Fatal(err)
	}
	if got := len(r.runs()); got != 0 {
		t.Fatalf("%d runs of a transaction that failed", got)
	}
	r.now = r.now.Add(time.Minute)
	if err := r.Tick(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := len(r.runs()); got != 1 {
		t.Fatalf("%d runs after it was mended, want 1", got)
	}
}

func TestRunThatBeginsLater(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v, form := r.triggered(trigger.Trigger{Kind: trigger.Form, Config: trigger.Config{Guards: trigger.Guards{PerHour: 1}}}, step("set", "a"))
	first, second := r.start(v), r.start(v)
	r.expect(r.burst(first), workflow.RunSucceeded, done)
	if run := r.run(second); run.State != workflow.RunWaiting || run.TriggerID != form.ID || !run.WaitUntil.Equal(r.now.Add(time.Hour)) {
		t.Fatalf("%s until %s", run.State, run.WaitUntil)
	}
	r.expect(r.burst(second), workflow.RunWaiting, pending) // a nudge that comes too early
	if len(r.ledger.calls) != 1 {
		t.Fatalf("it began before its time: %v", r.ledger.calls)
	}
	r.now = r.now.Add(time.Hour)
	r.expect(r.burst(second), workflow.RunSucceeded, done)
}

// TestRunMayChangeSoMuch: the step that would change more than the trigger allows is not begun; what is tried again
// counts once.
func TestRunMayChangeSoMuch(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v, _ := r.triggered(trigger.Trigger{Kind: trigger.Form, Config: trigger.Config{Guards: trigger.Guards{MaxChanges: 2}}},
		step("set", "a"), step("set", "b"), step("set", "c"))
	run := r.burst(r.start(v))
	r.expect(run, workflow.RunFailed, done, done, failed)
	if !strings.Contains(run.Error, "may change 2 objects and has changed 2") || run.Changed != 2 || len(r.ledger.calls) != 2 {
		t.Errorf("%q, %d changed, %d calls", run.Error, run.Changed, len(r.ledger.calls))
	}
}

func TestObjects(t *testing.T) {
	t.Parallel()
	spec, _ := specs("set")
	if got := spec.Objects(map[string]string{"name": "a,b"}); got != 1 {
		t.Errorf("a text counts as %d objects", got)
	}
}

// TestWhatCatchesUpIsSaid: what passed while Caracal was not running is told as the trigger treats it, and the newest that is told is the run.
func TestWhatCatchesUpIsSaid(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		policy trigger.CatchUp
		most   int
		want   []string // newest first
	}{
		{trigger.CatchOnce, 0, []string{"started: One run for 3 times, of which the last is this; the others passed while Caracal was not running."}},
		{trigger.CatchNone, 0, []string{"started: ", "skipped: 2 times passed while Caracal was not running, and were left out, as the trigger says."}},
		{trigger.CatchAll, 2, []string{"started: ", "started: ", "skipped: 1 time passed while Caracal was not running, and was left out: at most 2 runs may catch up, as the trigger says."}},
		{trigger.CatchAll, 5, []string{"started: ", "started: ", "started: "}},
	} {
		r := newRig(t)
		ctx := context.Background()
		tr := hourly(r.now)
		tr.Schedule.CatchUp, tr.Schedule.Most = c.policy, c.most
		_, tr = r.triggered(tr, step("set", "a"))
		r.now = r.now.Add(3 * time.Hour)
		if err := r.Tick(ctx); err != nil {
			t.Fatal(err)
		}
		events, err := r.db.TriggerEvents(ctx, tr.ID)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, e := range events {
			if got = append(got, string(e.Outcome)+": "+e.Words); i > 0 && e.DueAt.After(events[i-1].DueAt) {
				t.Errorf("%s: %v stands before %v", c.policy, events[i-1].DueAt, e.DueAt)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q; want %q", c.policy, got, c.want)
		}
	}
}
