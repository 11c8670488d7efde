package db

import (
	"sync/atomic"
	"testing"
	"time"
)

// TestClockOfTheDatabase: a node whose machine's clock is wrong goes by the database's, also when the clock is set while
// it runs, and one whose clock is right by its own.
func TestClockOfTheDatabase(t *testing.T) {
	t.Parallel()
	place := fresh(t, onPostgres)
	var wrong atomic.Int64
	machine := func() time.Time { return time.Now().Add(time.Duration(wrong.Load())) }
	wrong.Store(int64(-48 * time.Hour))
	d, err := Open(t.Context(), place, Options{Clock: machine, Machine: machine})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	if !onPostgres { // alone, a process has nobody to agree with
		if d.Ahead() != 0 || time.Until(d.Now()).Abs() < 47*time.Hour {
			t.Errorf("a file is ahead by %s, and it is %s", d.Ahead(), d.Now())
		}
		return
	}
	for _, by := range []time.Duration{-48 * time.Hour, 0, 3 * time.Hour} {
		wrong.Store(int64(by))
		if _, err := d.Beat(t.Context(), Node{Name: "here"}); err != nil {
			t.Fatal(err)
		}
		if off := time.Until(d.Now()).Abs(); off > time.Minute || time.Until(d.QueueNow()).Abs() > time.Minute {
			t.Errorf("with a machine that is wrong by %s, it is wrong by %s", by, off)
		}
		if by == 0 && d.Ahead() != 0 {
			t.Errorf("a right clock is set by %s", d.Ahead())
		}
	}
}
