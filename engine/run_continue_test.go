package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"caracal/auth"
	"caracal/fault"
	"caracal/form"
	"caracal/trigger"
	"caracal/workflow"
)

var bob = auth.User{ID: "u_bob", Name: "Bob", Roles: []auth.Role{auth.Admin}}

// failOn refuses every call whose name is one of these, until told otherwise.
func (r *rig) failOn(names ...string) {
	r.ledger.on(func(c workflow.Call) (workflow.Result, error) {
		if slices.Contains(names, c.Input["name"]) {
			return workflow.Result{}, fault.New(fault.Invalid, "Okta does not like %s.", c.Input["name"])
		}
		return workflow.Result{}, nil
	})
}

// next returns another version of a workflow that was published.
func (r *rig) next(v workflow.Version, change func(d *workflow.Definition)) workflow.Version {
	r.t.Helper()
	raw, err := json.Marshal(v.Definition)
	if err != nil {
		r.t.Fatal(err)
	}
	v.Definition = workflow.Definition{}
	if err := json.Unmarshal(raw, &v.Definition); err != nil {
		r.t.Fatal(err)
	}
	change(&v.Definition)
	v.Number++
	if raw, err = json.Marshal(v.Definition); err != nil {
		r.t.Fatal(err)
	}
	for _, q := range []string{`INSERT INTO workflow_version (workflow_id, number, definition, note, created_at, created_by) VALUES ($1, $2, $3, '', '', '')`} {
		if _, err := r.db.Writer().Exec(q, v.WorkflowID, v.Number, string(raw)); err != nil {
			r.t.Fatal(err)
		}
	}
	if _, err := r.db.Writer().Exec("UPDATE workflow SET published = $1 WHERE id = $2", v.Number, v.WorkflowID); err != nil {
		r.t.Fatal(err)
	}
	return v
}

// plan asks what continuing would do, and writes it as key:what with ! for what must be allowed.
func (r *rig) plan(req ContinueRequest) (Continuation, string) {
	r.t.Helper()
	c, err := r.PlanContinuation(context.Background(), req)
	if err != nil {
		r.t.Fatal(err)
	}
	var out []string
	c.Every(func(row workflow.ResumedStep) {
		word := row.Key + ":" + string(row.What)
		if row.Runs > 0 {
			word += fmt.Sprintf("x%d", row.Runs)
		}
		if row.Must() {
			word += "!"
		}
		out = append(out, word)
	})
	return c, strings.Join(out, " ")
}

// goOn continues a run as it is planned, and returns the new one's id.
func (r *rig) goOn(req ContinueRequest) string {
	r.t.Helper()
	c, _ := r.plan(req)
	req.Plan = c.Hash
	out, err := r.Continue(context.Background(), req)
	if err != nil {
		r.t.Fatal(err)
	}
	if !out.Created {
		r.t.Fatal("it was continued already")
	}
	return out.ID
}

func TestContinue(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_c", workflow.Definition{Steps: []workflow.Step{
		id("a", step("make", "one")), id("b", step("make", "{{ steps.a.output.id }}-two")), id("c", step("set", "{{ steps.b.output.id }}"))}})
	r.failOn("00one-two")
	first := r.start(v)
	r.expect(r.burst(first), workflow.RunFailed, done, failed, skipped)
	r.ledger.forget()
	r.failOn()

	req := ContinueRequest{RunID: first, Version: v, By: ada, Again: []string{}}
	c, words := r.plan(req)
	if words != "a:take_over b:again c:first" || len(c.Missing(nil)) != 0 {
		t.Fatalf("the plan is %s, missing %v", words, c.Missing(nil))
	}
	if _, err := r.Continue(t.Context(), req); !fault.Is(err, fault.Conflict) || fault.As(err).Code != CodePlan {
		t.Errorf("without having seen the plan: %v", err)
	}
	second := r.goOn(req)
	if got := r.run(second); got.Continues != first || got.Steps[0].TakenFrom != first || got.Steps[0].State != done || got.Steps[0].Output["id"] != "00one" {
		t.Errorf("it begins as %+v", got)
	}
	r.expect(r.burst(second), workflow.RunSucceeded, done, done, done)
	if got, want := r.names(), []string{"00one-two", "0000one-two"}; !slices.Equal(got, want) {
		t.Errorf("called %q, want %q", got, want)
	}
	req.By = bob
	out, err := r.Continue(t.Context(), req)
	if err != nil || out.Created || out.ID != second {
		t.Errorf("the second to continue it: %+v, %v", out, err)
	}
	if by, err := r.db.ContinuedBy(t.Context(), first); err != nil || by != second {
		t.Errorf("continued by %q, %v", by, err)
	}
	if _, err := r.PlanContinuation(t.Context(), ContinueRequest{RunID: second, Version: v, By: ada}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a run that succeeded: %v", err)
	}
	if _, _, err := r.db.AuditVerify(t.Context()); err != nil {
		t.Error(err)
	}
	r.expect(r.run(first), workflow.RunFailed, done, failed, skipped)
}

