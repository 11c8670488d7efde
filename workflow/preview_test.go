package workflow

import (
	"strings"
	"testing"

	"caracal/form"
)

func TestPreviews(t *testing.T) {
	t.Parallel()
	d, registry := looped("{{ steps.find.output.users }}")
	registry = registry.With(ActionSpec{ID: "user.secret", Title: "Secret", Effect: Changes, Fields: []form.Field{{Name: "password", Label: "Password", Kind: form.Hidden}, {Name: "note", Label: "Note", Kind: form.Text}},
		Outputs: []OutputField{{Name: "link", Label: "Link", Secret: true}, {Name: "more", Label: "More", Fields: []OutputField{{Name: "key", Label: "Key", Secret: true}, {Name: "id", Label: "Id"}}}}})
	d.Steps = append(d.Steps, Step{ID: "secret", Title: "Make", Action: "user.secret", Fields: map[string]string{"password": "{{ inputs.name }}", "note": "{{ random_password() }}"}},
		Step{ID: "late", Title: "Late", Action: "note", Fields: map[string]string{}}, Step{ID: "last", Title: "Last", Action: "note", Fields: map[string]string{}})
	run := Run{ID: "run_1", CreatedAt: noon, Input: map[string]string{"people": "00u1,00u2", "lines": "a\nb\nc\nd", "name": "Ada"}, Steps: []RunStep{
		{StepID: "find", Action: "user.list", State: StepDone, Output: Output{"users": []any{map[string]any{"id": "00u1", "login": "ada"}}, "answer": nil}},
		{StepID: "secret", Action: "user.secret", State: StepDone, Output: Output{"link": "[hidden]", "more": map[string]any{"key": "[hidden]", "id": "x"}}},
		{StepID: "after", Action: "group.create", State: StepDone, Output: Output{"said": "x"}},
		{StepID: "late", Action: "note", State: StepSkipped}}}
	for _, test := range []struct {
		step, field, value string
		want               Preview
	}{
		{"last", "text", "Hello {{ upper(inputs.name) }}", Preview{Text: "Hello ADA"}},
		{"last", "text", "{{ length(inputs.lines) }}", Preview{Text: "4"}},
		{"last", "text", "{{ today() }}", Preview{Text: "2026-03-01"}},
		{"last", "text", "{{ inputs.lines }}", Preview{Text: "a\nb\nc\nd"}},
		{"last", "text", "{{ add_days(inputs.name, 1) }}", Preview{Problem: "“Ada” is not a date like 2026-03-31."}},
		{"last", "text", "{{ inputs.gone }}", Preview{Problem: "That run had no input “gone”."}},
		{"last", "text", "{{ upper(steps.secret.output.link) }}", Preview{Hidden: true}},
		{"last", "text", "{{ steps.secret.output.more }}", Preview{Hidden: true}},
		{"last", "text", "{{ steps.secret.output.more.key }}", Preview{Hidden: true}},
		{"last", "text", "{{ steps.secret.output.more.id }}", Preview{Text: "x"}},
		{"last", "text", "{{ steps.late.output.said }}", Preview{Problem: "“Late” gave nothing in that run."}},
		{"last", "text", "{{ steps.after.output.said }}", Preview{Problem: "“After” was another action in that run."}},
		{"last", "text", "{{ steps.each.output.count }}", Preview{Problem: "“Each” was not carried out in that run."}},
		{"last", OnlyIfField, `inputs.name == "Ada"`, Preview{Text: "true"}},
		{"secret", "password", "{{ inputs.name }}", Preview{Hidden: true}},
		{"secret", "note", "{{ random_password() }}", Preview{Hidden: true}},
		{"each", ListField, "inputs.lines", Preview{Text: "4 entries: a, b, c, …"}},
		{"each", ListField, "steps.find.output.users", Preview{Text: "1 entry: {\"id\":\"00u1\",\"login\":\"ada\"}"}},
		{"each", GatherField, "{{ item.login }}", Preview{Text: "ada"}},
		{"add", "user", "{{ item.id }}", Preview{Text: "00u1"}},
		{"add", OnlyIfField, `steps.read.output.said == "x"`, Preview{Problem: "“Read” was not carried out for that entry in that run."}},
	} {
		c := d.Clone()
		i := c.StepIndex(test.step)
		f, _ := registry.FieldOf(c.Steps[i], test.field)
		c.Steps[i].Fill(f, test.value)
		if got := previewed(c, registry, run)[FieldPlace{test.step, test.field}]; got != test.want {
			t.Errorf("%s.%s = %s: %+v, want %+v", test.step, test.field, test.value, got, test.want)
		}
	}
	empty := run
	empty.Steps = []RunStep{{StepID: "find", Action: "user.list", State: StepDone, Output: Output{"users": []any{}}}}
	if got := previewed(d, registry, empty)[FieldPlace{"add", "user"}]; !strings.Contains(got.Problem, "was empty") {
		t.Errorf("an empty list: %+v", got)
	}
	d.Steps[4].Fields["text"] = strings.Repeat("long ", 100) + "{{ inputs.name }}"
	if got := previewed(d, registry, run)[FieldPlace{"after", "text"}]; len([]rune(got.Text)) > previewLetters+1 {
		t.Errorf("a long value is shown whole: %d", len(got.Text))
	}
	broken := d.Clone()
	broken.Steps[4].Fields["text"] = "{{ nonsense"
	if _, ok := previewed(broken, registry, run)[FieldPlace{"after", "text"}]; ok {
		t.Error("what can't be read has a preview")
	}
}

// previewed are the previews with the first entry of each list.
func previewed(d Definition, registry *Registry, run Run) map[FieldPlace]Preview {
	fields, _ := d.Previews(registry, run, nil, nil)
	return fields
}

