package actions

import (
	"slices"
	"strings"

	"caracal/catalog"
	"caracal/form"
)

// pickerField makes a field one that is chosen from a list of the org, when the value is the id of an object that
// Okta lists. Ids of users, groups and apps are looked up before they are used; where Okta takes something else in
// their place as well, as a login, the field stays text.
func pickerField(field form.Field, in catalog.Input) form.Field {
	if in.List == nil || in.Name == "userIdOrLogin" {
		return field
	}
	field.Kind = in.PickKind()
	for _, place := range in.List.Places {
		field.Of = append(field.Of, form.Parent{Place: place, Field: "path." + place})
	}
	return field
}

// nameParents puts the names of the fields in the place of the keys of the inputs. keys are the inputs' keys by
// field.
func nameParents(fields []form.Field, keys map[string]string) {
	for i := range fields {
		for j, p := range fields[i].Of {
			at := slices.IndexFunc(fields, func(f form.Field) bool { return keys[f.Name] == p.Field })
			if at >= 0 {
				fields[i].Of[j].Field = fields[at].Name
			} else {
				fields[i].Of[j].Field = strings.TrimPrefix(p.Field, "path.")
			}
		}
	}
}
