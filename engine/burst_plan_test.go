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

// TestItemsAreComparedSideBySide: where each step is held to the plan by itself, no item waits for the reads of another.
func TestItemsAreComparedSideBySide(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	v := r.publish("wf_side", workflow.Definition{Steps: []workflow.Step{
		id("each", each(`{{ split("a,b", ",") }}`, "at_once", "2")),
		in("each", id("set", step("set", "{{ item }}"))),
	}})
	var both sync.WaitGroup
	both.Add(2)
	met := make(chan struct{})
	go func() {
		both.Wait()
		close(met)
	}()
	r.plans.Whole = func(context.Context, string, auth.User) (plan.Difference, error) {
		return plan.Difference{}, errors.New("the whole plan is compared")
	}
	r.plans.Step = func(ctx context.Context, _ PlannedStep) (plan.Difference, error) {
		both.Done()
		select {
		case <-met:
			return plan.Difference{}, nil
		case <-time.After(20 * time.Second):
			return plan.Difference{}, errors.New("the other item is not compared meanwhile")
		}
	}
	run, err := r.StartRun(t.Context(), StartRequest{Version: v, By: ada, Plan: db.RunPlan{RehearsalID: "reh_1", Hash: "abc", Rest: true}})
	if err != nil {
		t.Fatal(err)
	}
	r.burst(run)
	var wait sync.WaitGroup
	for _, item := range r.items(run, 0) {
		wait.Go(func() {
			if err := r.advance(t.Context(), item.ID, nil); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for _, item := range r.items(run, 0) {
		if item.State != workflow.RunSucceeded {
			t.Errorf("item %d %s: %s", item.ItemNo, item.State, item.Error)
		}
	}
	if held, err := r.db.PlanOf(t.Context(), run); err != nil || held.CheckedAt.IsZero() {
		t.Errorf("the page can't say when it was compared: %+v %v", held, err)
	}
}
