package views

import (
	"slices"
	"time"

	"caracal/workflow"
)

// ApprovalsProps lists what waits for somebody's yes or no.
type ApprovalsProps struct {
	Shell  Shell
	Now    time.Time
	Mine   []Question // may be decided by the person who looks
	Others []Question
}

// Question is one approval that is open.
type Question struct {
	Run      workflow.Run
	Step     workflow.RunStep
	By       string // who started the run
	Deciders string // whom it is put to, in words
	NotMine  string // why the person who looks can't decide it, or ""
	Plan     RunPlanProps
}

// Question returns the approval that the run waits for, if it does.
func (p RunLiveProps) Question() (workflow.RunStep, bool) {
	if p.Run.State.Ended() {
		return workflow.RunStep{}, false
	}
	i := slices.IndexFunc(p.Run.Steps, func(s workflow.RunStep) bool {
		return s.Action == workflow.FlowApproval && s.State == workflow.StepWaiting
	})
	if i < 0 {
		return workflow.RunStep{}, false
	}
	return p.Run.Steps[i], true
}

func (p RunLiveProps) question(s workflow.RunStep) Question {
	return Question{Run: p.Run, Step: s, By: p.By, Deciders: p.Deciders, NotMine: p.NotMine}
}
