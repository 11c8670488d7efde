// Package db stores and loads domain values in SQLite or PostgreSQL, one file per aggregate, plus migrations.
//
// Exported methods open their transaction; unexported functions take one and compose. There are two pools:
// readers that cannot write, and writers, of whose transactions there is one at a time: on SQLite since there is
// one connection, which River shares; on PostgreSQL by a lock that every node takes. So a Write reads, decides and
// writes as if it were alone. Queries are written once, for SQLite; docs/adr/0008-postgresql.md says what they may
// use.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"caracal/fault"
)

// Options is what Open needs besides the file.
type Options struct {
	Clock  func() time.Time // time.Now when nil
	Logger *slog.Logger     // discards when nil
	// Machine is this machine's own clock, which is held against PostgreSQL's; time.Now when nil. Tests set it wrong.
	Machine func() time.Time

	busy    time.Duration // how long to wait for a lock that another program holds; tests shorten it
	copying bool          // PostgreSQL is told apart by it who copies from who serves
}

func (o Options) now() time.Time {
	if o.Clock == nil {
		return time.Now()
	}
	return o.Clock()
}

// DB is one open database. Safe for concurrent use.
type DB struct {
	place string // a path of SQLite, or an address of PostgreSQL
	read  *sql.DB
	write *sql.DB
	lock  *fileLock // of SQLite
	pg    *postgres // nil on SQLite
	node  string    // this process, among those that work on the database
	group group     // of the Writes that wait
	clock func() time.Time
	wall  wallClock
	log   *slog.Logger

	copying bool
	scratch bool // the file goes when it is closed
}

// Open opens a database, by the path of a file or the address of a PostgreSQL database, and brings its tables up to
// date. A file is locked against a second process; one that does not exist is made, and its folder must exist.
func Open(ctx context.Context, place string, o Options) (*DB, error) {
	d := newDB(place, o)
	err := d.open(ctx, o)
	if err == nil {
		err = d.refuseCopied(ctx)
	}
	if err != nil {
		return nil, errors.Join(explain(err), d.Close())
	}
	return d, nil
}

func (d *DB) open(ctx context.Context, o Options) error {
	if IsURL(d.place) {
		return d.openPostgres(ctx)
	}
	return d.openFile(ctx, o)
}

func newDB(place string, o Options) *DB {
	d := &DB{place: place, clock: o.Clock, log: o.Logger, copying: o.copying}
	if d.clock == nil {
		d.clock = time.Now
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	d.wall.machine = o.Machine
	d.node = NewID("node", time.Now())
	return d
}

func (d *DB) openFile(ctx context.Context, o Options) error {
	if err := d.openWriter(ctx, o); err != nil {
		return err
	}
	if err := d.migrate(ctx); err != nil {
		return err
	}
	if _, err := d.write.ExecContext(ctx, "DELETE FROM node"); err != nil { // the lock says that they are gone
		return fmt.Errorf("forget former processes: %w", err)
	}
	d.openFileReaders(o)
	return nil
}

// openWriter locks a file and opens the one connection that writes.
func (d *DB) openWriter(ctx context.Context, o Options) (err error) {
	path := d.place
	if strings.ContainsAny(path, "?#%") || path == "" || strings.HasPrefix(path, ":") {
		return fault.New(fault.Invalid, "The database path %q cannot be used; choose a file name without ?, # or %%.", path)
	}
	if d.lock, err = lockFile(ctx, path); err != nil {
		return err
	}
	// FULL makes a commit survive power loss, and the engine's promise rests on that: "started" is on disk before
	// the call.
	d.write = sql.OpenDB(newWriter(o.dsn(path) + "&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_txlock=immediate"))
	d.write.SetMaxOpenConns(1)
	return nil
}

func (d *DB) openFileReaders(o Options) {
	d.read = sql.OpenDB(newConnector(o.dsn(d.place) + "&_pragma=query_only(1)"))
	readers := max(4, runtime.NumCPU())
	d.read.SetMaxOpenConns(readers)
	d.read.SetMaxIdleConns(readers)
}

// dsn begins a file's data source name. Pragmas belong there, busy_timeout first: one issued by Exec reaches one
// pooled connection.
func (o Options) dsn(path string) string {
	if o.busy == 0 {
		o.busy = 5 * time.Second
	}
	return fmt.Sprintf("%s?_pragma=busy_timeout(%d)", path, o.busy.Milliseconds())
}

// Close closes the pools and gives up the lock.
func (d *DB) Close() error {
	errs := []error{d.pg.close()}
	for _, pool := range []*sql.DB{d.read, d.write} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	errs = append(errs, d.lock.release())
	if d.scratch {
		errs = append(errs, removeFile(d.place))
	}
	return errors.Join(errs...)
}

// Now returns the time as Clock does, in UTC and as precise as it is stored.
func (d *DB) Now() time.Time { return d.Clock().UTC().Truncate(time.Microsecond) }

// Writer returns the pool that River works on. Everybody else uses Write.
func (d *DB) Writer() *sql.DB {
	if d.pg != nil {
		return d.pg.queue
	}
	return d.write
}

// Listener returns the pool that River listens on for bursts, nil on SQLite.
func (d *DB) Listener() *pgxpool.Pool {
	if d.pg == nil {
		return nil
	}
	return d.pg.listen
}

// Shared reports whether other nodes may work on this database.
func (d *DB) Shared() bool { return d.pg != nil }

// Ready reports whether the database answers and can be written to, for a readiness probe.
func (d *DB) Ready(ctx context.Context) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		var one int
		return tx.QueryRowContext(ctx, "SELECT 1").Scan(&one)
	})
}
