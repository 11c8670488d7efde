package workflow

import (
	"errors"
	"fmt"
	"maps"
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

// Previews evaluates every field that holds an expression with what a run was given and gave, and says what its loops
// went over. A step in a loop sees the entry that at names by the loop's id, counted from 0, or else the first. Nothing secret comes out, since a run stores nothing secret; where it would have to, the
// preview says so.
func (d Definition) Previews(registry *Registry, run Run, at map[string]int) (map[FieldPlace]Preview, map[string]PreviewLoop) {
	p := previewer{d: d, registry: registry, run: run, at: at, loops: map[string]PreviewLoop{}, steps: map[string]RunStep{}, scopes: map[string]scoped{}, until: time.Now().Add(previewTime)}
	outputs := map[string]Output{}
	for _, s := range run.Steps {
		p.steps[s.StepID] = s
		if s.State == StepDone && s.Output != nil {
			outputs[s.StepID] = s.Output
		}
	}
	now := run.StartedAt
	if now.IsZero() {
		now = run.CreatedAt
	}
	p.scopes[""] = scoped{Scope: Scope{Inputs: run.Input, Kinds: d.InputKindsOf(), Outputs: outputs, Now: now}}
	out := map[FieldPlace]Preview{}
	for i, s := range d.Steps {
		spec, _ := registry.Get(s.Action)
		for _, f := range append([]form.Field{{Name: OnlyIfField, Kind: form.Condition}}, spec.Fields...) {
			written := s.Filled(f.Name)
			if !strings.Contains(written, "{{") {
				continue
			}
			if t, err := ParseTemplate(written); err == nil && !t.Plain() { // what can't be read is said already
				out[FieldPlace{s.ID, f.Name}] = p.field(i, f, written, t)
			}
		}
	}
	return out, p.loops
}

type previewer struct {
	d        Definition
	registry *Registry
	run      Run
	steps    map[string]RunStep
	scopes   map[string]scoped // by the innermost loop
	at       map[string]int
	loops    map[string]PreviewLoop
	until    time.Time
}

// previewTime bounds how long a page waits for its previews: a run may have given lists of thousands.
const previewTime = 25 * time.Millisecond

// scoped is a scope, or why there is none.
type scoped struct {
	Scope
	problem string
}

// loop returns the scope within a loop at the entry that was chosen.
func (p *previewer) loop(loops []string) scoped {
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
			s.Outputs, s.Loop = maps.Clone(s.Outputs), id
			s.Outputs[id] = Output{ItemOutput: list[at], NumberOutput: at + 1}
		}
	}
	p.scopes[id] = s
	return s
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
		if out, stop := p.reference(at, r); stop {
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

// reference says what of a reference keeps a field from being evaluated. stop is false when nothing does.
func (p *previewer) reference(at sight, r Reference) (out Preview, stop bool) {
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
	ran, there := p.steps[step.ID]
	switch {
	case len(p.d.Loops(i)) > 0 && !there:
		return Preview{Problem: fmt.Sprintf("“%s” gives something else for each item.", step.Title)}, true
	case !there:
		return Preview{Problem: fmt.Sprintf("“%s” was not in that run.", step.Title)}, true
	case ran.Action != step.Action:
		return Preview{Problem: fmt.Sprintf("“%s” was another action in that run.", step.Title)}, true
	case ran.State != StepDone || ran.Output == nil:
		return Preview{Problem: fmt.Sprintf("“%s” gave nothing in that run.", step.Title)}, true
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
