package actions

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"caracal/catalog"
	"caracal/workflow"
)

// path is the address of the step's request.
func (u undoer) path(c *Call) string { return c.requestOf(u.c, u.form, u.keys).Path }

// gives is what the operation's step gives when its object was read anew.
func (u undoer) gives(object map[string]any) workflow.Output {
	if u.op.Answer == "none" || object == nil {
		return workflow.Output{}
	}
	return dropEmpty(workflow.Output{"id": object["id"], "answer": object})
}

// findGone reads what a deletion names.
func (u undoer) findGone(ctx context.Context, c *Call) (workflow.Finding, error) {
	c.seek("Whether what was to be deleted is gone.")
	_, err := c.read(ctx, u.path(c))
	switch {
	case gone(err):
		return done("It was looked up, and is not there any more.", workflow.Output{}), nil
	case err != nil:
		return workflow.Finding{}, err
	case u.op.Path == "/api/v1/users/{id}" || u.op.Path == "/api/v1/users/{userId}": // the first only deactivates
		return ask("The person was looked up, and is still there.")
	}
	return notDone("It was looked up, and is still there."), nil
}

// findOut looks for what a deletion names in the list in which it stood.
func (u undoer) findOut(ctx context.Context, c *Call) (workflow.Finding, error) {
	c.seek("Whether the list still has what was to be taken out of it.")
	list, _ := listAbove(u.c, u.op.Path)
	entries, there, mentioned := 0, false, false
	address := u.path(c)
	_, last := cutLast(address)
	err := c.Each(ctx, listAddress(list, address), nil, maxEntries, func(raw json.RawMessage) error {
		entries++
		_, named, err := namedIn(raw, address)
		there, mentioned = there || named, mentioned || bytes.Contains(raw, []byte(last))
		return err
	})
	switch {
	case gone(err):
		return done("What it stood in was looked up, and is not there any more.", workflow.Output{}), nil
	case err != nil:
		return workflow.Finding{}, err
	case there:
		return notDone("It was looked for in the list, and still stands there."), nil
	case mentioned: // its id stands in an entry that is called otherwise
		return ask("It was looked for in the list, which still has something that mentions it.")
	case entries >= maxEntries:
		return ask(fmt.Sprintf("The list has more than the %d entries that are read, and it is not among these.", maxEntries))
	}
	return done("It was looked for in the list, and does not stand there any more.", workflow.Output{}), nil
}

// findTurned reads the state of what was turned one way or the other.
func (u undoer) findTurned(ctx context.Context, c *Call) (workflow.Finding, error) {
	p := u.pair
	address, property := u.base(c.In), p.Property
	after, before := []any{p.Becomes}, []any{p.Was}
	if p.Way != turns {
		verb := turnedOf(u.c, u.op)
		address, _, _ = strings.Cut(u.path(c), "/lifecycle/")
		read, _, _ := strings.Cut(u.op.Path, "/lifecycle/")
		p.Read, _ = u.c.At("GET", read)
		property, after, before = "/status", texts(turnedStates[verb].after), texts(turnedStates[verb].before)
	}
	c.seek("Whether it is %s now.", listed(after))
	o, err := c.readObject(ctx, p, address)
	if err != nil {
		return workflow.Finding{}, err
	}
	if o == nil {
		return ask("The object was looked up, and is not there.")
	}
	now := at(o, property)
	is := func(v any) bool { return workflow.SameValue(now, v) }
	switch {
	case slices.ContainsFunc(after, is):
		f := done(fmt.Sprintf("It was looked up, and is %s.", workflow.FactText(now)), workflow.Output{})
		f.Blind = u.op.Answer != "none"
		return f, nil
	case slices.ContainsFunc(before, is) && o["transitioningToStatus"] == nil:
		return notDone(fmt.Sprintf("It was looked up, and is %s, as it is before.", workflow.FactText(now))), nil
	}
	return ask(fmt.Sprintf("It was looked up, and is %s.", workflow.FactText(now)))
}

func texts(list []string) (out []any) {
	for _, s := range list {
		out = append(out, s)
	}
	return out
}

func listed(values []any) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = workflow.FactText(v)
	}
	return strings.Join(words, " or ")
}

