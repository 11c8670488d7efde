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

// fileLock keeps a second process away from a database file. It is an exclusive transaction on an empty
// SQLite file beside it, which the operating system ends with the process, however that dies, on every
// platform that the driver knows.
type fileLock struct {
	pool *sql.DB
	conn *sql.Conn
}

func lockFile(ctx context.Context, path string) (*fileLock, error) {
	if err := errors.Join(makePrivate(path), makePrivate(path+".lock")); err != nil {
		return nil, cannotWrite(path, err)
	}
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
	return nil, cannotWrite(path, err)
}

func cannotWrite(path string, err error) error {
	return fault.New(fault.Invalid,
		"Caracal cannot write beside %s; check that the folder exists and belongs to the account that runs Caracal.", path).Because(err)
}

// makePrivate makes a file that only our own account can read, when there is none. SQLite alone would let every
// account of the machine read it, and gives its -wal and -shm files the mode of the database
// (https://www.sqlite.org/src/file/src/os_unix.c, findCreateFileMode).
func makePrivate(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return file.Close()
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
