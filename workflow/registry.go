package workflow

import (
	"slices"
	"strings"
)

// Registry lists the action specs that a builder offers, in order. It is read-only once made.
type Registry struct {
	list   []ActionSpec // offered without being asked for
	behind []ActionSpec // found by search only: too many to list
	byID   map[string]ActionSpec
	under  *Registry // what this one adds to, or nil
}

// NewRegistry makes a registry of specs whose ids are known to be unique.
func NewRegistry(specs []ActionSpec) *Registry {
	r := &Registry{list: specs, byID: make(map[string]ActionSpec, len(specs))}
	for _, s := range specs {
		r.byID[s.ID] = s
	}
	return r
}

// With returns a registry that offers more specs after those of r, such as the workflows that may be called.
func (r *Registry) With(specs ...ActionSpec) *Registry {
	more := NewRegistry(specs)
	more.under = r
	return more
}

// Behind returns a registry that knows more specs than r and offers them only to a search that asks for much:
// the operations of the whole API.
func (r *Registry) Behind(specs ...ActionSpec) *Registry {
	more := NewRegistry(specs)
	more.list, more.behind, more.under = nil, specs, r
	return more
}

// All returns every spec that is offered, in order.
func (r *Registry) All() []ActionSpec {
	if r.under == nil {
		return r.list
	}
	return slices.Concat(r.under.All(), r.list)
}

// Get returns the spec with this id, offered or not.
func (r *Registry) Get(id string) (ActionSpec, bool) {
	s, ok := r.byID[id]
	if !ok && r.under != nil {
		return r.under.Get(id)
	}
	return s, ok
}

// Known returns every spec that Get finds, those that All offers first.
func (r *Registry) Known() []ActionSpec { return slices.Concat(r.All(), r.hidden()) }

func (r *Registry) hidden() []ActionSpec {
	if r.under == nil {
		return r.behind
	}
	return slices.Concat(r.under.hidden(), r.behind)
}

// What a search finds among the specs that are not offered: nothing until it is this long, and so many.
const (
	behindLetters = 3
	behindMost    = 30
)

// Search returns the specs that hold every word of q, in order: those whose title, object or keywords do, or,
// where there is none, those whose help does. From the third letter on it looks behind the list as well.
func (r *Registry) Search(q string) []ActionSpec {
	words := strings.Fields(strings.ToLower(q))
	named, described := find(r.All(), words)
	if len(named) == 0 {
		named = described
	}
	if len(strings.Join(words, "")) < behindLetters {
		return named
	}
	more, described := find(r.hidden(), words)
	if len(more) == 0 && len(named) == 0 {
		more = described
	}
	return append(named, more[:min(len(more), behindMost)]...)
}

func find(specs []ActionSpec, words []string) (named, described []ActionSpec) {
	for _, s := range specs {
		name := strings.ToLower(strings.Join([]string{s.ID, s.Title, s.Object, s.Keywords}, " "))
		switch {
		case holdsAll(name, words):
			named = append(named, s)
		case holdsAll(name+" "+strings.ToLower(s.Help), words):
			described = append(described, s)
		}
	}
	return named, described
}

func holdsAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}
