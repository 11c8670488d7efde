package workflow

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// blockRegistry is testRegistry with the for-each.
func blockRegistry() *Registry { return testRegistry().With(forEachSpec()) }

// loopFlow is: find, each{ read, deeper{ add }, tidy(failed of each) }, after.
func loopFlow() Definition {
	d := nested()
	for i := range d.Steps {
		d.Steps[i].Action, d.Steps[i].Fields = "log.search", map[string]string{}
	}
	d.Steps[1].Action, d.Steps[4].Action = FlowForEach, FlowForEach
	d.Steps[2].OnError = Branch
	return d
}

// wellFormed says what is wrong with how the steps stand, or "".
func wellFormed(d Definition) string {
	spots := d.Outline()
	seen := map[string]bool{}
	for i, s := range d.Steps {
		switch holder := spots[i].Holder; {
		case seen[s.ID]:
			return s.ID + " stands there twice"
		case spots[i].Depth > MaxDepth:
			return s.ID + " stands too deep"
		case s.In != "" && holder < 0:
			return s.ID + " stands before its holder"
		case s.In != "" && i >= d.End(holder):
			return s.ID + " stands apart from its block"
		case s.In != "" && !d.Steps[holder].CanHold(s.When):
			return s.ID + " stands in a step that can't hold it"
		case s.In == "" && s.When != "":
			return s.ID + " is of a branch of nothing"
		case s.When == WhenEach && s.In != "" && i > 0 && slices.ContainsFunc(d.Steps[:i], func(o Step) bool { return o.In == s.In && o.When == WhenFailed }):
			return s.ID + " stands after the failure branch"
		}
		if spots[i].Depth != d.Depth(i) || spots[i].End != d.End(i) {
			return "the outline of " + s.ID + " is wrong"
		}
		seen[s.ID] = true
	}
	if !slices.EqualFunc(d.Steps, d.Arrange().Steps, func(a, b Step) bool { return a.ID == b.ID && a.Control == b.Control }) {
		return "it is not in order"
	}
	return ""
}

