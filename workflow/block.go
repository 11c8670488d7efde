package workflow

import "slices"

// A definition is a flat list in the order in which it is read. A step of a block stands right after the step
// that holds the block, and names it: the body of a loop, or what is done when a step fails. A flat list keeps
// every place that asks “which steps come before this one” as simple as it was without blocks.

// When says which of its holder's blocks a step stands in.
type When string

// The blocks a step can hold.
const (
	WhenEach   When = ""       // the body of a for-each, carried out for each item
	WhenFailed When = "failed" // carried out when the holder failed for good; the run then goes on after it
)

// Block is a list of steps within a workflow. The zero Block is the workflow's own.
type Block struct {
	In   string // id of the step that holds it
	When When
}

// MaxDepth is how deep blocks may stand in one another.
const MaxDepth = 4

// Block returns the block that the step stands in.
func (c Control) Block() Block { return Block{c.In, c.When} }

// BlocksOf returns the blocks around a step, from the workflow's own to the one it stands in. A step whose
// holder is missing, or stands after it, ends the list early: Check says so.
func (d Definition) BlocksOf(i int) []Block {
	var inner []Block
	for b := d.Steps[i].Block(); b.In != ""; {
		inner = append(inner, b)
		holder := d.StepIndex(b.In)
		if holder < 0 || holder >= i {
			break
		}
		i, b = holder, d.Steps[holder].Block()
	}
	slices.Reverse(inner)
	return append([]Block{{}}, inner...)
}

// Depth returns how many blocks stand around a step besides the workflow's own.
func (d Definition) Depth(i int) int { return len(d.BlocksOf(i)) - 1 }

// Loops returns the ids of the for-each steps around a step, the innermost last.
func (d Definition) Loops(i int) []string {
	var out []string
	for _, b := range d.BlocksOf(i) {
		if b.In != "" && b.When == WhenEach {
			out = append(out, b.In)
		}
	}
	return out
}

// BlockSteps returns the places of the steps that stand in a block itself, not in blocks within it.
func (d Definition) BlockSteps(b Block) []int {
	var out []int
	for i, s := range d.Steps {
		if s.Block() == b {
			out = append(out, i)
		}
	}
	return out
}

// End returns the place after a step and everything in the blocks that it holds.
func (d Definition) End(i int) int {
	inside, end := map[string]bool{d.Steps[i].ID: true}, i+1
	for end < len(d.Steps) && d.Steps[end].In != "" && inside[d.Steps[end].In] {
		inside[d.Steps[end].ID] = true
		end++
	}
	return end
}

// Reaches reports whether a step may use what another gave. It must stand before it, and what happens for each
// item of a loop stays within the loop. Within a loop, the loop itself gives its item and number.
func (d Definition) Reaches(from, to int) bool {
	if to < 0 || to >= from {
		return false
	}
	around := d.Loops(from)
	for _, loop := range d.Loops(to) {
		if !slices.Contains(around, loop) {
			return false
		}
	}
	return true
}
