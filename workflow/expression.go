package workflow

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// The bounds of what a person may write between {{ and }}, so that no field can hold up a run: the source of
// one expression, the nodes of its tree, the values it may make, and the text that a field may become.
const (
	MaxExpression = 1 << 10
	MaxNodes      = 200
	MaxRendered   = 64 << 10
	memoryBudget  = 10_000
)

// ExpressionError says what is wrong with the text of a field, and where.
type ExpressionError struct {
	At      int // the character it starts at, counted from 1
	Message string
}

// Error returns the sentence with its place.
func (e *ExpressionError) Error() string {
	return fmt.Sprintf("%s (at character %d)", e.Message, e.At)
}

// Reference is a use of an input, of an earlier step's output, or of the item of the innermost loop around.
type Reference struct {
	Input  string // as in {{ inputs.name }}, or ""
	Step   string // as in {{ steps.id.output.name }}
	Output string
	Item   bool   // {{ item }}
	Path   string // what of an output or item: "profile.email" in {{ item.profile.email }}; "" is all of it
	At     int    // the character it starts at, counted from 1
}

// String returns the reference as it stands between {{ and }}.
func (r Reference) String() string {
	s := "steps." + r.Step + ".output." + r.Output
	switch {
	case r.Input != "":
		return "inputs." + r.Input
	case r.Item:
		s = "item"
	}
	if r.Path != "" {
		s += "." + r.Path
	}
	return s
}

// referenceFrom reads the names of a path as a reference: inputs.name, steps.id.output.name or item, and what
// follows the latter two. It takes as many names as it can and returns how many; 0 is none.
func referenceFrom(words []string) (r Reference, taken int) {
	switch {
	case len(words) >= 2 && words[0] == "inputs":
		return Reference{Input: words[1]}, 2
	case len(words) >= 4 && words[0] == "steps" && words[2] == "output":
		r, taken = Reference{Step: words[1], Output: words[3]}, 4
	case len(words) >= 1 && words[0] == "item":
		r, taken = Reference{Item: true}, 1
	default:
		return Reference{}, 0
	}
	for _, w := range words[taken:] {
		if !IsName(w) {
			break
		}
		r.Path = strings.TrimPrefix(r.Path+"."+w, ".")
		taken++
	}
	return r, taken
}

// Placeholder returns the reference as a field holds it.
func (r Reference) Placeholder() string { return "{{ " + r.String() + " }}" }

// Template is the text of a field, parsed: plain text and expressions in turn.
type Template struct{ parts []part }

type part struct {
	text       string // plain text, when expression is nil
	expression *expression
}

type expression struct {
	source     string
	at         int         // the character its source starts at, counted from 1
	simple     bool        // it is one reference and nothing else: no program is needed
	references []Reference // in the order they are written
	secret     bool        // what it comes out as may not be stored or shown
	varies     bool        // it comes out differently at another time, or each time
	tree       ast.Node    // as it was written; nil when simple
	program    *vm.Program // nil when simple
}

// ParseTemplate parses the text of a field. The error is an *ExpressionError.
func ParseTemplate(text string) (Template, error) {
	if !strings.Contains(text, "{{") {
		return Template{parts: []part{{text: text}}[:min(1, len(text))]}, nil
	}
	if t, ok := parsed.get(text); ok {
		return t, nil
	}
	t, err := parseTemplate(text)
	if err == nil && slices.ContainsFunc(t.parts, func(p part) bool { return p.expression != nil && !p.expression.simple }) {
		parsed.put(text, t)
	}
	return t, err
}

func parseTemplate(text string) (Template, error) {
	var t Template
	rest, at := text, 1
	for {
		open := strings.Index(rest, "{{")
		if open < 0 {
			if rest != "" {
				t.parts = append(t.parts, part{text: rest})
			}
			return t, nil
		}
		if open > 0 {
			t.parts = append(t.parts, part{text: rest[:open]})
		}
		at += utf8.RuneCountInString(rest[:open])
		source, ok := untilClose(rest[open+2:])
		if !ok {
			return Template{}, &ExpressionError{at, "this {{ has no }} after it; close it, or take it away"}
		}
		e, err := parseExpression(source, at+2)
		if err != nil {
			return Template{}, err
		}
		t.parts = append(t.parts, part{expression: e})
		at += utf8.RuneCountInString(source) + 4
		rest = rest[open+2+len(source)+2:]
	}
}

// untilClose returns what stands before the }} that ends an expression; one inside quotes does not end it.
func untilClose(s string) (source string, ok bool) {
	var quote byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0 && c == '\\' && quote != '`':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == '}' && strings.HasPrefix(s[i:], "}}"):
			return s[:i], true
		}
	}
	return "", false
}

