package workflow

import (
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
)

// partName is what a member of a value from outside is fetched by. No source can spell it.
const partName = "\x00part"

// parts makes each a.b and a[0] one that is empty where the value has no such part: senders leave parts out, send an empty
// list or text where an object was, and none of these is a mistake of the mapping.
type parts struct{}

// Visit rewrites one node, after its children.
func (parts) Visit(node *ast.Node) {
	if n, ok := (*node).(*ast.MemberNode); ok {
		ast.Patch(node, &ast.CallNode{Callee: &ast.IdentifierNode{Value: partName}, Arguments: []ast.Node{n.Node, n.Property}})
	}
}

// partOf returns the entry of a list, counted from its end where the number is negative, or the member of an object; nil where there is none.
func partOf(of, key any) any {
	switch of := of.(type) {
	case map[string]any:
		name, _ := key.(string)
		return of[name]
	case []any:
		i, ok := key.(int)
		if f, isFloat := key.(float64); isFloat { // a number of the body
			i, ok = int(f), f == float64(int(f))
		}
		if i < 0 {
			i += len(of)
		}
		if ok && i >= 0 && i < len(of) {
			return of[i]
		}
	}
	return nil
}

// maxExampleIndex bounds the lists of an example.
const maxExampleIndex = 9

// MappingExample returns a value that has every part that mappings take, with “…” in each, to show what has to be sent. What can't
// be read is passed over; it is nil where nothing is taken.
func MappingExample(root Root, sources ...string) any {
	var out any
	for _, source := range sources {
		_, err := mapping(source, func(inner string, _ int) (any, error) {
			if tree, err := parser.ParseWithConfig(inner, parserConfig()); err == nil {
				ast.Walk(&tree.Node, &exampleVisitor{root, &out})
			}
			return "", nil
		})
		if err != nil {
			continue // it is being written
		}
	}
	return out
}

type exampleVisitor struct {
	root Root
	out  *any
}

// Visit puts the part that a node takes into the example.
func (v *exampleVisitor) Visit(node *ast.Node) {
	if path, ok := v.path(*node); ok {
		*v.out = withPart(*v.out, path)
	}
}

// path returns the names and numbers that lead to a part, or false where one is computed.
func (v *exampleVisitor) path(node ast.Node) ([]any, bool) {
	switch n := node.(type) {
	case *ast.IdentifierNode:
		return nil, n.Value == string(v.root)
	case *ast.MemberNode:
		path, ok := v.path(n.Node)
		switch key := n.Property.(type) {
		case *ast.StringNode:
			return append(path, key.Value), ok
		case *ast.IntegerNode:
			return append(path, key.Value), ok && key.Value <= maxExampleIndex
		}
	}
	return nil, false
}

// withPart returns the value with something at a path; what leads further stays.
func withPart(value any, path []any) any {
	if len(path) == 0 {
		if value == nil {
			return "…"
		}
		return value
	}
	switch key := path[0].(type) {
	case string:
		object, ok := value.(map[string]any)
		if !ok {
			object = map[string]any{}
		}
		object[key] = withPart(object[key], path[1:])
		return object
	case int:
		list, _ := value.([]any)
		for len(list) <= key {
			list = append(list, "…")
		}
		list[key] = withPart(list[key], path[1:])
		return list
	}
	return value
}
