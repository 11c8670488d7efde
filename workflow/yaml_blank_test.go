package workflow

import (
	"strings"
	"testing"

	"caracal/form"
)

// blankRegistry has an operation whose fields can send something when they are empty.
func blankRegistry() *Registry {
	both := []form.Option{{Value: "empty", Label: "empty: sent empty"}, {Value: "null", Label: "empty: sent as null"}}
	return testRegistry().With(ActionSpec{ID: "operation.update", Title: "Update", Effect: Changes, Fields: []form.Field{
		{Name: "id", Label: "id", Kind: form.Text, Required: true},
		{Name: "title", Label: "title", Kind: form.Text, Blanks: both},
		{Name: "site", Label: "site", Kind: form.Text, Required: true, Blanks: both},
		{Name: "level", Label: "level", Kind: form.Number, Blanks: both[1:]},
	}})
}

func TestBlanksInAFile(t *testing.T) {
	t.Parallel()
	const head = "version: 1\nname: N\nsteps:\n- id: s\n  title: S\n  action: operation.update\n"
	for _, tt := range []struct {
		name, body string
		want       map[string]string
		again      string // as it is written; body when empty
	}{
		{"absent is absent", "  fields:\n    id: \"1\"\n", map[string]string{"title": "", "level": ""}, "  fields:\n    id: 1\n"},
		{"null is null", "  fields:\n    id: 1\n    title: null\n    level: null\n", map[string]string{"title": "null", "level": "null"}, ""},
		{"an empty text is one", "  fields:\n    id: 1\n    title: \"\"\n    site: \"\"\n", map[string]string{"title": "empty", "site": "empty"}, ""},
		{"nothing after a key is nothing", "  fields:\n    id: 1\n    title:\n", map[string]string{"title": ""}, "  fields:\n    id: 1\n"},
		{"a number has no empty text", "  fields:\n    id: 1\n    level: \"\"\n", map[string]string{"level": ""}, "  fields:\n    id: 1\n"},
		{"a path can't be null", "  fields:\n    id: null\n", map[string]string{"id": ""}, ""},
		{"what comes out empty", "  fields:\n    id: 1\n    title: '{{ inputs.t }}'\n  when_empty:\n    title: null\n", map[string]string{"title": "null"}, ""},
		{"said apart", "  fields:\n    id: 1\n  when_empty:\n    title: null\n    site: empty\n", map[string]string{"title": "null", "site": "empty"},
			"  fields:\n    id: 1\n    title: null\n    site: \"\"\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := ReadYAML([]byte(head+tt.body), blankRegistry())
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range tt.want {
				if got := f.Definition.Steps[0].Fields[form.WhenEmptyPrefix+name]; got != want {
					t.Errorf("%s sends %q when it is empty, want %q", name, got, want)
				}
			}
			written, err := WriteYAML(f.Definition, blankRegistry(), WriteOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if tt.again == "" {
				tt.again = tt.body
			}
			if tt.name != "a path can't be null" && string(written) != head+tt.again {
				t.Errorf("written as\n%s\nwant\n%s", written, head+tt.again)
			}
		})
	}
	for body, want := range map[string]string{
		"  fields: {id: 1}\n  when_empty: {title: zero}\n":               `line 8: What title sends when it is empty must be null or empty.`,
		"  fields: {id: 1}\n  when_empty: {colour: null}\n":              `line 8: The action operation.update has no field "when_empty:colour"`,
		"  fields: {id: 1}\n  when_empty: {id: null}\n":                  `line 8: The action operation.update has no field "when_empty:id"`,
		"  fields: {id: 1, title: null}\n  when_empty: {title: empty}\n": `line 7: title is null here and empty under when_empty; keep one of them.`,
	} {
		if _, err := ReadYAML([]byte(head+body), blankRegistry()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", body, err, want)
		}
	}
}

func TestCheckOfBlanks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		fields map[string]string
		want   string // the one problem, or none
	}{
		{map[string]string{"id": "1", "site": "x"}, ""},
		{map[string]string{"id": "1", "site": ""}, "site is needed; type it, or choose a value."},
		{map[string]string{"id": "1", "site": "", "when_empty:site": "empty"}, ""},
		{map[string]string{"id": "1", "site": "x", "when_empty:level": "empty"}, `"empty" is nothing that can be sent when level is empty; choose again.`},
		{map[string]string{"id": "1", "site": "x", "when_empty:id": "null"}, `The action has no field "when_empty:id"; remove the step and add it again.`},
	} {
		d := onboarding()
		d.Steps = append(d.Steps, Step{ID: "s", Title: "S", Action: "operation.update", Fields: tt.fields})
		got := ""
		for _, p := range Check(d, blankRegistry(), testApplication()) {
			got += p.Message
		}
		if got != tt.want {
			t.Errorf("%v: %q, want %q", tt.fields, got, tt.want)
		}
	}
}

func TestDiffOfBlanks(t *testing.T) {
	t.Parallel()
	a := onboarding()
	a.Steps = append(a.Steps, Step{ID: "s", Title: "S", Action: "operation.update", Fields: map[string]string{"id": "1"}})
	b := a.Clone()
	b.Steps[2].Fields["when_empty:title"] = "null"
	changes := Diff(a, b, blankRegistry())
	if len(changes) != 1 || changes[0].What != "title, when empty" || changes[0].After != "null" {
		t.Errorf("%+v", changes)
	}
}
