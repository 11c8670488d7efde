package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"caracal/fault"
)

// IsURL reports whether a place of a database is an address of PostgreSQL, and not a file of SQLite.
func IsURL(place string) bool {
	return strings.HasPrefix(place, "postgres://") || strings.HasPrefix(place, "postgresql://")
}

// PlaceName returns a place of a database as it may be shown: without the password of an address.
func PlaceName(place string) string {
	if !IsURL(place) {
		return place
	}
	u, err := url.Parse(place)
	if err != nil {
		return "the PostgreSQL database"
	}
	query := u.Query()
	query.Del("password")
	u.RawQuery = query.Encode()
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	return u.String()
}

// HoldsPassword reports whether an address of PostgreSQL has a password in it.
func HoldsPassword(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	_, given := u.User.Password()
	return given || u.Query().Has("password")
}

// The pools of one node. River has one of its own, since its transactions must not wait for ours.
const (
	writeConns = 10
	queueConns = 8
)

// What PostgreSQL calls the connections of a node, and of whoever copies.
const (
	nodeName   = "caracal"
	copierName = "caracal db copy"
)

// postgres is what a DB has besides its pools when it is on PostgreSQL.
type postgres struct {
	config  *pgx.ConnConfig
	queue   *sql.DB       // River's, whose statements need no bridge
	listen  *pgxpool.Pool // where River listens for bursts
	changes *listener
	alone   *sql.Conn // holds the lock of a copy
}

// openPostgres connects to a database and brings its tables up to date.
func (d *DB) openPostgres(ctx context.Context) error {
	if err := d.parsePostgres(); err != nil {
		return err
	}
	if err := d.migratePostgres(ctx); err != nil {
		return err
	}
	if err := d.commitForGood(ctx); err != nil {
		return err
	}
	d.openPools()
	if err := d.setClock(ctx); err != nil {
		return fmt.Errorf("ask for the database's time: %w", err)
	}
	pool, err := pgxpool.ParseConfig(d.place)
	if err != nil {
		return fmt.Errorf("open the queue's listener: %w", err)
	}
	pool.MinConns, pool.MaxConns = 0, 1
	if d.pg.listen, err = pgxpool.NewWithConfig(ctx, pool); err != nil {
		return fmt.Errorf("open the queue's listener: %w", err)
	}
	d.pg.changes = listen(d.pg.config, d.log)
	return nil
}

// commitForGood makes a commit survive the server's crash where the server would not by itself: the engine's promise
// rests on that, as it does on synchronous(FULL) of a file. Every other setting is at least as strong and stays
// (https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-SYNCHRONOUS-COMMIT).
func (d *DB) commitForGood(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, d.pg.config)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }() // it was only asked
	var setting string
	if err := conn.QueryRow(ctx, "SHOW synchronous_commit").Scan(&setting); err != nil {
		return fmt.Errorf("ask how commits are kept: %w", err)
	}
	if setting == "off" {
		d.pg.config.RuntimeParams["synchronous_commit"] = "on"
	}
	return nil
}

// openPools opens the pools of statements: ours that write, ours that read, and River's.
func (d *DB) openPools() {
	by := &translator{}
	d.write = sql.OpenDB(newBridge(*withSetting(d.pg.config, "idle_in_transaction_session_timeout", "20s", "lock_timeout", "20s"), by, true))
	d.write.SetMaxOpenConns(writeConns)
	d.write.SetMaxIdleConns(writeConns)
	d.pg.queue = sql.OpenDB(stdlib.GetConnector(*d.pg.config))
	d.pg.queue.SetMaxOpenConns(queueConns)
	d.pg.queue.SetMaxIdleConns(queueConns)
	d.openReaders(by)
}

func (d *DB) openReaders(by *translator) {
	readers := max(8, runtime.NumCPU())
	d.read = sql.OpenDB(newBridge(*withSetting(d.pg.config, "default_transaction_read_only", "on"), by, false))
	d.read.SetMaxOpenConns(readers)
	d.read.SetMaxIdleConns(readers)
}

func (d *DB) parsePostgres() error {
	config, err := pgx.ParseConfig(d.place)
	if err != nil {
		// The parser's words may hold the address, which holds the password.
		return fault.New(fault.Invalid, "The address of the database cannot be read; write it as postgres://USER:PASSWORD@HOST:5432/NAME.")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	config.RuntimeParams["application_name"] = nodeName
	if d.copying {
		config.RuntimeParams["application_name"] = copierName
	}
	config.RuntimeParams["timezone"] = "UTC"
	d.pg = &postgres{config: config}
	return nil
}

// withSetting returns a copy of the configuration with settings of its sessions.
func withSetting(config *pgx.ConnConfig, pairs ...string) *pgx.ConnConfig {
	out := config.Copy()
	for i := 0; i+1 < len(pairs); i += 2 {
		out.RuntimeParams[pairs[i]] = pairs[i+1]
	}
	return out
}

func (p *postgres) close() error {
	if p == nil {
		return nil
	}
	p.changes.close()
	var given error
	if p.alone != nil {
		given = p.alone.Close()
	}
	if p.listen != nil {
		p.listen.Close()
	}
	if p.queue == nil {
		return given
	}
	return errors.Join(given, p.queue.Close())
}

// ping says in a sentence why a database can't be reached.
func (d *DB) ping(ctx context.Context, pool *sql.DB) error {
	err := pool.PingContext(ctx)
	if err == nil {
		return nil
	}
	name := PlaceName(d.place)
	var refused interface{ SQLState() string }
	if errors.As(err, &refused) {
		switch refused.SQLState() {
		case "28P01", "28000": // https://www.postgresql.org/docs/current/errcodes-appendix.html
			return fault.New(fault.Invalid, "PostgreSQL does not let Caracal in at %s; check the user and the password in CARACAL_DATABASE_URL.", name).Because(err)
		case "3D000":
			return fault.New(fault.Invalid, "There is no such database at %s; make it with createdb, owned by the user of CARACAL_DATABASE_URL.", name).Because(err)
		}
	}
	return fault.New(fault.Busy, "PostgreSQL cannot be reached at %s; check that it runs and that CARACAL_DATABASE_URL is right.", name).Because(err)
}

// changeChannel is where nodes tell each other that something was stored.
const changeChannel = "caracal_changed"

// writeLock is the advisory lock that every Write takes until its end, on whatever node: a Write reads, decides and
// writes as if it were alone, as it is on SQLite.
const writeLock = 0x63617261 // "cara"

// beginAlone makes a transaction of PostgreSQL the only Write there is, and tells the other nodes at its commit.
func beginAlone(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1), pg_notify('"+changeChannel+"', '')", int64(writeLock))
	return err
}
