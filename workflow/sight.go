package workflow

import "slices"

// sight says which steps a field may use the outputs of.
type sight struct {
	d     Definition
	step  int
	loops []string // around the field, the innermost last
	last  int      // steps before this place are in sight
}

// sight returns what a field of a step sees. A for-each keeps something of each item at the end of its body, so
// that this one field sees the body; every other sees what stands before its step.
func (d Definition) sight(i int, field string) sight {
	s := sight{d: d, step: i, loops: d.Loops(i), last: i}
	if d.Steps[i].Action == FlowForEach && field == GatherField {
		s.loops, s.last = append(slices.Clone(s.loops), d.Steps[i].ID), d.End(i)
	}
	return s
}

// loop returns the innermost loop around, or "".
func (s sight) loop() string {
	if len(s.loops) == 0 {
		return ""
	}
	return s.loops[len(s.loops)-1]
}

// inside reports whether a loop stands around.
func (s sight) inside(loop string) bool { return slices.Contains(s.loops, loop) }

// sees reports whether a step's outputs may be used; the loop that keeps something of its items sees itself.
func (s sight) sees(j int) bool {
	if j >= s.last || j == s.step && !s.inside(s.d.Steps[j].ID) {
		return false
	}
	return !slices.ContainsFunc(s.d.Loops(j), func(loop string) bool { return !s.inside(loop) })
}

// inLoop reports whether a for-each gives an output within its body, rather than after it.
func inLoop(output string) bool { return output == ItemOutput || output == NumberOutput }
