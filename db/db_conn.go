package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"slices"
	"strings"

	"modernc.org/sqlite"
)

// connector opens connections that keep their statements compiled. SQLite compiles a statement for longer
// than most of ours run, and database/sql offers no cache that works inside a transaction, nor one for the
// queue's statements.
type connector struct {
	dsn    string
	driver *sqlite.Driver
	writes bool
}

func newConnector(dsn string) driver.Connector { return &connector{dsn: dsn, driver: &sqlite.Driver{}} }

// newWriter is newConnector for a connection whose transactions many share. A statement that was begun is carried out to
// its end, whoever gave up waiting for it: SQLite rolls a whole transaction back when it interrupts one that writes
// (https://www.sqlite.org/c3ref/interrupt.html).
func newWriter(dsn string) driver.Connector {
	return &connector{dsn: dsn, driver: &sqlite.Driver{}, writes: true}
}

// Driver returns the SQLite driver.
func (c *connector) Driver() driver.Driver { return c.driver }

// Connect opens one connection.
func (c *connector) Connect(context.Context) (driver.Conn, error) {
	inner, err := c.driver.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	full, ok := inner.(sqliteConn)
	if !ok {
		return nil, errors.Join(errors.New("open connection: the SQLite driver lacks an interface"), inner.Close())
	}
	return &conn{sqliteConn: full, kept: map[string]*keptStmt{}, writes: c.writes}, nil
}

// sqliteConn is what the driver's connections can do and database/sql asks for.
type sqliteConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

const maxKept = 200 // statements for each connection; the program has about half as many

// conn is one connection. database/sql never uses one from two goroutines at once.
type conn struct {
	sqliteConn
	kept   map[string]*keptStmt
	writes bool
}

type keptStmt struct {
	stmt interface {
		driver.Stmt
		driver.StmtExecContext
		driver.StmtQueryContext
	}
	busy bool // its rows are being read
}

// ExecContext runs a statement, compiled once.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if c.writes {
		ctx = context.WithoutCancel(ctx)
	}
	k, err := c.keep(ctx, query)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return c.sqliteConn.ExecContext(ctx, query, args)
	}
	return k.stmt.ExecContext(ctx, args)
}

// QueryContext runs a query, compiled once.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if c.writes {
		ctx = context.WithoutCancel(ctx)
	}
	k, err := c.keep(ctx, query)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return c.sqliteConn.QueryContext(ctx, query, args)
	}
	rows, err := k.stmt.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	k.busy = true
	return &keptRows{rows, k}, nil
}

// keep returns the compiled statement, or nil for one that is not to be kept or is being read at the moment.
func (c *conn) keep(ctx context.Context, query string) (*keptStmt, error) {
	if k := c.kept[query]; k != nil {
		if k.busy {
			return nil, nil
		}
		return k, nil
	}
	if len(c.kept) >= maxKept || !keepable(query) {
		return nil, nil
	}
	stmt, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	k := &keptStmt{}
	var ok bool
	if k.stmt, ok = stmt.(interface {
		driver.Stmt
		driver.StmtExecContext
		driver.StmtQueryContext
	}); !ok {
		return nil, stmt.Close()
	}
	c.kept[query] = k
	return k, nil
}

// keepable reports whether a text is one statement that reads or changes rows; comments may come first, and hold
// anything.
func keepable(query string) bool {
	all := tokens(query)
	first := all.next(-1)
	if first == len(all) {
		return false
	}
	switch strings.ToUpper(all[first].text) {
	case "SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "SAVEPOINT", "RELEASE", "ROLLBACK":
		end := slices.IndexFunc(all, func(t token) bool { return t.text == ";" })
		return end < 0 || all.next(end) == len(all)
	}
	return false
}

// Close frees the statements with the connection.
func (c *conn) Close() error {
	var errs []error
	for _, k := range c.kept {
		errs = append(errs, k.stmt.Close())
	}
	c.kept = nil
	return errors.Join(append(errs, c.sqliteConn.Close())...)
}

// keptRows gives the statement free when its rows are closed.
type keptRows struct {
	driver.Rows
	of *keptStmt
}

// Close ends the reading.
func (r *keptRows) Close() error {
	r.of.busy = false
	return r.Rows.Close()
}
