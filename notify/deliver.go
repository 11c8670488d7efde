package notify

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"caracal/fault"
	"caracal/internal/crash"
	"caracal/org"
)

const (
	// TryFor is how long it is tried to send a notice; after that it is given up until a person says to send it again.
	TryFor = 24 * time.Hour
	// hold is how long an attempt belongs to the node that took it up: longer than any attempt takes.
	hold = 2 * time.Minute
	// longestAsked bounds what a receiver may ask to wait.
	longestAsked = 6 * time.Hour
	// batch is how many deliveries one look takes up, and parallel how many of them are under way at once.
	batch    = 40
	parallel = 8
)

// waits are how long it is waited after each attempt that failed; the last one counts for those after it.
var waits = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour}

// wait returns how long to wait after so many attempts.
func wait(attempts int) time.Duration { return waits[min(max(attempts-1, 0), len(waits)-1)] }

// Deliver sends what is due. Of several nodes that look, one takes each delivery up. What keeps a notice from arriving
// is stored with it; an error is only what kept Caracal from trying.
func (s *Service) Deliver(ctx context.Context) error {
	due, err := s.DB.DueDeliveries(ctx, s.Clock(), batch)
	if err != nil {
		return err
	}
	var group errgroup.Group
	group.SetLimit(parallel)
	for _, v := range due {
		group.Go(func() error { return s.deliver(ctx, v) })
	}
	return group.Wait()
}

// deliver takes one delivery up, tries it once and stores what came of it.
func (s *Service) deliver(ctx context.Context, v org.Delivery) error {
	if ctx.Err() != nil {
		return nil // it stays due
	}
	until := s.Clock().Add(hold).UTC().Truncate(time.Microsecond)
	taken, err := s.DB.TakeDelivery(ctx, v, until)
	if err != nil || !taken {
		return err
	}
	v.Attempts++
	tried := s.attempt(ctx, v)
	crash.At("notice-sent")
	end := outcome(v, tried, s.Clock())
	if tried != nil && ctx.Err() != nil { // this process stops, which says nothing of the other side: it stays due
		end = v
	}
	if tried != nil {
		s.Log.Info("a notice was not sent", "delivery", v.ID, "attempt", v.Attempts, "err", tried)
	}
	return s.DB.EndDelivery(context.WithoutCancel(ctx), end, until)
}

// attempt sends one delivery once.
func (s *Service) attempt(ctx context.Context, v org.Delivery) error {
	n, err := s.DB.Notice(ctx, v.NoticeID)
	if err != nil {
		return err
	}
	app, err := s.DB.Application(ctx, n.ApplicationID)
	if err != nil {
		return err
	}
	return s.send(ctx, v.Place, letter{ID: v.ID, App: app, Notice: n, Link: s.link(app.ID)})
}

// outcome says what an attempt made of a delivery: sent, to be tried again, or given up.
func outcome(v org.Delivery, err error, now time.Time) org.Delivery {
	if err == nil {
		v.SentAt, v.DueAt, v.Error = now, time.Time{}, ""
		return v
	}
	v.Error = fault.Message(err)
	var f *failure
	next := now.Add(wait(v.Attempts))
	if errors.As(err, &f) && f.after > 0 { // sooner than that is no use, and much later would be the receiver's rule over us
		next = now.Add(max(wait(v.Attempts), min(f.after, longestAsked)))
	}
	if f != nil && f.lasting || next.After(v.Since.Add(TryFor)) {
		v.FailedAt, v.DueAt = now, time.Time{}
		return v
	}
	v.DueAt = next
	return v
}
