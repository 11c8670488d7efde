package workflow

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"caracal/form"
)

// Type is what is known of a value before anything runs: an output whose kind, list and fields are told, as far
// as they are. The zero Type is a value of which nothing is known.
type Type struct {
	Kind   form.Kind // form.User and so on for ids and lists of ids, form.Text for other text, "" when it is not known
	List   bool
	Fields []OutputField // of the object that it is, or of each object in the list
}

// item is the type of one entry of a list.
func (t Type) item() Type { return Type{Kind: t.Kind, Fields: t.Fields} }

// asKind is the kind that a field takes or does not: several users are users.
func (t Type) asKind() form.Kind {
	if t.List {
		switch t.Kind {
		case form.User:
			return form.Users
		case form.Group:
			return form.Groups
		case form.Text:
			return form.Lines
		}
	}
	return t.Kind
}

// typeOfKind reads a kind as a type: users are a list of user ids.
func typeOfKind(k form.Kind) Type {
	switch k {
	case form.Users:
		return Type{Kind: form.User, List: true}
	case form.Groups:
		return Type{Kind: form.Group, List: true}
	case form.Lines:
		return Type{Kind: form.Text, List: true}
	}
	return Type{Kind: k}
}

// Type returns what is known of an output.
func (o OutputField) Type() Type {
	t := typeOfKind(o.Kind)
	t.List, t.Fields = t.List || o.List, o.Fields
	return t
}

// within is the type of a part of an object. ok is false when the object is known to have no such part.
func (t Type) within(path string) (out Type, ok bool) {
	for name := range strings.SplitSeq(path, ".") {
		switch {
		case path == "":
			return t, true
		case t.List:
			return Type{}, false
		case len(t.Fields) == 0:
			return Type{}, t.Kind == "" // an id or a text has no parts
		}
		i := slices.IndexFunc(t.Fields, func(f OutputField) bool { return f.Name == name })
		if i < 0 {
			return Type{}, false
		}
		t = t.Fields[i].Type()
	}
	return t, true
}

// ItemOf returns what is known of the items of a for-each.
func (d Definition) ItemOf(registry *Registry, loop int) Type {
	return d.typer(registry, loop).list(loop).item()
}

// typer tells types of what stands in a step.
type typer struct {
	d        Definition
	registry *Registry
	loop     string // whose item {{ item }} is
	depth    int    // loops looked into, so that blocks in a circle end
}

func (d Definition) typer(registry *Registry, i int) typer {
	t := typer{d: d, registry: registry}
	if loops := d.Loops(i); len(loops) > 0 {
		t.loop = loops[len(loops)-1]
	}
	return t
}

// template is the type of a whole field.
func (w typer) template(t Template) Type {
	e := t.single()
	switch {
	case e == nil:
		return Type{Kind: form.Text}
	case e.simple:
		out, _ := w.reference(e.references[0])
		return out
	}
	return w.node(e.tree)
}

// reference is the type of a reference; ok is false when it is known to be no value at all.
func (w typer) reference(r Reference) (Type, bool) {
	switch i := w.d.StepIndex(r.Step); {
	case r.Input != "":
		if in := w.d.InputIndex(r.Input); in >= 0 {
			return typeOfKind(w.d.Inputs[in].Kind), true
		}
		return Type{}, false
	case r.Item:
		return w.item(w.loop, r.Path)
	case i < 0:
		return Type{}, false
	case w.d.Steps[i].Action == FlowForEach && r.Output == ItemOutput:
		return w.item(r.Step, r.Path)
	case w.d.Steps[i].Action == FlowForEach && r.Output == FailedItemsOutput && w.depth <= MaxDepth:
		t := w.within(i).list(i)
		return Type{Kind: t.Kind, List: true, Fields: t.Fields}.within(r.Path)
	default:
		spec, known := w.registry.Get(w.d.Steps[i].Action)
		out, ok := spec.Output(r.Output)
		if !ok {
			return Type{}, !known
		}
		return out.Type().within(r.Path)
	}
}

func (w typer) item(loop, path string) (Type, bool) {
	i := w.d.StepIndex(loop)
	if i < 0 || w.depth > MaxDepth {
		return Type{}, false
	}
	return w.within(i).list(i).item().within(path)
}

// within is the typer of another step, which this one was led to.
func (w typer) within(i int) typer {
	t := w.d.typer(w.registry, i)
	t.depth = w.depth + 1
	return t
}

// list is the type of the list that a for-each goes over.
func (w typer) list(loop int) Type {
	t, err := ParseTemplate(w.d.Steps[loop].Fields[ListField])
	if err != nil {
		return Type{}
	}
	return w.template(t)
}

// node is the type of a part of an expression, as far as it is easily told.
func (w typer) node(node ast.Node) Type {
	switch n := node.(type) {
	case *ast.StringNode:
		return Type{Kind: form.Text}
	case *ast.IntegerNode, *ast.FloatNode:
		return Type{Kind: form.Number}
	case *ast.ArrayNode:
		if len(n.Nodes) == 0 {
			return Type{List: true}
		}
		first := w.node(n.Nodes[0])
		return Type{Kind: first.Kind, List: true, Fields: first.Fields}
	case *ast.ConditionalNode:
		return w.node(n.Exp1)
	case *ast.ChainNode:
		return w.node(n.Node)
	case *ast.IdentifierNode:
		if n.Value == "item" {
			t, _ := w.reference(Reference{Item: true})
			return t
		}
	case *ast.MemberNode:
		path, _ := memberPath(n)
		if r, taken := referenceFrom(path); taken > 0 && taken == len(path) {
			t, _ := w.reference(r)
			return t
		}
		if _, ok := n.Property.(*ast.IntegerNode); ok {
			return w.node(n.Node).item()
		}
	case *ast.CallNode:
		callee, ok := n.Callee.(*ast.IdentifierNode)
		if !ok || len(n.Arguments) == 0 {
			return Type{}
		}
		return w.call(callee.Value, n.Arguments)
	}
	return Type{}
}

// call is the type of what a function gives.
func (w typer) call(name string, args []ast.Node) Type {
	f, _ := functionNamed(name)
	switch f.gives {
	case givesDate:
		return Type{Kind: form.Date}
	case givesText:
		return Type{Kind: form.Text}
	case givesNumber:
		return Type{Kind: form.Number}
	case givesTexts:
		return Type{Kind: form.Text, List: true}
	case givesSame:
		return w.node(args[0])
	case givesSecond:
		return w.node(args[min(1, len(args)-1)])
	case givesList:
		t := w.node(args[0])
		return Type{Kind: t.Kind, List: true, Fields: t.Fields}
	case givesItem:
		return w.node(args[0]).item()
	case givesPart:
		if name, ok := args[min(1, len(args)-1)].(*ast.StringNode); ok {
			t, _ := w.node(args[0]).item().within(name.Value)
			return Type{Kind: t.Kind, List: true, Fields: t.Fields}
		}
		return Type{List: true}
	}
	return Type{}
}

// given is what a function's type depends on.
type given int

const (
	givesAny    given = iota
	givesText         // always text
	givesNumber       // always a number
	givesDate         // always a day
	givesTexts        // a list of texts
	givesSame         // what the first value is
	givesSecond       // what the second value is
	givesList         // a list like the first
	givesItem         // an entry of the first
	givesPart         // a list of one part of each entry
)
