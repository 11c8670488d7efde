package workflow

import "slices"

// runMoves are the legal changes of a run's state. A state that is not a key has ended.
var runMoves = map[RunState][]RunState{
	RunQueued:  {RunRunning, RunWaiting, RunAsking, RunSucceeded, RunFailed, RunCancelled},
	RunRunning: {RunQueued, RunWaiting, RunAsking, RunSucceeded, RunFailed, RunCancelled},
	RunWaiting: {RunQueued, RunRunning, RunAsking, RunSucceeded, RunFailed, RunCancelled},
	RunAsking:  {RunQueued, RunRunning, RunWaiting, RunFailed, RunCancelled},
}

// stepMoves are the legal changes of a step's state. Started goes back to pending only when it is certain
// that nothing was sent, and to waiting when Okta refused it and it is to be tried again. Only a step of the
// flow itself, which calls nothing, goes from pending to done.
var stepMoves = map[StepState][]StepState{
	StepPending:   {StepStarted, StepWaiting, StepDone, StepFailed, StepSkipped},
	StepWaiting:   {StepStarted, StepDone, StepFailed, StepSkipped},
	StepStarted:   {StepPending, StepWaiting, StepDone, StepFailed, StepUncertain},
	StepUncertain: {StepPending, StepStarted, StepDone, StepFailed, StepSkipped},
}

// RunStates lists every state of a run, in the order that filters show them.
var RunStates = []RunState{RunQueued, RunRunning, RunWaiting, RunAsking, RunSucceeded, RunFailed, RunCancelled}

// StepStates lists every state of a step.
var StepStates = []StepState{StepPending, StepWaiting, StepStarted, StepDone, StepFailed, StepUncertain, StepSkipped}

// CanMove reports whether a run may go from this state to another. Nothing leaves an ended state.
func (s RunState) CanMove(to RunState) bool { return slices.Contains(runMoves[s], to) }

// CanMove reports whether a step may go from this state to another.
func (s StepState) CanMove(to StepState) bool { return slices.Contains(stepMoves[s], to) }

// Valid reports whether s is one of the states.
func (s RunState) Valid() bool { return slices.Contains(RunStates, s) }

// Title returns the state's name for a page.
func (s RunState) Title() string {
	return map[RunState]string{RunQueued: "Queued", RunRunning: "Running", RunWaiting: "Waiting", RunAsking: "Needs a decision",
		RunSucceeded: "Succeeded", RunFailed: "Failed", RunCancelled: "Cancelled"}[s]
}

// Title returns the state's name for a page.
func (s StepState) Title() string {
	return map[StepState]string{StepPending: "Not started", StepWaiting: "Waiting", StepStarted: "Running", StepDone: "Done", StepFailed: "Failed",
		StepUncertain: "Uncertain", StepSkipped: "Skipped"}[s]
}
