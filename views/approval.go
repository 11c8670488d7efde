package views

import (
	"slices"
	"strings"
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
	Names    map[string]string // what objects are called whose ids the question may hold
}

// message is what is asked. An id of somebody or something that was put into it stands behind the name.
func (q Question) message() string {
	var pairs []string
	for id, name := range q.Names {
		if len(id) >= minNamedID && name != "" && name != id {
			pairs = append(pairs, id, name+" ("+id+")")
		}
	}
	return strings.NewReplacer(pairs...).Replace(q.Step.Input["message"])
}

// minNamedID is how long an id is at least that is named within a text: those of Okta have 20 letters, and a shorter one might be a word.
const minNamedID = 16

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
	return Question{Run: p.Run, Step: s, By: p.By, Deciders: p.Deciders, NotMine: p.NotMine, Names: p.Names}
}
