package workflow

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"caracal/form"
)

// ChangeKind says what happened to a part between two definitions.
type ChangeKind string

// The kinds of change.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "changed"
	Moved   ChangeKind = "moved"
)

// Change is one difference between two definitions, in words.
type Change struct {
	Kind   ChangeKind
	Where  string // "Workflow", "Input “E-mail”", "Step 2 “Add to group”"
	What   string // "Title", or a field's label; "" when the whole part was added, removed or moved
	Before string
	After  string
}

// String returns the change as a sentence without its end.
func (c Change) String() string {
	switch {
	case c.Kind == Moved:
		return fmt.Sprintf("%s moved from place %s to %s", c.Where, c.Before, c.After)
	case c.Kind != Changed:
		return c.Where + " " + string(c.Kind)
	case c.Before == "":
		return fmt.Sprintf("%s: %s set to %q", c.Where, c.What, c.After)
	case c.After == "":
		return fmt.Sprintf("%s: %s emptied, was %q", c.Where, c.What, c.Before)
	}
	return fmt.Sprintf("%s: %s changed from %q to %q", c.Where, c.What, c.Before, c.After)
}

// Diff lists what changed from one definition to another, in the order of the page. Inputs and
// steps are the same by id, however they were moved.
func Diff(from, to Definition, registry *Registry) []Change {
	var out differ
	out.texts("Workflow", [][3]string{
		{"Name", from.Name, to.Name},
		{"Purpose", from.Purpose, to.Purpose},
		{"Application", from.ApplicationID, to.ApplicationID},
		{"Who may run it", roleTitles(from), roleTitles(to)},
	})
	out.inputs(from, to)
	out.steps(from, to, registry)
	return out
}

type differ []Change

func (c *differ) texts(where string, rows [][3]string) {
	for _, r := range rows {
		if r[1] != r[2] {
			*c = append(*c, Change{Changed, where, r[0], r[1], r[2]})
		}
	}
}

func (c *differ) inputs(from, to Definition) {
	where := func(in Input) string {
		if in.Label == "" {
			return "Input " + in.Name
		}
		return "Input “" + in.Label + "”"
	}
	before, after := map[string]Input{}, map[string]Input{}
	var orderBefore, orderAfter []string
	for _, in := range from.Inputs {
		before[in.ID()] = in
		orderBefore = append(orderBefore, in.ID())
	}
	for _, in := range to.Inputs {
		after[in.ID()] = in
		orderAfter = append(orderAfter, in.ID())
	}
	for _, name := range orderBefore {
		if _, ok := after[name]; !ok {
			*c = append(*c, Change{Kind: Removed, Where: where(before[name])})
		}
	}
	moved := movedIn(orderBefore, orderAfter)
	for _, name := range orderAfter {
		was, ok := before[name]
		if !ok {
			*c = append(*c, Change{Kind: Added, Where: where(after[name])})
			continue
		}
		if m, ok := moved[name]; ok {
			*c = append(*c, Change{Moved, where(after[name]), "", m[0], m[1]})
		}
		is := after[name]
		c.texts(where(is), [][3]string{
			{"Label", was.Label, is.Label}, {"Help", was.Help, is.Help}, {"Kind", KindTitle(was.Kind), KindTitle(is.Kind)},
			{"Required", yesNo(was.Required), yesNo(is.Required)}, {"Choices", optionLabels(was.Options), optionLabels(is.Options)},
		})
	}
}

func (c *differ) steps(from, to Definition, registry *Registry) {
	spotsBefore, spotsAfter := from.Outline(), to.Outline()
	before, after := stepsByID(from), stepsByID(to)
	for i, s := range from.Steps {
		if _, kept := after[s.ID]; !kept {
			*c = append(*c, Change{Kind: Removed, Where: stepPlace(spotsBefore[i], s)})
		}
	}
	moved := movedSteps(from, to)
	for i, s := range to.Steps {
		where := stepPlace(spotsAfter[i], s)
		j, was := before[s.ID]
		if !was {
			*c = append(*c, Change{Kind: Added, Where: where})
			continue
		}
		if from.Steps[j].Block() != s.Block() || moved[s.ID] {
			*c = append(*c, Change{Moved, where, "", spotsBefore[j].Number + in(from, spotsBefore[j], j), spotsAfter[i].Number + in(to, spotsAfter[i], i)})
		}
		c.texts(where, stepRows(from.Steps[j], s, registry))
	}
}

