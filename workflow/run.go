package workflow

import (
	"slices"
	"strings"
	"time"

	"caracal/auth"
	"caracal/org"
)

// RunState is where a run is. Legal changes are in run_states.go.
type RunState string

// The states of a run.
const (
	RunQueued    RunState = "queued"
	RunRunning   RunState = "running"
	RunWaiting   RunState = "waiting" // for Okta's limit, a paused application, …: WaitReason says
	RunAsking    RunState = "asking"  // an uncertain step needs a person
	RunSucceeded RunState = "succeeded"
	RunFailed    RunState = "failed"
	RunCancelled RunState = "cancelled"
)

// Ended reports whether the run will not move again.
func (s RunState) Ended() bool { return s == RunSucceeded || s == RunFailed || s == RunCancelled }

// StepState is where a step of a run is.
type StepState string

// The states of a step. Started and not done after a crash means uncertain.
const (
	StepPending   StepState = "pending"
	StepWaiting   StepState = "waiting" // for a time or a person, with nothing under way
	StepStarted   StepState = "started"
	StepDone      StepState = "done"
	StepFailed    StepState = "failed"
	StepUncertain StepState = "uncertain"
	StepSkipped   StepState = "skipped"
)

// Run is one execution of a version.
type Run struct {
	ID            string
	WorkflowID    string
	Version       int
	ApplicationID string
	Name          string // of the workflow at that version
	State         RunState
	Input         map[string]string
	StartedBy     string // user id
	OnceToken     string // UNIQUE: a double click returns the same run
	Error         string // sentence
	WaitReason    string // sentence, while waiting
	WaitUntil     time.Time
	WaitFor       string // the rate limit it waits for, as okta names buckets; "" when it waits for something else
	CreatedAt     time.Time
	StartedAt     time.Time
	EndedAt       time.Time
	Revision      int64 // grows with every change, for pages that watch
	Urgency       org.Urgency
	Steps         []RunStep

	// A run within another: one item of a for-each, a workflow that was called, or a row of a batch.
	ParentID   string // "" for a run of its own
	ParentStep int    // Index of the step there that waits for it
	ItemNo     int    // counted from 1, of a row as in its file; 0 is a workflow that was called
	Item       any    // of the list, as JSON values
	Kept       any    // what the for-each keeps of it; nil is nothing

	BatchID string // the batch that this run carries out, or a row of which it is; "" for all others

	TriggerID   string    // what started it; "" when nothing is stored about that
	TriggerKind string    // trigger.Kind; "" is the form
	Via         string    // the same in words, for good; "" is the form
	Behind      string    // user ids, between spaces, of who stands behind it besides StartedBy: who made the trigger or the token, who started the run that it continues
	Continues   string    // id of the run that it goes on with; "" is none
	BeginsAt    time.Time // its trigger put it off until then; zero is at once
	MaxChanges  int       // objects that it may change; 0 is no limit
	Changed     int       // objects that its steps were about to change, so far

	Undoes string // the run that this one takes back; "" is none. Its steps are its own, and of no version
}

// MayDecide says why a person may not decide an approval of the run, or "". s is the step that asks.
func (r Run) MayDecide(s RunStep, u auth.User) string {
	if slices.Contains(strings.Fields(r.Behind), u.ID) {
		if r.Continues != "" {
			return "You stand behind this run or the one that it continues, so somebody else has to decide."
		}
		return "You made what started this run, so somebody else has to decide."
	}
	return MayDecide(s, r.StartedBy, u)
}

// Apart returns the ids of the people who may not decide what the run asks: who started it, and who stands behind it.
func (r Run) Apart() []string { return append(strings.Fields(r.Behind), r.StartedBy) }

// IsItem reports whether the run is one item of a for-each.
func (r Run) IsItem() bool { return r.ParentID != "" && r.ItemNo > 0 && r.BatchID == "" }

// IsRow reports whether the run is one row of a batch: a whole run of the workflow, with inputs of its own.
func (r Run) IsRow() bool { return r.ParentID != "" && r.BatchID != "" }

// RunStep is one step of a run.
type RunStep struct {
	RunID     string
	Index     int
	StepID    string
	Title     string
	Action    string
	Fields    map[string]string // as published: expressions not yet resolved
	State     StepState
	Input     map[string]string // resolved, secrets left out
	Output    Output
	Error     string    // sentence
	ErrorCode string    // Okta's
	Finding   string    // how an uncertain step was resolved, or what was found and is asked
	Evidence  *Evidence // what was looked at for that
	Attempts  int
	Request   string       // X-Okta-Request-Id of the last call
	Changes   []SentChange // by the last call; on their way to the database, and never read back with the step
	StartedAt time.Time
	EndedAt   time.Time
	Control   Control   // as published
	Doubt     bool      // it did not end as done, and may have changed something all the same
	TakenFrom string    // id of the run that carried it out, when this one continues that
	Resume    *Resume   // the runs of an earlier one that it goes on with
	DueAt     time.Time // while waiting: when it goes on by itself; zero is never
	Before    *Prior    // what it found before its first call; nil is nothing kept
	Undoes    *Undoing  // what it takes back, in an undo
}
