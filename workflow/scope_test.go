package workflow

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"caracal/form"
)

// looped is: find (people), each over them { read, add }, after.
func looped(list string) (Definition, *Registry) {
	registry := testRegistry().With(
		ActionSpec{ID: "user.list", Title: "List users", Effect: Reads, Outputs: []OutputField{
			{Name: "users", Label: "Users", List: true, Fields: []OutputField{{Name: "id", Label: "User", Kind: form.User}, {Name: "login", Label: "Login"},
				{Name: "profile", Label: "Profile", Fields: []OutputField{{Name: "email", Label: "E-mail", Kind: form.Email}}}}},
			{Name: "ids", Label: "Ids", Kind: form.Users}, {Name: "answer", Label: "Answer"}}},
		ActionSpec{ID: FlowForEach, Title: "For each", Effect: Steers, Fields: []form.Field{{Name: ListField, Label: "List", Kind: form.List, Required: true},
			{Name: GatherField, Label: "Keep of each", Kind: form.Text}},
			Outputs: []OutputField{{Name: ItemOutput, Label: "Item"}, {Name: NumberOutput, Label: "Number"}, {Name: "count", Label: "Count"}, {Name: "gathered", Label: "Kept", List: true}}},
		ActionSpec{ID: "note", Title: "Note", Effect: Steers, Fields: []form.Field{{Name: "text", Label: "Text", Kind: form.Text}}, Outputs: []OutputField{{Name: "said", Label: "Said"}}})
	d := Definition{Name: "L", ApplicationID: "app_1", Inputs: []Input{{Name: "people", Label: "People", Kind: form.Users, Required: true},
		{Name: "lines", Label: "Lines", Kind: form.Lines, Required: true}, {Name: "name", Label: "Name", Kind: form.Text, Required: true}},
		Steps: []Step{
			{ID: "find", Title: "Find", Action: "user.list"},
			{ID: "each", Title: "Each", Action: FlowForEach, Fields: map[string]string{ListField: list}},
			{ID: "read", Title: "Read", Action: "note", Fields: map[string]string{"text": "x"}, Control: Control{In: "each"}},
			{ID: "add", Title: "Add", Action: "group.add_member", Fields: map[string]string{"user": "{{ item }}", "group": "00g1engineering"}, Control: Control{In: "each"}},
			{ID: "after", Title: "After", Action: "note", Fields: map[string]string{"text": "x"}},
		}}
	return d, registry
}

func TestCheckItem(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ list, step, field, value, want string }{
		{"{{ inputs.people }}", "add", "user", "{{ item }}", ""},
		{"{{ steps.find.output.ids }}", "add", "user", "{{ item }}", ""},
		{"{{ steps.find.output.users }}", "add", "user", "{{ item.id }}", ""},
		{"{{ steps.find.output.users }}", "add", "user", "{{ steps.each.output.item.id }}", ""},
		{"{{ steps.find.output.users }}", "read", "text", "{{ item.profile.email }} {{ lower(item.login) }}", ""},
		{"{{ steps.find.output.answer }}", "read", "text", "{{ item.whatever.there.is }}", ""},
		{"{{ steps.find.output.answer.list }}", "add", "user", "{{ item.id }}", ""},
		{"{{ split(inputs.name, ',') }}", "read", "text", "{{ item }}", ""},
		{"{{ steps.find.output.users }}", "add", "user", "{{ item.profile.email }}", "User takes a user, and item.profile.email is an e-mail address"},
		{"{{ inputs.lines }}", "add", "user", "{{ item }}", "User takes a user, and item is text"},
		{"{{ inputs.people }}", "read", "text", "{{ item.login }}", "add a step that reads it"},
		{"{{ inputs.people }}", "read", "text", "{{ upper(item.login) }}", "add a step that reads it"},
		{"{{ inputs.lines }}", "read", "text", "{{ item.login }}", "use it as a whole"},
		{"{{ steps.find.output.users }}", "read", "text", "{{ item.nickname }}", `item has no "nickname"; it has id, login, profile`},
		{"{{ inputs.people }}", "after", "text", "{{ item }}", "stands in none"},
		{"{{ inputs.people }}", "find", OnlyIfField, "{{ item == '' }}", "stands in none"},
		{"{{ inputs.people }}", "each", ListField, "{{ item }}", "stands in none"},
		{"{{ inputs.people }}", "after", "text", "{{ steps.read.output.said }}", "for each item of a loop"},
		{"{{ inputs.people }}", "after", "text", "{{ steps.each.output.item }}", "only to the steps in it"},
		{"{{ inputs.people }}", "read", "text", "{{ steps.each.output.count }}", "after the loop"},
		{"{{ inputs.people }}", "after", "text", "{{ steps.each.output.count }} {{ join(steps.each.output.gathered, ', ') }}", ""},
		{"{{ inputs.people }}", "each", GatherField, "{{ item }}: {{ steps.read.output.said }}", ""},
		{"{{ inputs.people }}", "each", GatherField, "{{ steps.after.output.said }}", "comes after"},
		{"{{ steps.find.output.users }}", "after", "text", "{{ steps.find.output.users.login }}", "pluck(steps.find.output.users, \"login\")"},
		{"{{ inputs.name }}", "each", ListField, "{{ inputs.name }}", "List takes a list, and inputs.name is text"},
		{"{{ inputs.people }}", "each", ListField, "a, b", "does not belong here"},
		{"{{ inputs.people }}", "each", ListField, "{{ inputs.people }}!", "does not belong here"},
		{"{{ inputs.people }}", "each", ListField, "{{ lower(inputs.name) }}", "is text"},
		{"{{ inputs.people }}", "each", ListField, "{{ default(inputs.people, []) }}", ""},
		{"{{ inputs.people }}", "after", "text", "{{ inputs.people }}", ""},
	} {
		d, registry := looped(test.list)
		i := d.StepIndex(test.step)
		f, _ := registry.FieldOf(d.Steps[i], test.field)
		d.Steps[i].Fill(f, test.value)
		var got []string
		for _, p := range Blocking(Check(d, registry, testApplication())) {
			if p.Step == test.step && p.Field == test.field {
				got = append(got, p.Message)
			}
		}
		if said := strings.Join(got, "; "); test.want == "" && said != "" || !strings.Contains(said, test.want) {
			t.Errorf("%s.%s = %s over %s: %q, want %q", test.step, test.field, test.value, test.list, said, test.want)
		}
	}
}

