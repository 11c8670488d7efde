package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"caracal/db"
	"caracal/fault"
	"caracal/org"
	"caracal/workflow"
)

// maxKept bounds what a for-each keeps of all items together, in bytes of text.
const maxKept = 4 << 20

// branchOff passes over a step of a failure branch when nothing failed, and reports whether it did.
func (w *walk) branchOff(s *workflow.RunStep) bool {
	if s.Control.When != workflow.WhenFailed || s.State != workflow.StepPending || s.Attempts > 0 {
		return false
	}
	i := slices.IndexFunc(w.run.Steps, func(o workflow.RunStep) bool { return o.StepID == s.Control.In })
	if i >= 0 && w.run.Steps[i].State == workflow.StepFailed {
		return false
	}
	s.State, s.EndedAt, s.Finding = workflow.StepSkipped, w.e.now(), "Skipped, since nothing failed."
	w.recall(*s)
	return true
}

// each carries out a for-each: it makes one run for each item, waits for them, and says how they went.
func (w *walk) each(ctx context.Context, s *workflow.RunStep) (verdict, error) {
	if s.State == workflow.StepWaiting {
		return w.afterEach(ctx, s)
	}
	items, err := w.items(s)
	if err != nil {
		return w.refuse(ctx, s, err), nil
	}
	s.Attempts, s.StartedAt = 1, w.e.now()
	if len(items) == 0 {
		w.done(s, workflow.Output{workflow.CountOutput: 0, workflow.DoneOutput: 0, workflow.FailedOutput: 0,
			workflow.GatheredOutput: []any{}, workflow.FailedItemsOutput: []any{}})
		return verdict{}, nil
	}
	run := w.childOf(w.run)
	if run.Steps = w.definition.RunSteps(s.StepID); len(run.Steps) == 0 {
		return w.fail(s, "The steps in it are not known; start a new run of a newer version of the workflow."), nil
	}
	s.State = workflow.StepWaiting
	children := &db.Children{Step: s.Index, Run: run, Items: items, AtOnce: workflow.AtOnce(s.Input)}
	goesOn, err := w.resumeItems(ctx, s, children)
	if f := fault.As(err); f != nil && f.Kind == fault.Invalid {
		return w.refuse(ctx, s, err), nil
	}
	if err != nil {
		return verdict{}, err
	}
	v := w.wait(s, w.sentence(s, workflow.ItemCount(len(items))+" to go through."), goesOn)
	v.children = children
	return v, nil
}

// childOf is what a run within another takes over from it.
func (w *walk) childOf(r workflow.Run) workflow.Run {
	return workflow.Run{WorkflowID: r.WorkflowID, Version: r.Version, ApplicationID: r.ApplicationID, Name: r.Name, StartedBy: r.StartedBy, Behind: r.Behind, Urgency: org.Bulk}
}

// items tells what a for-each goes over, and notes on the step how.
func (w *walk) items(s *workflow.RunStep) ([]any, error) {
	list := s.Fields[workflow.ListField]
	t, err := workflow.ParseTemplate(list)
	if err == nil {
		for _, ref := range t.References() {
			if ref.Step == "" {
				continue
			}
			if err := w.available(ref); err != nil {
				return nil, err
			}
			if slices.Contains(w.secretOutputs(w.action(ref.Step)), ref.Output) {
				return nil, fault.New(fault.Invalid, "A for-each can't go over secret values; choose another list.")
			}
		}
	}
	items, err := workflow.ResolveList(list, w.scope())
	if err != nil {
		return nil, fault.New(fault.Invalid, "The list can't be gone over: %s.", err).Because(err)
	}
	rest := workflow.Step{ID: s.StepID, Title: s.Title, Action: s.Action, Fields: maps.Clone(s.Fields)}
	delete(rest.Fields, workflow.ListField)
	delete(rest.Fields, workflow.GatherField)
	input, err := workflow.ResolveStep(rest, w.scope())
	if err != nil {
		return nil, err
	}
	input[workflow.ListField] = workflow.BareCondition(list)
	if keep := s.Fields[workflow.GatherField]; keep != "" {
		input[workflow.GatherField] = keep
	}
	s.Input = input
	return items, nil
}

// afterEach lets the run go on when every item has ended, and else ends the burst until then.
func (w *walk) afterEach(ctx context.Context, s *workflow.RunStep) (verdict, error) {
	counts, err := w.e.db.ChildCounts(ctx, w.run.ID, s.Index)
	if err != nil {
		return verdict{}, err
	}
	all, moving := 0, 0
	for state, n := range counts {
		all += n
		if !state.Ended() {
			moving += n
		}
	}
	if moving > 0 {
		return w.wait(s, w.sentence(s, workflow.ItemCount(all)+" to go through."), s.DueAt), nil
	}
	var first workflow.Run // that failed, or, where none did, was cancelled
	gathered, failedItems, size := []any{}, []any{}, 0
	err = w.e.db.EachChild(ctx, w.run.ID, s.Index, func(r workflow.Run) error {
		switch {
		case r.State != workflow.RunSucceeded:
			failedItems = append(failedItems, r.Item)
			if first.ID == "" || r.State == workflow.RunFailed && first.State != workflow.RunFailed {
				first = r
			}
		case r.Kept != nil:
			size += workflow.Size(r.Kept)
			gathered = append(gathered, r.Kept)
		}
		return nil
	})
	if err != nil {
		return verdict{}, err
	}
	succeeded := counts[workflow.RunSucceeded]
	if s.Input["on_failed"] != workflow.LoopGoesOn && succeeded < all {
		return w.fail(s, fmt.Sprintf("%s %s of %s succeeded.", failedWords(first), workflow.Thousands(succeeded), workflow.Thousands(all))), nil
	}
	if size > maxKept {
		return w.fail(s, fmt.Sprintf("What is kept of the items is longer than %d MB together; keep less of each.", maxKept>>20)), nil
	}
	w.done(s, workflow.Output{workflow.CountOutput: all, workflow.DoneOutput: succeeded, workflow.FailedOutput: all - succeeded,
		workflow.GatheredOutput: gathered, workflow.FailedItemsOutput: failedItems})
	w.recall(*s) // what is kept may have held a secret, which nothing later may take for the value
	return verdict{}, nil
}

// failedWords says what happened to an item that did not succeed.
func failedWords(r workflow.Run) string {
	words := r.Error
	if words == "" {
		words = "It was cancelled."
	}
	return fmt.Sprintf("Item %s (%s): %s", workflow.Thousands(r.ItemNo), workflow.ItemLabel(r.Item), words)
}

// kept tells what the for-each around keeps of this item, at the end of its steps.
func (w *walk) kept() (any, error) {
	if strings.TrimSpace(w.keep) == "" {
		return nil, nil
	}
	t, err := workflow.ParseTemplate(w.keep)
	if err == nil {
		for _, ref := range t.References() {
			if ref.Step == "" {
				continue
			}
			if slices.Contains(w.secretOutputs(w.action(ref.Step)), ref.Output) {
				return hidden, nil
			}
			if err := w.available(ref); err != nil {
				return nil, err
			}
		}
	}
	v, ok, err := workflow.ResolveGather(w.keep, w.scope())
	if err != nil || !ok {
		return nil, err
	}
	return v, nil
}
