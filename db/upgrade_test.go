package db

import (
	"database/sql"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"caracal/auth"
	"caracal/workflow"
)

// oldest is the version of the first database that was served.
const oldest = 5

// atVersion brings a new database to an older version, as the Caracal of then left it.
func atVersion(t *testing.T, place string, version int64) (pool *sql.DB) {
	t.Helper()
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	dialect := goose.DialectSQLite3
	if IsURL(place) {
		config, err := pgx.ParseConfig(place)
		if err != nil {
			t.Fatal(err)
		}
		pool = sql.OpenDB(stdlib.GetConnector(*config))
		m, err := rivermigrate.New(riverdatabasesql.New(pool), nil)
		if err == nil {
			_, err = m.Migrate(t.Context(), rivermigrate.DirectionUp, nil)
		}
		if err == nil {
			_, err = pool.Exec(postgresFunctions)
		}
		if err != nil {
			t.Fatal(err)
		}
		dialect, files = goose.DialectPostgres, translated{files}
	} else {
		pool = sql.OpenDB(newConnector(place + "?_pragma=foreign_keys(1)"))
		pool.SetMaxOpenConns(1)
		if place != memory {
			m, err := rivermigrate.New(riversqlite.New(pool), nil)
			if err == nil {
				_, err = m.Migrate(t.Context(), rivermigrate.DirectionUp, nil)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	ours, err := goose.NewProvider(dialect, pool, files, goose.WithDisableGlobalRegistry(true))
	if err == nil {
		_, err = ours.UpTo(t.Context(), version)
	}
	if err != nil {
		t.Fatal(err)
	}
	return pool
}

const memory = ":memory:"

// tablesAt returns the tables of an older version, in an order in which they can be filled, and what a column may hold
// where not everything may.
func tablesAt(t *testing.T, version int64) (tables []copyTable, allowed map[string]string) {
	t.Helper()
	pool := atVersion(t, memory, version)
	defer pool.Close()
	texts := map[string]string{}
	err := rows(t.Context(), pool, func(r *sql.Rows) error {
		var name, text string
		err := r.Scan(&name, &text)
		texts[name] = text
		return err
	}, `SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`)
	if err != nil {
		t.Fatal(err)
	}
	allowed = map[string]string{}
	for name, text := range texts {
		if slices.Contains(notCopied, name) || name == "audit" || name == "key_check" {
			continue
		}
		for _, found := range checkIn.FindAllStringSubmatch(text, -1) {
			allowed[name+"."+found[1]] = found[2]
		}
		table, err := readTable(t.Context(), pool, name)
		if err != nil {
			t.Fatal(err)
		}
		tables = append(tables, table)
	}
	if tables, err = inOrder(tables); err != nil {
		t.Fatal(err)
	}
	return tables, allowed
}

// TestUpgrade serves databases of every older version, with rows in every table of then: nothing is lost or changed, and
// what is there can be read and worked on.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	for version := int64(oldest); version < newestMigration(); version++ {
		if onPostgres && version != oldest && version != newestMigration()-1 {
			continue // the same files, translated: the longest way and the shortest do
		}
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			t.Parallel()
			place := fresh(t, onPostgres)
			pool := atVersion(t, place, version)
			tables, allowed := tablesAt(t, version)
			const count = 3
			made := map[string][][]any{}
			for _, table := range tables {
				for i := range count {
					row := make([]any, len(table.columns))
					for c, column := range table.columns {
						row[c] = madeUp(column, i)
						if v, ok := allowed[table.name+"."+column.name]; ok {
							row[c] = v
						}
					}
					if _, err := pool.Exec("INSERT INTO "+table.name+" ("+quoted(table.names())+") VALUES ("+marks(len(row))+")", row...); err != nil {
						t.Fatalf("fill %s: %v", table.name, err)
					}
					made[table.name] = append(made[table.name], row)
				}
			}
			for _, q := range []string{
				`INSERT INTO run (id, workflow_id, version, application_id, name, state, input, started_by, once_token, created_at, job_id, search, wait_reason)
					VALUES ('run_old', 'wf_old', 1, 'app_old', 'Leaver', 'waiting', '{"who":"ada"}', 'u_ada', '', '2026-01-02T03:04:05.000000Z', 0, 'leaver', 'Paused.')`,
				`INSERT INTO run_step (run_id, idx, step_id, title, action, fields, state, input, output, attempts)
					VALUES ('run_old', 0, 'a', 'First', 'group.create', '{"name":"x"}', 'done', '{"name":"x"}', '{"id":"00g1"}', 1)`,
				`INSERT INTO run_step (run_id, idx, step_id, title, action, fields, state) VALUES ('run_old', 1, 'b', 'Second', 'group.delete', '{"group":"y"}', 'pending')`,
			} {
				if _, err := pool.Exec(q); err != nil {
					t.Fatal(err)
				}
			}
			if err := pool.Close(); err != nil {
				t.Fatal(err)
			}

			d := openAt(t, place, Options{})
			for _, table := range tables {
				got := map[string]bool{}
				query := "SELECT " + quoted(table.names()) + " FROM " + table.name
				if err := d.eachRow(t.Context(), table, query, nil, func(row []any) error { got[fmt.Sprint(row)] = true; return nil }); err != nil {
					t.Errorf("%s: %v", table.name, err)
				}
				for _, row := range made[table.name] {
					if !got[fmt.Sprint(row)] {
						t.Errorf("%s lost, or changed, %v", table.name, row)
					}
				}
			}
			run, err := d.Run(t.Context(), "run_old")
			if err != nil || run.State != workflow.RunWaiting || run.Input["who"] != "ada" || len(run.Steps) != 2 || run.Steps[0].Output["id"] != "00g1" || run.IsItem() || run.IsUndo() || run.Continues != "" {
				t.Fatalf("the run of then is %+v, %v", run, err)
			}
			next := run.Steps[1]
			next.State = workflow.StepDone
			enqueue := func(*sql.Tx, string) (int64, error) { return 1, nil }
			if _, err := d.SaveProgress(t.Context(), Progress{RunID: run.ID, Seen: run.Revision, Past: []workflow.RunStep{next}, State: workflow.RunRunning, Enqueue: enqueue}, nil); err != nil {
				t.Fatal(err)
			}
			if _, err := d.SaveProgress(t.Context(), Progress{RunID: run.ID, Held: true, State: workflow.RunSucceeded, Rest: true, Enqueue: enqueue}, nil); err != nil {
				t.Fatal(err)
			}
			if list, _, err := d.RunList(t.Context(), RunFilter{Query: "leaver"}); err != nil || len(list) != 1 || list[0].State != workflow.RunSucceeded {
				t.Errorf("%+v %v", list, err)
			}
			if err := d.Record(t.Context(), auth.User{ID: "u_ada"}, "test.after", "x", nil); err != nil {
				t.Error(err)
			}
			if n, _, err := d.AuditVerify(t.Context()); err != nil || n == 0 {
				t.Errorf("%d entries, %v", n, err)
			}
			if strings.Contains(place, "://") {
				return
			}
			if err := d.write.QueryRow("PRAGMA foreign_key_check").Scan(new(string)); err != sql.ErrNoRows {
				t.Errorf("a row refers to what is gone: %v", err)
			}
		})
	}
}
