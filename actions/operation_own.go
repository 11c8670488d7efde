package actions

import (
	"maps"
	"slices"
	"strings"

	"caracal/catalog"
	"caracal/form"
)

// withOwn returns the form of an operation, and its keys by field, with the attributes of the org's own that a call fills
// in. What they hold was said when the workflow was built, so that a run need not ask the org for its schema.
func withOwn(c *catalog.Catalog, f catalog.Form, keys map[string]string, in form.Values) (catalog.Form, map[string]string) {
	free := map[string][]catalog.Value{}
	for _, name := range slices.Sorted(maps.Keys(in)) {
		field, own := strings.CutPrefix(name, form.OwnPrefix)
		if !own {
			continue
		}
		for prefix, shape := range f.Profiles() {
			if attribute, ok := strings.CutPrefix(field, prefix); ok {
				free[shape] = append(free[shape], catalog.OwnValue(attribute, form.OwnType(in[name])))
			}
		}
	}
	if len(free) == 0 {
		return f, keys
	}
	f = c.Form(f.Operation, catalog.Choose{Variant: f.Variant, Free: free})
	keys = map[string]string{}
	operationFields(f, keys)
	return f, keys
}
