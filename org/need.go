package org

import "time"

// Need is something that asks an org for scopes: an action of runs or published workflows, a form that lets
// people choose objects, an operation that somebody tried.
type Need struct {
	Action    string // ActionSpec.ID, or "" for what is no step
	Title     string // as a person reads it
	Scopes    []Scope
	Role      string // the smallest standard admin role it takes, in words, if that is known
	Times     int    // how often it was done in the time looked at
	Last      time.Time
	Workflows []string // published ones that do it, by name
}
