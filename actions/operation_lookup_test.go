package actions

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"caracal/catalog"
)

const lookupList = "testdata/lookups_of_operations.txt"

// TestEveryOperationIsLookedUp lists how each operation that changes something is looked up when its answer was lost, and how
// many are in each way. The list in testdata was looked through; one that changes is to be looked through again.
func TestEveryOperationIsLookedUp(t *testing.T) {
	t.Parallel()
	c, err := catalog.Shared()
	if err != nil {
		t.Fatal(err)
	}
	lines, counts, total := map[string]lookup{}, map[lookup]int{}, 0
	for _, step := range c.Steps() {
		op := step.Operation
		if _, seen := lines[op.ID]; seen || op.Reads() {
			continue
		}
		how := lookupOf(c, op)
		a := operationAction(c, step)
		if (how == lookNone) != (a.Find == nil) {
			t.Errorf("%s is looked up by %q, and its step has a look-up: %v", op.ID, how, a.Find != nil)
		}
		if a.Find != nil && a.Sends == nil {
			t.Errorf("%s has no request to look for in the log", op.ID)
		}
		lines[op.ID] = how
		counts[how]++
		total++
	}
	var b strings.Builder
	for _, how := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(&b, "%3d of %d: %s\n", counts[how], total, how)
	}
	b.WriteByte('\n')
	for _, id := range slices.Sorted(maps.Keys(lines)) {
		fmt.Fprintf(&b, "%s: %s\n", id, lines[id])
	}
	if *update {
		if err := os.WriteFile(lookupList, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(lookupList)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != b.String() {
		t.Errorf("how operations are looked up is not what %s says; look it through, and write it anew with -update", lookupList)
	}
}
