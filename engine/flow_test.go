package engine

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"caracal/auth"
	"caracal/fault"
	"caracal/workflow"
)

var (
	grace = auth.User{ID: "u_grace", Name: "Grace", Roles: []auth.Role{auth.Approver}}
	linus = auth.User{ID: "u_linus", Name: "Linus", Roles: []auth.Role{auth.Admin}}
)

func with(s workflow.Step, c workflow.Control) workflow.Step {
	s.Control = c
	return s
}

func flow(action string, fields ...string) workflow.Step {
	s := workflow.Step{Action: action, Fields: map[string]string{}}
	for i := 0; i < len(fields); i += 2 {
		s.Fields[fields[i]] = fields[i+1]
	}
	return s
}

func (r *rig) startWith(v workflow.Version, input map[string]string) string {
	r.t.Helper()
	id, err := r.StartRun(context.Background(), StartRequest{Version: v, Input: input, By: ada})
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

// dueIn fails unless exactly one nudge is live and due about then.
func (r *rig) dueIn(id string, want time.Duration) {
	r.t.Helper()
	jobs := r.live(id)
	for _, due := range jobs {
		if in := time.Until(due); in < want-time.Minute || in > want+time.Minute {
			r.t.Errorf("due in %s, want %s", in, want)
		}
	}
	if len(jobs) != 1 {
		r.t.Errorf("%d nudges, want 1", len(jobs))
	}
}

func TestCondition(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, c := range []struct {
		condition string
		want      workflow.StepState
		says      string
	}{
		{`{{ inputs.team == "Sales" }}`, done, ""},
		{`{{ inputs.team == "Legal" }}`, skipped, `Skipped, since this is not so: inputs.team == "Legal"`},
		{`{{ inputs.contractor }}`, done, ""},
		{`{{ yes(inputs.contractor) and inputs.team != "" }}`, done, ""},
		{`{{ not yes(inputs.contractor) }}`, skipped, "Skipped"},
		{`{{ inputs.nothing }}`, skipped, "Skipped"},
		{`{{ not empty(steps.s1.output.id) }}`, done, ""},
		{`{{ inputs.team }}`, failed, "neither true nor false"},
		{`{{ inputs.team > 3 }}`, failed, "can't be told"},
	} {
		run := r.burst(r.startWith(version(step("make", "x"), with(step("set", "y"), workflow.Control{OnlyIf: c.condition}), step("set", "z")),
			map[string]string{"team": "Sales", "contractor": "true"}))
		s := run.Steps[1]
		if s.State != c.want || !strings.Contains(s.Finding+s.Error, c.says) {
			t.Errorf("%s: %s %q %q", c.condition, s.State, s.Finding, s.Error)
		}
		if (run.State == workflow.RunSucceeded) != (c.want != failed) {
			t.Errorf("%s: the run %s", c.condition, run.State)
		}
	}
}

func TestSkippedStepGivesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	skip := with(step("make", "x"), workflow.Control{OnlyIf: "{{ false }}"})
	run := r.burst(r.start(version(skip, step("set", `{{ default(steps.s1.output.id, "none") }}`), step("set", "{{ steps.s1.output.id }}"))))
	r.expect(run, workflow.RunFailed, skipped, done, failed)
	if run.Steps[1].Input["name"] != "none" || !strings.Contains(run.Error, "has no value") {
		t.Errorf("%+v", run)
	}
}

func TestGoOnAfterFailure(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.ledger.on(func(c workflow.Call) (workflow.Result, error) {
		if c.Action == "make" {
			return workflow.Result{}, fault.New(fault.Forbidden, "No.")
		}
		return workflow.Result{}, nil
	})
	v := version(with(step("make", "x"), workflow.Control{OnError: workflow.GoOn}), flow(workflow.FlowWait, "amount", "1", "unit", "hours"), step("set", "y"))
	id := r.start(v)
	r.expect(r.burst(id), workflow.RunWaiting, failed, workflow.StepWaiting, pending)
	r.now = r.now.Add(time.Hour)
	run := r.burst(id)
	r.expect(run, workflow.RunSucceeded, failed, done, done)
	if s := run.Steps[0]; s.Error != "No." || !strings.Contains(s.Finding, "go on without") {
		t.Errorf("%+v", s)
	}
}

