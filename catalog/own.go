package catalog

import (
	"slices"
	"strings"

	"caracal/form"
)

// profileShapes are the objects whose properties an org says itself (Okta API: getUserSchema, getGroupSchema,
// getApplicationUserSchema).
var profileShapes = []string{"UserProfile", "GroupProfile", "AppUserProfile"}

// IsProfile reports whether an org says itself which properties an object of this shape has.
func IsProfile(shape string) bool { return slices.Contains(profileShapes, shape) }

// Profiles returns the shapes of the form's profiles, by what the fields of a step begin with that are attributes of
// theirs: profile_.
func (f Form) Profiles() map[string]string {
	out := map[string]string{}
	f.All(func(in Input) {
		if in.In == "" && IsProfile(in.Shape) {
			_, name, _ := strings.Cut(in.Key, ".")
			out[stepName.Replace(name)+"_"] = in.Shape
		}
	})
	return out
}

// OwnType is the kind of value of a property that an org's schema has, or "" when a step has no field for such.
func OwnType(v Value) form.OwnType {
	if v.Type == "array" && v.Items != nil {
		switch v.Items.Type {
		case "":
			return form.OwnTexts
		case "integer":
			return form.OwnIntegers
		case "number":
			return form.OwnNumbers
		}
		return ""
	}
	switch v.Type {
	case "":
		return form.OwnText
	case "integer":
		return form.OwnInteger
	case "number":
		return form.OwnNumber
	case "boolean":
		return form.OwnYesNo
	}
	return ""
}

// OwnValue is a property of an org's own, of which a step says no more than its kind.
func OwnValue(name string, t form.OwnType) Value {
	v := Value{Name: name, Nullable: true}
	item := map[form.OwnType]string{form.OwnIntegers: "integer", form.OwnNumbers: "number"}[t]
	switch {
	case t.List():
		v.Type, v.Items = "array", &Value{Type: item}
	case t != form.OwnText:
		v.Type = string(t)
	}
	return v
}
