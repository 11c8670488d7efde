package engine

import (
	"context"
	"slices"
	"testing"
	"time"

	"caracal/db"
)

// hookModel counts how often a hook was to be brought up to date.
type hookModel struct {
	orgModel
	synced int
}

// SyncHook counts.
func (m *hookModel) SyncHook(context.Context, string) error {
	m.synced++
	return nil
}

// TestHooksAreKeptWithoutTheLog brings a hook up to date though the log is not read: once in a process's life, and every five
// minutes while something is wrong.
func TestHooksAreKeptWithoutTheLog(t *testing.T) {
	t.Parallel()
	m := &hookModel{}
	r := newRig(t)
	r.Engine.orgLog = m
	r.listening()
	ctx := t.Context()
	look := func(after time.Duration, want int) {
		t.Helper()
		r.wait(after)
		if err := r.PollEvents(ctx); err != nil {
			t.Fatal(err)
		}
		if m.synced != want {
			t.Errorf("it was brought up to date %d times, want %d", m.synced, want)
		}
	}
	look(0, 0) // there is none
	src, err := r.db.EventSource(ctx, "app_1")
	if err != nil {
		t.Fatal(err)
	}
	seen := db.SeenPolling(src)
	src.HookID, src.HookOn, src.HookTypes, src.Polls = "who1", true, []string{removed, created}, false
	slices.Sort(src.HookTypes)
	if err := r.db.SetPolling(ctx, src, seen, ada); err != nil {
		t.Fatal(err)
	}
	if err := r.db.SetHook(ctx, src, "", ada); err != nil {
		t.Fatal(err)
	}
	look(10*time.Minute, 1)
	look(10*time.Minute, 1)
	src.HookError = "Okta was not reached."
	if err := r.db.SetHook(ctx, src, "", ada); err != nil {
		t.Fatal(err)
	}
	look(time.Minute, 1)
	look(10*time.Minute, 2)
	look(time.Minute, 2)
	look(10*time.Minute, 3)
}
