package workflow

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"

	"caracal/auth"
	"caracal/form"
)

// SchemaPath is where an installation serves the schema, without signing in: it holds nothing of an org.
const SchemaPath = "/schema/workflow.json"

// Schema returns the JSON Schema (draft 7, which YAML editors know best) of the files that ReadYAML reads. It is
// made from the types and the registry alone, so it knows every action and field that this Caracal has.
func Schema(registry *Registry) ([]byte, error) {
	s := schemaOf(reflect.TypeFor[Definition](), registry)
	s["definitions"] = object{"step": structSchema(reflect.TypeFor[Step](), registry)}
	s["$schema"] = "http://json-schema.org/draft-07/schema#"
	s["title"] = "A Caracal workflow"
	s["required"] = []string{"version", "name", "steps"}
	s["properties"].(object)["version"] = object{"const": FormatVersion, "description": "The version of the file format."}
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write schema: %w", err)
	}
	return append(raw, '\n'), nil
}

type object = map[string]any

// schemaWords describe keys, where the name does not say enough, and narrow them.
var schemaWords = map[string]object{
	"Definition.name":        {"description": "What people see in the list of workflows.", "maxLength": MaxTitle},
	"Definition.purpose":     {"description": "What it is for.", "maxLength": MaxPurpose},
	"Definition.application": {"description": "The name of the connected application it acts on."},
	"Definition.runners":     {"description": "Roles that may run it, besides builders and admins."},
	"Definition.inputs":      {"description": "What the run form asks for.", "maxItems": MaxInputs},
	"Definition.steps":       {"description": "What is done, in order.", "maxItems": MaxSteps},
	"Input.name":             {"description": "As in {{ inputs.name }}.", "pattern": namePattern},
	"Input.label":            {"description": "What the run form calls it.", "maxLength": MaxTitle},
	"Input.help":             {"description": "One sentence under the label.", "maxLength": MaxHelp},
	"Input.options":          {"description": "The choices, for kind: choice.", "maxItems": MaxOptions},
	"Step.id":                {"description": "As in {{ steps.id.output.name }}; keep it while the step lives.", "pattern": namePattern},
	"Step.title":             {"description": "What the page of a run calls it.", "maxLength": MaxTitle},
	"Step.only_if":           {"description": "One {{ expression }} that must be true; otherwise the step is skipped."},
	"Step.on_error":          {"description": "What follows when the step has failed for good: the run stops, or goes on without it. See also if_it_fails.", "enum": []OnError{GoOn, Branch}},
	"Step.retries":           {"description": "How often it is tried again before it counts as failed.", "minimum": 0, "maximum": MaxRetries},
	"Step.pause":             {"description": "Seconds before each further try."},
	"Step.fields":            {"description": "What the action's form is filled with; text may hold {{ expressions }}."},
}

var schemaRequired = map[string][]string{"Input": {"name", "label", "kind"}, "Step": {"id", "title", "action"}}

// operationPattern lets operations of the Okta API in: they are too many to list, and Check knows each.
const operationPattern = `^operation\.[a-z][a-z0-9_]*$`

const namePattern = "^[A-Za-z_][A-Za-z0-9_]{0,39}$"

// schemaOf describes a type as the codec reads it.
func schemaOf(t reflect.Type, registry *Registry) object {
	switch t {
	case reflect.TypeFor[form.Option]():
		return object{"anyOf": []object{scalar(), {"type": "object", "additionalProperties": false, "required": []string{"value", "label"},
			"properties": object{"value": scalar(), "label": scalar()}}}}
	case reflect.TypeFor[form.Kind]():
		return object{"enum": InputKinds}
	case reflect.TypeFor[auth.Role]():
		return object{"enum": RunnerRoles()}
	case reflect.TypeFor[Step]():
		return object{"$ref": "#/definitions/step"} // a step holds steps
	}
	switch t.Kind() {
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer"}
	case reflect.Slice:
		return object{"type": []string{"array", "null"}, "items": schemaOf(t.Elem(), registry)}
	case reflect.Map:
		return object{"type": []string{"object", "null"}, "additionalProperties": fieldSchema(form.Field{})}
	case reflect.Pointer:
		return schemaOf(t.Elem(), registry)
	case reflect.Struct:
		return structSchema(t, registry)
	}
	return scalar()
}

