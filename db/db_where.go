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
