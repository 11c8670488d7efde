package workflow

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

// What the compiled expression calls besides Functions. No source can spell these names.
const (
	evaluationName = "\x00evaluation" // an *evaluation, the first argument of every call
	fetchName      = "\x00fetch"      // the value of a Reference
	truthName      = "\x00truth"      // a value as yes or no
)

// options are what every expression is compiled with. The library's own functions are switched off, those that
// loop among them.
var options = sync.OnceValue(func() []expr.Option {
	out := []expr.Option{
		expr.Env(map[string]any{"inputs": map[string]any{}, "steps": map[string]any{}, "item": map[string]any{}, evaluationName: (*evaluation)(nil)}),
		expr.DisableAllBuiltins(), expr.DisableIfOperator(), expr.MaxNodes(MaxNodes), expr.AsAny(), expr.Optimize(false), expr.Patch(rewriter{}),
		expr.Function(fetchName, func(args ...any) (any, error) {
			return args[0].(*evaluation).value(args[1].(Reference)), nil
		}),
		expr.Function(truthName, func(args ...any) (any, error) { return truth(args[1]) }, new(func(*evaluation, any) bool)),
	}
	for _, f := range Functions() {
		out = append(out, expr.Function(f.Name, func(args ...any) (any, error) {
			e, ok := args[0].(*evaluation)
			if !ok || len(args)-1 < f.least || len(args)-1 > f.most {
				return nil, fmt.Errorf("%s takes %s, as in %s", f.Name, f.takes(), f.Example)
			}
			if err := e.spend(args[1:]); err != nil {
				return nil, err
			}
			return f.call(e, args[1:])
		}))
	}
	return out
})

// parserConfig is what an expression is read with before it is compiled.
var parserConfig = sync.OnceValue(func() *conf.Config {
	c := conf.CreateNew() // without an environment, whose cache parsers could not share
	expr.DisableAllBuiltins()(c)
	expr.DisableIfOperator()(c)
	expr.MaxNodes(MaxNodes)(c)
	for _, f := range Functions() {
		expr.Function(f.Name, func(...any) (any, error) { return nil, nil })(c)
	}
	return c
})

// rewriter makes of an expression what is carried out: references are fetched at once, so that a part of a value
// that is not there is no value and not an error; functions get the evaluation they are called in; and if()
// becomes a condition, which leaves the other way alone.
type rewriter struct{}

// Visit rewrites one node, after its children.
func (rewriter) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		if n.Value == "item" {
			ast.Patch(node, fetch(Reference{Item: true}))
		}
	case *ast.MemberNode:
		if r, ok := fetched(n); ok {
			ast.Patch(node, fetch(r))
		}
	case *ast.CallNode:
		callee, ok := n.Callee.(*ast.IdentifierNode)
		switch {
		case !ok || strings.HasPrefix(callee.Value, "\x00"):
		case callee.Value == ifName && len(n.Arguments) == 3:
			ast.Patch(node, &ast.ConditionalNode{Cond: call(truthName, n.Arguments[0]), Exp1: n.Arguments[1], Exp2: n.Arguments[2]})
		default:
			n.Arguments = append([]ast.Node{&ast.IdentifierNode{Value: evaluationName}}, n.Arguments...)
		}
	}
}

func call(name string, args ...ast.Node) ast.Node {
	return &ast.CallNode{Callee: &ast.IdentifierNode{Value: name}, Arguments: append([]ast.Node{&ast.IdentifierNode{Value: evaluationName}}, args...)}
}

func fetch(r Reference) ast.Node { return call(fetchName, &ast.ConstantNode{Value: r}) }

// fetched returns the reference that a member of inputs, steps, or of what is fetched already, is.
func fetched(n *ast.MemberNode) (Reference, bool) {
	name, ok := n.Property.(*ast.StringNode)
	if !ok {
		return Reference{}, false
	}
	if inner, ok := n.Node.(*ast.CallNode); ok && len(inner.Arguments) == 2 {
		callee, _ := inner.Callee.(*ast.IdentifierNode)
		constant, isConstant := inner.Arguments[1].(*ast.ConstantNode)
		if callee == nil || callee.Value != fetchName || !isConstant || !IsName(name.Value) {
			return Reference{}, false
		}
		r := constant.Value.(Reference)
		r.Path = strings.TrimPrefix(r.Path+"."+name.Value, ".")
		return r, r.Input == ""
	}
	path, _ := memberPath(n)
	r, taken := referenceFrom(path)
	return r, taken > 0 && taken == len(path)
}

