package trigger

import (
	"slices"
	"time"

	"caracal/auth"
	"caracal/fault"
)

// Token lets a program start and read runs in the name of a person. Its text is shown once; only its hash is stored.
type Token struct {
	ID        string
	Name      string
	PersonID  string   // in whose name
	Workflows []string // ids; empty is every workflow that the person may run
	ExpiresAt time.Time
	CreatedAt time.Time
	CreatedBy string
	UsedAt    time.Time
	RevokedAt time.Time
}

// LongestToken is how long a token may live.
const LongestToken = 366 * 24 * time.Hour

// Usable says why a token can't be used, or nil.
func (t Token) Usable(now time.Time) error {
	switch {
	case !t.RevokedAt.IsZero():
		return fault.New(fault.Forbidden, "This token was revoked; ask a builder or an admin for a new one.")
	case !now.Before(t.ExpiresAt):
		return fault.New(fault.Forbidden, "This token ended on %s; ask a builder or an admin for a new one.", t.ExpiresAt.UTC().Format("2 January 2006"))
	}
	return nil
}

// Covers reports whether the token is good for a workflow.
func (t Token) Covers(workflowID string) bool {
	return len(t.Workflows) == 0 || slices.Contains(t.Workflows, workflowID)
}

// MayGive says whether somebody may make a token in the name of a person: for themselves who builds, and for anybody
// whose roles are no more than theirs.
func MayGive(maker, person auth.User) bool {
	if !maker.May(auth.WorkflowEdit) || !person.May(auth.WorkflowRun) {
		return false
	}
	for _, p := range auth.Permissions {
		if person.May(p) && !maker.May(p) {
			return false
		}
	}
	return true
}
