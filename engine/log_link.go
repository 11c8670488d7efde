package engine

import (
	"context"
	"time"

	"caracal/db"
	"caracal/fault"
	"caracal/workflow"
)

const (
	linkAtOnce  = 2_000            // requests looked for in one go
	linkMany    = 200              // after so many in one go, more are awaited before the next
	linkPause   = 15 * time.Second // how long
	linkTime    = time.Minute      // that one go may take
	linkRetry   = 5 * time.Minute  // after the log could not be read
	linkBlocked = 15 * time.Minute // after Okta refused that it is read
)

// LinkEvents looks in the System Log of each org for the events of changes whose time to look has come. One node
// at a time reads an org's log; what a node claimed and did not settle is due again later.
func (e *Engine) LinkEvents(ctx context.Context) error {
	for e.execute.Events != nil && !e.stopping.Load() {
		applicationID, list, err := e.db.ClaimRequests(ctx, linkAtOnce)
		if err != nil || applicationID == "" {
			return err
		}
		read := db.LogRead{ApplicationID: applicationID, Requests: list}
		changes := make([]workflow.SentChange, len(list))
		for i, q := range list {
			changes[i] = q.SentChange
		}
		reading, cancel := context.WithTimeout(ctx, linkTime)
		err = survive(func() (err error) {
			read.Events, err = e.execute.Events(reading, applicationID, changes)
			return err
		})
		cancel()
		if ctx.Err() != nil {
			return nil // it is due again when the claim has ended
		}
		if err != nil {
			read.Problem, read.Scope, read.Retry = e.logProblem(ctx, applicationID, err)
		}
		if len(list) >= linkMany && len(list) < linkAtOnce { // a long list is under way: one reading will do for more of it
			read.Next = e.now().Add(linkPause)
		}
		if err := e.db.SettleRequests(ctx, read); err != nil {
			return err
		}
		if len(read.Events) > 0 {
			e.changed.tell()
		}
	}
	return nil
}

// logProblem says why a log could not be read, and when to try again.
func (e *Engine) logProblem(ctx context.Context, applicationID string, err error) (words, scope string, retry time.Time) {
	retry = e.now().Add(linkRetry)
	f := fault.As(err)
	switch {
	case f == nil:
		e.log.ErrorContext(ctx, "read the System Log", "org", applicationID, "error", err)
	case f.Kind == fault.Busy:
		if f.RetryAt.After(e.now()) && f.RetryAt.Before(retry) {
			retry = f.RetryAt
		}
	default:
		scope, retry = f.Scope, e.now().Add(linkBlocked)
	}
	return fault.Message(err), scope, retry
}

func (e *Engine) linkForever(ctx context.Context) {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := e.LinkEvents(ctx); err != nil && ctx.Err() == nil {
			e.log.ErrorContext(ctx, "link changes to the System Log", "error", err)
		}
	}
}
