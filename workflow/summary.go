package workflow

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"caracal/form"
)

// Span is a part of a phrase: plain words, or a value that a page sets apart from them.
type Span struct {
	Text  string
	Value bool
}

// Phrase says in words what a step does: "adds ‹Ada› to ‹Engineering›".
type Phrase []Span

// String returns the phrase as plain text, with values in quotes.
func (p Phrase) String() string {
	var b strings.Builder
	for _, s := range p {
		if s.Value {
			b.WriteString("“" + s.Text + "”")
		} else {
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

// text returns the phrase without quotes: text and references that together make one value.
func (p Phrase) text() string {
	var b strings.Builder
	for _, s := range p {
		b.WriteString(s.Text)
	}
	return b.String()
}

// Sentence returns the phrase with a capital at its beginning.
func Sentence(p Phrase) Phrase {
	if len(p) == 0 || p[0].Value {
		return p
	}
	out := slices.Clone(p)
	out[0].Text = upperFirst(out[0].Text)
	return out
}

// Known is what is known when a definition is put into words: the inputs of a run, and what objects are
// called by id. Both may be nil.
type Known struct {
	Inputs map[string]string
	Names  map[string]string
}

// Describe says what one step does, beginning with a verb or with its condition in small letters.
func Describe(d Definition, registry *Registry, i int, known Known) Phrase {
	out := describeConditional(d, registry, i, known)
	if words := d.Steps[i].errorWords(); words != "" {
		out = append(out, Span{Text: " (if it fails, " + words + ")"})
	}
	return out
}

// describeConditional says what a step does and when, and leaves out what follows when it fails.
func describeConditional(d Definition, registry *Registry, i int, known Known) Phrase {
	step := d.Steps[i]
	if step.OnlyIf == "" {
		return describeAction(d, registry, i, known)
	}
	out := append(Phrase{{Text: "if "}}, describer{d, registry, i, known}.conditionWords(step.OnlyIf)...)
	return append(append(out, Span{Text: ", "}), describeAction(d, registry, i, known)...)
}

// describeAction says what a step does, beginning with a verb.
func describeAction(d Definition, registry *Registry, i int, known Known) Phrase {
	step := d.Steps[i]
	spec, ok := registry.Get(step.Action)
	if !ok {
		return Phrase{{Text: "does "}, {Text: step.Action, Value: true}}
	}
	rest := flowSummary(step, spec)
	if rest == "" {
		return Phrase{{Text: lowerFirst(spec.Title)}}
	}
	var out Phrase
	for {
		open := strings.IndexByte(rest, '{')
		end := strings.IndexByte(rest, '}')
		if open < 0 || end < open {
			return out.plain(rest)
		}
		out = out.plain(rest[:open])
		name := rest[open+1 : end]
		rest = rest[end+1:]
		if f, ok := spec.Field(name); ok {
			out = append(out, describer{d, registry, i, known}.value(f, step.Fields[name])...)
		}
	}
}

// DescribeField says what one field of a step is filled with.
func DescribeField(d Definition, registry *Registry, i int, f form.Field) Phrase {
	return describer{d, registry, i, Known{}}.value(f, d.Steps[i].Fields[f.Name])
}

func (p Phrase) plain(s string) Phrase {
	if s == "" {
		return p
	}
	return append(p, Span{Text: s})
}

type describer struct {
	d        Definition
	registry *Registry
	at       int
	known    Known
}

// value puts one field's content into words.
func (w describer) value(f form.Field, value string) Phrase {
	if strings.TrimSpace(value) == "" {
		return Phrase{{Text: unfilled(f)}}
	}
	t, err := ParseTemplate(value)
	if err != nil {
		return Phrase{{Text: "?", Value: true}}
	}
	if f.Kind == form.Condition {
		return w.conditionWords(value)
	}
	var out Phrase
	for _, p := range t.parts {
		switch e := p.expression; {
		case e == nil && len(t.parts) > 1 && !f.Kind.Picker():
			out = append(out, Span{Text: p.text}) // with the spaces that part it from what is put in
		case e == nil:
			out = append(out, Span{Text: w.literal(f, p.text), Value: true})
		case e.simple:
			out = append(out, w.reference(f, e.references[0]))
		case len(e.references) > 0:
			out = append(out, w.reference(f, e.references[0]))
		default:
			out = append(out, Span{Text: strings.TrimSpace(e.source), Value: true})
		}
	}
	if len(out) > 1 {
		return Phrase{{Text: shorten(out.text(), 60), Value: true}}
	}
	return out
}

func unfilled(f form.Field) string {
	switch f.Kind {
	case form.User, form.Group, form.App, form.Users, form.Groups:
		return kindWords(f.Kind)
	}
	return "…"
}

// literal names picked objects and shortens long text.
func (w describer) literal(f form.Field, s string) string {
	if f.Kind.Picker() || f.Kind == form.People {
		ids := form.SplitList(s)
		for i, id := range ids {
			ids[i] = w.named(id)
		}
		return strings.Join(ids, ", ")
	}
	for _, o := range f.Options {
		if o.Value == s {
			return o.Label
		}
	}
	return shorten(s, 60)
}

func (w describer) named(id string) string {
	for _, names := range []map[string]string{w.known.Names, w.d.Steps[w.at].Names} {
		if name := names[id]; name != "" {
			return name
		}
	}
	return id
}

func (w describer) reference(f form.Field, r Reference) Span {
	if r.Input != "" {
		if v, ok := w.known.Inputs[r.Input]; ok && v != "" {
			in := form.Field{Kind: f.Kind}
			if i := w.d.InputIndex(r.Input); i >= 0 {
				in = form.Field{Kind: w.d.Inputs[i].Kind, Options: w.d.Inputs[i].Options}
			}
			return Span{Text: w.literal(in, v), Value: true}
		}
		if i := w.d.InputIndex(r.Input); i >= 0 && w.d.Inputs[i].Label != "" {
			return Span{Text: w.d.Inputs[i].Label, Value: true}
		}
		return Span{Text: r.Input, Value: true}
	}
	j := w.d.StepIndex(r.Step)
	if r.Item || j >= 0 && r.Output == ItemOutput && w.d.Steps[j].Action == FlowForEach {
		return w.item(r)
	}
	if j < 0 || j >= w.at {
		return Span{Text: "?", Value: true}
	}
	spec, _ := w.registry.Get(w.d.Steps[j].Action)
	out, _ := spec.Output(r.Output)
	kind := out.Kind
	if kind == "" && f.Kind.Picker() {
		kind = f.Kind
	}
	if noun, ok := map[form.Kind]string{form.User: "user", form.Group: "group", form.App: "app"}[kind]; ok {
		switch {
		case j != w.at-1 && w.sameKindBetween(j, kind):
			return Span{Text: fmt.Sprintf("the %s of step %s", noun, w.d.Number(j))}
		case noun == "user":
			return Span{Text: "them"}
		}
		return Span{Text: "that " + noun}
	}
	if out.Label == "" {
		out.Label = r.Output
	}
	return Span{Text: fmt.Sprintf("%s of step %s", out.Label, w.d.Number(j)), Value: true}
}

// item says what of a loop's item is meant: the user that it is, or one part of it.
func (w describer) item(r Reference) Span {
	known, _ := w.d.typer(w.registry, w.at).reference(r)
	if noun, ok := map[form.Kind]string{form.User: "user", form.Group: "group", form.App: "app"}[known.Kind]; ok && !known.List {
		return Span{Text: "that " + noun}
	}
	if r.Path != "" {
		return Span{Text: r.Path + " of the item", Value: true}
	}
	return Span{Text: "the item", Value: true}
}

// sameKindBetween reports whether a step after j gives another object of the same kind, so that "them" would
// mislead. A step that takes such an object gives back the one it took.
func (w describer) sameKindBetween(j int, kind form.Kind) bool {
	for _, s := range w.d.Steps[j+1 : w.at] {
		spec, _ := w.registry.Get(s.Action)
		takes := slices.ContainsFunc(spec.Fields, func(f form.Field) bool { return f.Kind == kind })
		for _, o := range spec.Outputs {
			if o.Kind == kind && !takes {
				return true
			}
		}
	}
	return false
}

// Summary is SummaryPhrase as plain text.
func Summary(d Definition, registry *Registry) string { return SummaryPhrase(d, registry).String() }

// SummaryPhrase says what the workflow does in one sentence: "Creates a user, then adds them to Engineering." What
// a step holds follows it: "For each of Members: adds them to Engineering (if that fails: notes …); then …".
func SummaryPhrase(d Definition, registry *Registry) Phrase {
	if len(d.Steps) == 0 {
		return Phrase{{Text: "Does nothing yet."}}
	}
	s := summary{d: d, registry: registry, held: map[Block][]int{}, left: 6}
	for i, step := range d.Steps {
		s.held[step.Block()] = append(s.held[step.Block()], i)
	}
	s.block(Block{})
	out := s.out
	switch more := len(d.Steps) - s.said; {
	case more == 1:
		out = append(out, Span{Text: ", then does one more step"})
	case more > 1:
		out = append(out, Span{Text: fmt.Sprintf(", then does %d more steps", more)})
	}
	if !strings.HasSuffix(out.String(), "…") { // what is still to be filled in ends a sentence by itself
		out = append(out, Span{Text: "."})
	}
	return Sentence(out)
}

// summary puts the first steps of a definition into one sentence.
type summary struct {
	d          Definition
	registry   *Registry
	held       map[Block][]int
	left, said int // steps that may still be told, and that were
	out        Phrase
}

// block tells the steps of one block, and what they hold, until enough is said.
func (s *summary) block(b Block) {
	between := ", then "
	for n, i := range s.held[b] {
		if s.left == 0 {
			return
		}
		if n > 0 {
			s.out = s.out.plain(between)
		}
		s.left--
		s.said++
		between = ", then "
		s.out = append(s.out, describeConditional(s.d, s.registry, i, Known{})...)
		id := s.d.Steps[i].ID
		if body := (Block{id, WhenEach}); len(s.held[body]) > 0 && s.left > 0 && body.In != "" {
			s.out = s.out.plain(": ")
			s.block(body)
			between = "; then "
		}
		if failed := (Block{id, WhenFailed}); len(s.held[failed]) > 0 && s.left > 0 {
			open := " (if that fails: "
			if s.d.Steps[i].Action == FlowForEach {
				open = " (if one of them fails: "
			}
			s.out = s.out.plain(open)
			s.block(failed)
			s.out = s.out.plain(")")
		}
	}
}

// Worst returns the strongest effect of the definition's steps.
func Worst(d Definition, registry *Registry) Effect {
	worst := Reads
	for _, s := range d.Steps {
		switch spec, _ := registry.Get(s.Action); spec.Effect {
		case Destroys:
			return Destroys
		case Changes:
			worst = Changes
		}
	}
	return worst
}

func lowerFirst(s string) string {
	if len(s) < 2 || s[0] < 'A' || s[0] > 'Z' || s[1] >= 'A' && s[1] <= 'Z' {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

func shorten(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}