// findHeld compares each value that an update sent with what the object holds. It was not done where all that differs is
// as the step found it before.
func (u undoer) findHeld(ctx context.Context, c *Call) (workflow.Finding, error) {
	c.seek("Whether the object holds what was sent.")
	address := u.path(c)
	read, _ := u.c.At("GET", u.op.Path)
	o, err := c.readObject(ctx, pair{Read: read}, address)
	if err != nil {
		return workflow.Finding{}, err
	}
	if o == nil {
		return ask("The object was looked up, and is not there.")
	}
	same, kept, unseen, all := u.compare(c, address, o)
	switch {
	case all == 0:
		return ask("Nothing that was sent can be compared with what is there.")
	case unseen > 0:
		return ask("A part of what was sent, such as a password, can't be read in Okta.")
	case same == all:
		return done("The object was looked up, and holds what was sent.", u.gives(masked(o))), nil
	case kept == all-same && u.arrived(c, address, o) == 0:
		return notDone("The object was looked up, and is as it was before this step."), nil
	case same == 0:
		return ask("The object was looked up, and holds nothing of what was sent; what it held before is not known, or it was changed since.")
	}
	return ask(fmt.Sprintf("The object was looked up, and holds %d of the %d values that were sent.", same, all))
}

// compare counts the values that were sent: the same ones there now, those that are as before the step, and those that
// can't be seen.
func (u undoer) compare(c *Call, address string, object map[string]any) (same, kept, unseen, all int) {
	now := u.c.Sendable(u.op, masked(object))
	for _, v := range leaves(masked(u.sent(c.In))) {
		all++
		there := at(now, v.Pointer)
		if holdsHidden(v.Value) || holdsHidden(there) {
			unseen++
			continue
		}
		c.compared(v.Label, v.Value, there)
		was, known := workflow.ValueOf(c.before, address+"#"+v.Pointer)
		switch {
		case workflow.SameValue(v.Value, there):
			same++
		case known && workflow.SameValue(was, there):
			kept++
		}
	}
	if len(masked(u.sent(c.In))) < len(u.sent(c.In)) { // a secret at the top
		unseen++
	}
	return same, kept, unseen, all
}

// arrived counts the values that were sent, are there now, and were not before.
func (u undoer) arrived(c *Call, address string, object map[string]any) (n int) {
	now := u.c.Sendable(u.op, masked(object))
	for _, v := range leaves(masked(u.sent(c.In))) {
		was, known := workflow.ValueOf(c.before, address+"#"+v.Pointer)
		if workflow.SameValue(v.Value, at(now, v.Pointer)) && !(known && workflow.SameValue(was, v.Value)) {
			n++
		}
	}
	return n
}

// findThere looks for what was put at an address of its own: a membership, an assignment.
func (u undoer) findThere(ctx context.Context, c *Call) (workflow.Finding, error) {
	c.seek("Whether it stands where it was to be put.")
	p, address := pair{}, u.path(c)
	if at := putAt(u.c, u.op); at != "" {
		id, _ := u.sent(c.In)["id"].(string)
		if id == "" {
			return ask("No id was sent that could be looked for.")
		}
		p.Read, p.List = reading(u.c, at)
		address += "/" + url.PathEscape(id)
	} else {
		p.Read, _ = u.c.At("GET", u.op.Path)
	}
	o, err := c.readObject(ctx, p, address)
	switch {
	case err != nil:
		return workflow.Finding{}, err
	case o == nil && p.Read.ID != "":
		return notDone("It was looked up, and is not there."), nil
	case o == nil:
		return ask("It was looked for, and Okta's list does not show it.")
	}
	same, _, unseen, all := u.compare(c, address, o)
	if same < all || unseen > 0 {
		return ask(fmt.Sprintf("It was looked up, and is there, with %d of the %d values that were sent.", same, all))
	}
	return done("It was looked up, and is there.", u.gives(masked(o))), nil
}

// listAddress is the address of the list in which what an address names stands.
func listAddress(list catalog.Operation, address string) string {
	return strings.Join(strings.Split(address, "/")[:strings.Count(list.Path, "/")+1], "/")
}
