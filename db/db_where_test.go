package db

import (
	"strings"
	"testing"
)

// TestLongSearch: a search of any length is answered, and not with an error.
func TestLongSearch(t *testing.T) {
	t.Parallel()
	d := open(t, Options{})
	long := strings.Repeat("word ", 5000)
	if _, _, err := d.RunList(t.Context(), RunFilter{Query: long}); err != nil {
		t.Error(err)
	}
	if _, err := d.RunCounts(t.Context(), RunFilter{Query: long}); err != nil {
		t.Error(err)
	}
	if _, _, err := d.WorkflowList(t.Context(), WorkflowFilter{Query: long}); err != nil {
		t.Error(err)
	}
}
