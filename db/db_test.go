package db

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/fault"
	"caracal/internal/testpg"
)

var testTime = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// onPostgres says that this round of the tests is on PostgreSQL.
var onPostgres bool

// TestMain runs every test twice, on SQLite and on PostgreSQL: a query that only one of them takes is a defect.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 && flag.Lookup("test.fuzz").Value.String() == "" && flag.Lookup("test.list").Value.String() == "" {
		onPostgres = true
		fmt.Println("again, on PostgreSQL")
		code = m.Run()
	}
	os.Exit(code)
}

// open opens a new database of this round; o may be left zero. Tests of what only a file has use openAt.
func open(t testing.TB, o Options) *DB {
	t.Helper()
	if onPostgres {
		url, err := testpg.Shared(t).Like("migrated", func(url string) error {
			d, err := Open(context.Background(), url, Options{})
			if err != nil {
				return err
			}
			return d.Close()
		})
		if err != nil {
			t.Fatal(err)
		}
		return openAt(t, url, o)
	}
	return openFile(t, o)
}

// openFile opens a new file in either round, for tests of what SQLite alone does.
func openFile(t testing.TB, o Options) *DB {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "caracal.db"), o)
}

func openAt(t testing.TB, path string, o Options) *DB {
	t.Helper()
	if o.Clock == nil {
		o.Clock = func() time.Time { return testTime }
	}
	d, err := Open(context.Background(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func TestPragmas(t *testing.T) {
	t.Parallel()
	d := openFile(t, Options{})
	for _, c := range []struct {
		pool *sql.DB
		name string
		want string
	}{
		{d.write, "synchronous", "2"}, {d.write, "journal_mode", "wal"}, {d.write, "foreign_keys", "1"},
		{d.write, "query_only", "0"}, {d.read, "query_only", "1"}, {d.read, "busy_timeout", "5000"},
	} {
		var got string
		if err := c.pool.QueryRow("PRAGMA " + c.name).Scan(&got); err != nil || got != c.want {
			t.Errorf("%s is %q (%v), want %q", c.name, got, err, c.want)
		}
	}
	if _, err := d.read.Exec("DELETE FROM run"); err == nil {
		t.Error("a reader wrote")
	}
	if err := d.Ready(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "caracal.db")
	first := openAt(t, path, Options{})
	_, err := Open(t.Context(), path, Options{})
	if !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Message(err), path) {
		t.Fatalf("got %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	openAt(t, path, Options{})
	if _, err := Open(t.Context(), filepath.Join(t.TempDir(), "no", "such", "x.db"), Options{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("no folder: got %v", err)
	}
	if _, err := Open(t.Context(), ":memory:", Options{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("memory: got %v", err)
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "caracal.db")
	d := openAt(t, path, Options{})
	if _, err := d.write.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, Options{}); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "newer Caracal") {
		t.Errorf("got %v", err)
	}
}

func TestOldFileIsCopiedBeforeMigration(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "caracal.db")
	d := openAt(t, path, Options{})
	if err := d.Record(t.Context(), auth.User{ID: "u1"}, "test.kept", "x", nil); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{ // as if it had been written before a queue migration that only adds
		"DELETE FROM river_migration WHERE version = (SELECT max(version) FROM river_migration)",
	} {
		if _, err := d.write.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	openAt(t, path, Options{})
	copies, err := filepath.Glob(path + ".before-*")
	if err != nil || len(copies) != 1 {
		t.Fatalf("copies: %v %v", copies, err)
	}
	pool, err := sql.Open("sqlite", copies[0])
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var action string
	if err := pool.QueryRow("SELECT action FROM audit").Scan(&action); err != nil || action != "test.kept" {
		t.Errorf("the copy holds %q %v", action, err)
	}
}

func TestFullDiskWritesNothing(t *testing.T) {
	t.Parallel()
	d := openFile(t, Options{})
	var pages int
	if err := d.write.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	// SQLite answers SQLITE_FULL at the page limit just as it does when the disk has no space.
	if _, err := d.write.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
		t.Fatal(err)
	}
	err := d.Write(t.Context(), func(tx *sql.Tx) error {
		for i := range 100 {
			if err := d.appendAudit(t.Context(), tx, auth.User{ID: "u1"}, "test.big", fmt.Sprint(i), map[string]any{"x": strings.Repeat("x", 4096)}); err != nil {
				return err
			}
		}
		return nil
	})
	if !fault.Is(err, fault.Busy) || !strings.Contains(fault.Message(err), "full") {
		t.Fatalf("got %v", err)
	}
	if count, _, err := d.AuditVerify(t.Context()); err != nil || count != 0 {
		t.Errorf("%d entries were stored (%v)", count, err)
	}
	if _, err := d.write.Exec("PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	if err := d.Record(t.Context(), auth.User{ID: "u1"}, "test.after", "x", nil); err != nil {
		t.Errorf("after space was made: %v", err)
	}
}

func TestLockedDatabaseWritesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "caracal.db")
	d := openAt(t, path, Options{busy: 20 * time.Millisecond})
	other, err := sql.Open("sqlite", path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	held, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	err = d.Record(t.Context(), auth.User{ID: "u1"}, "test.locked", "x", nil)
	if !fault.Is(err, fault.Busy) || !strings.Contains(fault.Message(err), "locked") {
		t.Fatalf("got %v", err)
	}
	if _, _, err := d.AuditList(t.Context(), AuditFilter{}); err != nil {
		t.Errorf("reading goes on: %v", err)
	}
	if err := held.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := d.Record(t.Context(), auth.User{ID: "u1"}, "test.free", "x", nil); err != nil {
		t.Error(err)
	}
}

func TestErrorsAreMappedByResultCode(t *testing.T) {
	t.Parallel()
	d := open(t, Options{})
	insert := func() error {
		return d.Write(t.Context(), func(tx *sql.Tx) error {
			_, err := exec(t.Context(), tx, "INSERT INTO audit (seq, at, by, action, subject, detail, hash) VALUES (1, '', '', '', '', '{}', 'h')")
			return err
		})
	}
	if err := insert(); err != nil {
		t.Fatal(err)
	}
	if err := insert(); !errors.Is(err, ErrConflict) || !fault.Is(err, fault.Conflict) {
		t.Errorf("twice: %v", err)
	}
	var x string
	err := explain(d.read.QueryRow("SELECT id FROM run WHERE id = 'none'").Scan(&x))
	if !errors.Is(err, ErrNotFound) || !fault.Is(err, fault.NotFound) {
		t.Errorf("none: %v", err)
	}
	err = d.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := exec(t.Context(), tx, "DELETE FROM audit")
		return err
	})
	if err == nil || errors.Is(err, ErrConflict) {
		t.Errorf("the audit record was deleted: %v", err)
	}
}

