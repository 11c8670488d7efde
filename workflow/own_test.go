package workflow

import (
	"strings"
	"testing"

	"caracal/form"
)

// ownRegistry has an operation with a profile that orgs add attributes to.
func ownRegistry() *Registry {
	return testRegistry().With(ActionSpec{ID: "operation.update", Title: "Update", Effect: Changes, Own: map[string]string{"profile_": "UserProfile"}, Fields: []form.Field{
		{Name: "id", Label: "id", Kind: form.Text, Required: true},
		{Name: "profile_title", Label: "title", Kind: form.Text},
		{Name: "profile_more", Label: "Other properties", Kind: form.LongText},
	}})
}

func TestOwnAttribute(t *testing.T) {
	t.Parallel()
	spec, _ := ownRegistry().Get("operation.update")
	for field, want := range map[string]string{
		"profile_shoe": "shoe", "profile_Shoe_2": "Shoe_2", "profile_title": "", "profile_more": "", "profile_": "", "profile_2": "", "profile_a-b": "", "id": "", "shoe": "",
		"profile_" + strings.Repeat("a", 65): "",
	} {
		if got, _, ok := spec.OwnAttribute(field); got != want || ok != (want != "") {
			t.Errorf("%s is the attribute %q, %v; want %q", field, got, ok, want)
		}
	}
}

func TestOwnFieldsInAFile(t *testing.T) {
	t.Parallel()
	const head = "version: 1\nname: N\nsteps:\n- id: s\n  title: S\n  action: operation.update\n  fields:\n    id: 1\n"
	good := head + "    profile_rooms: |-\n      1\n      2\n    profile_shoe: 44\n    profile_old: null\n  own_fields:\n    profile_old: text\n    profile_rooms: integers\n    profile_shoe: integer\n"
	f, err := ReadYAML([]byte(good), ownRegistry())
	if err != nil {
		t.Fatal(err)
	}
	if s := f.Definition.Steps[0].Fields; s["profile_shoe"] != "44" || s["own:profile_shoe"] != "integer" || s["when_empty:profile_old"] != "null" {
		t.Errorf("the step has %v", s)
	}
	if problems := Check(f.Definition, ownRegistry(), nil); len(problems) != 1 { // the application
		t.Errorf("%v", problems)
	}
	written, err := WriteYAML(f.Definition, ownRegistry(), WriteOptions{})
	if want := strings.Replace(good, "    profile_rooms: |-\n      1\n      2\n    profile_shoe: 44\n    profile_old: null\n", "    profile_old: null\n    profile_rooms: |-\n      1\n      2\n    profile_shoe: 44\n", 1); err != nil || string(written) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, written, want)
	}
	for body, want := range map[string]string{
		"    profile_shoe: 44\n":                                           `line 9: The action operation.update has no field "profile_shoe". If it is an attribute of the org's own, say under own_fields what it holds, as in profile_shoe: text.`,
		"    shoe: 44\n  own_fields:\n    shoe: text\n":                    "line 9: The action operation.update has no field \"shoe\"; its fields are id, profile_title, profile_more.\n" + `line 11: shoe is no attribute of the org's own; take it out of own_fields.`,
		"    profile_shoe: 44\n  own_fields:\n    profile_shoe: float\n":   `line 11: What profile_shoe holds must be one of text, integer, number, boolean, texts, integers, numbers.`,
		"    profile_title: x\n  own_fields:\n    profile_shoe: integer\n": `line 11: own_fields says what profile_shoe holds, and the step does not fill it in; add it to fields.`,
	} {
		if _, err := ReadYAML([]byte(head+body), ownRegistry()); err == nil || err.Error() != want {
			t.Errorf("%q:\n%v, want\n%s", body, err, want)
		}
	}
}

func TestCheckOfOwnFields(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		fields map[string]string
		want   string
	}{
		{map[string]string{"profile_shoe": "44", "own:profile_shoe": "integer"}, ""},
		{map[string]string{"profile_shoe": "{{ inputs.first }}", "own:profile_shoe": "text"}, ""},
		{map[string]string{"profile_shoe": "large", "own:profile_shoe": "integer"}, `"large" is not a number.`},
		{map[string]string{"profile_on": "maybe", "own:profile_on": "boolean"}, `"maybe" is not one of the choices.`},
		{map[string]string{"profile_shoe": "{{ inputs.gone }}", "own:profile_shoe": "text"}, `There is no input "gone" any more; choose another value.`},
		{map[string]string{"profile_title": "x", "own:profile_title": "text"}, ""},
		{map[string]string{"profile_shoe": "44"}, `The action has no field "profile_shoe"; remove the step and add it again.`},
	} {
		d := onboarding()
		tt.fields["id"] = "1"
		d.Steps = append(d.Steps, Step{ID: "s", Title: "S", Action: "operation.update", Fields: tt.fields})
		got := ""
		for _, p := range Check(d, ownRegistry(), testApplication()) {
			got += p.Message
		}
		if got != tt.want {
			t.Errorf("%v: %q, want %q", tt.fields, got, tt.want)
		}
	}
}

func TestFillOwn(t *testing.T) {
	t.Parallel()
	spec, _ := ownRegistry().Get("operation.update")
	s := Step{Fields: map[string]string{"profile_shoe": "44", "profile_hat": "", "own:profile_hat": "text", "profile_old": "", "when_empty:profile_old": "null"}}
	for name, kind := range map[string]form.OwnType{"profile_shoe": form.OwnInteger, "profile_hat": form.OwnText, "profile_old": form.OwnText, "profile_title": form.OwnText, "id": form.OwnText} {
		s.FillOwn(spec, name, kind)
	}
	if want := map[string]string{"profile_shoe": "44", "own:profile_shoe": "integer", "profile_old": "", "when_empty:profile_old": "null", "own:profile_old": "text"}; !SameText(s.Fields, want) || len(s.Fields) != len(want) {
		t.Errorf("%v, want %v", s.Fields, want)
	}
	was := Definition{Steps: []Step{{ID: "s", Title: "S", Action: "operation.update", Fields: map[string]string{"id": "1"}}}}
	is := was.Clone()
	is.Steps[0].Fields["profile_shoe"], is.Steps[0].Fields["own:profile_shoe"] = "44", "integer"
	if changes := Diff(was, is, ownRegistry()); len(changes) != 1 || changes[0].What != "shoe" || changes[0].After != "44" {
		t.Errorf("%+v", changes)
	}
	was = is.Clone()
	is.Steps[0].Fields["own:profile_shoe"] = "text"
	if changes := Diff(was, is, ownRegistry()); len(changes) != 1 || changes[0].What != "profile_shoe, kind of value" {
		t.Errorf("%+v", changes)
	}
}
