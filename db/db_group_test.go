package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"caracal/auth"
	"caracal/fault"
)

// together lets Writes come while one that stores nothing is under way, so that they share its transaction, and returns
// what came of it and of each; nil in the list is a Write that waits and whose context ends before its turn.
func together(t *testing.T, d *DB, list ...func(tx *sql.Tx) error) []error {
	t.Helper()
	began, goOn := make(chan struct{}), make(chan struct{})
	errs := make([]error, 1+len(list))
	var all sync.WaitGroup
	all.Go(func() {
		errs[0] = d.Write(t.Context(), func(*sql.Tx) error {
			close(began)
			<-goOn
			return nil
		})
	})
	<-began
	for i, do := range list {
		i++
		ctx, cancel := context.WithCancel(t.Context())
		waiting := func() int {
			d.group.mu.Lock()
			defer d.group.mu.Unlock()
			return len(d.group.waiting)
		}
		before := waiting()
		all.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					errs[i] = fmt.Errorf("panicked: %v", p)
				}
			}()
			errs[i] = d.Write(ctx, do)
		})
		for waiting() == before {
		}
		if do == nil {
			cancel()
			for waiting() > before {
			}
		}
		defer cancel()
	}
	close(goOn)
	all.Wait()
	return errs
}

func audited(d *DB, subject string) func(*sql.Tx) error {
	return func(tx *sql.Tx) error {
		return d.appendAudit(context.Background(), tx, auth.User{ID: "u1"}, "test.group", subject, nil)
	}
}

func subjects(t *testing.T, d *DB) string {
	t.Helper()
	list, _, err := d.AuditList(t.Context(), AuditFilter{})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for i := len(list) - 1; i >= 0; i-- {
		all = append(all, list[i].Subject)
	}
	if _, _, err := d.AuditVerify(t.Context()); err != nil {
		t.Errorf("the record does not hold: %v", err)
	}
	return strings.Join(all, " ")
}

// TestWritesShareATransaction: those that fail, panic or give up take nothing of the others with them.
func TestWritesShareATransaction(t *testing.T) {
	t.Parallel()
	d := open(t, Options{})
	no := errors.New("no")
	errs := together(t, d,
		audited(d, "a"),
		func(tx *sql.Tx) error { return errors.Join(audited(d, "b")(tx), no) },
		audited(d, "c"),
		nil,
		func(tx *sql.Tx) error {
			if err := audited(d, "d")(tx); err != nil {
				return err
			}
			panic("oh")
		},
		func(tx *sql.Tx) error { // a statement that fails ends a transaction of PostgreSQL, but not that of the others
			_, err := exec(t.Context(), tx, "INSERT INTO audit (seq, at, by, action, subject, detail, hash) VALUES (1, '', '', '', '', '{}', 'h')")
			return err
		},
		audited(d, "e"))
	for i, want := range []error{nil, nil, no, nil, context.Canceled, nil, ErrConflict, nil} {
		if i == 5 {
			if errs[i] == nil || errs[i].Error() != "panicked: oh" {
				t.Errorf("%d: got %v", i, errs[i])
			}
			continue
		}
		if !errors.Is(errs[i], want) {
			t.Errorf("%d: got %v, want %v", i, errs[i], want)
		}
	}
	if got := subjects(t, d); got != "a c e" {
		t.Errorf("stored: %s", got)
	}
	if err := d.Write(t.Context(), audited(d, "after")); err != nil {
		t.Error(err)
	}
}

// TestWritesShareAFullDisk: what ends the whole transaction is told to everybody who was in it, and nothing is stored.
func TestWritesShareAFullDisk(t *testing.T) {
	t.Parallel()
	d := openFile(t, Options{})
	var pages int
	if err := d.write.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := d.write.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
		t.Fatal(err)
	}
	errs := together(t, d, audited(d, "small"), func(tx *sql.Tx) error {
		for i := range 100 {
			if err := d.appendAudit(t.Context(), tx, auth.User{ID: "u1"}, "test.big", fmt.Sprint(i), map[string]any{"x": strings.Repeat("x", 4096)}); err != nil {
				return err
			}
		}
		return nil
	})
	stored := subjects(t, d)
	for i, err := range errs {
		if !fault.Is(err, fault.Busy) || !strings.Contains(fault.Message(err), "full") {
			t.Errorf("%d was told %v", i, err)
		}
	}
	if stored != "" {
		t.Errorf("stored: %s", stored)
	}
	if _, err := d.write.Exec("PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	if err := d.Write(t.Context(), audited(d, "after")); err != nil {
		t.Error(err)
	}
}

// TestManyWriters: each of many Writes at once is stored once, or has failed and is not there.
func TestManyWriters(t *testing.T) {
	t.Parallel()
	d := open(t, Options{})
	const writers, each = 20, 10
	stored := make([]int, writers)
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				ctx, cancel := context.WithCancel(t.Context())
				if i%3 == 0 {
					go cancel() // at any moment: it may be stored all the same
				}
				err := d.Write(ctx, func(tx *sql.Tx) error {
					if err := audited(d, fmt.Sprint("w", w))(tx); err != nil {
						return err
					}
					if i%4 == 0 {
						return errors.New("no")
					}
					return nil
				})
				cancel()
				if err == nil {
					stored[w]++
				}
			}
		})
	}
	all.Wait()
	for w, want := range stored {
		list, _, err := d.AuditList(t.Context(), AuditFilter{Subject: fmt.Sprint("w", w)})
		if err != nil || len(list) != want {
			t.Errorf("writer %d was told of %d and stored %d (%v)", w, want, len(list), err)
		}
	}
	if _, _, err := d.AuditVerify(t.Context()); err != nil {
		t.Error(err)
	}
}
