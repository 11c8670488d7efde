package org

// Urgency says how soon a call to Okta is needed when calls are short. The lower goes first; zero counts as Pressing.
type Urgency int

// The urgencies.
const (
	Pressing   Urgency = iota + 1 // a person waits: a page, a health check, a run that somebody started by its form
	Unattended                    // a run that a schedule, a webhook, an event or a program started
	Bulk                          // one of many: an item of a for-each, a row of a file
)

// Pressed reports whether a person waits.
func (u Urgency) Pressed() bool { return u <= Pressing }

// IsBulk reports whether it is one of many.
func (u Urgency) IsBulk() bool { return u >= Bulk }
