package db

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"caracal/workflow"
)

// A scratch database takes runs as any other, and leaves nothing behind.
func TestScratch(t *testing.T) {
	t.Parallel()
	s := &Scratch{Folder: filepath.Join(t.TempDir(), "scratch")}
	for range 2 {
		d, err := s.Open(t.Context(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		id, _, err := d.CreateRun(t.Context(), workflow.Run{Name: "Try", Steps: []workflow.RunStep{{StepID: "a", Action: "flow.note"}}}, starter, noQueue)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := d.Run(t.Context(), id); err != nil || len(r.Steps) != 1 {
			t.Errorf("%+v, %v", r, err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	old := filepath.Join(s.Folder, "scratch_dead.db")
	if err := os.WriteFile(old, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(old, time.Now(), time.Now().Add(-4*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.Clear(); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(s.Folder)
	if err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