// stepRows are what may differ between two states of a step, besides its place.
func stepRows(was, is Step, registry *Registry) [][3]string {
	rows := [][3]string{{"Title", was.Title, is.Title}, {"Action", was.Action, is.Action}}
	spec, _ := registry.SpecOf(is)
	for _, name := range fieldNames(spec, was, is) {
		label := name
		if of, own := strings.CutPrefix(name, form.OwnPrefix); own {
			if was.Fields[name] == "" || is.Fields[name] == "" {
				continue // it comes and goes with the field itself
			}
			label = of + ", kind of value"
		}
		if f, ok := spec.Field(name); ok {
			label = f.Label
		}
		rows = append(rows, [3]string{label, named(was, name), named(is, name)})
	}
	return append(rows, [3]string{"Only if", BareCondition(was.OnlyIf), BareCondition(is.OnlyIf)},
		[3]string{"If it fails", was.errorWords(), is.errorWords()})
}

// movedSteps names the steps that did not keep their place among those of their own block. What a step holds
// goes with it, and is not told again.
func movedSteps(from, to Definition) map[string]bool {
	before, after := map[Block][]string{}, map[Block][]string{}
	for _, s := range from.Steps {
		before[s.Block()] = append(before[s.Block()], s.ID)
	}
	for _, s := range to.Steps {
		after[s.Block()] = append(after[s.Block()], s.ID)
	}
	out := map[string]bool{}
	for block, order := range after {
		for id := range movedIn(before[block], order) {
			out[id] = true
		}
	}
	return out
}

func stepsByID(d Definition) map[string]int {
	out := make(map[string]int, len(d.Steps))
	for i, s := range d.Steps {
		if _, twice := out[s.ID]; !twice {
			out[s.ID] = i
		}
	}
	return out
}

// in says which block a step stands in: " in “Each colleague”".
func in(d Definition, spot Spot, i int) string {
	switch {
	case spot.Holder < 0:
		return ""
	case d.Steps[i].When == WhenFailed:
		return " if “" + d.Steps[spot.Holder].Title + "” fails"
	}
	return " in “" + d.Steps[spot.Holder].Title + "”"
}

func stepPlace(spot Spot, s Step) string {
	return fmt.Sprintf("Step %s “%s”", spot.Number, s.Title)
}

// fieldNames returns the fields of two steps in the order of the action's form, unknown ones last.
func fieldNames(spec ActionSpec, a, b Step) []string {
	var out []string
	for _, f := range spec.Fields {
		out = append(out, f.Name)
	}
	for _, fields := range []map[string]string{a.Fields, b.Fields} {
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// named returns a field's content with picked objects as they were called, beside their ids: two objects may
// be called the same.
func named(s Step, field string) string {
	value := s.Fields[field]
	if ids := form.SplitList(value); len(ids) > 1 && s.Names[ids[0]] != "" {
		for i, id := range ids {
			ids[i] = cmp.Or(s.Names[id], id)
		}
		return strings.Join(ids, ", ")
	}
	if name, ok := s.Names[value]; ok {
		return name + " (" + value + ")"
	}
	return value
}

// movedIn returns the entries of both orders that did not keep their place among each other, with their
// places counted from 1: all but a longest common order.
func movedIn(before, after []string) map[string][2]string {
	var a, b []string
	for _, s := range before {
		if slices.Contains(after, s) && !slices.Contains(a, s) {
			a = append(a, s)
		}
	}
	for _, s := range after {
		if slices.Contains(a, s) && !slices.Contains(b, s) {
			b = append(b, s)
		}
	}
	length := make([][]int, len(a)+1)
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	out := map[string][2]string{}
	for i, j := 0, 0; j < len(b); {
		switch {
		case i < len(a) && a[i] == b[j]:
			i, j = i+1, j+1
		case i < len(a) && length[i+1][j] >= length[i][j+1]:
			i++
		default:
			out[b[j]] = [2]string{text(slices.Index(before, b[j]) + 1), text(slices.Index(after, b[j]) + 1)}
			j++
		}
	}
	return out
}

func roleTitles(d Definition) string {
	var out []string
	for _, r := range d.Runners {
		out = append(out, r.Title())
	}
	return strings.Join(out, ", ")
}

func optionLabels(options []form.Option) string {
	var out []string
	for _, o := range options {
		out = append(out, o.Label)
	}
	return strings.Join(out, ", ")
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
