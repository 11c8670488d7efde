package workflow

import (
	"slices"
	"strings"
	"unicode"
)

// Registry lists the action specs that a builder offers, in order. It is read-only once made.
type Registry struct {
	list  []ActionSpec // offered without being asked for
	shelf Shelf        // found by search only: too many to list; or nil
	byID  map[string]ActionSpec
	under *Registry // what this one adds to, or nil
}

// Shelf holds specs that are too many to list, such as the operations of a whole API. It may make them when they
// are asked for, and it may be replaced by a newer one while the program runs.
type Shelf interface {
	Get(id string) (ActionSpec, bool)
	// Search returns the specs that fit what was typed, the best first, at most so many.
	Search(q string, most int) []ActionSpec
	All() []ActionSpec
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

// Behind returns a registry that knows the specs of a shelf besides those of r, and offers them only to a search
// that asks for much.
func (r *Registry) Behind(shelf Shelf) *Registry {
	more := NewRegistry(nil)
	more.shelf, more.under = shelf, r
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
	if !ok && r.shelf != nil {
		s, ok = r.shelf.Get(id)
	}
	if !ok && r.under != nil {
		return r.under.Get(id)
	}
	return s, ok
}

// Known returns every spec that Get finds, those that All offers first. It is slow: a shelf makes all of its own.
func (r *Registry) Known() []ActionSpec {
	out := r.All()
	for _, shelf := range r.shelves() {
		out = slices.Concat(out, shelf.All())
	}
	return out
}

func (r *Registry) shelves() []Shelf {
	if r == nil {
		return nil
	}
	out := r.under.shelves()
	if r.shelf != nil {
		out = append(out, r.shelf)
	}
	return out
}

// What a search finds on shelves: nothing until it is this long, and so many.
const (
	shelfLetters = 3
	shelfMost    = 30
)

// Search returns the specs that hold every word of q, in order: those whose title, object or keywords do, or,
// where there is none, those whose help does, or else those that have a word like each of them. From the third letter on it looks on the shelves as well, and what
// they have comes last.
func (r *Registry) Search(q string) []ActionSpec {
	words := strings.Fields(strings.ToLower(q))
	found, described := find(r.All(), words, strings.Contains)
	if len(found) == 0 {
		found = described
	}
	if len(found) == 0 {
		found, _ = find(r.All(), words, r.likened)
	}
	if len(strings.Join(words, "")) < shelfLetters {
		return found
	}
	left := shelfMost
	for _, shelf := range r.shelves() {
		more := shelf.Search(q, left)
		found, left = append(slices.Clip(found), more...), left-len(more)
	}
	return found
}

// likener is a shelf that knows when a word as it was typed means another: usr is user, gruop is group.
type likener interface{ Like(typed, word string) bool }

// likened reports whether a typed word means one of a text's words, as far as a shelf knows.
func (r *Registry) likened(text, typed string) bool {
	for _, shelf := range r.shelves() {
		if l, ok := shelf.(likener); ok {
			return slices.ContainsFunc(strings.FieldsFunc(text, notLetter), func(word string) bool { return l.Like(typed, word) })
		}
	}
	return false
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// find returns the specs that hold every word in what they are called by, and those that do in their help besides.
func find(specs []ActionSpec, words []string, holds func(text, word string) bool) (named, described []ActionSpec) {
	for _, s := range specs {
		name := strings.ToLower(strings.Join([]string{s.ID, s.Title, s.Object, s.Keywords}, " "))
		switch {
		case holdsAll(name, words, holds):
			named = append(named, s)
		case holdsAll(name+" "+strings.ToLower(s.Help), words, holds):
			described = append(described, s)
		}
	}
	return named, described
}

func holdsAll(text string, words []string, holds func(text, word string) bool) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !holds(text, w) })
}
