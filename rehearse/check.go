package rehearse

import (
	"context"
	"errors"
	"fmt"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/engine"
	"caracal/fault"
	"caracal/plan"
	"caracal/twin"
)

// Checks holds the runs of an engine to their plans.
func (s *Service) Checks() engine.PlanChecks {
	return engine.PlanChecks{
		Whole: func(ctx context.Context, id string, by auth.User) (plan.Difference, error) {
			r, err := s.planned(ctx, id)
			if err != nil {
				return plan.Difference{}, err
			}
			return s.Again(ctx, r, by)
		},
		Step: s.step,
	}
}

// planned returns a rehearsal whose plan is there.
func (s *Service) planned(ctx context.Context, id string) (plan.Rehearsal, error) {
	r, err := s.DB.Rehearsal(ctx, id)
	if errors.Is(err, db.ErrNotFound) || err == nil && r.State != plan.Ready {
		return r, gone()
	}
	return r, err
}

func gone() error {
	return fault.New(fault.NotFound, "The rehearsal that the run was started from is not there any more; they are kept for 90 days. Rehearse again, and start a new run.")
}

// step rehearses one step alone, over the org as it is now.
func (s *Service) step(ctx context.Context, c engine.PlannedStep) (d plan.Difference, err error) {
	s.begin()
	// Of ten thousand steps each comes here, so the rows that were rehearsed are not read for it.
	state, err := s.DB.RehearsalState(ctx, c.RehearsalID)
	if errors.Is(err, db.ErrNotFound) || err == nil && state != plan.Ready {
		err = gone()
	}
	if err != nil {
		return d, err
	}
	w, began := s.warmOf(c.RehearsalID), s.Clock()
	if err := w.look(ctx, c.Call, time.Time{}); err != nil {
		return d, err
	}
	b := w.take(s, c.Call.RunID)
	fresh := b.used == 0
	planned, d, err := s.compare(ctx, b, c)
	if err == nil && !planned { // it may know an object as it was, or as an earlier comparison has left it
		if err := w.look(ctx, c.Call, began); err != nil {
			return d, err
		}
		if !fresh || b.stale(s.Clock()) {
			b = w.fresh(s)
			_, d, err = s.compare(ctx, b, c)
		}
	}
	if err == nil {
		w.give(b)
	}
	return d, err
}

// compare plays one step, and says what it would do otherwise than planned.
func (s *Service) compare(ctx context.Context, b *bench, c engine.PlannedStep) (planned bool, d plan.Difference, err error) {
	b.now = s.Clock()
	b.used++
	b.knows[c.Call.RunID] = true
	_, refusal := s.Executor(b.client).Do(twin.Under(ctx, b.used), c.Call)
	if f := fault.As(refusal); refusal != nil && (f == nil || f.Kind == fault.Busy || f.Kind == fault.Uncertain || f.Kind == fault.Internal) {
		return false, d, refusal
	}
	var changes []plan.Change
	if t := b.twins[c.Call.ApplicationID]; t != nil {
		changes = t.Effect(b.used)
	}
	if planned, err = s.DB.Planned(ctx, c.RehearsalID, c.At, plan.Effect(changes, c.ValuesKnown)); err != nil || planned {
		return planned, d, err
	}
	d, err = s.unplanned(ctx, c, changes, refusal)
	return d.None(), d, err
}

// unplanned says what a step would do that the plan does not have.
func (s *Service) unplanned(ctx context.Context, c engine.PlannedStep, changes []plan.Change, refusal error) (d plan.Difference, err error) {
	row := 0
	if c.Row > 0 {
		if row, err = s.warmOf(c.RehearsalID).place(ctx, s, c); err != nil {
			return d, err
		}
	}
	steps, err := s.DB.StepsAt(ctx, c.RehearsalID, c.At, row)
	if err != nil {
		return d, err
	}
	again := c.Again && refusal == nil
	var there []plan.Change
	if again || steps == 1 { // what all items of a long list were to do is read where it is needed alone
		if there, err = s.DB.PlannedAt(ctx, c.RehearsalID, c.At, row); err != nil || again && plan.Cover(there, changes, c.ValuesKnown) {
			return d, err
		}
	}
	d.Step, d.New = c.Title, changes
	if steps == 1 {
		d.Lost = there
	}
	d.Words = fmt.Sprintf("“%s” would not do now what was planned.", c.Title)
	if refusal != nil {
		d.Words += " Okta would refuse it: " + fault.Message(refusal)
	} else if len(changes) == 0 {
		d.Words += " It would change nothing."
	}
	return d, nil
}
