package actions

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"caracal/catalog"
	"caracal/fault"
	"caracal/form"
	"caracal/okta"
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

// keptObject is one object of those that a deletion took away.
type keptObject struct {
	of      undoer
	address string
	values  []pointed
	status  string
	unkept  string
}

// name is what a person calls it.
func (k keptObject) name() string {
	for _, pointer := range []string{"/name", "/label", "/language", "/profile/name"} {
		for _, v := range k.values {
			if v.Pointer == pointer && textOf(v.Value) != "" {
				return textOf(v.Value)
			}
		}
	}
	return ""
}

// order is the place that it had among others.
func (k keptObject) order() float64 {
	for _, v := range k.values {
		if n, ok := v.Value.(float64); ok && v.Pointer == "/priority" {
			return n
		}
		if v.Pointer == "/isDefault" && v.Value == true {
			return -1
		}
	}
	return 0
}

// keptOf sorts the facts of a deletion by object: the object itself is the first.
func (u undoer) keptOf(facts []workflow.Fact, address string) (list []keptObject) {
	at := map[string]int{}
	for _, f := range facts {
		object, pointer, within := strings.Cut(f.Key, "#")
		if !within {
			k := keptObject{of: u, address: object}
			if object != address && !u.pair.Anew.all {
				k.of = u.inner()
			}
			at[object] = len(list)
			list = append(list, k)
			continue
		}
		k := &list[at[object]]
		switch {
		case "#"+pointer == unkept:
			k.unkept = textOf(f.Value)
		case f.Label == statusLabel && pointer == "/status":
			k.status = textOf(f.Value)
		default:
			k.values = append(k.values, pointed{pointer, f.Label, f.Value})
		}
	}
	if len(list) > 1 {
		from := 1
		if u.pair.Anew.all {
			from = 0
		}
		slices.SortStableFunc(list[from:], func(a, b keptObject) int { return cmp.Compare(a.order(), b.order()) })
	}
	return list
}

// deletedBack makes anew what was deleted. Where it was turned on or off, another step sees to that it is so again.
func (u undoer) deletedBack(d Done) workflow.Way {
	address, places := u.base(d.In), u.places(d.In)
	if was, _ := workflow.ValueOf(d.Before, address); was == nil && !u.pair.Anew.all || len(d.Before) == 0 {
		return workflow.Way{Nothing: soBefore}
	}
	w := workflow.Way{}
	var turned []workflow.Step
	for i, k := range u.keptOf(d.Before, address) {
		w.Changed = append(w.Changed, workflow.Difference{Key: k.address, Label: workflow.LabelThere, Before: true})
		for _, v := range k.values {
			if v.Value != nil {
				w.Changed = append(w.Changed, workflow.Difference{Key: k.address + "#" + v.Pointer, Label: v.Label, Before: v.Value})
			}
		}
		if k.status != "" {
			w.Changed = append(w.Changed, workflow.Difference{Key: k.address + "#/status", Label: statusLabel, Before: k.status})
		}
		if k.unkept != "" {
			return workflow.Way{None: k.unkept}
		}
		if i == 0 {
			w.Left = []workflow.Fact{thereFact(k.address, false), {Key: k.address + another, Label: workflow.LabelAnother}}
		}
		again, turn := k.steps(d, places)
		if w.Steps = append(w.Steps, again); turn != nil {
			turned = append(turned, *turn)
		}
		if !k.of.pair.Anew.named {
			w.Anew = append(w.Anew, lastOf(k.address))
		}
		if k.status == "INACTIVE" && turn != nil && !k.of.pair.Anew.idle {
			w.Lost = append(w.Lost, quoted(k.name(), "It")+" was turned off. Okta may turn it on when it is made, so that it is on for a moment.")
		}
	}
	w.Steps = append(w.Steps, turned...)
	switch {
	case len(w.Anew) == 1:
		w.Lost = append(w.Lost, fmt.Sprintf("It comes back under another id than %s. Steps of this undo name the new one; whatever else names the old one, in Okta or elsewhere, is not mended.", w.Anew[0]))
	case len(w.Anew) > 1:
		w.Lost = append(w.Lost, fmt.Sprintf("All %d come back under other ids. Steps of this undo name the new ones; whatever else names the old ones, in Okta or elsewhere, is not mended.", len(w.Anew)))
	}
	for _, lost := range u.pair.Anew.lost {
		w.Lost = append(w.Lost, lost(d))
	}
	w.Lost = slices.DeleteFunc(w.Lost, func(s string) bool { return s == "" })
	return w
}

func quoted(name, otherwise string) string {
	if name == "" {
		return otherwise
	}
	return "“" + name + "”"
}

