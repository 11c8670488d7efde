package workflow

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"caracal/form"
)

// Orgs add attributes of their own to the profiles of users, groups and of the people in an app. A step has a field for
// such an attribute as soon as it is filled in: its name begins with the OwnPrefix of its action's Own, and beside it
// the step keeps, under form.OwnPrefix, what kind of value it holds.

// attributePattern is how attributes are named that a step has fields for; Okta allows letters, digits and _ in its
// Profile Editor. All others are written as JSON.
var attributePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}$`)

// OwnAttribute returns what the org calls the attribute that a field of this name would hold, and what its profile is;
// ok is false when it is a field that the action has for all orgs, or none at all.
func (s ActionSpec) OwnAttribute(field string) (attribute, profile string, ok bool) {
	for _, prefix := range slices.Sorted(maps.Keys(s.Own)) {
		attribute, ok = strings.CutPrefix(field, prefix)
		if ok && attributePattern.MatchString(attribute) && !slices.ContainsFunc(s.Fields, func(f form.Field) bool { return f.Name == field }) {
			return attribute, s.Own[prefix], true
		}
	}
	return "", "", false
}

// With returns the spec with a field for each attribute of the org's own that is filled in, as the fields of a step, or
// what was sent for them, say.
func (s ActionSpec) With(fields map[string]string) ActionSpec {
	if len(s.Own) == 0 {
		return s
	}
	var own []form.Field
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		of, is := strings.CutPrefix(name, form.OwnPrefix)
		if !is {
			continue
		}
		t := form.OwnType(fields[name])
		if attribute, _, ok := s.OwnAttribute(of); ok && t.Known() {
			own = append(own, t.Field(of, attribute))
		}
	}
	if len(own) > 0 {
		s.Fields = slices.Concat(s.Fields, own)
	}
	return s
}

// SpecOf returns the spec of a step's action, with the fields that this step has besides.
func (r *Registry) SpecOf(s Step) (ActionSpec, bool) {
	spec, ok := r.Get(s.Action)
	return spec.With(s.Fields), ok
}

// FillOwn says what kind of value the field of an attribute of the org's own holds, which is kept as long as the field
// holds or sends something. A field that the action has for all orgs is left alone.
func (s *Step) FillOwn(spec ActionSpec, field string, t form.OwnType) {
	if _, _, ok := spec.OwnAttribute(field); !ok || !t.Known() {
		return
	}
	if s.Fields == nil {
		s.Fields = map[string]string{}
	}
	if s.Fields[field] == "" && s.Fields[form.WhenEmptyPrefix+field] == "" {
		delete(s.Fields, field)
		delete(s.Fields, form.OwnPrefix+field)
		return
	}
	s.Fields[form.OwnPrefix+field] = string(t)
}

// ownProblem says what is wrong with what a step says of the kind of a field, or "". That a newer description of Okta's API
// has the field for all orgs is nothing wrong: it is filled in as before.
func ownProblem(spec ActionSpec, field, kind string) string {
	if _, known := spec.Field(field); known {
		return ""
	}
	if _, _, ok := spec.OwnAttribute(field); !ok {
		return fmt.Sprintf("%s is no attribute of the org's own; take it out of %s.", field, ownFieldsKey)
	}
	if !form.OwnType(kind).Known() {
		return fmt.Sprintf("What %s holds must be one of %s.", field, ownTypeNames())
	}
	return ""
}

func ownTypeNames() string {
	names := make([]string, len(form.OwnTypes))
	for i, t := range form.OwnTypes {
		names[i] = string(t)
	}
	return strings.Join(names, ", ")
}
