package describe

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"caracal/catalog"
)

// shapes gathers the shapes that bodies reach, each once.
type shapes struct {
	all map[string]*catalog.Shape
}

// What no description of Okta's comes near: a hostile one shall not take all memory.
const (
	maxShapes = 20_000
	maxItems  = 6 // lists within lists
)

// body returns the name of the shape of a body.
func (s *shapes) body(ref *openapi3.SchemaRef, operation string) string {
	f := flat(ref)
	if f.kind != "array" {
		return s.object(ref, operation)
	}
	item := s.value("", f.items, operation+".item")
	s.all[operation] = &catalog.Shape{Array: &item}
	return operation
}

// object returns the name of the shape of an object: its component's, or one made from where it stands.
func (s *shapes) object(ref *openapi3.SchemaRef, place string) string {
	name := place
	if ref.Ref != "" {
		name = component(ref.Ref)
	}
	if _, done := s.all[name]; done {
		return name
	}
	if len(s.all) >= maxShapes {
		return ""
	}
	out := &catalog.Shape{}
	s.all[name] = out // before its fields, which may come back to it
	f := flat(ref)
	out.Free = f.free
	for _, key := range slices.Sorted(maps.Keys(f.properties)) {
		property := f.properties[key]
		if readOnly(property) || key == "_links" || key == "_embedded" {
			continue
		}
		v := s.value(key, property, name+"."+key)
		v.Required = f.required[key]
		out.Fields = append(out.Fields, v)
	}
	slices.SortStableFunc(out.Fields, func(a, b catalog.Value) int { return b2i(!a.Required) - b2i(!b.Required) })
	s.variants(out, f, name)
	return name
}

// variants finds the kinds that an object may be of: those of its discriminator (OpenAPI 3.0, "Discriminator
// Object"), or those of a oneOf.
func (s *shapes) variants(out *catalog.Shape, f flattened, name string) {
	if f.discriminator != nil {
		for _, value := range slices.Sorted(maps.Keys(f.discriminator.Mapping)) {
			target := f.discriminator.Mapping[value].Ref
			if component(target) == name {
				continue // a variant that is reached through its base
			}
			if schema := f.variant(value); schema != nil {
				out.Variants = append(out.Variants, catalog.Variant{Name: value, Shape: s.object(schema, component(target))})
			}
		}
		out.By = f.discriminator.PropertyName
		if len(out.Variants) > 0 {
			return
		}
		out.By = ""
	}
	for _, option := range f.oneOf {
		switch {
		case option.Ref != "" && component(option.Ref) != name && flat(option).kind == "object":
			out.Variants = append(out.Variants, catalog.Variant{Name: component(option.Ref), Shape: s.object(option, name)})
		case option.Ref == "" && option.Value != nil && option.Value.Title != "":
			title := option.Value.Title
			out.Variants = append(out.Variants, catalog.Variant{Name: title, Shape: s.object(option, name+"."+title)})
		}
	}
}

// value describes a parameter or a field.
func (s *shapes) value(name string, ref *openapi3.SchemaRef, place string) catalog.Value {
	f := flat(ref)
	v := catalog.Value{Name: name, Type: f.kind, Nullable: f.nullable, Text: plain(f.text, valueText), Options: f.options, Open: f.open,
		Min: f.min, Max: f.max, MinLength: f.minLength, MaxLength: f.maxLength, Default: f.fallback}
	if v.Type == "string" {
		v.Type = ""
	}
	if f.format != "int32" && f.format != "int64" && f.format != "float" && f.format != "double" {
		v.Format = f.format
	}
	v.Secret = v.Type == "" && (f.format == "password" || secretNames[name])
	switch f.kind {
	case "array":
		v.Items = new(catalog.Value)
		if f.items != nil && strings.Count(place, ".item") < maxItems {
			*v.Items = s.value("", f.items, place+".item")
			v.Items.Text = ""
		}
	case "object":
		if ref.Ref != "" || len(f.properties) > 0 || len(f.oneOf) > 0 {
			v.Shape = s.object(ref, place)
		}
	}
	return v
}

// secretNames are the fields that hold a secret though the description does not say so.
var secretNames = map[string]bool{"password": true, "client_secret": true, "clientSecret": true, "secret": true,
	"sharedSecret": true, "privateKey": true, "passCode": true, "answer": true, "token": true, "apiKey": true, "authToken": true}

func readOnly(ref *openapi3.SchemaRef) bool {
	if ref.Value == nil {
		return false
	}
	return ref.Value.ReadOnly || slices.ContainsFunc(ref.Value.AllOf, func(part *openapi3.SchemaRef) bool { return ref.Ref == "" && readOnly(part) })
}

// component returns the name at the end of "#/components/schemas/Name".
func component(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// toJSON keeps a default as it would be sent.
func toJSON(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return b
}
