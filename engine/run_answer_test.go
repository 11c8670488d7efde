package engine

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"caracal/auth"
	"caracal/db"
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

// TestContinueAsksAgainWhatAPlanWasApprovedFor: an approval of a run that is held to a plan is one of that plan. The run
// that goes on after Okta was found otherwise than planned is held to nothing, so it is asked again.
func TestContinueAsksAgainWhatAPlanWasApprovedFor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_p", workflow.Definition{Steps: []workflow.Step{id("ask", flow(workflow.FlowApproval, "message", "May it?", "who", workflow.WhoAnyone)), id("b", step("set", "two"))}})
	r.plans.Whole = func(context.Context, string, auth.User) (plan.Difference, error) {
		return plan.Difference{Words: "Somebody else was added to the group."}, nil
	}
	first, err := r.StartRun(t.Context(), StartRequest{Version: v, By: ada, Plan: db.RunPlan{RehearsalID: "reh_1", Hash: "abc"}})
	if err != nil {
		t.Fatal(err)
	}
	r.burst(first)
	if err := r.Approve(t.Context(), first, Answer{Yes: true}, bob); err != nil {
		t.Fatal(err)
	}
	r.expect(r.burst(first), workflow.RunFailed, done, failed)
	c, words := r.plan(ContinueRequest{RunID: first, Version: v, By: ada})
	if words != "ask:again b:first" || !c.Planned {
		t.Fatalf("the plan's approval would pass for one of whatever is done now: %s", words)
	}
	second := r.goOn(ContinueRequest{RunID: first, Version: v, By: ada})
	r.expect(r.burst(second), workflow.RunWaiting, workflow.StepWaiting, pending)
	if len(r.ledger.actions()) != 0 {
		t.Errorf("%v was carried out", r.ledger.actions())
	}
}
