package actions

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"caracal/catalog"
	"caracal/fault"
	"caracal/form"
	"caracal/okta"
	"caracal/workflow"
)

// undoer takes one operation back. places says which field of its step fills which place of its path.
type undoer struct {
	c    *catalog.Catalog
	op   catalog.Operation
	form catalog.Form
	keys map[string]string // of the form, by field
	pair pair
}

// inverseOf says how a step that calls an operation is taken back.
func inverseOf(c *catalog.Catalog, op catalog.Operation, f catalog.Form, keys map[string]string) Inverse {
	if op.Reads() {
		return Inverse{}
	}
	u := undoer{c, op, f, keys, pairOf(c, op)}
	switch u.pair.Way {
	case "":
		return Inverse{None: u.pair.Why}
	case ownWay:
		return ownInverses[op.ID](u)
	case asAction:
		return u.curated()
	case removes:
		return Inverse{Told: true, Back: u.removeBack}
	case remakes:
		return Inverse{Look: u.lookDeleted, Back: u.deletedBack}
	case turns:
		return Inverse{Look: u.lookTurned, Back: u.turnBack}
	case unlinks, links:
		return Inverse{Look: u.lookLinked, Back: u.linkBack}
	}
	return Inverse{Look: u.lookObject, Back: u.objectBack}
}

// curated takes an operation back as the action that does the same.
func (u undoer) curated() Inverse {
	var like Action
	for _, a := range All() {
		if a.ID == u.pair.Action {
			like = a
		}
	}
	if like.Undo.Back == nil {
		return Inverse{None: like.Undo.None}
	}
	in := func(given form.Values) form.Values {
		out := form.Values{}
		for _, f := range like.Fields {
			out[f.Name] = f.Default
			if from := u.pair.Fields[f.Name]; from != "" && given[from] != "" {
				out[f.Name] = given[from]
			}
		}
		return out
	}
	out := like.Undo
	out.Look = func(ctx context.Context, c *Call) ([]workflow.Fact, error) {
		as := *c
		as.In, as.seen = in(c.In), &seen{}
		return like.Undo.Look(ctx, &as)
	}
	out.Back = func(d Done) workflow.Way {
		d.In = in(d.In)
		return like.Undo.Back(d)
	}
	return out
}

// places are the values of the operation's path, by place.
func (u undoer) places(in form.Values) map[string]string {
	out := map[string]string{}
	for field, key := range u.keys {
		if place, ok := strings.CutPrefix(key, "path."); ok {
			out[place] = in[field]
		}
	}
	if field, ok := strings.CutPrefix(u.pair.ID, "="); ok { // a field of the body names what the last place does
		_, last := cutLast(u.pair.Base)
		out[strings.Trim(last, "{}")] = in[field]
	}
	return out
}

