package workflow

import "slices"

// block says what is wrong with where a step stands.
func (c *checker) block(i int) {
	step := c.d.Steps[i]
	if step.In == "" && step.When == WhenEach {
		return
	}
	at := Problem{Step: step.ID}
	h := c.d.StepIndex(step.In)
	switch {
	case h < 0:
		c.add(at, "The step that this one stands in was removed; remove this step too, or move it out.")
		return
	case h >= i:
		c.add(at, "This step stands in “%s” and before it; move it below that step.", c.d.Steps[h].Title)
		return
	case step.When != WhenEach && step.When != WhenFailed:
		c.add(at, "%q is not a block that a step can stand in; move it out.", string(step.When))
		return
	case step.When == WhenEach && c.d.Steps[h].Action != FlowForEach:
		c.add(at, "“%s” is no for-each, so that no step can stand in it; move this step out.", c.d.Steps[h].Title)
		return
	case c.d.Depth(i) > MaxDepth:
		c.add(at, "Steps stand at most %d deep in one another; move this one out, or run it as a workflow of its own.", MaxDepth)
	}
	// In reading order everything from the holder to the step stands in the holder.
	for j := h + 1; j < i; j++ {
		if !slices.ContainsFunc(c.d.BlocksOf(j), func(b Block) bool { return b.In == step.In }) {
			c.add(at, "“%s” stands between this step and “%s”, which holds it; move them together.", c.d.Steps[j].Title, c.d.Steps[h].Title)
			return
		}
		if c.d.Steps[j].Block() == (Block{step.In, WhenFailed}) && step.When == WhenEach {
			c.add(at, "This step of the for-each stands below what is done when that fails; move it up.")
			return
		}
	}
}

// branchAround returns the innermost failure branch around step j that does not stand around step i as well: what
// the one gives is missing for the other unless something failed.
func (d Definition) branchAround(j, i int) (holder string, ok bool) {
	around := d.BlocksOf(i)
	for _, b := range slices.Backward(d.BlocksOf(j)) {
		if b.When == WhenFailed && !slices.Contains(around, b) {
			return b.In, true
		}
	}
	return "", false
}
