// Package db stores and loads domain values in SQLite, one file per aggregate, plus migrations.
//
// Exported methods open their transaction; unexported functions take one and compose. There are two pools on
// one file: readers that cannot write, and a single writer whose transactions begin IMMEDIATE, so that nothing
// ever fails half-way for a lock it did not get. River shares the writer.
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

	"caracal/fault"
)

// Options is what Open needs besides the file.
type Options struct {
	Clock  func() time.Time // time.Now when nil
	Logger *slog.Logger     // discards when nil

	busy time.Duration // how long to wait for a lock that another program holds; tests shorten it
}

// DB is one open database file. Safe for concurrent use.
type DB struct {
	path  string
	read  *sql.DB
	write *sql.DB
	lock  *fileLock
	clock func() time.Time
	log   *slog.Logger
}

// Open locks the file against a second process, opens it, and brings its tables up to date. A file that does
// not exist is made; its folder must exist.
func Open(ctx context.Context, path string, o Options) (_ *DB, err error) {
	if strings.ContainsAny(path, "?#%") || path == "" || strings.HasPrefix(path, ":") {
		return nil, fault.New(fault.Invalid, "The database path %q cannot be used; choose a file name without ?, # or %%.", path)
	}
	d := &DB{path: path, clock: o.Clock, log: o.Logger}
	if d.clock == nil {
		d.clock = time.Now
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if d.lock, err = lockFile(ctx, path); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(explain(err), d.Close())
		}
	}()
	if o.busy == 0 {
		o.busy = 5 * time.Second
	}
	// Pragmas belong in the DSN, busy_timeout first: one issued by Exec reaches one pooled connection. FULL makes
	// a commit survive power loss, and the engine's promise rests on that: "started" is on disk before the call.
	busy := fmt.Sprintf("%s?_pragma=busy_timeout(%d)", path, o.busy.Milliseconds())
	pragmas := "&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)"
	d.write = sql.OpenDB(newConnector(busy + pragmas + "&_txlock=immediate"))
	d.write.SetMaxOpenConns(1)
	if err := d.migrate(ctx); err != nil {
		return nil, err
	}
	d.read = sql.OpenDB(newConnector(busy + "&_pragma=query_only(1)"))
	readers := max(4, runtime.NumCPU())
	d.read.SetMaxOpenConns(readers)
	d.read.SetMaxIdleConns(readers)
	return d, nil
}

// Close closes both pools and gives up the lock.
func (d *DB) Close() error {
	var errs []error
	for _, pool := range []*sql.DB{d.read, d.write} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(append(errs, d.lock.release())...)
}

// Now returns the time by the injected clock, in UTC and as precise as it is stored.
func (d *DB) Now() time.Time { return d.clock().UTC().Truncate(time.Microsecond) }

// Writer returns the writer pool of one connection, for River. Everybody else uses Write.
func (d *DB) Writer() *sql.DB { return d.write }

// Ready reports whether the database answers and can be written to, for a readiness probe.
func (d *DB) Ready(ctx context.Context) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		var one int
		return tx.QueryRowContext(ctx, "SELECT 1").Scan(&one)
	})
}
