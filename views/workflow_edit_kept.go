package views

import (
	"reflect"
	"slices"
	"strings"

	"caracal/form"
	"caracal/workflow"
)

// KeptBodies returns the ids of the steps whose fields need not be drawn again, for a page that shows was and asks for
// p: what stands there would be the same, so that the browser keeps the elements it has, with all that was typed in
// them since. A button of a long workflow then costs what it changed.
func KeptBodies(p, was BuilderProps) map[string]bool {
	if p.draft().ApplicationID != was.draft().ApplicationID {
		return nil
	}
	kept := make(map[string]bool, len(p.draft().Steps))
	now, then := p.draft().Outline(), was.draft().Outline()
	before := make(map[string]int, len(then))
	for j, s := range was.draft().Steps {
		before[s.ID] = j
	}
	said, saidThen := saidOf(p.Problems), saidOf(was.Problems)
	for i := range p.draft().Steps {
		s := &p.draft().Steps[i]
		j, there := before[s.ID]
		kept[s.ID] = there && said[s.ID] == saidThen[s.ID] && now[i].Number == then[j].Number && p.bodyAs(&was, s, &was.draft().Steps[j])
	}
	return kept
}

// saidOf puts together what is said beside the fields of each step.
func saidOf(problems []workflow.Problem) map[string]string {
	out := map[string]string{}
	for _, q := range problems {
		if !q.Advice && q.Scope == "" {
			out[q.Step] += q.Field + ": " + q.Message + "\n"
		}
	}
	return out
}

// bodyAs reports whether the fields of a step look as those of the same step did before. Its number is the same, and
// so is what is said beside its fields.
func (p *BuilderProps) bodyAs(was *BuilderProps, s, before *workflow.Step) bool {
	spec, ok := p.Registry.SpecOf(*s)
	if _, calls := workflow.IsCall(s.Action); !ok || calls || !sameStep(s, before) || p.opened(s.ID) && !was.opened(s.ID) || canBranch(p, s) != canBranch(was, before) {
		return false
	}
	same := func(name string) bool {
		at := workflow.FieldPlace{Step: s.ID, Field: name}
		if p.Previews.Fields[at] != was.Previews.Fields[at] || p.Menu == s.ID+"."+name {
			return false
		}
		value := s.Filled(name)
		label, from, filled := p.filled(s.ID, value)
		labelWas, fromWas, filledWas := was.filled(s.ID, value)
		return label == labelWas && from == fromWas && filled == filledWas
	}
	return same(workflow.OnlyIfField) && reflect.DeepEqual(p.Own[s.ID], was.Own[s.ID]) && !slices.ContainsFunc(spec.Fields, func(f form.Field) bool {
		return f.Kind == form.People || !same(f.Name)
	})
}

// ValueChip is the name of the one value that fills a field: the field's id, what the value is called, and what gives it.
type ValueChip struct{ ID, Label, From string }

// renamed returns the chips whose names a save changed, because an input or another step is called otherwise now.
func (p *BuilderProps) renamed(before workflow.Definition) (out []ValueChip) {
	was := &BuilderProps{Workflow: workflow.Workflow{Draft: before}, Registry: p.Registry}
	for i := range p.draft().Steps {
		s := &p.draft().Steps[i]
		spec, _ := p.Registry.SpecOf(*s)
		for _, f := range spec.Fields {
			value := s.Fields[f.Name]
			if !strings.Contains(value, "{{") || inline(f.Kind) && !p.chips(f, value) {
				continue
			}
			label, from, ok := p.filled(s.ID, value)
			if labelWas, fromWas, _ := was.filled(s.ID, value); ok && (label != labelWas || from != fromWas) {
				out = append(out, ValueChip{stepFieldID(s.ID, f.Name), label, from})
			}
		}
	}
	return out
}

// sameStep reports whether two steps are filled alike, wherever they stand.
func sameStep(a, b *workflow.Step) bool {
	one, other := a.Control, b.Control
	one.In, one.When, other.In, other.When = "", "", "", ""
	return a.Title == b.Title && a.Action == b.Action && one == other && workflow.SameText(a.Fields, b.Fields) && workflow.SameText(a.Names, b.Names)
}
