package db

import (
	"os"
	"path/filepath"
	"testing"
)

// TestFilesAreOurs: no other account of the machine reads the database, what SQLite keeps beside it, or the copy
// made before a migration, even in a folder that everybody may enter.
func TestFilesAreOurs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	d := openAt(t, filepath.Join(dir, "caracal.db"), Options{})
	if err := d.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := d.backupBefore(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 4 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		info, err := file.Info()
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 {
			t.Errorf("%s has mode %s", file.Name(), mode)
		}
	}
}
