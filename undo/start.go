package undo

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"caracal/auth"
	"caracal/db"
	"caracal/engine"
	"caracal/fault"
	"caracal/workflow"
)

// Request starts an undo of what is ticked in a plan.
type Request struct {
	Plan   Plan
	By     auth.User
	Once   string // from the form: the same twice starts one run
	Key    db.StartKey
	Via    string
	Behind string
	Actor  auth.User // of the audit line; By when zero
}

// Start stores the run that takes back what is ticked. That somebody else takes the same back is a conflict.
func (s *Service) Start(ctx context.Context, r Request) (db.StartedRun, error) {
	if len(r.Plan.Ticked()) == 0 {
		return db.StartedRun{}, fault.New(fault.Invalid, "Tick at least one change to take back.")
	}
	b := &builder{}
	top := b.run(r.Plan.Top)
	return s.Engine.StartUndo(ctx, engine.UndoRequest{Of: r.Plan.Top.Run, Steps: top.Run.Steps, Within: top.Within, By: r.By, Once: r.Once, Key: r.Key,
		Via: r.Via, Behind: r.Behind, Actor: r.Actor})
}

// goOn lets an undo go on past a step that fails: one person whose account is gone must not keep four thousand others from
// coming back. The guards keep what stands on it as it is.
var goOn = workflow.Control{OnError: workflow.GoOn}

// builder makes the steps of an undo.
type builder struct{ n int }

// run makes the run that takes back what is ticked of a run.
func (b *builder) run(of *Run) db.UndoRun {
	out := db.UndoRun{Run: workflow.Run{Name: workflow.UndoName(of.Run.Name), Undoes: of.Run.ID}, Within: map[int][]db.UndoRun{}}
	at := map[int]*Entry{}
	for _, e := range of.Entries {
		at[e.Step.Index] = e
	}
	for _, index := range of.order {
		if e := at[index]; e != nil {
			if e.Ticked {
				out.Run.Steps = append(out.Run.Steps, b.steps(e)...)
			}
			continue
		}
		var within []db.UndoRun
		for _, w := range of.Within[index] {
			inner := b.run(w)
			if len(inner.Run.Steps) == 0 {
				continue
			}
			if w.Run.ItemNo > 0 { // the newest is the first to go
				inner.Run.ItemNo, inner.Run.Item = len(within)+1, w.Run.Item
			}
			within = append(within, inner)
		}
		if len(within) > 0 {
			out.Within[len(out.Run.Steps)] = within
			step := workflow.RunStep{StepID: b.id(), Title: "Take back: " + stepTitle(of.Run, index), Action: workflow.FlowUndo, Control: goOn}
			if oneByOne(of.Within[index]) {
				step.Fields = map[string]string{workflow.UndoAtOnce: "1"}
			}
			out.Run.Steps = append(out.Run.Steps, step)
		}
	}
	return out
}

func (b *builder) id() string {
	b.n++
	return fmt.Sprintf("undo_%d", b.n)
}

func (b *builder) steps(e *Entry) []workflow.RunStep {
	var out []workflow.RunStep
	for i, s := range e.way.Steps {
		back := &workflow.Undoing{RunID: e.Step.RunID, Step: e.Step.Index, Part: e.first + i}
		if i == 0 {
			back.Guard = e.guard
		} else if back.Guard.Anew = e.guard.Anew; len(e.way.Anew) > 0 { // what the parts before it made
			back.Guard.Anew = append(slices.Clone(e.guard.Anew), e.anew())
		}
		out = append(out, workflow.RunStep{StepID: b.id(), Title: s.Title, Action: s.Action, Fields: s.Fields, Control: goOn, Undoes: back})
	}
	return out
}

func stepTitle(r workflow.Run, index int) string {
	for _, s := range r.Steps {
		if s.Index == index {
			return s.Title
		}
	}
	return r.Name
}

// MaxRehearsed is how many steps of an undo can be rehearsed at once: as many as a rehearsal may have rows. The twin and
// its plan take about 13 KB of memory for each.
const MaxRehearsed = 10_000

// Definition returns what is ticked as one list of steps, for a rehearsal. A fault says that it is none or too long for one.
func (p Plan) Definition() (workflow.Definition, error) {
	b := &builder{}
	d := workflow.Definition{Name: workflow.UndoName(p.Top.Run.Name), ApplicationID: p.Top.Run.ApplicationID}
	made := map[string]string{} // what steps give, by the id that it had
	for _, e := range p.Ticked() {
		for _, s := range e.way.Steps {
			s.ID, s.Control, s.Fields = b.id(), goOn, inPlace(s.Fields, made)
			if was := s.Fields[workflow.OutputWas]; was != "" && strings.HasPrefix(s.Action, workflow.AnewPrefix) && slices.Contains(e.way.Anew, was) {
				made[was] = "{{ steps." + s.ID + ".output." + workflow.OutputAnew + " }}"
			}
			d.Steps = append(d.Steps, s)
		}
	}
	switch n := len(d.Steps); {
	case n == 0:
		return d, fault.New(fault.Invalid, "There is nothing to rehearse: no change is to be taken back.")
	case n > MaxRehearsed:
		return d, fault.New(fault.Invalid, "This undo has %s, and at most %s are rehearsed at once; choose fewer changes, or take it back without a rehearsal: each step compares before it acts.", workflow.CountOf(n, "step"), workflow.Thousands(MaxRehearsed))
	}
	return d, nil
}
