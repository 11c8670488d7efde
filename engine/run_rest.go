package engine

import (
	"context"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"caracal/fault"
	"caracal/org"
	"caracal/workflow"
)

// A run that finds a rate limit used up rests: it waits and has no burst on the queue, so it holds no place there, and
// ten thousand of them do not come back all at once. Several times a second as many are queued again as the limit has
// room for, those first that people wait for.

// bulkQueue is the line of runs that are one of many.
const bulkQueue = "bulk"

// wakeEvery is how often resting runs are looked at.
const wakeEvery = 500 * time.Millisecond

// lineOf says where on the queue a burst stands.
func lineOf(u org.Urgency) *river.InsertOpts {
	switch {
	case u.IsBulk():
		return &river.InsertOpts{Queue: bulkQueue}
	case u.Pressed():
		return &river.InsertOpts{Priority: 1}
	}
	return &river.InsertOpts{Priority: 2}
}

// put puts the run away that can't call for the time being.
func (w *walk) put(s *workflow.RunStep, f *fault.Error) verdict {
	v := w.wait(s, f.Message, f.RetryAt)
	if f.Bucket != "" && v.due && w.e.nudge == nil {
		v.bucket = f.Bucket
		w.e.limits.learn(w.run.ApplicationID, s.Action, limit{f.Bucket, f.Message})
	}
	return v
}

// shut puts the run away without a call when the limit that this action's call last found used up still is.
func (w *walk) shut(ctx context.Context, s *workflow.RunStep) (verdict, bool) {
	l, known := w.e.limits.of(w.run.ApplicationID, s.Action)
	if !known || w.e.room == nil {
		return verdict{}, false
	}
	calls, opens := w.e.room(ctx, w.run.ApplicationID, l.bucket, w.run.Urgency)
	if calls > 0 || opens.IsZero() {
		w.e.limits.forget(w.run.ApplicationID, s.Action)
		return verdict{}, false
	}
	v := w.wait(s, l.words, opens)
	v.bucket = l.bucket
	return v, true
}

// limit is a rate limit that was found used up.
type limit struct{ bucket, words string }

// limits remembers which limit stopped an action of an application, so that the many runs that would find it used up
// as well need no call for that. The zero value is ready.
type limits struct {
	mu   sync.Mutex
	kept map[[2]string]limit
}

func (l *limits) learn(applicationID, action string, found limit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.kept == nil {
		l.kept = map[[2]string]limit{}
	}
	l.kept[[2]string{applicationID, action}] = found
}

func (l *limits) of(applicationID, action string) (limit, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	found, ok := l.kept[[2]string{applicationID, action}]
	return found, ok
}

func (l *limits) forget(applicationID, action string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.kept, [2]string{applicationID, action})
}

// Wake queues resting runs for which there is room.
func (e *Engine) Wake(ctx context.Context) error {
	groups, err := e.db.RestingRuns(ctx, "")
	if err != nil {
		return err
	}
	for _, g := range groups {
		room := func(u org.Urgency) int {
			if e.room != nil {
				calls, _ := e.room(ctx, g.ApplicationID, g.Bucket, u)
				return calls
			}
			if e.now().Before(g.Until) {
				return 0
			}
			return 1 << 20
		}
		for {
			if e.stopping.Load() || len(g.Count) == 0 || room(org.Pressing) <= g.Woken {
				break
			}
			n, err := e.db.WakeResting(ctx, g.ApplicationID, g.Bucket, room, e.enqueueNow(ctx))
			if err != nil {
				return err
			}
			if n == 0 {
				break
			}
			g.Woken += n
			e.changed.tell()
		}
	}
	return nil
}

func (e *Engine) wakeForever(ctx context.Context) {
	tick := time.NewTicker(wakeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := e.Wake(ctx); err != nil && ctx.Err() == nil {
			e.log.ErrorContext(ctx, "wake runs that wait for a rate limit", "error", err)
		}
	}
}
