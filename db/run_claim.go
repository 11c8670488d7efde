package db

import (
	"context"
	"database/sql"
)

// RequestsOf returns the ids of the requests by which a step changed something, or may have, as far as answers told them.
func (d *DB) RequestsOf(ctx context.Context, runID string, step int) (ids []string, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var id string
		err := row.Scan(&id)
		ids = append(ids, id)
		return err
	}, "SELECT request FROM run_request WHERE run_id = $1 AND idx = $2 ORDER BY at", runID, step)
	return ids, err
}

// ClaimLogged reports whether a request that the System Log shows can be one of a step in doubt. One whose answer another
// step had, or that another step in doubt took, can't: each counts once, else two steps would be done by one request. With
// take it is that step's from now on.
func (d *DB) ClaimLogged(ctx context.Context, runID string, step int, request string, take bool) (mine bool, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		mine = false
		var application string
		var others int
		if err := tx.QueryRowContext(ctx, `SELECT application_id,
			(SELECT count(*) FROM run_request q WHERE q.application_id = run.application_id AND q.request = $1 AND NOT (q.run_id = $2 AND q.idx = $3)) +
			(SELECT count(*) FROM log_claim q WHERE q.application_id = run.application_id AND q.request = $1 AND NOT (q.run_id = $2 AND q.idx = $3))
			FROM run WHERE id = $2`, request, runID, step).Scan(&application, &others); err != nil || others > 0 {
			return err
		}
		if mine = true; !take {
			return nil
		}
		if _, err := exec(ctx, tx, "INSERT OR IGNORE INTO log_claim (application_id, request, run_id, idx) VALUES ($1, $2, $3, $4)", application, request, runID, step); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT run_id = $1 AND idx = $2 FROM log_claim WHERE application_id = $3 AND request = $4", runID, step, application, request).Scan(&mine)
	})
	return mine, err
}
