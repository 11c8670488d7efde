package db

import (
	"bytes"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// bridge opens connections to PostgreSQL that take our queries, which are written for SQLite. The driver keeps
// statements compiled by itself.
type bridge struct {
	inner driver.Connector
	by    *translator
	whole bool // read an answer whole before it is given, so that another query may be asked while it is looked through
}

func newBridge(config pgx.ConnConfig, by *translator, whole bool) driver.Connector {
	return &bridge{inner: stdlib.GetConnector(config), by: by, whole: whole}
}

// Driver returns the driver of PostgreSQL.
func (b *bridge) Driver() driver.Driver { return b.inner.Driver() }

// Connect opens one connection.
func (b *bridge) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := b.inner.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := inner.(*stdlib.Conn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("open connection: the driver gave a %T", inner), inner.Close())
	}
	return &bridgeConn{Conn: full, by: b.by, whole: b.whole}, nil
}

type bridgeConn struct {
	*stdlib.Conn
	by    *translator
	whole bool
}

// What bounds a statement and a transaction of Writes where the server does not answer, beyond how long it lets them wait
// for a lock (see openPools).
const (
	longestStatement   = 30 * time.Second
	longestTransaction = 2 * time.Minute
)

// bound returns the context that a statement runs in. One of a Write is carried out to its end, whoever gave up waiting
// for it: the driver closes the connection when a context ends, and with it the transaction that many share.
func (c *bridgeConn) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if !c.whole {
		return ctx, func() {}
	}
	return context.WithTimeout(context.WithoutCancel(ctx), longestStatement)
}

// ExecContext runs a statement.
func (c *bridgeConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if !ofQueue(query) {
		var err error
		if query, args, err = c.translate(query, args); err != nil {
			return nil, err
		}
	}
	ctx, done := c.bound(ctx)
	defer done()
	return c.Conn.ExecContext(ctx, query, args)
}

// QueryContext runs a query.
func (c *bridgeConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if !c.whole {
		return c.ask(ctx, query, args)
	}
	ctx, done := c.bound(ctx)
	defer done()
	rows, err := c.ask(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return readWhole(rows)
}

func (c *bridgeConn) ask(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if ofQueue(query) {
		return c.Conn.QueryContext(ctx, query, args)
	}
	query, args, err := c.translate(query, args)
	if err != nil {
		return nil, err
	}
	inner, err := c.Conn.QueryContext(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return &bridgeRows{inner}, nil
}

func (c *bridgeConn) translate(query string, args []driver.NamedValue) (string, []driver.NamedValue, error) {
	kinds := make([]byte, len(args))
	plain := make([]driver.NamedValue, len(args))
	for i, a := range args {
		v, kind, err := plainArg(a.Value)
		if err != nil {
			return "", nil, err
		}
		kinds[i] = byte(kind)
		plain[i] = driver.NamedValue{Name: a.Name, Ordinal: a.Ordinal, Value: v}
	}
	return c.by.query(query, string(kinds)), plain, nil
}

// plainArg makes an argument what SQLite would have stored.
func plainArg(v any) (driver.Value, argKind, error) {
	v, err := driver.DefaultParameterConverter.ConvertValue(v)
	if err != nil {
		return nil, 0, err
	}
	switch x := v.(type) {
	case bool:
		if x {
			return int64(1), argInt, nil
		}
		return int64(0), argInt, nil
	case int64:
		return x, argInt, nil
	case float64:
		return x, argFloat, nil
	case string:
		return x, argText, nil
	case []byte:
		if x == nil {
			return nil, argBytes, nil
		}
		return x, argBytes, nil
	case time.Time:
		return nil, 0, errors.New("times are stored as text: use stamp")
	}
	return v, argNull, nil
}

// ofQueue reports whether a statement is River's own, which comes with its name and is in PostgreSQL's words.
func ofQueue(query string) bool {
	return strings.HasPrefix(strings.TrimLeft(query, " \n\t"), "-- name: ")
}

// bridgeRows gives truth values as SQLite does.
type bridgeRows struct{ driver.Rows }

// Next reads a row.
func (r *bridgeRows) Next(dest []driver.Value) error {
	if err := r.Rows.Next(dest); err != nil {
		return err
	}
	for i, v := range dest {
		if yes, ok := v.(bool); ok {
			dest[i] = int64(0)
			if yes {
				dest[i] = int64(1)
			}
		}
	}
	return nil
}

// wholeRows are rows that were read already.
type wholeRows struct {
	columns []string
	rows    [][]driver.Value
}

func readWhole(r driver.Rows) (driver.Rows, error) {
	w := &wholeRows{columns: r.Columns()}
	for {
		row := make([]driver.Value, len(w.columns))
		switch err := r.Next(row); {
		case errors.Is(err, io.EOF):
			return w, r.Close()
		case err != nil:
			return nil, errors.Join(err, r.Close())
		}
		for i, v := range row {
			if b, ok := v.([]byte); ok {
				row[i] = bytes.Clone(b) // the driver uses its buffer again
			}
		}
		w.rows = append(w.rows, row)
	}
}

// Columns names the columns.
func (w *wholeRows) Columns() []string { return w.columns }

// Close forgets what was not asked for.
func (w *wholeRows) Close() error { w.rows = nil; return nil }

// Next gives the next row.
func (w *wholeRows) Next(dest []driver.Value) error {
	if len(w.rows) == 0 {
		return io.EOF
	}
	copy(dest, w.rows[0])
	w.rows = w.rows[1:]
	return nil
}
