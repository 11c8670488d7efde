package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

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

// isCurrent reports whether the tables are those that this program knows, and hold no half of a copy.
func (d *DB) isCurrent(ctx context.Context) error {
	version, err := d.version(ctx)
	if err != nil {
		return err
	}
	if known := newestMigration(); version != known {
		return fault.New(fault.Conflict,
			"%s belongs to another version of Caracal (%d, this program knows %d); use the program that serves it.", PlaceName(d.place), version, known)
	}
	return d.refuseHalf(ctx)
}

// version returns the number of the newest migration that a database has had, 0 for one that has had none.
func (d *DB) version(ctx context.Context) (version int64, err error) {
	there := "SELECT count(*) FROM sqlite_schema WHERE name = 'goose_db_version'"
	if d.pg != nil {
		there = "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'goose_db_version'"
	}
	var found int
	if err = d.read.QueryRowContext(ctx, there).Scan(&found); err == nil && found > 0 {
		err = d.read.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&version)
	}
	if err != nil {
		return 0, fmt.Errorf("read database version: %w", err)
	}
	return version, nil
}

// newestMigration is the number of the newest migration that this program has.
func newestMigration() (newest int64) {
	files, err := fs.ReadDir(migrationFiles, "migrations")
	if err != nil {
		panic(err) // they are part of the program
	}
	for _, f := range files {
		digits, _, _ := strings.Cut(f.Name(), "_")
		if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
			newest = max(newest, n)
		}
	}
	return newest
}

// errReadOnly refuses to write to a database that was opened for reading.
var errReadOnly = fault.New(fault.Conflict, "This command only reads the database, so nothing was saved.")
