package catalog

import (
	"slices"
	"strings"

	"caracal/org"
)

// Ability says what one kind of object may have done to it with a set of scopes.
type Ability struct {
	Object  string // "users"
	Manages bool   // may change, not only read
	Words   string // what Okta says the strongest of the scopes allows
	Reads   int    // how many operations read
	Changes int    // how many operations change
	Samples []string
}

// samples is how many operations an ability names.
const samples = 3

// Abilities says what a set of scopes lets one do, by object, in the order in which the scopes name them.
func (c *Catalog) Abilities(scopes []org.Scope) []Ability {
	var out []Ability
	seen := map[string]bool{}
	for _, name := range scopes {
		base := string(name.Read())
		if seen[base] {
			continue
		}
		seen[base] = true
		strongest, ok := c.Scope(string(name))
		if manage := name.Manage(); slices.Contains(scopes, manage) {
			strongest, ok = c.Scope(string(manage))
		}
		if !ok {
			continue
		}
		out = append(out, c.ability(strongest, name))
	}
	return out
}

func (c *Catalog) ability(s Scope, name org.Scope) Ability {
	a := Ability{Object: s.Object, Manages: s.Manages, Words: s.Words}
	operations := s.Operations
	if s.Manages { // a manage scope includes read access
		read, _ := c.Scope(string(name.Read()))
		operations = append(slices.Clone(read.Operations), operations...)
	}
	for _, op := range operations {
		if op.Reads() {
			a.Reads++
		} else {
			a.Changes++
		}
		if op.Reads() != s.Manages && len(a.Samples) < samples && strings.Count(op.Path, "{") < 2 {
			a.Samples = append(a.Samples, op.Summary)
		}
	}
	return a
}