// fillPath puts values into the places of a path.
func fillPath(path string, places map[string]string) string {
	for name, value := range places {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	return path
}

// base is the address of the object that the operation is about.
func (u undoer) base(in form.Values) string {
	if u.pair.Anew.all { // about all that lies in a list
		return fillPath(u.op.Path, u.places(in))
	}
	return fillPath(u.pair.Base, u.places(in))
}

// sent is the object that a call sends as its body.
func (u undoer) sent(in form.Values) map[string]any {
	f, keys := withOwn(u.c, u.form, u.keys, in)
	values := map[string]string{}
	for field, key := range keys {
		values[key] = in[field]
	}
	call, _ := f.Request(func(key string) string { return values[key] })
	var body map[string]any
	if json.Unmarshal(call.Body, &body) != nil {
		return nil
	}
	return body
}

// readObject reads the object at an address, alone or from the list it stands in. nil: it is not there.
func (c *Call) readObject(ctx context.Context, p pair, address string) (map[string]any, error) {
	if p.Read.ID != "" {
		resp, err := c.Client.Do(ctx, okta.Request{Method: http.MethodGet, Path: address})
		if gone(err) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		var v any
		if err := okta.Decode(resp, &v); err != nil {
			return nil, err
		}
		if list, ok := v.([]any); ok && len(list) == 1 { // some settings come as a list of one
			v = list[0]
		}
		object, ok := v.(map[string]any)
		if !ok {
			return nil, fault.New(fault.Upstream, "Okta's answer is no object.")
		}
		return object, nil
	}
	var found map[string]any
	err := c.Each(ctx, listAddress(p.List, address), nil, maxEntries, func(raw json.RawMessage) error {
		entry, named, err := namedIn(raw, address)
		if named && found == nil {
			found = entry
		}
		return err
	})
	if gone(err) {
		return nil, nil
	}
	return found, err
}

// namedIn reads an entry of a list, and reports whether it is what the last place of an address names.
func namedIn(raw json.RawMessage, address string) (entry map[string]any, named bool, err error) {
	_, last := cutLast(address)
	id, err := url.PathUnescape(last)
	if err != nil {
		return nil, false, fault.New(fault.Invalid, "The address %s can't be read.", address).Because(err)
	}
	if err := json.Unmarshal(raw, &entry); err != nil {
		return nil, false, fault.New(fault.Upstream, "An entry of Okta's list could not be read.").Because(err)
	}
	return entry, entry["id"] == id || entry["id"] == nil && (entry["name"] == id || entry["label"] == id), nil
}

// sendable is what of an object the operation that puts it back takes, without secrets.
func (u undoer) sendable(object map[string]any) map[string]any {
	back := u.pair.Back
	if back.Body == nil {
		back = u.op
	}
	out := u.c.Sendable(back, masked(object))
	if u.pair.Only != "" {
		only := map[string]any{}
		if v := at(out, u.pair.Only); v != nil {
			put(only, u.pair.Only, v, false)
		}
		return only
	}
	return out
}

func thereFact(address string, there bool) workflow.Fact {
	return workflow.Fact{Key: address, Label: workflow.LabelThere, Value: trueOrNil(there)}
}

// lookObject reads what a replacement or a change of an object, or its deletion, is about to replace.
func (u undoer) lookObject(ctx context.Context, c *Call) ([]workflow.Fact, error) {
	address := u.base(c.In)
	object, err := c.readObject(ctx, u.pair, address)
	if err != nil {
		return nil, err
	}
	now, wanted := u.sendable(object), u.sendable(u.sent(c.In))
	values := parting(wanted, now)
	if !u.pair.Partial || u.op.Method == http.MethodPut || u.op.Method == http.MethodDelete { // else what is not sent stays
		values = union(leaves(now), values)
	}
	return append([]workflow.Fact{thereFact(address, object != nil)}, facts(address, values)...), nil
}

// union are the values of both, those of a first.
func union(a, b []pointed) []pointed {
	have := map[string]bool{}
	for _, v := range a {
		have[v.Pointer] = true
	}
	for _, v := range b {
		if !have[v.Pointer] {
			a = append(a, v)
		}
	}
	return a
}

func (u undoer) objectBack(d Done) workflow.Way {
	address, places := u.base(d.In), u.places(d.In)
	was, _ := workflow.ValueOf(d.Before, address)
	deletes := u.op.Method == http.MethodDelete
	switch {
	case was == nil && deletes:
		return workflow.Way{Nothing: soBefore}
	case was == nil && u.pair.Absent.ID != "":
		return d.removal(address, []workflow.Fact{thereFact(address, true)}, undoID(removePrefix, u.pair.Absent), places)
	case was == nil:
		return noWay("It was not there before, and Okta's API has no operation that takes it away again.")
	}
	after, known := d.Out["answer"].(map[string]any)
	if !known {
		after = u.sent(d.In)
	}
	if deletes {
		after = nil
	}
	after = u.sendable(after)
	left := []workflow.Fact{thereFact(address, !deletes)}
	for _, f := range d.Before {
		if pointer, ok := strings.CutPrefix(f.Key, address+"#"); ok {
			left = append(left, workflow.Fact{Key: f.Key, Label: f.Label, Value: at(after, pointer)})
		}
	}
	w := d.restored(left, undoID(restorePrefix, u.pair.Back), placesOf(u.pair.Back, places))
	if strings.HasPrefix(address, "/api/v1/meta/schemas/") && len(w.Steps) > 0 {
		w.Lost = append(w.Lost, "What profiles hold in a property goes with the property when it is taken away.")
	}
	return w
}

// placesOf are the values of an operation's places among others.
func placesOf(op catalog.Operation, places map[string]string) map[string]string {
	out := map[string]string{}
	for name, value := range places {
		if strings.Contains(op.Path, "{"+name+"}") {
			out[name] = value
		}
	}
	return out
}

// removeBack takes away what a creation made.
func (u undoer) removeBack(d Done) workflow.Way {
	answer, _ := d.Out["answer"].(map[string]any)
	if list, ok := d.Out["answer"].([]any); ok && len(list) == 1 { // createIdentitySourceSession answers with a list of one
		answer, _ = list[0].(map[string]any)
	}
	id := ""
	switch pointer := u.pair.ID; {
	case strings.HasPrefix(pointer, "="):
		id = d.In[pointer[1:]]
	case pointer != "":
		id = textOf(at(answer, pointer))
	default:
		if id = textOf(d.Out["id"]); id == "" {
			id = textOf(answer["id"])
		}
	}
	if id == "" {
		return d.removal("", nil, "", nil)
	}
	_, last := cutLast(u.pair.Base)
	places := u.places(d.In)
	places[strings.Trim(last, "{}")] = id
	address := fillPath(u.pair.Base, places)
	left := append([]workflow.Fact{thereFact(address, true)}, facts(address, leaves(u.c.Sendable(u.op, masked(answer))))...)
	return d.removal(id, left, undoID(removePrefix, u.pair.Back), placesOf(u.pair.Back, places))
}

func (u undoer) lookTurned(ctx context.Context, c *Call) ([]workflow.Fact, error) {
	address := u.base(c.In)
	object, err := c.readObject(ctx, u.pair, address)
	if err != nil {
		return nil, err
	}
	if object == nil {
		return nil, fault.New(fault.NotFound, "Okta has nothing at %s.", address)
	}
	return []workflow.Fact{u.turned(address, at(object, u.pair.Property))}, nil
}

func (u undoer) turned(address string, value any) workflow.Fact {
	label := "Status"
	if u.pair.Property != "/status" {
		label = strings.TrimPrefix(u.pair.Property, "/")
	}
	return workflow.Fact{Key: address + "#" + u.pair.Property, Label: label, Value: value}
}

// becomes is what the operation makes of the property, and what turning it back makes.
func (u undoer) becomes(in form.Values) (now, back any, otherWay string) {
	if u.pair.Param == "" {
		return u.pair.Becomes, u.pair.Was, ""
	}
	if strings.HasPrefix(u.places(in)[u.pair.Param], "ENABLE") { // ENABLE and DISABLE
		return "ENABLED", "DISABLED", "DISABLE"
	}
	return "DISABLED", "ENABLED", "ENABLE"
}

func (u undoer) turnBack(d Done) workflow.Way {
	address, places := u.base(d.In), u.places(d.In)
	now, back, otherWay := u.becomes(d.In)
	left := u.turned(address, now)
	was, _ := workflow.ValueOf(d.Before, left.Key)
	if !workflow.SameValue(was, now) && !workflow.SameValue(was, back) {
		return noWay("It was %s before, and Okta's API has no operation that makes it so.", workflow.FactText(was))
	}
	if otherWay != "" {
		places[u.pair.Param] = otherWay
	}
	return d.back([]workflow.Fact{left}, d.step(undoID(turnPrefix, u.pair.Back), placesOf(u.pair.Back, places)))
}

func (u undoer) lookLinked(ctx context.Context, c *Call) ([]workflow.Fact, error) {
	address := u.base(c.In)
	entry, err := c.readObject(ctx, u.pair, address)
	if err != nil {
		return nil, err
	}
	out := []workflow.Fact{thereFact(address, entry != nil)}
	if u.pair.Way == links && u.pair.Back.Body != nil {
		out = append(out, facts(address, leaves(u.c.Sendable(u.pair.Back, masked(entry))))...)
	}
	return out, nil
}

func (u undoer) linkBack(d Done) workflow.Way {
	address, places := u.base(d.In), u.places(d.In)
	if u.pair.Way == unlinks {
		return d.back([]workflow.Fact{thereFact(address, true)}, d.step(undoID(removePrefix, u.pair.Back), placesOf(u.pair.Back, places)))
	}
	var values []pointed
	for _, f := range d.Before {
		if pointer, ok := strings.CutPrefix(f.Key, address+"#"); ok {
			values = append(values, pointed{pointer, f.Label, f.Value})
		}
	}
	fields := placesOf(u.pair.Back, places)
	fields[fieldValues] = jsonText(values)
	return d.back([]workflow.Fact{thereFact(address, false)}, d.step(undoID(restorePrefix, u.pair.Back), fields))
}
