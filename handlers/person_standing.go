package handlers

import (
	"context"
	"sync"
	"time"

	"caracal/auth"
)

const (
	standingWait  = 3 * time.Second // for the org: a page must not hang on it
	standingAgain = time.Minute     // after which an org that did not answer is asked again
)

// standings remembers when the org was last asked about a person. The zero value is ready. Safe for concurrent use.
type standings struct {
	mu    sync.Mutex
	asked map[string]time.Time
}

// claim reports whether the org is to be asked about a person now, which nobody else then does for a while.
func (s *standings) claim(id string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last, ok := s.asked[id]; ok && now.Sub(last) < standingAgain {
		return false
	}
	if s.asked == nil {
		s.asked = map[string]time.Time{}
	}
	for other, at := range s.asked {
		if now.Sub(at) >= standingAgain {
			delete(s.asked, other)
		}
	}
	s.asked[id] = now
	return true
}

// Proved returns a person with what they may do now. Once Recheck has passed since their roles were last proved, the org that
// they sign in at is asked, where Caracal is connected to it: who is deactivated or suspended there has no role and no
// session any more, and who left a group loses the role that it gave. Where the org can't be asked, or does not answer in
// time, the roles stay as they were last proved; how long that is good for is bounded by the life of a session, and for
// tokens by Proof.
func (h *Handlers) Proved(ctx context.Context, u auth.User) (auth.User, error) {
	now := h.Clock()
	if h.Recheck <= 0 || h.Connect == nil || now.Sub(u.ProvedAt()) < h.Recheck || !h.standings.claim(u.ID, now) {
		return u, nil
	}
	asking, cancel := context.WithTimeout(ctx, standingWait)
	defer cancel()
	standing, known, err := h.Connect.Standing(asking, u, h.Mapping.Giving(u.Groups))
	if err != nil {
		h.Log.Warn("the org could not be asked about a person; their roles stay as they were", "user", u.ID, "err", err)
		return u, ctx.Err()
	}
	if !known {
		return u, nil
	}
	roles := standing.Roles(h.Mapping, u)
	after, err := h.DB.SetStanding(ctx, u, roles, standing.Gone)
	if err == nil && len(after.Roles) < len(u.Roles) {
		h.Log.Info("a person lost roles, by what the org says now", "user", u.ID, "gone", standing.Gone)
	}
	return after, err
}
