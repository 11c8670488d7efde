package catalog

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// Kind says how an input is filled.
type Kind string

// The kinds of an input.
const (
	TextInput   Kind = "text"
	LongInput   Kind = "long"   // several lines
	ChoiceInput Kind = "choice" // one of its options; with Open, anything
	YesNoInput  Kind = "yesno"  // true or false
	NumberInput Kind = "number"
	ListInput   Kind = "list" // one entry on each line
	JSONInput   Kind = "json"
	SecretInput Kind = "secret"
	GroupInput  Kind = "group" // an object: its inputs
)

// Input is one place of an operation's form.
type Input struct {
	Value
	Key    string // what the form calls it: path.userId, body.profile.firstName
	Kind   Kind
	Inputs []Input // of a group
	Rest   bool    // the properties of a free object that have no input of their own
	Live   bool    // read from the org's schema, not from the description
	Sketch string  // of JSON: what it looks like, or ""
	List   *List   // the objects that it is chosen from, when it holds the id of one
}

// Form is what there is to fill in for an operation.
type Form struct {
	Operation  Operation
	Parameters []Input
	Body       []Input   // the fields of a JSON object
	Variants   []Variant // the kinds that the body may be of
	Variant    string    // the one whose fields these are
	By         string    // the field that holds the variant
	Raw        string    // why the body has no fields but is written as a whole; "" when it has
}

// Choose narrows a form.
type Choose struct {
	Variant string
	// Free are properties that the org's schema has, by the name of the shape they belong to.
	Free map[string][]Value
}

// deepest is how far objects within objects get fields of their own; below it they are written as JSON.
const deepest = 3

// Form draws up the form of an operation.
func (c *Catalog) Form(op Operation, choose Choose) Form {
	f := Form{Operation: op}
	for _, p := range op.Parameters {
		in := c.input(p, p.In+"."+p.Name, 0, choose)
		in.List = c.listOf(op, "", in)
		f.Parameters = append(f.Parameters, in)
	}
	if op.Body == nil {
		return f
	}
	shape := c.Shape(op.Body.Shape)
	switch {
	case op.Body.File != "":
		f.Raw = "Okta takes a file here; choose it, and it is sent as it is."
		return f
	case op.Body.ContentTypes()[0] != JSON:
		f.Raw = "Okta takes " + strings.Join(op.Body.ContentTypes(), " or ") + " here and no fields; paste the text."
		return f
	case shape.Array != nil:
		f.Raw = "Okta takes a list of objects here; write it as JSON."
		return f
	}
	name := op.Body.Shape
	if len(shape.Variants) > 0 {
		f.Variants, f.By = shape.Variants, shape.By
		for _, v := range f.Variants {
			if v.Name == choose.Variant {
				f.Variant, name = v.Name, v.Shape
			}
		}
		if f.Variant == "" {
			return f // which fields there are depends on the choice
		}
	}
	f.Body = c.object(name, "body", f.By, 1, choose)
	if len(f.Body) == 1 && f.Body[0].Rest && len(f.Variants) == 0 {
		f.Body, f.Raw = nil, "Okta's description names no field here; write the object as JSON."
	}
	return f
}

// object lists the inputs of a shape's fields. but is a field that something else fills.
func (c *Catalog) object(name, key, but string, depth int, choose Choose) []Input {
	shape := c.Shape(name)
	var out []Input
	for _, field := range shape.Fields {
		if field.Name != but || but == "" {
			in := c.input(field, key+"."+field.Name, depth, choose)
			in.List = c.listOf(Operation{}, name, in)
			out = append(out, in)
		}
	}
	for _, field := range choose.Free[name] {
		if at := slices.IndexFunc(out, func(in Input) bool { return in.Name == field.Name }); at >= 0 {
			if len(out[at].Options) == 0 && len(field.Options) > 0 {
				out[at].Options, out[at].Open, out[at].Kind = field.Options, true, ChoiceInput
			}
			continue
		}
		in := c.input(field, key+"."+field.Name, depth, choose)
		in.Live = true
		out = append(out, in)
	}
	slices.SortStableFunc(out, func(a, b Input) int {
		return cmp.Compare(place(a), place(b))
	})
	if shape.Free {
		out = append(out, Input{Key: key + ".*", Kind: JSONInput, Rest: true, Value: Value{Name: "more", Type: "object",
			Text: "Properties that have no field above, as a JSON object."}})
	}
	return out
}

// early are the fields that people look for, in the order in which they fill them.
var early = []string{"type", "name", "label", "login", "email", "firstName", "lastName", "displayName", "description", "status", "mobilePhone", "title", "department", "manager", "managerId"}

// place says how early an input comes: what is required first, then what people look for.
func place(in Input) int {
	at := slices.Index(early, in.Name)
	if at < 0 {
		at = len(early)
	}
	if !in.Required {
		at += len(early) + 1
	}
	return at
}

