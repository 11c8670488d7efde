package workflow

import (
	"maps"
	"slices"

	"caracal/fault"
)

// ResolveStep fills a step's fields: every {{ expression }} is replaced by its value. A field that is nothing but one expression takes its value as text: a
// list with commas, yes and no as true and false.
//
// The error is a fault.Invalid that names the field; nothing was sent to Okta when it is returned.
func ResolveStep(step Step, s Scope) (map[string]string, error) {
	resolved := make(map[string]string, len(step.Fields))
	for _, name := range slices.Sorted(maps.Keys(step.Fields)) {
		t, err := ParseTemplate(step.Fields[name])
		if err != nil {
			return nil, fault.In(name, "The field %q of step %q can't be read: %s.", name, step.Title, err).Because(err)
		}
		if resolved[name], err = t.render(s); err != nil {
			return nil, fault.In(name, "The field %q of step %q could not be filled: %s.", name, step.Title, err).Because(err)
		}
	}
	return resolved, nil
}
