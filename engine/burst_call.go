package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/workflow"
)

// callWorkflow runs another workflow as a run of its own and waits for its end.
func (w *walk) callWorkflow(ctx context.Context, s *workflow.RunStep, workflowID string) (verdict, error) {
	if s.State == workflow.StepWaiting {
		return w.afterCall(ctx, s)
	}
	run, err := w.called(ctx, s, workflowID)
	if f := fault.As(err); f != nil && f.Kind == fault.Invalid {
		return w.refuse(ctx, s, err), nil
	}
	if err != nil {
		return verdict{}, err
	}
	s.State, s.Attempts, s.StartedAt = workflow.StepWaiting, 1, w.e.now()
	children := &db.Children{Step: s.Index, Run: run}
	goesOn, err := w.resumeCall(ctx, s, children)
	if f := fault.As(err); f != nil && f.Kind == fault.Invalid {
		return w.refuse(ctx, s, err), nil
	}
	if err != nil {
		return verdict{}, err
	}
	v := w.wait(s, w.sentence(s, fmt.Sprintf("It waits for the workflow “%s”.", run.Name)), goesOn)
	v.children = children
	return v, nil
}

// called makes the run of the newest published version of a workflow. A fault of the kind Invalid says why it
// can't be run.
func (w *walk) called(ctx context.Context, s *workflow.RunStep, workflowID string) (workflow.Run, error) {
	no := func(format string, args ...any) (workflow.Run, error) {
		return workflow.Run{}, fault.New(fault.Invalid, format, args...)
	}
	depth := 1
	if w.run.ParentID != "" {
		above, err := w.e.db.RunsAbove(ctx, w.run.ID)
		if err != nil {
			return workflow.Run{}, err
		}
		for _, r := range append(above, w.run) {
			if r.ParentID != "" && !r.IsItem() && !r.IsRow() {
				depth++
			}
		}
	}
	if depth > workflow.MaxCalls {
		return no("Workflows called one another %d deep, which is as deep as they may; look for one that calls itself.", workflow.MaxCalls)
	}
	flow, err := w.e.lookup.Workflow(ctx, workflowID)
	switch {
	case errors.Is(err, db.ErrNotFound):
		return no("The workflow that is to be run does not exist any more; publish a version that runs another.")
	case err != nil:
		return workflow.Run{}, err
	case flow.Archived:
		return no("The workflow “%s” was archived; take it back from the archive, or publish a version that runs another.", flow.Draft.Name)
	case flow.Published == 0:
		return no("The workflow “%s” was never published; publish it.", flow.Draft.Name)
	}
	d, err := w.e.definition(ctx, workflowID, flow.Published)
	if err != nil {
		return workflow.Run{}, err
	}
	given, err := w.resolve(s)
	if err != nil {
		return workflow.Run{}, err
	}
	run := workflow.Run{WorkflowID: workflowID, Version: flow.Published, ApplicationID: d.ApplicationID, Name: d.Name,
		StartedBy: w.run.StartedBy, Behind: w.run.Behind, Urgency: w.run.Urgency, Input: map[string]string{}, Steps: d.RunSteps("")}
	for _, f := range d.RunFields() {
		if s.Input[f.Name] == hidden {
			return no("“%s” was filled with a secret value, and secrets are not handed from one workflow to another.", f.Label)
		}
		if f.Kind == form.Lines { // a list comes out on one line each
			if list, err := workflow.ResolveList(s.Fields[f.Name], w.scope()); err == nil {
				given[f.Name] = strings.Join(workflow.Texts(list), "\n")
			}
		}
		value, problem := f.Check(given[f.Name])
		if problem != "" {
			return no("The workflow “%s” can't be run like this: %s", d.Name, problem)
		}
		run.Input[f.Name] = value
	}
	return run, nil
}

// afterCall takes over what a workflow that was called gave, and else ends the burst until it has ended.
func (w *walk) afterCall(ctx context.Context, s *workflow.RunStep) (verdict, error) {
	list, _, err := w.e.db.Children(ctx, db.ChildFilter{ParentID: w.run.ID, Step: s.Index, Limit: 1})
	if err != nil {
		return verdict{}, err
	}
	if len(list) == 0 {
		return w.fail(s, "The run of the workflow is not there any more; start a new run."), nil
	}
	child := list[0]
	switch {
	case !child.State.Ended():
		return w.wait(s, w.sentence(s, fmt.Sprintf("It waits for the workflow “%s”.", child.Name)), s.DueAt), nil
	case child.State == workflow.RunCancelled:
		return w.fail(s, fmt.Sprintf("The run of “%s” was cancelled.", child.Name)), nil
	case child.State == workflow.RunFailed:
		return w.fail(s, fmt.Sprintf("“%s” failed. %s", child.Name, child.Error)), nil
	}
	if child, err = w.e.db.Run(ctx, child.ID); err != nil {
		return verdict{}, err
	}
	output := workflow.Output{workflow.RunOutput: child.ID, workflow.StateOutput: string(child.State)}
	for _, step := range slices.Backward(child.Steps) {
		if step.Action == workflow.FlowGive && step.State == workflow.StepDone {
			output[workflow.ResultOutput] = step.Output["value"]
			break
		}
	}
	w.done(s, output)
	w.recall(*s)
	return verdict{}, nil
}

// give sets the result of the run, for the workflow that called it.
func (w *walk) give(ctx context.Context, s *workflow.RunStep) verdict {
	if s.Input["value"] == hidden {
		return w.fail(s, "A secret value can't be given back; secrets live only within the run that received them.")
	}
	v, _, err := workflow.ResolveGather(s.Fields["value"], w.scope())
	if err != nil {
		return w.refuse(ctx, s, fault.New(fault.Invalid, "The result can't be told: %s.", err).Because(err))
	}
	w.done(s, workflow.Output{"value": v})
	s.Output = w.concealStep(*s).Output
	return verdict{}
}
