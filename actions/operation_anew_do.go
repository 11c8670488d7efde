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

	"caracal/fault"
	"caracal/form"
	"caracal/okta"
	"caracal/workflow"
)

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
