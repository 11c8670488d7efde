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
		{"last", "text", "{{ steps.each.output.count }}", Preview{Problem: "“Each” was not in that run."}},
		{"last", OnlyIfField, `inputs.name == "Ada"`, Preview{Text: "true"}},
		{"secret", "password", "{{ inputs.name }}", Preview{Hidden: true}},
		{"secret", "note", "{{ random_password() }}", Preview{Hidden: true}},
		{"each", ListField, "inputs.lines", Preview{Text: "4 entries: a, b, c, …"}},
		{"each", ListField, "steps.find.output.users", Preview{Text: "1 entry: {\"id\":\"00u1\",\"login\":\"ada\"}"}},
		{"each", GatherField, "{{ item.login }}", Preview{Text: "ada"}},
		{"add", "user", "{{ item.id }}", Preview{Text: "00u1"}},
		{"add", OnlyIfField, `steps.read.output.said == "x"`, Preview{Problem: "“Read” gives something else for each item."}},
	} {
		c := d.Clone()
		i := c.StepIndex(test.step)
		f, _ := registry.FieldOf(c.Steps[i], test.field)
		c.Steps[i].Fill(f, test.value)
		if got := c.Previews(registry, run)[FieldPlace{test.step, test.field}]; got != test.want {
			t.Errorf("%s.%s = %s: %+v, want %+v", test.step, test.field, test.value, got, test.want)
		}
	}
	empty := run
	empty.Steps = []RunStep{{StepID: "find", Action: "user.list", State: StepDone, Output: Output{"users": []any{}}}}
	if got := d.Previews(registry, empty)[FieldPlace{"add", "user"}]; !strings.Contains(got.Problem, "was empty") {
		t.Errorf("an empty list: %+v", got)
	}
	d.Steps[4].Fields["text"] = strings.Repeat("long ", 100) + "{{ inputs.name }}"
	if got := d.Previews(registry, run)[FieldPlace{"after", "text"}]; len([]rune(got.Text)) > previewLetters+1 {
		t.Errorf("a long value is shown whole: %d", len(got.Text))
	}
	broken := d.Clone()
	broken.Steps[4].Fields["text"] = "{{ nonsense"
	if _, ok := broken.Previews(registry, run)[FieldPlace{"after", "text"}]; ok {
		t.Error("what can't be read has a preview")
	}
}
