package workflow

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"caracal/form"
)

// WriteOptions say what a file holds besides the definition.
type WriteOptions struct {
	Application string // the name of the application the definition acts on
	Schema      string // address of the JSON Schema, for editors; "" leaves it out
}

// WriteYAML writes a definition as ReadYAML reads it. What is empty is left out, and picked objects get their
// names as comments.
func WriteYAML(d Definition, registry *Registry, o WriteOptions) ([]byte, error) {
	d.ApplicationID = o.Application
	w := yamlWriter{registry: registry, tree: tree(d.Clone().Steps)}
	return w.file(reflect.ValueOf(d), o.Schema)
}

// file writes a struct with the version of the format before it.
func (w *yamlWriter) file(v reflect.Value, schema string) ([]byte, error) {
	root := w.structure(v)
	root.Content = append([]*yaml.Node{keyNode("version"), {Kind: yaml.ScalarNode, Tag: "!!int", Value: text(FormatVersion)}}, root.Content...)
	var out bytes.Buffer
	if schema != "" {
		fmt.Fprintf(&out, "# yaml-language-server: $schema=%s\n", schema)
	}
	if err := w.dump(&out, root); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// dump writes a node, unless something in it could not be written.
func (w *yamlWriter) dump(out *bytes.Buffer, n *yaml.Node) error {
	err := w.err
	if err == nil {
		var dumper *yaml.Dumper
		if dumper, err = yaml.NewDumper(out, yaml.WithIndent(2), yaml.WithLineWidth(-1)); err == nil {
			err = errors.Join(dumper.Dump(n), dumper.Close())
		}
	}
	if err != nil {
		return fmt.Errorf("write workflow file: %w", err)
	}
	return nil
}

type yamlWriter struct {
	registry *Registry
	tree     *branch
	names    map[string]string // of objects in a plain file, by id; they become comments
	err      error
}

func (w *yamlWriter) structure(v reflect.Value) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	step, isStep := v.Interface().(Step)
	for _, k := range yamlKeys(v.Type()) {
		field := v.FieldByIndex(k.field)
		switch {
		case isStep && k.name == "on_error" && step.OnError == Branch: // its block says so
		case isStep && k.name == "action":
			n.Content = append(n.Content, keyNode(k.name), w.action(step.Action))
		case isStep && k.name == "fields":
			if fields := w.fields(step); len(fields.Content) > 0 {
				n.Content = append(n.Content, keyNode(k.name), fields)
			}
			if blanks := w.whenEmpty(step); len(blanks.Content) > 0 {
				n.Content = append(n.Content, keyNode(whenEmptyKey), blanks)
			}
			if own := w.ownFields(step); len(own.Content) > 0 {
				n.Content = append(n.Content, keyNode(ownFieldsKey), own)
			}
		case field.IsZero() || field.Kind() == reflect.Slice && field.Len() == 0:
		default:
			n.Content = append(n.Content, keyNode(k.name), w.value(field))
		}
	}
	return n
}

// action writes what a step does. A workflow that it runs is named, so that the file fits every installation, unless
// two have the name.
func (w *yamlWriter) action(action string) *yaml.Node {
	id, calls := IsCall(action)
	called, known := w.registry.Called(id)
	switch {
	case !calls || !known:
		return w.text(action)
	case len(w.registry.CallNamed(called.Name)) == 1:
		return w.text(CallAction(called.Name))
	}
	return w.commented(action, called.Name)
}

// steps writes the steps of one block, each with what it holds within it.
func (w *yamlWriter) steps(block []*branch) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	for _, b := range block {
		step := w.structure(reflect.ValueOf(b.Step))
		for _, key := range stepBlocks {
			if held := b.blocks[key.when]; len(held) > 0 || key.when == WhenFailed && b.OnError == Branch {
				step.Content = append(step.Content, keyNode(key.key), w.steps(held))
			}
		}
		n.Content = append(n.Content, step)
	}
	return n
}

func (w *yamlWriter) value(v reflect.Value) *yaml.Node {
	if option, ok := v.Interface().(form.Option); ok {
		return w.option(option)
	}
	if _, ok := v.Interface().([]Step); ok {
		return w.steps(w.tree.blocks[WhenEach])
	}
	switch v.Kind() {
	case reflect.String:
		return w.text(v.String())
	case reflect.Bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: fmt.Sprint(v.Bool())}
	case reflect.Int, reflect.Int64:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: fmt.Sprint(v.Int())}
	case reflect.Slice:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for i := range v.Len() {
			n.Content = append(n.Content, w.value(v.Index(i)))
		}
		return n
	case reflect.Map:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		texts := v.Convert(reflect.TypeFor[map[string]string]()).Interface().(map[string]string)
		for _, key := range slices.Sorted(maps.Keys(texts)) {
			n.Content = append(n.Content, w.text(key), w.commented(texts[key], w.names[texts[key]]))
		}
		return n
	case reflect.Struct:
		return w.structure(v)
	case reflect.Pointer:
		return w.value(v.Elem())
	}
	panic("workflow: no YAML for " + v.Type().String()) // a new type of field: a test meets it first
}

func (w *yamlWriter) option(o form.Option) *yaml.Node {
	if o.Value == o.Label {
		return w.text(o.Value)
	}
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{
		keyNode("value"), w.text(o.Value), keyNode("label"), w.text(o.Label)}}
}

// fields writes those of a step in the order of its form. An empty one is left out, unless its action would put
// a default there.
func (w *yamlWriter) fields(s Step) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	spec, _ := w.registry.SpecOf(s)
	for _, name := range fieldNames(spec, s, Step{}) {
		value, there := s.Fields[name]
		f, _ := spec.Field(name)
		blank := w.blank(s, f)
		if strings.HasPrefix(name, form.WhenEmptyPrefix) || strings.HasPrefix(name, form.OwnPrefix) || !there && blank == nil || value == "" && f.Default == "" && blank == nil {
			continue
		}
		if value == "" && blank != nil {
			n.Content = append(n.Content, w.text(name), blank)
			continue
		}
		n.Content = append(n.Content, w.text(name), w.field(value, s.Names))
	}
	return n
}

var plainScalar = regexp.MustCompile(`^(true|false|0|[1-9][0-9]{0,14})$`)

func (w *yamlWriter) field(value string, names map[string]string) *yaml.Node {
	if parts := form.SplitList(value); len(parts) > 1 && strings.Join(parts, ",") == value && slices.ContainsFunc(parts, isObjectID) && !strings.Contains(value, "{{") {
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, part := range parts {
			n.Content = append(n.Content, w.commented(part, names[part]))
		}
		return n
	}
	if plainScalar.MatchString(value) {
		tag := "!!int"
		if value == "true" || value == "false" {
			tag = "!!bool"
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
	}
	return w.commented(value, names[value])
}

func (w *yamlWriter) commented(value, name string) *yaml.Node {
	n := w.text(value)
	id, _ := strings.CutPrefix(value, callPrefix)
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, name)
	if name = strings.TrimSpace(strings.ToValidUTF8(name, "")); name != "" && isObjectID(id) {
		n.LineComment = "# " + name
	}
	return n
}

func (w *yamlWriter) text(s string) *yaml.Node {
	if !utf8.ValidString(s) {
		w.err = fmt.Errorf("%q is not text", s)
	}
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if strings.Contains(s, "\n") {
		n.Style = yaml.LiteralStyle
	}
	return n
}

func keyNode(name string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}
}
