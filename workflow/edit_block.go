package workflow

import (
	"maps"
	"slices"

	"caracal/fault"
)

// Steps are edited as a tree and kept as a list: whatever an edit does, the list that comes out of the tree has
// every block right after the step that holds it.

// branch is a step with what it holds.
type branch struct {
	Step
	holder *branch
	blocks map[When][]*branch
}

// tree reads a list of steps, in whatever order. A step whose holder is missing, or stands in it, or would be too
// deep, is lifted out, so that no list loses a step.
func tree(steps []Step) *branch {
	root := &branch{blocks: map[When][]*branch{}}
	all := make([]*branch, len(steps))
	byID := make(map[string]*branch, len(steps))
	for i, s := range steps {
		all[i] = &branch{Step: s, blocks: map[When][]*branch{}}
		if _, twice := byID[s.ID]; !twice {
			byID[s.ID] = all[i]
		}
	}
	for _, b := range all {
		holder, ok := byID[b.In]
		if b.In == "" || !ok || holder.within(b) {
			b.In, b.When, holder = "", WhenEach, root
		}
		if b.When != WhenFailed {
			b.When = WhenEach
		}
		b.holder = holder
	}
	for _, b := range all {
		for b.depth() > MaxDepth {
			b.When, b.In, b.holder = b.holder.When, b.holder.In, b.holder.holder
		}
	}
	for _, b := range all {
		b.holder.blocks[b.When] = append(b.holder.blocks[b.When], b)
	}
	return root
}

// within reports whether b is other, or stands in it.
func (b *branch) within(other *branch) bool {
	for ; b != nil; b = b.holder {
		if b == other {
			return true
		}
	}
	return false
}

// depth returns how many blocks stand around a step, besides the workflow's own; -1 for the workflow itself.
func (b *branch) depth() int {
	n := -1
	for h := b.holder; h != nil; h = h.holder {
		n++
	}
	return n
}

// reach returns how deep the deepest step in b stands below b.
func (b *branch) reach() int {
	most := 0
	for _, block := range b.blocks {
		for _, inner := range block {
			most = max(most, 1+inner.reach())
		}
	}
	return most
}

// list writes the tree as a list again.
func (b *branch) list() []Step {
	var out []Step
	for _, when := range []When{WhenEach, WhenFailed} {
		for _, inner := range b.blocks[when] {
			inner.In, inner.When = b.ID, when
			out = append(append(out, inner.Step), inner.list()...)
		}
	}
	return out
}

// find returns a step, or nil.
func (b *branch) find(id string) *branch {
	for _, block := range b.blocks {
		for _, inner := range block {
			if inner.ID == id {
				return inner
			}
			if found := inner.find(id); found != nil {
				return found
			}
		}
	}
	return nil
}

func (b *branch) siblings() []*branch { return b.holder.blocks[b.When] }

// cut takes a step, and all it holds, out of the tree.
func (b *branch) cut() {
	b.holder.blocks[b.When] = slices.DeleteFunc(b.siblings(), func(o *branch) bool { return o == b })
}

// put places a step, and all it holds, in a block.
func (b *branch) put(holder *branch, when When, at int) {
	b.holder, b.When = holder, when
	block := holder.blocks[when]
	holder.blocks[when] = slices.Insert(block, max(0, min(at, len(block))), b)
}

// room returns the step that holds a block, or says why a step, with blocks so deep in it, can't stand there.
func (b *branch) room(block Block, inner int) (*branch, error) {
	if block.In == "" {
		return b, nil
	}
	holder := b.find(block.In)
	switch {
	case holder == nil:
		return nil, fault.New(fault.NotFound, "The step that held this block is no longer in the draft; choose another place.")
	case !holder.CanHold(block.When):
		return nil, fault.New(fault.Invalid, "“%s” does not hold such steps any more; choose another place.", holder.Title)
	case holder.depth()+1+inner > MaxDepth:
		return nil, fault.New(fault.Invalid, "Blocks stand at most %d deep in one another; put the inner steps into a workflow of their own and call it.", MaxDepth)
	}
	return holder, nil
}

var errStepGone = fault.New(fault.NotFound, "This step is no longer in the draft; it may have been removed.")

func errTooMany() error {
	return fault.New(fault.Invalid, "A workflow has at most %d steps; split it in two.", MaxSteps)
}

// Arrange returns a copy whose blocks stand where they belong, whatever the order of its steps was.
func (d Definition) Arrange() Definition {
	d = d.Clone()
	d.Steps = tree(d.Steps).list()
	return d
}

// AddStep returns a copy with a new step of an action at a place.
func (d Definition) AddStep(spec ActionSpec, at Place) (Definition, string, error) {
	if len(d.Steps) >= MaxSteps {
		return d, "", errTooMany()
	}
	inner := 0
	if spec.ID == FlowForEach {
		inner = 1 // a loop without room for a step in it would be of no use
	}
	c := d.Clone()
	root := tree(c.Steps)
	holder, err := root.room(at.Block, inner)
	if err != nil {
		return d, "", err
	}
	fields := map[string]string{}
	for _, f := range spec.Fields {
		fields[f.Name] = f.Default
	}
	id := d.freshStepID(spec.ID)
	b := &branch{Step: Step{ID: id, Title: spec.Title, Action: spec.ID, Fields: fields}, blocks: map[When][]*branch{}}
	b.put(holder, at.When, at.At)
	c.Steps = root.list()
	return c, id, nil
}

