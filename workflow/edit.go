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
	for i := range d.Steps { // a page asks often, and a step is large to copy
		if d.Steps[i].ID == id {
			return i
		}
	}
	return -1
}

// InputIndex returns the place of an input, or -1.
func (d Definition) InputIndex(name string) int {
	return slices.IndexFunc(d.Inputs, func(in Input) bool { return in.Name == name })
}

// InputByID returns the place of the input with this ID, or -1.
func (d Definition) InputByID(id string) int {
	return slices.IndexFunc(d.Inputs, func(in Input) bool { return in.ID() == id })
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
