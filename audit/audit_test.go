package audit

import (
	"errors"
	"iter"
	"slices"
	"testing"
	"time"
)

func record(t *testing.T) []Entry {
	t.Helper()
	at := time.Date(2026, 11, 23, 12, 0, 0, 123456789, time.UTC)
	entries := []Entry{
		{At: at, By: "u1", Action: "run.started", Subject: "run_1", Detail: map[string]any{"b": "2", "a": "1"}},
		{At: at.Add(time.Second), By: System, Action: "run.ended", Subject: "run_1"},
		{At: at.Add(time.Minute), By: "u2", Action: "run.cancelled", Subject: "run_2"},
	}
	prev := ""
	for i := range entries {
		entries[i].Seq = int64(i + 1)
		hash, err := Chain(prev, entries[i])
		if err != nil {
			t.Fatal(err)
		}
		entries[i].Hash, prev = hash, hash
	}
	return entries
}

func seq(entries []Entry) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	entries := record(t)
	count, head, err := Verify(seq(entries))
	if err != nil || count != 3 || head != entries[2].Hash {
		t.Fatalf("got %d %q %v", count, head, err)
	}
	if count, head, err := Verify(seq(nil)); err != nil || count != 0 || head != "" {
		t.Errorf("an empty record: %d %q %v", count, head, err)
	}
	for name, tamper := range map[string]func(e []Entry) []Entry{
		"changed person":  func(e []Entry) []Entry { e[1].By = "u9"; return e },
		"changed detail":  func(e []Entry) []Entry { e[0].Detail["a"] = "3"; return e },
		"changed time":    func(e []Entry) []Entry { e[0].At = e[0].At.Add(time.Second); return e },
		"removed middle":  func(e []Entry) []Entry { return slices.Delete(e, 1, 2) },
		"removed first":   func(e []Entry) []Entry { return e[1:] },
		"swapped":         func(e []Entry) []Entry { e[0], e[1] = e[1], e[0]; return e },
		"changed hash":    func(e []Entry) []Entry { e[2].Hash = e[1].Hash; return e },
		"added unchained": func(e []Entry) []Entry { return append(e, Entry{Seq: 4, Action: "x"}) },
	} {
		var broken *BrokenError
		if _, _, err := Verify(seq(tamper(record(t)))); !errors.As(err, &broken) {
			t.Errorf("%s: got %v, want BrokenError", name, err)
		}
	}
	failed := errors.New("read failed")
	_, _, err = Verify(func(yield func(Entry, error) bool) { yield(Entry{}, failed) })
	if !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
}
