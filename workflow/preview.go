package workflow

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"caracal/form"
)

// FieldPlace names a field of a step.
type FieldPlace struct{ Step, Field string }

// Preview is what a field with an expression comes out as with the values of one run.
type Preview struct {
	Text    string // the value, shortened
	Hidden  bool   // it is a secret, and Text says nothing of it
	Problem string // why there is none, in one sentence
}

// previewLetters is how much of a value a builder sees.
const previewLetters = 160

// PreviewLoop is what a for-each went over in a run, and which of its entries the steps in it are shown with.
type PreviewLoop struct {
	Items []string // the first of them, in a few words
	At    int      // counted from 0
}

// previewItems is how many entries of a list a person may choose from.
const previewItems = 50

// ItemRun returns the run of one item of a for-each, with its steps: the step with this index of a run, and the item
// counted from 1. ok is false when there is none.
type ItemRun func(runID string, step, item int) (run Run, ok bool)

// Previews evaluates every field that holds an expression with what a run was given and gave, and says what its loops
// went over. A step in a loop sees the entry that at names by the loop's id, counted from 0, or else the first, and what
// the steps before it in the loop gave for that entry; items is asked for those that are needed, and may be nil. Nothing
// secret comes out, since a run stores nothing secret; where it would have to, the preview says so.
func (d Definition) Previews(registry *Registry, run Run, at map[string]int, items ItemRun) (map[FieldPlace]Preview, map[string]PreviewLoop) {
	p := previewer{d: d, registry: registry, run: run, at: at, items: items, loops: map[string]PreviewLoop{}, needed: map[string]bool{}, scopes: map[string]*scoped{}, until: time.Now().Add(previewTime)}
	now := run.StartedAt
	if now.IsZero() {
		now = run.CreatedAt
	}
	outer := scoped{Scope: Scope{Inputs: run.Input, Kinds: d.InputKindsOf(), Outputs: map[string]Output{}, Now: now}, steps: make(map[string]*RunStep, len(run.Steps))}
	outer.gave(run)
	p.scopes[""] = &outer
	type place struct {
		at       int
		field    form.Field
		written  string
		template Template
	}
	var places []place
	look := func(i int, f form.Field) {
		written := d.Steps[i].Filled(f.Name)
		if !strings.Contains(written, "{{") {
			return
		}
		t, err := ParseTemplate(written)
		if err != nil || t.Plain() { // what can't be read is said already
			return
		}
		places = append(places, place{i, f, written, t})
		p.need(t)
	}
	for i := range d.Steps {
		look(i, form.Field{Name: OnlyIfField, Kind: form.Condition})
		spec, _ := registry.SpecOf(d.Steps[i])
		for _, f := range spec.Fields {
			look(i, f)
		}
	}
	out := make(map[FieldPlace]Preview, len(places))
	for _, at := range places {
		out[FieldPlace{d.Steps[at.at].ID, at.field.Name}] = p.field(at.at, at.field, at.written, at.template)
	}
	return out, p.loops
}

type previewer struct {
	d        Definition
	registry *Registry
	run      Run
	scopes   map[string]*scoped // by the innermost loop
	needed   map[string]bool    // loops of whose steps some field uses what they gave
	items    ItemRun
	at       map[string]int
	loops    map[string]PreviewLoop
	until    time.Time
}

// need notes the loops whose items have to be looked at for a field.
func (p *previewer) need(t Template) {
	for _, r := range t.References() {
		if i := p.d.StepIndex(r.Step); i >= 0 {
			for _, loop := range p.d.Loops(i) {
				p.needed[loop] = true
			}
		}
	}
}

// previewTime bounds how long a page waits for its previews: a run may have given lists of thousands.
const previewTime = 25 * time.Millisecond

// scoped is a scope, or why there is none; and the steps of the run that its innermost values are from.
type scoped struct {
	Scope
	problem string
	steps   map[string]*RunStep
	outer   *scoped // what is around the innermost loop, or nil
}

// step returns a step of the run, nil when it was not carried out here.
func (s *scoped) step(id string) *RunStep {
	for ; s != nil; s = s.outer {
		if step, ok := s.steps[id]; ok {
			return step
		}
	}
	return nil
}

// gave adds what the steps of a run gave.
func (s *scoped) gave(run Run) {
	for i := range run.Steps {
		step := &run.Steps[i]
		s.steps[step.StepID] = step
		if step.State == StepDone && step.Output != nil {
			s.Outputs[step.StepID] = step.Output
		}
	}
}

// loop returns the scope within a loop at the entry that was chosen.
func (p *previewer) loop(loops []string) *scoped {
	if len(loops) == 0 {
		return p.scopes[""]
	}
	id := loops[len(loops)-1]
	if s, ok := p.scopes[id]; ok {
		return s
	}
	s := p.loop(loops[:len(loops)-1])
	if s.problem == "" {
		step := p.d.Steps[p.d.StepIndex(id)]
		list, err := ResolveList(step.Fields[ListField], s.Scope)
		switch {
		case err != nil:
			s.problem = fmt.Sprintf("The list of “%s” is not known from that run.", step.Title)
		case len(list) == 0:
			s.problem = fmt.Sprintf("The list of “%s” was empty in that run.", step.Title)
		default:
			at := p.at[id]
			if at < 0 || at >= min(len(list), previewItems) {
				at = 0
			}
			loop := PreviewLoop{At: at}
			for _, entry := range list[:min(len(list), previewItems)] {
				loop.Items = append(loop.Items, shorten(entryName(entry), 60))
			}
			p.loops[id] = loop
			within := scoped{Scope: s.Scope, steps: map[string]*RunStep{}, outer: s}
			within.Outputs, within.Around, within.Loop = map[string]Output{}, &s.Scope, id
			if item, ok := p.item(s.step(id), at, list[at]); ok {
				within.gave(item)
			}
			within.Outputs[id] = Output{ItemOutput: list[at], NumberOutput: at + 1}
			s = &within
		}
	}
	p.scopes[id] = s
	return s
}

