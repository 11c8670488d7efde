package db

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"slices"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"caracal/fault"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrate brings the tables up to date, forward only, each migration in a transaction of its own. It refuses
// a file that a newer Caracal wrote, and copies a file that holds anything before it changes it.
func (d *DB) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	ours, err := goose.NewProvider(goose.DialectSQLite3, d.write, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	queue, err := rivermigrate.New(riversqlite.New(d.write), &rivermigrate.Config{Logger: d.log})
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
			"%s was written by a newer Caracal (its version is %d, this program knows %d); install that version or a newer one.", d.place, at, known)
	}
	pending, err := ours.HasPending(ctx)
	if err != nil {
		return fmt.Errorf("read database version: %w", err)
	}
	if !pending && queueAt == queueKnown {
		return nil
	}
	if at > 0 {
		if err := d.backupBefore(ctx, at); err != nil {
			return err
		}
	}
	if _, err := queue.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the queue's tables: %w", err)
	}
	if _, err := ours.Up(ctx); err != nil {
		return fmt.Errorf("migrate the tables: %w", err)
	}
	d.log.InfoContext(ctx, "migrated database", "from", at, "to", known)
	return nil
}

// backupBefore writes a whole copy of the file beside it, named after its version.
func (d *DB) backupBefore(ctx context.Context, version int64) error {
	to := fmt.Sprintf("%s.before-migration-of-%04d-%s", d.place, version, d.Now().Format("20060102T150405.000000"))
	err := makePrivate(to) // VACUUM INTO takes an empty file
	if err == nil {
		_, err = d.write.ExecContext(ctx, "VACUUM INTO ?", to)
	}
	if err != nil {
		return fmt.Errorf("copy the database before migrating it: %w", err)
	}
	d.log.InfoContext(ctx, "copied database before migrating it", "to", to)
	return nil
}

func queueVersions[Tx any](ctx context.Context, m *rivermigrate.Migrator[Tx]) (at, known int, err error) {
	applied, err := m.ExistingVersions(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("read the queue's version: %w", err)
	}
	newest := func(all []rivermigrate.Migration) int {
		return slices.MaxFunc(append(all, rivermigrate.Migration{}), func(a, b rivermigrate.Migration) int { return a.Version - b.Version }).Version
	}
	return newest(applied), newest(m.AllVersions()), nil
}
