package crashtest

import (
	"path/filepath"
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
