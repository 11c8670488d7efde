package crashtest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"caracal/db"
	"caracal/internal/crash"
	"caracal/internal/testpg"
	"caracal/secret"
)

// TestCopyIsKilled kills `caracal db copy` with kill -9 behind batches and at any moment, from a file to PostgreSQL and
// back, and lets it go on each time. In the end both sides must be the same, which it compares itself, and nothing may
// have been copied twice.
func TestCopyIsKilled(t *testing.T) {
	t.Parallel()
	binary, key, dir := built(t), secret.NewKey("k1"), t.TempDir()
	path, back := filepath.Join(dir, "caracal.db"), filepath.Join(dir, "back.db")
	fillForCopy(t, path, key)
	postgres, err := testpg.Shared(t).Make()
	if err != nil {
		t.Fatal(err)
	}
	for _, way := range []struct{ from, to string }{{path, postgres}, {postgres, back}} {
		kills := 0
		for kills < 10 {
			cmd := exec.Command(binary, "db", "copy", way.from, way.to)
			cmd.Env = append(os.Environ(), "CARACAL_KEYS="+key)
			if kills%3 != 2 {
				cmd.Env = append(cmd.Env, crash.Variable+fmt.Sprintf("=copied-batch:%d", 1+rand.IntN(3)))
			}
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if kills%3 == 2 {
				time.AfterFunc(time.Duration(rand.IntN(150))*time.Millisecond, func() { _ = cmd.Process.Kill() }) // it may have ended
			}
			err := cmd.Wait()
			if err == nil {
				break
			}
			if cmd.ProcessState.Exited() {
				t.Fatalf("it ended by itself: %v\n%s", err, out.String())
			}
			kills++
		}
		if kills < 3 {
			t.Errorf("from %s it was killed only %d times", db.PlaceName(way.from), kills)
		}
		cmd := exec.Command(binary, "db", "copy", way.from, way.to)
		cmd.Env = append(os.Environ(), "CARACAL_KEYS="+key)
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "person") && !strings.Contains(string(out), "whole copy") {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	d, err := db.Open(t.Context(), back, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var people, sessions int
	if err := d.Writer().QueryRow("SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM session)").Scan(&people, &sessions); err != nil || people != copiedRows || sessions != copiedRows {
		t.Errorf("%d people and %d sessions came back of %d (%v)", people, sessions, copiedRows, err)
	}
	if n, _, err := d.AuditVerify(t.Context()); err != nil || n != 4 { // begun and copied, there and back
		t.Errorf("%d entries in the audit record, %v", n, err)
	}
}

const copiedRows = 4000

// fillForCopy makes a file with some thousand rows.
func fillForCopy(t *testing.T, path, key string) {
	t.Helper()
	keys, err := secret.ParseKeyring(key)
	if err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), path, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.CheckKeys(t.Context(), keys); err != nil {
		t.Fatal(err)
	}
	tx, err := d.Writer().BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // it is committed by then
	for i := range copiedRows {
		id := fmt.Sprintf("u%05d", i)
		if _, err := tx.Exec("INSERT INTO person (id, issuer, subject, name, email, roles, group_names, created_at, seen_at) VALUES ($1, 'i', $1, $1, $1, '[]', '[]', '', '')", id); err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec("INSERT INTO session (id, token_hash, person_id, created_at, last_seen_at, idle_ends_at, ends_at, ip, user_agent, flashes) VALUES ($1, $2, $1, '', '', '', '', '', '', '[]')", id, []byte(id)); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}