func parseExpression(source string, at int) (*expression, error) {
	e := &expression{source: source, at: at}
	lead := source[:len(source)-len(strings.TrimLeft(source, " \t\r\n"))]
	trimmed := strings.TrimSpace(source)
	switch {
	case trimmed == "":
		return nil, &ExpressionError{at, "there is nothing between {{ and }}; choose a value from the menu"}
	case len(source) > MaxExpression:
		return nil, &ExpressionError{at, fmt.Sprintf("this expression is longer than %d characters; shorten it", MaxExpression)}
	}
	if ref, ok := simpleReference(trimmed); ok {
		ref.At = at + len(lead)
		e.simple, e.references = true, []Reference{ref}
		return e, nil
	}
	tree, err := parser.ParseWithConfig(source, parserConfig())
	if err != nil {
		return nil, explain(err, at)
	}
	v := &referenceVisitor{at: at}
	ast.Walk(&tree.Node, v)
	if v.patterns { // before the library compiles the pattern, which may take it a tenth of a second and 100 MB
		return nil, &ExpressionError{at, "matches can't be used here; use one of " + strings.Join(FunctionNames(), ", ")}
	}
	if e.program, err = expr.Compile(source, options()...); err != nil {
		return nil, explain(err, at)
	}
	if v.err == nil && v.roots != len(v.references) {
		v.err = &ExpressionError{at, "write an input as inputs.name and an output as steps.name.output.name"}
	}
	if v.err != nil {
		return nil, v.err
	}
	e.references, e.tree, e.secret, e.varies = v.references, tree.Node, v.secret, v.varies
	return e, nil
}

// simpleReference reads a reference and nothing else, which is nearly all that a menu ever writes.
func simpleReference(s string) (Reference, bool) {
	words := strings.Split(s, ".")
	for _, w := range words {
		if !IsName(w) {
			return Reference{}, false
		}
	}
	r, taken := referenceFrom(words)
	return r, taken == len(words)
}

// referenceVisitor collects references, and refuses a use of inputs or steps that names none of them, since
// nobody could say what it depends on.
type referenceVisitor struct {
	at         int
	roots      int
	references []Reference
	secret     bool // it makes a value that nobody may see
	varies     bool // it looks at the clock, or is left to chance
	patterns   bool // it matches a text against a pattern, in a time that nothing bounds
	err        *ExpressionError
}

// Visit looks at one node, after its children.
func (v *referenceVisitor) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		switch n.Value {
		case "item":
			v.roots++
			v.references = append(v.references, Reference{Item: true, At: v.at + n.Location().From})
		case "inputs", "steps":
			v.roots++
		case "$env":
			v.err = &ExpressionError{v.at + n.Location().From, "$env can't be used here; name the input or the output"}
		}
	case *ast.PredicateNode: // map, filter and the like loop, and can't be switched off in the library
		v.err = &ExpressionError{v.at, "functions that loop can't be used here; use one of " + strings.Join(FunctionNames(), ", ")}
	case *ast.BuiltinNode: // what is asked for is there under another name
		if other := insteadOf[n.Name]; other != "" {
			v.err = &ExpressionError{v.at + n.Location().From, "functions that loop, such as " + n.Name + ", can't be used here; write " + other}
		}
	case *ast.BinaryNode:
		v.patterns = v.patterns || n.Operator == "matches"
		v.compared(n)
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			v.logical(n.Node)
		}
	case *ast.ConditionalNode:
		v.logical(n.Cond)
	case *ast.VariableDeclaratorNode, *ast.SequenceNode:
		v.err = &ExpressionError{v.at, "write one expression, without let and ;"}
	case *ast.CallNode:
		v.called(n)
	case *ast.MemberNode:
		path, from := memberPath(n)
		r, taken := referenceFrom(path)
		if r.At = v.at + from; taken == 0 || taken < len(path) {
			break
		}
		if last := len(v.references) - 1; last >= 0 && v.references[last].At == r.At {
			v.references[last] = r // the same, one name longer
		} else {
			v.references = append(v.references, r)
		}
	}
}

// insteadOf says what to write in place of the library's functions that loop.
var insteadOf = map[string]string{
	"filter": `where(list, field, value), such as where(steps.find.output.users, "department", "Sales")`,
	"find":   `first(where(list, field, value))`,
	"map":    `pluck(list, field), such as pluck(steps.find.output.users, "login")`,
	"count":  `length(where(list, field, value))`,
	"any":    `not empty(where(list, field, value))`,
	"none":   `empty(where(list, field, value))`,
	"all":    `empty(where_not(list, field, value))`,
}

