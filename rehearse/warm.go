package rehearse

import (
	"time"

	"caracal/twin"
)

// Twins that serve the comparisons of a list's rows one after the other: without them each row would read the org's
// group rules, apps and schemas anew.
const (
	// warmFor is how long one serves. What it has read is that old at most, as a plan that was just compared is taken to
	// hold for a while.
	warmFor = 5 * time.Minute
	// warmTwins is how many there are of a plan, so that one comparison need not wait for the reads of another.
	warmTwins = 2
)

// warm are those of one plan.
type warm [warmTwins]struct {
	turn chan struct{} // is full during a comparison
	*bench
}

// bench is a stage on which single steps are played.
type bench struct {
	stage
	since time.Time
	used  int // steps played before
}

func (s *Service) bench() *bench {
	now := s.Clock()
	return &bench{stage: stage{s: s, now: now, twins: map[string]*twin.Twin{}}, since: now}
}

// warmOf returns the twins of a plan, and lets go of those of other plans that have served long enough.
func (s *Service) warmOf(rehearsalID string) *warm {
	now := s.Clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, used := range s.warmUsed {
		if id != rehearsalID && now.Sub(used) > warmFor {
			delete(s.warm, id)
			delete(s.warmUsed, id)
		}
	}
	w := s.warm[rehearsalID]
	if w == nil {
		w = &warm{}
		for i := range w {
			w[i].turn = make(chan struct{}, 1)
		}
		if s.warm == nil {
			s.warm, s.warmUsed = map[string]*warm{}, map[string]time.Time{}
		}
		s.warm[rehearsalID] = w
	}
	s.warmUsed[rehearsalID] = now
	return w
}

// stale reports whether what a bench has read is too old to tell how the org is, or fills the room there is.
func (b *bench) stale(now time.Time) bool {
	if now.Sub(b.since) >= warmFor {
		return true
	}
	for _, t := range b.twins {
		if t.Full() != nil {
			return true
		}
	}
	return false
}
