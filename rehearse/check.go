package rehearse

import (
	"context"
	"errors"
	"fmt"

	"caracal/auth"
	"caracal/db"
	"caracal/engine"
	"caracal/fault"
	"caracal/okta"
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
	st := &stage{s: s, now: s.Clock(), twins: map[string]*twin.Twin{}}
	do := s.Executor(func(ctx context.Context, application string) (*okta.Client, error) {
		return st.client(ctx, application)
	}).Do
	_, refusal := do(twin.Under(ctx, 0), c.Call)
	if f := fault.As(refusal); refusal != nil && (f == nil || f.Kind == fault.Busy || f.Kind == fault.Uncertain || f.Kind == fault.Internal) {
		return d, refusal
	}
	var changes []plan.Change
	if t := st.twins[c.Call.ApplicationID]; t != nil {
		changes = t.Effect(0)
	}
	planned, err := s.DB.Planned(ctx, c.RehearsalID, c.At, plan.Effect(changes, c.ValuesKnown))
	if err != nil || planned {
		return d, err
	}
	there, steps, err := s.DB.PlannedAt(ctx, c.RehearsalID, c.At)
	if err != nil || c.Again && refusal == nil && plan.Cover(there, changes, c.ValuesKnown) {
		return d, err
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
