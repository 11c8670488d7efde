package workflow

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"caracal/form"
)

// whenEmptyKey is the key of a step under which a file says what fields send when they are empty. One that is empty in
// the file itself says so in its own place: null, or an empty text in quotes.
const whenEmptyKey = "when_empty"

// What a field can send when it is empty, as form.Field.Blanks name it.
const (
	blankNull  = "null"
	blankEmpty = "empty"
)

// blank notes a field that is written as null or as an empty text. A key with nothing after it is null to YAML as well,
// but nobody wrote so: it stays not filled in.
func (y *yamlReader) blank(n *yaml.Node, path string) {
	quoted := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0
	switch {
	case n.Kind != yaml.ScalarNode:
	case isNull(n) && n.Value != "":
		y.note(path, blankNull)
	case n.Value == "" && quoted:
		y.note(path, blankEmpty)
	}
}

func (y *yamlReader) note(path, blank string) {
	if y.blanks == nil {
		y.blanks = map[string]string{}
	}
	y.blanks[path] = blank
}

// setBlanks keeps what was noted of the fields of a step, for those that can send it. For all others null and an empty
// text mean that they are not filled in.
func (y *yamlReader) setBlanks(s Step, spec ActionSpec, path string) {
	for _, name := range slices.Sorted(maps.Keys(s.Fields)) {
		f, ok := spec.Field(name)
		blank := y.blanks[path+".fields."+name]
		if !ok || blank == "" || !hasOption(f.Blanks, blank) {
			continue
		}
		choice := f.WhenEmpty().Name
		if said := s.Fields[choice]; said != "" && said != blank {
			y.wrong(y.lines[path+".fields."+name], "%s is %s here and %s under %s; keep one of them.", name, blank, said, whenEmptyKey)
		}
		s.Fields[choice] = blank
	}
}

// whenEmpty reads what fields send when they are empty.
func (y *yamlReader) whenEmpty(n *yaml.Node, s *Step, path string) {
	y.pairs(n, whenEmptyKey, func(key, value *yaml.Node) {
		blank := value.Value
		if !y.plain(value) {
			return
		}
		if isNull(value) {
			blank = blankNull
		}
		if value.Kind != yaml.ScalarNode || blank != blankNull && blank != blankEmpty {
			y.wrong(value.Line, "What %s sends when it is empty must be null or empty.", key.Value)
			return
		}
		if s.Fields == nil {
			s.Fields = map[string]string{}
		}
		name := form.WhenEmptyPrefix + key.Value
		s.Fields[name] = blank
		y.lines[path+".fields."+name] = key.Line
	})
}

// blank is how a field is written that is empty and sends something all the same; nil when it does not.
func (w *yamlWriter) blank(s Step, f form.Field) *yaml.Node {
	switch s.Fields[f.WhenEmpty().Name] {
	case blankNull:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
	case blankEmpty:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle}
	}
	return nil
}

// whenEmpty writes what those fields send when they come out empty that hold something, such as an expression.
func (w *yamlWriter) whenEmpty(s Step) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for _, name := range slices.Sorted(maps.Keys(s.Fields)) {
		if of, ok := strings.CutPrefix(name, form.WhenEmptyPrefix); ok && s.Fields[name] != "" && s.Fields[of] != "" {
			value := w.text(s.Fields[name])
			if s.Fields[name] == blankNull {
				value.Tag = "!!null"
			}
			n.Content = append(n.Content, w.text(of), value)
		}
	}
	return n
}
