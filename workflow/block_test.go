package workflow

import (
	"slices"
	"testing"
)

// nested is: find, each{ read, deeper{ add } , tidy(failed of read) }, after.
func nested() Definition {
	step := func(id, in string, when When) Step {
		return Step{ID: id, Title: id, Control: Control{In: in, When: when}}
	}
	return Definition{Steps: []Step{
		step("find", "", ""), step("each", "", ""), step("read", "each", WhenEach), step("tidy", "read", WhenFailed),
		step("deeper", "each", WhenEach), step("add", "deeper", WhenEach), step("after", "", ""),
	}}
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	d := nested()
	for i, want := range []int{0, 0, 1, 2, 1, 2, 0} {
		if got := d.Depth(i); got != want {
			t.Errorf("%s stands %d deep, want %d", d.Steps[i].ID, got, want)
		}
	}
	for id, want := range map[string]int{"find": 1, "each": 6, "read": 4, "deeper": 6, "after": 7} {
		if got := d.End(d.StepIndex(id)); got != want {
			t.Errorf("%s ends at %d, want %d", id, got, want)
		}
	}
	if got := d.Loops(d.StepIndex("add")); !slices.Equal(got, []string{"each", "deeper"}) {
		t.Errorf("loops around add: %v", got)
	}
	if got := d.BlockSteps(Block{In: "each"}); !slices.Equal(got, []int{2, 4}) {
		t.Errorf("steps of each: %v", got)
	}
}

func TestReach(t *testing.T) {
	t.Parallel()
	d := nested()
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"each", "find", true}, {"read", "find", true}, {"read", "each", true}, {"add", "read", true}, {"add", "tidy", true},
		{"add", "each", true}, {"after", "each", true}, {"after", "read", false}, {"after", "add", false},
		{"find", "each", false}, {"find", "find", false}, {"tidy", "read", true},
	} {
		if got := d.Reaches(d.StepIndex(c.from), d.StepIndex(c.to)); got != c.want {
			t.Errorf("%s reaches %s: %v, want %v", c.from, c.to, got, c.want)
		}
	}
}

// A draft may come from a file or a stale form: no order of steps may send these functions round in circles.
func TestBlocksOfBrokenDefinitions(t *testing.T) {
	t.Parallel()
	d := Definition{Steps: []Step{
		{ID: "a", Control: Control{In: "b"}}, {ID: "b", Control: Control{In: "a"}}, {ID: "c", Control: Control{In: "gone"}}, {ID: "d", Control: Control{In: "d"}},
	}}
	for i := range d.Steps {
		_, _, _ = d.Depth(i), d.End(i), d.Loops(i)
	}
}
