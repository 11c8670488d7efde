package workflow

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestDiffText(t *testing.T) {
	t.Parallel()
	if got := DiffText("a\n", "a\n"); got != nil {
		t.Errorf("equal files differ by %v", got)
	}
	got := DiffText("1\n2\n3\n4\n5\n6\n7\n8\n", "1\n2\n3\n4\n5\nsix\n7\n8\n")
	want := []DiffLine{{"…", ""}, {" ", "3"}, {" ", "4"}, {" ", "5"}, {"-", "6"}, {"+", "six"}, {" ", "7"}, {" ", "8"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	long := strings.Repeat("a\n", 3000)
	if got := DiffText("b\n"+long+"c\n", "d\n"+strings.ReplaceAll(long, "a", "e")+"f\n"); len(got) != 6004 {
		t.Errorf("a large difference has %d lines", len(got))
	}
}

// TestDiffLinesIsWhole: without what was added a difference is the first file, without what was removed the second.
func TestDiffLinesIsWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.SampledFrom([]string{"a", "b", "c", ""})
		a, b := rapid.SliceOfN(line, 0, 12).Draw(t, "a"), rapid.SliceOfN(line, 0, 12).Draw(t, "b")
		var before, after []string
		for _, l := range diffLines(a, b) {
			if l.Mark != "+" {
				before = append(before, l.Text)
			}
			if l.Mark != "-" {
				after = append(after, l.Text)
			}
		}
		if !slices.Equal(before, a) || !slices.Equal(after, b) {
			t.Fatalf("%q and %q give %q and %q", a, b, before, after)
		}
	})
}
