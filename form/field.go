// Package form describes fields, decodes and validates submitted values, and carries field errors.
//
// A Form is a value: what was asked, what the person typed and what is wrong with it. The same component
// draws the first GET and the failed POST, so nothing typed is ever lost.
package form

import "strings"

// Kind says what a field holds, and so how it is drawn and checked.
type Kind string

// The kinds of a field.
const (
	Text     Kind = "text"
	LongText Kind = "long_text"
	Email    Kind = "email"
	Number   Kind = "number"
	Choice   Kind = "choice"
	YesNo    Kind = "yes_no"
	Date     Kind = "date" // 2006-01-02
	User     Kind = "user" // an Okta user id, picked with type-ahead
	Group    Kind = "group"
	App      Kind = "app"
	Groups   Kind = "groups" // several group ids, separated by commas
	Users    Kind = "users"
	Hidden   Kind = "hidden" // a secret: never filled again
	// EventTypes is a list of Okta's types of event, separated by commas.
	EventTypes Kind = "event_types"
	// Lines is a list of texts, one on each line; List is one {{ expression }} that comes out as a list.
	Lines Kind = "lines"
	List  Kind = "list"
	// Condition is one {{ expression }} that comes out as yes or no; People holds ids of people who sign in to
	// Caracal, separated by commas. Only steps of a workflow have fields of these kinds.
	Condition Kind = "condition"
	People    Kind = "people"
)

// What begins the kinds that ListOf and ListsOf make.
const (
	listPrefix  = "list:"
	listsPrefix = "lists:"
)

// ListOf is the kind of a field that names an entry of a list which Okta's API has, such as a network zone; the
// catalog of operations knows the lists by id.
func ListOf(list string) Kind { return Kind(listPrefix + list) }

// ListsOf is ListOf for a field that names several entries, separated by commas.
func ListsOf(list string) Kind { return Kind(listsPrefix + list) }

// List returns the id of the list that a field of this kind is chosen from; ok is false when it is of another kind.
func (k Kind) List() (id string, ok bool) {
	if id, ok = strings.CutPrefix(string(k), listsPrefix); ok {
		return id, true
	}
	return strings.CutPrefix(string(k), listPrefix)
}

// Several reports whether a field of this kind holds several ids or names, separated by commas.
func (k Kind) Several() bool {
	return k == Users || k == Groups || k == EventTypes || strings.HasPrefix(string(k), listsPrefix)
}

// Picker reports whether a field of this kind is chosen from a list with type-ahead, nearly always one of the org.
func (k Kind) Picker() bool {
	_, list := k.List()
	return list || k.Object() || k == EventTypes
}

// Object reports whether a field of this kind holds ids of users, groups or apps, which are looked up in the org
// before they are used. What ListOf makes is not: not all of those entries have ids that can be looked up.
func (k Kind) Object() bool {
	switch k {
	case User, Group, App, Groups, Users:
		return true
	}
	return false
}

// Option is one entry of a Choice.
type Option struct{ Value, Label string }

// Field describes one input.
type Field struct {
	Name        string // the form name; letters, digits and _
	Label       string
	Help        string // one sentence under the label
	Kind        Kind
	Required    bool
	Options     []Option // for Choice
	Default     string
	Placeholder string
	Max         int // most characters; 0 means DefaultMax
	// Blanks are what the field may send when it is empty, besides nothing. The choice is a field of its own: see
	// WhenEmpty.
	Blanks []Option
	// Of are the fields that say whose entries the list of a ListOf kind has: the rules of which policy.
	Of []Parent
}

// WhenEmptyPrefix begins the name of the field that says what another one sends when it is empty.
const WhenEmptyPrefix = "when_empty:"

// WhenEmpty is the field that says which of the Blanks is sent when f is empty; empty itself, it is left out.
func (f Field) WhenEmpty() Field {
	return Field{Name: WhenEmptyPrefix + f.Name, Label: f.Label + ", when empty", Kind: Choice, Options: f.Blanks}
}

// Parent is a field that has to be filled before another one's list is known.
type Parent struct {
	Place string // of the list's path
	Field string // the name of the field that fills it
}

// DefaultMax is how many characters a field holds when it does not say otherwise; MaxLong is the same for
// LongText, and MaxList for Lines, Users and Groups, which hold thousands of entries.
const (
	DefaultMax = 500
	MaxLong    = 10_000
	MaxList    = 200_000
)

// Limit returns how many characters the field may hold.
func (f Field) Limit() int {
	switch {
	case f.Max > 0:
		return f.Max
	case f.Kind == LongText:
		return MaxLong
	case f.Kind == Lines || f.Kind.Several():
		return MaxList
	}
	return DefaultMax
}