// TestPreviewsOfAnEntry: steps in a loop are shown with the entry that is chosen, and with the first when there is no
// such entry.
func TestPreviewsOfAnEntry(t *testing.T) {
	t.Parallel()
	d, registry := looped("{{ inputs.lines }}")
	i := d.StepIndex("add")
	d.Steps[i].Fields["user"] = "{{ item }}"
	run := Run{ID: "run_1", CreatedAt: noon, Input: map[string]string{"lines": strings.Repeat("x\n", 60) + "last"}}
	run.Input["lines"] = "first\nsecond\n" + run.Input["lines"]
	for at, want := range map[int]string{0: "first", 1: "second", 2: "x", 55: "first", -1: "first"} {
		fields, loops := d.Previews(registry, run, map[string]int{"each": at, "gone": 3}, nil)
		if got := fields[FieldPlace{"add", "user"}]; got.Text != want {
			t.Errorf("entry %d: %+v, want %s", at, got, want)
		}
		if loop := loops["each"]; len(loop.Items) != previewItems || loop.Items[1] != "second" || loop.Items[loop.At] != want {
			t.Errorf("entry %d: %d entries at %d", at, len(loop.Items), loop.At)
		}
	}
	for entry, want := range map[string]any{"Ada": map[string]any{"id": "00u1", "login": "ada", "name": "Ada"}, "00u1": map[string]any{"id": "00u1", "name": ""}, "3": 3, `{"x":1}`: map[string]any{"x": 1}} {
		if got := entryName(want); got != entry {
			t.Errorf("%v is called %s", want, got)
		}
	}
}

// TestPreviewsOfItems: a step in a loop sees what the steps before it gave for the entry that is chosen, in loops within
// loops as well, and only where the run went over the same list.
func TestPreviewsOfItems(t *testing.T) {
	t.Parallel()
	d, registry := looped("{{ inputs.lines }}")
	in := func(loop string) Control { return Control{In: loop} }
	d.Steps[d.StepIndex("add")] = Step{ID: "say", Title: "Say", Action: "note", Fields: map[string]string{"text": "{{ item }} said {{ steps.read.output.said }}"}, Control: in("each")}
	inner := []Step{{ID: "inner", Title: "Inner", Action: FlowForEach, Fields: map[string]string{ListField: "{{ split(steps.read.output.said, \",\") }}"}, Control: in("each")},
		{ID: "deep", Title: "Deep", Action: "note", Fields: map[string]string{"text": "x"}, Control: in("inner")},
		{ID: "end", Title: "End", Action: "note", Fields: map[string]string{"text": "{{ steps.read.output.said }}/{{ item }}/{{ steps.deep.output.said }}"}, Control: in("inner")}}
	d.Steps = append(d.Steps[:4:4], append(inner, d.Steps[4:]...)...)
	run := Run{ID: "run", CreatedAt: noon, Input: map[string]string{"lines": "a\nb\nc"}, Steps: []RunStep{{RunID: "run", Index: 1, StepID: "each", Action: FlowForEach, State: StepStarted}}}
	done := func(run, id string, index int, said string) RunStep {
		return RunStep{RunID: run, Index: index, StepID: id, Action: "note", State: StepDone, Output: Output{"said": said}}
	}
	asked := 0
	items := func(id string, step, item int) (Run, bool) {
		asked++
		switch {
		case id == "run" && step == 1 && item == 2:
			return Run{ID: "item2", Item: "b", Steps: []RunStep{done("item2", "read", 0, "x,y"), {RunID: "item2", Index: 2, StepID: "inner", Action: FlowForEach, State: StepDone}}}, true
		case id == "item2" && step == 2 && item == 1:
			return Run{ID: "x", Item: "x", Steps: []RunStep{done("x", "deep", 0, "deep x")}}, true
		case id == "run" && step == 1 && item == 3:
			return Run{ID: "item3", Item: "another", Steps: []RunStep{done("item3", "read", 0, "wrong")}}, true
		case id == "run" && step == 1:
			return Run{ID: "item1", Item: "a", Steps: []RunStep{{RunID: "item1", StepID: "read", Action: "note", State: StepFailed}}}, true
		}
		return Run{}, false
	}
	for _, test := range []struct {
		at        map[string]int
		say, deep Preview
	}{
		{map[string]int{"each": 1}, Preview{Text: "b said x,y"}, Preview{Text: "x,y/x/deep x"}},
		{map[string]int{"each": 1, "inner": 1}, Preview{Text: "b said x,y"}, Preview{Problem: "“Deep” was not carried out for that entry in that run."}},
		{map[string]int{"each": 0}, Preview{Problem: "“Read” gave nothing for that entry in that run."}, Preview{Problem: "“Read” gave nothing for that entry in that run."}},
		{map[string]int{"each": 2}, Preview{Problem: "“Read” was not carried out for that entry in that run."}, Preview{Problem: "“Read” was not carried out for that entry in that run."}},
	} {
		fields, _ := d.Previews(registry, run, test.at, items)
		if got := fields[FieldPlace{"say", "text"}]; got != test.say {
			t.Errorf("%v: %+v, want %+v", test.at, got, test.say)
		}
		if got := fields[FieldPlace{"end", "text"}]; got != test.deep {
			t.Errorf("%v: within, %+v, want %+v", test.at, got, test.deep)
		}
	}
	if asked > 6 {
		t.Errorf("the items were asked for %d times", asked)
	}
	before := asked
	d.Steps[3].Fields["text"], d.Steps[4].Fields[ListField], d.Steps[6].Fields["text"] = "{{ item }}", "{{ inputs.lines }}", "{{ item }}"
	if d.Previews(registry, run, nil, items); asked != before {
		t.Error("items are asked for that no field needs")
	}
}
