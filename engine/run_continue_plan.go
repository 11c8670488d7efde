package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"caracal/db"
	"caracal/plan"
	"caracal/workflow"
)

// planHolds returns the plan that the run which is continued was held to, and why it does not hold for the run that
// continues it.
func (e *Engine) planHolds(ctx context.Context, c Continuation) (held db.RunPlan, why string, err error) {
	held, err = e.db.PlanOf(ctx, c.Was.ID)
	if err != nil || held.RehearsalID == "" {
		return held, "", err
	}
	made, err := e.db.Rehearsal(ctx, held.RehearsalID)
	switch {
	case errors.Is(err, db.ErrNotFound) || err == nil && made.State != plan.Ready:
		return held, "The plan that this run was held to is not kept any more, so nothing can be compared with it.", nil
	case err != nil:
		return held, "", err
	}
	var whys []string
	if c.Version.Number != c.Was.Version {
		whys = append(whys, fmt.Sprintf("The plan that this run was held to is one of version %d.", c.Was.Version))
	}
	if len(c.Changed) > 0 {
		whys = append(whys, "The plan that this run was held to was made for other inputs.")
	}
	return held, strings.Join(whys, " "), nil
}

// rest is the plan as the new run is held to it. Where the run before, or one that it continued, may have changed
// something, the plan as a whole would not come out again, so what is left is compared step by step.
func (e *Engine) rest(c Continuation) db.RunPlan {
	p := c.Held
	p.RunID, p.CheckedAt, p.Difference = "", time.Time{}, nil
	p.Rest = p.Rest || slices.ContainsFunc(c.Was.Steps, func(s workflow.RunStep) bool {
		if _, calls := workflow.IsCall(s.Action); !calls && s.Action != workflow.FlowForEach && workflow.IsFlow(s.Action) {
			return false
		}
		spec, known := e.spec(s.Action)
		return (s.Attempts > 0 || s.Doubt || s.Resume != nil) && (!known || spec.Effect != workflow.Reads)
	})
	return p
}
