package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"caracal/org"
)

// LeaseCalls hands out calls of a rate limit to this node, so that all nodes together keep to it, and returns how many.
func (d *DB) LeaseCalls(ctx context.Context, l org.CallLease) (calls int, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		var w org.RateWindow
		err := tx.QueryRowContext(ctx, "SELECT ends, guessed, until, leased FROM rate_window WHERE host = $1 AND bucket = $2", l.Host, l.Bucket).
			Scan(&w.Ends, &w.Guessed, &w.Until, &w.Leased)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		calls, w = w.Grant(l)
		used := l.Used
		if l.Over {
			used = 0
		}
		_, err = exec(ctx, tx, `INSERT INTO rate_window (host, bucket, ends, guessed, until, leased, calls, used, heard_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (host, bucket) DO UPDATE SET ends = excluded.ends, guessed = excluded.guessed, until = excluded.until,
				leased = excluded.leased, calls = excluded.calls, used = excluded.used, heard_at = excluded.heard_at`,
			l.Host, l.Bucket, w.Ends, w.Guessed, w.Until, w.Leased, l.Limit, used, stamp(d.Now()))
		return err
	})
	return calls, err
}

// Headroom returns what nodes told of an org's rate limits within the last minute, by bucket. What they were told since
// their last lease is not in it.
func (d *DB) Headroom(ctx context.Context, host string) (list []org.Headroom, err error) {
	now := d.Now()
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var h org.Headroom
		var ends int64
		var guessed bool
		var until int64
		var used, leased int
		if err := row.Scan(&h.Bucket, &ends, &guessed, &until, &leased, &h.Limit, &used, stampInto(&h.At)); err != nil {
			return err
		}
		if guessed {
			ends = until
		}
		h.Reset, h.Remaining = time.Unix(ends, 0).UTC(), max(0, h.Limit-max(used, leased))
		list = append(list, h)
		return nil
	}, "SELECT bucket, ends, guessed, until, leased, calls, used, heard_at FROM rate_window WHERE host = $1 AND heard_at > $2 ORDER BY bucket",
		host, stamp(now.Add(-time.Minute)))
	return list, err
}
