package crashtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"caracal/org"
)

// points are the names that crash.At knows in the engine.
var points = []string{"run-accepted", "before-start", "after-start-before-call", "after-call-before-done", "before-find", "before-end", "after-end"}

// TestMain builds the program once for all tests.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "crashtest-")
	if err != nil {
		panic(err)
	}
	build = sync.OnceValues(func() (string, error) { return Build(context.Background(), dir) })
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

var build func() (string, error)

func built(t *testing.T) string {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// newOrg starts an org for a test.
func newOrg(t *testing.T, name string, method org.Method) *Org {
	t.Helper()
	o, err := NewOrg(name, method)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.Close() }) // it is the end
	return o
}

// report prints rows and fails the test for everything that should not be.
func report(t *testing.T, rows ...Row) {
	t.Helper()
	var table strings.Builder
	if err := Print(&table, rows); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + table.String())
	for _, row := range rows {
		for i, problem := range row.Problems {
			if i == 12 {
				t.Errorf("%s, %s: and %d more", row.Fault, row.Database, len(row.Problems)-i)
				break
			}
			t.Errorf("%s, %s: %s", row.Fault, row.Database, problem)
		}
		if row.Accepted != row.Runs || row.Finished+row.Failed != row.Runs {
			t.Errorf("%s, %s: of %d runs %d were accepted, %d finished and %d failed as they should", row.Fault, row.Database, row.Runs, row.Accepted, row.Finished, row.Failed)
		}
	}
}

// TestCrash kills the real program with kill -9, at every named point and at random, while it moves runs with loops and
// called workflows in them against an org that outlives it, and starts it again each time. Then every run that was
// accepted must be there and ended, every change that may not be repeated must be in the org's System Log exactly as
// often as the runs say, and every step in doubt must have been found out or asked about.
func TestCrash(t *testing.T) {
	t.Parallel()
	const perPoint, atRandom, perLife = 4, 24, 3
	dir := t.TempDir()
	o := newOrg(t, "Crash", org.CustomApp)
	r, err := NewRig(t.Context(), built(t), filepath.Join(dir, "caracal.db"), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	o.Break(dropping)
	n, err := r.Node("only", r.Place)
	if err != nil {
		t.Fatal(err)
	}
	load := r.Load(o)
	kills, reached := 0, map[string]int{}
	life := func(crashAt string, after time.Duration) {
		load.Add(perLife)
		ready, err := n.Start(crashAt)
		if err != nil {
			t.Fatal(err)
		}
		if ready {
			n.Kill(after)
			load.Offer(n)
		} else if crashAt == "" {
			t.Errorf("the program died before it was ready: %s", n.log)
		}
		if err := n.Wait(); err != nil {
			t.Fatal(err)
		}
		kills++
		point, _, _ := strings.Cut(crashAt, ":")
		if !n.shot.Load() { // it died of itself, so at the point
			reached[point]++
		}
	}
	for i := range perPoint {
		for _, point := range points {
			life(fmt.Sprintf("%s:%d", point, 1+i%3), 3*time.Second)
		}
	}
	for range atRandom {
		life("", time.Duration(rand.IntN(250))*time.Millisecond)
	}
	for _, point := range points {
		if reached[point] == 0 {
			t.Errorf("the program was never killed at %s", point)
		}
	}
	if ready, err := n.Start(""); err != nil || !ready {
		t.Fatalf("the last start failed: %v %s", err, n.log)
	}
	if err := load.Finish(t.Context(), 2*time.Minute, n); err != nil {
		t.Fatal(err)
	}
	row, err := load.Verify(t.Context(), "kill -9", nil)
	if err != nil {
		t.Fatal(err)
	}
	row.Times = kills
	report(t, row)
	t.Logf("killed at points: %v", reached)
	if kills < 50 {
		t.Errorf("%d kills, want 50", kills)
	}
	if err := n.Stop(); err != nil {
		t.Error(err)
	}
}
