package views

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"caracal/form"
	"caracal/workflow"
)

// TestKeptBodies: what the browser is told to keep of a step is what would have been drawn, whatever a button did to the
// workflow; and something is kept.
func TestKeptBodies(t *testing.T) {
	t.Parallel()
	registry := galleryFlowRegistry()
	run := workflow.Run{ID: "run_class", Version: 1, Input: map[string]string{"mails": "zoe@acme.example\nbo@acme.example", "teams": "00gteam000000000001", "email": "ada@acme.example"}}
	draw := func(d workflow.Definition) BuilderProps {
		p := galleryBuilder(galleryShell("workflows"), d, nil)
		p.Registry, p.Problems = registry, workflow.Check(d, registry, nil)
		p.Previews.Run = run
		p.Previews.Fields, p.Previews.Loops = d.Previews(registry, run, nil, nil)
		p.Open = []string{"create"}
		return p
	}
	kept, drawn := 0, 0
	for seed := range uint64(150) {
		random := rand.New(rand.NewPCG(seed, 1))
		before := galleryBlocks()
		for range 3 { // more steps than are shown open from the first, one of them far away
			before, _, _ = before.DuplicateStep(before.Steps[random.IntN(len(before.Steps))].ID)
		}
		after := before
		for range 1 + random.IntN(2) {
			after = changedSomehow(t, after, random)
		}
		was, now := draw(before), draw(after)
		if random.IntN(4) == 0 {
			now.Menu = after.Steps[random.IntN(len(after.Steps))].ID + "." + workflow.OnlyIfField
		}
		keeps := KeptBodies(now, was)
		one, other := bodies(t, was), bodies(t, now)
		for id, body := range other {
			drawn++
			if !keeps[id] {
				continue
			}
			if kept++; body != one[id] {
				t.Fatalf("seed %d: %s is kept, and would be\n%s\nin the place of\n%s", seed, id, body, one[id])
			}
		}
	}
	if kept*2 < drawn {
		t.Errorf("%d of %d are kept; most should be", kept, drawn)
	}
}

// changedSomehow does to a definition what a button and some typing may do.
func changedSomehow(t *testing.T, d workflow.Definition, random *rand.Rand) workflow.Definition {
	t.Helper()
	i := random.IntN(len(d.Steps))
	id := d.Steps[i].ID
	switch random.IntN(9) {
	case 0:
		return d.MoveStep(id, 1)
	case 1:
		return d.RemoveStep(id)
	case 2:
		copied, _, _ := d.DuplicateStep(id)
		return copied
	case 3:
		places := d.MovePlaces(id)
		if len(places) == 0 {
			return d
		}
		moved, err := d.MoveStepTo(id, places[random.IntN(len(places))].To)
		if err != nil {
			return d // a place that is too deep, which the page says
		}
		return moved
	case 4:
		return d.UnwrapStep(id)
	}
	d = d.Clone()
	switch random.IntN(5) {
	case 0:
		d.Steps[i].Title += "!"
	case 1:
		d.Inputs[random.IntN(len(d.Inputs))].Label += "!"
	case 2:
		d.Steps[i].OnlyIf = `{{ inputs.` + d.Inputs[0].Name + ` == "x" }}`
	case 3:
		for _, name := range slices.Sorted(maps.Keys(d.Steps[i].Fields)) {
			d.Steps[i].Fields[name] = "{{ inputs." + d.Inputs[random.IntN(len(d.Inputs))].Name + " }}"
			break
		}
	case 4:
		d, _, _ = d.AddInput(form.Text)
	}
	return d
}

// bodies draws a builder and returns the fields of each step, closed.
func bodies(t *testing.T, p BuilderProps) map[string]string {
	t.Helper()
	var page strings.Builder
	if err := Builder(p).Render(context.Background(), &page); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for i := range p.draft().Steps {
		id := p.draft().Steps[i].ID
		_, rest, found := strings.Cut(page.String(), fmt.Sprintf(`<details class="step-body" id="d-%s"`, id))
		body, _, ended := strings.Cut(rest, "</article>")
		if !found || !ended {
			t.Fatalf("%s is not drawn", id)
		}
		out[id] = folded.ReplaceAllString(body, "$1")
	}
	return out
}

// folded is where a body says whether it is open, which is the browser's to know.
var folded = regexp.MustCompile(`^ open|(name="open" value="[a-z0-9_]+") disabled`)
