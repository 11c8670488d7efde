package actions

import (
	"context"
	"slices"
	"strings"

	"caracal/catalog"
	"caracal/workflow"
)

// lookup is how the effect of an operation is looked for after a call that got no answer.
type lookup string

// The lookups, in the order in which they are tried for an operation. What none of them can tell is looked for in the
// System Log (askLog), and then a person is asked.
const (
	lookGone   lookup = "is it gone"                  // of a deletion: the object is read
	lookOut    lookup = "is it out of the list"       // of a deletion of what stands in a list
	lookTurned lookup = "does it stand so"            // of what turns an object: its status, or another property
	lookHeld   lookup = "does it hold what was sent"  // of an update: each value that was sent
	lookThere  lookup = "is it there"                 // of what is put at an address of its own: a membership, an assignment
	lookMade   lookup = "was one made with that name" // of a creation: the list, for what has that login, name or label
	lookLog    lookup = "does the System Log show it" // nothing in the org shows it
	lookNone   lookup = "none, doing it again does no harm"
)

// turnedStates are the states in which an object is after a lifecycle operation, and before, by the last part of its path.
var turnedStates = map[string]struct{ after, before []string }{
	"deactivate": {[]string{"INACTIVE", "DEPROVISIONED"}, []string{"ACTIVE"}},
	"suspend":    {[]string{"SUSPENDED"}, []string{"ACTIVE"}},
	"unsuspend":  {[]string{"ACTIVE"}, []string{"SUSPENDED"}},
	"activate":   {[]string{"ACTIVE"}, []string{"INACTIVE"}},
}

// uniqueKeys are the values that tell one object of a list from the others, in the order in which they are looked for.
var uniqueKeys = []string{"body.profile.login", "body.profile.name", "body.name", "body.label"}

// mostLooked bounds how many entries of a list are looked at for an object that may have been made.
const mostLooked = 1000

// lookupOf says how an operation is looked up.
func lookupOf(cat *catalog.Catalog, op catalog.Operation) lookup {
	if op.Reads() || op.Method == "PUT" {
		return lookNone
	}
	_, last := cutLast(op.Path)
	read, readable := cat.At("GET", op.Path)
	_, one := childOf(cat, op)
	p := pairOf(cat, op)
	switch {
	case op.Method == "DELETE" && readable && isPlace(last):
		return lookGone
	case op.Method == "DELETE" && isPlace(last):
		if _, ok := listAbove(cat, op.Path); ok {
			return lookOut
		}
	case op.Method == "DELETE":
	case p.Way == turns && p.Param == "":
		return lookTurned
	case turnedOf(cat, op) != "":
		return lookTurned
	case putAt(cat, op) != "", op.Method == "POST" && readable && relations[op.Path]:
		return lookThere
	case op.Method == "POST" && readable && (read.Lists() || one && strings.HasPrefix(read.ID, "list")): // some lists are described as objects
		return lookMade
	case readable && read.Answer == "object" && op.Body != nil && !one:
		return lookHeld
	}
	return lookLog
}

// putAt returns the path of what an operation puts into a list under an id that is sent, such as a person into an app; ""
// where it does not.
func putAt(cat *catalog.Catalog, op catalog.Operation) string {
	if op.Method != "POST" || op.Body == nil || strings.HasPrefix(op.ID, "create") {
		return ""
	}
	child, one := childOf(cat, op)
	if !one || !slices.ContainsFunc(cat.Shape(op.Body.Shape).Fields, func(f catalog.Value) bool { return f.Name == "id" }) {
		return ""
	}
	if read, list := reading(cat, child.Path); read.ID == "" && list.ID == "" {
		return ""
	}
	return child.Path
}

// turnedOf returns the last part of the path of an operation that moves an object which can be read into a state of
// turnedStates, or "".
func turnedOf(cat *catalog.Catalog, op catalog.Operation) string {
	object, verb, moves := strings.Cut(op.Path, "/lifecycle/")
	if _, readable := cat.At("GET", object); moves && readable && op.Method == "POST" && op.Answer == "none" && len(turnedStates[verb].after) > 0 {
		return verb
	}
	return ""
}

// findOperation looks for the effect of a call of an operation that got no answer. It never says of a list that may be
// behind that something was not made: then a person looks.
func findOperation(cat *catalog.Catalog, op catalog.Operation, f catalog.Form, keys map[string]string) func(context.Context, *Call) (workflow.Finding, error) {
	u := undoer{cat, op, f, keys, pairOf(cat, op)}
	look := map[lookup]func(context.Context, *Call) (workflow.Finding, error){
		lookGone: u.findGone, lookOut: u.findOut, lookTurned: u.findTurned, lookHeld: u.findHeld, lookThere: u.findThere,
		lookMade: u.findMade,
	}[lookupOf(cat, op)]
	return func(ctx context.Context, c *Call) (workflow.Finding, error) {
		for _, value := range c.In {
			if strings.Contains(value, workflow.Hidden) {
				return ask("The step was given a secret that is not known any more, so it can't be looked for.")
			}
		}
		if look == nil {
			return ask("Nothing that can be read in Okta tells whether it was done.")
		}
		return look(ctx, c)
	}
}

// ask leaves it to a person.
func ask(words string) (workflow.Finding, error) { return unknown(words), nil }

// requestOf builds the request that the step would send.
func (c *Call) requestOf(cat *catalog.Catalog, f catalog.Form, keys map[string]string) catalog.Call {
	f, keys = withOwn(cat, f, keys, c.In)
	values := map[string]string{}
	for name, key := range keys {
		values[key] = c.In[name]
	}
	call, _ := f.Request(func(key string) string { return values[key] })
	return call
}

func (c *Call) read(ctx context.Context, path string) (map[string]any, error) {
	var o map[string]any
	err := c.Get(ctx, path, nil, &o)
	return o, err
}
