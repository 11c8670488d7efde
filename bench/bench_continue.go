package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"caracal/db"
	"caracal/engine"
	"caracal/form"
	"caracal/oktasim"
	"caracal/plan"
	"caracal/workflow"
)

// continueLatency is how long the org takes for each answer.
const continueLatency = 10 * time.Millisecond

// benchContinue lets a run with a loop of many items fail at each of them and continues it, held to the plan that it was
// started from, beside the same continued with no plan.
func benchContinue(ctx context.Context, dir string, _, _ int) (lines []line, err error) {
	b, application, closeAll, err := newUndoBench(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	b.sim.Update(func(s *oktasim.Settings) { s.Latency = continueLatency })
	took, calls := map[bool]time.Duration{}, map[bool]int{}
	for _, held := range []bool{false, true} {
		if took[held], calls[held], err = b.goOn(ctx, application, held); err != nil {
			return nil, err
		}
	}
	return []line{
		{what: fmt.Sprintf("continued loop of %d, held to a plan", benchChanges), figure: took[true].Round(time.Millisecond).String(),
			yardstick: took[false].Round(time.Millisecond).String() + " held to none", ratio: fmt.Sprintf("%.1f", took[true].Seconds()/took[false].Seconds())},
		{what: "  its calls", figure: fmt.Sprint(calls[true]), yardstick: fmt.Sprintf("%d held to none", calls[false]), ratio: fmt.Sprintf("%.1f", float64(calls[true])/float64(calls[false]))},
	}, nil
}

// goOn returns how long the continued run took, and how many calls it made.
func (b *undoBench) goOn(ctx context.Context, application string, held bool) (took time.Duration, calls int, err error) {
	d := workflow.Definition{Name: "Away", ApplicationID: application, Inputs: []workflow.Input{{Name: "people", Label: "People", Kind: form.LongText}},
		Steps: []workflow.Step{
			{ID: "each", Title: "Each", Action: workflow.FlowForEach, Fields: map[string]string{"list": `{{ split(inputs.people, ",") }}`, "at_once": "5", "on_failed": workflow.LoopGoesOn}},
			{ID: "title", Title: "Title", Action: "user.update", Fields: map[string]string{"user": "{{ item }}", "title": fmt.Sprintf("Away %v", held)}, Control: workflow.Control{In: "each"}}}}
	v, err := b.publish(ctx, d)
	if err != nil {
		return 0, 0, err
	}
	input := map[string]string{"people": strings.Join(b.people, ",")}
	start := engine.StartRequest{Version: v, Input: input, By: b.by}
	if held {
		if start.Plan, err = b.rehearsed(ctx, v, input); err != nil {
			return 0, 0, err
		}
	}
	b.sim.SetFault(func(r *http.Request) *oktasim.Fault {
		if r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/api/v1/users/") {
			return oktasim.ErrorFault(http.StatusBadRequest, "E0000001", "Api validation failed: title")
		}
		return nil
	})
	first, err := b.app.Engine.StartRun(ctx, start)
	if err != nil {
		return 0, 0, err
	}
	if err := b.ended(ctx, first); err != nil {
		return 0, 0, err
	}
	b.sim.SetFault(nil)
	ask := engine.ContinueRequest{RunID: first, Version: v, Input: input, By: b.by}
	shown, err := b.app.Engine.PlanContinuation(ctx, ask)
	if err != nil {
		return 0, 0, err
	}
	ask.Plan = shown.Hash
	before, began := b.calls(), time.Now()
	second, err := b.app.Engine.Continue(ctx, ask)
	if err != nil {
		return 0, 0, err
	}
	if err := b.ended(ctx, second.ID); err != nil {
		return 0, 0, err
	}
	took = time.Since(began)
	counts, err := b.app.DB.ChildCounts(ctx, second.ID, 0)
	if err == nil && counts[workflow.RunSucceeded] != benchChanges {
		err = fmt.Errorf("the items of the continued run stand at %v", counts)
	}
	return took, b.calls() - before, err
}

// rehearsed makes the plan of a run.
func (b *undoBench) rehearsed(ctx context.Context, v workflow.Version, input map[string]string) (db.RunPlan, error) {
	r, err := b.app.Rehearse.Begin(ctx, plan.Subject{Kind: plan.Version, WorkflowID: v.WorkflowID, Version: v.Number, Rows: []map[string]string{input}}, b.by)
	if err != nil {
		return db.RunPlan{}, err
	}
	for look := time.NewTicker(5 * time.Millisecond); ; <-look.C {
		if r, err = b.app.DB.Rehearsal(ctx, r.ID); err != nil {
			return db.RunPlan{}, err
		}
		switch r.State {
		case plan.Ready:
			return db.RunPlan{RehearsalID: r.ID, Hash: r.Summary.Hash, Summary: r.Summary}, nil
		case plan.UnderWay:
		default:
			return db.RunPlan{}, fmt.Errorf("the rehearsal failed: %s", r.Error)
		}
	}
}
