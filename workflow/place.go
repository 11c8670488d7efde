package workflow

import (
	"strconv"
	"strings"
)

// Place is where a step stands or goes: in a block, after so many of the steps that stand in the block itself.
type Place struct {
	Block
	At int // counted from 0; past the end means last
}

// String writes a block as ParseBlock reads it: the id of the step that holds it, with -failed behind it when it
// is what is done when that step fails. No id of a step holds a hyphen.
func (b Block) String() string {
	if b.In != "" && b.When == WhenFailed {
		return b.In + "-failed"
	}
	return b.In
}

// ParseBlock reads a block from a form, and says whether it is one.
func ParseBlock(s string) (Block, bool) {
	in, failed := strings.CutSuffix(s, "-failed")
	switch {
	case s == "":
		return Block{}, true
	case !IsName(in):
		return Block{}, false
	case failed:
		return Block{in, WhenFailed}, true
	}
	return Block{in, WhenEach}, true
}

// String writes a place as ParsePlace reads it: 3, or each-0 in the body of the step each.
func (p Place) String() string {
	if p.In == "" {
		return strconv.Itoa(p.At)
	}
	return p.Block.String() + "-" + strconv.Itoa(p.At)
}

// ParsePlace reads a place from an address or a button, and says whether it is one.
func ParsePlace(s string) (Place, bool) {
	block, number := "", s
	if i := strings.LastIndexByte(s, '-'); i > 0 {
		block, number = s[:i], s[i+1:]
	}
	at, err := strconv.Atoi(number)
	b, ok := ParseBlock(block)
	if err != nil || at < 0 || !ok {
		return Place{}, false
	}
	return Place{b, at}, true
}

// CanHold reports whether the step has such a block.
func (s Step) CanHold(when When) bool {
	if when == WhenFailed {
		return s.OnError == Branch
	}
	return when == WhenEach && s.Action == FlowForEach
}

// Spot says how one step stands among the others.
type Spot struct {
	Number   string // as people count: 3, or 3.2 for the second step in what step 3 holds
	Depth    int    // how many blocks stand around it, besides the workflow's own
	Holder   int    // place of the step that holds it, or -1
	Previous int    // place of the step before it in its own block, or -1
	At       int    // its place in its own block, counted from 0
	Last     bool   // no step follows it in its own block
	End      int    // the place after everything that it holds
}

// Outline returns the spot of every step, at once and in one pass.
func (d Definition) Outline() []Spot {
	out := make([]Spot, len(d.Steps))
	at := make(map[string]int, len(d.Steps))
	last := map[Block]int{}  // the last step of each block so far
	held := map[string]int{} // how many steps each step holds itself, in all of its blocks
	for i, s := range d.Steps {
		spot := Spot{Holder: -1, Previous: -1, End: i + 1, Last: true}
		if holder, ok := at[s.In]; ok && s.In != "" {
			spot.Holder, spot.Depth = holder, out[holder].Depth+1
		}
		block := s.Block()
		if before, ok := last[block]; ok {
			spot.Previous, spot.At = before, out[before].At+1
			out[before].Last = false
		}
		last[block] = i
		key := s.In
		held[key]++
		spot.Number = strconv.Itoa(held[key])
		if spot.Holder >= 0 {
			spot.Number = out[spot.Holder].Number + "." + spot.Number
		}
		out[i] = spot
		for h := spot.Holder; h >= 0; h = out[h].Holder {
			out[h].End = i + 1
		}
		if _, twice := at[s.ID]; !twice {
			at[s.ID] = i
		}
	}
	return out
}

// Number returns what people call a step by: "3", or "3.2" for the second step in what step 3 holds.
func (d Definition) Number(i int) string {
	in, n := d.Steps[i].In, 1
	for _, s := range d.Steps[:i] {
		if s.In == in {
			n++
		}
	}
	if holder := d.StepIndex(in); in != "" && holder >= 0 && holder < i {
		return d.Number(holder) + "." + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}
