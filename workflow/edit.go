package workflow

import (
	"maps"
	"slices"

	"caracal/fault"
	"caracal/form"
)

// Clone returns a copy that shares nothing with d.
func (d Definition) Clone() Definition {
	d.Runners = slices.Clone(d.Runners)
	d.Inputs = slices.Clone(d.Inputs)
	for i := range d.Inputs {
		d.Inputs[i].Options = slices.Clone(d.Inputs[i].Options)
	}
	d.Steps = slices.Clone(d.Steps)
	for i := range d.Steps {
		d.Steps[i].Fields = maps.Clone(d.Steps[i].Fields)
		d.Steps[i].Names = maps.Clone(d.Steps[i].Names)
	}
	return d
}

// StepIndex returns the place of a step, or -1.
func (d Definition) StepIndex(id string) int {
	return slices.IndexFunc(d.Steps, func(s Step) bool { return s.ID == id })
}

// InputIndex returns the place of an input, or -1.
func (d Definition) InputIndex(name string) int {
	return slices.IndexFunc(d.Inputs, func(in Input) bool { return in.Name == name })
}

// InputByID returns the place of the input with this ID, or -1.
func (d Definition) InputByID(id string) int {
	return slices.IndexFunc(d.Inputs, func(in Input) bool { return in.ID() == id })
}

// AddStep returns a copy with a new step of an action at a place, counted from 0; past the end means last.
func (d Definition) AddStep(spec ActionSpec, at int) (Definition, string, error) {
	if len(d.Steps) >= MaxSteps {
		return d, "", fault.New(fault.Invalid, "A workflow has at most %d steps; split it in two.", MaxSteps)
	}
	d = d.Clone()
	fields := map[string]string{}
	for _, f := range spec.Fields {
		fields[f.Name] = f.Default
	}
	step := Step{ID: d.freshStepID(spec.ID), Title: spec.Title, Action: spec.ID, Fields: fields}
	at = max(0, min(at, len(d.Steps)))
	d.Steps = slices.Insert(d.Steps, at, step)
	return d, step.ID, nil
}

// DuplicateStep returns a copy in which a step stands twice, the second below the first.
func (d Definition) DuplicateStep(id string) (Definition, string, error) {
	i := d.StepIndex(id)
	if i < 0 {
		return d, "", fault.New(fault.NotFound, "This step is no longer in the draft; it may have been removed.")
	}
	if len(d.Steps) >= MaxSteps {
		return d, "", fault.New(fault.Invalid, "A workflow has at most %d steps; split it in two.", MaxSteps)
	}
	d = d.Clone()
	step := d.Clone().Steps[i]
	step.ID = d.freshStepID(step.Action)
	d.Steps = slices.Insert(d.Steps, i+1, step)
	return d, step.ID, nil
}

// freshStepID makes an id out of the action's: group.create becomes group_create, group_create_2, …
func (d Definition) freshStepID(action string) string {
	return NameFrom(action, "step", func(id string) bool { return d.StepIndex(id) >= 0 })
}

// RemoveStep returns a copy without a step.
func (d Definition) RemoveStep(id string) Definition {
	d = d.Clone()
	d.Steps = slices.DeleteFunc(d.Steps, func(s Step) bool { return s.ID == id })
	return d
}

// MoveStep returns a copy in which a step stands by places later, or earlier when by is negative.
func (d Definition) MoveStep(id string, by int) Definition {
	d = d.Clone()
	move(d.Steps, d.StepIndex(id), by)
	return d
}

// OrderSteps returns a copy with the steps in the order of ids. An id that is no step is ignored, and a step
// that is not named keeps its place after those that are: no list, however wrong, loses a step.
func (d Definition) OrderSteps(ids []string) Definition {
	d = d.Clone()
	slices.SortStableFunc(d.Steps, func(a, b Step) int { return rank(ids, a.ID) - rank(ids, b.ID) })
	return d
}

// AddInput returns a copy with a new input of a kind at the end.
func (d Definition) AddInput(kind form.Kind) (Definition, string, error) {
	if len(d.Inputs) >= MaxInputs {
		return d, "", fault.New(fault.Invalid, "A workflow has at most %d inputs.", MaxInputs)
	}
	if !slices.Contains(InputKinds, kind) {
		kind = form.Text
	}
	d = d.Clone()
	key := NameFrom("", "input", func(key string) bool { return d.InputByID(key) >= 0 || d.InputIndex(key) >= 0 })
	d.Inputs = append(d.Inputs, Input{Key: key, Name: key, Kind: kind, Required: kind != form.YesNo})
	return d, key, nil
}

func (d Definition) freshInputName(label string) string {
	return NameFrom(label, "input", func(name string) bool { return d.InputIndex(name) >= 0 })
}

// RemoveInput returns a copy without an input.
func (d Definition) RemoveInput(id string) Definition {
	d = d.Clone()
	d.Inputs = slices.DeleteFunc(d.Inputs, func(in Input) bool { return in.ID() == id })
	return d
}

// MoveInput returns a copy in which an input stands by places later, or earlier when by is negative.
func (d Definition) MoveInput(id string, by int) Definition {
	d = d.Clone()
	move(d.Inputs, d.InputByID(id), by)
	return d
}

// OrderInputs is OrderSteps for inputs.
func (d Definition) OrderInputs(ids []string) Definition {
	d = d.Clone()
	slices.SortStableFunc(d.Inputs, func(a, b Input) int { return rank(ids, a.ID()) - rank(ids, b.ID()) })
	return d
}

// NameInputs returns a copy in which every input that no step uses yet is named after its label, so that
// people read {{ inputs.first_name }} and never have to invent a name. A name in use stays.
func (d Definition) NameInputs() Definition {
	used := map[string]bool{}
	for _, s := range d.Steps {
		for _, v := range append(slices.Collect(maps.Values(s.Fields)), s.OnlyIf) {
			if t, err := ParseTemplate(v); err == nil {
				for _, r := range t.References() {
					used[r.Input] = true
				}
			}
		}
	}
	d = d.Clone()
	for i, in := range d.Inputs {
		if in.Label == "" || used[in.Name] {
			continue
		}
		d.Inputs[i].Key = in.ID()
		d.Inputs[i].Name = "" // its own name is free for it again
		d.Inputs[i].Name = d.freshInputName(in.Label)
	}
	return d
}

func move[T any](list []T, from, by int) {
	to := max(0, min(from+by, len(list)-1))
	if from < 0 || to == from {
		return
	}
	moved := list[from]
	rest := slices.Delete(slices.Clone(list), from, from+1)
	copy(list, slices.Insert(rest, to, moved))
}

func rank(ids []string, id string) int {
	if i := slices.Index(ids, id); i >= 0 {
		return i
	}
	return len(ids)
}
