package engine

import (
	"maps"
	"slices"
	"strings"

	"caracal/db"
	"caracal/workflow"
)

// shortestSecret keeps a value of a letter or two from blotting out every text that happens to hold it.
const shortestSecret = 6

// keepQuiet notes a value that must not be stored.
func (w *walk) keepQuiet(value any) {
	if text, ok := value.(string); ok && len(text) >= shortestSecret && text != hidden && !slices.Contains(w.hush, text) {
		w.hush = append(w.hush, text)
		slices.SortFunc(w.hush, func(a, b string) int { return len(b) - len(a) }) // one may be part of another
	}
}

// conceal takes the secret values out of what is about to be stored. A step that was given one may hand it on:
// in the name of what it made, or in Okta's words about why a value is no good.
func (w *walk) conceal(p db.Progress) db.Progress {
	if len(w.hush) == 0 {
		return p
	}
	p.Error, p.WaitReason = w.concealText(p.Error), w.concealText(p.WaitReason)
	p.Past = slices.Clone(p.Past)
	for i := range p.Past {
		p.Past[i] = w.concealStep(p.Past[i])
	}
	if p.Next != nil {
		next := w.concealStep(*p.Next)
		p.Next = &next
	}
	p.Kept = w.concealValue(p.Kept)
	if p.Children != nil {
		c := *p.Children
		c.Items = slices.Clone(c.Items)
		for i := range c.Items {
			c.Items[i] = w.concealValue(c.Items[i])
		}
		p.Children = &c
	}
	return p
}

func (w *walk) concealStep(s workflow.RunStep) workflow.RunStep {
	s.Error, s.Finding, s.Input = w.concealText(s.Error), w.concealText(s.Finding), maps.Clone(s.Input)
	for name, value := range s.Input {
		if w.concealText(value) != value {
			s.Input[name] = hidden // all of it, so that a repeat fills the field anew
		}
	}
	s.Evidence = s.Evidence.Bounded(w.concealText, w.concealValue, false)
	if s.Before != nil {
		prior := *s.Before
		prior.Facts = slices.Clone(prior.Facts)
		for i, f := range prior.Facts {
			prior.Facts[i].Value = w.concealValue(f.Value)
		}
		s.Before = &prior
	}
	if s.Output == nil {
		return s
	}
	output := workflow.Output{}
	for name, value := range s.Output {
		output[name] = w.concealValue(value)
	}
	s.Output = output
	return s
}

func (w *walk) concealText(text string) string {
	for _, secret := range w.hush {
		text = strings.ReplaceAll(text, secret, hidden)
	}
	return text
}

// concealValue is concealText for every text in a JSON value.
func (w *walk) concealValue(value any) any {
	switch v := value.(type) {
	case string:
		return w.concealText(v)
	case []string:
		out := make([]string, len(v))
		for i, text := range v {
			out[i] = w.concealText(text)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, each := range v {
			out[i] = w.concealValue(each)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, each := range v {
			out[name] = w.concealValue(each)
		}
		return out
	}
	return value
}
