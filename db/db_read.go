package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"caracal/fault"
)

// OpenForReading opens a database beside a Caracal that may be running on it: it takes no lock, changes nothing,
// and refuses every Write. For commands that look and do not touch.
func OpenForReading(ctx context.Context, path string, o Options) (_ *DB, err error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fault.New(fault.NotFound, "There is no database at %s; start `caracal serve` first, or name its folder with CARACAL_DATA.", path).Because(err)
	}
	d := &DB{path: path, clock: o.Clock, log: o.Logger}
	if d.clock == nil {
		d.clock = time.Now
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if d.read, err = sql.Open("sqlite", path+"?_pragma=busy_timeout(5000)&_pragma=query_only(1)"); err != nil {
		return nil, fmt.Errorf("open database for reading: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(explain(err), d.Close())
		}
	}()
	files, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	var version int
	if err := d.read.QueryRowContext(ctx, "SELECT max(version_id) FROM goose_db_version WHERE is_applied").Scan(&version); err != nil {
		return nil, fmt.Errorf("read database version: %w", err)
	}
	if version != len(files) {
		return nil, fault.New(fault.Conflict,
			"%s belongs to another version of Caracal (%d, this program knows %d); use the program that serves it.", path, version, len(files))
	}
	return d, nil
}

// errReadOnly refuses to write to a database that was opened for reading.
var errReadOnly = fault.New(fault.Conflict, "This command only reads the database, so nothing was saved.")
