package workflow

import "strings"

// MaxName is how many characters the name of an input or the id of a step may have.
const MaxName = 40

// IsName reports whether s may name an input, a step or an output: a letter, then letters, digits and _.
func IsName(s string) bool {
	if s == "" || len(s) > MaxName {
		return false
	}
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return true
}

// NameFrom makes a name out of a label, one that is not taken: "First name" becomes first_name.
func NameFrom(label, otherwise string, taken func(string) bool) string {
	base := strings.ReplaceAll(Slug(label), "-", "_")
	if base == "" {
		base = otherwise
	}
	if base[0] >= '0' && base[0] <= '9' {
		base = otherwise + "_" + base
	}
	base = strings.TrimRight(base[:min(len(base), MaxName-4)], "_")
	name := base
	for n := 2; taken(name); n++ {
		name = base + "_" + text(n)
	}
	return name
}
