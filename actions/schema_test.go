package actions

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"caracal/workflow"
)

// TestSchemaKnowsWhatTheReaderKnows holds the published schema against the files of the templates, and against
// mistakes that an editor should show.
func TestSchemaKnowsWhatTheReaderKnows(t *testing.T) {
	t.Parallel()
	set, err := NewSet(All())
	if err != nil {
		t.Fatal(err)
	}
	registry := set.Registry().With(workflow.FlowSpecs()...)
	raw, err := workflow.Schema(registry)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("workflow.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("workflow.json")
	if err != nil {
		t.Fatal(err)
	}
	valid := func(file string) error {
		var v any
		if err := yaml.Unmarshal([]byte(file), &v); err != nil {
			t.Fatal(err)
		}
		asJSON, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(instance)
	}
	for _, s := range workflow.Starters() {
		file, err := workflow.WriteYAML(s.Definition.WithDefaults(registry), registry, workflow.WriteOptions{Application: "Acme"})
		if err != nil {
			t.Fatal(err)
		}
		if err := valid(string(file)); err != nil {
			t.Errorf("%s: %v\n%s", s.ID, err, file)
		}
	}
	good := "version: 1\nname: x\nsteps:\n  - id: a\n    title: A\n    action: user.create\n    fields:\n      first_name: Ada\n      groups: [00g1, 00g2]\n      when: now\n"
	if err := valid(good); err != nil {
		t.Errorf("a good file: %v", err)
	}
	nested := "version: 1\nname: x\nsteps:\n  - id: a\n    title: A\n    action: flow.for_each\n    fields: {list: x}\n    steps:\n      - id: b\n        title: B\n        action: user.suspend\n        if_it_fails:\n          - {id: c, title: C, action: flow.note}\n"
	if err := valid(nested); err != nil {
		t.Errorf("a good nested file: %v", err)
	}
	for name, change := range map[string][2]string{
		"inner action": {"user.suspend", "user.explode"}, "innermost key": {"title: C", "tittle: C"}, "steps of no loop": {"flow.for_each", "flow.wait"},
	} {
		if err := valid(strings.Replace(nested, change[0], change[1], 1)); err == nil {
			t.Errorf("%s is valid", name)
		}
	}
	for name, change := range map[string][2]string{
		"unknown key": {"name: x", "name: x\ncolour: red"}, "newer version": {"version: 1", "version: 2"}, "unknown action": {"user.create", "user.explode"},
		"unknown field": {"first_name", "frist_name"}, "wrong choice": {"when: now", "when: soon"}, "list for text": {"title: A", "title: [A]"}, "bad id": {"id: a", "id: a b"},
	} {
		if err := valid(strings.Replace(good, change[0], change[1], 1)); err == nil {
			t.Errorf("%s is valid", name)
		}
	}
}
