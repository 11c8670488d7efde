package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
)

// notCopied are the tables that belong to one database alone: the processes on it, and the copy itself. The queue's
// are made by the queue.
var notCopied = []string{"goose_db_version", "node", "copy_mark"}

// copyTable is a table that is copied.
type copyTable struct {
	name    string
	columns []copyColumn
	key     []string // columns of the primary key, in its order
	needs   []string // tables that its rows refer to
}

type copyColumn struct{ name, kind string } // kind is TEXT, INTEGER, REAL or BLOB

// copiedTables finds every table that is ours, each behind those that it refers to. Both databases are made by the same
// migrations, so a third one in memory tells what is in them: no list has to be kept.
func copiedTables(ctx context.Context) (tables []copyTable, err error) {
	pool := sql.OpenDB(newConnector(":memory:?_pragma=foreign_keys(1)"))
	pool.SetMaxOpenConns(1) // another connection would be another database
	defer func() { err = errors.Join(err, pool.Close()) }()
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, err
	}
	ours, err := goose.NewProvider(goose.DialectSQLite3, pool, files, goose.WithDisableGlobalRegistry(true))
	if err == nil {
		_, err = ours.Up(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("make the tables in memory: %w", err)
	}
	var names []string
	err = rows(ctx, pool, func(r *sql.Rows) error {
		var name string
		err := r.Scan(&name)
		if !slices.Contains(notCopied, name) {
			names = append(names, name)
		}
		return err
	}, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		t, err := readTable(ctx, pool, name)
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return inOrder(tables)
}

func readTable(ctx context.Context, pool *sql.DB, name string) (copyTable, error) {
	t := copyTable{name: name}
	keys := map[int]string{}
	err := rows(ctx, pool, func(r *sql.Rows) error {
		var c copyColumn
		var place int
		err := r.Scan(&c.name, &c.kind, &place)
		t.columns = append(t.columns, c)
		if place > 0 {
			keys[place] = c.name
		}
		return err
	}, "SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid", name)
	for i := 1; i <= len(keys); i++ {
		t.key = append(t.key, keys[i])
	}
	if err == nil && len(t.key) == 0 {
		err = fmt.Errorf("table %s has no primary key, by which its rows could be copied in order", name)
	}
	if err != nil {
		return t, err
	}
	return t, rows(ctx, pool, func(r *sql.Rows) error {
		var other string
		err := r.Scan(&other)
		t.needs = append(t.needs, other)
		return err
	}, `SELECT DISTINCT "table" FROM pragma_foreign_key_list($1)`, name)
}

// inOrder puts each table behind those that it needs.
func inOrder(tables []copyTable) (out []copyTable, err error) {
	placed := map[string]bool{}
	for len(out) < len(tables) {
		before := len(out)
		for _, t := range tables {
			ready := !placed[t.name] && !slices.ContainsFunc(t.needs, func(n string) bool { return !placed[n] })
			if ready {
				placed[t.name] = true
				out = append(out, t)
			}
		}
		if len(out) == before {
			return nil, errors.New("tables refer to each other in a circle, so there is no order to copy them in")
		}
	}
	return out, nil
}

func (t copyTable) names() (names []string) {
	for _, c := range t.columns {
		names = append(names, c.name)
	}
	return names
}

// quoted lists names of columns for a statement: some are words of SQL, such as by.
func quoted(names []string) string {
	return `"` + strings.Join(names, `", "`) + `"`
}

// marks lists n parameters, numbered from one.
func marks(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("$%d", i+1)
	}
	return strings.Join(list, ", ")
}

// selectAfter reads a table in the order of its keys, from behind a row on, or from the beginning.
func (t copyTable) selectAfter(last []any) (query string, args []any) {
	query = "SELECT " + quoted(t.names()) + " FROM " + t.name
	if last != nil {
		query += " WHERE (" + quoted(t.key) + ") > (" + marks(len(t.key)) + ")"
	}
	return query + " ORDER BY " + quoted(t.key), last
}

// keyOf returns the key of a row.
func (t copyTable) keyOf(row []any) (key []any) {
	for _, name := range t.key {
		key = append(key, row[slices.IndexFunc(t.columns, func(c copyColumn) bool { return c.name == name })])
	}
	return key
}

// continueNumbers lets PostgreSQL number new rows behind those that were copied with their numbers.
func (t copyTable) continueNumbers(ctx context.Context, tx *sql.Tx) error {
	for _, c := range t.columns {
		if c.kind != "INTEGER" || len(t.key) != 1 || t.key[0] != c.name {
			continue
		}
		query := fmt.Sprintf("SELECT setval(pg_get_serial_sequence($1, $2), coalesce((SELECT max(%s) FROM %s), 0) + 1, false)", quoted(t.key), t.name)
		if _, err := exec(ctx, tx, query, t.name, c.name); err != nil {
			return err
		}
	}
	return nil
}
