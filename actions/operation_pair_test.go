package actions

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"caracal/catalog"
)

var update = flag.Bool("update", false, "write the list of how operations are taken back anew")

const pairList = "testdata/undo_operations.txt"

// TestEveryOperationIsPaired holds that each operation that can be a step is read only, can be taken back, or has a
// reason why not. The list in testdata was looked through; one that changes is to be looked through again.
func TestEveryOperationIsPaired(t *testing.T) {
	t.Parallel()
	c, err := catalog.Shared()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	seen, counts := map[string]bool{}, map[string]int{}
	for _, step := range c.Steps() {
		op := step.Operation
		if seen[op.ID] {
			continue
		}
		seen[op.ID] = true
		if op.Reads() {
			counts["reads"]++
			fmt.Fprintf(&b, "%s: reads\n", op.ID)
			continue
		}
		p := pairOf(c, op)
		a := operationAction(c, step)
		switch {
		case p.Way == "":
			if p.Category == "" || !strings.HasSuffix(p.Why, ".") || a.Undo.None == "" {
				t.Errorf("%s has neither a way nor a reason: %+v", op.ID, p)
			}
			if _, ours := unpaired[op.ID]; !ours {
				t.Errorf("%s %s %s has no way by the rules, and no reason in the table", op.ID, op.Method, op.Path)
			}
			counts[string(p.Category)]++
			fmt.Fprintf(&b, "%s: never (%s)\n", op.ID, p.Category)
			continue
		case p.Way == ownWay:
			fmt.Fprintf(&b, "%s: %s\n", op.ID, p.Way)
		case p.Way == asAction:
			if _, ok := actionNamed(p.Action); !ok {
				t.Errorf("%s is taken back as %q, which is no action", op.ID, p.Action)
			}
			fmt.Fprintf(&b, "%s: like %s\n", op.ID, p.Action)
		default:
			if p.Back.ID == "" || p.Base == "" || p.Way != removes && p.Read.ID == "" && p.List.ID == "" {
				t.Errorf("%s: the way names too little: %+v", op.ID, p)
			}
			fmt.Fprintf(&b, "%s: %s (%s%s)\n", op.ID, p.Way, p.Back.ID, orElse(p.Absent.ID))
		}
		if (a.Undo.None == "") == (a.Undo.Back == nil) || a.Undo.Back != nil && a.Undo.Look == nil && !a.Undo.Told {
			t.Errorf("%s: its inverse is not in order", op.ID)
		}
		counts[string(p.Way)]++
	}
	for _, table := range []map[string]bool{keysOf(unpaired), keysOf(ownPairs), keysOf(curatedPairs), keysOf(remakings)} {
		for id := range table {
			if !seen[id] {
				t.Errorf("a table names %q, which is no operation that can be a step", id)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%3d %s", counts[name], name)
	}
	if *update {
		if err := os.WriteFile(pairList, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(pairList)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != b.String() {
		t.Errorf("how operations are taken back is not what %s says; look it through, and write it anew with -update", pairList)
	}
}

func orElse(id string) string {
	if id == "" {
		return ""
	}
	return ", or " + id + " where nothing was there"
}

func keysOf[V any](m map[string]V) map[string]bool {
	out := map[string]bool{}
	for k := range m {
		out[k] = true
	}
	return out
}

func actionNamed(id string) (Action, bool) {
	i := slices.IndexFunc(All(), func(a Action) bool { return a.ID == id })
	if i < 0 {
		return Action{}, false
	}
	return All()[i], true
}
