package describe

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// flattened is a schema with its allOf parts laid over each other.
type flattened struct {
	kind, format, text   string
	nullable, free, open bool
	properties           map[string]*openapi3.SchemaRef
	required             map[string]bool
	items                *openapi3.SchemaRef
	options              []string
	fallback             json.RawMessage
	min, max             *float64
	minLength, maxLength uint64
	oneOf                []*openapi3.SchemaRef
	discriminator        *openapi3.Discriminator
	seen                 map[*openapi3.Schema]bool
	wrapped              bool // one allOf part and nothing else: another name for that part
}

// deepest is how many allOf parts may hang on each other.
const deepest = 12

// flat lays the parts of a schema over each other.
func flat(ref *openapi3.SchemaRef) flattened {
	return flatten(ref, 0)
}

// flatten is flat at a depth of alternatives, which may lead back to themselves.
func flatten(ref *openapi3.SchemaRef, depth int) flattened {
	f := flattened{properties: map[string]*openapi3.SchemaRef{}, required: map[string]bool{}, seen: map[*openapi3.Schema]bool{}}
	f.add(ref, 0)
	switch {
	case f.kind == "" && (len(f.properties) > 0 || f.discriminator != nil || f.free):
		f.kind = "object"
	case f.kind == "" && len(f.oneOf) > 0:
		f.kind = "object"
		for _, option := range f.oneOf {
			if depth >= deepest || flatten(option, depth+1).kind != "object" {
				f.kind = "any"
				break
			}
		}
	case f.kind == "" && f.items != nil:
		f.kind = "array"
	case f.kind == "" && len(f.options) > 0:
		f.kind = "string"
	case f.kind == "":
		f.kind = "any"
	}
	if f.kind == "object" && len(f.properties) == 0 && len(f.oneOf) == 0 && f.discriminator == nil {
		f.free = true
	}
	return f
}

func (f *flattened) add(ref *openapi3.SchemaRef, depth int) {
	if ref == nil || ref.Value == nil || depth > deepest {
		return
	}
	v := ref.Value
	if f.seen[v] {
		return // a part that holds itself
	}
	f.seen[v] = true
	if depth == 0 {
		f.wrapped = len(v.AllOf) == 1 && len(v.Properties) == 0
	}
	for _, part := range v.AllOf {
		f.add(part, depth+1)
	}
	if v.Type != nil {
		for _, t := range *v.Type {
			f.kind = t
		}
	}
	set(&f.format, v.Format)
	set(&f.text, v.Description)
	f.nullable = f.nullable || v.Nullable
	for name, p := range v.Properties {
		f.properties[name] = p
	}
	for _, name := range v.Required {
		f.required[name] = true
	}
	if v.Items != nil {
		f.items = v.Items
	}
	if v.AdditionalProperties.Has != nil && *v.AdditionalProperties.Has || v.AdditionalProperties.Schema != nil {
		f.free = true
	}
	f.addOptions(v)
	if v.Default != nil {
		f.fallback = toJSON(v.Default)
	}
	if v.Min != nil {
		f.min = v.Min
	}
	if v.Max != nil {
		f.max = v.Max
	}
	f.minLength = max(f.minLength, v.MinLength)
	if v.MaxLength != nil {
		f.maxLength = *v.MaxLength
	}
	if depth > 0 && !f.wrapped {
		return // a variant is not asked again which variant it is
	}
	f.oneOf = append(append(f.oneOf, v.OneOf...), v.AnyOf...)
	if v.Discriminator != nil {
		f.discriminator = v.Discriminator
	}
}

// addOptions reads the values that are allowed, or known today (x-okta-known-values).
func (f *flattened) addOptions(v *openapi3.Schema) {
	values, open := v.Enum, false
	if known, ok := v.Extensions["x-okta-known-values"].([]any); ok && len(values) == 0 {
		values, open = known, true
	}
	if len(values) == 0 {
		return
	}
	f.options, f.open = nil, open
	for _, value := range values {
		if text := fmt.Sprint(value); value != nil && !slices.Contains(f.options, text) {
			f.options = append(f.options, text)
		}
	}
}

// variant returns the schema that a discriminator's mapping names for a value.
func (f *flattened) variant(value string) *openapi3.SchemaRef {
	if mapped, ok := f.discriminator.Mapping[value]; ok && mapped.Value != nil {
		return &openapi3.SchemaRef{Ref: mapped.Ref, Value: mapped.Value}
	}
	for _, option := range f.oneOf {
		if option.Ref == f.discriminator.Mapping[value].Ref {
			return option
		}
	}
	return nil
}

func set(to *string, value string) {
	if value != "" {
		*to = value
	}
}
