package db

import "strings"

// where collects the conditions of a list, all of which must hold, and their arguments.
type where struct {
	conditions []string
	args       []any
}

// add takes a condition with its arguments when it applies.
func (w *where) add(applies bool, condition string, args ...any) {
	if applies {
		w.conditions = append(w.conditions, condition)
		w.args = append(w.args, args...)
	}
}

// String returns the WHERE clause, "" without conditions.
func (w *where) String() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conditions, " AND ")
}

// maxWords is how many words of a search count: SQLite takes expressions up to a depth of 1000
// (https://www.sqlite.org/limits.html), and nobody types as many.
const maxWords = 20

// addWords takes a condition for each word of a search.
func (w *where) addWords(query string) {
	words := strings.Fields(strings.ToLower(query))
	for _, word := range words[:min(maxWords, len(words))] {
		w.add(true, "instr(search, ?) > 0", word)
	}
}
