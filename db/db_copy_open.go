package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	"caracal/fault"
)

// openCopied opens the source of a copy as it is, without bringing its tables up to date, when nobody serves it.
func openCopied(ctx context.Context, place string, o CopyOptions) (_ *DB, err error) {
	options := Options{Clock: o.Clock, Logger: o.Logger, copying: true}
	d := newDB(place, options)
	defer func() {
		if err != nil {
			err = errors.Join(explain(err), d.Close())
		}
	}()
	if IsURL(place) {
		if err := d.parsePostgres(); err != nil {
			return nil, err
		}
		d.openPools()
		if err := d.ping(ctx, d.read); err != nil {
			return nil, err
		}
		if err := d.alone(ctx); err != nil {
			return nil, err
		}
	} else {
		if _, err := os.Stat(place); err != nil {
			return nil, fault.New(fault.NotFound, "There is no database at %s; name the file, which is caracal.db in the folder CARACAL_DATA.", place).Because(err)
		}
		if err := d.openWriter(ctx, options); err != nil {
			return nil, err
		}
		d.openFileReaders(options)
	}
	version, err := d.version(ctx)
	if err != nil {
		return nil, err
	}
	switch known := newestMigration(); {
	case version == 0:
		return nil, fault.New(fault.Invalid, "%s is no database of Caracal; name the one to copy from first, and the new one after it.", PlaceName(place))
	case version < known:
		return nil, fault.New(fault.Conflict, "%s was last served by an older Caracal (its version is %d, this program's %d); start this one on it once, which brings it up to date, then copy it.", PlaceName(place), version, known)
	case version > known:
		return nil, fault.New(fault.Conflict, "%s was written by a newer Caracal (its version is %d, this program knows %d); copy it with that one.", PlaceName(place), version, known)
	}
	return d, d.refuseHalf(ctx)
}

// openCopy opens the target of a copy, which is new or holds the beginning of one.
func openCopy(ctx context.Context, place string, o CopyOptions) (*DB, error) {
	options := Options{Clock: o.Clock, Logger: o.Logger, copying: true}
	if err := lookAtCopy(ctx, place, options); err != nil {
		return nil, explain(err)
	}
	d := newDB(place, options)
	err := d.open(ctx, options)
	if err == nil {
		err = d.alone(ctx)
	}
	if err != nil {
		return nil, errors.Join(explain(err), d.Close())
	}
	return d, nil
}

// lookAtCopy refuses a target of another version before anything in it is changed.
func lookAtCopy(ctx context.Context, place string, o Options) (err error) {
	d := newDB(place, o)
	defer func() { err = errors.Join(err, d.Close()) }()
	if IsURL(place) {
		if err := d.openReading(ctx); err != nil {
			return err
		}
	} else {
		if info, err := os.Stat(place); errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0 {
			return nil
		}
		d.openFileReaders(o)
	}
	version, err := d.version(ctx)
	if err != nil {
		return err
	}
	if version == 0 && d.pg == nil {
		var found int
		if err := d.read.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&found); err != nil {
			return fmt.Errorf("look what %s holds: %w", place, err)
		}
		if found > 0 {
			return fault.New(fault.Conflict, "%s is a database of something else; name a new file to copy to.", place)
		}
	}
	if known := newestMigration(); version != 0 && version != known {
		return fault.New(fault.Conflict, "%s holds tables of another version of Caracal (%d, this program knows %d); copy to a new database.", PlaceName(place), version, known)
	}
	return nil
}

// alone refuses to go on beside nodes, or another copy, on a PostgreSQL database; a file is locked in any case. The
// lock ends with its connection, which is kept until Close.
func (d *DB) alone(ctx context.Context) error {
	if d.pg == nil {
		return nil
	}
	idle, err := settled(ctx, func() (bool, error) {
		var n int
		err := d.read.QueryRowContext(ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1", nodeName).Scan(&n)
		return n == 0, err
	})
	if err != nil {
		return fmt.Errorf("look who works on the database: %w", err)
	}
	if !idle {
		return fault.New(fault.Conflict, "Caracal still works on %s; stop every node first.", PlaceName(d.place))
	}
	if d.pg.alone, err = d.pg.queue.Conn(ctx); err != nil {
		return fmt.Errorf("lock the database for a copy: %w", err)
	}
	got, err := settled(ctx, func() (got bool, err error) {
		err = d.pg.alone.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", int64(copyLock)).Scan(&got)
		return got, err
	})
	if err != nil {
		return fmt.Errorf("lock the database for a copy: %w", err)
	}
	if !got {
		return fault.New(fault.Conflict, "Another `caracal db copy` works on %s; wait until it has ended.", PlaceName(d.place))
	}
	return nil
}

// lastSession is how long a node or a copy that was just stopped may still be seen: the server ends its sessions, and
// gives back their locks, a moment after they were closed.
const lastSession = 3 * time.Second

// settled asks until the answer is yes, for as long as a session that has ended may still be seen.
func settled(ctx context.Context, ask func() (bool, error)) (bool, error) {
	end := time.NewTimer(lastSession)
	defer end.Stop()
	again := time.NewTicker(lastSession / 20)
	defer again.Stop()
	for {
		if yes, err := ask(); yes || err != nil {
			return yes, err
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-end.C:
			return false, nil
		case <-again.C:
		}
	}
}

// copyLock lets one copy work on a database.
const copyLock = writeLock + 2

// empty refuses a target that holds anything.
func (c *copier) empty(ctx context.Context, tx *sql.Tx) error {
	for _, t := range c.tables {
		var n int64
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM "+t.name).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return fault.New(fault.Conflict, "%s is in use already: its table %s holds rows. Copy to a new database.", c.report.To, t.name)
		}
	}
	return nil
}