// TestContinueAtOnce lets many people continue one run at the same moment.
func TestContinueAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_c", workflow.Definition{Steps: []workflow.Step{id("a", step("set", "one"))}})
	r.failOn("one")
	first := r.start(v)
	r.burst(first)
	c, _ := r.plan(ContinueRequest{RunID: first, Version: v, By: ada, Again: []string{}})
	c2, _ := r.plan(ContinueRequest{RunID: first, Version: v, By: bob, Again: []string{}})
	var mu sync.Mutex
	created, ids := 0, map[string]bool{}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			req := ContinueRequest{RunID: first, Version: v, By: ada, Again: []string{}, Plan: c.Hash}
			if i%2 == 1 {
				req.By, req.Plan = bob, c2.Hash
			}
			out, err := r.Continue(context.Background(), req)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if out.Created {
				created++
			}
			ids[out.ID] = true
		})
	}
	all.Wait()
	if created != 1 || len(ids) != 1 {
		t.Errorf("%d runs were created: %v", created, ids)
	}
}

func TestContinueWhatMayHaveBeenDone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_c", workflow.Definition{Steps: []workflow.Step{id("a", step("make", "one")), id("b", step("set", "two"))}})
	r.ledger.on(func(workflow.Call) (workflow.Result, error) {
		return workflow.Result{}, fault.New(fault.Uncertain, "The connection broke.")
	})
	r.ledger.find = func(workflow.Call) (workflow.Finding, error) { return workflow.Finding{Words: "Who knows?"}, nil }
	first := r.start(v)
	r.expect(r.burst(first), workflow.RunAsking, uncertain, pending)
	if err := r.Decide(t.Context(), first, 0, Fail, ada); err != nil {
		t.Fatal(err)
	}
	r.ledger.on(nil)
	r.ledger.forget()
	req := ContinueRequest{RunID: first, Version: v, By: ada, Again: []string{}}
	c, words := r.plan(req)
	if words != "a:again! b:first" {
		t.Fatalf("the plan is %s", words)
	}
	req.Plan = c.Hash
	if _, err := r.Continue(t.Context(), req); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Message(err), "Step a") {
		t.Errorf("without a word about it: %v", err)
	}
	req.Again = []string{"a"}
	r.expect(r.burst(r.goOn(req)), workflow.RunSucceeded, done, done)
}

// TestContinueWithAnotherInput does again what used the value, unless that may not be done twice.
func TestContinueWithAnotherInput(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	inputs := []workflow.Input{{Name: "who", Label: "Who", Kind: form.Text}}
	v := r.publish("wf_c", workflow.Definition{Inputs: inputs, Steps: []workflow.Step{
		id("a", step("make", "{{ inputs.who }}")), id("b", step("set", "{{ inputs.who }}-b")), id("c", step("set", "{{ steps.a.output.id }}-c"))}})
	r.failOn("00ann-c", "00anna-c")
	first := r.startWith(v, map[string]string{"who": "ann"})
	r.expect(r.burst(first), workflow.RunFailed, done, done, failed)
	r.ledger.forget()
	req := ContinueRequest{RunID: first, Version: v, Input: map[string]string{"who": "anna"}, By: ada}
	if _, words := r.plan(req); words != "a:take_over b:again c:again" {
		t.Fatalf("proposed is %s", words)
	}
	req.Again = []string{"a", "b"}
	second := r.goOn(req)
	r.expect(r.burst(second), workflow.RunFailed, done, done, failed)
	if got, want := r.names(), []string{"anna", "anna-b", "00anna-c"}; !slices.Equal(got, want) {
		t.Errorf("called %q, want %q", got, want)
	}
	r.failOn()
	r.ledger.forget()
	third := r.goOn(ContinueRequest{RunID: second, Version: v, Input: map[string]string{"who": "anna"}, By: ada, Again: []string{}})
	r.expect(r.burst(third), workflow.RunSucceeded, done, done, done)
	if got := r.run(third); got.Continues != second || got.Steps[1].TakenFrom != second || !slices.Equal(r.names(), []string{"00anna-c"}) {
		t.Errorf("called %q in %+v", r.names(), got)
	}
}

