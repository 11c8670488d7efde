package handlers

import (
	"context"
	"sync"
	"time"

	"caracal/auth"
)

// standingAgain is after how long an org that did not answer is asked again about a person.
const standingAgain = time.Minute

// standingOrgs stands for the org that people sign in at among those that pages wait for.
const standingOrgs = "standing"

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
// time, the roles stay as they were last proved, until its answer comes; how long that is good for is bounded by the life of a session, and for
// tokens by Proof.
func (h *Handlers) Proved(ctx context.Context, u auth.User) (auth.User, error) {
	now := h.Clock()
	if h.Recheck <= 0 || h.Connect == nil || now.Sub(u.ProvedAt()) < h.Recheck || !h.standings.claim(u.ID, now) {
		return u, nil
	}
	proved, err := briefly(ctx, h, standingOrgs, func(ctx context.Context) (provedUser, error) {
		standing, known, err := h.Connect.Standing(ctx, u, h.Mapping.Giving(u.Groups))
		if err != nil {
			h.Log.Warn("the org could not be asked about a person; their roles stay as they were", "user", u.ID, "err", err)
			return provedUser{User: u}, err
		}
		if !known {
			return provedUser{User: u}, nil
		}
		after, err := h.DB.SetStanding(ctx, u, standing.Roles(h.Mapping, u), standing.Gone)
		if err == nil && len(after.Roles) < len(u.Roles) {
			h.Log.Info("a person lost roles, by what the org says now", "user", u.ID, "gone", standing.Gone)
		}
		return provedUser{after, err}, nil
	})
	if err != nil {
		return u, ctx.Err()
	}
	return proved.User, proved.failed
}

// provedUser is a person with what they may do now; failed is what went wrong on our own side.
type provedUser struct {
	auth.User
	failed error
}
