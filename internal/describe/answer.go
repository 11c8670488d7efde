package describe

import (
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"caracal/catalog"
)

// answers gathers what operations give, each kind of object once.
type answers struct {
	all map[string][]catalog.Value
}

// mostAnswerFields is how many fields of an object are told; later ones are still there in the answer itself.
const mostAnswerFields = 60

// of returns the name of what an operation gives, or of each entry where it gives a list; "" when it is no object
// with fields.
func (a *answers) of(op *openapi3.Operation) string {
	schema := success(op)
	if schema == nil {
		return ""
	}
	f := flat(schema)
	if f.kind == "array" {
		if f.items == nil {
			return ""
		}
		schema, f = f.items, flat(f.items)
	}
	if base := commonBase(f); base != nil {
		schema, f = base, flat(base)
	}
	name := op.OperationID
	if schema.Ref != "" {
		name = component(schema.Ref)
	}
	if _, done := a.all[name]; done {
		return name
	}
	var fields []catalog.Value
	for _, key := range slices.Sorted(maps.Keys(f.properties)) {
		if strings.HasPrefix(key, "_") || len(fields) == mostAnswerFields || len(a.all) >= maxShapes {
			continue
		}
		p := flat(f.properties[key])
		v := catalog.Value{Name: key, Type: p.kind}
		if v.Type == "string" {
			v.Type = ""
		}
		v.Secret = v.Type == "" && (p.format == "password" || secretNames[key])
		if p.kind == "array" && p.items != nil {
			if item := flat(p.items).kind; item != "string" {
				v.Items = &catalog.Value{Type: item}
			} else {
				v.Items = &catalog.Value{}
			}
		}
		fields = append(fields, v)
	}
	if len(fields) == 0 {
		return ""
	}
	a.all[name] = fields
	return name
}

// commonBase returns what all of an object's kinds are made of, when it has kinds and nothing of its own.
func commonBase(f flattened) *openapi3.SchemaRef {
	if len(f.properties) > 0 || len(f.oneOf) == 0 {
		return nil
	}
	var base *openapi3.SchemaRef
	for _, kind := range f.oneOf {
		if kind.Value == nil || len(kind.Value.AllOf) == 0 || kind.Value.AllOf[0].Ref == "" {
			return nil
		}
		first := kind.Value.AllOf[0]
		if base != nil && base.Ref != first.Ref {
			return nil
		}
		base = first
	}
	return base
}

// success returns the schema of the JSON that a success brings; the lowest status counts.
func success(op *openapi3.Operation) *openapi3.SchemaRef {
	if op.Responses == nil {
		return nil
	}
	responses := op.Responses.Map()
	for _, status := range slices.Sorted(maps.Keys(responses)) {
		r := responses[status]
		if !strings.HasPrefix(status, "2") || r.Value == nil {
			continue
		}
		if media, ok := r.Value.Content[catalog.JSON]; ok && media.Schema != nil {
			return media.Schema
		}
	}
	return nil
}
