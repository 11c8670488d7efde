package workflow

import (
	"slices"
	"strings"

	"caracal/form"
)

// InputKinds are the kinds an input may have, in the order the builder offers them.
var InputKinds = []form.Kind{form.Text, form.LongText, form.Email, form.Number, form.Choice, form.Date, form.YesNo,
	form.User, form.Group, form.App, form.Users, form.Groups, form.Lines}

// KindTitle returns what the builder calls a kind.
func KindTitle(k form.Kind) string {
	return map[form.Kind]string{form.Text: "Text", form.LongText: "Long text", form.Email: "E-mail", form.Number: "Number",
		form.Choice: "Choice", form.Date: "Date", form.YesNo: "Yes or no", form.User: "User", form.Group: "Group", form.App: "App",
		form.Users: "Users", form.Groups: "Groups", form.Hidden: "Secret", form.Condition: "Yes or no", form.People: "People",
		form.Lines: "Lines", form.List: "List", form.EventTypes: "Types of event"}[k]
}

// kindWords returns a kind as the object of a sentence.
func kindWords(k form.Kind) string {
	if _, list := k.List(); list {
		if k.Several() {
			return "ids of the org"
		}
		return "an id of the org"
	}
	return map[form.Kind]string{form.Text: "text", form.LongText: "long text", form.Email: "an e-mail address", form.Number: "a number",
		form.Choice: "one of a few choices", form.Date: "a date", form.YesNo: "yes or no", form.User: "a user", form.Group: "a group",
		form.App: "an app", form.Users: "users", form.Groups: "groups", form.Hidden: "a secret", form.Condition: "yes or no", form.People: "people",
		form.Lines: "several lines", form.List: "a list", form.EventTypes: "types of event"}[k]
}

// accepts reports whether a field can take a value of a kind. Text takes everything; the rest only what will
// hold when it runs. options are those of the value when it is a choice.
func accepts(f form.Field, k form.Kind, options []form.Option) bool {
	switch f.Kind {
	case form.User, form.Group, form.App, form.Date, form.YesNo:
		return k == f.Kind
	case form.Users:
		return k == form.User || k == form.Users
	case form.Groups:
		return k == form.Group || k == form.Groups
	case form.Email:
		return k == form.Email || k == form.Text || k == form.Choice
	case form.List:
		return IsListKind(k)
	case form.People:
		return false // an approver is chosen by whoever builds, never by whoever runs
	case form.Number:
		return k == form.Number || k == form.Choice
	case form.Choice:
		return k == form.Choice && !slices.ContainsFunc(options, func(o form.Option) bool { return !hasOption(f.Options, o.Value) })
	}
	if list, ok := f.Kind.List(); ok { // another object's id is never right; a text may hold the right one
		theirs, _ := k.List()
		return theirs == list && (f.Kind.Several() || !k.Several()) || k == form.Text || k == form.Choice
	}
	return true
}

func hasOption(options []form.Option, value string) bool {
	return slices.ContainsFunc(options, func(o form.Option) bool { return o.Value == value })
}

// Output returns the output with this name.
func (s ActionSpec) Output(name string) (OutputField, bool) {
	i := slices.IndexFunc(s.Outputs, func(o OutputField) bool { return o.Name == name })
	if i < 0 {
		return OutputField{}, false
	}
	return s.Outputs[i], true
}

// Field returns the field with this name; form.WhenEmptyPrefix before it names what it sends when it is empty.
func (s ActionSpec) Field(name string) (form.Field, bool) {
	if of, ok := strings.CutPrefix(name, form.WhenEmptyPrefix); ok {
		f, ok := s.Field(of)
		return f.WhenEmpty(), ok && len(f.Blanks) > 0
	}
	i := slices.IndexFunc(s.Fields, func(f form.Field) bool { return f.Name == name })
	if i < 0 {
		return form.Field{}, false
	}
	return s.Fields[i], true
}

// Value is something that a field may be filled with: an entry of the builder's menu.
type Value struct {
	Reference Reference
	From      string // "Inputs", or the title of the step
	Label     string
	Type      Type
	Secret    bool
	Step      int // place of the step counted from 1, 0 for an input
	Fits      bool
}

// Kind returns the kind of the value as a field takes it: several user ids are users.
func (v Value) Kind() form.Kind { return v.Type.asKind() }

// Values returns what is in reach of a field of a step: every input, the items of the loops around, and every
// output of earlier steps, with the parts of those that are objects. Those that fit the field say so.
func (d Definition) Values(registry *Registry, stepID, field string) []Value {
	i := d.StepIndex(stepID)
	if i < 0 {
		return nil
	}
	f, ok := registry.FieldOf(d.Steps[i], field)
	if !ok {
		return nil
	}
	var out []Value
	for _, in := range d.Inputs {
		out = append(out, Value{Reference: Reference{Input: in.Name}, From: "Inputs", Label: in.Label, Type: typeOfKind(in.Kind), Fits: accepts(f, in.Kind, in.Options)})
	}
	at := d.sight(i, field)
	for j, s := range d.Steps {
		if !at.sees(j) {
			continue
		}
		spec, _ := registry.Get(s.Action)
		for _, o := range spec.Outputs {
			if s.Action == FlowForEach && at.inside(s.ID) != inLoop(o.Name) {
				continue
			}
			v := Value{Reference: Reference{Step: s.ID, Output: o.Name}, From: s.Title, Label: o.Label, Type: o.Type(), Secret: o.Secret, Step: j + 1}
			if s.Action == FlowForEach && o.Name == ItemOutput {
				v.Type = d.ItemOf(registry, j)
				if at.loop() == s.ID {
					v.Reference = Reference{Item: true}
				}
			}
			out = append(out, v.parts(f)...)
		}
	}
	return out
}

// parts returns the value and, when it is an object, each of its parts.
func (v Value) parts(f form.Field) []Value {
	v.Fits = v.fits(f)
	out := []Value{v}
	if v.Type.List {
		return out
	}
	for _, part := range v.Type.Fields {
		p := v
		p.Label, p.Type, p.Secret = v.Label+" › "+part.Label, part.Type(), v.Secret || part.Secret
		p.Reference.Path = strings.TrimPrefix(v.Reference.Path+"."+part.Name, ".")
		out = append(out, p.parts(f)...)
	}
	return out
}

// fits reports whether an output suits a field: one of a known kind where that is taken, one of an unknown kind
// where text is, and an id of something unknown in a picker.
func (v Value) fits(f form.Field) bool {
	switch kind := v.Kind(); {
	case f.Kind == form.List:
		return v.Type.List
	case v.Type.List && kind == "":
		return !f.Kind.Picker() && f.Kind != form.Number && f.Kind != form.Date && f.Kind != form.YesNo && f.Kind != form.Email
	case kind != "":
		return accepts(f, kind, nil)
	case len(v.Type.Fields) > 0:
		return false // an object: its parts fit
	case f.Kind == form.EventTypes:
		return true // they are words, and no ids
	case f.Kind.Picker():
		return v.Reference.Output == "id" && v.Reference.Path == "" || strings.HasSuffix("."+v.Reference.Path, ".id")
	}
	return true
}

// Objects returns how many objects of the org a call with this input is about to change: none when it reads, and
// else one for each way to choose one entry from each of its lists of users and groups.
func (s ActionSpec) Objects(input map[string]string) int {
	if s.Effect != Changes && s.Effect != Destroys {
		return 0
	}
	n := 1
	for _, f := range s.Fields {
		if f.Kind == form.Users || f.Kind == form.Groups {
			n *= max(1, len(form.SplitList(input[f.Name])))
		}
	}
	return n
}
