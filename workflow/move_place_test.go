package workflow

import (
	"slices"
	"strconv"
	"testing"
)

// TestMovePlaces: every place that is offered can be moved to, and the step then stands where it was said; none of those
// is where it stands already, and no place is left out.
func TestMovePlaces(t *testing.T) {
	t.Parallel()
	d := Definition{Steps: []Step{
		{ID: "a", Action: "note"},
		{ID: "each", Action: FlowForEach},
		{ID: "b", Action: "note", Control: Control{In: "each", OnError: Branch}},
		{ID: "c", Action: "note", Control: Control{In: "b", When: WhenFailed}},
		{ID: "inner", Action: FlowForEach, Control: Control{In: "each"}},
		{ID: "d", Action: "note", Control: Control{In: "inner"}},
		{ID: "e", Action: "note"},
		{ID: "f", Action: "note", Control: Control{OnError: Branch}},
	}}
	order := func(d Definition) string {
		s := ""
		for i, step := range d.Steps {
			s += d.Number(i) + ":" + step.ID + "@" + step.Block().String() + " "
		}
		return s
	}
	for _, s := range d.Steps {
		i := d.StepIndex(s.ID)
		seen := map[string]bool{order(d): true}
		for _, p := range d.MovePlaces(s.ID) {
			moved, err := d.MoveStepTo(s.ID, p.To)
			if err != nil {
				t.Errorf("%s to %s: %v", s.ID, p.To, err)
				continue
			}
			if seen[order(moved)] {
				t.Errorf("%s to %s changes nothing, or is offered twice", s.ID, p.To)
			}
			seen[order(moved)] = true
			at := moved.StepIndex(s.ID)
			spots := moved.Outline()
			switch {
			case p.Step < 0:
				if at != 0 {
					t.Errorf("%s is not at the beginning: %s", s.ID, order(moved))
				}
			case p.In:
				if spots[at].At != 0 && spots[at].Previous >= 0 || moved.Steps[at].In != d.Steps[p.Step].ID {
					t.Errorf("%s is not the first in %s: %s", s.ID, d.Steps[p.Step].ID, order(moved))
				}
			case spots[at].Previous != moved.StepIndex(d.Steps[p.Step].ID):
				t.Errorf("%s does not follow %s: %s", s.ID, d.Steps[p.Step].ID, order(moved))
			}
		}
		// Every other place leads to an order that was offered.
		blocks := []Block{{}}
		for j, o := range d.Steps {
			if j >= i && j < d.End(i) {
				continue
			}
			for _, when := range []When{WhenEach, WhenFailed} {
				if o.CanHold(when) {
					blocks = append(blocks, Block{o.ID, when})
				}
			}
		}
		for _, b := range blocks {
			for n := range len(d.Steps) {
				if moved, err := d.MoveStepTo(s.ID, Place{b, n}); err == nil && !seen[order(moved)] {
					t.Errorf("%s to %s-%s is not offered: %s", s.ID, b, strconv.Itoa(n), order(moved))
				}
			}
		}
	}
	if d.MovePlaces("gone") != nil {
		t.Error("a step that is gone has places")
	}
	deep := Definition{}
	for n := range MaxDepth + 1 {
		s := Step{ID: "l" + strconv.Itoa(n), Action: FlowForEach}
		if n > 0 {
			s.In, s.When = "l"+strconv.Itoa(n-1), WhenEach
		}
		deep.Steps = append(deep.Steps, s)
	}
	deep.Steps = append(deep.Steps, Step{ID: "z", Action: FlowForEach}, Step{ID: "y", Action: "note", Control: Control{In: "z"}})
	if slices.ContainsFunc(deep.MovePlaces("z"), func(p MovePlace) bool { _, err := deep.MoveStepTo("z", p.To); return err != nil }) {
		t.Error("a place too deep is offered")
	}
}
