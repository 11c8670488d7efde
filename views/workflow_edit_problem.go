package views

import (
	"strconv"

	"caracal/views/ui"
	"caracal/workflow"
)

// problem returns the first problem of a place.
func (p *BuilderProps) problem(step, input, field string) string {
	for _, q := range p.Problems {
		if q.Step == step && q.Input == input && q.Field == field && q.Scope == "" && !q.Advice {
			return q.Message
		}
	}
	return ""
}

// advice returns what is worth mending about a place, missing scopes aside.
func (p *BuilderProps) advice(field string) string {
	for _, q := range p.Problems {
		if q.Step == "" && q.Input == "" && q.Field == field && q.Advice {
			return q.Message
		}
	}
	return ""
}

// hint returns what is worth mending about a field of a step, or "".
func (p *BuilderProps) hint(step, field string) string {
	for _, q := range p.Problems {
		if q.Step == step && q.Field == field && q.Advice && q.Scope == "" {
			return q.Message
		}
	}
	return ""
}

func (p *BuilderProps) scopes(step string) []workflow.Problem {
	var out []workflow.Problem
	for _, q := range p.Problems {
		if q.Step == step && q.Scope != "" {
			out = append(out, q)
		}
	}
	return out
}

func (p *BuilderProps) blocking() []workflow.Problem { return workflow.Blocking(p.Problems) }

// stepTone says how a step stands in the picture of the flow.
func (p *BuilderProps) stepTone(id string) ui.Tone {
	tone := ui.Neutral
	for _, q := range p.Problems {
		if q.Step != id {
			continue
		}
		if !q.Advice {
			return ui.Bad
		}
		tone = ui.Warn
	}
	return tone
}

// anchor is where a problem can be mended.
func anchor(q workflow.Problem) string {
	switch {
	case q.Step != "" && q.Field != "":
		return "#" + stepFieldID(q.Step, q.Field)
	case q.Step != "":
		return "#step-" + q.Step
	case q.Input != "" && q.Field != "" && q.Field != "name":
		return "#" + inputID(q.Input, q.Field)
	case q.Input != "":
		return "#input-" + q.Input
	case q.Field == "steps" || q.Field == "inputs":
		return "#" + q.Field
	}
	return "#f-" + q.Field
}

// place names a problem's place in words.
func (p *BuilderProps) place(q workflow.Problem) string {
	switch {
	case q.Step != "":
		if i := p.draft().StepIndex(q.Step); i >= 0 {
			return "Step " + p.draft().Number(i) + ": "
		}
	case q.Input != "":
		if i := p.draft().InputByID(q.Input); i >= 0 {
			if label := p.draft().Inputs[i].Label; label != "" {
				return "Input “" + label + "”: "
			}
			return "Input " + strconv.Itoa(i+1) + ": "
		}
	}
	return ""
}

// Place is where the sentence about one field stands, and what it says now: what is wrong, or a Hint.
type Place struct {
	ID, Text string
	Hint     bool
}

// ProblemPlaces returns every place that has a problem now or had one before a save.
func ProblemPlaces(p BuilderProps, before []workflow.Problem) []Place {
	var out []Place
	seen := map[string]bool{}
	for _, q := range append(append([]workflow.Problem{}, p.Problems...), before...) {
		place := Place{ID: placeID(q), Text: p.problem(q.Step, q.Input, q.Field)}
		switch {
		case q.Scope != "" || q.Advice && q.Step == "":
			continue
		case q.Advice:
			place = Place{ID: hintID(q.Step, q.Field), Text: p.hint(q.Step, q.Field), Hint: true}
		}
		if !seen[place.ID] {
			seen[place.ID] = true
			out = append(out, place)
		}
	}
	return out
}

func hintID(step, field string) string { return "a-" + stepFieldID(step, field) }

func placeID(q workflow.Problem) string {
	switch {
	case q.Step != "" && q.Field == "":
		return "p-step-" + q.Step
	case q.Step != "":
		return "p-" + stepFieldID(q.Step, q.Field)
	case q.Input != "":
		return "p-" + inputID(q.Input, q.Field)
	}
	return "p-" + q.Field
}