// steps are those that make it anew and that turn it on or off.
func (k keptObject) steps(d Done, outer map[string]string) (again workflow.Step, turn *workflow.Step) {
	p := k.of.pair
	fields := placesOf(p.Back, outer)
	list, was := cutLast(k.address)
	fields[fieldValues], fields[fieldWas] = jsonText(k.values), was
	fields[fieldStatus], fields[fieldMadeAfter] = k.status, d.Started.UTC().Format(time.RFC3339Nano)
	for place, value := range placesAt(p.Back.Path, list) {
		fields[place] = value
	}
	again = d.step(undoID(anewPrefix, p.Back), fields)
	if name := k.name(); name != "" {
		again.Title += ": " + name
	}
	on, off, turned := turnsOf(k.of.c, p.Base)
	if k.status != "ACTIVE" && k.status != "INACTIVE" || !turned || k.status == "INACTIVE" && takesActivate(p.Back) {
		return again, nil
	}
	way := on
	if k.status == "INACTIVE" {
		way = off
	}
	s := d.turnStep(k.of.c, way, placesAt(p.Base, k.address))
	s.Title += ": turn " + map[string]string{"ACTIVE": "on", "INACTIVE": "off"}[k.status]
	return again, &s
}

// turnStep calls an operation that turns something on or off, as itself or as the action that does the same.
func (d Done) turnStep(c *catalog.Catalog, op catalog.Operation, places map[string]string) workflow.Step {
	p := pairOf(c, op)
	if p.Way != asAction {
		return d.step(undoID(turnPrefix, op), places)
	}
	fields := map[string]string{}
	for name, from := range p.Fields {
		fields[name] = places[from]
	}
	return d.step(p.Action, fields)
}

// placesAt reads the values of a path's places from an address.
func placesAt(path, address string) map[string]string {
	out := map[string]string{}
	parts := strings.Split(address, "/")
	for i, name := range strings.Split(path, "/") {
		if isPlace(name) && i < len(parts) {
			if value, err := url.PathUnescape(parts[i]); err == nil {
				out[strings.Trim(name, "{}")] = value
			}
		}
	}
	return out
}

// takesActivate reports whether what an operation makes can be turned off from the start.
func takesActivate(op catalog.Operation) bool {
	return slices.ContainsFunc(op.Parameters, func(p catalog.Value) bool { return p.Name == "activate" })
}

// wasAddress is the address that it had.
func (u undoer) wasAddress(in form.Values) string {
	return u.listOf(in) + "/" + url.PathEscape(in[fieldWas])
}

func (u undoer) listOf(in form.Values) string { return fillPath(u.op.Path, u.placesOfFields(in)) }

// lookAnew reads whether it is there again, and whether another has what no two may have in common.
func (u undoer) lookAnew(ctx context.Context, c *Call) ([]workflow.Fact, error) {
	values, err := c.values()
	if err != nil {
		return nil, err
	}
	address := u.wasAddress(c.In)
	object, err := c.readObject(ctx, u.pair, address)
	if err != nil {
		return nil, err
	}
	out := []workflow.Fact{thereFact(address, object != nil)}
	if object != nil {
		u.show(object)
		for i := range values {
			values[i].Value = at(object, values[i].Pointer)
		}
		return append(out, facts(address, values)...), nil
	}
	other, err := u.anotherOf(ctx, c, values)
	return append(out, workflow.Fact{Key: address + another, Label: workflow.LabelAnother, Value: other}), err
}

