package actions

import (
	"context"
	"fmt"
	"time"

	"caracal/fault"
	"caracal/form"
	"caracal/workflow"
)

// Inverse says how what an action did is taken back: None, or Look and Back.
type Inverse struct {
	// None says in one sentence why it can't be taken back.
	None string
	// Look reads what the action is about to replace, as facts that name the same thing by the same key as those of
	// every other action. It changes nothing.
	Look func(ctx context.Context, c *Call) ([]workflow.Fact, error)
	// Told says that nothing needs to be read before the action, since its own answer tells what was there: it makes
	// something new, or fails.
	Told bool
	// Back says how a call is taken back. It asks nobody.
	Back func(d Done) workflow.Way
}

// Done is a call that was made, with what is stored of it.
type Done struct {
	In      form.Values
	Before  []workflow.Fact // what Look found
	Out     workflow.Output // nil: it is not known
	Title   string
	Started time.Time
}

// step makes a step that takes the call back.
func (d Done) step(action string, fields map[string]string) workflow.Step {
	s := workflow.Step{Title: "Take back: " + d.Title, Action: action, Fields: map[string]string{}}
	for name, value := range fields {
		s.Fields[name] = workflow.Literal(value)
	}
	return s
}

// changed says what the call made of what it found.
func (d Done) changed(left []workflow.Fact) workflow.Way {
	w := workflow.Way{}
	for _, f := range left {
		was, known := workflow.ValueOf(d.Before, f.Key)
		if !known || workflow.SameValue(was, f.Value) {
			continue
		}
		w.Left = append(w.Left, f)
		w.Changed = append(w.Changed, workflow.Difference{Key: f.Key, Label: f.Label, Before: was, After: f.Value})
	}
	if len(w.Changed) == 0 {
		w.Nothing = soBefore
	}
	return w
}

// back is changed with the steps that take it back; they are left out where there is nothing to take back.
func (d Done) back(left []workflow.Fact, steps ...workflow.Step) workflow.Way {
	w := d.changed(left)
	if w.Nothing == "" {
		w.Steps = steps
	}
	return w
}

const soBefore = "It was so before this step, so there is nothing to take back."

func noWay(format string, args ...any) workflow.Way {
	return workflow.Way{None: fmt.Sprintf(format, args...)}
}

// hiddenValue stands where a secret was not stored with a step.
const hiddenValue = "[hidden]"

// Inverter says how steps of these actions, and of the operations, are taken back.
func (s *Set) Inverter() workflow.Inverter {
	return func(step workflow.RunStep) workflow.Way {
		a, ok := s.find(step.Action)
		switch {
		case !ok:
			return noWay("This version of Caracal does not know what this step did.")
		case a.Effect == workflow.Reads:
			return workflow.Way{Nothing: "It only read."}
		case a.Undo.Back == nil:
			return noWay("%s", a.Undo.None)
		}
		for _, value := range step.Input {
			if value == hiddenValue {
				return noWay("A value of this step was secret and was not kept, so what it changed is not known.")
			}
		}
		in, err := a.values(step.Input)
		if err != nil {
			return noWay("What this step sent can't be read any more: %s", fault.Message(err))
		}
		d := Done{In: in, Out: step.Output, Title: step.Title, Started: step.StartedAt}
		if !a.Undo.Told {
			switch {
			case step.Before == nil:
				return noWay("What was there before this step was not kept: it is of a time when Caracal did not do that yet.")
			case step.Before.Unknown != "":
				return noWay("What was there before this step is not known. %s", step.Before.Unknown)
			}
			d.Before = step.Before.Facts
		} else if step.State != workflow.StepDone || len(step.Output) == 0 {
			return noWay("What this step made is not known; look in Okta whether it is there.")
		}
		return a.Undo.Back(d)
	}
}

// before reads what a call is about to replace.
func (s *Set) before(ctx context.Context, open opener, call workflow.Call) (workflow.Looked, error) {
	a, ok := s.find(call.Action)
	if !ok || a.Effect == workflow.Reads || a.Undo.Look == nil || !call.Undo && (a.Undo.Told || a.Undo.Back == nil) {
		return workflow.Looked{}, nil
	}
	a, c, err := s.prepare(ctx, open, call)
	if fault.Is(err, fault.Busy) {
		return workflow.Looked{}, err
	}
	if err != nil {
		return workflow.Looked{}, nil //nolint:nilerr // Do refuses in the same words, and the step with it
	}
	c.seen = &seen{}
	facts, err := a.Undo.Look(ctx, c)
	if fault.Is(err, fault.Busy) {
		return workflow.Looked{}, err
	}
	if err != nil {
		return workflow.Looked{Prior: &workflow.Prior{Unknown: "It could not be read: " + fault.Message(err), Gone: gone(err)}}, nil
	}
	return workflow.Looked{Prior: &workflow.Prior{Facts: facts}, Seen: c.seen}, nil
}

// seen is what a look right before a call read, so that the call need not read it again. The zero value holds
// nothing.
type seen struct {
	group    *group
	members  map[string]user
	appUser  *appUser
	noUser   error // that there is no assignment of a user
	appGroup bool  // there is an assignment of a group
	roles    []assignedRole
}
