package actions

import (
	"maps"
	"slices"
	"strings"

	"caracal/catalog"
	"caracal/workflow"
)

// pointed is a value at a place within an object.
type pointed struct {
	Pointer string `json:"at"` // a JSON pointer (RFC 6901), as in /profile/department
	Label   string `json:"label,omitempty"`
	Value   any    `json:"value"` // nil: not there
}

func escapePointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

func unescapePointer(name string) string {
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
}

// names cuts a pointer into the names that lead to its place.
func pointerNames(pointer string) []string {
	parts := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i := range parts {
		parts[i] = unescapePointer(parts[i])
	}
	return parts
}

// at returns the value at a pointer, or nil.
func at(object map[string]any, pointer string) any {
	var v any = object
	for _, name := range pointerNames(pointer) {
		inner, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = inner[name]
	}
	return v
}

// put sets the value at a pointer, and makes the objects around it. With null, what is not there is written as null;
// without, it is taken away.
func put(object map[string]any, pointer string, value any, null bool) {
	names := pointerNames(pointer)
	for _, name := range names[:len(names)-1] {
		inner, ok := object[name].(map[string]any)
		if !ok {
			if value == nil && !null {
				return
			}
			inner = map[string]any{}
			object[name] = inner
		}
		object = inner
	}
	last := names[len(names)-1]
	if value == nil && !null {
		delete(object, last)
		return
	}
	object[last] = value
}

// leaves are the values within an object that are no objects themselves, by pointer. A list is one value.
func leaves(object map[string]any) []pointed {
	var out []pointed
	var walk func(map[string]any, string, string)
	walk = func(o map[string]any, pointer, label string) {
		for _, name := range slices.Sorted(maps.Keys(o)) {
			p, l := pointer+"/"+escapePointer(name), strings.TrimPrefix(label+"."+name, ".")
			if inner, ok := o[name].(map[string]any); ok && len(inner) > 0 {
				walk(inner, p, l)
				continue
			}
			out = append(out, pointed{p, l, o[name]})
		}
	}
	walk(object, "", "")
	return out
}

// parting are the places of what is wanted at which an object differs in kind: those of its values, or, where the
// object has nothing at an outer place, that place.
func parting(wanted, object map[string]any) []pointed {
	var out []pointed
	var walk func(w map[string]any, o map[string]any, pointer, label string)
	walk = func(w, o map[string]any, pointer, label string) {
		for _, name := range slices.Sorted(maps.Keys(w)) {
			p, l := pointer+"/"+escapePointer(name), strings.TrimPrefix(label+"."+name, ".")
			inner, nested := w[name].(map[string]any)
			there, isObject := o[name].(map[string]any)
			if nested && len(inner) > 0 && isObject {
				walk(inner, there, p, l)
				continue
			}
			out = append(out, pointed{p, l, o[name]})
		}
	}
	walk(wanted, object, "", "")
	return out
}

// facts are values of the object at an address.
func facts(address string, values []pointed) []workflow.Fact {
	out := make([]workflow.Fact, len(values))
	for i, v := range values {
		out[i] = workflow.Fact{Key: address + "#" + v.Pointer, Label: v.Label, Value: v.Value}
	}
	return out
}

// holdsHidden reports whether a value has a secret in it that was left out.
func holdsHidden(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(v, catalog.Hidden)
	case []any:
		return slices.ContainsFunc(v, holdsHidden)
	case map[string]any:
		for _, inner := range v {
			if holdsHidden(inner) {
				return true
			}
		}
	}
	return false
}