func (c *Catalog) input(v Value, key string, depth int, choose Choose) Input {
	in := Input{Value: v, Key: key}
	switch {
	case v.Secret:
		in.Kind = SecretInput
	case v.Type == "" && len(v.Options) > 0:
		in.Kind = ChoiceInput
	case v.Type == "boolean":
		in.Kind = YesNoInput
	case v.Type == "integer", v.Type == "number":
		in.Kind = NumberInput
	case v.Type == "array" && v.Items != nil && v.Items.plain():
		in.Kind = ListInput
	case v.Type == "object" && v.Shape != "" && (depth < deepest || depth == deepest && c.flat(v.Shape)):
		in.Kind = GroupInput
		if shape := c.Shape(v.Shape); len(shape.Variants) > 0 {
			in.Inputs, in.Text = c.either(shape, key, depth+1, choose, v.Text)
		} else {
			in.Inputs = c.object(v.Shape, key, "", depth+1, choose)
		}
		if len(in.Inputs) == 0 || len(in.Inputs) == 1 && in.Inputs[0].Rest {
			in.Kind, in.Inputs = JSONInput, nil
		}
	case v.Type == "object", v.Type == "array", v.Type == "any" && v.In == "":
		in.Kind = JSONInput
	case v.MaxLength > 255 || longNames[v.Name]:
		in.Kind = LongInput
	default:
		in.Kind = TextInput
	}
	if in.Kind == JSONInput {
		in.Sketch = c.sketch(v)
	}
	return in
}

// flat reports whether an object is a handful of plain values and lists of them, such as those to include and to
// exclude, which is no burden even deep within a body.
func (c *Catalog) flat(name string) bool {
	s := c.Shape(name)
	return len(s.Fields) <= 4 && len(s.Variants) == 0 && !s.Free && !slices.ContainsFunc(s.Fields, func(v Value) bool {
		return !v.plain() && (v.Type != "array" || v.Items == nil || !v.Items.plain())
	})
}

// either lists the inputs of an object within the body that is of one of several kinds: those of all kinds at once,
// and in words which go together. What only some kinds require is not required.
func (c *Catalog) either(shape *Shape, key string, depth int, choose Choose, text string) ([]Input, string) {
	var out []Input
	var kinds []string
	if shape.By != "" {
		by := Input{Value: Value{Name: shape.By, Required: true}, Key: key + "." + shape.By, Kind: ChoiceInput}
		for _, v := range shape.Variants {
			by.Options = append(by.Options, v.Name)
		}
		out = append(out, by)
	}
	in := map[string]int{} // how many kinds have an input
	for _, v := range shape.Variants {
		var names []string
		for _, input := range c.object(v.Shape, key, shape.By, depth, choose) {
			names = append(names, input.Name)
			at := slices.IndexFunc(out, func(o Input) bool { return o.Key == input.Key })
			if in[input.Key]++; at < 0 {
				out = append(out, input)
			} else {
				out[at].Required = out[at].Required && input.Required
			}
		}
		kinds = append(kinds, strings.Join(names, " and "))
	}
	for i, o := range out {
		if shape.By == "" || o.Name != shape.By {
			out[i].Required = o.Required && in[o.Key] == len(shape.Variants)
		}
	}
	return out, strings.TrimSpace(text + " Fill in " + strings.Join(kinds, ", or ") + ".")
}

// longNames are texts that take more than a line though the description gives no length.
var longNames = map[string]bool{"description": true, "body": true, "pageContent": true, "expression": true, "comment": true}

// plain reports whether the value is a text, a number, or true or false.
func (v Value) plain() bool {
	return v.Type == "" || v.Type == "integer" || v.Type == "number" || v.Type == "boolean"
}

// OnlyChoice returns the one option of an input that has to be filled in and takes nothing else, or "".
func (in Input) OnlyChoice() string {
	if in.Kind == ChoiceInput && in.Required && !in.Open && len(in.Options) == 1 {
		return in.Options[0]
	}
	return ""
}

// All calls f for every input of the form, groups before what is in them.
func (f Form) All(each func(Input)) {
	walk(f.Parameters, each)
	walk(f.Body, each)
}

func walk(inputs []Input, each func(Input)) {
	for _, in := range inputs {
		each(in)
		walk(in.Inputs, each)
	}
}

// Effect says what calling an operation does to the org.
type Effect string

// The effects, from harmless to harmful.
const (
	Reads    Effect = "reads"
	Changes  Effect = "changes"
	Destroys Effect = "destroys"
)

// Effect says whether the operation reads, changes, or takes away what can't be given back by a call.
func (o Operation) Effect() Effect {
	switch {
	case o.Reads():
		return Reads
	case o.Method == "DELETE":
		return Destroys
	}
	return Changes
}

// Lists reports whether the operation reads a list, whose pages can be followed. Four that change something answer with a
// list too, which is no reason to take them for a reading.
func (o Operation) Lists() bool { return o.Method == http.MethodGet && o.Answer == "list" }

// Pages reports whether the answer may go on over several pages: it is a list, or an object that holds one, which
// takes a cursor.
func (o Operation) Pages() bool {
	return o.Reads() && (o.Lists() || slices.ContainsFunc(o.Parameters, func(v Value) bool { return v.In == "query" && v.Name == "after" }))
}

// Counterpart returns the operation that reads what a PUT replaces.
func (c *Catalog) Counterpart(op Operation) (Operation, bool) {
	if op.Method != "PUT" {
		return Operation{}, false
	}
	for _, o := range c.operations {
		if o.Method == "GET" && o.Path == op.Path && o.Answer == "object" {
			return o, true
		}
	}
	return Operation{}, false
}
