package workflow

import (
	"fmt"
	"io"
	"strings"
	"time"

	"caracal/form"
)

// Scope is what the expressions of a step see when it is carried out.
type Scope struct {
	Inputs  map[string]string
	Kinds   map[string]form.Kind // of the inputs: users, groups and lines are lists in an expression
	Outputs map[string]Output    // of the steps in reach, by step id
	Around  *Scope               // has the Outputs of the steps that Outputs does not have; or nil
	Loop    string               // id of the innermost loop around the step: its output "item" is {{ item }}; "" is none
	Now     time.Time
	Chance  io.Reader // what random values are made of; the system's when nil
}

// InputKindsOf returns the kind of each input, as a Scope takes them.
func (d Definition) InputKindsOf() map[string]form.Kind {
	out := make(map[string]form.Kind, len(d.Inputs))
	for _, in := range d.Inputs {
		out[in.Name] = in.Kind
	}
	return out
}

// output returns what a step gave, nil when there is none.
func (s Scope) output(step string) Output {
	for at := &s; at != nil; at = at.Around {
		if out, ok := at.Outputs[step]; ok {
			return out
		}
	}
	return nil
}

// lookup returns a value as it is stored: an input always as text. Nothing there is nil.
func (s Scope) lookup(r Reference) any {
	var v any
	switch {
	case r.Input != "":
		if text, ok := s.Inputs[r.Input]; ok {
			return text
		}
		return nil
	case r.Item && s.Loop == "":
		return nil
	case r.Item:
		v = s.output(s.Loop)["item"]
	default:
		v = s.output(r.Step)[r.Output]
	}
	return within(v, r.Path)
}

// within returns a part of an object by its dotted path, or nil.
func within(v any, path string) any {
	for path != "" {
		var name string
		name, path, _ = strings.Cut(path, ".")
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[name]
	}
	return v
}

// value returns what an expression calculates with: lookup, with list inputs as lists.
func (s Scope) value(r Reference) any {
	if kind := s.Kinds[r.Input]; r.Input != "" && IsListKind(kind) {
		return splitInput(kind, s.Inputs[r.Input])
	}
	return s.lookup(r)
}

// IsListKind reports whether an input of this kind is a list: users, groups or lines.
func IsListKind(k form.Kind) bool { return k == form.Users || k == form.Groups || k == form.Lines }

// splitInput returns the entries of a list input.
func splitInput(kind form.Kind, text string) []any {
	sep := ","
	if kind == form.Lines {
		sep = "\n"
	}
	out := []any{}
	for entry := range strings.SplitSeq(text, sep) {
		if entry = strings.TrimSpace(entry); entry != "" {
			out = append(out, entry)
		}
	}
	return out
}

// ResolveList evaluates the field that a loop goes over. Text is not a list, however it looks; split makes one.
// The error is an *ExpressionError, or says in one clause what else it came out as.
func ResolveList(field string, s Scope) ([]any, error) {
	t, err := ParseTemplate(field)
	if err != nil {
		return nil, err
	}
	e := t.single()
	if e == nil {
		return nil, &ExpressionError{1, "a list is one expression, such as inputs.people, without text around it"}
	}
	v, err := e.evaluate(s)
	if err != nil {
		return nil, err
	}
	var out []any
	switch v := v.(type) {
	case []any, []string:
		out = list(v)
	case nil:
		return nil, fmt.Errorf("%s has no value, so there is no list; give one, or write default(%[1]s, []) around it", strings.TrimSpace(e.source))
	case map[string]any:
		return nil, fmt.Errorf("%s is one object and no list", strings.TrimSpace(e.source))
	case string:
		return nil, fmt.Errorf("%s is the text “%s” and no list; cut it with split(…, \",\"), or use a list", strings.TrimSpace(e.source), shorten(v, 60))
	default:
		return nil, fmt.Errorf("%s is “%s” and no list", strings.TrimSpace(e.source), shorten(text(v), 60))
	}
	if len(out) > MaxItems {
		return nil, fmt.Errorf("the list has %d entries, and a loop goes over at most %d; narrow it down, or start several runs", len(out), MaxItems)
	}
	return out, nil
}

// ResolveGather evaluates what a loop keeps of one item, in the scope of the loop's body. ok is false when
// nothing is kept: the field is empty, or came out as nothing.
func ResolveGather(field string, s Scope) (v any, ok bool, err error) {
	t, err := ParseTemplate(field)
	if err != nil {
		return nil, false, err
	}
	if e := t.single(); e != nil {
		v, err = e.evaluate(s)
	} else {
		v, err = t.render(s)
	}
	if err != nil || nothing(v) {
		return nil, false, err
	}
	if size := len(text(v)); size > MaxRendered {
		return nil, false, &ExpressionError{1, fmt.Sprintf("what is kept of one item is longer than %d KB", MaxRendered>>10)}
	}
	return v, true, nil
}