func structSchema(t reflect.Type, registry *Registry) object {
	properties := object{}
	for _, k := range yamlKeys(t) {
		p := schemaOf(t.FieldByIndex(k.field).Type, registry)
		for name, value := range schemaWords[t.Name()+"."+k.name] {
			p[name] = value
		}
		properties[k.name] = p
	}
	s := object{"type": "object", "additionalProperties": false, "properties": properties}
	if required := schemaRequired[t.Name()]; required != nil {
		s["required"] = required
	}
	if t == reflect.TypeFor[Step]() {
		var ids []string
		var each []object
		for _, spec := range registry.All() {
			ids = append(ids, spec.ID)
			then := object{"properties": object{"action": object{"description": spec.Title + ": " + spec.Help}, "fields": actionSchema(spec)}}
			if spec.ID != FlowForEach {
				then["not"] = object{"required": []string{"steps"}}
			}
			each = append(each, object{"if": object{"properties": object{"action": object{"const": spec.ID}}, "required": []string{"action"}}, "then": then})
		}
		properties["action"] = object{"description": "What the step does. Besides these, operation.… calls one operation of the Okta API, and workflow.… runs another workflow.",
			"anyOf": []object{{"enum": ids}, {"type": "string", "pattern": operationPattern}, {"type": "string", "pattern": `^workflow\.`}}}
		properties[whenEmptyKey] = object{"type": []string{"object", "null"}, "additionalProperties": object{"enum": []any{nil, "null", "empty"}},
			"description": "Of a step that calls an operation: what a field of the body sends when it is empty. null sends null, empty an empty text or list; without an entry it is left out."}
		properties[ownFieldsKey] = object{"type": []string{"object", "null"}, "additionalProperties": object{"enum": form.OwnTypes},
			"description": "Of a step that calls an operation: what those of its fields hold that are attributes of the org's own, such as profile_badge."}
		steps := schemaOf(reflect.TypeFor[[]Step](), registry)
		properties["steps"] = with(steps, "What is done for each item, for action: "+FlowForEach+".")
		properties["if_it_fails"] = with(steps, "What is done when the step has failed for good; the run then goes on after it.")
		s["allOf"] = each
	}
	return s
}

func with(s object, description string) object {
	s = maps.Clone(s)
	s["description"] = description
	return s
}

// actionSchema describes the fields of one action.
func actionSchema(spec ActionSpec) object {
	properties := object{}
	for _, f := range spec.Fields {
		properties[f.Name] = fieldSchema(f)
	}
	return object{"type": []string{"object", "null"}, "additionalProperties": false, "properties": properties}
}

// fieldSchema describes a field: what may stand there, or an expression that gives it.
func fieldSchema(f form.Field) object {
	s := scalar()
	switch {
	case f.Kind == form.Choice:
		values := []string{""}
		for _, o := range f.Options {
			values = append(values, o.Value)
		}
		s = object{"anyOf": []object{{"enum": values}, {"type": "string", "pattern": `\{\{`}, {"type": "null"}}}
	case f.Kind == form.YesNo:
		s = object{"anyOf": []object{{"type": "boolean"}, {"enum": []string{"true", "false", "yes", "no", ""}}, {"type": "string", "pattern": `\{\{`}, {"type": "null"}}}
	case f.Kind.Several(), f.Kind == "":
		s = object{"anyOf": []object{scalar(), {"type": "array", "items": scalar()}}}
	}
	description := f.Label
	if f.Help != "" {
		description += ": " + f.Help
	}
	if f.Required {
		description += " (needed)"
	}
	if description != "" {
		s["description"] = description
	}
	if f.Default != "" {
		s["default"] = f.Default
	}
	return s
}

// scalar is any text: YAML reads 24 and true as something else, and the codec as text.
func scalar() object { return object{"type": []string{"string", "number", "boolean", "null"}} }
