package engine

import (
	"maps"
	"slices"

	"caracal/fault"
	"caracal/form"
	"caracal/workflow"
)

// hidden stands where a secret is not stored.
const hidden = workflow.Hidden

// recall takes up the output of a step that an earlier burst did. Its secret parts are gone: they live only
// within the burst that received them.
func (w *walk) recall(s workflow.RunStep) {
	if s.State != workflow.StepDone {
		w.outputs[s.StepID] = workflow.Output{} // skipped or passed over: what it would have given has no value
		return
	}
	if s.Output == nil {
		return // a person said that it was done; what it gave is not known
	}
	output := maps.Clone(s.Output)
	secret := w.secretOutputs(s.Action)
	for name, value := range output {
		if slices.Contains(secret, name) || workflow.HoldsHidden(value) {
			delete(output, name)
			if w.lost[s.StepID] == nil {
				w.lost[s.StepID] = map[string]bool{}
			}
			w.lost[s.StepID][name] = true
		}
	}
	w.outputs[s.StepID] = output
}

// resolve returns the step's input for its call and leaves in s what may be stored of it. A step that is
// repeated gets the input it had, so that the repeat is of the same thing.
func (w *walk) resolve(s *workflow.RunStep) (map[string]string, error) {
	if s.Attempts > 0 && s.Input != nil && !slices.Contains(slices.Collect(maps.Values(s.Input)), hidden) {
		return s.Input, nil
	}
	secret := map[string]bool{}
	for name, text := range s.Fields {
		t, err := workflow.ParseTemplate(text)
		if err != nil {
			continue // ResolveStep says it better
		}
		secret[name] = t.Secret()
		for _, ref := range t.References() {
			if ref.Step == "" {
				continue
			}
			if err := w.available(ref); err != nil {
				return nil, err
			}
			secret[name] = secret[name] || slices.Contains(w.secretOutputs(w.action(ref.Step)), ref.Output)
		}
	}
	step := workflow.Step{ID: s.StepID, Title: s.Title, Action: s.Action, Fields: maps.Clone(s.Fields)}
	if s.Action == workflow.FlowStopUnless {
		delete(step.Fields, "condition") // is looked at for what it is, and not for its text
	}
	input, err := workflow.ResolveStep(step, w.scope())
	if err != nil {
		return nil, err
	}
	if spec, ok := w.e.spec(s.Action); ok {
		for _, f := range spec.Fields {
			secret[f.Name] = secret[f.Name] || f.Kind == form.Hidden
		}
	}
	s.Input = maps.Clone(input)
	for name := range s.Input {
		if secret[name] && s.Input[name] != "" {
			w.keepQuiet(s.Input[name])
			s.Input[name] = hidden
		}
	}
	return input, nil
}

// available refuses a reference to a value that an earlier step gave and that is not known any more.
func (w *walk) available(ref workflow.Reference) error {
	title := ref.Step
	if s, ok := w.step(ref.Step); ok {
		title = s.Title
	}
	if w.lost[ref.Step][ref.Output] {
		return fault.New(fault.Invalid, "The secret value %q of the step %q was kept only in memory while the run moved, and the run had to stop in between; start a new run.", ref.Output, title)
	}
	if _, known := w.outputs[ref.Step]; !known {
		return fault.New(fault.Invalid, "This step needs %q of the step %q, which a person marked as done, so its result is not known; do the rest in Okta, or start a new run.", ref.Output, title)
	}
	return nil
}

func (w *walk) action(stepID string) string {
	s, _ := w.step(stepID)
	return s.Action
}

// step returns a step of the run, or one around it.
func (w *walk) step(id string) (workflow.RunStep, bool) {
	for _, steps := range [][]workflow.RunStep{w.run.Steps, w.above} {
		if i := slices.IndexFunc(steps, func(s workflow.RunStep) bool { return s.StepID == id }); i >= 0 {
			return steps[i], true
		}
	}
	return workflow.RunStep{}, false
}

func (w *walk) secretOutputs(action string) (names []string) {
	spec, _ := w.e.spec(action)
	for _, o := range spec.Outputs {
		if o.Secret {
			names = append(names, o.Name)
		}
	}
	return names
}

// hide returns the output as it may be stored.
func (w *walk) hide(s *workflow.RunStep, output workflow.Output) workflow.Output {
	stored := maps.Clone(output)
	for _, name := range w.secretOutputs(s.Action) {
		if _, there := stored[name]; there {
			stored[name] = hidden
		}
	}
	return stored
}
