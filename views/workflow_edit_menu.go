package views

import (
	"caracal/form"
	"caracal/workflow"
)

// actionGroup is a heading in the list of actions.
type actionGroup struct {
	Object  string
	Actions []workflow.ActionSpec
}

func groupActions(specs []workflow.ActionSpec) []actionGroup {
	var out []actionGroup
	for _, s := range specs {
		i := len(out) - 1
		for j := range out {
			if out[j].Object == s.Object {
				i = j
				break
			}
			i = -1
		}
		if i < 0 {
			out = append(out, actionGroup{Object: s.Object})
			i = len(out) - 1
		}
		out[i].Actions = append(out[i].Actions, s)
	}
	return out
}

// ActionListProps is the list of actions that a step is added from.
type ActionListProps struct {
	Path     string // of the workflow
	At       string // where the step goes, as workflow.Place writes it
	Query    string
	Actions  []workflow.ActionSpec
	Lacking  map[string]bool // action ids for which the application lacks a scope
	Embedded bool            // drawn with the page, without a script
	Paste    PasteProps
}

// PasteProps are steps that somebody pasted, and why they could not be read.
type PasteProps struct {
	Text     string
	Mistakes workflow.Mistakes
}

// PasteName is what the form calls the text of steps that go to a place; PasteID is the id of its field.
func PasteName(at string) string { return "paste." + at }

// PasteID is the id of the field that PasteName names.
func PasteID(at string) string { return "paste-" + at }

// ValueMenuProps is the menu of what a field may be filled with.
type ValueMenuProps struct {
	Path   string
	Step   string
	Field  form.Field
	Values []workflow.Value
}

// sorted returns the values that fit the field, and the others.
func (p ValueMenuProps) sorted() (fit, others []workflow.Value) {
	for _, v := range p.Values {
		if v.Fits {
			fit = append(fit, v)
		} else {
			others = append(others, v)
		}
	}
	return fit, others
}

// valueKind says what a value is, as far as it is known.
func valueKind(v workflow.Value) string {
	switch kind := workflow.KindTitle(v.Kind()); {
	case kind != "":
		return kind
	case v.Type.List:
		return "List"
	case len(v.Type.Fields) > 0:
		return "Object"
	}
	return ""
}

type valueGroup struct {
	From   string
	Step   int
	Values []workflow.Value
}

func groupValues(values []workflow.Value) []valueGroup {
	var out []valueGroup
	for _, v := range values {
		if len(out) == 0 || out[len(out)-1].Step != v.Step {
			out = append(out, valueGroup{From: v.From, Step: v.Step})
		}
		out[len(out)-1].Values = append(out[len(out)-1].Values, v)
	}
	return out
}
