package workflow

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Lines says on which line each part of a file stands, by path: schedule.cron, event.where.0.
type Lines map[string]int

// At returns the line of a path, or of the nearest part around it that the file has, or 0.
func (l Lines) At(path string) int {
	for path != "" {
		if line := l[path]; line > 0 {
			return line
		}
		i := strings.LastIndexByte(path, '.')
		if i < 0 {
			break
		}
		path = path[:i]
	}
	return 0
}

// ReadPlain reads a file of another noun than a workflow, such as a trigger, into a struct by its json tags, with the
// rules and the sentences of ReadYAML: the version of the format first, unknown and equal keys, anchors, aliases, tags
// and second documents refused with their line. Every error is Mistakes.
func ReadPlain(raw []byte, noun string, into any) (Lines, error) {
	y := &yamlReader{lines: map[string]int{}, source: "The file", noun: noun}
	root := y.parse(raw)
	if root == nil {
		return nil, y.mistakes
	}
	if y.version(root); len(y.mistakes) == 0 {
		y.structure(root, reflect.ValueOf(into).Elem(), "", "version", nil)
	}
	if len(y.mistakes) > 0 {
		slices.SortStableFunc(y.mistakes, func(a, b Mistake) int { return a.Line - b.Line })
		return nil, y.mistakes
	}
	return y.lines, nil
}

// WritePlain writes a struct as ReadPlain reads it; what is empty is left out. names are what picked objects are called,
// by id: they become comments. schema is the address of the JSON Schema, "" leaves it out.
func WritePlain(v any, names map[string]string, schema string) ([]byte, error) {
	w := yamlWriter{names: names}
	return w.file(reflect.ValueOf(v), schema)
}

// PlainSchema returns the JSON Schema (draft 7) of the files that ReadPlain reads into a type. words are merged into the
// schema of the part at a path, such as schedule.cron, or of the whole at "".
func PlainSchema(t reflect.Type, title string, words map[string]map[string]any) ([]byte, error) {
	s := structSchema(t, nil)
	s["$schema"], s["title"] = "http://json-schema.org/draft-07/schema#", title
	s["properties"].(object)["version"] = object{"const": FormatVersion, "description": "The version of the file format."}
	for path, more := range words {
		at := s
		for part := range strings.SplitSeq(path, ".") {
			if path == "" {
				break
			}
			inner, ok := at["properties"].(object)[part].(object)
			if !ok {
				return nil, fmt.Errorf("write schema: %s has no part %s", t, path)
			}
			at = inner
		}
		maps.Copy(at, more)
	}
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write schema: %w", err)
	}
	return append(raw, '\n'), nil
}
