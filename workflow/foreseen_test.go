package workflow

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestUnforeseen(t *testing.T) {
	t.Parallel()
	spec := func(id string) (ActionSpec, bool) {
		s, ok := map[string]ActionSpec{"find": {ID: "find", Effect: Reads, Repeat: Harmless}, "make": {ID: "make", Effect: Changes, Repeat: Never},
			"set": {ID: "set", Effect: Changes, Repeat: Harmless}, FlowForEach: {ID: FlowForEach, Effect: Steers, Repeat: Harmless}}[id]
		return s, ok
	}
	step := func(id, action, field string) Step {
		return Step{ID: id, Title: id, Action: action, Fields: map[string]string{"name": field}}
	}
	in := func(s Step, loop string) Step {
		s.Control = Control{In: loop, When: WhenEach}
		return s
	}
	loop := Step{ID: "each", Action: FlowForEach, Fields: map[string]string{ListField: "{{ steps.find.output.users }}"}}
	d := Definition{Steps: []Step{
		step("find", "find", "{{ inputs.who }}"), step("plain", "set", "{{ steps.find.output.id }}"), step("dated", "set", "until {{ add_days(today(), 3) }}"),
		step("coded", "set", "{{ random_code() }}"), step("made", "make", "x"), step("uses", "set", "{{ steps.made.output.id }}"),
		step("uses_dated", "set", "{{ steps.dated.output.id }}"), loop, in(step("of_item", "set", "{{ item.id }}"), "each"), in(step("makes", "make", "x"), "each"),
		step("after", "set", "{{ steps.each.output.gathered }}"),
	}}
	got := strings.Join(slices.Sorted(maps.Keys(d.Unforeseen(spec))), " ")
	if want := "after coded dated uses uses_dated"; got != want {
		t.Errorf("unforeseen: %s, want %s", got, want)
	}
}
