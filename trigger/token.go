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
	PersonID  string      // in whose name
	Workflows []string    // ids; empty is every workflow that the person may run
	Roles     []auth.Role // of the person when it was made: it never does more
	Changes   bool        // may change workflows and triggers, as far as the roles allow it
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

// In says what a token may do now: what both its own roles and those that its person has today allow. Where that is nothing,
// or nobody has proved the person's roles for longer than lasts, it is a fault that says what to do. Zero is without end.
func (t Token) In(person auth.User, lasts time.Duration, now time.Time) (auth.User, error) {
	person.Roles = auth.Within(person.Roles, t.Roles)
	person.Through = auth.Through{ID: t.ID, Name: t.Name, MadeBy: t.CreatedBy}
	switch {
	case len(person.Roles) == 0:
		return person, fault.New(fault.Forbidden, "The person in whose name this token works has none of the roles any more that they had when it was made; ask an admin for a new one.")
	case lasts > 0 && now.Sub(person.ProvedAt()) > lasts:
		return person, fault.New(fault.Forbidden, "The person in whose name this token works has not signed in since %s; once they have, it works again.", person.ProvedAt().UTC().Format("2 January 2006"))
	}
	return person, nil
}

// MayChange says why a token may not change workflows and triggers, or nil. What its person's roles say comes besides.
func (t Token) MayChange() error {
	if t.Changes {
		return nil
	}
	return fault.New(fault.Forbidden, "This token may not change workflows and triggers; make one under API tokens that may.")
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