func TestEditsOfBlocks(t *testing.T) {
	t.Parallel()
	d := loopFlow()
	if problem := wellFormed(d); problem != "" {
		t.Fatal(problem)
	}
	shape := func(d Definition) string {
		var out []string
		for i, s := range d.Outline() {
			out = append(out, s.Number+":"+d.Steps[i].ID)
		}
		return strings.Join(out, " ")
	}
	moved := func(id string, to Place) Definition {
		e, err := d.MoveStepTo(id, to)
		if err != nil {
			t.Errorf("move %s to %s: %v", id, to, err)
		}
		return e
	}
	out := func(id string) Definition {
		to, ok := d.OutOf(id)
		if !ok {
			t.Errorf("%s has no way out", id)
		}
		return moved(id, to)
	}
	spec, _ := blockRegistry().Get("log.search")
	added := func(at string) Definition {
		to, ok := ParsePlace(at)
		e, _, err := d.AddStep(spec, to)
		if !ok || err != nil || to.String() != at {
			t.Error(at, ok, err)
		}
		return e
	}
	copied, id, err := d.DuplicateStep("each")
	if err != nil || id != "flow_for_each" {
		t.Error(id, err)
	}
	for _, c := range []struct {
		got  Definition
		want string
	}{
		{d, "1:find 2:each 2.1:read 2.1.1:tidy 2.2:deeper 2.2.1:add 3:after"},
		{d.MoveStep("each", 1), "1:find 2:after 3:each 3.1:read 3.1.1:tidy 3.2:deeper 3.2.1:add"},
		{d.MoveStep("read", 1), "1:find 2:each 2.1:deeper 2.1.1:add 2.2:read 2.2.1:tidy 3:after"},
		{d.MoveStep("read", -1), "1:find 2:each 2.1:read 2.1.1:tidy 2.2:deeper 2.2.1:add 3:after"},
		{d.RemoveStep("read"), "1:find 2:each 2.1:deeper 2.1.1:add 3:after"},
		{d.RemoveStep("each"), "1:find 2:after"},
		{d.UnwrapStep("each"), "1:find 2:read 2.1:tidy 3:deeper 3.1:add 4:after"},
		{moved("after", Place{Block{"deeper", WhenEach}, 0}), "1:find 2:each 2.1:read 2.1.1:tidy 2.2:deeper 2.2.1:after 2.2.2:add"},
		{moved("deeper", Place{}), "1:deeper 1.1:add 2:find 3:each 3.1:read 3.1.1:tidy 4:after"},
		{out("add"), "1:find 2:each 2.1:read 2.1.1:tidy 2.2:deeper 2.3:add 3:after"},
		{out("read"), "1:find 2:each 2.1:deeper 2.1.1:add 3:read 3.1:tidy 4:after"},
		{added("each-1"), "1:find 2:each 2.1:read 2.1.1:tidy 2.2:log_search 2.3:deeper 2.3.1:add 3:after"},
		{added("read-failed-0"), "1:find 2:each 2.1:read 2.1.1:log_search 2.1.2:tidy 2.2:deeper 2.2.1:add 3:after"},
		{copied, "1:find 2:each 2.1:read 2.1.1:tidy 2.2:deeper 2.2.1:add 3:flow_for_each 3.1:log_search 3.1.1:log_search_2 3.2:flow_for_each_2 3.2.1:log_search_3 4:after"},
		{d.OrderSteps([]string{"after", "deeper", "add", "each", "read"}, nil), "1:after 2:each 2.1:deeper 2.1.1:add 2.2:read 2.2.1:tidy 3:find"},
		{d.OrderSteps([]string{"find", "each", "after", "read"}, map[string]Block{"after": {In: "each"}, "each": {In: "deeper"}, "find": {In: "gone"}, "add": {In: "find"}}),
			"1:find 2:each 2.1:after 2.2:read 2.2.1:tidy 2.3:deeper 2.3.1:add"},
	} {
		if got := shape(c.got); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
		if problem := wellFormed(c.got); problem != "" {
			t.Error(shape(c.got), problem)
		}
	}
	for id, to := range map[string]Place{"each": {Block: Block{In: "deeper"}}, "deeper": {Block: Block{In: "deeper"}}, "find": {Block: Block{In: "after"}}, "gone": {}, "after": {Block: Block{In: "each", When: WhenFailed}}} {
		if _, err := d.MoveStepTo(id, to); err == nil {
			t.Errorf("moved %s to %s", id, to)
		}
	}
	for _, s := range []string{"", "x", "-1", "a-b", "a--1", "a-failed", "a-other-1", "a-failed-1-2", "1a-2"} {
		if p, ok := ParsePlace(s); ok {
			t.Errorf("%q is read as %v", s, p)
		}
	}
}

func TestBlocksStandOnlySoDeep(t *testing.T) {
	t.Parallel()
	loop, _ := blockRegistry().Get(FlowForEach)
	spec, _ := blockRegistry().Get("log.search")
	var d Definition
	at := Place{}
	for range MaxDepth {
		var id string
		var err error
		if d, id, err = d.AddStep(loop, at); err != nil {
			t.Fatal(err)
		}
		at = Place{Block: Block{In: id}}
	}
	if _, _, err := d.AddStep(loop, at); err == nil {
		t.Error("a loop stands where nothing could stand in it")
	}
	d, _, err := d.AddStep(spec, at)
	if err != nil || wellFormed(d) != "" {
		t.Error(err, wellFormed(d))
	}
	d, id, _ := d.AddStep(loop, Place{})
	d, _, _ = d.AddStep(spec, Place{Block: Block{In: id}})
	if _, err := d.MoveStepTo(id, at); err == nil {
		t.Error("a loop with a step in it went too deep")
	}
}

