package engine

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"caracal/fault"
	"caracal/org"
	"caracal/trigger"
	"caracal/workflow"
)

// usedUp answers every call as Okta's client does when a limit is used up.
func usedUp(until time.Time) func(workflow.Call) (workflow.Result, error) {
	return func(workflow.Call) (workflow.Result, error) {
		f := fault.New(fault.Busy, "Okta's limit for /b is used up.")
		f.RetryAt, f.Bucket = until, "/b"
		return workflow.Result{}, f
	}
}

// startAs starts a run as a trigger of a kind would, later than those before it.
func (r *rig) startAs(kind trigger.Kind, v workflow.Version) string {
	r.t.Helper()
	r.now = r.now.Add(time.Millisecond)
	id, err := r.StartRun(context.Background(), StartRequest{Version: v, By: ada, Trigger: trigger.Trigger{Kind: kind}})
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

func (r *rig) wake() {
	r.t.Helper()
	if err := r.Wake(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

// queued returns which of the runs stand on the queue.
func (r *rig) queued(ids []string) (out []string) {
	for _, id := range ids {
		if len(r.live(id)) > 0 {
			out = append(out, id)
		}
	}
	return out
}

func TestRestingRunsComeBackAsThereIsRoom(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	until := r.now.Add(41 * time.Second)
	room, asked := 0, 0
	r.room = func(_ context.Context, applicationID, bucket string, _ org.Urgency) (int, time.Time) {
		if asked++; applicationID != "app_1" || bucket != "/b" {
			t.Errorf("asked for %q of %q", bucket, applicationID)
		}
		return room, until
	}
	r.ledger.on(usedUp(until))
	var ids []string
	for range 12 {
		id := r.startAs(trigger.Form, version(step("make", "x")))
		ids = append(ids, id)
		run := r.burst(id)
		r.expect(run, workflow.RunWaiting, pending)
		if run.WaitFor != "/b" || !run.WaitUntil.Equal(until) || run.WaitReason != "Okta's limit for /b is used up." || run.Steps[0].Attempts != 0 || len(r.live(id)) > 0 {
			t.Fatalf("%+v has %d nudges", run, len(r.live(id)))
		}
	}
	if calls := len(r.ledger.actions()); calls != 1 {
		t.Errorf("%d runs called to find out what one had found out", calls)
	}
	if n, err := r.reconcile(t.Context(), true); err != nil || n != 0 {
		t.Errorf("%d resting runs were taken for stranded, %v", n, err)
	}
	r.wake()
	if got := r.queued(ids); len(got) != 0 {
		t.Errorf("%d came back without room", len(got))
	}
	if n, err := r.db.RunsAhead(t.Context(), r.run(ids[5])); err != nil || n != 5 {
		t.Errorf("%d go before the sixth, %v", n, err)
	}
	room = 5
	r.wake()
	r.wake() // those five have not begun and take the room
	if got := r.queued(ids); !slices.Equal(got, ids[:5]) {
		t.Errorf("came back: %v, want the first five of %v", got, ids)
	}
	r.ledger.on(nil)
	for _, id := range ids[:5] {
		run := r.burst(id)
		r.expect(run, workflow.RunSucceeded, done)
		if run.WaitFor != "" {
			t.Errorf("it waits for %q", run.WaitFor)
		}
	}
	if err := r.Cancel(t.Context(), ids[5], ada); err != nil {
		t.Fatal(err)
	}
	room = 100
	r.wake()
	for _, id := range ids[6:] {
		if len(r.live(id)) != 1 {
			t.Errorf("%d nudges of a run that may go on", len(r.live(id)))
		}
		r.expect(r.burst(id), workflow.RunSucceeded, done)
	}
	r.expect(r.run(ids[5]), workflow.RunCancelled, skipped)
	if left, err := r.db.RestingRuns(t.Context(), ""); err != nil || len(left) != 0 {
		t.Errorf("left: %+v, %v", left, err)
	}
}

func TestRestingRunsWithoutAnAnswerGoByTheClock(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.ledger.on(usedUp(r.now.Add(time.Minute)))
	id := r.startAs(trigger.Form, version(step("make", "x")))
	r.burst(id)
	r.ledger.on(nil)
	r.now = r.now.Add(59 * time.Second)
	if r.wake(); len(r.live(id)) != 0 {
		t.Error("too early")
	}
	r.now = r.now.Add(time.Second)
	if r.wake(); len(r.live(id)) != 1 {
		t.Fatal("too late")
	}
	r.expect(r.burst(id), workflow.RunSucceeded, done)
}

// TestPeopleComeBackFirst: of those who rest, runs that people wait for go first, and one of five is another.
func TestPeopleComeBackFirst(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.room = func(context.Context, string, string, org.Urgency) (int, time.Time) { return 0, r.now.Add(time.Minute) }
	r.ledger.on(usedUp(r.now.Add(time.Minute)))
	var unattended, people []string
	for range 12 {
		unattended = append(unattended, r.startAs(trigger.API, version(step("make", "x"))))
	}
	for range 12 {
		people = append(people, r.startAs(trigger.Form, version(step("make", "x"))))
	}
	for _, id := range slices.Concat(unattended, people) {
		r.burst(id)
	}
	free := map[org.Urgency]int{org.Pressing: 10, org.Unattended: 1}
	r.room = func(_ context.Context, _, _ string, u org.Urgency) (int, time.Time) { return free[u], time.Time{} }
	r.wake()
	if got, want := r.queued(slices.Concat(unattended, people)), slices.Concat(unattended[:1], people[:9]); !slices.Equal(got, want) {
		t.Errorf("came back: %v, want %v", got, want)
	}
	r.ledger.on(nil)
	for _, id := range slices.Concat(unattended[:1], people[:9]) {
		r.burst(id)
	}
	free[org.Unattended] = 10
	r.wake()
	if got, want := r.queued(slices.Concat(unattended, people)), slices.Concat(unattended[1:8], people[9:]); !slices.Equal(got, want) {
		t.Errorf("then came back: %v, want %v", got, want)
	}
}

// TestLines: each run stands in its line of the queue.
func TestLines(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_each", workflow.Definition{Inputs: people(), Steps: []workflow.Step{
		id("all", each("{{ inputs.people }}", "at_once", "2")),
		in("all", id("set", step("set", "{{ item }}"))),
	}})
	loop := r.startWith(v, map[string]string{"people": "ada\nbob", "team": "T"})
	r.burst(loop)
	api := r.startAs(trigger.API, version(step("make", "x")))
	form := r.startAs(trigger.Form, version(step("make", "x")))
	want := map[string]string{api: "default 2", form: "default 1"}
	for _, child := range r.items(loop, 0) {
		want[child.ID] = "bulk 1"
		if child.Urgency != org.Bulk {
			t.Errorf("an item has the urgency %d", child.Urgency)
		}
	}
	if len(want) != 4 {
		t.Fatalf("want %v", want)
	}
	list, err := r.queue.JobList(t.Context(), river.NewJobListParams().First(100))
	if err != nil {
		t.Fatal(err)
	}
	for _, job := range list.Jobs {
		for id, line := range want {
			if string(job.EncodedArgs) == fmt.Sprintf(`{"run": "%s"}`, id) || string(job.EncodedArgs) == fmt.Sprintf(`{"run":"%s"}`, id) {
				if got := fmt.Sprintf("%s %d", job.Queue, job.Priority); got != line {
					t.Errorf("%s stands in %s, want %s", id, got, line)
				}
				delete(want, id)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("not on the queue: %v", want)
	}
}
