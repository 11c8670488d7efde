package handlers

import (
	"context"
	"slices"

	"caracal/org"
	"caracal/views"
	"caracal/workflow"
)

// limits tells a page how an application stands with Okta's rate limits.
func (h *Handlers) limits(ctx context.Context, app org.Application) (views.LimitsProps, error) {
	l, err := h.Connect.Limits(ctx, app)
	p := views.LimitsProps{Share: l.Share, Own: l.Own, Buckets: l.Buckets, Crowding: l.Crowding, Now: h.Clock()}
	for _, r := range l.Resting {
		p.Waiting = append(p.Waiting, views.LimitWaiting{Bucket: r.Bucket, People: r.Count[org.Pressing], Unattended: r.Count[org.Unattended], Bulk: r.Count[org.Bulk]})
	}
	return p, err
}

// isBatch reports whether a run goes through the rows of a file.
func isBatch(run workflow.Run) bool { return run.BatchID != "" && run.ParentID == "" }

// waitingSteps are the steps of a run whose items wait.
func waitingSteps(run workflow.Run, items map[int]views.RunItems) (steps []int) {
	if isBatch(run) {
		return []int{0} // its one step goes through the rows, which the page of the batch shows
	}
	for step, within := range items {
		if within.Counts[workflow.RunWaiting] > 0 {
			steps = append(steps, step)
		}
	}
	slices.Sort(steps)
	return steps
}

// runLimit tells which of Okta's limits a run waits for, or most of the runs do that its steps go through; nil when none.
func (h *Handlers) runLimit(ctx context.Context, run workflow.Run, app org.Application, steps []int) (*views.RunLimit, error) {
	p := views.RunLimit{Bucket: run.WaitFor, Until: run.WaitUntil, Words: run.WaitReason, Rows: isBatch(run)}
	switch {
	case run.State != workflow.RunWaiting:
		return nil, nil
	case run.WaitFor != "":
		var err error
		if p.Ahead, err = h.DB.RunsAhead(ctx, run); err != nil {
			return nil, err
		}
	default:
		var err error
		p.Words = "" // of the wait for its items
		for _, step := range steps {
			if p.Within, p.Bucket, p.Until, err = h.DB.ChildrenResting(ctx, run.ID, step); err != nil {
				return nil, err
			}
			if p.Within > 0 {
				break
			}
		}
		if p.Within == 0 {
			return nil, nil
		}
	}
	limit, ok, err := h.Connect.Limit(ctx, app, p.Bucket)
	if ok {
		p.Limit, p.May = limit.Limit, limit.Limit-limit.Kept
	}
	return &p, err
}
