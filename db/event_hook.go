package db

import (
	"context"
	"database/sql"
	"time"

	"caracal/trigger"
)

// ClaimHook lets one at a time, on whatever node, work on the event hook of an application: holder has it until it is
// released, for so long at most. claimed is false while somebody else has it, and where the application has no source of
// events.
func (d *DB) ClaimHook(ctx context.Context, applicationID, holder string, most time.Duration) (claimed bool, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		now := d.Now()
		n, err := exec(ctx, tx, "UPDATE event_source SET hook_holder = $2, hook_until = $3 WHERE application_id = $1 AND (hook_holder = '' OR hook_until <= $4)",
			applicationID, holder, stamp(now.Add(most)), stamp(now))
		claimed = n == 1
		return err
	})
	return claimed, err
}

// ReleaseHook ends a claim. One that is another's by now stays.
func (d *DB) ReleaseHook(ctx context.Context, applicationID, holder string) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, "UPDATE event_source SET hook_holder = '', hook_until = '' WHERE application_id = $1 AND hook_holder = $2", applicationID, holder)
		return err
	})
}

// UnreadHooks returns the sources whose hook Caracal registered and whose log is not read.
func (d *DB) UnreadHooks(ctx context.Context) (list []trigger.Source, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		s, err := scanSource(row)
		list = append(list, s)
		return err
	}, "SELECT "+sourceColumns+" FROM event_source WHERE hook_id <> '' AND polls = 0 ORDER BY application_id")
	return list, err
}

// HasEventSource reports whether something of an application's events is stored.
func (d *DB) HasEventSource(ctx context.Context, applicationID string) (there bool, err error) {
	err = d.read.QueryRowContext(ctx, "SELECT count(*) > 0 FROM event_source WHERE application_id = $1", applicationID).Scan(&there)
	return there, err
}
