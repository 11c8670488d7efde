package views

import (
	"cmp"
	"strings"

	"caracal/form"
	"caracal/workflow"
)

// stepTree is what the builder draws of the steps: the definition, and how each step stands in it, found once
// for a page.
type stepTree struct {
	p     *BuilderProps
	spots []workflow.Spot
	held  map[workflow.Block][]int // the steps of each block itself
}

func (p *BuilderProps) tree() *stepTree {
	t := &stepTree{p: p, spots: p.draft().Outline(), held: map[workflow.Block][]int{}}
	for i, s := range p.draft().Steps {
		t.held[s.Block()] = append(t.held[s.Block()], i)
	}
	return t
}

func (t *stepTree) step(i int) *workflow.Step { return &t.p.draft().Steps[i] }

// blocks returns the blocks of a step, in the order in which they are read.
func (t *stepTree) blocks(i int) []workflow.Block {
	var out []workflow.Block
	for _, when := range []workflow.When{workflow.WhenEach, workflow.WhenFailed} {
		block := workflow.Block{In: t.step(i).ID, When: when}
		if t.step(i).CanHold(when) || len(t.held[block]) > 0 {
			out = append(out, block)
		}
	}
	return out
}

// name says what a step is called where its number is not enough.
func (t *stepTree) name(i int) string {
	return itemLabel(t.step(i).Title, "step "+t.spots[i].Number)
}

// adderLabel says where a button adds a step.
func (t *stepTree) adderLabel(place workflow.Place, last bool) string {
	holder := t.p.draft().StepIndex(place.In)
	switch {
	case !last:
		return "Add a step before step " + t.spots[t.held[place.Block][place.At]].Number
	case holder < 0:
		return "Add step"
	case place.When == workflow.WhenFailed:
		return "Add a step here, for when " + t.name(holder) + " fails"
	}
	return "Add a step for each item of " + t.name(holder)
}

// into returns the blocks that the step before this one holds, last things first: what stands right above it.
func (t *stepTree) into(i int) []workflow.Block {
	before := t.spots[i].Previous
	if before < 0 {
		return nil
	}
	var out []workflow.Block
	for _, block := range t.blocks(before) {
		if t.step(before).CanHold(block.When) && t.spots[before].Depth < workflow.MaxDepth {
			out = append(out, block)
		}
	}
	return out
}

// intoLabel says what a button does that moves a step into a block.
func (t *stepTree) intoLabel(i int, block workflow.Block) string {
	holder := t.p.draft().StepIndex(block.In)
	if block.When == workflow.WhenFailed {
		return "Move " + t.name(i) + " to what is done if " + t.name(holder) + " fails"
	}
	return "Move " + t.name(i) + " into " + t.name(holder)
}

// moveWords says where a place is.
func (t *stepTree) moveWords(p workflow.MovePlace) string {
	if p.Step < 0 {
		return "At the beginning"
	}
	name := t.spots[p.Step].Number + " · " + cmp.Or(t.step(p.Step).Title, "without a title")
	switch {
	case !p.In:
		return strings.Repeat("\u2003", t.spots[p.Step].Depth) + "After " + name
	case p.Into == workflow.WhenFailed:
		return strings.Repeat("\u2003", t.spots[p.Step].Depth+1) + "First of what is done if " + name + " fails"
	}
	return strings.Repeat("\u2003", t.spots[p.Step].Depth+1) + "First for each item of " + name
}

// wholePlace is the end of a block.
func (t *stepTree) end(block workflow.Block) workflow.Place {
	return workflow.Place{Block: block, At: len(t.held[block])}
}

// loopTitle says what a for-each goes over: "For each item of ‹Members›".
func loopTitle(p *BuilderProps, i int) workflow.Phrase {
	field := form.Field{Name: workflow.ListField, Kind: form.List}
	return append(workflow.Phrase{{Text: "For each item of "}}, workflow.DescribeField(*p.draft(), p.Registry, i, field)...)
}

// canFail reports whether something can be done when a step fails.
func canFail(spec workflow.ActionSpec) bool {
	return spec.Effect != workflow.Steers || spec.ID == workflow.FlowForEach
}

// canBranch reports whether a step has room for steps that are carried out when it fails.
func canBranch(p *BuilderProps, s *workflow.Step) bool {
	i := p.draft().StepIndex(s.ID)
	return s.OnError == workflow.Branch || i >= 0 && p.draft().Depth(i) < workflow.MaxDepth
}
