package db

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"caracal/audit"
	"caracal/fault"
	"caracal/internal/testpg"
	"caracal/secret"
)

func copyKeys(t testing.TB) *secret.Keyring {
	t.Helper()
	keys, err := secret.ParseKeyring(secret.NewKey("k1"))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// fresh returns a place where there is no database yet: a file, or on PostgreSQL an empty database.
func fresh(t testing.TB, postgres bool) string {
	t.Helper()
	if !postgres {
		return filepath.Join(t.TempDir(), "caracal.db")
	}
	url, err := testpg.Shared(t).Make()
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// source makes a database of this round with rows in every table, and closes it.
func source(t testing.TB, keys *secret.Keyring, rows int) string {
	t.Helper()
	place := fresh(t, onPostgres)
	d, err := Open(t.Context(), place, Options{})
	if err == nil {
		err = d.CheckKeys(t.Context(), keys)
	}
	if err == nil {
		err = fillTables(t, d, rows)
	}
	if err == nil {
		err = d.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return place
}

var checkIn = regexp.MustCompile(`CHECK \((\w+) IN \('(\w+)'`)

// fillTables puts made-up rows into every table, whatever its columns are: those that later migrations add too. Every
// fourth table has count of them, for what a copy does between its batches, the others 40 at most, for what they hold.
func fillTables(t testing.TB, d *DB, count int) error {
	t.Helper()
	tables, err := copiedTables(t.Context())
	if err != nil {
		return err
	}
	allowed := map[string]string{} // by table.column
	err = rows(t.Context(), openFile(t, Options{}).read, func(r *sql.Rows) error {
		var table, text string
		err := r.Scan(&table, &text)
		for _, found := range checkIn.FindAllStringSubmatch(text, -1) {
			allowed[table+"."+found[1]] = found[2]
		}
		return err
	}, "SELECT name, sql FROM sqlite_schema WHERE type = 'table'")
	if err != nil {
		return err
	}
	return d.Write(t.Context(), func(tx *sql.Tx) error {
		for i := range count {
			if err := d.appendAudit(t.Context(), tx, ada, "test.filled", fmt.Sprint(i), map[string]any{"words": "grüße 'n' \"quotes\" \u2028", "n": i}); err != nil {
				return err
			}
		}
		filled := map[string]int{}
		for n, table := range tables {
			if table.name == "audit" || table.name == "key_check" {
				continue
			}
			many := count
			if n%4 != 0 {
				many = min(count, 40)
			}
			for _, other := range table.needs { // each row refers to one of the same number
				if rows, known := filled[other]; known {
					many = min(many, rows)
				}
			}
			filled[table.name] = many
			for i := range many {
				row := make([]any, len(table.columns))
				for c, column := range table.columns {
					row[c] = madeUp(column, i)
					if v, ok := allowed[table.name+"."+column.name]; ok {
						row[c] = v
					}
				}
				insert := "INSERT INTO " + table.name + " (" + quoted(table.names()) + ") VALUES (" + marks(len(row)) + ")"
				if _, err := exec(t.Context(), tx, insert, row...); err != nil {
					return fmt.Errorf("fill %s: %w", table.name, err)
				}
			}
		}
		return nil
	})
}

// madeUp is a value for a column of a row; texts are the same in every table, so that rows find those they refer to.
func madeUp(c copyColumn, i int) any {
	switch c.kind {
	case "INTEGER":
		return int64(i + 1)
	case "REAL":
		return float64(i) / 7
	case "BLOB":
		return fmt.Appendf(nil, "%s\x00\xff%04d", c.name, i)
	}
	return fmt.Sprintf("%04d é中", i)
}

// TestCopy copies every table to the other kind of database, and back to a new one of the first kind.
func TestCopy(t *testing.T) {
	t.Parallel()
	keys := copyKeys(t)
	from := source(t, keys, 1203)
	there := fresh(t, !onPostgres)
	first, err := Copy(t.Context(), from, there, CopyOptions{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	if first.Resumed || first.WasThere || first.Mended != 0 || len(first.Tables) < 15 || first.Entries != 1204 {
		t.Errorf("%+v", first)
	}
	d := openAt(t, there, Options{})
	if count, _, err := d.AuditVerify(t.Context()); err != nil || count != 1205 { // and the line that says so
		t.Errorf("%d entries, %v", count, err)
	}
	var seq, stale int64
	if err := d.read.QueryRow("SELECT max(seq) FROM audit").Scan(&seq); err != nil || seq != 1205 {
		t.Errorf("%d %v", seq, err)
	}
	if err := d.read.QueryRow("SELECT count(*) FROM run WHERE job_id > 0 OR holder <> ''").Scan(&stale); err != nil || stale != 0 {
		t.Errorf("%d runs name a burst or a node of the source (%v)", stale, err)
	}
	if err := d.CheckKeys(t.Context(), keys); err != nil {
		t.Error(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := Copy(t.Context(), there, fresh(t, onPostgres), CopyOptions{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	for i, table := range second.Tables {
		same := table == first.Tables[i]
		if table.Name == "audit" || table.Name == "run" { // they say that they were copied
			same = table.Rows >= first.Tables[i].Rows
		}
		if !same {
			t.Errorf("there %+v, back %+v", first.Tables[i], table)
		}
	}
	again, err := Copy(t.Context(), from, there, CopyOptions{Keys: keys})
	if !fault.Is(err, fault.Conflict) { // there was copied on, so it is no copy to serve either
		t.Errorf("%+v %v", again, err)
	}
}

// TestCopyResumes cuts a copy off at any batch, again and again, and lets it go on.
func TestCopyResumes(t *testing.T) {
	t.Parallel()
	keys := copyKeys(t)
	from, there := source(t, keys, 1100), fresh(t, !onPostgres)
	cuts := 0
	for {
		ctx, cut := context.WithCancel(t.Context())
		left := rand.IntN(12)
		report, err := Copy(ctx, from, there, CopyOptions{Keys: keys, Progress: func(CopyProgress) {
			if left--; left < 0 {
				cut()
			}
		}})
		cut()
		if err == nil {
			if !report.Resumed || report.Entries != 1101 {
				t.Errorf("%+v", report)
			}
			break
		}
		if cuts++; cuts > 200 {
			t.Fatalf("it never ends: %v", err)
		}
		if cuts == 1 {
			for what, look := range map[string]func() error{
				"the half": func() error { _, err := Open(t.Context(), there, Options{}); return err },
				"reading":  func() error { _, err := OpenForReading(t.Context(), there, Options{}); return err },
				"source":   func() error { _, err := Open(t.Context(), from, Options{}); return err },
			} {
				if err := look(); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Message(err), "caracal db copy") {
					t.Errorf("%s: %v", what, err)
				}
			}
		}
		if cuts > 25 { // it has proved itself
			left = 1 << 30
			if _, err := Copy(t.Context(), from, there, CopyOptions{Keys: keys}); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	if cuts == 0 {
		t.Error("it was never cut off")
	}
	whole, err := Copy(t.Context(), from, there, CopyOptions{Keys: keys})
	if err != nil || !whole.WasThere {
		t.Errorf("%+v %v", whole, err)
	}
	openAt(t, there, Options{})
	if _, err := Open(t.Context(), from, Options{}); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Message(err), "was moved to") {
		t.Errorf("the source after all: %v", err)
	}
}

// TestCopyRefuses holds what a copy must not begin with.
func TestCopyRefuses(t *testing.T) {
	t.Parallel()
	keys := copyKeys(t)
	from := func(t *testing.T) string { return source(t, keys, 3) } // one for each: who looks whether it is served sees nobody else
	version := func(n int) func(t *testing.T) (string, string) {
		return func(t *testing.T) (string, string) {
			place := source(t, keys, 1)
			d := openAt(t, place, Options{})
			if _, err := d.write.Exec("DELETE FROM goose_db_version"); err != nil {
				t.Fatal(err)
			}
			if _, err := d.write.Exec(fmt.Sprintf("INSERT INTO goose_db_version (version_id, is_applied) VALUES (%d, %s)", n, map[bool]string{true: "true", false: "1"}[onPostgres])); err != nil {
				t.Fatal(err)
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			return place, fresh(t, !onPostgres)
		}
	}
	for name, c := range map[string]struct {
		places func(t *testing.T) (from, to string)
		words  string
		kept   bool // refused before the source was marked as copied from
	}{
		"itself":         {func(t *testing.T) (string, string) { place := from(t); return place, place }, "to itself", true},
		"a used target":  {func(t *testing.T) (string, string) { return from(t), source(t, keys, 1) }, "in use already", true},
		"an older one":   {version(7), "older Caracal", false},
		"a newer one":    {version(9999), "newer Caracal", false},
		"nothing":        {func(t *testing.T) (string, string) { return filepath.Join(t.TempDir(), "no.db"), fresh(t, false) }, "no database at", false},
		"not ours":       {func(t *testing.T) (string, string) { return notOurs(t), fresh(t, false) }, "no database of Caracal", false},
		"not our target": {func(t *testing.T) (string, string) { return from(t), notOurs(t) }, "of something else", true},
		"other keys":     {func(t *testing.T) (string, string) { return source(t, copyKeys(t), 1), fresh(t, false) }, "another master key", false},
		"a served one": {func(t *testing.T) (string, string) {
			place := source(t, keys, 1)
			openAt(t, place, Options{})
			return place, fresh(t, !onPostgres)
		}, "Caracal", false},
		"a served target": {func(t *testing.T) (string, string) {
			place := fresh(t, onPostgres)
			openAt(t, place, Options{})
			return from(t), place
		}, "Caracal", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := c.places(t)
			_, err := Copy(t.Context(), a, b, CopyOptions{Keys: keys})
			if fault.As(err) == nil || !strings.Contains(fault.Message(err), c.words) {
				t.Errorf("got %v", err)
			}
			if c.kept {
				openAt(t, a, Options{}).Close()
			}
		})
	}
}

func notOurs(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "other.db")
	pool, err := sql.Open("sqlite", path)
	if err == nil {
		_, err = pool.Exec("CREATE TABLE other (id)")
	}
	if err == nil {
		err = pool.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestReopen takes a source back into use, and a whole copy's only when it is said that the copy is gone.
func TestReopen(t *testing.T) {
	t.Parallel()
	keys := copyKeys(t)
	from, there := source(t, keys, 700), fresh(t, !onPostgres)
	o := CopyOptions{Keys: keys}
	if err := Reopen(t.Context(), from, false, o); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Message(err), "was not copied") {
		t.Errorf("never copied: %v", err)
	}
	ctx, cut := context.WithCancel(t.Context())
	if _, err := Copy(ctx, from, there, CopyOptions{Keys: keys, Progress: func(CopyProgress) { cut() }}); err == nil {
		t.Fatal("it was not cut off")
	}
	if err := Reopen(t.Context(), from, false, o); err != nil {
		t.Fatal(err)
	}
	d := openAt(t, from, Options{})
	if err := d.Record(t.Context(), ada, "test.later", "x", nil); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Copy(t.Context(), from, there, o); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Message(err), "another copy") {
		t.Errorf("going on although the source has changed: %v", err)
	}
	there = fresh(t, !onPostgres)
	if _, err := Copy(t.Context(), from, there, o); err != nil {
		t.Fatal(err)
	}
	if _, err := Copy(t.Context(), from, fresh(t, false), o); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Message(err), "was moved to") {
		t.Errorf("a second copy: %v", err)
	}
	if err := Reopen(t.Context(), from, false, o); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Message(err), "--copy-is-gone") {
		t.Errorf("beside a whole copy: %v", err)
	}
	if err := Reopen(t.Context(), from, true, o); err != nil {
		t.Fatal(err)
	}
	d = openAt(t, from, Options{})
	list, _, err := d.AuditList(t.Context(), AuditFilter{Limit: 10})
	if err != nil || !slices.ContainsFunc(list, func(e audit.Entry) bool { return e.Action == "database.reopened" }) {
		t.Errorf("%v %v", list, err)
	}
}

// TestCopyMends: bytes that PostgreSQL can't store are replaced and counted, and never in the audit record.
func TestCopyMends(t *testing.T) {
	t.Parallel()
	keys := copyKeys(t)
	path := fresh(t, false)
	d := openAt(t, path, Options{})
	if err := d.CheckKeys(t.Context(), keys); err != nil {
		t.Fatal(err)
	}
	insert := "INSERT INTO person (id, issuer, subject, name, email, roles, group_names, created_at, seen_at) VALUES ('u1', 'i', 's', $1, $2, '[]', '[]', '', '')"
	if _, err := d.write.Exec(insert, "Ada\x00Admin", "ada\xff@example.com"); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	there := fresh(t, true)
	report, err := Copy(t.Context(), path, there, CopyOptions{Keys: keys})
	if err != nil || report.Mended != 2 {
		t.Fatalf("%+v %v", report, err)
	}
	copied := openAt(t, there, Options{})
	var name, mail string
	if err := copied.read.QueryRow("SELECT name, email FROM person").Scan(&name, &mail); err != nil || name != "Ada\uFFFDAdmin" || mail != "ada\uFFFD@example.com" {
		t.Errorf("%q %q %v", name, mail, err)
	}

	path = fresh(t, false)
	d = openAt(t, path, Options{})
	if _, err := d.write.Exec("INSERT INTO audit (seq, at, by, action, subject, detail, hash) VALUES (1, '', $1, '', '', '{}', 'h')", "x\x00"); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Copy(t.Context(), path, fresh(t, true), CopyOptions{Keys: keys}); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Message(err), "Entry 1") {
		t.Errorf("a broken audit record: %v", err)
	}
}

// TestCopiedTables: every table of ours is copied, and a new database holds no rows that a copy would collide with.
func TestCopiedTables(t *testing.T) {
	t.Parallel()
	tables, err := copiedTables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d := openFile(t, Options{})
	var names []string
	if err := rows(t.Context(), d.read, func(r *sql.Rows) error {
		var name string
		err := r.Scan(&name)
		names = append(names, name)
		return err
	}, "SELECT name FROM sqlite_schema WHERE type = 'table'"); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		ours := !strings.HasPrefix(name, "river_") && !strings.HasPrefix(name, "sqlite_") && !slices.Contains(notCopied, name)
		if ours != slices.ContainsFunc(tables, func(c copyTable) bool { return c.name == name }) {
			t.Errorf("table %s is ours: %t, and that is not what is copied", name, ours)
		}
	}
	place := map[string]int{}
	for i, c := range tables {
		place[c.name] = i
		for _, other := range c.needs {
			if at, ok := place[other]; !ok || at >= i {
				t.Errorf("%s comes before %s, which its rows refer to", c.name, other)
			}
		}
		var n int
		if err := d.read.QueryRow("SELECT count(*) FROM " + c.name).Scan(&n); err != nil || n > 0 {
			t.Errorf("a new database has %d rows in %s (%v), so no copy can be made to it", n, c.name, err)
		}
	}
}
