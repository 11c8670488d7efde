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

// telling are the names, at the end of a column's, that say what a row is; lower comes first.
var telling = map[string]int{"id": 1, "displayname": 2, "label": 2, "name": 2, "login": 2, "firstname": 3, "lastname": 3, "email": 3,
	"status": 3, "type": 3, "eventtype": 2, "displaymessage": 2, "published": 2, "outcome.result": 3, "description": 4, "signonmode": 4}

// rank says how telling a column is, lower being better: dates and what few rows fill say least.
func rank(column string, filled, rows int) int {
	name := strings.ToLower(column)
	last := name[strings.LastIndexByte(name, '.')+1:]
	score := 100 * (rows - filled) / max(rows, 1)
	switch told, ok := telling[last]; {
	case last == "id" && name != "id":
		return score + 45
	case ok && filled > 0:
		return score/2 + told + 5*strings.Count(name, ".")
	case last == "created", last == "activated", strings.HasSuffix(last, "changed"), strings.HasSuffix(last, "updated"), strings.HasPrefix(last, "last"):
		return score + 40
	}
	return score + 20 + 5*strings.Count(name, ".")
}

// Narrow keeps the columns that say the most, for a page, in their order.
func (t Table) Narrow(columns int) Table {
	if len(t.Columns) <= columns {
		return t
	}
	type ranked struct{ column, rank int }
	counts := make([]ranked, len(t.Columns))
	for i, name := range t.Columns {
		filled := 0
		for _, row := range t.Rows {
			if row[i] != "" && len(row[i]) < 200 {
				filled++
			}
		}
		counts[i] = ranked{i, rank(name, filled, len(t.Rows))}
	}
	slices.SortStableFunc(counts, func(a, b ranked) int { return a.rank - b.rank })
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

// Order puts the named columns first, in this order, and leaves the others in theirs.
func (t Table) Order(names []string) Table {
	place := func(column int) int {
		if i := slices.Index(names, t.Columns[column]); i >= 0 {
			return i
		}
		return len(names)
	}
	order := make([]int, len(t.Columns))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return place(a) - place(b) })
	out := Table{}
	for _, i := range order {
		out.Columns = append(out.Columns, t.Columns[i])
	}
	for _, row := range t.Rows {
		moved := make([]string, 0, len(row))
		for _, i := range order {
			moved = append(moved, row[i])
		}
		out.Rows = append(out.Rows, moved)
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
