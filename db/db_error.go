package db

import (
	"database/sql"
	"errors"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"caracal/fault"
)

// ErrNotFound says that there is no such row. Compare with errors.Is; a caller that knows what was looked for
// says so in a fault of its own.
var ErrNotFound error = fault.New(fault.NotFound, "There is nothing here under this address; it may have been removed.")

// ErrConflict says that a unique value is taken, or that somebody else was first.
var ErrConflict error = fault.New(fault.Conflict, "Somebody else was first; reload the page and look before you try again.")

// resultCode returns SQLite's extended result code (https://www.sqlite.org/rescode.html), or 0.
func resultCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

func isLocked(err error) bool {
	primary := resultCode(err) & 0xff
	return primary == sqlite3.SQLITE_BUSY || primary == sqlite3.SQLITE_LOCKED
}

// explain turns what the driver says into what a person can act on: no row, a taken value, a full disk, a
// locked file. Everything else stays as it is.
func explain(err error) error {
	if err == nil || fault.As(err) != nil {
		return err
	}
	if errors.Is(err, sql.ErrNoRows) {
		return errors.Join(ErrNotFound, err)
	}
	if f := explainPostgres(err); f != nil {
		return f
	}
	code := resultCode(err)
	switch {
	case code == sqlite3.SQLITE_CONSTRAINT_UNIQUE || code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return errors.Join(ErrConflict, err)
	case isLocked(err):
		return fault.New(fault.Busy, "The database is locked by another program, so nothing was saved; close that program, then try again.").Because(err)
	case code&0xff == sqlite3.SQLITE_FULL || errors.Is(err, syscall.ENOSPC):
		return fault.New(fault.Busy, "The disk that holds the database is full, so nothing was saved; free some space, then try again.").Because(err)
	case code&0xff == sqlite3.SQLITE_IOERR:
		return fault.New(fault.Busy, "The disk that holds the database did not answer, so nothing was saved; check that it is mounted and has space, then try again.").Because(err)
	case code&0xff == sqlite3.SQLITE_READONLY:
		return fault.New(fault.Busy, "The database file cannot be written to, so nothing was saved; give it back to the account that runs Caracal, then try again.").Because(err)
	}
	return err
}
