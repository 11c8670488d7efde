package workflow

import (
	"strconv"
	"strings"

	"caracal/form"
)

// MostAtOnce is how many items of one for-each may be carried out at the same time.
const MostAtOnce = 20

// What a for-each does when an item fails, as its field "on_failed" holds it.
const (
	LoopStops  = "stop"  // begin no further item, let those under way end, and fail
	LoopGoesOn = "go_on" // carry out every item
)

// What a for-each gives after it.
const (
	CountOutput       = "count"
	DoneOutput        = "done"
	FailedOutput      = "failed"
	GatheredOutput    = "gathered"
	FailedItemsOutput = "failed_items"
)

// forEachSpec is the loop. Its outputs are those within its body, then those after it.
func forEachSpec() ActionSpec {
	return ActionSpec{ID: FlowForEach, Title: "For each", Object: "Flow", Help: "Carries out the steps in it once for each entry of a list.",
		Effect: Steers, Repeat: Harmless, Keywords: "loop repeat iterate every all list each item batch",
		Fields: []form.Field{
			{Name: ListField, Label: "For each of", Help: "A list: people, groups or lines that are asked for, or what an earlier step gives.", Kind: form.List, Required: true, Placeholder: "inputs.people"},
			{Name: "at_once", Label: "How many at once", Help: "From 1, one after the other, to 20.", Kind: form.Number, Required: true, Default: "1"},
			{Name: "on_failed", Label: "If one fails", Kind: form.Choice, Required: true, Default: LoopStops, Options: []form.Option{
				{Value: LoopStops, Label: "Begin no other, and stop"}, {Value: LoopGoesOn, Label: "Go on with the others"}}},
			{Name: GatherField, Label: "Keep of each", Help: "What is kept of each item for the steps after the for-each; nothing when it comes out empty.", Kind: form.Text, Placeholder: "{{ item }}"}},
		Outputs: []OutputField{
			{Name: ItemOutput, Label: "Item"}, {Name: NumberOutput, Label: "Number of the item", Kind: form.Number},
			{Name: CountOutput, Label: "How many items", Kind: form.Number}, {Name: DoneOutput, Label: "How many succeeded", Kind: form.Number}, {Name: FailedOutput, Label: "How many failed", Kind: form.Number},
			{Name: GatheredOutput, Label: "What was kept of each", List: true}, {Name: FailedItemsOutput, Label: "Items that failed", List: true}}}
}

// forEachSummary says what a for-each goes over.
func forEachSummary(s Step) string {
	summary := "for each of {list}"
	if n := AtOnce(s.Fields); n > 1 {
		summary += ", {at_once} at once"
	}
	if s.Fields["on_failed"] == LoopGoesOn {
		summary += ", going on when one fails"
	}
	return summary
}

// AtOnce returns how many items of a for-each may be carried out at the same time, between 1 and MostAtOnce.
func AtOnce(fields map[string]string) int {
	n, _ := strconv.Atoi(strings.TrimSpace(fields["at_once"]))
	return max(1, min(n, MostAtOnce))
}

// forEach says what is wrong with how a for-each is filled.
func (c *checker) forEach(i int) {
	s := c.d.Steps[i]
	text := strings.TrimSpace(s.Fields["at_once"])
	if n, err := strconv.Atoi(text); text != "" && (err != nil || n < 1 || n > MostAtOnce) {
		c.add(Problem{Step: s.ID, Field: "at_once"}, "Write a number from 1 to %d.", MostAtOnce)
	}
	if len(c.d.BlockSteps(Block{In: s.ID})) == 0 {
		c.add(Problem{Step: s.ID}, "There is no step in this for-each; add what is to be done for each item, or remove it.")
	}
}
