package actions

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"caracal/catalog"
	"caracal/fault"
	"caracal/form"
	"caracal/okta"
	"caracal/workflow"
)

// Operations stand in undos as actions of their own, which look before they act, so that doing them again is harmless:
// restore.replace_network_zone puts values back, remove.delete_network_zone removes what was made, and
// turn.deactivate_network_zone turns something back. The builder does not offer them. The prefixes are never changed.
const (
	restorePrefix = "restore."
	removePrefix  = "remove."
	turnPrefix    = "turn."
)

// Fields that these actions have besides the places of the path.
const (
	fieldValues    = "values"     // JSON: []pointed
	fieldMadeAfter = "made_after" // an object that is older is not removed
)

// undoID names an operation as such an action.
func undoID(prefix string, op catalog.Operation) string {
	return prefix + strings.TrimPrefix(catalog.StepID(op.ID, ""), catalog.StepPrefix)
}

// undoOperation makes such an action.
func undoOperation(c *catalog.Catalog, id string) (Action, bool) {
	prefix, name, _ := strings.Cut(id, ".")
	op, ok := c.OperationNamed(catalog.StepPrefix + name)
	if !ok || op.Reads() {
		return Action{}, false
	}
	u := undoer{c: c, op: op, form: c.Form(op, catalog.Choose{}), keys: map[string]string{}}
	a := Action{ActionSpec: workflow.ActionSpec{ID: id, Object: operationObject, Scopes: scopesOf(op), Role: "a role that covers it; Okta's documentation of the operation names it",
		Effect: workflow.Changes, Repeat: workflow.Harmless, Page: "/operations/" + op.ID, Request: op.Method + " " + op.Path, InUndo: true}}
	for _, p := range u.form.Parameters {
		if p.In != "path" {
			continue
		}
		u.keys[p.Name] = p.Key
		f := operationField(p.Name, p)
		f.Required = true
		a.Fields = append(a.Fields, f)
	}
	switch prefix + "." {
	case restorePrefix:
		a.Title, a.Help, a.Summary = "Put back what was there", "Puts values back that were there before.", "puts back what was there"
		a.Fields = append(a.Fields, form.Field{Name: fieldValues, Label: "What was there", Kind: form.LongText, Required: true})
		u.pair = restoring(c, op)
		a.Do, a.Undo = u.restore, Inverse{Look: u.lookRestored, Back: u.restoredBack}
	case removePrefix:
		a.Title, a.Help, a.Summary, a.Effect = "Remove what was made", "Removes what a step made, unless it is older than that step.", "removes what was made", workflow.Destroys
		a.Fields = append(a.Fields, form.Field{Name: fieldMadeAfter, Label: "Only if made after", Kind: form.Text})
		u.pair = removing(c, op)
		a.Do, a.Undo = u.remove, inverseOf(c, op, u.form, u.keys)
		look := a.Undo.Look
		a.Undo.Look = func(ctx context.Context, c *Call) ([]workflow.Fact, error) {
			facts, err := u.lookRemoved(ctx, c)
			way := pairOf(u.c, op).Way
			if err != nil || look == nil || way != ownWay && way != remakes {
				return facts, err
			}
			own, err := look(ctx, c)
			for _, f := range own { // what stands for itself there is an object more here
				if _, known := workflow.ValueOf(facts, f.Key); !known && (way == remakes || strings.Contains(f.Key, "#")) {
					facts = append(facts, f)
				}
			}
			return facts, err
		}
	case anewPrefix:
		below, _ := childOf(c, op)
		if u.pair = pairOf(c, below); u.pair.Way != remakes {
			return Action{}, false
		}
		a.Title, a.Help, a.Summary, a.Repeat = "Make it anew", "Makes anew what was deleted, under another id.", "makes anew what was deleted", workflow.Never
		a.Fields = append(a.Fields, form.Field{Name: fieldValues, Label: "What was there", Kind: form.LongText, Required: true}, form.Field{Name: fieldWas, Label: "Its id before", Kind: form.Text},
			form.Field{Name: fieldStatus, Label: "Status", Kind: form.Text}, form.Field{Name: fieldMadeAfter, Label: "Deleted at", Kind: form.Text})
		a.Outputs = []workflow.OutputField{{Name: workflow.OutputAnew, Label: "Its id now"}, {Name: workflow.OutputWas, Label: "Its id before"}}
		a.Do, a.Find, a.Undo = u.makeAnew, u.findAnew, Inverse{Look: u.lookAnew, Back: u.anewBack}
		a.Sends = func(c *Call) request { return request{path: u.listOf(c.In), one: true, answers: true} }
	case turnPrefix:
		a.Title, a.Help, a.Summary = op.Summary, "Turns something back.", lowerFirst(op.Summary)
		u.pair = pairOf(c, op)
		if u.pair.Way != turns {
			return Action{}, false
		}
		a.Do, a.Undo = u.turn, inverseOf(c, op, u.form, u.keys)
	default:
		return Action{}, false
	}
	return a, true
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

func unreadableField(name string) error {
	return fault.In(name, "What was kept can't be read; take this back in Okta.")
}

// restoring says how an operation puts values back: by reading the object where it stands.
func restoring(c *catalog.Catalog, op catalog.Operation) pair {
	p := pair{Way: putsBack, Base: op.Path, Back: op, Partial: op.Method != http.MethodPut}
	if link := pairOf(c, op); link.Way == unlinks {
		p.Base, p.List, p.ID = link.Base, link.List, link.ID
		return p
	}
	p.Read, _ = reading(c, op.Path)
	return p
}

// restoredPlaces are the places of the object; where a value names the last of them, it fills it.
func (u undoer) restoredAddress(in form.Values, values []pointed) string {
	places := map[string]string{}
	for name := range u.keys {
		places[name] = in[name]
	}
	if name, ok := strings.CutPrefix(u.pair.ID, "="); ok {
		_, last := cutLast(u.pair.Base)
		for _, v := range values {
			if v.Pointer == "/"+name {
				places[strings.Trim(last, "{}")] = textOf(v.Value)
			}
		}
	}
	return fillPath(u.pair.Base, places)
}

func (c *Call) values() (values []pointed, err error) {
	if json.Unmarshal([]byte(c.In[fieldValues]), &values) != nil {
		return nil, unreadableField(fieldValues)
	}
	return values, nil
}

func (u undoer) lookRestored(ctx context.Context, c *Call) ([]workflow.Fact, error) {
	values, err := c.values()
	if err != nil {
		return nil, err
	}
	address := u.restoredAddress(c.In, values)
	object, err := c.readObject(ctx, u.pair, address)
	if err != nil {
		return nil, err
	}
	now := masked(object)
	for i := range values {
		values[i].Value = at(now, values[i].Pointer)
	}
	return append([]workflow.Fact{thereFact(address, object != nil)}, facts(address, values)...), nil
}

// restore sends the values. Where the operation takes the whole object, they are put into the one that is there, so
// that nothing else of it is lost.
func (u undoer) restore(ctx context.Context, c *Call) (workflow.Output, error) {
	values, err := c.values()
	if err != nil {
		return nil, err
	}
	request := okta.Request{Method: u.op.Method, Path: fillPath(u.op.Path, u.placesOfFields(c.In))}
	body := map[string]any{}
	if !u.pair.Partial && u.op.Body != nil {
		object, err := c.readObject(ctx, u.pair, u.restoredAddress(c.In, values))
		if err != nil {
			return nil, err
		}
		body = u.c.Sendable(u.op, object)
	}
	for _, v := range values {
		put(body, v.Pointer, v.Value, u.pair.Partial)
	}
	if u.op.Body != nil {
		request.Body = body
	}
	if _, err := c.Client.Do(ctx, request); err != nil {
		return nil, err
	}
	return workflow.Output{}, nil
}

func (u undoer) placesOfFields(in form.Values) map[string]string {
	out := map[string]string{}
	for name := range u.keys {
		out[name] = in[name]
	}
	return out
}

func (u undoer) restoredBack(d Done) workflow.Way {
	var values []pointed
	if json.Unmarshal([]byte(d.In[fieldValues]), &values) != nil {
		return noWay("What this step put back can't be read any more.")
	}
	address := u.restoredAddress(d.In, values)
	if was, known := workflow.ValueOf(d.Before, address); known && was == nil {
		remove, ok := u.c.At(http.MethodDelete, u.pair.Base)
		if !ok {
			return noWay("It was not there before, and Okta's API has no operation that takes it away again.")
		}
		return d.back([]workflow.Fact{thereFact(address, true)}, d.step(undoID(removePrefix, remove), u.lastPlace(address, u.placesOfFields(d.In))))
	}
	return d.restored(facts(address, values), d.restoreID(u), u.placesOfFields(d.In))
}

func (d Done) restoreID(u undoer) string { return undoID(restorePrefix, u.op) }

// lastPlace fills the last place of the object's path from its address.
func (u undoer) lastPlace(address string, places map[string]string) map[string]string {
	_, place := cutLast(u.pair.Base)
	if !isPlace(place) {
		return places
	}
	_, value := cutLast(address)
	places[strings.Trim(place, "{}")] = value
	return places
}

// removing says how what an operation removes is read.
func removing(c *catalog.Catalog, op catalog.Operation) pair {
	p := pair{Way: removes, Base: op.Path, Back: op}
	p.Read, p.List = reading(c, op.Path)
	return p
}

// mostInside bounds how many members of a group are looked at before it is removed.
const mostInside = 200

// lookRemoved reads what is about to be removed, with what is in it.
func (u undoer) lookRemoved(ctx context.Context, c *Call) ([]workflow.Fact, error) {
	address := u.base(c.In)
	object, err := c.readObject(ctx, u.pair, address)
	if err != nil {
		return nil, err
	}
	out := append([]workflow.Fact{thereFact(address, object != nil)}, facts(address, leaves(u.c.Sendable(u.maker(), masked(object))))...)
	if object == nil {
		return out, nil
	}
	switch u.op.Path {
	case "/api/v1/users/{userId}":
		return append(out, statusFact(address, textOf(object["status"])), signInFact(c.In["userId"], object["lastLogin"])), nil
	case "/api/v1/groups/{groupId}":
		seen := 0
		err := c.members(ctx, c.In["groupId"], func(m user) bool {
			f := memberFact(c.In["groupId"], m.ID, true)
			f.Label = "Member " + m.name()
			out = append(out, f)
			seen++
			return seen < mostInside
		})
		return out, err
	}
	if status, ok := object["status"]; ok {
		out = append(out, statusFact(address, textOf(status)))
	}
	return out, nil
}

// maker is the operation that makes what this one removes: its body says what may be sent of it.
func (u undoer) maker() catalog.Operation {
	parent, _ := cutLast(u.op.Path)
	for _, at := range []struct{ method, path string }{{"POST", parent}, {"PUT", u.op.Path}, {"POST", u.op.Path}} {
		if op, ok := u.c.At(at.method, at.path); ok && op.Body != nil {
			return op
		}
	}
	return catalog.Operation{}
}

// remove deletes an object, after turning it off where Okta asks for that. One that is gone already is a success; one
// that is older than the step that is taken back is not touched.
func (u undoer) remove(ctx context.Context, c *Call) (workflow.Output, error) {
	address := u.base(c.In)
	var object map[string]any
	if u.pair.Read.ID != "" || u.pair.List.ID != "" {
		var err error
		if object, err = c.readObject(ctx, u.pair, address); err != nil {
			return nil, err
		}
		if object == nil {
			return workflow.Output{}, nil
		}
	}
	if err := c.madeBefore(object); err != nil {
		return nil, err
	}
	if u.op.Path == "/api/v1/users/{userId}" {
		as := *c
		as.In = form.Values{"user": c.In["userId"]}
		_, err := userDelete.Do(ctx, &as)
		return workflow.Output{}, err
	}
	if off := address + "/lifecycle/deactivate"; object["status"] == "ACTIVE" {
		if _, ok := u.c.At(http.MethodPost, u.op.Path+"/lifecycle/deactivate"); ok {
			if _, err := c.Client.Do(ctx, okta.Request{Method: http.MethodPost, Path: off}); err != nil {
				return nil, err
			}
		}
	}
	_, err := c.Client.Do(ctx, okta.Request{Method: http.MethodDelete, Path: address})
	if err != nil && !gone(err) {
		return nil, err
	}
	return workflow.Output{}, nil
}

// madeMargin forgives what is left of the difference between two clocks.
const madeMargin = time.Minute

// madeBefore refuses to remove what is older than the step that is said to have made it.
func (c *Call) madeBefore(object map[string]any) error {
	after, err := time.Parse(time.RFC3339Nano, c.In[fieldMadeAfter])
	if err != nil {
		return nil // not asked for
	}
	made, err := time.Parse(time.RFC3339, textOf(object["created"]))
	if err != nil || !made.Before(c.OktaTime(after).Add(-madeMargin)) {
		return nil
	}
	return fault.New(fault.Conflict, "This was made before the step that is taken back, on %s, so it is not removed.", made.UTC().Format("2 January 2006 15:04"))
}

// turn turns something back; what is so already is a success.
func (u undoer) turn(ctx context.Context, c *Call) (workflow.Output, error) {
	object, err := c.readObject(ctx, u.pair, u.base(c.In))
	if err != nil {
		return nil, err
	}
	if wanted, _, _ := u.becomes(c.In); object != nil && workflow.SameValue(at(object, u.pair.Property), wanted) {
		return workflow.Output{}, nil
	}
	_, err = c.Client.Do(ctx, okta.Request{Method: u.op.Method, Path: fillPath(u.op.Path, u.placesOfFields(c.In))})
	return workflow.Output{}, err
}

// undoShelf knows the actions that stand in undos alone, and offers none of them.
type undoShelf struct{ set *Set }

// Get returns the spec of an action.
func (s undoShelf) Get(id string) (workflow.ActionSpec, bool) {
	if strings.HasPrefix(id, catalog.StepPrefix) {
		return workflow.ActionSpec{}, false // of the shelf of operations
	}
	if id == workflow.FlowUndo {
		return workflow.ActionSpec{ID: id, Title: "Take back what stands within", Object: "Flow", Help: "Takes the runs within a step back, each by itself.",
			Summary: "takes back what was done within", Effect: workflow.Steers, Repeat: workflow.Harmless, InUndo: true}, true
	}
	if _, curated := s.set.byID[id]; curated {
		return workflow.ActionSpec{}, false
	}
	a, ok := s.set.find(id)
	return a.ActionSpec, ok
}

// Search finds none.
func (undoShelf) Search(string, int) []workflow.ActionSpec { return nil }

// All lists none.
func (undoShelf) All() []workflow.ActionSpec { return nil }