// anotherOf looks for one that was made since, and has a value that no two may have in common. It returns its address, or nil.
func (u undoer) anotherOf(ctx context.Context, c *Call, values []pointed) (found any, err error) {
	after, _ := time.Parse(time.RFC3339Nano, c.In[fieldMadeAfter]) // none: whatever is there counts
	query := url.Values{}
	wanted, every := []pointed{}, len(u.pair.Anew.same) == 0
	for _, v := range values {
		if v.Value != nil && (len(u.pair.Anew.same) == 0 || slices.Contains(u.pair.Anew.same, v.Pointer)) {
			wanted = append(wanted, v)
		}
		if u.pair.Anew.query != "" && v.Pointer == "/"+u.pair.Anew.query {
			query.Set(u.pair.Anew.query, textOf(v.Value))
		}
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	err = c.Each(ctx, u.listOf(c.In), query, maxEntries, func(raw json.RawMessage) error {
		var object map[string]any
		if err := json.Unmarshal(raw, &object); err != nil {
			return fault.New(fault.Upstream, "An entry of Okta's list could not be read.").Because(err)
		}
		u.show(object)
		made, err := time.Parse(time.RFC3339, textOf(object["created"]))
		if err == nil && !after.IsZero() && made.Before(c.OktaTime(after).Add(-madeMargin)) {
			return nil // it stood beside the one that was deleted
		}
		has := func(v pointed) bool { return alike(at(object, v.Pointer), v.Value) }
		if every && !slices.ContainsFunc(wanted, func(v pointed) bool { return !has(v) }) || !every && slices.ContainsFunc(wanted, has) {
			found = u.listOf(c.In) + "/" + url.PathEscape(u.idOf(object))
		}
		return nil
	})
	return found, err
}

// alike reports whether two values are the same to Okta, which takes names in any capitals.
func alike(a, b any) bool {
	if s, ok := a.(string); ok {
		return strings.EqualFold(s, textOf(b))
	}
	return workflow.SameValue(a, b)
}

func (u undoer) idOf(object map[string]any) string {
	return textOf(at(object, cmp.Or(u.pair.Anew.id, "/id")))
}

// makeAnew sends what was there.
func (u undoer) makeAnew(ctx context.Context, c *Call) (workflow.Output, error) {
	values, err := c.values()
	if err != nil {
		return nil, err
	}
	body := map[string]any{}
	for _, v := range values {
		put(body, v.Pointer, v.Value, false)
	}
	request := okta.Request{Method: http.MethodPost, Path: u.listOf(c.In), Body: body}
	if takesActivate(u.op) && c.In[fieldStatus] == "INACTIVE" {
		request.Query = url.Values{"activate": {"false"}}
	}
	resp, err := c.Client.Do(ctx, request)
	if err != nil {
		return nil, err
	}
	var object map[string]any
	if err := okta.Decode(resp, &object); err != nil {
		return nil, err
	}
	return u.madeAnew(c, object), nil
}

func (u undoer) madeAnew(c *Call, object map[string]any) workflow.Output {
	out := workflow.Output{workflow.OutputAnew: u.idOf(object)}
	if !u.pair.Anew.named {
		out[workflow.OutputWas] = c.In[fieldWas]
	}
	return out
}

// findAnew looks in the list for what a step made whose answer was lost: one that holds what was sent and is younger than
// the step.
func (u undoer) findAnew(ctx context.Context, c *Call) (workflow.Finding, error) {
	values, err := c.values()
	if err != nil {
		return workflow.Finding{}, err
	}
	c.seek("Whether the list has one that holds what was sent, made since this step began.")
	query := url.Values{}
	for _, v := range values {
		if u.pair.Anew.query != "" && v.Pointer == "/"+u.pair.Anew.query {
			query.Set(u.pair.Anew.query, textOf(v.Value))
		}
	}
	var young []map[string]any
	err = c.Each(ctx, u.listOf(c.In), query, maxEntries, func(raw json.RawMessage) error {
		var object map[string]any
		if json.Unmarshal(raw, &object) != nil {
			return nil // what can't be read is none that is looked for
		}
		u.show(object)
		made, err := time.Parse(time.RFC3339, textOf(object["created"]))
		same := !slices.ContainsFunc(values, func(v pointed) bool { return !workflow.SameValue(v.Value, at(object, v.Pointer)) })
		if same && (err != nil || c.since(made)) {
			young = append(young, object)
		}
		return nil
	})
	switch {
	case err != nil:
		return workflow.Finding{}, err
	case len(young) == 1 && u.idOf(young[0]) != "":
		return done(fmt.Sprintf("One that holds what was sent is there (%s), and was made at the time of this step.", u.idOf(young[0])), u.madeAnew(c, young[0])), nil
	}
	return ask(fmt.Sprintf("One that holds what was sent was looked for, and the list has %d that were made since this step began.", len(young)))
}

// anewBack removes what was made anew.
func (u undoer) anewBack(d Done) workflow.Way {
	id := textOf(d.Out[workflow.OutputAnew])
	if id == "" {
		return d.removal("", nil, "", nil)
	}
	var values []pointed
	if json.Unmarshal([]byte(d.In[fieldValues]), &values) != nil {
		return noWay("What this step made can't be read any more.")
	}
	places := u.placesOfFields(d.In)
	address := u.listOf(d.In) + "/" + url.PathEscape(id)
	for place, value := range placesAt(u.pair.Base, address) {
		places[place] = value
	}
	remove, _ := u.c.At(http.MethodDelete, u.pair.Base)
	return d.removal(id, append([]workflow.Fact{thereFact(address, true)}, facts(address, values)...), undoID(removePrefix, remove), placesOf(remove, places))
}
