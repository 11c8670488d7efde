package crashtest

import (
	"testing"
	"time"

	"caracal/internal/testpg"
)

// TestKillOneNodeOfThree kills nodes that share a PostgreSQL database.
func TestKillOneNodeOfThree(t *testing.T) {
	t.Parallel()
	place, err := testpg.Shared(t).Make()
	if err != nil {
		t.Fatal(err)
	}
	row, err := KillNodes(t.Context(), built(t), place, t.TempDir(), 5, 6, 2*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	report(t, row)
}

// TestPostgresRestarts stops PostgreSQL under two nodes.
func TestPostgresRestarts(t *testing.T) {
	t.Parallel()
	server, err := testpg.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	row, err := RestartPostgres(t.Context(), built(t), server, t.TempDir(), 2, 8, 2*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	report(t, row)
}

// TestCutOffFromPostgres cuts one node of two off for longer than its lease, in two ways.
func TestCutOffFromPostgres(t *testing.T) {
	t.Parallel()
	for name, stall := range map[string]bool{"broken": false, "silent": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			place, err := testpg.Shared(t).Make()
			if err != nil {
				t.Fatal(err)
			}
			row, err := CutOff(t.Context(), built(t), place, t.TempDir(), stall, 1, 12, 20*time.Second, 2*time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			report(t, row)
		})
	}
}
