package workflow

import (
	"fmt"
	"slices"
	"strings"
)

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

// Calls returns the ids of the workflows that a definition runs, each once, in the order of its steps.
func (d Definition) Calls() []string {
	var out []string
	for _, s := range d.Steps {
		if id, ok := IsCall(s.Action); ok && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// CheckCalls says which steps of a workflow would make it run itself, directly or through others, or run others
// deeper than they may be. published gives the newest published version of a workflow, by its id.
func CheckCalls(workflowID string, d Definition, published func(workflowID string) (Definition, bool)) []Problem {
	var problems []Problem
	for _, s := range d.Steps {
		called, ok := IsCall(s.Action)
		if !ok {
			continue
		}
		w := callWalk{self: workflowID, published: published, seen: map[string]int{}}
		if problem := w.from(called, nil, 1); problem != "" {
			problems = append(problems, Problem{Step: s.ID, Message: problem})
		}
	}
	return problems
}

type callWalk struct {
	self      string
	published func(string) (Definition, bool)
	seen      map[string]int // how deep each was looked into already
}

// from says why running a workflow at a depth comes to no good, or "". through names those in between.
func (w callWalk) from(id string, through []string, depth int) string {
	switch {
	case id == w.self && len(through) == 0:
		return "This step would run the workflow that it stands in, without an end; choose another."
	case id == w.self:
		return fmt.Sprintf("This would run the workflow that it stands in, through %s, without an end; choose another.", strings.Join(through, ", "))
	case depth > MaxCalls:
		return fmt.Sprintf("This runs workflows more than %d deep, through %s; make them fewer.", MaxCalls, strings.Join(through, ", "))
	case w.seen[id] >= depth:
		return ""
	}
	w.seen[id] = depth
	d, ok := w.published(id)
	if !ok {
		return "" // said at the step that runs it
	}
	for _, next := range d.Calls() {
		if problem := w.from(next, append(slices.Clone(through), "“"+d.Name+"”"), depth+1); problem != "" {
			return problem
		}
	}
	return ""
}
