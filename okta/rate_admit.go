package okta

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"caracal/fault"
	"caracal/org"
)

// caller is what a context says of who calls.
type caller struct {
	urgency org.Urgency
	step    *step // nil unless a run calls
}

// step is what a step of a run has done so far.
type step struct{ changed atomic.Bool }

type callerKey struct{}

// ByRun marks the calls of one step of a run. Where they would have to wait they end with fault.Busy soon, so that the
// run rests and holds nothing. What has changed something waits here instead, for the step would do that again; so do
// lists (Patient), which would begin again.
func ByRun(ctx context.Context, u org.Urgency) context.Context {
	return context.WithValue(ctx, callerKey{}, caller{urgency: max(u, org.Pressing), step: &step{}})
}

func callerOf(ctx context.Context) caller {
	c, ok := ctx.Value(callerKey{}).(caller)
	if !ok {
		return caller{urgency: org.Pressing}
	}
	return c
}

// cap is how long a call may wait here, for the budget or after a refusal.
func (o outgoing) cap() time.Duration {
	switch {
	case o.by.step != nil && o.by.step.changed.Load():
		return maxChangedWait
	case o.patient:
		return maxPatientWait
	case o.by.step != nil:
		return maxRestWait
	}
	return maxRateWait
}

// admit waits until a call may be made, at most so long for the limit of its bucket. A nil error obliges to call done.
func (c *Clients) admit(ctx context.Context, h *host, t *ticket, most time.Duration) error {
	var waited time.Duration
	var began time.Time
	defer func() {
		if !began.IsZero() {
			h.tally.wait(c.opts.Clock().Sub(began))
		}
	}()
	for {
		now := c.opts.Clock()
		wait, come := context.WithCancel(ctx)
		p := h.gate.ask(t, come, now)
		if p.through {
			come()
			return nil
		}
		if p.lease != nil {
			come()
			c.lease(ctx, h, *p.lease, now)
			continue
		}
		if began.IsZero() {
			began = now
		}
		if p.opens.IsZero() {
			c.untilTold(wait)
		} else if left := max(p.opens.Sub(now), time.Millisecond); waited+left > most {
			come()
			return c.giveUp(h, t, overBudget(t.bucket, p, now))
		} else {
			waited += left
			_ = c.opts.Wait(wait, left) //nolint:errcheck // it ends early when it is worth asking again, and ctx is looked at
		}
		late := wait.Err() == nil && p.opens.IsZero()
		come()
		switch {
		case ctx.Err() != nil:
			return c.giveUp(h, t, ctx.Err())
		case late:
			f := fault.New(fault.Busy, "%s is slow to answer the calls that are under way; try again in a minute.", h.name)
			f.RetryAt = c.opts.Clock().Add(unreachableWait)
			return c.giveUp(h, t, f)
		}
	}
}

// untilTold waits for calls that are under way, no longer than one of them may take.
func (c *Clients) untilTold(ctx context.Context) {
	timer := time.NewTimer(attemptTimeout)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// giveUp leaves the line. Who was let through at the last moment takes that back.
func (c *Clients) giveUp(h *host, t *ticket, err error) error {
	if h.gate.leave(t) {
		h.gate.done(t, ending{unsent: true}, c.opts.Clock())
	}
	return err
}

// lease asks for calls on behalf of all who wait for them. Without an answer the headers alone have to do.
func (c *Clients) lease(ctx context.Context, h *host, l org.CallLease, now time.Time) {
	l.Host, l.Now = h.name, now.Add(-time.Duration(h.ahead.Load())).Unix()
	calls, err := c.opts.Lease(ctx, l)
	switch {
	case ctx.Err() != nil:
		calls = -1
	case err != nil:
		c.opts.Logger.WarnContext(ctx, "lease calls to okta", "org", h.name, "bucket", l.Bucket, "error", err)
		calls = 1
	}
	h.gate.give(l, calls, c.opts.Clock())
}

// overBudget says that the share of a bucket is used up.
func overBudget(bucket string, p place, now time.Time) *fault.Error {
	f := fault.New(fault.Busy, "Okta's limit for %s is used up for this minute: of its %d calls Caracal makes at most %d and leaves the others to sign-ins. It goes on by itself.", bucket, p.limit, p.may)
	f.RetryAt, f.Bucket = p.opens, bucket
	return f
}

// endOf says how an exchange ended.
func endOf(resp *Response, sent bool, now time.Time) ending {
	if resp == nil {
		return ending{unsent: !sent}
	}
	e := ending{answered: true}
	if _, crowded := rateWait(resp.Header, now, 1); crowded && resp.Status == http.StatusTooManyRequests {
		e.crowded = true
	}
	e.heard, e.tells = hear(resp.Header, now)
	return e
}

// Room says how many more calls of an urgency one bucket of an org takes at this moment, under a share (0 is the
// configured one), and, if none, when it takes the next ones; zero when calls under way will tell.
func (c *Clients) Room(domain, bucket string, share float64, u org.Urgency) (calls int, opens time.Time) {
	return c.host(domain).gate.room(bucket, c.share(share), u, c.opts.Clock())
}

// Headroom says what the last answers to this process told of an org's rate limits, by bucket, and what of them a
// share (0 is the configured one) leaves to others.
func (c *Clients) Headroom(domain string, share float64) []org.Headroom {
	return c.host(domain).gate.headroom(c.share(share))
}

// Kept is how many calls of a limit a share (0 is the configured one) leaves to others.
func (c *Clients) Kept(limit int, share float64) int { return limit - allowance(limit, c.share(share)) }

// Crowding says how many calls to an org may be under way from this process.
func (c *Clients) Crowding(domain string) org.Crowding {
	g := &c.host(domain).gate
	g.mu.Lock()
	defer g.mu.Unlock()
	return org.Crowding{Most: g.width.most(), Usual: maxConcurrent, Refused: g.width.refused, At: g.width.cut}
}

// share returns a share, or the configured one in place of 0.
func (c *Clients) share(of float64) float64 {
	if of <= 0 || of > 1 {
		return c.opts.Share
	}
	return of
}

// Share returns the configured share of each rate limit.
func (c *Clients) Share() float64 { return c.opts.Share }