// A copy uses what the copy gives, and outside of it what was used before.
func TestCopiesFollow(t *testing.T) {
	t.Parallel()
	d := loopFlow()
	d.Steps[5].Fields = map[string]string{
		"a": `{{ steps.read.output.id }} of {{ steps.find.output.id }}`,
		"b": `Zoë {{ lower(steps.each.output.item) + " steps.each.output.item " + steps["deeper"].output.item }}`,
		"c": "{{ not closed steps.each",
	}
	d.Steps[5].OnlyIf = "{{ not empty(steps . deeper . output.item) && steps.each.output.item.login != '' }}"
	e, _, err := d.DuplicateStep("each")
	if err != nil {
		t.Fatal(err)
	}
	s := e.Steps[e.StepIndex("log_search_3")]
	for got, want := range map[string]string{
		s.Fields["a"]: `{{ steps.log_search.output.id }} of {{ steps.find.output.id }}`,
		s.Fields["b"]: `Zoë {{ lower(steps.flow_for_each.output.item) + " steps.each.output.item " + steps["flow_for_each_2"].output.item }}`,
		s.Fields["c"]: "{{ not closed steps.each",
		s.OnlyIf:      "{{ not empty(steps . flow_for_each_2 . output.item) && steps.flow_for_each.output.item.login != '' }}",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if d.Steps[5].Fields["a"] != `{{ steps.read.output.id }} of {{ steps.find.output.id }}` {
		t.Error("the original changed")
	}
}

// Whatever a person does, and in whatever order, leaves a definition whose blocks stand where they belong.
func TestEditsKeepBlocksWhole(t *testing.T) {
	t.Parallel()
	registry := blockRegistry()
	rapid.Check(t, func(t *rapid.T) {
		var d Definition
		step := func(label string) string {
			all := []string{"gone"}
			for _, s := range d.Steps {
				all = append(all, s.ID)
			}
			return rapid.SampledFrom(all).Draw(t, label)
		}
		place := func() Place {
			p := Place{At: rapid.IntRange(0, 5).Draw(t, "at")}
			if rapid.IntRange(0, 3).Draw(t, "where") > 0 {
				p.In, p.When = step("in"), rapid.SampledFrom([]When{WhenEach, WhenFailed}).Draw(t, "when")
			}
			return p
		}
		for range rapid.IntRange(1, 40).Draw(t, "edits") {
			before := len(d.Steps)
			switch kind := rapid.IntRange(0, 11).Draw(t, "edit"); kind {
			case 0, 1, 2, 3:
				spec, _ := registry.Get(rapid.SampledFrom([]string{FlowForEach, "log.search", "group.create"}).Draw(t, "action"))
				d, _, _ = d.AddStep(spec, place())
			case 4:
				d, _, _ = d.DuplicateStep(step("copied"))
			case 5:
				d = d.RemoveStep(step("removed"))
			case 6:
				d = d.UnwrapStep(step("unwrapped"))
			case 7:
				d = d.MoveStep(step("moved"), rapid.IntRange(-3, 3).Draw(t, "by"))
			case 8:
				d, _ = d.MoveStepTo(step("moved"), place())
			case 9:
				if to, ok := d.OutOf(step("out")); ok {
					d, _ = d.MoveStepTo(step("moved"), to)
				}
			case 10:
				var order []string
				blocks := map[string]Block{}
				for range rapid.IntRange(0, 8).Draw(t, "named") {
					order = append(order, step("ordered"))
					blocks[order[len(order)-1]] = place().Block
				}
				d = d.OrderSteps(order, blocks)
				if len(d.Steps) != before {
					t.Fatalf("ordering made %d steps out of %d", len(d.Steps), before)
				}
			case 11:
				if i := d.StepIndex(step("failing")); i >= 0 && d.Depth(i) < MaxDepth {
					d = d.Clone()
					d.Steps[i].OnError = rapid.SampledFrom([]OnError{StopRun, GoOn, Branch, Branch}).Draw(t, "on error")
				}
			}
			// A step that stops failing into a branch loses it, as on the page.
			if d, _ = d.WithoutStray(); wellFormed(d) != "" {
				t.Fatalf("%s: %+v", wellFormed(d), d.Steps)
			}
		}
	})
}

// TestNumberIsThatOfTheOutline: one step's number, told alone, is the one that the page gives it.
func TestNumberIsThatOfTheOutline(t *testing.T) {
	t.Parallel()
	step := func(id, in string, when When) Step { return Step{ID: id, Control: Control{In: in, When: when}} }
	d := Definition{Steps: []Step{step("a", "", ""), step("b", "", ""), step("c", "b", WhenEach), step("d", "c", WhenFailed), step("e", "c", WhenFailed),
		step("f", "b", WhenEach), step("g", "b", WhenFailed), step("h", "", ""), step("i", "gone", WhenEach)}}
	want := []string{"1", "2", "2.1", "2.1.1", "2.1.2", "2.2", "2.3", "3", "1"}
	for i, spot := range d.Outline() {
		if got := d.Number(i); got != spot.Number || got != want[i] {
			t.Errorf("step %s is %s, %s in the outline, not %s", d.Steps[i].ID, got, spot.Number, want[i])
		}
	}
}