func TestRetry(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	refuse := func(workflow.Call) (workflow.Result, error) {
		return workflow.Result{}, fault.New(fault.NotFound, "Not there yet.")
	}
	r.ledger.on(refuse)
	v := version(with(step("set", "x"), workflow.Control{Retries: 2, Pause: 300}))
	id := r.start(v)
	run := r.burst(id)
	r.expect(run, workflow.RunWaiting, workflow.StepWaiting)
	r.dueIn(id, 5*time.Minute)
	if s := run.Steps[0]; s.Error != "Not there yet." || s.Attempts != 1 || !run.WaitUntil.Equal(r.now.Add(5*time.Minute)) || !s.DueAt.Equal(run.WaitUntil) {
		t.Errorf("%+v", run)
	}
	r.expect(r.burst(id), workflow.RunWaiting, workflow.StepWaiting) // woken before its time
	if n := len(r.ledger.actions()); n != 1 {
		t.Fatalf("%d calls before the pause was over", n)
	}
	r.now = r.now.Add(5 * time.Minute)
	r.expect(r.burst(id), workflow.RunWaiting, workflow.StepWaiting)
	r.now = r.now.Add(5 * time.Minute)
	r.expect(r.burst(id), workflow.RunFailed, failed)
	if n := len(r.ledger.actions()); n != 3 {
		t.Errorf("%d calls, want 3", n)
	}
	r.ledger.forget()
	second := r.start(v)
	r.burst(second)
	r.ledger.on(nil)
	r.now = r.now.Add(5 * time.Minute)
	run = r.burst(second)
	r.expect(run, workflow.RunSucceeded, done)
	if s := run.Steps[0]; s.Attempts != 2 || s.Error != "" || !s.DueAt.IsZero() {
		t.Errorf("%+v", s)
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, c := range []struct {
		fields []string
		wait   time.Duration // 0 goes on at once, -1 fails
	}{
		{[]string{"amount", "90", "unit", "minutes"}, 90 * time.Minute},
		{[]string{"amount", "{{ inputs.days }}", "unit", "days"}, 30 * 24 * time.Hour},
		{[]string{"until", "{{ inputs.day }}"}, 12 * time.Hour},
		{[]string{"until", "2026-11-23T14:30:00+02:00"}, 30 * time.Minute},
		{[]string{"until", "2020-01-01"}, 0},
		{[]string{"amount", "0", "unit", "days"}, 0},
		{[]string{"until", "soon"}, -1},
		{[]string{"until", "2999-01-01"}, -1},
		{[]string{"amount", "-1", "unit", "days"}, -1},
		{[]string{"amount", "NaN", "unit", "days"}, -1},
		{[]string{"amount", "1e300", "unit", "weeks"}, -1},
		{[]string{"amount", "3", "unit", "moons"}, -1},
	} {
		id := r.startWith(version(flow(workflow.FlowWait, c.fields...)), map[string]string{"days": "30", "day": "2026-11-24"})
		run := r.burst(id)
		switch c.wait {
		case 0:
			r.expect(run, workflow.RunSucceeded, done)
		case -1:
			r.expect(run, workflow.RunFailed, failed)
		default:
			r.expect(run, workflow.RunWaiting, workflow.StepWaiting)
			if !run.WaitUntil.Equal(r.now.Add(c.wait)) {
				t.Errorf("%v: until %s", c.fields, run.WaitUntil)
			}
			r.dueIn(id, c.wait)
		}
	}
}

// TestWaitSurvives loses the queue, wakes the run too early, and dies in between.
func TestWaitSurvives(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.start(version(flow(workflow.FlowWait, "amount", "2", "unit", "days"), step("set", "x")))
	until := r.burst(id).WaitUntil
	if _, err := r.db.Writer().Exec("DELETE FROM river_job"); err != nil {
		t.Fatal(err)
	}
	if err := r.db.Close(); err != nil {
		t.Fatal(err)
	}
	r.now = r.now.Add(time.Hour)
	r.open()
	if n, err := r.reconcile(t.Context(), true); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	run := r.burst(id)
	r.expect(run, workflow.RunWaiting, workflow.StepWaiting, pending)
	if !run.WaitUntil.Equal(until) {
		t.Errorf("the wait moved from %s to %s", until, run.WaitUntil)
	}
	r.dueIn(id, 47*time.Hour)
	r.now = until
	r.expect(r.burst(id), workflow.RunSucceeded, done, done)

	cancelled := r.start(version(flow(workflow.FlowWait, "amount", "2", "unit", "days"), step("set", "x")))
	r.burst(cancelled)
	if err := r.Cancel(t.Context(), cancelled, ada); err != nil {
		t.Fatal(err)
	}
	r.expect(r.run(cancelled), workflow.RunCancelled, skipped, skipped)
	if len(r.live(cancelled)) != 0 {
		t.Error("the nudge of a cancelled wait is left")
	}
}

func TestStopUnlessAndNote(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := version(flow(workflow.FlowNote, "text", "Greet {{ inputs.name }}."),
		flow(workflow.FlowStopUnless, "condition", `{{ inputs.name == "Ada" }}`, "message", "{{ inputs.name }} is not Ada."), step("set", "x"))
	run := r.burst(r.startWith(v, map[string]string{"name": "Eve"}))
	r.expect(run, workflow.RunFailed, done, failed, skipped)
	if run.Error != "Step 2, Step s2: Eve is not Ada." || run.Steps[0].Input["text"] != "Greet Eve." {
		t.Errorf("%+v", run)
	}
	r.expect(r.burst(r.startWith(v, map[string]string{"name": "Ada"})), workflow.RunSucceeded, done, done, done)
}

func approval(fields ...string) workflow.Version {
	return version(flow(workflow.FlowApproval, append([]string{"message", "May {{ inputs.who }}?", "who", workflow.WhoAnyone}, fields...)...),
		step("set", "{{ steps.s1.output.decision }} by {{ steps.s1.output.by }}"))
}

func TestApproval(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx := t.Context()
	id := r.startWith(approval(), map[string]string{"who": "Bob"})
	run := r.burst(id)
	r.expect(run, workflow.RunWaiting, workflow.StepWaiting, pending)
	if len(r.live(id)) != 0 || run.WaitReason != "Step 1, Step s1: Somebody has to approve." {
		t.Errorf("%+v", run)
	}
	asked, err := r.db.RunsAsking(ctx, 10)
	if err != nil || len(asked) != 1 || asked[0].ID != id {
		t.Fatal(asked, err)
	}
	if err := r.WakeApplication(ctx, "app_1"); err != nil {
		t.Fatal(err)
	}
	r.expect(r.burst(id), workflow.RunWaiting, workflow.StepWaiting, pending)
	self := ada
	self.Roles = []auth.Role{auth.Admin}
	for _, by := range []auth.User{self, {ID: "u_op", Roles: []auth.Role{auth.Operator}}} {
		if err := r.Approve(ctx, id, Answer{Yes: true}, by); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v", by.ID, err)
		}
	}
	if err := r.Approve(ctx, id, Answer{Step: 1, Yes: true}, grace); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if err := r.Approve(ctx, id, Answer{Yes: true, Comment: strings.Repeat("x", workflow.MaxComment+1)}, grace); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	// Two at once: one counts.
	var wg sync.WaitGroup
	answers := make([]error, 2)
	for i, by := range []auth.User{grace, linus} {
		wg.Go(func() { answers[i] = r.Approve(ctx, id, Answer{Yes: true, Comment: "fine"}, by) })
	}
	wg.Wait()
	if won := errors.Join(answers...); won == nil || (answers[0] == nil) == (answers[1] == nil) || !fault.Is(won, fault.Conflict) {
		t.Fatal(answers)
	}
	run = r.burst(id)
	r.expect(run, workflow.RunSucceeded, done, done)
	if by := run.Steps[0].Output["by"]; run.Steps[1].Input["name"] != "approved by "+by.(string) || !strings.HasSuffix(run.Steps[0].Finding, "approved: fine") {
		t.Errorf("%+v", run)
	}
	var lines int
	if err := r.db.Writer().QueryRow("SELECT count(*) FROM audit WHERE action = 'run.approved' AND subject = $1", id).Scan(&lines); err != nil || lines != 1 {
		t.Errorf("%d audit lines, %v", lines, err)
	}
}

func TestApprovalRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.startWith(approval("who", workflow.WhoNamed, "people", "u_linus"), map[string]string{"who": "Bob"})
	r.burst(id)
	if err := r.Approve(t.Context(), id, Answer{Yes: true}, grace); !fault.Is(err, fault.Forbidden) {
		t.Errorf("somebody who is not named: %v", err)
	}
	if err := r.Approve(t.Context(), id, Answer{Comment: "not now"}, linus); err != nil {
		t.Fatal(err)
	}
	run := r.run(id)
	r.expect(run, workflow.RunFailed, failed, skipped)
	if run.Error != "Step 1, Step s1: Linus said no: not now" || run.WaitReason != "" {
		t.Errorf("%+v", run)
	}
	if err := r.Approve(t.Context(), id, Answer{Yes: true}, linus); !fault.Is(err, fault.Conflict) {
		t.Error(err)
	}
}

func TestApprovalTimesOut(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for then, want := range map[string]workflow.RunState{"fail": workflow.RunFailed, "go_on": workflow.RunSucceeded} {
		id := r.startWith(approval("amount", "2", "unit", "days", "then", then), map[string]string{"who": "Bob"})
		r.expect(r.burst(id), workflow.RunWaiting, workflow.StepWaiting, pending)
		r.dueIn(id, 48*time.Hour)
		r.now = r.now.Add(48 * time.Hour)
		run := r.burst(id)
		if run.State != want || want == workflow.RunSucceeded && run.Steps[0].Output["decision"] != workflow.Unheard {
			t.Errorf("%s: %+v", then, run)
		}
		if err := r.Approve(t.Context(), id, Answer{Yes: true}, grace); !fault.Is(err, fault.Conflict) {
			t.Error(err)
		}
	}
	// An answer before the time ends makes the old nudge harmless.
	id := r.startWith(approval("amount", "2", "unit", "days"), map[string]string{"who": "Bob"})
	r.burst(id)
	if err := r.Approve(t.Context(), id, Answer{Yes: true}, grace); err != nil {
		t.Fatal(err)
	}
	r.expect(r.burst(id), workflow.RunSucceeded, done, done)
}
