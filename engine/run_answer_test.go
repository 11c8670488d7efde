package engine

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/fault"
	"caracal/plan"
	"caracal/workflow"
)

// TestAnswersOfSeveralNodes lets people answer one question at the same moment, each on a node of their own: no answer
// is lost.
func TestAnswersOfSeveralNodes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	nodes := []*rig{r, r, r}
	if onPostgres {
		nodes[1], nodes[2] = r.join(time.Minute), r.join(time.Minute)
	}
	people := []auth.User{grace, linus, {ID: "u_cy", Name: "Cy", Roles: []auth.Role{auth.Approver}}}
	ask := flow(workflow.FlowApproval, "message", "May it?", "who", workflow.WhoNamed, "people", "u_grace,u_linus,u_cy", "answers", workflow.AnswersAll)
	for range 10 {
		run := r.start(version(ask, step("set", "x")))
		r.expect(r.burst(run), workflow.RunWaiting, workflow.StepWaiting, pending)
		var together sync.WaitGroup
		errs := make([]error, len(people))
		for i, who := range people {
			together.Go(func() { errs[i] = nodes[i].Approve(context.Background(), run, Answer{Yes: true}, who) })
		}
		together.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		if got := r.run(run); got.State != workflow.RunQueued {
			t.Fatalf("all of them said yes, and the run is %s; still asked: %v", got.State, got.Steps[0].StillAsked(got.Apart()...))
		}
	}
}

// TestAnswerToWhatWasRead refuses to store an answer that was made of a run as it is not any more.
func TestAnswerToWhatWasRead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	run := r.start(version(flow(workflow.FlowApproval, "message", "May it?", "who", workflow.WhoAnyone)))
	read := r.burst(run)
	if _, err := r.db.Writer().Exec("UPDATE run SET revision = revision + 1 WHERE id = $1", run); err != nil {
		t.Fatal(err)
	}
	if err := r.db.ApproveStep(t.Context(), read.Steps[0].Agreed(), read.Revision, "run.approved", "", "", grace, r.enqueueNow(t.Context())); !errors.Is(err, db.ErrConflict) {
		t.Fatalf("a stale answer was stored: %v", err)
	}
	if err := r.Approve(t.Context(), run, Answer{Yes: true}, grace); err != nil {
		t.Fatal(err)
	}
	r.expect(r.burst(run), workflow.RunSucceeded, done)
}

// TestContinueIsHeldToThePlan: the run that goes on is held to the same plan, so what was approved with it holds. Once the
// plan is not there any more nothing holds it: what was approved is asked again, and somebody says that it goes on.
func TestContinueIsHeldToThePlan(t *testing.T) {
	t.Parallel()
	for _, kept := range []bool{true, false} {
		r := newRig(t)
		v := r.publish("wf_p", workflow.Definition{Steps: []workflow.Step{id("ask", flow(workflow.FlowApproval, "message", "May it?", "who", workflow.WhoAnyone)), id("b", step("set", "two"))}})
		compared := 0
		r.plans.Whole = func(context.Context, string, auth.User) (d plan.Difference, err error) {
			if compared++; compared == 1 {
				d.Words = "Somebody else was added to the group."
			}
			return d, nil
		}
		planned := db.RunPlan{RehearsalID: "reh_1", Hash: "abc"}
		if kept {
			made, err := r.db.CreateRehearsal(t.Context(), plan.Subject{Kind: plan.Version, WorkflowID: v.WorkflowID, Version: 1}, ada)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.db.FinishRehearsal(t.Context(), made.ID, plan.Plan{Hash: "abc"}, plan.Summary{Hash: "abc"}); err != nil {
				t.Fatal(err)
			}
			planned.RehearsalID = made.ID
		}
		first, err := r.StartRun(t.Context(), StartRequest{Version: v, By: ada, Plan: planned})
		if err != nil {
			t.Fatal(err)
		}
		r.burst(first)
		if err := r.Approve(t.Context(), first, Answer{Yes: true}, bob); err != nil {
			t.Fatal(err)
		}
		r.expect(r.burst(first), workflow.RunFailed, done, failed)
		asked := ContinueRequest{RunID: first, Version: v, By: ada}
		c, words := r.plan(asked)
		if kept {
			if words != "ask:take_over b:first" || c.Freed != "" {
				t.Fatalf("%s; %s", words, c.Freed)
			}
			second := r.goOn(asked)
			r.expect(r.burst(second), workflow.RunSucceeded, done, done)
			if held, err := r.db.PlanOf(t.Context(), second); err != nil || held.RehearsalID != planned.RehearsalID || held.Rest || compared != 2 {
				t.Errorf("%+v after %d comparisons, %v", held, compared, err)
			}
			continue
		}
		if words != "ask:again b:first" || !strings.Contains(c.Freed, "not kept any more") {
			t.Fatalf("the plan's approval would pass for one of whatever is done now: %s; %s", words, c.Freed)
		}
		asked.Plan = c.Hash
		if _, err := r.Continue(t.Context(), asked); fault.As(err) == nil || fault.As(err).Code != CodeWithout {
			t.Fatalf("it goes on without its plan: %v", err)
		}
		asked.WithoutPlan = true
		second := r.goOn(asked)
		r.expect(r.burst(second), workflow.RunWaiting, workflow.StepWaiting, pending)
		if len(r.ledger.actions()) != 0 {
			t.Errorf("%v was carried out", r.ledger.actions())
		}
	}
}
