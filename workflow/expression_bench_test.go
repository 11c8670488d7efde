package workflow

import (
	"fmt"
	"testing"

	"caracal/form"
)

// BenchmarkResolveStep fills a step whose fields calculate, as each item of a loop does.
func BenchmarkResolveStep(b *testing.B) {
	step := Step{Fields: map[string]string{"login": "{{ lower(slug(inputs.name)) }}@example.com", "id": "{{ steps.find.output.id }}",
		"day": `{{ format_date(add_days(inputs.last_day, 30), "D MMMM YYYY") }}`, "text": "as it is"}}
	s := ExampleScope(noon)
	for b.Loop() {
		if _, err := ResolveStep(step, s); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseExpression reads expressions that were never read before.
func BenchmarkParseExpression(b *testing.B) {
	for n := 0; b.Loop(); n++ {
		if _, err := ParseTemplate(fmt.Sprintf("{{ lower(slug(inputs.name)) + %d }}", n)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWithout compares two lists of 10,000 groups.
func BenchmarkWithout(b *testing.B) {
	have, want := make([]any, 10_000), make([]any, 10_000)
	for i := range have {
		have[i], want[i] = map[string]any{"id": text(i), "name": "Group"}, text(i+5_000)
	}
	s := Scope{Outputs: map[string]Output{"g": {"have": have, "want": want}}}
	for b.Loop() {
		if l, err := ResolveList("{{ without(steps.g.output.have, steps.g.output.want) }}", s); err != nil || len(l) != 5_000 {
			b.Fatal(len(l), err)
		}
	}
}

// largest is a definition of MaxSteps steps whose fields all hold expressions, in loops of ten.
func largest() (Definition, *Registry) {
	d, registry := looped("{{ inputs.people }}")
	d.Steps = d.Steps[:1]
	for i := range MaxSteps - 1 {
		id := fmt.Sprintf("s%d", i)
		if i%10 == 0 {
			d.Steps = append(d.Steps, Step{ID: id, Title: id, Action: FlowForEach, Fields: map[string]string{ListField: `{{ unique(without(inputs.people, steps.find.output.ids)) }}`}})
			continue
		}
		d.Steps = append(d.Steps, Step{ID: id, Title: id, Action: "group.add_member", Control: Control{In: fmt.Sprintf("s%d", i-i%10), OnlyIf: fmt.Sprintf(`{{ not empty(steps.find.output.answer) and length(inputs.people) > %d }}`, i)},
			Fields: map[string]string{"user": "{{ item }}", "group": fmt.Sprintf(`{{ if(inputs.name == "%d", "00g1", first(split(inputs.name, ","))) }}`, i)}})
	}
	return d, registry
}

// BenchmarkCheckLargest checks 200 steps, as each pause in typing does.
func BenchmarkCheckLargest(b *testing.B) {
	d, registry := largest()
	if p := Blocking(Check(d, registry, testApplication())); len(p) > 0 {
		b.Fatal(p[0])
	}
	for b.Loop() {
		Check(d, registry, testApplication())
	}
}

// BenchmarkCheckLargestAnew is BenchmarkCheckLargest right after the start, when nothing was read before.
func BenchmarkCheckLargestAnew(b *testing.B) {
	d, registry := largest()
	for b.Loop() {
		parsed.Lock()
		clear(parsed.byText)
		parsed.Unlock()
		Check(d, registry, testApplication())
	}
}

// BenchmarkValuesLargest lists what the last of 200 steps may use.
func BenchmarkValuesLargest(b *testing.B) {
	d, registry := largest()
	last := d.Steps[len(d.Steps)-1].ID
	for b.Loop() {
		if len(d.Values(registry, last, form.Field{Name: "user"}.Name)) == 0 {
			b.Fatal("no values")
		}
	}
}
