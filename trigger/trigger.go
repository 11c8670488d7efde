// Package trigger says what starts runs by itself or from outside: schedules, webhooks, the events of an org and the
// API, with the guard rails of each. It does no I/O and has no clock: times and bodies are given to it.
package trigger

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"caracal/auth"
	"caracal/fault"
)

// Kind is what makes a trigger start a run.
type Kind string

// The kinds. Form, CSV and API are there once for each workflow, whether or not anything is stored about them: what
// is stored are their guard rails.
const (
	Form      Kind = "form" // a person, by the run form
	CSV       Kind = "csv"  // a person or a program, by the rows of a file
	API       Kind = "api"  // a program or the command line, with a token
	Schedule  Kind = "schedule"
	Webhook   Kind = "webhook"
	OrgEvents Kind = "event" // what happens in the org, by an event hook or from its System Log
)

// BuiltIn reports whether every workflow has exactly one trigger of the kind.
func (k Kind) BuiltIn() bool { return k == Form || k == CSV || k == API }

// Title returns what pages call the kind.
func (k Kind) Title() string {
	return map[Kind]string{Form: "A person, by the form", CSV: "Rows of a CSV", API: "API and command line", Schedule: "Schedule", Webhook: "Webhook", OrgEvents: "Okta event"}[k]
}

// MaxName is how many characters a trigger's name may have.
const MaxName = 80

// Trigger is one way in which runs of a workflow are started.
type Trigger struct {
	ID         string
	WorkflowID string
	Kind       Kind
	Name       string
	Paused     bool
	Config
	Revision  int64 // compare-and-set
	CreatedAt time.Time
	CreatedBy string
	UpdatedAt time.Time
	UpdatedBy string

	CreatedThrough auth.Through // the token by which it was made; zero on a page
	UpdatedThrough auth.Through // the token by which it was changed last; zero on a page

	ApplicationID string // of one that listens to events: whose

	DueAt    time.Time // of a schedule: the next time; zero is never
	Address  string    // of a webhook: the last part of its URL
	SecretAt time.Time // of a webhook: when its secret was made; zero is never
	OldAt    time.Time // of a webhook: when the secret was made that SecretAt's replaced
	OldUntil time.Time // of a webhook: until when that one is good as well; zero is no longer
	Last     Event     // the newest; zero when there was none
}

// Config is what a person sets. It is stored as JSON.
type Config struct {
	Inputs   map[string]string `json:"inputs,omitempty"` // of a schedule: fixed values by the workflow's input
	Names    map[string]string `json:"names,omitempty"`  // what the objects picked in Inputs were called, by id
	Schedule Timetable         `json:"schedule,omitzero"`
	Webhook  Receiver          `json:"webhook,omitzero"`
	Rows     Rows              `json:"rows,omitzero"`
	Event    Listener          `json:"event,omitzero"`
	Guards   Guards            `json:"guards,omitzero"`
}

// Rows is how a workflow may be run for the rows of a CSV.
type Rows struct {
	Runners bool `json:"runners,omitempty"` // by everybody who may run it, and not by builders and admins alone
	AtOnce  int  `json:"at_once,omitempty"` // the most rows that may be under way; 0 is no limit of its own
}

// Label returns the trigger's name, or that of its kind.
func (t Trigger) Label() string {
	if t.Name != "" {
		return t.Name
	}
	return t.Kind.Title()
}

// Via says what started a run, as its page shows it for good: the trigger may be renamed or deleted later.
func (t Trigger) Via() string {
	switch t.Kind {
	case Schedule:
		return "schedule “" + t.Label() + "”"
	case Webhook:
		return "webhook “" + t.Label() + "”"
	case OrgEvents:
		return "Okta event “" + t.Label() + "”"
	case API:
		return "the API"
	}
	return ""
}

// Behind returns the ids, between spaces, of who stands behind a run that the trigger starts besides its maker, and so
// can't approve what it asks: who changed it last, and who made the tokens by which it was made or changed.
func (t Trigger) Behind() string {
	var ids []string
	for _, id := range []string{t.UpdatedBy, t.CreatedThrough.MadeBy, t.UpdatedThrough.MadeBy} {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return strings.Join(ids, " ")
}

// CheckName says what is wrong with a name, or nil.
func CheckName(name string) error {
	switch {
	case name == "":
		return fault.In("name", "Enter a name, such as Every night.")
	case utf8.RuneCountInString(name) > MaxName:
		return fault.In("name", "The name has more than %d characters; shorten it.", MaxName)
	}
	return nil
}

// Outcome says what came of an event.
type Outcome string

// The outcomes.
const (
	Started  Outcome = "started"
	Waits    Outcome = "waits"    // a run is there, and begins later
	Refused  Outcome = "refused"  // no run: something was wrong, or a guard rail
	Skipped  Outcome = "skipped"  // no run: it was missed, and the trigger says not to catch up
	Repeated Outcome = "repeated" // the run of an earlier event was named again
	Passed   Outcome = "passed"   // no run: the event does not fit the trigger's conditions
)

// Event is one occasion on which a trigger could have started a run: a due time, or a delivery.
type Event struct {
	ID        string
	TriggerID string
	At        time.Time
	DueAt     time.Time // of a schedule
	Outcome   Outcome
	Words     string // sentence, unless a run was started
	RunID     string
	Known     bool      // the sender proved to know the secret
	Status    int       // of a delivery: what was answered
	Body      string    // of a delivery of a known sender
	Type      string    // of the body
	From      string    // address of the sender
	SecretAt  time.Time // when the secret was made by which the sender proved itself
}

// KeptEvents is how many events of known senders a trigger keeps, and KeptUnknown how many of others, so that a
// stranger who found the URL can't push the rest out.
// KeptPassed is the same for events that did not fit.
const (
	KeptEvents  = 20
	KeptUnknown = 5
	KeptPassed  = 5
)
