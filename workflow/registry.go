package workflow

import "strings"

// Registry lists the action specs that a builder offers, in order. It is read-only once made.
type Registry struct {
	list []ActionSpec
	byID map[string]ActionSpec
}

// NewRegistry makes a registry of specs whose ids are known to be unique.
func NewRegistry(specs []ActionSpec) *Registry {
	r := &Registry{list: specs, byID: make(map[string]ActionSpec, len(specs))}
	for _, s := range specs {
		r.byID[s.ID] = s
	}
	return r
}

// All returns every spec in order.
func (r *Registry) All() []ActionSpec { return r.list }

// Get returns the spec with this id.
func (r *Registry) Get(id string) (ActionSpec, bool) {
	s, ok := r.byID[id]
	return s, ok
}

// Search returns the specs that hold every word of q, in order: those whose title, object or keywords do, or,
// where there is none, those whose help does.
func (r *Registry) Search(q string) []ActionSpec {
	words := strings.Fields(strings.ToLower(q))
	var named, described []ActionSpec
	for _, s := range r.list {
		name := strings.ToLower(strings.Join([]string{s.ID, s.Title, s.Object, s.Keywords}, " "))
		switch {
		case holdsAll(name, words):
			named = append(named, s)
		case holdsAll(name+" "+strings.ToLower(s.Help), words):
			described = append(described, s)
		}
	}
	if len(named) > 0 {
		return named
	}
	return described
}

func holdsAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}
