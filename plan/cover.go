package plan

import "slices"

// Cover reports whether all of some changes were planned: each is one of the planned ones, or a part of one, by names
// and by what is there afterwards. valuesKnown is false where what is written could not be known beforehand. It is for a
// step of which an earlier attempt may have done the rest.
func Cover(planned, changes []Change, valuesKnown bool) bool {
	return !slices.ContainsFunc(changes, func(c Change) bool {
		return !slices.ContainsFunc(planned, func(p Change) bool { return p.covers(c, valuesKnown) })
	})
}

func (c Change) covers(o Change, valuesKnown bool) bool {
	if c.Kind != o.Kind || c.Verb != o.Verb || c.Subject != o.Subject || c.Object != o.Object {
		return false
	}
	return !slices.ContainsFunc(o.Fields, func(f Field) bool {
		return !slices.ContainsFunc(c.Fields, func(p Field) bool { return p.Name == f.Name && (p.After == f.After || !valuesKnown) })
	})
}
