package actions

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"caracal/catalog"
	"caracal/fault"
	"caracal/form"
	"caracal/okta"
	"caracal/org"
	"caracal/workflow"
)

// Operations returns an action for every operation of the API that an app may call, with a field for each of
// its values: each is filled by itself, so that no value can change the shape of the request. A body that may be
// of several kinds gives an action for each kind. Shelf makes the same ones as they are asked for.
func Operations(c *catalog.Catalog) []Action {
	steps := c.Steps()
	out := make([]Action, len(steps))
	for i, step := range steps {
		out[i] = operationAction(c, step)
	}
	return out
}

// operationObject is how the builder's list of actions groups operations.
const operationObject = "Okta API"

// Fields that an operation's action has besides the operation's own.
const (
	fieldLimit = catalog.StepLimit
	fieldKeep  = "keep_properties"
	fieldBody  = catalog.StepBody
)

// What a step keeps of an answer: it is stored with the run, and read again for each item of a loop.
const (
	maxEntries     = 10_000
	defaultEntries = "100"
	maxAnswer      = 2 << 20
)

// operationAction makes an action of an operation.
func operationAction(cat *catalog.Catalog, step catalog.Step) Action {
	f, op := cat.Form(step.Operation, catalog.Choose{Variant: step.Variant}), step.Operation
	title := op.Summary
	if step.Variant != "" {
		title += " (" + step.Variant + ")"
	}
	keys := map[string]string{} // by field
	a := Action{ActionSpec: workflow.ActionSpec{
		ID: step.ID, Title: title, Object: operationObject, Help: operationHelp(op), Summary: "calls " + op.ID,
		Fields: operationFields(f, keys), Scopes: scopesOf(op), Role: "a role that covers it; Okta's documentation of the operation names it",
		Effect: workflow.Effect(op.Effect()), Repeat: workflow.Never, Keywords: op.ID + " " + op.Path + " " + op.Method + " " + op.Tag,
		Outputs: operationOutputs(cat, op), Own: f.Profiles(), Request: op.Method + " " + op.Path, Page: "/operations/" + op.ID,
	}}
	if op.Reads() || op.Method == "PUT" { // a replacement leaves the second time what it left the first (RFC 9110, section 9.2.2)
		a.Repeat = workflow.Harmless
	}
	a.Do = func(ctx context.Context, c *Call) (workflow.Output, error) { return c.operate(ctx, cat, f, keys) }
	if change, ok := memberOperations[op.ID]; ok {
		a.Outputs = append(a.Outputs, ruleNote)
		operate := a.Do
		a.Do = func(ctx context.Context, c *Call) (workflow.Output, error) { return change(ctx, c, operate) }
	}
	a.Undo = inverseOf(cat, op, f, keys)
	if a.Repeat == workflow.Never {
		a.Find = findOperation(cat, op, f, keys)
		alone := onlyChange(cat, op)
		a.Sends = func(c *Call) request {
			r := c.requestOf(cat, f, keys)
			return request{path: r.Path, bare: alone && r.Body == nil, one: true, answers: op.Answer != "none"}
		}
	}
	return a
}

// givenKinds are the objects that the builder has pickers for, as the description calls what operations give.
var givenKinds = map[string]form.Kind{"User": form.User, "UserGetSingleton": form.User, "GroupMember": form.User, "Group": form.Group, "Application": form.App}

// operationOutputs says what an operation's step gives, as far as the description says.
func operationOutputs(c *catalog.Catalog, op catalog.Operation) []workflow.OutputField {
	kind := givenKinds[op.Gives]
	fields := answerFields(c.Answer(op), kind)
	switch {
	case op.Lists():
		return []workflow.OutputField{{Name: "count", Label: "Number of entries", Kind: form.Number}, {Name: "answer", Label: "Entries", List: true, Fields: fields},
			{Name: "more", Label: "There are more entries than were read", Kind: form.YesNo}}
	case op.Answer == "none":
		return nil
	}
	out := []workflow.OutputField{{Name: "answer", Label: "Answer"}}
	if len(fields) == 0 || slices.ContainsFunc(fields, func(o workflow.OutputField) bool { return o.Name == "id" }) {
		out = slices.Insert(out, 0, workflow.OutputField{Name: "id", Label: "Id", Kind: kind})
	}
	return out
}

