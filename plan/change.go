package plan

import (
	"fmt"
	"strings"
)

// Kind says what a change is about: how a plan groups them.
type Kind string

// The kinds of change, in the order of a plan.
const (
	Person     Kind = "person"
	Session    Kind = "session"
	Factor     Kind = "factor"
	Role       Kind = "role"
	Group      Kind = "group"
	Membership Kind = "membership"
	Rule       Kind = "rule"
	App        Kind = "app"
	Assignment Kind = "assignment"
)

// Kinds lists them in order.
var Kinds = []Kind{Person, Session, Factor, Role, Group, Membership, Rule, App, Assignment}

// Verb says what becomes of it.
type Verb string

// The verbs.
const (
	Created Verb = "created"
	Changed Verb = "changed"
	Deleted Verb = "deleted"
	Added   Verb = "added"
	Removed Verb = "removed"
	Ended   Verb = "ended"
)

// Verbs lists them in the order of a plan.
var Verbs = []Verb{Created, Added, Changed, Removed, Ended, Deleted}

// Change is one thing that is different afterwards. Names are those that people know: logins, and names of groups
// and apps. Ids are empty for what is only made in the rehearsal.
type Change struct {
	Kind      Kind    `json:"kind"`
	Verb      Verb    `json:"verb"`
	Subject   string  `json:"subject"` // the person, group, rule or app
	SubjectID string  `json:"subject_id,omitempty"`
	Object    string  `json:"object,omitempty"` // what the subject is put into or gets: a group, an app, a role
	ObjectID  string  `json:"object_id,omitempty"`
	Fields    []Field `json:"fields,omitempty"`  // of a changed one, by name
	Follows   bool    `json:"follows,omitempty"` // no call asked for it: a rule, a deactivation or a deletion brings it about
	By        []int   `json:"by,omitempty"`      // the steps that made it, as places in Plan.Steps; no part of what it is
}

// Field is one value that changes. Before is "" for one that was not there, After for one that goes.
type Field struct {
	Name   string `json:"name"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Words says the change as a sentence without its end: “ada@example.com joins Sales”.
func (c Change) Words() string {
	switch {
	case c.Kind == Membership && c.Verb == Added:
		return c.Subject + " joins " + c.Object
	case c.Kind == Membership:
		return c.Subject + " leaves " + c.Object
	case c.Kind == Assignment && c.Verb == Added:
		return c.Subject + " gets " + c.Object
	case c.Kind == Assignment && c.Verb == Removed:
		return c.Subject + " loses " + c.Object
	case c.Kind == Role && c.Verb == Added:
		return c.Subject + " becomes " + c.Object
	case c.Kind == Role:
		return c.Subject + " is no longer " + c.Object
	case c.Kind == Factor:
		return c.Subject + " loses the factor " + c.Object
	case c.Kind == Session:
		return "all sessions of " + c.Subject + " end"
	case c.Verb == Changed:
		var parts []string
		for _, f := range c.Fields {
			parts = append(parts, fmt.Sprintf("%s: %s → %s", f.Name, orNothing(f.Before), orNothing(f.After)))
		}
		return c.Subject + " changes: " + strings.Join(parts, ", ")
	}
	return c.Subject + " is " + string(c.Verb)
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}
