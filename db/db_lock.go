package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"caracal/fault"
)

// fileLock keeps a second process away from a database file. It is an exclusive transaction on an empty
// SQLite file beside it, which the operating system ends with the process, however that dies, on every
// platform that the driver knows.
type fileLock struct {
	pool *sql.DB
	conn *sql.Conn
}

func lockFile(ctx context.Context, path string) (*fileLock, error) {
	pool, err := sql.Open("sqlite", path+".lock?_pragma=busy_timeout(0)&_pragma=journal_mode(MEMORY)")
	if err != nil {
		return nil, fmt.Errorf("open lock file: %w", err)
	}
	l := &fileLock{pool: pool}
	if l.conn, err = pool.Conn(ctx); err == nil {
		_, err = l.conn.ExecContext(ctx, "BEGIN EXCLUSIVE")
	}
	if err == nil {
		return l, nil
	}
	held := isLocked(err)
	err = errors.Join(err, l.release())
	if held {
		return nil, fault.New(fault.Conflict,
			"Another Caracal is already using %s; stop it first, or give this one a data folder of its own.", path).Because(err)
	}
	return nil, fault.New(fault.Invalid,
		"Caracal cannot write beside %s; check that the folder exists and belongs to the account that runs Caracal.", path).Because(err)
}

func (l *fileLock) release() error {
	if l == nil {
		return nil
	}
	var err error
	if l.conn != nil {
		err = l.conn.Close()
	}
	if errors.Is(err, sql.ErrConnDone) { // released before
		err = nil
	}
	return errors.Join(err, l.pool.Close())
}
