package workflow

import (
	"slices"
	"time"

	"caracal/org"
)

// LogScope is the OAuth scope without which the System Log can't be read.
const LogScope org.Scope = "okta.logs.read"

// SentChange is one request that changed something in the org, or may have.
type SentChange struct {
	Request string    // X-Okta-Request-Id
	At      time.Time // when its answer was there, by our clock
}

// LogEvent is one entry of the org's System Log, as far as a run keeps it.
type LogEvent struct {
	Request   string      `json:"request"` // debugContext.debugData.requestId
	UUID      string      `json:"uuid"`
	Published time.Time   `json:"published"`
	Type      string      `json:"type"`    // user.lifecycle.suspend
	Message   string      `json:"message"` // "Suspend Okta user"
	Outcome   string      `json:"outcome"` // SUCCESS, FAILURE, …
	Reason    string      `json:"reason,omitempty"`
	Actor     string      `json:"actor,omitempty"` // who did it, by name
	Targets   []LogTarget `json:"targets,omitempty"`
}

// Nameless returns the event without what people or workflows may have written into it.
func (e LogEvent) Nameless() LogEvent {
	e.Reason, e.Targets = "", slices.Clone(e.Targets)
	for i := range e.Targets {
		e.Targets[i].Name = ""
	}
	return e
}

// LogTarget is an object that an event is about.
type LogTarget struct {
	ID   string `json:"id"`
	Type string `json:"type"` // User, UserGroup, AppInstance, …
	Name string `json:"name"`
}

// StepLog is what is known of a step's entries in the System Log.
type StepLog struct {
	Events  []LogEvent // in order
	Awaited int        // requests whose events the log has not shown yet
	NextAt  time.Time  // when the log is looked at again, while any is awaited
	Silent  int        // requests of which the log showed nothing for so long that it was given up
}

// LogPatience are the pauses after which the log is looked at for a change, the first counted from the change
// itself: about eight hours in all. Okta calls the log "near real-time" and says that some events may be delayed, rarely,
// without a bound ("System Log query", Bounded requests); some changes, such as adding a member who is one already, are
// never logged.
var LogPatience = []time.Duration{3 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute,
	5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour}

// LogMemory is how long after a change the log is still read when it could not be read before: the scope was
// missing, the application paused, the org not reached.
const LogMemory = 24 * time.Hour