func TestContinueOnANewerVersion(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_c", workflow.Definition{Steps: []workflow.Step{id("a", step("make", "one")), id("gone", step("set", "old")), id("b", step("set", "{{ steps.a.output.id }}-wrong"))}})
	r.failOn("00one-wrong")
	first := r.start(v)
	r.burst(first)
	v2 := r.next(v, func(d *workflow.Definition) {
		d.Steps = []workflow.Step{id("n", step("set", "new")), d.Steps[0], d.Steps[2]}
		d.Steps[0].Title = "New one"
		d.Steps[2].Fields["name"] = "{{ steps.a.output.id }}-right"
	})
	r.ledger.forget()
	req := ContinueRequest{RunID: first, Version: v2, By: ada, Again: []string{}}
	c, words := r.plan(req)
	if words != "n:first a:take_over b:again" || len(c.Gone) != 1 || c.Gone[0].StepID != "gone" {
		t.Fatalf("the plan is %s, gone %+v", words, c.Gone)
	}
	second := r.goOn(req)
	r.expect(r.burst(second), workflow.RunSucceeded, done, done, done)
	if got := r.names(); !slices.Equal(got, []string{"new", "00one-right"}) || r.run(second).Version != 2 {
		t.Errorf("called %q", got)
	}
	if _, err := r.PlanContinuation(t.Context(), ContinueRequest{RunID: second, Version: v, By: ada}); err == nil {
		t.Error("an older version was taken")
	}
}

// TestContinueTwiceBeforeItIsReached forgets nothing of the first run where the second ended before it came there.
func TestContinueTwiceBeforeItIsReached(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_c", workflow.Definition{Inputs: people(), Steps: []workflow.Step{
		id("mail", with(step("make", "mail"), workflow.Control{OnError: workflow.GoOn})),
		id("all", each("{{ inputs.people }}")), in("all", id("one", step("make", "{{ item }}")))}})
	r.ledger.on(func(c workflow.Call) (workflow.Result, error) {
		switch c.Input["name"] {
		case "mail":
			return workflow.Result{Changes: []workflow.SentChange{{Request: "m", At: r.now}}}, fault.New(fault.Invalid, "Half of it.")
		case "bob", "new":
			return workflow.Result{}, fault.New(fault.Invalid, "No.")
		}
		return workflow.Result{}, nil
	})
	input := map[string]string{"people": "ada\nbob"}
	first := r.startWith(v, input)
	r.settleAll()
	r.expect(r.run(first), workflow.RunFailed, failed, failed)
	v2 := r.next(v, func(d *workflow.Definition) {
		d.Steps = append([]workflow.Step{id("n", step("set", "new"))}, d.Steps...)
		d.Steps[0].Title = "New"
		d.Steps[1].OnError = workflow.StopRun
	})
	second := r.goOn(ContinueRequest{RunID: first, Version: v2, Input: input, By: ada, Again: []string{"mail"}})
	r.settleAll()
	r.expect(r.run(second), workflow.RunFailed, failed, skipped, skipped)
	r.ledger.forget()
	r.failOn()
	req := ContinueRequest{RunID: second, Version: v2, Input: input, By: ada, Again: []string{}}
	c, words := r.plan(req)
	if words != "n:again mail:again! all:again one:againx1" {
		t.Fatalf("the plan is %s (%+v)", words, c.Rows)
	}
	third := r.goOn(ContinueRequest{RunID: second, Version: v2, Input: input, By: ada, Again: []string{"mail"}})
	r.settleAll()
	r.expect(r.run(third), workflow.RunSucceeded, done, done, done)
	if got := r.names(); !slices.Equal(got, []string{"new", "mail", "bob"}) {
		t.Errorf("called %q", got)
	}
}

func TestContinueNeedsASecretAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_c", workflow.Definition{Steps: []workflow.Step{id("a", step("make", "one")), id("b", step("set", "{{ steps.a.output.password }}"))}})
	r.failOn("s3cret")
	first := r.start(v)
	r.expect(r.burst(first), workflow.RunFailed, done, failed)
	r.failOn()
	c, words := r.plan(ContinueRequest{RunID: first, Version: v, By: ada, Again: []string{}})
	if words != "a:again! b:again" || !strings.Contains(c.Rows[0].Why, "kept only in memory") {
		t.Fatalf("the plan is %s: %s", words, c.Rows[0].Why)
	}
	r.expect(r.burst(r.goOn(ContinueRequest{RunID: first, Version: v, By: ada, Again: []string{"a"}})), workflow.RunSucceeded, done, done)
}

