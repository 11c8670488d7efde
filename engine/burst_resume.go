package engine

import (
	"context"
	"slices"
	"time"

	"caracal/db"
	"caracal/fault"
	"caracal/workflow"
)

// resumeItems lets the items of a for-each that continues an earlier one begin with what was done of them: an
// item that succeeded is that success, another goes on where it failed. Items are told apart as lists do it, by
// their ids. It returns now when no item is left to do, and else the zero time: the end of the items wakes the run.
func (w *walk) resumeItems(ctx context.Context, s *workflow.RunStep, c *db.Children) (goesOn time.Time, err error) {
	if s.Resume == nil {
		return time.Time{}, nil
	}
	if s.Resume, err = w.e.resumed(ctx, s.Resume); err != nil {
		return time.Time{}, err
	}
	earlier := map[string][]workflow.Run{}
	if err := w.e.db.EachChild(ctx, s.Resume.Run, s.Resume.Step, func(r workflow.Run) error {
		key := workflow.Identity(r.Item)
		earlier[key] = append(earlier[key], r)
		return nil
	}); err != nil {
		return time.Time{}, err
	}
	unfinished := map[string]workflow.Run{}
	if err := w.e.db.Unfinished(ctx, s.Resume.Run, s.Resume.Step, func(r workflow.Run) error {
		unfinished[r.ID] = r
		return nil
	}); err != nil {
		return time.Time{}, err
	}
	c.Taken = map[int]db.TakenRun{}
	left := len(c.Items)
	for i, item := range c.Items {
		key := workflow.Identity(item)
		if len(earlier[key]) == 0 {
			continue
		}
		was := earlier[key][0]
		earlier[key] = earlier[key][1:]
		if was.State == workflow.RunSucceeded {
			c.Taken[i] = db.TakenRun{From: was.ID, Done: true}
			left--
			continue
		}
		taken, err := w.goOn(s, workflow.Resuming{Was: unfinished[was.ID], Definition: w.definition, Steps: c.Run.Steps, Version: c.Run.Version,
			Changed: s.Resume.Changed, Redone: s.Resume.Redone, Anew: s.Resume.Anew})
		if err != nil {
			return time.Time{}, err
		}
		c.Taken[i] = taken
	}
	if left == 0 {
		return w.e.now(), nil
	}
	return time.Time{}, nil
}

// resumeCall is resumeItems for a workflow that was called.
func (w *walk) resumeCall(ctx context.Context, s *workflow.RunStep, c *db.Children) (goesOn time.Time, err error) {
	if s.Resume == nil {
		return time.Time{}, nil
	}
	if s.Resume, err = w.e.resumed(ctx, s.Resume); err != nil {
		return time.Time{}, err
	}
	list, _, err := w.e.db.Children(ctx, db.ChildFilter{ParentID: s.Resume.Run, Step: s.Resume.Step, Limit: 1})
	if err != nil || len(list) == 0 {
		return time.Time{}, err
	}
	if list[0].State == workflow.RunSucceeded { // its end was never taken up
		c.Taken = map[int]db.TakenRun{0: {From: list[0].ID, Done: true}}
		return w.e.now(), nil
	}
	was, err := w.e.db.Run(ctx, list[0].ID)
	if err != nil {
		return time.Time{}, err
	}
	d, err := w.e.definition(ctx, c.Run.WorkflowID, c.Run.Version)
	if err != nil {
		return time.Time{}, err
	}
	changed := workflow.ChangedInputs(was.Input, c.Run.Input)
	taken, err := w.goOn(s, workflow.Resuming{Was: was, Definition: d, Steps: c.Run.Steps, Version: c.Run.Version,
		Changed: changed, Anew: s.Resume.Anew || len(changed) > 0 || was.Version != c.Run.Version})
	c.Taken = map[int]db.TakenRun{0: taken}
	return time.Time{}, err
}

// goOn plans one run within another by what a person allowed. What may do something twice and was not allowed is
// refused with a fault of the kind Invalid.
func (w *walk) goOn(s *workflow.RunStep, r workflow.Resuming) (db.TakenRun, error) {
	again := s.Resume.Again
	r.Spec = w.e.spec
	r.Again = func(key string) (bool, bool) { return slices.Contains(again, key), true }
	taken := db.TakenRun{From: r.Was.ID}
	for _, row := range r.Plan() {
		if row.Must() && !slices.Contains(again, row.Key) {
			return taken, fault.New(fault.Invalid, "“%s” may have been done already, and nobody said that it may be done again; continue this run, and tick it.", row.Step.Title)
		}
		if row.Step.Resume != nil {
			row.Step.Resume.Again = within(again, row)
		}
		taken.Steps = append(taken.Steps, row.Step)
	}
	return taken, nil
}

// resumed follows what a step goes on with to the run that really has runs within: one that ended before it made
// any was itself to go on with those of an earlier run.
func (e *Engine) resumed(ctx context.Context, r *workflow.Resume) (*workflow.Resume, error) {
	for {
		counts, err := e.db.ChildCounts(ctx, r.Run, r.Step)
		if err != nil || len(counts) > 0 {
			return r, err
		}
		run, err := e.db.Run(ctx, r.Run)
		if err != nil || r.Step >= len(run.Steps) {
			return r, err
		}
		earlier := run.Steps[r.Step].Resume
		if earlier == nil {
			if earlier, err = e.takenFrom(ctx, run, r.Step); err != nil || earlier == nil {
				return r, err
			}
		}
		again := r.Again
		r = earlier.Following(*r)
		r.Again = again
	}
}

// takenFrom says where the runs within a step are that a run took over, or nil where it did not. What differs between
// the two runs may differ for them.
func (e *Engine) takenFrom(ctx context.Context, run workflow.Run, step int) (*workflow.Resume, error) {
	s := run.Steps[step]
	if s.TakenFrom == "" {
		return nil, nil
	}
	origin, err := e.db.Run(ctx, s.TakenFrom)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(origin.Steps, func(o workflow.RunStep) bool { return o.StepID == s.StepID })
	if i < 0 {
		return nil, nil
	}
	r := &workflow.Resume{Run: origin.ID, Step: i, Changed: workflow.ChangedInputs(origin.Input, run.Input)}
	for _, other := range run.Steps {
		if other.TakenFrom == "" {
			r.Redone = append(r.Redone, other.StepID)
		}
	}
	return r, nil
}
