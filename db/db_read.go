package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"caracal/fault"
)

// OpenForReading opens a database beside a Caracal that may be running on it: it takes no lock, changes nothing,
// and refuses every Write. For commands that look and do not touch.
func OpenForReading(ctx context.Context, place string, o Options) (*DB, error) {
	d := newDB(place, o)
	err := d.openReading(ctx)
	if err == nil {
		err = d.isCurrent(ctx)
	}
	if err != nil {
		return nil, errors.Join(explain(err), d.Close())
	}
	return d, nil
}

func (d *DB) openReading(ctx context.Context) (err error) {
	if IsURL(d.place) {
		if err := d.parsePostgres(); err != nil {
			return err
		}
		d.openReaders(&translator{})
		return d.ping(ctx, d.read)
	}
	if _, err := os.Stat(d.place); err != nil {
		return fault.New(fault.NotFound, "There is no database at %s; start `caracal serve` first, or name its folder with CARACAL_DATA.", d.place).Because(err)
	}
	if d.read, err = sql.Open("sqlite", d.place+"?_pragma=busy_timeout(5000)&_pragma=query_only(1)"); err != nil {
		return fmt.Errorf("open database for reading: %w", err)
	}
	return nil
}

// isCurrent reports whether the tables are those that this program knows.
func (d *DB) isCurrent(ctx context.Context) error {
	files, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	var version int
	if err := d.read.QueryRowContext(ctx, "SELECT max(version_id) FROM goose_db_version WHERE is_applied").Scan(&version); err != nil {
		return fmt.Errorf("read database version: %w", err)
	}
	if version != len(files) {
		return fault.New(fault.Conflict,
			"%s belongs to another version of Caracal (%d, this program knows %d); use the program that serves it.", PlaceName(d.place), version, len(files))
	}
	return nil
}

// errReadOnly refuses to write to a database that was opened for reading.
var errReadOnly = fault.New(fault.Conflict, "This command only reads the database, so nothing was saved.")
