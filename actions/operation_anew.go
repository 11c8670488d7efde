package actions

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"caracal/catalog"
	"caracal/fault"
	"caracal/workflow"
)

// anewPrefix begins the actions that make something anew which was deleted: anew.create_network_zone.
const anewPrefix = workflow.AnewPrefix

// Fields that these actions have besides the places of the path and the values.
const (
	fieldWas    = workflow.OutputWas // the last part of the address that it had
	fieldStatus = "status"           // ACTIVE or INACTIVE; "" where it has none
)

// Keys of facts that stand beside an object's own: why it can't be made anew, and where another of its name is.
const (
	unkept  = "#unkept"
	another = "?another"
)

// mostWithin bounds how much of what lies in an object a step keeps.
const mostWithin = 100

// lasting are members that are never sent when something is made anew, besides those that Okta's description calls its own.
var lasting = []string{"id", "system"}

// turnsOf returns the operations that turn an object of a path on and off.
func turnsOf(c *catalog.Catalog, base string) (on, off catalog.Operation, ok bool) {
	on, is := c.At(http.MethodPost, base+"/lifecycle/activate")
	off, ok = c.At(http.MethodPost, base+"/lifecycle/deactivate")
	return on, off, is && ok
}

// show adds to an object what it tells in another form.
func (u undoer) show(object map[string]any) {
	if u.pair.Anew.shown != nil {
		u.pair.Anew.shown(object)
	}
}

// makes is what of an object the operation takes that makes it anew.
func (u undoer) makes(object map[string]any) map[string]any {
	out := u.c.Sendable(u.pair.Back, object)
	for _, name := range lasting {
		delete(out, name)
	}
	if _, _, turned := turnsOf(u.c, u.pair.Base); turned {
		delete(out, "status")
	}
	return out
}

// keeps are the facts of an object that is about to be deleted, or why it can't be made anew: nothing else of it is kept then.
func (u undoer) keeps(address string, object map[string]any) []workflow.Fact {
	why := ""
	if u.pair.Anew.secret != nil {
		why = u.pair.Anew.secret(object)
	}
	u.show(object)
	sent := u.makes(object)
	if raw, err := json.Marshal(sent); why == "" && (err != nil || strings.Contains(string(catalog.Mask(raw)), catalog.Hidden)) {
		why = "It held a secret, which Okta does not give out; make it anew in Okta, with a new one."
	}
	out := []workflow.Fact{thereFact(address, true)}
	if why != "" {
		return append(out, workflow.Fact{Key: address + unkept, Value: why})
	}
	out = append(out, facts(address, leaves(sent))...)
	if _, _, turned := turnsOf(u.c, u.pair.Base); turned && textOf(object["status"]) != "" {
		out = append(out, statusFact(address, textOf(object["status"])))
	}
	return out
}

// lookDeleted reads what is about to be deleted, with what lies in it.
func (u undoer) lookDeleted(ctx context.Context, c *Call) ([]workflow.Fact, error) {
	address := u.base(c.In)
	if u.pair.Anew.all {
		return u.lookWithin(ctx, c, address, u)
	}
	object, err := c.readObject(ctx, u.pair, address)
	if err != nil || object == nil {
		return []workflow.Fact{thereFact(address, false)}, err
	}
	if u.pair.Anew.gather != nil {
		if err := u.pair.Anew.gather(ctx, c, address, object); err != nil {
			return nil, err
		}
	}
	out := u.keeps(address, object)
	if u.pair.Anew.within != "" {
		inner, err := u.lookWithin(ctx, c, address+u.pair.Anew.within, u.inner())
		if err != nil {
			return nil, err
		}
		out = append(out, inner...)
	}
	return out, nil
}

// lookWithin reads the entries of a list that are no objects of Okta's own.
func (u undoer) lookWithin(ctx context.Context, c *Call, list string, inner undoer) (out []workflow.Fact, err error) {
	n := 0
	err = c.Each(ctx, list, nil, mostWithin+1, func(raw json.RawMessage) error {
		var object map[string]any
		if err := json.Unmarshal(raw, &object); err != nil {
			return fault.New(fault.Upstream, "An entry of Okta's list could not be read.").Because(err)
		}
		if n++; n > mostWithin {
			return fault.New(fault.Invalid, "More than %d things go with it, and a step keeps no more.", mostWithin)
		}
		if object["system"] != true {
			out = append(out, inner.keeps(list+"/"+url.PathEscape(textOf(object["id"])), object)...)
		}
		return nil
	})
	return out, err
}

// inner takes back the deletion of what lies in the object.
func (u undoer) inner() undoer {
	list, _ := u.c.At(http.MethodPost, u.pair.Base+u.pair.Anew.within)
	op, _ := childOf(u.c, list)
	return undoer{c: u.c, op: op, form: u.c.Form(op, catalog.Choose{}), pair: pairOf(u.c, op)}
}
