package db

import (
	"context"
	"database/sql"
	"time"

	"caracal/workflow"
)

// Use says how often something was asked of an org, and when last.
type Use struct {
	What  string // an action or an operation, by id
	Times int
	Last  time.Time
}

// ActionsUsed counts, for each action, the steps that runs of an application carried out since a time, or tried to.
func (d *DB) ActionsUsed(ctx context.Context, applicationID string, since time.Time) ([]Use, error) {
	return d.uses(ctx, actionsUsed, applicationID, idFloor("run", since))
}

// CROSS JOIN keeps the order of the tables (https://www.sqlite.org/optoverview.html#crossjoin): the runs of the
// application by its index, then their steps by the key.
const actionsUsed = `SELECT s.action, count(*), max(s.started_at) FROM run r CROSS JOIN run_step s ON s.run_id = r.id
	WHERE r.application_id = $1 AND r.id >= $2 AND s.attempts > 0 GROUP BY s.action ORDER BY s.action`

// OperationsTried counts the operations that people tried from their pages against an application since a time.
func (d *DB) OperationsTried(ctx context.Context, applicationID string, since time.Time) ([]Use, error) {
	return d.uses(ctx, operationsTried, applicationID, stamp(since))
}

const operationsTried = `SELECT json_extract(detail, '$.operation') AS operation, count(*), max(at) FROM audit
	WHERE subject = $1 AND at >= $2 AND action IN ('operation.sent', 'operation.read') AND json_extract(detail, '$.operation') IS NOT NULL
	GROUP BY operation ORDER BY operation`

func (d *DB) uses(ctx context.Context, query string, args ...any) (list []Use, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var u Use
		err := row.Scan(&u.What, &u.Times, stampInto(&u.Last))
		list = append(list, u)
		return err
	}, query, args...)
	return list, err
}

// PublishedFor returns the newest version of every workflow that is not archived and acts on an application.
func (d *DB) PublishedFor(ctx context.Context, applicationID string) (list []workflow.Version, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var v workflow.Version
		err := row.Scan(&v.WorkflowID, &v.Number, definitionInto(&v.Definition))
		list = append(list, v)
		return err
	}, publishedFor, applicationID)
	return list, err
}

const publishedFor = `SELECT v.workflow_id, v.number, v.definition FROM workflow w
	JOIN workflow_version v ON v.workflow_id = w.id AND v.number = w.published
	WHERE w.archived = 0 AND json_extract(v.definition, '$.application_id') = $1 ORDER BY w.name, w.id`

// PublishedNumbers returns the newest version of every workflow that is not archived, by name and without its
// definition.
func (d *DB) PublishedNumbers(ctx context.Context) (list []workflow.Version, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var v workflow.Version
		err := row.Scan(&v.WorkflowID, &v.Number)
		list = append(list, v)
		return err
	}, "SELECT id, published FROM workflow WHERE archived = 0 AND published > 0 ORDER BY name, id")
	return list, err
}
