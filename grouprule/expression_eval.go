package grouprule

import (
	"cmp"
	"strings"
)

// value is what a part of a condition gives. Not known is a value too: it spreads, except where the other side
// of AND or OR decides alone.
type value struct {
	known bool
	v     any // nil, string, float64, bool or []any
}

// evaluation is one look at a condition for one person.
type evaluation struct {
	attribute func(name string) (any, bool)
	reason    string // the first thing that stood in the way
}

func (e *evaluation) unknown(reason string) value {
	if e.reason == "" {
		e.reason = reason
	}
	return value{}
}

func (e *evaluation) why() string { return cmp.Or(e.reason, "its condition gives neither yes nor no") }

type node interface{ eval(e *evaluation) value }

type (
	literal   struct{ v any }
	attribute struct{ name string }
	beyond    struct{ what string } // read over, not understood
	not       struct{ inner node }
	both      struct{ left, right node }
	either    struct{ left, right node }
	compare   struct {
		op          string
		left, right node
	}
	function struct {
		name string
		args []node
	}
	choice struct{ condition, yes, no node }
)

func (n literal) eval(*evaluation) value { return value{true, n.v} }

func (n attribute) eval(e *evaluation) value {
	v, known := e.attribute(n.name)
	if !known {
		return e.unknown("the profile's " + n.name + " is not known here")
	}
	switch v := v.(type) {
	case nil, string, float64, bool, []any:
		return value{true, v}
	case int:
		return value{true, float64(v)}
	}
	return e.unknown("the profile's " + n.name + " is not plain text")
}

func (n beyond) eval(e *evaluation) value {
	return e.unknown("its condition uses " + n.what + ", which only Okta can work out")
}

func (n not) eval(e *evaluation) value {
	b, known := asBool(n.inner.eval(e))
	return value{known, !b}
}

func (n both) eval(e *evaluation) value {
	l, lKnown := asBool(n.left.eval(e))
	if lKnown && !l {
		return value{true, false}
	}
	r, rKnown := asBool(n.right.eval(e))
	if rKnown && !r {
		return value{true, false}
	}
	return value{lKnown && rKnown, true}
}

func (n either) eval(e *evaluation) value {
	l, lKnown := asBool(n.left.eval(e))
	if lKnown && l {
		return value{true, true}
	}
	r, rKnown := asBool(n.right.eval(e))
	if rKnown && r {
		return value{true, true}
	}
	return value{lKnown && rKnown, false}
}

func (n choice) eval(e *evaluation) value {
	b, known := asBool(n.condition.eval(e))
	switch {
	case !known:
		return value{}
	case b:
		return n.yes.eval(e)
	}
	return n.no.eval(e)
}

func asBool(v value) (b, known bool) {
	b, isBool := v.v.(bool)
	return b, v.known && isBool
}

func (n compare) eval(e *evaluation) value {
	l, r := n.left.eval(e), n.right.eval(e)
	if !l.known || !r.known {
		return value{}
	}
	if n.op == "==" || n.op == "!=" {
		same, known := e.equal(l.v, r.v)
		return value{known, same == (n.op == "==")}
	}
	a, okA := l.v.(float64)
	b, okB := r.v.(float64)
	if !okA || !okB {
		return e.unknown("its condition puts texts in an order")
	}
	order := cmp.Compare(a, b)
	return value{true, map[string]bool{"<": order < 0, ">": order > 0, "<=": order <= 0, ">=": order >= 0}[n.op]}
}

// equal compares as far as Okta's answer is certain. Whether two texts that differ only in their capitals are
// one, its documentation does not say.
func (e *evaluation) equal(a, b any) (same, known bool) {
	if a == nil || b == nil {
		return a == nil && b == nil, true
	}
	switch a := a.(type) {
	case string:
		if b, ok := b.(string); ok {
			return e.text(a == b, strings.EqualFold(a, b))
		}
	case float64:
		if b, ok := b.(float64); ok {
			return a == b, true
		}
	case bool:
		if b, ok := b.(bool); ok {
			return a == b, true
		}
	}
	e.unknown("its condition compares values of different kinds")
	return false, false
}

// text settles a comparison of texts from its outcome with and without regard to capitals.
func (e *evaluation) text(exact, folded bool) (same, known bool) {
	if exact != folded {
		e.unknown("a value differs from the condition's only in capital letters")
	}
	return exact, exact == folded
}

// functions are those of Okta's expression language whose outcome is certain here ("Okta Expression Language
// overview", String and Array functions). An empty value has none.
var functions = map[string]int{
	"String.stringContains": 2, "String.startsWith": 2, "String.toUpperCase": 1, "String.toLowerCase": 1, "Arrays.contains": 2,
}

func (n function) eval(e *evaluation) value {
	args := make([]value, len(n.args))
	for i, a := range n.args {
		if args[i] = a.eval(e); !args[i].known {
			return value{}
		}
	}
	if n.name == "Arrays.contains" {
		return e.contains(args[0].v, args[1].v)
	}
	texts := make([]string, len(args))
	for i, a := range args {
		text, ok := a.v.(string)
		if !ok {
			return e.unknown("its condition looks into an empty value")
		}
		texts[i] = text
	}
	look := strings.Contains
	switch n.name {
	case "String.toUpperCase":
		return value{true, strings.ToUpper(texts[0])}
	case "String.toLowerCase":
		return value{true, strings.ToLower(texts[0])}
	case "String.startsWith":
		look = strings.HasPrefix
	}
	same, known := e.text(look(texts[0], texts[1]), look(strings.ToLower(texts[0]), strings.ToLower(texts[1])))
	return value{known, same}
}

func (e *evaluation) contains(list, wanted any) value {
	entries, ok := list.([]any)
	if !ok {
		return e.unknown("its condition looks into an empty value")
	}
	all := true
	for _, entry := range entries {
		same, known := e.equal(entry, wanted)
		if known && same {
			return value{true, true}
		}
		all = all && known
	}
	return value{all, false}
}