// evaluation is one expression being carried out.
type evaluation struct {
	Scope
	spent int
}

// workBudget bounds what the functions of one expression may look at, in bytes and entries: they are as fast as
// that is small, and an expression may call many, each on what the one before made.
const workBudget = 32 << 20

func (e *evaluation) spend(args []any) error {
	for _, a := range args {
		if e.spent += size(a, workBudget); e.spent > workBudget {
			return errors.New("this expression makes too much; make it simpler")
		}
	}
	return nil
}

// size says about how much a value is, and stops to count above a limit.
func size(v any, limit int) int {
	n := 1
	switch v := v.(type) {
	case string:
		return n + len(v)
	case []string:
		for _, s := range v {
			n += 1 + len(s)
		}
	case []any:
		for _, each := range v {
			if n += size(each, limit); n > limit {
				return n
			}
		}
	case map[string]any:
		for name, each := range v {
			if n += len(name) + size(each, limit); n > limit {
				return n
			}
		}
	}
	return n
}

func (e *expression) evaluate(s Scope) (any, error) {
	if e.simple {
		return s.value(e.references[0]), nil
	}
	machine := vm.VM{MemoryBudget: memoryBudget}
	v, err := machine.Run(e.program, map[string]any{evaluationName: &evaluation{Scope: s}})
	if err != nil {
		return nil, explain(err, e.at)
	}
	return v, nil
}

// parsed remembers the templates that took a compiler to read, since a page asks for the same ones at each
// keystroke and a loop for each item. A template is never changed once it is made.
var parsed = templateCache{byText: map[string]Template{}}

// maxParsed bounds what is remembered, a few KB each; all of it is let go when there is more.
const maxParsed = 2_000

type templateCache struct {
	sync.RWMutex
	byText map[string]Template
}

func (c *templateCache) get(text string) (Template, bool) {
	c.RLock()
	defer c.RUnlock()
	t, ok := c.byText[text]
	return t, ok
}

func (c *templateCache) put(text string, t Template) {
	c.Lock()
	defer c.Unlock()
	if len(c.byText) >= maxParsed {
		clear(c.byText)
	}
	c.byText[text] = t
}

// unexpected says which sign the parser stumbled over: unexpected token Operator(",").
func unexpected(message string) string {
	if _, quoted, ok := strings.Cut(message, "(\""); ok {
		if sign, _, ok := strings.Cut(quoted, "\")"); ok {
			return "“" + sign + "” does not belong here"
		}
	}
	return "something here does not belong to an expression"
}

// explain turns the library's error into a sentence with the place in the whole text.
func explain(err error, at int) *ExpressionError {
	var positioned *file.Error
	if !errors.As(err, &positioned) {
		message := err.Error()
		if strings.Contains(message, "maximum allowed nodes") {
			message = "this expression is too large; make it simpler"
		}
		return &ExpressionError{at, message}
	}
	at += positioned.From
	message := positioned.Message
	switch name, unknown := strings.CutPrefix(message, "unknown name "); {
	case unknown:
		message = fmt.Sprintf("%q is not known here; use inputs, steps, item or one of %s", name, strings.Join(FunctionNames(), ", "))
	case strings.HasPrefix(message, `unexpected token Operator("contains")`):
		message = `contains stands between two texts; write has(list, "x") for a list`
	case strings.Contains(message, "unexpected token EOF"):
		message = "this expression is not finished"
	case strings.HasPrefix(message, "unexpected token "):
		message = unexpected(message)
	case strings.Contains(message, "memory budget"):
		message = "this expression makes too much; make it simpler"
	case strings.Contains(message, "exceeds maximum allowed nodes"):
		message = "this expression is too large; make it simpler"
	case strings.HasPrefix(message, "cannot fetch"):
		message = "a part of this value does not exist: " + message
	}
	return &ExpressionError{at, message}
}
