package crashtest

import (
	"testing"
	"time"

	"caracal/internal/testpg"
)

// TestKillContinuing kills the real program while two people continue the same runs at once: on a file, and on PostgreSQL
// through two nodes. No run is continued twice, nothing is done twice, and each run comes to its end.
func TestKillContinuing(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"SQLite", "PostgreSQL"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			place := File(dir)
			if database == "PostgreSQL" {
				var err error
				if place, err = testpg.Shared(t).Make(); err != nil {
					t.Fatal(err)
				}
			}
			row, err := KillContinuing(t.Context(), built(t), place, dir, 8, 2, 2*time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			report(t, row)
		})
	}
}
