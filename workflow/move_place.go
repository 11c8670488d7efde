package workflow

// MovePlace is a place that a step can be moved to.
type MovePlace struct {
	To Place
	// Step is the place, in the list of steps, of the one that it would stand after, or, with Into, of the one whose
	// block it would come first in; -1 is the beginning of the workflow.
	Step int
	Into When // the block of Step that it would be the first of; "" with a Step that it would stand after
	In   bool // it would stand in a block of Step, not after it
}

// MovePlaces returns where a step can go, with all it holds, in the order of the page: everywhere but where it stands,
// in itself, and deeper than steps may stand.
func (d Definition) MovePlaces(id string) []MovePlace {
	i := d.StepIndex(id)
	if i < 0 {
		return nil
	}
	spots := d.Outline()
	reach := 0
	for _, s := range spots[i:spots[i].End] {
		reach = max(reach, s.Depth-spots[i].Depth)
	}
	var out []MovePlace
	if spots[i].Depth > 0 || spots[i].At > 0 {
		out = append(out, MovePlace{Step: -1})
	}
	for j, s := range d.Steps {
		if j >= i && j < spots[i].End {
			continue
		}
		for _, when := range []When{WhenEach, WhenFailed} {
			block := Block{In: s.ID, When: when}
			here := d.Steps[i].Block() == block && spots[i].Previous < 0
			if s.CanHold(when) && !here && spots[j].Depth+1+reach <= MaxDepth {
				out = append(out, MovePlace{To: Place{Block: block}, Step: j, Into: when, In: true})
			}
		}
		if spots[i].Previous == j || spots[j].Depth+reach > MaxDepth {
			continue
		}
		at := spots[j].At + 1
		if s.Block() == d.Steps[i].Block() && spots[i].At < at {
			at-- // it is taken out before it is put back
		}
		out = append(out, MovePlace{To: Place{Block: s.Block(), At: at}, Step: j})
	}
	return out
}
