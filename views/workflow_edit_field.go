package views

import (
	"strings"

	"caracal/form"
	"caracal/views/ui"
	"caracal/workflow"
)

// inline reports whether a value is typed between other text, rather than taking the field's place.
func inline(k form.Kind) bool {
	switch k {
	case form.Text, form.LongText, form.Email, form.Number, form.Hidden, form.Condition, form.Lines, form.List:
		return true
	}
	return false
}

// describedBy names what is said beside a field: its help, and what is wrong with it.
func describedBy(f form.Field, id string) string {
	if f.Help != "" {
		return "h-" + id + " p-" + id
	}
	return "p-" + id
}

// chips reports whether a list is one value and no expression, so that its name says it better than its text.
func (p *BuilderProps) chips(f form.Field, value string) bool {
	t, err := workflow.ParseTemplate(value)
	if f.Kind != form.List || err != nil {
		return false
	}
	_, single := t.Single()
	return single
}

// filled says what a field that holds one value alone is filled with: "E-mail", from "Inputs".
func (p *BuilderProps) filled(step, value string) (label, from string, ok bool) {
	t, err := workflow.ParseTemplate(value)
	if err != nil || t.Plain() {
		return "", "", false
	}
	r, single := t.Single()
	if !single {
		return strings.TrimSpace(value), "", true
	}
	if r.Input != "" {
		if i := p.draft().InputIndex(r.Input); i >= 0 && p.draft().Inputs[i].Label != "" {
			return p.draft().Inputs[i].Label, "input", true
		}
		return r.Input, "input", true
	}
	if r.Item {
		return p.item(step, r)
	}
	if i := p.draft().StepIndex(r.Step); i >= 0 {
		gives := p.draft().Steps[i]
		spec, _ := p.Registry.Get(gives.Action)
		if out, ok := spec.Output(r.Output); ok {
			label, from = out.Label, "step "+p.draft().Number(i)+", "+gives.Title
			if r.Path != "" {
				label = r.Path + " of " + out.Label
			}
			return label, from, true
		}
	}
	return r.String(), "missing", true
}

// item says what of the item of the innermost loop around a step a field is filled with.
func (p *BuilderProps) item(step string, r workflow.Reference) (label, from string, ok bool) {
	i := p.draft().StepIndex(step)
	if i < 0 {
		return r.String(), "missing", true
	}
	loops := p.draft().Loops(i)
	if len(loops) == 0 {
		return r.String(), "missing", true
	}
	loop := p.draft().StepIndex(loops[len(loops)-1])
	label = "Item"
	if r.Path != "" {
		label = r.Path + " of the item"
	}
	return label, "step " + p.draft().Number(loop) + ", " + p.draft().Steps[loop].Title, true
}

// wide reports whether a field takes the whole width of its card.
func wide(f form.Field) bool {
	return f.Kind == form.LongText || f.Kind == form.Lines || f.Kind == form.List || f.Kind == form.Condition || f.Kind == form.People
}

// inserted is what a menu's entry writes into a field: a condition has no braces around its values.
func inserted(f form.Field, r workflow.Reference) string {
	if f.Kind == form.Condition || f.Kind == form.List {
		return r.String()
	}
	return r.Placeholder()
}

// parentsOf names the fields of a step that say whose list a picker of it has, as the builder's form calls them.
func parentsOf(s *workflow.Step, f form.Field) []form.Parent {
	var out []form.Parent
	for _, p := range f.Of {
		out = append(out, form.Parent{Place: p.Place, Field: stepFieldName(s.ID, p.Field)})
	}
	return out
}

func chosen(s *workflow.Step) []ui.Chosen {
	var out []ui.Chosen
	for id, name := range s.Names {
		out = append(out, ui.Chosen{ID: id, Label: name})
	}
	return out
}

// emptyWords says what becomes of a field that comes out empty.
func emptyWords(p *BuilderProps, at workflow.FieldPlace) string {
	if i := p.draft().StepIndex(at.Step); i >= 0 {
		spec, _ := p.Registry.SpecOf(p.draft().Steps[i])
		if f, ok := spec.Field(at.Field); ok {
			for _, b := range f.Blanks {
				if b.Value == p.draft().Steps[i].Fields[f.WhenEmpty().Name] {
					return b.Label
				}
			}
		}
	}
	return "empty"
}

// onlyBlank reports whether there is nothing to fill a field with, but that it is null: an object whose parts have fields
// of their own.
func onlyBlank(f *form.Field) bool { return f.Kind == form.Choice && len(f.Options) == 0 }
