package workflow

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// A mapping is a text with {{ expressions }} over something that came from outside: body.user.email, body.members[0].id,
// event.user.id, and the functions of Functions. It fills one input of a workflow. The language is that of steps, with
// the same bounds; it knows its Root in place of inputs and steps.

// Root is what a mapping calls that which it takes values from.
type Root string

// The roots.
const (
	BodyRoot  Root = "body"  // of a request whose sender knows the secret
	EventRoot Root = "event" // of an org: others wrote what is in it
)

func (r Root) example() string {
	if r == EventRoot {
		return "event.user.id"
	}
	return "body.user.email"
}

// CheckMapping says what is wrong with a mapping; the error is an *ExpressionError.
func CheckMapping(root Root, source string) error {
	if utf8.RuneCountInString(source) > MaxFieldText {
		return &ExpressionError{1, fmt.Sprintf("this is longer than %d characters; shorten it", MaxFieldText)}
	}
	_, err := mapping(source, func(inner string, at int) (any, error) { return "", checkMapped(root, inner, at) })
	return err
}

// Joint says what stands between the entries of a list. Several says that the field holds a list: then one value of an
// event may not hold the separator itself, or a person who calls himself "a, b" would be taken for two.
type Joint struct {
	Separator string
	Several   bool
}

// EvaluateMapping returns what a mapping makes of a value from outside. What is not in the value is empty. The error is
// an *ExpressionError.
func EvaluateMapping(root Root, source string, value any, joint Joint, now time.Time) (string, error) {
	return mapping(source, func(inner string, at int) (any, error) {
		if err := checkMapped(root, inner, at); err != nil {
			return nil, err
		}
		program, err := expr.Compile(inner, mappingOptions()...)
		if err != nil {
			return nil, explain(err, at)
		}
		machine := vm.VM{MemoryBudget: memoryBudget}
		v, err := machine.Run(program, mapped{Body: value, Event: value, Evaluation: &evaluation{Scope: Scope{Now: now}}})
		if err != nil {
			return nil, explain(err, at)
		}
		many, ok := v.([]any)
		if !ok {
			many = []any{v}
		}
		parts := make([]string, 0, len(many))
		for _, e := range many {
			part := text(e)
			if root == EventRoot && joint.Several && strings.Contains(part, joint.Separator) {
				return nil, &ExpressionError{at, fmt.Sprintf("“%s” would be taken for several, for it holds what stands between the entries of a list", shorten(part, 60))}
			}
			parts = append(parts, part)
		}
		return strings.Join(parts, joint.Separator), nil
	})
}

// mapping walks a text, and puts what value makes of each expression in its place.
func mapping(source string, value func(source string, at int) (any, error)) (string, error) {
	var b strings.Builder
	rest, at := source, 1
	for {
		open := strings.Index(rest, "{{")
		if open < 0 {
			b.WriteString(rest)
			return b.String(), nil
		}
		b.WriteString(rest[:open])
		at += utf8.RuneCountInString(rest[:open])
		inner, ok := untilClose(rest[open+2:])
		if !ok {
			return "", &ExpressionError{at, "this {{ has no }} after it; close it, or take it away"}
		}
		v, err := value(inner, at+2)
		if err != nil {
			return "", err
		}
		if b.WriteString(text(v)); b.Len() > MaxRendered {
			return "", &ExpressionError{1, fmt.Sprintf("the text becomes longer than %d KB", MaxRendered>>10)}
		}
		at += utf8.RuneCountInString(inner) + 4
		rest = rest[open+2+len(inner)+2:]
	}
}

// mapped is what an expression over a body sees.
type mapped struct {
	Body       any         `expr:"body"`
	Event      any         `expr:"event"`
	Evaluation *evaluation `expr:"\x00evaluation"`
}

// mappingOptions are what every mapping is compiled with: those of steps, over another environment.
var mappingOptions = sync.OnceValue(func() []expr.Option {
	return append(slices.Clone(options()), expr.Env(mapped{}), expr.Patch(parts{}), expr.Function(partName, func(args ...any) (any, error) {
		return partOf(args[0], args[1]), nil
	}))
})

// checkMapped refuses what an expression over a body may not hold.
func checkMapped(root Root, source string, at int) error {
	switch {
	case strings.TrimSpace(source) == "":
		return &ExpressionError{at, "there is nothing between {{ and }}; write a part of the " + string(root) + ", such as " + root.example()}
	case len(source) > MaxExpression:
		return &ExpressionError{at, fmt.Sprintf("this expression is longer than %d characters; shorten it", MaxExpression)}
	}
	tree, err := parser.ParseWithConfig(source, parserConfig())
	if err != nil {
		return explain(err, at)
	}
	v := &mappingVisitor{at: at, root: root}
	ast.Walk(&tree.Node, v)
	if v.err != nil {
		return v.err
	}
	if _, err := expr.Compile(source, mappingOptions()...); err != nil {
		return explain(err, at)
	}
	return nil
}

type mappingVisitor struct {
	at   int
	root Root
	err  error
}

// Visit looks at one node.
func (v *mappingVisitor) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		if n.Value != string(v.root) && !isFunction(n.Value) {
			v.err = &ExpressionError{v.at + n.Location().From, fmt.Sprintf("%q is not known here; write a part of the %s, such as %s", n.Value, v.root, v.root.example())}
		}
	case *ast.PredicateNode, *ast.PointerNode:
		v.err = &ExpressionError{v.at, "functions that loop can't be used here; use one of " + strings.Join(FunctionNames(), ", ")}
	case *ast.BinaryNode:
		if n.Operator == "matches" {
			v.err = &ExpressionError{v.at, "matches can't be used here; use one of " + strings.Join(FunctionNames(), ", ")}
		}
	case *ast.VariableDeclaratorNode, *ast.SequenceNode:
		v.err = &ExpressionError{v.at, "write one expression, without let and ;"}
	}
}

func isFunction(name string) bool {
	for _, f := range FunctionNames() {
		if f == name {
			return true
		}
	}
	return false
}