func answerFields(values []catalog.Value, kind form.Kind) []workflow.OutputField {
	var out []workflow.OutputField
	for _, v := range values {
		if v.Secret {
			continue // it is hidden before the answer is kept
		}
		o := workflow.OutputField{Name: v.Name, Label: v.Name, List: v.Type == "array"}
		if v.Name == "id" {
			o.Kind = kind
		}
		out = append(out, o)
	}
	return out
}

func operationHelp(op catalog.Operation) string {
	if help, _, found := strings.Cut(op.Text, ". "); help != "" {
		if found {
			return help + "."
		}
		return help
	}
	return op.Summary + "."
}

func scopesOf(op catalog.Operation) []org.Scope {
	out := make([]org.Scope, len(op.Scopes))
	for i, s := range op.Scopes {
		out[i] = org.Scope(s)
	}
	return out
}

// operationFields gives each value of the form a field, and notes which it is.
func operationFields(f catalog.Form, keys map[string]string) []form.Field {
	var out []form.Field
	f.StepFields(func(name string, in catalog.Input) {
		field := operationField(name, in)
		keys[name] = in.Key
		if len(field.Blanks) > 0 {
			keys[field.WhenEmpty().Name] = catalog.BlankKey + in.Key
		}
		out = append(out, field)
	})
	nameParents(out, keys)
	if f.Raw != "" {
		keys[fieldBody] = catalog.KeyRaw
		out = append(out, form.Field{Name: fieldBody, Label: "Body", Kind: form.LongText, Required: f.Operation.Body.Required, Help: f.Raw})
	}
	if f.Operation.Lists() {
		out = append(out, form.Field{Name: fieldLimit, Label: "Entries to read, at most", Kind: form.Number, Default: defaultEntries},
			form.Field{Name: fieldKeep, Label: "Properties to keep", Kind: form.Text, Placeholder: "id, profile.login",
				Help: "Of each entry, separated by commas. Empty keeps all but Okta's links; a long list fits only with few."})
	}
	return out
}

func operationField(name string, in catalog.Input) form.Field {
	field := form.Field{Name: name, Label: in.Name, Help: in.Text, Kind: form.Text, Placeholder: in.Sketch}
	if in.Rest {
		field.Label = "Other properties"
	}
	for _, b := range in.Blanks() {
		field.Blanks = append(field.Blanks, form.Option{Value: b.Value, Label: b.Words()})
	}
	switch in.Kind {
	case catalog.GroupInput: // there is nothing to fill in but that it is null
		field.Kind, field.Help = form.Choice, "The whole of it; what is in it has fields of its own."
		return field
	case catalog.LongInput, catalog.JSONInput:
		field.Kind = form.LongText
	case catalog.ListInput:
		field.Kind = form.LongText
		if in.List == nil {
			field.Help = strings.TrimSpace(in.Text + " One on each line.")
		}
	case catalog.NumberInput:
		field.Kind = form.Number
	case catalog.YesNoInput: // a box cannot be left out, so it is a choice
		field.Kind, field.Options = form.Choice, []form.Option{{Value: "true", Label: "Yes"}, {Value: "false", Label: "No"}}
	case catalog.ChoiceInput:
		if in.Open {
			field.Help = strings.TrimSpace(in.Text + " Such as " + strings.Join(in.Options[:min(6, len(in.Options))], ", ") + ".")
			break
		}
		field.Kind = form.Choice
		for _, o := range in.Options {
			field.Options = append(field.Options, form.Option{Value: o, Label: o})
		}
	}
	if strings.Count(in.Key, ".") == 1 { // an object within the body would be there for it
		field.Default = in.OnlyChoice()
	}
	// What an object within the body requires is required only when that object is there.
	field.Required = in.In == "path" || in.Required && strings.Count(in.Key, ".") == 1 && len(in.Default) == 0
	return pickerField(field, in)
}

// operate makes the request of the form and calls the org.
func (c *Call) operate(ctx context.Context, cat *catalog.Catalog, f catalog.Form, keys map[string]string) (workflow.Output, error) {
	f, keys = withOwn(cat, f, keys, c.In)
	values, names := map[string]string{}, map[string]string{}
	for name, key := range keys {
		values[key], names[key] = c.In[name], name
	}
	call, problems := f.Request(func(key string) string { return values[key] })
	for key, problem := range problems {
		return nil, fault.In(names[key], "%s", problem)
	}
	var output workflow.Output
	var err error
	if f.Operation.Lists() {
		output, err = c.operateList(ctx, call)
	} else {
		output, err = c.operateOne(ctx, f.Operation, call)
	}
	return output, f.Operation.WhyOff(err)
}