func TestValuesInLoop(t *testing.T) {
	t.Parallel()
	d, registry := looped("{{ steps.find.output.users }}")
	names := func(step, field string, fits bool) (out []string) {
		for _, v := range d.Values(registry, step, field) {
			if v.Fits == fits {
				out = append(out, v.Reference.String())
			}
		}
		return out
	}
	for _, test := range []struct {
		step, field string
		fits        bool
		want        []string
	}{
		{"add", "user", true, []string{"item.id"}},
		{"each", ListField, true, []string{"inputs.people", "inputs.lines", "steps.find.output.users", "steps.find.output.ids"}},
		{"each", ListField, false, []string{"inputs.name", "steps.find.output.answer"}},
		{"after", "text", true, []string{"inputs.people", "inputs.lines", "inputs.name", "steps.find.output.users", "steps.find.output.ids", "steps.find.output.answer", "steps.each.output.count", "steps.each.output.gathered"}},
	} {
		if got := names(test.step, test.field, test.fits); !slices.Equal(got, test.want) {
			t.Errorf("%s.%s fits %v: %v, want %v", test.step, test.field, test.fits, got, test.want)
		}
	}
	var gather []string
	for _, v := range d.Values(registry, "each", GatherField) {
		gather = append(gather, v.Reference.String())
	}
	for _, want := range []string{"item.login", "steps.each.output.number", "steps.read.output.said"} {
		if !slices.Contains(gather, want) {
			t.Errorf("what is kept of an item can't be %s: %v", want, gather)
		}
	}
}

func TestResolveLists(t *testing.T) {
	t.Parallel()
	many := make([]any, MaxItems+1)
	s := Scope{Inputs: map[string]string{"people": "00u1,00u2", "lines": "a\n\n b \r\nc", "name": "x"}, Kinds: map[string]form.Kind{"people": form.Users, "lines": form.Lines, "none": form.Groups},
		Outputs: map[string]Output{"find": {"names": []string{"x"}, "users": []any{map[string]any{"login": "ada"}}, "one": map[string]any{"id": "1"}, "n": 3.0, "many": many},
			"each": {"item": map[string]any{"login": "ada", "profile": map[string]any{"email": "a@b"}}, "number": 1}}, Loop: "each", Now: noon}
	for field, want := range map[string]string{
		"{{ inputs.people }}":                       "[00u1 00u2]",
		" {{ inputs.lines }} ":                      "[a b c]",
		"{{ inputs.none }}":                         "[]",
		"{{ steps.find.output.names }}":             "[x]",
		"{{ steps.find.output.users }}":             "[map[login:ada]]",
		"{{ split('a,b', ',') }}":                   "[a b]",
		"{{ default(steps.gone.output.list, []) }}": "[]",
		"{{ [item.login, first(inputs.lines)] }}":   "[ada a]",
		"{{ inputs.name }}":                         "error: inputs.name is the text “x” and no list; cut it with split(…, \",\"), or use a list",
		"{{ steps.find.output.one }}":               "error: steps.find.output.one is one object and no list",
		"{{ steps.find.output.n }}":                 "error: steps.find.output.n is “3” and no list",
		"{{ steps.gone.output.list }}":              "error: steps.gone.output.list has no value, so there is no list; give one, or write default(steps.gone.output.list, []) around it",
		"{{ steps.find.output.many }}":              "error: the list has 10001 entries, and a loop goes over at most 10000; narrow it down, or start several runs",
		"a,b":                                       "error: a list is one expression, such as inputs.people, without text around it (at character 1)",
	} {
		got, err := ResolveList(field, s)
		said := fmt.Sprint(got)
		if err != nil {
			said = "error: " + err.Error()
		}
		if said != want {
			t.Errorf("%s: got %q, want %q", field, said, want)
		}
	}
	filled, err := ResolveStep(Step{Fields: map[string]string{"a": "{{ inputs.lines }}", "b": "{{ length(inputs.people) }}", "c": "{{ item.profile.email }}/{{ upper(item.login) }}",
		"d": "{{ default(item.profile.manager.name, 'nobody') }}", "e": "{{ inputs.people }}", "f": "{{ steps.each.output.item.login }}"}}, s)
	if err != nil || filled["a"] != "a\n\n b \r\nc" || filled["b"] != "2" || filled["c"] != "a@b/ADA" || filled["d"] != "nobody" || filled["e"] != "00u1,00u2" || filled["f"] != "ada" {
		t.Errorf("filled %q, %v", filled, err)
	}
	for field, want := range map[string]string{"": "<nil> false", "{{ item.nothing }}": "<nil> false", "{{ item.login }}": "ada true", "{{ item.login }}: {{ inputs.name }}": "ada: x true",
		"{{ item.profile }}": "map[email:a@b] true", "{{ '' }}": "<nil> false"} {
		v, ok, err := ResolveGather(field, s)
		if got := fmt.Sprintf("%v %v", v, ok); err != nil || got != want {
			t.Errorf("gather %q: %q, %v, want %q", field, got, err, want)
		}
	}
}
