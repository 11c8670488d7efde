package db

import (
	"errors"
	"testing"
)

// TestCatalogsOfAllNodes keeps what nodes import, and which one they use, on either database.
func TestCatalogsOfAllNodes(t *testing.T) {
	t.Parallel()
	d := open(t, Options{})
	if names, current, err := d.CatalogFiles(t.Context()); err != nil || len(names) != 0 || current != "" {
		t.Fatalf("%v, %q, %v", names, current, err)
	}
	for _, text := range []string{`{"a": 1}`, `{"a": 2}`} { // what is there stays
		if err := d.PutCatalogFile(t.Context(), "20261127-090000.json", []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"20261127-090000", "built-in"} {
		if err := d.UseCatalog(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	names, current, err := d.CatalogFiles(t.Context())
	if err != nil || len(names) != 1 || current != "built-in" {
		t.Errorf("%v, %q, %v", names, current, err)
	}
	if text, err := d.CatalogFile(t.Context(), names[0]); err != nil || string(text) != `{"a": 1}` {
		t.Errorf("%s, %v", text, err)
	}
	if err := d.DropCatalogFile(t.Context(), names[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := d.CatalogFile(t.Context(), names[0]); !errors.Is(err, ErrNotFound) {
		t.Errorf("it is still there: %v", err)
	}
}
