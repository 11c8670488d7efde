package db

import (
	"context"
	"database/sql"
	"strings"

	"caracal/auth"
)

// WorkflowName is what a menu shows of a workflow.
type WorkflowName struct{ ID, Name string }

// WorkflowNames returns the workflows that are not archived, by name, at most 500; with runners only those that
// one of these roles may run. It reads no definition.
func (d *DB) WorkflowNames(ctx context.Context, runners []auth.Role) (names []WorkflowName, err error) {
	var w where
	w.add(true, "archived = 0")
	if len(runners) > 0 {
		marks := make([]any, len(runners))
		for i, r := range runners {
			marks[i] = string(r)
		}
		w.add(true, "published > 0 AND EXISTS (SELECT 1 FROM json_each(runners) WHERE value IN (?"+strings.Repeat(", ?", len(marks)-1)+"))", marks...)
	}
	err = rows(ctx, d.read, func(r *sql.Rows) error {
		var n WorkflowName
		err := r.Scan(&n.ID, &n.Name)
		names = append(names, n)
		return err
	}, "SELECT id, name FROM workflow"+w.String()+" ORDER BY name, id LIMIT 500", w.args...)
	return names, err
}