// TestContinueDoesNotApproveItself keeps an approval only for whoever started the run, and lets nobody approve who
// stands behind either of the runs.
func TestContinueDoesNotApproveItself(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_c", workflow.Definition{Steps: []workflow.Step{id("ask", flow(workflow.FlowApproval, "message", "May it?", "who", workflow.WhoAnyone, "then", "fail")), id("b", step("set", "two"))}})
	r.failOn("two")
	first := r.start(v)
	r.burst(first)
	if err := r.Approve(t.Context(), first, Answer{Step: 0, Yes: true}, bob); err != nil {
		t.Fatal(err)
	}
	r.expect(r.burst(first), workflow.RunFailed, done, failed)
	if _, words := r.plan(ContinueRequest{RunID: first, Version: v, By: ada, Again: []string{}}); words != "ask:take_over b:again" {
		t.Errorf("for whoever started it: %s", words)
	}
	if _, words := r.plan(ContinueRequest{RunID: first, Version: v, By: bob, Again: []string{}}); words != "ask:again b:again" {
		t.Errorf("for whoever approved it: %s", words)
	}
	second := r.goOn(ContinueRequest{RunID: first, Version: v, By: bob, Again: []string{}})
	r.burst(second)
	ada := ada
	ada.Roles = []auth.Role{auth.Admin}
	for _, who := range []auth.User{ada, bob} {
		if err := r.Approve(t.Context(), second, Answer{Step: 0, Yes: true}, who); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s approved: %v", who.Name, err)
		}
	}
	if err := r.Approve(t.Context(), second, Answer{Step: 0, Yes: true}, auth.User{ID: "u_cy", Name: "Cy", Roles: []auth.Role{auth.Admin}}); err != nil {
		t.Error(err)
	}
}

// TestContinueStaysWithinTheGuardRails counts what was changed before, and starts nothing through a paused trigger.
func TestContinueStaysWithinTheGuardRails(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v, tr := r.triggered(trigger.Trigger{Kind: trigger.Form, Config: trigger.Config{Guards: trigger.Guards{MaxChanges: 3}}},
		step("set", "a"), step("set", "b"), step("set", "c"), step("set", "d"))
	r.failOn("b")
	first := r.start(v)
	r.burst(first)
	r.failOn()
	second := r.goOn(ContinueRequest{RunID: first, Version: v, By: ada, Again: []string{}})
	if got := r.run(second); got.Changed != 1 || got.MaxChanges != 3 {
		t.Errorf("it begins with %d of %d", got.Changed, got.MaxChanges)
	}
	r.expect(r.burst(second), workflow.RunFailed, done, done, done, failed)
	if _, err := r.db.Writer().Exec("UPDATE run_trigger SET paused = 1 WHERE id = $1", tr.ID); err != nil {
		t.Fatal(err)
	}
	req := ContinueRequest{RunID: second, Version: v, By: ada, Again: []string{}}
	c, _ := r.plan(req)
	req.Plan = c.Hash
	if _, err := r.Continue(t.Context(), req); !fault.Is(err, fault.Conflict) {
		t.Errorf("through a paused trigger: %v", err)
	}
}

// TestContinueWaitsForWhatIsInFlight: a step that was under way at a cancel is recorded first.
func TestContinueWaitsForWhatIsInFlight(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_c", workflow.Definition{Steps: []workflow.Step{id("a", step("make", "one")), id("b", step("set", "two"))}})
	first := r.start(v)
	req := ContinueRequest{RunID: first, Version: v, By: ada}
	r.ledger.on(func(c workflow.Call) (workflow.Result, error) {
		if c.RunID == first {
			if err := r.Cancel(context.Background(), first, ada); err != nil {
				t.Error(err)
			}
			during, words := r.plan(req)
			if words != "a:again! b:first" {
				t.Errorf("while it is under way: %s", words)
			}
			req.Plan, req.Again = during.Hash, []string{"a"}
			if _, err := r.Continue(context.Background(), req); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Message(err), "still being carried out") {
				t.Errorf("continued while a step is under way: %v", err)
			}
		}
		return workflow.Result{}, nil
	})
	r.expect(r.burst(first), workflow.RunCancelled, done, skipped)
	if _, err := r.Continue(t.Context(), req); !fault.Is(err, fault.Conflict) || fault.As(err).Code != CodePlan {
		t.Errorf("by a plan of before: %v", err)
	}
	req.Again = nil
	if _, words := r.plan(req); words != "a:take_over b:first" {
		t.Errorf("afterwards: %s", words)
	}
	r.expect(r.burst(r.goOn(req)), workflow.RunSucceeded, done, done)
	if n := r.ledger.done[first+"/0"]; n != 1 {
		t.Errorf("the first step was done %d times", n)
	}
}
