package workflow

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"caracal/form"
)

// ownFieldsKey is the key of a step under which a file says what the fields hold that are attributes of the org's own.
const ownFieldsKey = "own_fields"

// ownFields reads what kind of value such fields hold.
func (y *yamlReader) ownFields(n *yaml.Node, s *Step, path string) {
	y.pairs(n, ownFieldsKey, func(key, value *yaml.Node) {
		if s.Fields == nil {
			s.Fields = map[string]string{}
		}
		name := form.OwnPrefix + key.Value
		s.Fields[name] = y.text(value, key.Value)
		y.lines[path+".fields."+name] = key.Line
	})
}

// ownProblem says what is wrong with an attribute of the org's own in a step, and reports whether a name is one of
// the fields that ownFields made.
func (y *yamlReader) ownProblem(s Step, spec ActionSpec, path, name string) (own bool) {
	of, own := strings.CutPrefix(name, form.OwnPrefix)
	if !own {
		return false
	}
	line := y.lines[path+".fields."+name]
	if problem := ownProblem(spec, of, s.Fields[name]); problem != "" {
		y.wrong(line, "%s", problem)
	} else if _, there := s.Fields[of]; !there && s.Fields[form.WhenEmptyPrefix+of] == "" {
		y.wrong(line, "%s says what %s holds, and the step does not fill it in; add it to fields.", ownFieldsKey, of)
	}
	return true
}

// ownFields writes what kind of value the fields hold that are attributes of the org's own.
func (w *yamlWriter) ownFields(s Step) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for _, name := range slices.Sorted(maps.Keys(s.Fields)) {
		of, own := strings.CutPrefix(name, form.OwnPrefix)
		if own && (s.Fields[of] != "" || s.Fields[form.WhenEmptyPrefix+of] != "") {
			n.Content = append(n.Content, w.text(of), w.text(s.Fields[name]))
		}
	}
	return n
}
