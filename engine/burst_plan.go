package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/fault"
	"caracal/plan"
	"caracal/workflow"
)

// PlanChecks compare what a run is about to change with the plan that it was started from. A fault Busy of theirs lets
// the run wait; any other error fails it.
type PlanChecks struct {
	// Whole makes a rehearsal again and says what comes out otherwise.
	Whole func(ctx context.Context, rehearsalID string, by auth.User) (plan.Difference, error)
	// Step says what one step would do otherwise than planned.
	Step func(ctx context.Context, c PlannedStep) (plan.Difference, error)
}

// PlannedStep is a step that is about to change something.
type PlannedStep struct {
	RehearsalID string
	Row         int    // of the batch that was rehearsed; 0 is none
	At          string // its place in the plan, as plan.Step.At
	Title       string
	Call        workflow.Call
	ValuesKnown bool // what it writes could be known when the plan was made
	Again       bool // an earlier attempt may have done some of it: it may do less than planned
}

// planFresh is how long a plan that was just compared with the org is taken to hold.
const planFresh = 5 * time.Minute

// planNoted is how often it is stored at most that steps which are compared one by one still are as planned.
const planNoted = 5 * time.Second

// planRetry is when a comparison is tried again that could not be made.
const planRetry = time.Minute

// asPlanned refuses a step that is about to change something where the org is not any more what the plan took it
// for. Before the first change the whole plan is compared; later, once that is not fresh any more, the one step. Of a
// run that goes on with another, whose plan can't come out whole any more, each step is compared.
func (w *walk) asPlanned(ctx context.Context, s *workflow.RunStep, input map[string]string) (verdict, error) {
	spec, ok := w.e.spec(s.Action)
	if w.e.plans.Whole == nil || ok && spec.Effect == workflow.Reads || s.State == workflow.StepUncertain {
		return verdict{}, nil // a step in doubt was compared before it was sent, and may be done
	}
	p, err := w.e.db.PlanOf(ctx, w.run.ID)
	if err != nil || p.RehearsalID == "" {
		return verdict{}, err
	}
	if !p.Stepwise() {
		// The items of a for-each come here side by side, and one comparison is enough for all of them.
		defer w.e.running.lock("plan of " + p.RunID)()
		if p, err = w.e.db.PlanOf(ctx, w.run.ID); err != nil {
			return verdict{}, err
		}
	}
	if p.Difference != nil {
		return w.otherwise(s), nil
	}
	if !p.Stepwise() && w.e.now().Sub(p.CheckedAt) < planFresh {
		return verdict{}, nil
	}
	var d plan.Difference
	if !p.Stepwise() && p.CheckedAt.IsZero() {
		d, err = w.e.plans.Whole(ctx, p.RehearsalID, auth.User{ID: w.run.StartedBy})
	} else {
		d, err = w.stepAsPlanned(ctx, s, input, p)
	}
	switch {
	case fault.Is(err, fault.Busy):
		at := fault.As(err).RetryAt
		if at.IsZero() {
			at = w.e.now().Add(planRetry)
		}
		return w.wait(s, "Before it changes anything, the run looks whether Okta still is as planned. "+fault.Message(err), at), nil
	case err != nil:
		return w.unplanned(s, "It could not be told whether Okta still is as planned, so nothing was changed. "+fault.Message(err)), nil
	case d.None() && p.Stepwise() && w.e.now().Sub(p.CheckedAt) < planNoted:
		return verdict{}, nil
	case d.None():
		return verdict{}, w.e.db.NotePlan(ctx, p, nil)
	}
	if err := w.e.db.NotePlan(ctx, p, &d); err != nil {
		return verdict{}, err
	}
	return w.otherwise(s), nil
}

func (w *walk) stepAsPlanned(ctx context.Context, s *workflow.RunStep, input map[string]string, p db.RunPlan) (plan.Difference, error) {
	at, err := w.e.db.PlaceOf(ctx, w.run.ID)
	if err != nil {
		return plan.Difference{}, err
	}
	again := s.Attempts > 0 || s.Doubt
	if !again && w.run.Continues != "" {
		was, err := w.e.db.Run(ctx, w.run.Continues)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return plan.Difference{}, err
		}
		again = slices.ContainsFunc(was.Steps, func(o workflow.RunStep) bool { return o.StepID == s.StepID && o.Attempts > 0 })
	}
	return w.e.plans.Step(ctx, PlannedStep{Again: again, RehearsalID: p.RehearsalID, Row: p.Row, At: at + s.StepID, Title: s.Title, Call: w.asCall(*s, input),
		ValuesKnown: !w.definition.Unforeseen(w.e.spec)[s.StepID]})
}

// otherwise ends the run at a step that the plan does not hold for any more.
func (w *walk) otherwise(s *workflow.RunStep) verdict {
	return w.unplanned(s, "Okta has changed since the plan was made, so this step was not carried out. The run's page shows the difference; rehearse again, and start a new run.")
}

// unplanned is fail, whatever the workflow says about failures: what it goes on with was not planned either.
func (w *walk) unplanned(s *workflow.RunStep, words string) verdict {
	s.State, s.Error, s.EndedAt, s.DueAt = workflow.StepFailed, words, w.e.now(), time.Time{}
	return verdict{state: workflow.RunFailed, words: w.sentence(s, words), broken: s}
}
