package db

import (
	"context"
	"database/sql"
	"errors"
)

// rows runs a query on either pool or a transaction and hands each row to scan.
func rows(ctx context.Context, q querier, scan func(*sql.Rows) error, query string, args ...any) (err error) {
	r, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return explain(err)
	}
	defer func() { err = explain(errors.Join(err, r.Close())) }()
	for r.Next() {
		if err := scan(r); err != nil {
			return err
		}
	}
	return r.Err()
}

// querier is what *sql.DB and *sql.Tx have in common.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// change runs a statement that must change exactly one row; none is ErrNotFound.
func change(ctx context.Context, q querier, query string, args ...any) error {
	n, err := exec(ctx, q, query, args...)
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}

// exec runs a statement and returns how many rows it changed.
func exec(ctx context.Context, q querier, query string, args ...any) (int64, error) {
	res, err := q.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, explain(err)
	}
	return res.RowsAffected()
}