// operateOne makes a call that gives an object, or nothing.
func (c *Call) operateOne(ctx context.Context, op catalog.Operation, call catalog.Call) (workflow.Output, error) {
	request := okta.Request{Method: call.Method, Path: call.Path, Query: call.Query, Header: call.Header}
	if call.Body != nil {
		request.Body = call.Body
	}
	resp, err := c.Do(ctx, request)
	if err != nil {
		return nil, err
	}
	output := workflow.Output{}
	if len(resp.Body) == 0 {
		return output, nil
	}
	if page, ok := resp.Page(); ok && op.Reads() && page.Name != "" && page.Next != "" {
		entries, more, err := entriesKept(maxEntries, nil, func(each func(json.RawMessage) error) error { return c.EachOf(ctx, page, maxEntries+1, each) })
		if err != nil {
			return nil, err
		}
		if more {
			return nil, fault.New(fault.Upstream, "Okta's list has more than %d entries, which is the most that a step keeps; narrow what is read.", maxEntries)
		}
		output["answer"] = map[string]any{page.Name: entries}
		return output, nil
	}
	var answer any
	switch {
	case json.Unmarshal(catalog.Mask(resp.Body), &answer) != nil:
		answer = strings.ToValidUTF8(string(resp.Body[:min(len(resp.Body), 64<<10)]), "\uFFFD")
	case len(resp.Body) > maxAnswer && op.Reads():
		return nil, fault.New(fault.Upstream, "Okta's answer has %d MB; a step keeps at most %d MB, so narrow what is read.", len(resp.Body)>>20, maxAnswer>>20)
	}
	if object, ok := answer.(map[string]any); ok {
		if id, ok := object["id"].(string); ok {
			output["id"] = id
		}
	}
	if len(resp.Body) <= maxAnswer { // what was changed stays changed; a giant answer to it is not kept
		output["answer"] = answer
	}
	return output, nil
}

// operateList reads a list up to the step's limit.
func (c *Call) operateList(ctx context.Context, call catalog.Call) (workflow.Output, error) {
	var limit int
	if err := json.Unmarshal([]byte(c.In[fieldLimit]), &limit); err != nil || limit < 1 || limit > maxEntries {
		return nil, fault.In(fieldLimit, "Entries to read must be a whole number from 1 to %d.", maxEntries)
	}
	entries, more, err := entriesKept(limit, form.SplitList(c.In[fieldKeep]), func(each func(json.RawMessage) error) error {
		return c.Each(ctx, call.Path, call.Query, limit+1, each)
	})
	if err != nil {
		return nil, err
	}
	return workflow.Output{"count": len(entries), "answer": entries, "more": more}, nil
}

// entriesKept gathers what is kept of the entries that read gives, and says whether there are more than the limit.
func entriesKept(limit int, keep []string, read func(each func(json.RawMessage) error) error) (entries []any, more bool, err error) {
	entries, size := []any{}, 0
	err = read(func(raw json.RawMessage) error {
		if len(entries) == limit {
			more = true
			return nil
		}
		var entry any
		if err := json.Unmarshal(catalog.Mask(raw), &entry); err != nil {
			return fault.New(fault.Upstream, "An entry of Okta's list could not be read; try the operation from its page.").Because(err)
		}
		entry = kept(entry, keep)
		text, err := json.Marshal(entry)
		if err != nil {
			return fmt.Errorf("write an entry: %w", err)
		}
		if size += len(text); size > maxAnswer {
			return fault.In(fieldKeep, "The first %d entries have more than %d MB; name the properties to keep, read fewer, or narrow the list with a filter.", len(entries)+1, maxAnswer>>20)
		}
		entries = append(entries, entry)
		return nil
	})
	return slices.Clip(entries), more, err
}

// kept leaves of an entry the properties that are named, each a path like profile.login, or all but Okta's links.
func kept(entry any, paths []string) any {
	object, ok := entry.(map[string]any)
	if !ok {
		return entry
	}
	if len(paths) == 0 {
		delete(object, "_links")
		return object
	}
	out := map[string]any{}
	for _, path := range paths {
		names := strings.Split(path, ".")
		from, to := object, out
		for i, name := range names {
			value, there := from[name]
			if !there {
				break
			}
			inner, isObject := value.(map[string]any)
			if i == len(names)-1 || !isObject {
				if i == len(names)-1 {
					to[name] = value
				}
				break
			}
			next, ok := to[name].(map[string]any)
			if !ok {
				next = map[string]any{}
				to[name] = next
			}
			from, to = inner, next
		}
	}
	return out
}
