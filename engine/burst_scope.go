package engine

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"caracal/db"
	"caracal/workflow"
)

// scope is what the expressions of a step see.
func (w *walk) scope() workflow.Scope {
	return workflow.Scope{Inputs: w.run.Input, Kinds: w.kinds, Outputs: w.outputs, Loop: w.loop, Now: w.e.now(), Chance: w.e.chance}
}

// definitions remembers published versions, which never change.
type definitions struct {
	mu   sync.Mutex
	seen map[versionKey]workflow.Definition
}

type versionKey struct {
	workflow string
	number   int
}

// maxDefinitions bounds the cache; all of it is let go when there is more.
const maxDefinitions = 500

// definition returns a published version, or an empty one where it is not stored.
func (e *Engine) definition(ctx context.Context, workflowID string, number int) (workflow.Definition, error) {
	key := versionKey{workflowID, number}
	e.published.mu.Lock()
	d, ok := e.published.seen[key]
	e.published.mu.Unlock()
	if ok {
		return d, nil
	}
	v, err := e.lookup.WorkflowVersion(ctx, workflowID, number)
	if errors.Is(err, db.ErrNotFound) {
		return workflow.Definition{}, nil
	}
	if err != nil {
		return workflow.Definition{}, err
	}
	e.published.mu.Lock()
	defer e.published.mu.Unlock()
	if e.published.seen == nil || len(e.published.seen) >= maxDefinitions {
		e.published.seen = map[versionKey]workflow.Definition{}
	}
	e.published.seen[key] = v.Definition
	return v.Definition, nil
}

// frame is what the items of a for-each have in common: the inputs, and what the steps before it gave. It is
// complete before the first item begins and never changes then; nothing in it is secret, since secrets live only
// within the burst that received them.
type frame struct {
	inputs  map[string]string
	outputs map[string]workflow.Output
	lost    map[string]map[string]bool
	steps   []workflow.RunStep // those before the loop, for their titles and actions
	loop    workflow.RunStep
}

type frameKey struct {
	run  string
	step int
}

// frames remembers the frames of for-eachs that are under way: reading a list of ten thousand people for each of
// them would take longer than the work.
type frames struct {
	mu   sync.Mutex
	seen map[frameKey]*frame
}

const maxFrames = 50

// frame returns the frame of a for-each in a run.
func (e *Engine) frame(ctx context.Context, runID string, step int) (*frame, error) {
	key := frameKey{runID, step}
	e.frames.mu.Lock()
	f := e.frames.seen[key]
	e.frames.mu.Unlock()
	if f != nil {
		return f, nil
	}
	run, err := e.db.Run(ctx, runID)
	if err != nil {
		return nil, err
	}
	w, err := e.walk(ctx, run)
	if err != nil {
		return nil, err
	}
	for _, s := range w.run.Steps[:step] {
		w.recall(s)
	}
	f = &frame{inputs: w.run.Input, outputs: w.outputs, lost: w.lost, steps: slices.Concat(w.above, w.run.Steps[:step]), loop: w.run.Steps[step]}
	e.frames.mu.Lock()
	defer e.frames.mu.Unlock()
	if e.frames.seen == nil || len(e.frames.seen) >= maxFrames {
		e.frames.seen = map[frameKey]*frame{}
	}
	e.frames.seen[key] = f
	return f, nil
}

// walk begins a burst of a run: with nothing, or, for an item of a for-each, with what stands around it.
func (e *Engine) walk(ctx context.Context, run workflow.Run) (*walk, error) {
	d := run.OwnDefinition()
	if !run.IsUndo() {
		var err error
		if d, err = e.definition(ctx, run.WorkflowID, run.Version); err != nil {
			return nil, err
		}
	}
	wakes, err := e.db.Wakes(ctx, nil, run.ApplicationID)
	if err != nil {
		return nil, err
	}
	w := &walk{e: e, run: run, definition: d, kinds: d.InputKindsOf(), wakes: wakes,
		outputs: map[string]workflow.Output{}, lost: map[string]map[string]bool{}}
	if !run.IsItem() || run.IsUndo() {
		return w, nil
	}
	f, err := e.frame(ctx, run.ParentID, run.ParentStep)
	if err != nil {
		return nil, err
	}
	w.run.Input, w.outputs, w.lost, w.above = f.inputs, maps.Clone(f.outputs), maps.Clone(f.lost), f.steps
	w.loop, w.keep = f.loop.StepID, f.loop.Fields[workflow.GatherField]
	w.outputs[w.loop] = workflow.Output{workflow.ItemOutput: run.Item, workflow.NumberOutput: run.ItemNo}
	return w, nil
}