// called refuses a function with more or fewer values than it takes, before anything runs.
func (v *referenceVisitor) called(n *ast.CallNode) {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return
	}
	v.secret = v.secret || callee.Value == passwordName
	f, ok := functionNamed(callee.Value)
	v.varies = v.varies || f.Varies || callee.Value == "now" || callee.Value == "today"
	if ok && (len(n.Arguments) < f.least || len(n.Arguments) > f.most) {
		v.err = &ExpressionError{v.at + n.Location().From, fmt.Sprintf("%s takes %s, as in %s", f.Name, f.takes(), f.Example)}
	}
}

// compared refuses what can never be: an input is text, also when it is yes or no, so it is never equal to true.
func (v *referenceVisitor) compared(n *ast.BinaryNode) {
	switch n.Operator {
	case "and", "or", "&&", "||":
		v.logical(n.Left)
		v.logical(n.Right)
	case "==", "!=":
		_, left := n.Left.(*ast.BoolNode)
		_, right := n.Right.(*ast.BoolNode)
		if right {
			v.logical(n.Left)
		} else if left {
			v.logical(n.Right)
		}
	}
}

// logical refuses an input where only true or false can stand.
func (v *referenceVisitor) logical(node ast.Node) {
	n, ok := node.(*ast.MemberNode)
	if !ok {
		return
	}
	if path, from := memberPath(n); len(path) == 2 && path[0] == "inputs" {
		v.err = &ExpressionError{v.at + from, fmt.Sprintf("an input holds text; write yes(inputs.%s) here", path[1])}
	}
}

// memberPath returns the names of a.b.c, or nil when one of them is computed.
func memberPath(n *ast.MemberNode) (path []string, from int) {
	name, ok := n.Property.(*ast.StringNode)
	if !ok {
		return nil, 0
	}
	switch inner := n.Node.(type) {
	case *ast.IdentifierNode:
		return []string{inner.Value, name.Value}, inner.Location().From
	case *ast.MemberNode:
		if path, from = memberPath(inner); path == nil {
			return nil, 0
		}
		return append(path, name.Value), from
	}
	return nil, 0
}

// References returns every use of an input or an output, in the order they are written.
func (t Template) References() []Reference {
	var out []Reference
	for _, p := range t.parts {
		if p.expression != nil {
			out = append(out, p.expression.references...)
		}
	}
	return out
}

// Plain reports whether the text holds no expression.
func (t Template) Plain() bool {
	for _, p := range t.parts {
		if p.expression != nil {
			return false
		}
	}
	return true
}

// Secret reports whether what the text comes out as may not be stored or shown, since it makes a password. That it
// uses a secret output is not looked at.
func (t Template) Secret() bool {
	return slices.ContainsFunc(t.parts, func(p part) bool { return p.expression != nil && p.expression.secret })
}

// Varies reports whether the text comes out differently at another time, or each time.
func (t Template) Varies() bool {
	return slices.ContainsFunc(t.parts, func(p part) bool { return p.expression != nil && p.expression.varies })
}

// Single returns the reference that the whole text is, and false when it is anything else. Space around it
// counts for nothing.
func (t Template) Single() (Reference, bool) {
	if e := t.single(); e != nil && e.simple {
		return e.references[0], true
	}
	return Reference{}, false
}

// single returns the expression that a text is and nothing else, space aside.
func (t Template) single() *expression {
	var found *expression
	for _, p := range t.parts {
		switch {
		case p.expression == nil && strings.TrimSpace(p.text) == "":
		case p.expression == nil || found != nil:
			return nil
		default:
			found = p.expression
		}
	}
	return found
}

// render evaluates the template. The error is an *ExpressionError.
func (t Template) render(s Scope) (string, error) {
	var b strings.Builder
	for _, p := range t.parts {
		if p.expression == nil {
			b.WriteString(p.text)
		} else {
			v, err := p.expression.value(s)
			if err != nil {
				return "", err
			}
			b.WriteString(text(v))
		}
		if b.Len() > MaxRendered {
			return "", &ExpressionError{1, fmt.Sprintf("the text becomes longer than %d KB", MaxRendered>>10)}
		}
	}
	return b.String(), nil
}

// value is what an expression puts into a text: an input stays as it was typed, a list too.
func (e *expression) value(s Scope) (v any, err error) {
	if e.simple {
		v = s.lookup(e.references[0])
	} else if v, err = e.evaluate(s); err != nil {
		return nil, err
	}
	if v == nil {
		return nil, &ExpressionError{e.at, fmt.Sprintf("%s has no value; give one, or write default(…, \"\") around it", strings.TrimSpace(e.source))}
	}
	return v, nil
}
