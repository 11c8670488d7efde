package db

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	_ "embed" // the functions that queries call
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/rivermigrate"

	"caracal/fault"
)

//go:embed postgres/functions.sql
var postgresFunctions string

// migrateLock lets one node migrate while the others wait.
const migrateLock = writeLock + 1

// migratePostgres is migrate for PostgreSQL: the same files, translated. Copies are the business of whoever runs the
// server, so none is made.
func (d *DB) migratePostgres(ctx context.Context) (err error) {
	pool := sql.OpenDB(stdlib.GetConnector(*d.pg.config))
	defer func() { err = errors.Join(err, pool.Close()) }()
	if err := d.ping(ctx, pool); err != nil {
		return err
	}
	alone, err := pool.Conn(ctx)
	if err != nil {
		return fmt.Errorf("open a connection to migrate: %w", err)
	}
	defer func() { err = errors.Join(err, alone.Close()) }()
	if _, err := alone.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(migrateLock)); err != nil {
		return fmt.Errorf("wait for other nodes to migrate: %w", err)
	}
	defer func() {
		_, unlock := alone.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(migrateLock))
		err = errors.Join(err, unlock)
	}()
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	ours, err := goose.NewProvider(goose.DialectPostgres, pool, translated{files}, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	queue, err := rivermigrate.New(riverdatabasesql.New(pool), &rivermigrate.Config{Logger: d.log})
	if err != nil {
		return fmt.Errorf("read the queue's migrations: %w", err)
	}
	at, known, err := ours.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read database version: %w", err)
	}
	queueAt, queueKnown, err := queueVersions(ctx, queue)
	if err != nil {
		return err
	}
	if at > known || queueAt > queueKnown {
		return fault.New(fault.Conflict,
			"%s was written by a newer Caracal (its version is %d, this program knows %d); install that version or a newer one.", PlaceName(d.place), at, known)
	}
	if at == known && queueAt == queueKnown {
		return d.renewFunctions(ctx, pool, postgresFunctions)
	}
	if err := refuseForeign(ctx, pool, at); err != nil {
		return err
	}
	if _, err := queue.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the queue's tables: %w", err)
	}
	if err := d.renewFunctions(ctx, pool, postgresFunctions); err != nil {
		return err
	}
	if _, err := ours.Up(ctx); err != nil {
		return fmt.Errorf("migrate the tables: %w", err)
	}
	d.log.InfoContext(ctx, "migrated database", "from", at, "to", known)
	return nil
}

// renewFunctions makes the functions that queries call as they are in this program, unless the database has just these: it
// knows by a hash of their text, which is the comment of one of them and is written in the same transaction. Whoever calls
// it holds the lock of migrations.
func (d *DB) renewFunctions(ctx context.Context, pool *sql.DB, text string) error {
	mark := fmt.Sprintf("caracal functions %x", sha256.Sum256([]byte(text)))
	var has sql.NullString
	if err := pool.QueryRowContext(ctx, "SELECT obj_description(to_regprocedure('instr(text, text)'), 'pg_proc')").Scan(&has); err != nil {
		return fmt.Errorf("look which functions the database has: %w", err)
	}
	if has.String == mark {
		return nil
	}
	if _, err := pool.ExecContext(ctx, "BEGIN;\n"+text+"\nCOMMENT ON FUNCTION instr(text, text) IS '"+mark+"';\nCOMMIT;"); err != nil {
		return fmt.Errorf("make the functions that queries call: %w", err)
	}
	d.log.InfoContext(ctx, "renewed the functions that queries call")
	return nil
}

// refuseForeign keeps the first migration away from a schema that holds somebody else's tables.
func refuseForeign(ctx context.Context, pool *sql.DB, at int64) error {
	if at > 0 {
		return nil
	}
	var foreign string
	err := pool.QueryRowContext(ctx, `SELECT table_name FROM information_schema.tables
		WHERE table_schema = current_schema() AND table_name NOT LIKE 'goose\_%' AND table_name NOT LIKE 'river\_%' ORDER BY table_name LIMIT 1`).Scan(&foreign)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look what the database holds: %w", err)
	}
	return fault.New(fault.Conflict, "This database already holds tables that are not Caracal's, such as %s; give Caracal a database of its own.", foreign)
}

// translated is the folder of migrations as PostgreSQL takes them.
type translated struct{ fs.FS }

// Open returns one file, translated.
func (t translated) Open(name string) (fs.File, error) {
	file, err := t.FS.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil || info.IsDir() {
		return file, err
	}
	text, err := fs.ReadFile(t.FS, name)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	return &translatedFile{bytes.NewReader([]byte(translateMigration(string(text)))), info}, nil
}

type translatedFile struct {
	*bytes.Reader
	info fs.FileInfo
}

// Stat returns what is known of the file before its translation.
func (f *translatedFile) Stat() (fs.FileInfo, error) { return f.info, nil }

// Close does nothing: the text is in memory.
func (f *translatedFile) Close() error { return nil }
