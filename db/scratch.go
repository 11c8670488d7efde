package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Scratch makes databases that are thrown away: in a file of their own, which need not survive anything. Safe for
// concurrent use.
type Scratch struct {
	Folder string // made when it does not exist; nothing else may be in it

	mu    sync.Mutex
	empty []byte // a database with every table and nothing in them
}

// Open returns a new database, whose Close removes its file.
func (s *Scratch) Open(ctx context.Context, o Options) (*DB, error) {
	if err := os.MkdirAll(s.Folder, 0o700); err != nil {
		return nil, cannotWrite(s.Folder, err)
	}
	empty, err := s.template(ctx)
	if err != nil {
		return nil, err
	}
	d := newDB(filepath.Join(s.Folder, NewID("scratch", o.now())+".db"), o)
	d.scratch = true
	if err := os.WriteFile(d.place, empty, 0o600); err != nil {
		return nil, errors.Join(cannotWrite(d.place, err), d.Close())
	}
	pragmas := d.place + "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)"
	d.write = sql.OpenDB(newWriter(pragmas + "&_pragma=foreign_keys(1)&_txlock=immediate"))
	d.write.SetMaxOpenConns(1)
	d.read = sql.OpenDB(newConnector(pragmas + "&_pragma=query_only(1)"))
	d.read.SetMaxOpenConns(2)
	d.read.SetMaxIdleConns(2)
	return d, nil
}

// template returns the bytes of an empty database, which takes longer to make than to copy.
func (s *Scratch) template(ctx context.Context) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.empty != nil {
		return s.empty, nil
	}
	path := filepath.Join(s.Folder, NewID("scratch", time.Now())+".db")
	d, err := Open(ctx, path, Options{})
	if err != nil {
		return nil, fmt.Errorf("make a database for rehearsals: %w", err)
	}
	if err := d.Close(); err != nil { // brings everything into the one file
		return nil, err
	}
	if s.empty, err = os.ReadFile(path); err != nil {
		return nil, fmt.Errorf("read the database for rehearsals: %w", err)
	}
	return s.empty, removeFile(path)
}

// leftover is the age from which a file in the folder belongs to a process that died: no rehearsal takes so long.
const leftover = 3 * time.Hour

// Clear removes what processes left behind that died. Others may be using the folder.
func (s *Scratch) Clear() error {
	entries, err := os.ReadDir(s.Folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return cannotWrite(s.Folder, err)
	}
	var errs []error
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !strings.HasPrefix(e.Name(), "scratch_") || time.Since(info.ModTime()) < leftover {
			continue // gone already, or not ours
		}
		if err := os.Remove(filepath.Join(s.Folder, e.Name())); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// removeFile removes a database with everything that stands beside it.
func removeFile(path string) error {
	var errs []error
	for _, suffix := range []string{"", "-wal", "-shm", "-journal", ".lock", ".lock-journal"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
