package catalog

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Table is a list of objects as columns and rows: objects within objects become columns of their own, such as
// profile.email.
type Table struct {
	Columns []string
	Rows    [][]string
}

// flattenDepth is how far objects within objects become columns.
const flattenDepth = 3

// TableOf lays entries out as a table. Columns come in the order in which they are first seen; links to other
// calls are left out.
func TableOf(entries []json.RawMessage) Table {
	t := Table{}
	at := map[string]int{}
	for _, entry := range entries {
		row := make([]string, len(t.Columns))
		put := func(column, value string) {
			i, known := at[column]
			if !known {
				i = len(t.Columns)
				at[column] = i
				t.Columns = append(t.Columns, column)
			}
			for len(row) <= i {
				row = append(row, "")
			}
			row[i] = value
		}
		flatten(string(entry), "", 0, put)
		t.Rows = append(t.Rows, row)
	}
	for i, row := range t.Rows {
		t.Rows[i] = append(row, make([]string, len(t.Columns)-len(row))...)
	}
	return t
}

func flatten(value, name string, depth int, put func(column, value string)) {
	value = strings.TrimSpace(value)
	if strings.HasPrefix(value, "{") && depth < flattenDepth {
		names, values, err := topLevel(value)
		if err == nil && len(names) > 0 {
			for i, key := range names {
				if key == "_links" || key == "_embedded" {
					continue
				}
				if name != "" {
					key = name + "." + key
				}
				flatten(values[i], key, depth+1, put)
			}
			return
		}
	}
	if name == "" {
		name = "value"
	}
	put(name, cell(value))
}

// cell writes a JSON value as the text of a cell: texts bare, lists of plain values joined, all else as JSON.
func cell(value string) string {
	if value == "null" {
		return ""
	}
	var s string
	if json.Unmarshal([]byte(value), &s) == nil {
		return s
	}
	var list []json.RawMessage
	if json.Unmarshal([]byte(value), &list) == nil {
		texts := make([]string, len(list))
		for i, entry := range list {
			if bytes.ContainsAny(entry[:1], "[{") {
				return value
			}
			texts[i] = cell(string(entry))
		}
		return strings.Join(texts, "; ")
	}
	return value
}

// Narrow keeps the columns that say the most, for a page: those that most rows fill, in their order.
func (t Table) Narrow(columns int) Table {
	if len(t.Columns) <= columns {
		return t
	}
	type filled struct{ column, count int }
	counts := make([]filled, len(t.Columns))
	for i := range t.Columns {
		counts[i].column = i
		for _, row := range t.Rows {
			if row[i] != "" && len(row[i]) < 200 {
				counts[i].count++
			}
		}
	}
	slices.SortStableFunc(counts, func(a, b filled) int { return b.count - a.count })
	keep := make([]int, columns)
	for i, c := range counts[:columns] {
		keep[i] = c.column
	}
	slices.Sort(keep)
	out := Table{}
	for _, i := range keep {
		out.Columns = append(out.Columns, t.Columns[i])
	}
	for _, row := range t.Rows {
		short := make([]string, 0, columns)
		for _, i := range keep {
			short = append(short, row[i])
		}
		out.Rows = append(out.Rows, short)
	}
	return out
}

// WriteCSV writes the table (RFC 4180). A cell that a spreadsheet would take for a formula gets an apostrophe
// before it (OWASP, "CSV Injection").
func (t Table) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	for _, row := range append([][]string{t.Columns}, t.Rows...) {
		safe := make([]string, len(row))
		for i, c := range row {
			safe[i] = harmless(c)
		}
		if err := out.Write(safe); err != nil {
			return fmt.Errorf("write a row: %w", err)
		}
	}
	out.Flush()
	return out.Error()
}

func harmless(cell string) string {
	if cell == "" || !strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return cell
	}
	if isNumber(Input{Value: Value{Type: "number"}}, cell) {
		return cell
	}
	return "'" + cell
}

// Node is one value of an answer, for a tree.
type Node struct {
	Key      string
	Text     string // of a plain value, as JSON
	Kind     string // object, array, or plain
	Count    int    // of an object's or an array's entries
	Children []Node
	Cut      bool // there are more children than are shown
}

// Tree reads JSON as a tree of at most limit nodes.
func Tree(text []byte, limit int) Node {
	left := limit
	return node("", string(text), 0, &left)
}

func node(key, text string, depth int, left *int) Node {
	*left--
	n := Node{Key: key, Kind: "plain", Text: strings.TrimSpace(text)}
	switch {
	case strings.HasPrefix(n.Text, "{"):
		names, values, err := topLevel(n.Text)
		if err != nil {
			return n
		}
		n.Kind, n.Count, n.Text = "object", len(names), ""
		for i, name := range names {
			if *left <= 0 || depth > maxDepth {
				n.Cut = true
				break
			}
			n.Children = append(n.Children, node(name, values[i], depth+1, left))
		}
	case strings.HasPrefix(n.Text, "["):
		var list []json.RawMessage
		if json.Unmarshal([]byte(n.Text), &list) != nil {
			return n
		}
		n.Kind, n.Count, n.Text = "array", len(list), ""
		for i, entry := range list {
			if *left <= 0 || depth > maxDepth {
				n.Cut = true
				break
			}
			n.Children = append(n.Children, node(fmt.Sprint(i+1), string(entry), depth+1, left))
		}
	}
	return n
}