// item returns the run of an entry, where some field needs it. The list that the draft makes now may be another than the
// one that the run went over: then there is none.
func (p *previewer) item(loop *RunStep, at int, entry any) (Run, bool) {
	if p.items == nil || loop == nil || !p.needed[loop.StepID] || loop.Action != FlowForEach || loop.RunID == "" || time.Now().After(p.until) {
		return Run{}, false
	}
	asked := time.Now()
	run, ok := p.items(loop.RunID, loop.Index, at+1)
	p.until = p.until.Add(time.Since(asked)) // the bound is on the work with values
	return run, ok && SameValue(run.Item, entry)
}

// entryName says in a few words which entry of a list it is.
func entryName(entry any) string {
	object, ok := entry.(map[string]any)
	if !ok {
		return text(entry)
	}
	for _, name := range []string{"name", "label", "login", "title", "email", "id"} {
		if s, ok := object[name].(string); ok && s != "" {
			return s
		}
	}
	return text(entry)
}

func (p *previewer) field(i int, f form.Field, written string, t Template) Preview {
	at := p.d.sight(i, f.Name)
	s := p.loop(at.loops)
	if f.Kind == form.Hidden || t.Secret() {
		return Preview{Hidden: true}
	}
	for _, r := range t.References() {
		if out, stop := p.reference(at, s, r); stop {
			return out
		}
	}
	if s.problem != "" {
		return Preview{Problem: s.problem}
	}
	if time.Now().After(p.until) {
		return Preview{Problem: "That run gave too much to show every value at once."}
	}
	var value string
	var err error
	switch f.Kind {
	case form.Condition:
		var holds bool
		holds, err = Holds(written, s.Scope)
		value = map[bool]string{true: "true", false: "false"}[holds]
	case form.List:
		var l []any
		l, err = ResolveList(written, s.Scope)
		value = listed(l)
	default:
		if e := t.single(); e != nil && f.Name == GatherField {
			var v any
			v, _, err = ResolveGather(written, s.Scope)
			value = text(v)
		} else {
			value, err = t.render(s.Scope)
		}
	}
	if err != nil {
		message := err.Error()
		var at *ExpressionError
		if errors.As(err, &at) {
			message = at.Message
		}
		return Preview{Problem: upperFirst(message) + "."}
	}
	return Preview{Text: shown(value)}
}

// reference says what of a reference keeps a field from being evaluated. stop is false when nothing does. s is
// what is known where the field stands.
func (p *previewer) reference(at sight, s *scoped, r Reference) (out Preview, stop bool) {
	i := p.d.StepIndex(r.Step)
	if _, there := p.run.Input[r.Input]; r.Input != "" && !there {
		return Preview{Problem: fmt.Sprintf("That run had no input “%s”.", r.Input)}, true
	}
	if r.Step == "" || i < 0 || !at.sees(i) {
		return Preview{}, false
	}
	step := p.d.Steps[i]
	if step.Action == FlowForEach && inLoop(r.Output) {
		return Preview{}, false
	}
	spec, _ := p.registry.Get(step.Action)
	if o, ok := spec.Output(r.Output); ok && secretPart(o, r.Path) {
		return Preview{Hidden: true}, true
	}
	ran := s.step(step.ID)
	where := "in that run"
	if len(p.d.Loops(i)) > 0 {
		where = "for that entry in that run"
	}
	switch {
	case ran == nil:
		return Preview{Problem: fmt.Sprintf("“%s” was not carried out %s.", step.Title, where)}, true
	case ran.Action != step.Action:
		return Preview{Problem: fmt.Sprintf("“%s” was another action in that run.", step.Title)}, true
	case ran.State != StepDone || ran.Output == nil:
		return Preview{Problem: fmt.Sprintf("“%s” gave nothing %s.", step.Title, where)}, true
	}
	return Preview{}, false
}

// secretPart reports whether an output, or the part of it that a path names, is secret or holds what is.
func secretPart(o OutputField, path string) bool {
	if o.Secret {
		return true
	}
	name, rest, _ := strings.Cut(path, ".")
	for _, part := range o.Fields {
		if (name == "" || part.Name == name) && secretPart(part, rest) {
			return true
		}
	}
	return false
}

// listed says how many entries a list has, and the first of them.
func listed(l []any) string {
	const most = 3
	var words []string
	for _, v := range l[:min(most, len(l))] {
		words = append(words, shorten(text(v), 40))
	}
	if len(l) > most {
		words = append(words, "…")
	}
	switch len(l) {
	case 0:
		return "an empty list"
	case 1:
		return "1 entry: " + words[0]
	}
	return fmt.Sprintf("%d entries: %s", len(l), strings.Join(words, ", "))
}

// shown shortens a value and keeps its lines apart.
func shown(s string) string {
	if utf8.RuneCountInString(s) <= previewLetters {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:previewLetters])) + "…"
}
