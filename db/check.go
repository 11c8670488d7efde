package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"caracal/org"
)

// SaveCheckRun stores a run of health checks as it is now: at its start, and again at its end, with what people are to be
// told of it.
func (d *DB) SaveCheckRun(ctx context.Context, run org.CheckRun, tell ...org.Notice) error {
	detail, err := toJSON(run)
	if err != nil {
		return err
	}
	verdict := ""
	if !run.EndedAt.IsZero() {
		verdict = string(run.Verdict())
	}
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO check_run (id, application_id, started_at, ended_at, by, deep, verdict, detail, node)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, verdict = excluded.verdict, detail = excluded.detail`,
			run.ID, run.ApplicationID, stamp(run.StartedAt), stamp(run.EndedAt), run.By, run.Deep, verdict, detail, d.node)
		if err != nil {
			return err
		}
		return d.addNotices(ctx, tx, tell)
	})
}

// CheckRun returns one run of health checks, or ErrNotFound.
func (d *DB) CheckRun(ctx context.Context, id string) (run org.CheckRun, err error) {
	err = d.read.QueryRowContext(ctx, `SELECT detail FROM check_run WHERE id = $1`, id).Scan(jsonInto(&run))
	return run, explain(err)
}

// CheckRuns returns the newest runs of an application's health checks, newest first.
func (d *DB) CheckRuns(ctx context.Context, applicationID string, limit int) (out []org.CheckRun, err error) {
	return d.checkRuns(ctx, `SELECT detail FROM check_run WHERE application_id = $1 ORDER BY started_at DESC LIMIT $2`, applicationID, limit)
}

// LastCheckRuns returns the newest ended run of every application, by application id.
func (d *DB) LastCheckRuns(ctx context.Context) (map[string]org.CheckRun, error) {
	runs, err := d.checkRuns(ctx, `
		SELECT newest FROM (
			SELECT (SELECT detail FROM check_run WHERE application_id = a.id AND ended_at <> '' ORDER BY started_at DESC LIMIT 1) AS newest
			FROM application a) AS each_application
		WHERE newest IS NOT NULL`)
	out := make(map[string]org.CheckRun, len(runs))
	for _, run := range runs {
		out[run.ApplicationID] = run
	}
	return out, err
}

// OpenCheckRuns returns the runs of health checks that have no end and whose process is gone.
func (d *DB) OpenCheckRuns(ctx context.Context) ([]org.CheckRun, error) {
	return d.checkRuns(ctx, `SELECT detail FROM check_run WHERE ended_at = '' AND node NOT IN (SELECT id FROM node)`)
}

func (d *DB) checkRuns(ctx context.Context, query string, args ...any) (out []org.CheckRun, err error) {
	rows, err := d.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list health checks: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var run org.CheckRun
		if err := rows.Scan(jsonInto(&run)); err != nil {
			return nil, fmt.Errorf("read a health check: %w", err)
		}
		out = append(out, run)
	}
	return out, rows.Err()
}
