package db

import (
	"database/sql"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/stdlib"
)

// TestFunctionsFollowTheirText: a database whose functions are others than this program's gets them at a start, without a
// migration, however many nodes start at once; one that has them is left alone.
func TestFunctionsFollowTheirText(t *testing.T) {
	t.Parallel()
	if !onPostgres {
		t.Log("SQLite has these functions itself")
		return
	}
	d := open(t, Options{})
	pool := sql.OpenDB(stdlib.GetConnector(*d.pg.config))
	defer func() {
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	}()
	ask := func() (n int64, row string) {
		t.Helper()
		if err := pool.QueryRowContext(t.Context(), "SELECT instr('abc', 'c'), xmin::text FROM pg_proc WHERE oid = to_regprocedure('instr(text, text)')").Scan(&n, &row); err != nil {
			t.Fatal(err)
		}
		return n, row
	}
	_, before := ask()
	if err := d.migratePostgres(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, row := ask(); row != before {
		t.Error("functions that were right were made anew")
	}
	old := strings.Replace(postgresFunctions, "strpos($1, $2)", "-1", 1)
	if old == postgresFunctions {
		t.Fatal("the text has no strpos any more")
	}
	if err := d.renewFunctions(t.Context(), pool, old); err != nil {
		t.Fatal(err)
	}
	if n, _ := ask(); n != -1 {
		t.Fatalf("the older function gives %d", n)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if err := d.migratePostgres(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n, _ := ask(); n != 3 {
		t.Errorf("after the start the function gives %d, not 3", n)
	}
}
