package db

import (
	"context"
	"database/sql"

	"caracal/workflow"
)

// RunsAsking returns the runs, with their steps, that wait for an approval, the longest waiting first, at most
// limit.
func (d *DB) RunsAsking(ctx context.Context, limit int) ([]workflow.Run, error) {
	var ids []string
	err := rows(ctx, d.read, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	}, `SELECT DISTINCT run_id FROM run_step INDEXED BY run_step_waiting WHERE state = 'waiting' AND action = $1 ORDER BY run_id LIMIT $2`,
		workflow.FlowApproval, limit)
	if err != nil {
		return nil, err
	}
	list := make([]workflow.Run, 0, len(ids))
	for _, id := range ids {
		r, err := d.Run(ctx, id)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}
