package org

import "time"

// Verdict is the answer to one question of a health check.
type Verdict string

// The verdicts. Neutral ones are no error: a healthy org with the default scopes shows them.
const (
	Pass       Verdict = "pass"
	Fail       Verdict = "fail"
	Warn       Verdict = "warn"       // 200 but empty: the role sees nothing
	Unprovable Verdict = "unprovable" // neutral: not provable without a change
	Skipped    Verdict = "skipped"    // neutral: an earlier question failed, or nothing to ask
)

// Bad reports whether the verdict makes a check red.
func (v Verdict) Bad() bool { return v == Fail }

// Answer is a verdict with its reason and what to do.
type Answer struct {
	Verdict Verdict `json:"verdict"`
	Because string  `json:"because"` // one plain sentence
}

// Check is the proof of one scope: three questions answered apart, and a fourth for what is visible.
type Check struct {
	Scope     Scope         `json:"scope"`
	Granted   Answer        `json:"granted"`
	Reachable Answer        `json:"reachable"`
	Role      Answer        `json:"role"`
	Visible   Answer        `json:"visible"`
	Verdict   Verdict       `json:"verdict"` // the worst of the above
	Summary   string        `json:"summary"` // one plain sentence
	Mend      string        `json:"mend"`    // the exact console path and click that mends it, or ""
	Probe     string        `json:"probe"`   // method and path that was called, or ""
	Status    int           `json:"status"`  // HTTP status of the probe, or 0
	Request   string        `json:"request"` // Okta's request id
	Took      time.Duration `json:"took_ns"`
	At        time.Time     `json:"at"`
}

// Headroom is what the last answer said of one rate-limit bucket.
type Headroom struct {
	Bucket    string    `json:"bucket"`
	Limit     int       `json:"limit"`
	Remaining int       `json:"remaining"`
	Kept      int       `json:"kept"` // calls of Limit that Caracal leaves free for sign-ins and others
	Reset     time.Time `json:"reset"`
	At        time.Time `json:"at"`
}

// Crowding is how many calls to an org may be under way from one process. Okta refuses what is too many at once, by
// whoever, and does not say how many are too many; so the process finds out.
type Crowding struct {
	Most    int       // at the moment
	Usual   int       // when nothing is refused
	Refused int       // since the process began
	At      time.Time // when Most was last cut down; zero is never
}

// CheckRun is one press of "Run health checks" (or one `caracal health`).
type CheckRun struct {
	ID            string     `json:"id"`
	ApplicationID string     `json:"application_id"`
	StartedAt     time.Time  `json:"started_at"`
	EndedAt       time.Time  `json:"ended_at"` // zero while it goes on
	By            string     `json:"by"`
	Deep          bool       `json:"deep"`
	Error         string     `json:"error"`             // no token at all, domain unreachable, …: a sentence
	Refused       bool       `json:"refused,omitempty"` // Okta answered, and gave no token
	Mend          string     `json:"mend"`
	Checks        []Check    `json:"checks"`
	Headroom      []Headroom `json:"headroom"`
}

// Verdict returns the worst verdict of the run; a run that could not start has failed.
func (r CheckRun) Verdict() Verdict {
	if r.Error != "" {
		return Fail
	}
	worst := Pass
	for _, c := range r.Checks {
		switch {
		case c.Verdict == Fail:
			return Fail
		case c.Verdict == Warn:
			worst = Warn
		}
	}
	return worst
}
