package db

import (
	"context"

	"caracal/auth"
)

// WorkflowAsks reports whether a workflow that one of these roles may run now asks for an object of this kind
// in this application: whoever may only run sees the objects of an org as far as a form asks for them.
func (d *DB) WorkflowAsks(ctx context.Context, applicationID string, kind string, runners []auth.Role) (bool, error) {
	roles, err := toJSON(nonNil(runners))
	if err != nil {
		return false, err
	}
	var asks bool
	err = d.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM workflow w
		JOIN workflow_version v ON v.workflow_id = w.id AND v.number = w.published
		WHERE w.archived = 0
			AND EXISTS (SELECT 1 FROM json_each(w.runners) WHERE value IN (SELECT value FROM json_each($1)))
			AND instr(v.definition, $2) > 0 -- spares reading the workflows of other applications as JSON
			AND json_extract(v.definition, '$.application_id') = $2
			AND EXISTS (SELECT 1 FROM json_each(v.definition, '$.inputs') WHERE json_extract(value, '$.kind') = $3))`,
		roles, applicationID, kind).Scan(&asks)
	return asks, explain(err)
}
