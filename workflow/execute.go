package workflow

import (
	"context"
	"time"

	"caracal/org"
)

// Call asks for one step to be carried out against an org.
type Call struct {
	RunID         string
	StepIndex     int
	ApplicationID string
	Action        string            // ActionSpec.ID
	Input         map[string]string // resolved: no expressions left
	Attempt       int               // 1 for the first
	StartedAt     time.Time         // of the first attempt, before anything was sent
	Undo          bool              // it takes another step back
	Seen          any               // what Before read for this very call, if it did
	Urgency       org.Urgency       // of its run

	// For Find alone: what was there before the step, and the requests by which it changed something as far as its
	// answers told. Claim reports whether a request that the System Log shows can be this step's: one that another step
	// sent, or took, is not. With take no other step may take it any more. nil says yes to each.
	Before   []Fact
	Requests []string
	Claim    func(ctx context.Context, request string, take bool) (mine bool, err error)
}

// Result is what carrying out a step gave.
type Result struct {
	Output  Output
	Request string // X-Okta-Request-Id of the last call
	Changes []SentChange
}

// Finding answers whether an uncertain step's change happened.
type Finding struct {
	Known  bool   // false: it can't be told; a person must decide
	Done   bool   // the change is there
	Output Output // when Done
	Words  string // one sentence: what was looked for and found

	Blind    bool       // Done, and what it gave is not known any more
	Late     bool       // not Known, and the System Log may yet show it
	Evidence *Evidence  // what was looked at
	Change   SentChange // the request that did it, as the System Log has it
}

// Executor carries out steps. The engine calls it; actions implement it; cmd wires them together.
//
// Do returns a fault: Uncertain when a change was sent and nothing is known of its effect; Busy with RetryAt
// when Okta's limit (then with Bucket), a pause or an unreachable org asks to wait and nothing was changed; any other kind is
// final for the step, and the Result then holds the changes that were made before it. Find looks for the effect
// of a call that was started and never ended. Before reads what a call is about to replace, and changes nothing; its
// only fault is Busy. It is asked once for each step, before the first attempt; nil stands for actions that keep
// nothing. Events reads what the org's System Log says of some changes; those that it does not show yet are missing.
// It may be nil, and then nothing is linked to the log.
type Executor struct {
	Do     func(ctx context.Context, call Call) (Result, error)
	Find   func(ctx context.Context, call Call) (Finding, error)
	Before func(ctx context.Context, call Call) (Looked, error)
	Events func(ctx context.Context, applicationID string, changes []SentChange) ([]LogEvent, error)
}
