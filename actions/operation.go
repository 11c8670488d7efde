package actions

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"caracal/catalog"
	"caracal/fault"
	"caracal/form"
	"caracal/okta"
	"caracal/org"
	"caracal/workflow"
)

// Operations returns an action for every operation of the API that an app may call, with a field for each of
// its values: each is filled by itself, so that no value can change the shape of the request. A body that may
// be of several kinds gives an action for each kind. What takes a file or a signed text is left out.
func Operations(c *catalog.Catalog) []Action {
	var out []Action
	for _, op := range c.Operations() {
		f := c.Form(op, catalog.Choose{})
		if len(op.Scopes) == 0 || op.Body != nil && op.Body.ContentTypes()[0] != catalog.JSON {
			continue
		}
		if len(f.Variants) == 0 {
			out = append(out, operationAction(f))
		}
		for _, v := range f.Variants {
			out = append(out, operationAction(c.Form(op, catalog.Choose{Variant: v.Name})))
		}
	}
	return out
}

// operationPrefix begins the id of an action that is one operation.
const operationPrefix = "operation."

// Fields that an operation's action has besides the operation's own.
const (
	fieldLimit = "limit_entries"
	fieldBody  = "body"
)

// The most entries of a list that a step keeps, and how many when nothing is said.
const (
	maxEntries     = 1000
	defaultEntries = "100"
)

// operationAction makes an action of an operation's form.
func operationAction(f catalog.Form) Action {
	op := f.Operation
	id, title := operationPrefix+snake(op.ID), op.Summary
	if f.Variant != "" {
		id, title = id+"_"+snake(f.Variant), title+" ("+f.Variant+")"
	}
	keys := map[string]string{} // by field
	a := Action{ActionSpec: workflow.ActionSpec{
		ID: id, Title: title, Object: "Okta API: " + op.Tag, Help: operationHelp(op), Summary: "calls " + op.ID,
		Fields: operationFields(f, keys), Scopes: scopesOf(op), Role: "a role that covers it; Okta's documentation of the operation names it",
		Effect: workflow.Effect(op.Effect()), Repeat: workflow.Never, Keywords: op.ID + " " + op.Path + " " + op.Method,
		Outputs: []workflow.OutputField{{Name: "id", Label: "Id"}, {Name: "answer", Label: "Answer"}},
	}}
	if op.Lists() {
		a.Outputs = []workflow.OutputField{{Name: "count", Label: "Number of entries"}, {Name: "answer", Label: "Entries"}}
	}
	if op.Reads() || op.Method == "PUT" { // a replacement leaves the second time what it left the first (RFC 9110, section 9.2.2)
		a.Repeat = workflow.Harmless
	}
	a.Do = func(ctx context.Context, c *Call) (workflow.Output, error) { return c.operate(ctx, f, keys) }
	if a.Repeat == workflow.Never {
		a.Find = func(context.Context, *Call) (workflow.Finding, error) {
			return unknown("Whether Okta carried this out cannot be told from outside; look at the object in Okta, then decide."), nil
		}
	}
	return a
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
	f.All(func(in catalog.Input) {
		if in.Kind == catalog.GroupInput || in.Kind == catalog.SecretInput || in.Key == "query.after" {
			return // pages are followed; a secret does not belong into a workflow
		}
		_, name, _ := strings.Cut(in.Key, ".")
		name = strings.NewReplacer(".*", "_more", ".", "_", "-", "_").Replace(name)
		if keys[name] != "" {
			name = in.In + "_" + name
		}
		if keys[name] != "" {
			name = "body_" + name
		}
		keys[name] = in.Key
		out = append(out, operationField(name, in))
	})
	if f.Raw != "" {
		keys[fieldBody] = catalog.KeyRaw
		out = append(out, form.Field{Name: fieldBody, Label: "Body", Kind: form.LongText, Required: f.Operation.Body.Required, Help: f.Raw})
	}
	if f.Operation.Lists() {
		out = append(out, form.Field{Name: fieldLimit, Label: "Entries to read, at most", Kind: form.Number, Default: defaultEntries})
	}
	return out
}

// pickers are the parameters of a path that hold an id of which the org has a list to choose from.
var pickers = map[string]form.Kind{"userId": form.User, "groupId": form.Group, "appId": form.App}

func operationField(name string, in catalog.Input) form.Field {
	field := form.Field{Name: name, Label: in.Name, Help: in.Text, Kind: form.Text}
	if in.Rest {
		field.Label = "Other properties"
	}
	switch in.Kind {
	case catalog.LongInput, catalog.JSONInput:
		field.Kind = form.LongText
	case catalog.ListInput:
		field.Kind, field.Help = form.LongText, strings.TrimSpace(in.Text+" One on each line.")
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
	if in.In == "path" {
		field.Required = true
		if kind, ok := pickers[in.Name]; ok {
			field.Kind = kind
		}
	}
	return field
}

// snake writes a name as ids of actions are written: deactivateUser is deactivate_user.
func snake(name string) string {
	var b strings.Builder
	previous := '_'
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			r = '_'
		case unicode.IsUpper(r) && (unicode.IsLower(previous) || unicode.IsDigit(previous)):
			b.WriteByte('_')
		}
		if r != '_' || previous != '_' {
			b.WriteRune(unicode.ToLower(r))
		}
		previous = r
	}
	return strings.Trim(b.String(), "_")
}

// operate makes the request of the form and calls the org.
func (c *Call) operate(ctx context.Context, f catalog.Form, keys map[string]string) (workflow.Output, error) {
	values, names := map[string]string{}, map[string]string{}
	for name, key := range keys {
		values[key], names[key] = c.In[name], name
	}
	call, problems := f.Request(func(key string) string { return values[key] })
	for key, problem := range problems {
		return nil, fault.In(names[key], "%s", problem)
	}
	if f.Operation.Lists() {
		return c.operateList(ctx, call)
	}
	request := okta.Request{Method: call.Method, Path: call.Path, Query: call.Query, Header: call.Header}
	if call.Body != nil {
		request.Body = call.Body
	}
	resp, err := c.Do(ctx, request)
	if err != nil {
		return nil, err
	}
	output := workflow.Output{"id": "", "answer": nil}
	if len(resp.Body) == 0 {
		return output, nil
	}
	var answer any
	if json.Unmarshal(catalog.Mask(resp.Body), &answer) != nil {
		answer = string(resp.Body[:min(len(resp.Body), 64<<10)])
	}
	output["answer"] = answer
	if object, ok := answer.(map[string]any); ok {
		if id, ok := object["id"].(string); ok {
			output["id"] = id
		}
	}
	return output, nil
}

// operateList reads a list up to the step's limit.
func (c *Call) operateList(ctx context.Context, call catalog.Call) (workflow.Output, error) {
	var limit int
	if err := json.Unmarshal([]byte(c.In[fieldLimit]), &limit); err != nil || limit < 1 || limit > maxEntries {
		return nil, fault.In(fieldLimit, "Entries to read must be a whole number from 1 to %d.", maxEntries)
	}
	entries := []any{}
	err := c.Each(ctx, call.Path, call.Query, limit, func(raw json.RawMessage) error {
		var entry any
		if err := json.Unmarshal(catalog.Mask(raw), &entry); err != nil {
			return fault.New(fault.Upstream, "An entry of Okta's list could not be read; try the operation from its page.").Because(err)
		}
		entries = append(entries, entry)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return workflow.Output{"count": len(entries), "answer": slices.Clip(entries)}, nil
}