// DuplicateStep returns a copy in which a step and all it holds stands twice, the second below the first. What is
// used within the copy is used from the copy.
func (d Definition) DuplicateStep(id string) (Definition, string, error) {
	c := d.Arrange()
	i := c.StepIndex(id)
	if i < 0 {
		return d, "", errStepGone
	}
	end := c.End(i)
	if len(c.Steps)+end-i > MaxSteps {
		return d, "", errTooMany()
	}
	copied, names := c.Clone().Steps[i:end], map[string]string{}
	for _, s := range copied {
		fresh := NameFrom(s.Action, "step", func(id string) bool {
			return c.StepIndex(id) >= 0 || slices.Contains(slices.Collect(maps.Values(names)), id)
		})
		names[s.ID] = fresh
	}
	for j := range copied {
		s := &copied[j]
		s.ID = names[s.ID]
		if j > 0 {
			s.In = names[s.In]
		}
		s.OnlyIf = renameSteps(s.OnlyIf, names)
		for name, value := range s.Fields {
			s.Fields[name] = renameSteps(value, names)
		}
	}
	c.Steps = slices.Insert(c.Steps, end, copied...)
	return c, names[id], nil
}

// freshStepID makes an id out of the action's: group.create becomes group_create, group_create_2, …
func (d Definition) freshStepID(action string) string {
	return NameFrom(action, "step", func(id string) bool { return d.StepIndex(id) >= 0 })
}

// RemoveStep returns a copy without a step and all it holds.
func (d Definition) RemoveStep(id string) Definition {
	d = d.Clone()
	root := tree(d.Steps)
	if b := root.find(id); b != nil {
		b.cut()
	}
	d.Steps = root.list()
	return d
}

// UnwrapStep returns a copy without a step, whose place is taken by what it held.
func (d Definition) UnwrapStep(id string) Definition {
	d = d.Clone()
	root := tree(d.Steps)
	if b := root.find(id); b != nil {
		at := slices.Index(b.siblings(), b)
		held := slices.Concat(b.blocks[WhenEach], b.blocks[WhenFailed])
		b.cut()
		for n, inner := range held {
			inner.put(b.holder, b.When, at+n)
		}
	}
	d.Steps = root.list()
	return d
}

// MoveStep returns a copy in which a step, with all it holds, stands by places later in its block, or earlier
// when by is negative.
func (d Definition) MoveStep(id string, by int) Definition {
	d = d.Clone()
	root := tree(d.Steps)
	if b := root.find(id); b != nil {
		move(b.siblings(), slices.Index(b.siblings(), b), by)
	}
	d.Steps = root.list()
	return d
}

// MoveStepTo returns a copy in which a step, with all it holds, stands at a place, counted without it.
func (d Definition) MoveStepTo(id string, to Place) (Definition, error) {
	c := d.Clone()
	root := tree(c.Steps)
	b := root.find(id)
	if b == nil {
		return d, errStepGone
	}
	holder, err := root.room(to.Block, b.reach())
	if err != nil {
		return d, err
	}
	if holder.within(b) {
		return d, fault.New(fault.Invalid, "A step can't stand in itself; choose another place.")
	}
	b.cut()
	b.put(holder, to.When, to.At)
	c.Steps = root.list()
	return c, nil
}

// OutOf returns where a step goes that leaves its block: after the step that holds it.
func (d Definition) OutOf(id string) (Place, bool) {
	i := d.StepIndex(id)
	if i < 0 || d.Steps[i].In == "" {
		return Place{}, false
	}
	spots := d.Outline()
	holder := spots[i].Holder
	if holder < 0 {
		return Place{}, false
	}
	return Place{d.Steps[holder].Block(), spots[holder].At + 1}, true
}

// OrderSteps returns a copy with the steps of each block in the order of ids. blocks says which block a step
// stands in, where that is not the one it stood in. An id that is no step is ignored, a step that is not named
// keeps its place after those that are, and one that can't stand in its new block stays: no list, however
// wrong, loses a step or takes a block apart.
func (d Definition) OrderSteps(ids []string, blocks map[string]Block) Definition {
	d = d.Arrange()
	for _, id := range ids { // in the order of the page, so that it does not matter how a map is walked
		i := d.StepIndex(id)
		to, named := blocks[id]
		if i < 0 || !named || d.Steps[i].Block() == to {
			continue
		}
		if moved, err := d.MoveStepTo(id, Place{to, MaxSteps}); err == nil {
			d = moved
		}
	}
	ranks := make(map[string]int, len(ids))
	for n, id := range ids {
		if _, twice := ranks[id]; !twice {
			ranks[id] = n
		}
	}
	rank := func(id string) int {
		if n, ok := ranks[id]; ok {
			return n
		}
		return len(ids)
	}
	slices.SortStableFunc(d.Steps, func(a, b Step) int { return rank(a.ID) - rank(b.ID) })
	d.Steps = tree(d.Steps).list()
	return d
}

// WithoutStray returns a copy without the steps that nothing can reach any more: those of a failure branch whose
// step does something else when it fails. removed are the titles of the steps whose branch is gone.
func (d Definition) WithoutStray() (kept Definition, removed []string) {
	kept = d
	for {
		i := slices.IndexFunc(kept.Steps, func(s Step) bool {
			h := kept.StepIndex(s.In)
			return s.In != "" && s.When == WhenFailed && h >= 0 && !kept.Steps[h].CanHold(WhenFailed)
		})
		if i < 0 {
			return kept, removed
		}
		removed = append(removed, kept.Steps[kept.StepIndex(kept.Steps[i].In)].Title)
		for in := kept.Steps[i].Block(); ; {
			j := slices.IndexFunc(kept.Steps, func(s Step) bool { return s.Block() == in })
			if j < 0 {
				break
			}
			kept = kept.RemoveStep(kept.Steps[j].ID)
		}
	}
}
