package rehearse

import (
	"context"
	"slices"
	"sync"
	"time"

	"caracal/engine"
	"caracal/okta"
	"caracal/plan"
	"caracal/twin"
	"caracal/workflow"
)

const (
	// warmFor is how long one bench serves. What it has read of people and of what else a step is about is that old at most.
	warmFor = 5 * time.Second
	// warmFree is how many wait at most for the next comparison.
	warmFree = 50
	// coldAfter is when what was kept for a plan is let go of, once nothing was compared with it any more.
	coldAfter = time.Minute
)

// warm is what serves the comparisons of steps with one plan: without it each would read the org's group rules, apps and
// schemas anew.
type warm struct {
	used time.Time // guarded by the service

	mu     sync.Mutex
	shared map[string]*twin.Shared // by application
	free   []*bench
	rows   *plan.Subject // which rows were rehearsed, without what they say; nil is not read yet
}

// bench is a stage on which single steps are played, one after the other.
type bench struct {
	stage
	warm  *warm
	since time.Time
	used  int             // steps played before
	knows map[string]bool // runs whose steps were played on it
}

// warmOf returns what is kept for a plan, and lets go of what is kept for others that nothing is compared with any more.
func (s *Service) warmOf(rehearsalID string) *warm {
	now := s.Clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, w := range s.warm {
		if id != rehearsalID && now.Sub(w.used) > coldAfter {
			delete(s.warm, id)
		}
	}
	w := s.warm[rehearsalID]
	if w == nil {
		w = &warm{shared: map[string]*twin.Shared{}}
		if s.warm == nil {
			s.warm = map[string]*warm{}
		}
		s.warm[rehearsalID] = w
	}
	w.used = now
	return w
}

// take returns a bench for the steps of a run: the one that knows it already, else any, else a new one.
func (w *warm) take(s *Service, run string) *bench {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := s.Clock()
	w.free = slices.DeleteFunc(w.free, func(b *bench) bool { return b.stale(now) })
	at := slices.IndexFunc(w.free, func(b *bench) bool { return b.knows[run] })
	if at < 0 {
		at = len(w.free) - 1
	}
	if at < 0 {
		return w.fresh(s)
	}
	b := w.free[at]
	w.free = slices.Delete(w.free, at, at+1)
	return b
}

// fresh returns a bench that has read nothing yet but what all of them share.
func (w *warm) fresh(s *Service) *bench {
	now := s.Clock()
	return &bench{stage: stage{s: s, now: now, twins: map[string]*twin.Twin{}, share: w.sharedOf}, warm: w, since: now, knows: map[string]bool{}}
}

// give lets others have a bench.
func (w *warm) give(b *bench) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.free) < warmFree {
		w.free = append(w.free, b)
	}
}

// sharedOf returns what the twins of an application share.
func (w *warm) sharedOf(application string, real *okta.Client, token okta.Token) *twin.Shared {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.shared[application] == nil {
		w.shared[application] = twin.NewShared(real, token.Scopes)
	}
	return w.shared[application]
}

// look finds out, for a call that is to be played, whether its org has changed what twins share: now and then, and where that was
// not looked at since a time that is not zero.
func (w *warm) look(ctx context.Context, c workflow.Call, since time.Time) error {
	w.mu.Lock()
	shared := w.shared[c.ApplicationID]
	w.mu.Unlock()
	if shared == nil {
		return nil
	}
	return shared.Look(okta.ByRun(ctx, c.Urgency), since)
}

// place is the place of a step's row among those that were rehearsed; 0 is none.
func (w *warm) place(ctx context.Context, s *Service, c engine.PlannedStep) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.rows == nil {
		r, err := s.planned(ctx, c.RehearsalID)
		if err != nil {
			return 0, err
		}
		w.rows = &plan.Subject{Numbers: r.Subject.Numbers, Rows: make([]map[string]string, len(r.Subject.Rows))}
	}
	return w.rows.Place(c.Row), nil
}

// stale reports whether what a bench has read is too old to tell how the org is, or fills the room there is.
func (b *bench) stale(now time.Time) bool {
	if now.Sub(b.since) >= warmFor {
		return true
	}
	for _, t := range b.twins {
		if t.Full() != nil || t.Stale() {
			return true
		}
	}
	return false
}