func TestAudit(t *testing.T) {
	t.Parallel()
	now := testTime
	d := open(t, Options{Clock: func() time.Time { now = now.Add(time.Second); return now }})
	for i := range 7 {
		by := []string{"u1", "u2"}[i%2]
		if err := d.Record(t.Context(), auth.User{ID: by}, "test.done", "s", map[string]any{"n": i, "html": "<b>&"}); err != nil {
			t.Fatal(err)
		}
	}
	if count, head, err := d.AuditVerify(t.Context()); err != nil || count != 7 || head == "" {
		t.Fatalf("verify: %d %q %v", count, head, err)
	}
	page, next, err := d.AuditList(t.Context(), AuditFilter{By: "u1", Limit: 3})
	if err != nil || len(page) != 3 || page[0].Seq != 7 || next != 3 {
		t.Fatalf("first page: %v %d %v", page, next, err)
	}
	page, next, err = d.AuditList(t.Context(), AuditFilter{By: "u1", Limit: 3, Before: next})
	if err != nil || len(page) != 1 || page[0].Seq != 1 || next != 0 {
		t.Fatalf("second page: %v %d %v", page, next, err)
	}
	drop := "DROP TRIGGER audit_kept_update"
	if onPostgres {
		drop += " ON audit"
	}
	if _, err := d.write.Exec(drop); err != nil {
		t.Fatal(err)
	}
	if _, err := d.write.Exec("UPDATE audit SET by = 'u9' WHERE seq = 4"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.AuditVerify(t.Context()); err == nil {
		t.Error("a changed line was not seen")
	}
}

func TestIDsSortByTime(t *testing.T) {
	t.Parallel()
	last := ""
	for i := range 50 {
		at := testTime.Add(time.Duration(i) * time.Millisecond)
		id := NewID("run", at)
		if id <= last {
			t.Fatalf("%q does not follow %q", id, last)
		}
		if floor := idFloor("run", at); floor > id || floor <= last {
			t.Fatalf("%q is not the floor of %q after %q", floor, id, last)
		}
		last = id
	}
}

// TestKeptStatements reads one query inside itself, which a compiled statement alone could not do.
func TestKeptStatements(t *testing.T) {
	t.Parallel()
	d := open(t, Options{})
	for i := range 3 {
		if err := d.Record(t.Context(), auth.User{ID: "u1"}, "test.kept", fmt.Sprint(i), nil); err != nil {
			t.Fatal(err)
		}
	}
	const query = "SELECT seq FROM audit ORDER BY seq"
	seen := 0
	err := d.Write(t.Context(), func(tx *sql.Tx) error {
		return rows(t.Context(), tx, func(*sql.Rows) error {
			return rows(t.Context(), tx, func(*sql.Rows) error { seen++; return nil }, query)
		}, query)
	})
	if err != nil || seen != 9 {
		t.Fatalf("saw %d rows (%v), want 9", seen, err)
	}
}

// TestKeptStatementsSeeNewTables changes the tables under statements that are kept, and says which are.
func TestKeptStatementsSeeNewTables(t *testing.T) {
	t.Parallel()
	d := openFile(t, Options{})
	if err := d.Record(t.Context(), auth.User{ID: "u1"}, "test.kept", "1", nil); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		var columns int
		if err := d.write.QueryRow("SELECT count(*) FROM pragma_table_info('audit')").Scan(&columns); err != nil || columns == 0 {
			t.Fatal(columns, err)
		}
		if _, err := d.write.Exec(fmt.Sprintf("ALTER TABLE audit ADD COLUMN extra%d TEXT", columns)); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Record(t.Context(), auth.User{ID: "u1"}, "test.kept", "4", nil); err != nil {
		t.Error(err)
	}
	for text, want := range map[string]bool{"SELECT 1": true, "-- name: X :one\nUPDATE t SET a = 1": true, "with x AS (SELECT 1) SELECT * FROM x;": true,
		"SELECT 1; SELECT 2": false, "VACUUM": false, "CREATE TABLE x (a)": false, "": false, "BEGIN": false} {
		if keepable(text) != want {
			t.Errorf("keepable(%q) is %v", text, !want)
		}
	}
}

// TestCommitsSurvive: on either database a commit is on disk when it returns, also where the server is set to be lax.
func TestCommitsSurvive(t *testing.T) {
	t.Parallel()
	if !onPostgres {
		return // TestPragmas holds it
	}
	d := open(t, Options{})
	for name, pool := range map[string]*sql.DB{"ours": d.write, "the queue's": d.pg.queue} {
		var setting string
		if err := pool.QueryRow("SHOW synchronous_commit").Scan(&setting); err != nil || setting != "on" {
			t.Errorf("%s: synchronous_commit is %q (%v)", name, setting, err)
		}
	}
}

// TestLostConnectionIsBusy: what a transaction is told whose connection the server ends, the first time and after it, is
// to try again.
func TestLostConnectionIsBusy(t *testing.T) {
	t.Parallel()
	if !onPostgres {
		return
	}
	d := open(t, Options{})
	err := d.Write(t.Context(), func(tx *sql.Tx) error {
		var backend int
		if err := tx.QueryRow("SELECT pg_backend_pid()").Scan(&backend); err != nil {
			return err
		}
		if _, err := d.pg.queue.Exec("SELECT pg_terminate_backend($1)", backend); err != nil {
			return err
		}
		var one int
		var err error
		for i := range 3 {
			if err = explain(tx.QueryRow("SELECT 1").Scan(&one)); !fault.Is(err, fault.Busy) {
				t.Errorf("try %d: %v", i+1, err)
			}
		}
		return err
	})
	if !fault.Is(err, fault.Busy) {
		t.Errorf("got %v", err)
	}
	if err := d.Record(t.Context(), auth.User{ID: "u1"}, "test.after", "x", nil); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
