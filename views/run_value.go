package views

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"caracal/catalog"
	"caracal/form"
	"caracal/workflow"
)

// shaped is a list or an object as the page of a run shows it: entries in words, rows of a table, or a tree.
type shaped struct {
	Texts   []string      // of a list of plain values
	Table   catalog.Table // of a list of objects
	Tree    catalog.Node  // of an object, or of a list of lists
	Count   int           // of the entries, shown or not
	Columns int           // of the entries, shown or not
	JSON    string        // the beginning of it
}

// How much of a list or an object the page shows.
const (
	shapedFirst   = 10 // entries at once
	shapedMost    = 50 // entries, the rest of which are folded
	shapedColumns = 6
	shapedNodes   = 300
)

// output is what a step gave, by one of its outputs.
func (p RunLiveProps) output(o workflow.OutputField, v any) (line, bool) {
	out := line{Name: cmp.Or(o.Label, o.Name)}
	switch v := v.(type) {
	case []any:
		if out.Value = plain(v); len(v) == 0 {
			out.Value = "none"
			return out, true
		}
		out.Shaped = p.list(o, v)
	case map[string]any:
		if out.Value = plain(v); len(v) == 0 {
			return out, false
		}
		out.Shaped = &shaped{Tree: treeOf(v)}
	default:
		out.Value = plain(v)
		if text, ok := v.(string); ok && o.Kind != "" {
			out = p.value(out.Name, o.Kind, nil, text)
		}
		return out, plain(v) != ""
	}
	out.Shaped.JSON = out.Value
	return out, true
}

// list shapes a list that is not empty.
func (p RunLiveProps) list(o workflow.OutputField, all []any) *shaped {
	out := &shaped{Count: len(all)}
	shown := all[:min(len(all), shapedMost)]
	if isPlain := !slices.ContainsFunc(shown, func(v any) bool { return !isScalar(v) }); isPlain {
		for _, v := range shown {
			text := plain(v)
			out.Texts = append(out.Texts, cmp.Or(p.Names[text], text, "–"))
		}
		return out
	}
	var rows []json.RawMessage
	for _, v := range shown {
		if _, isObject := v.(map[string]any); !isObject {
			out.Tree = treeOf(shown)
			return out
		}
		rows = append(rows, json.RawMessage(writeJSON(v, "")))
	}
	table := catalog.TableOf(rows)
	out.Columns = len(table.Columns)
	out.Table = p.named(o, table.Order(fieldOrder(o)).Narrow(shapedColumns))
	return out
}

func isScalar(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return false
	}
	return true
}

func treeOf(v any) catalog.Node { return catalog.Tree([]byte(writeJSON(v, "")), shapedNodes) }

// writeJSON writes a stored value as JSON for people: < stays <.
func writeJSON(v any, indent string) string {
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// fieldOrder are the names of an output's parts, in their order.
func fieldOrder(o workflow.OutputField) (names []string) {
	for _, f := range o.Fields {
		names = append(names, f.Name)
	}
	return names
}

// named puts the columns of a table into the words of an output, ids into names, and true and false into Yes and No.
func (p RunLiveProps) named(o workflow.OutputField, t catalog.Table) catalog.Table {
	for i, name := range t.Columns {
		part := slices.IndexFunc(o.Fields, func(f workflow.OutputField) bool { return f.Name == name })
		if part < 0 {
			continue
		}
		t.Columns[i] = cmp.Or(o.Fields[part].Label, name)
		for _, row := range t.Rows {
			switch kind := o.Fields[part].Kind; {
			case kind == form.YesNo && row[i] == "true":
				row[i] = "Yes"
			case kind == form.YesNo && row[i] == "false":
				row[i] = "No"
			case kind.Picker():
				row[i] = cmp.Or(p.Names[row[i]], row[i])
			}
		}
	}
	return t
}

// brief reports whether a list of texts fits on a line or two.
func (s *shaped) brief() bool {
	return len(s.Texts) > 0 && len(s.Texts) == s.Count && len(s.Texts) <= shapedFirst && len(strings.Join(s.Texts, ", ")) <= 160
}

// parts splits what is shown into what stands at once and what is folded.
func parts[T any](all []T) (first, rest []T) {
	n := min(len(all), shapedFirst)
	return all[:n], all[n:]
}
