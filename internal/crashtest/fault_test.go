package crashtest

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"caracal/internal/testpg"
)

// TestOrgFaults breaks orgs in every way that an org breaks, while the real program moves runs in them, on SQLite and on
// PostgreSQL, and holds each org's log against the runs.
func TestOrgFaults(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"SQLite", "PostgreSQL"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			place := filepath.Join(dir, "caracal.db")
			if database == "PostgreSQL" {
				var err error
				if place, err = testpg.Shared(t).Make(); err != nil {
					t.Fatal(err)
				}
			}
			rows, err := RunOrgFaults(t.Context(), built(t), place, dir, OrgFaults(), 8, 4*time.Second, 3*time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			report(t, rows...)
		})
	}
}

// TestFullDisk lets no file grow under the real program for a while; it must go on by itself afterwards.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	row, err := FullDisk(t.Context(), built(t), t.TempDir(), 1, 10, 2*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	report(t, row)
}

// TestSecondProcessIsRefused: the real program does not start on a file that another life of it serves, and says why.
func TestSecondProcessIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r, err := NewRig(t.Context(), built(t), File(dir), dir)
	if err != nil {
		t.Fatal(err)
	}
	first, err := r.Node("first", r.Place)
	if err == nil {
		err = first.mustStart()
	}
	if err != nil {
		t.Fatal(err)
	}
	second, err := r.Node("second", r.Place)
	if err != nil {
		t.Fatal(err)
	}
	if ready, err := second.Start(""); err != nil || ready {
		t.Errorf("it started: %v", err)
	}
	if err := second.cmd.Wait(); err == nil || !second.cmd.ProcessState.Exited() || !strings.Contains(second.log.String(), "Another Caracal is already using "+r.Place) {
		t.Errorf("%v: %s", err, second.log)
	}
	if err := first.Stop(); err != nil {
		t.Error(err)
	}
}
