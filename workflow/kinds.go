package workflow

import (
	"slices"

	"caracal/form"
)

// InputKinds are the kinds an input may have, in the order the builder offers them.
var InputKinds = []form.Kind{form.Text, form.LongText, form.Email, form.Number, form.Choice, form.Date, form.YesNo,
	form.User, form.Group, form.App}

// KindTitle returns what the builder calls a kind.
func KindTitle(k form.Kind) string {
	return map[form.Kind]string{form.Text: "Text", form.LongText: "Long text", form.Email: "E-mail", form.Number: "Number",
		form.Choice: "Choice", form.Date: "Date", form.YesNo: "Yes or no", form.User: "User", form.Group: "Group", form.App: "App",
		form.Users: "Users", form.Groups: "Groups", form.Hidden: "Secret", form.Condition: "Yes or no", form.People: "People"}[k]
}

// kindWords returns a kind as the object of a sentence.
func kindWords(k form.Kind) string {
	return map[form.Kind]string{form.Text: "text", form.LongText: "long text", form.Email: "an e-mail address", form.Number: "a number",
		form.Choice: "one of a few choices", form.Date: "a date", form.YesNo: "yes or no", form.User: "a user", form.Group: "a group",
		form.App: "an app", form.Users: "users", form.Groups: "groups", form.Hidden: "a secret", form.Condition: "yes or no", form.People: "people"}[k]
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
	case form.People:
		return false // an approver is chosen by whoever builds, never by whoever runs
	case form.Number:
		return k == form.Number || k == form.Choice
	case form.Choice:
		return k == form.Choice && !slices.ContainsFunc(options, func(o form.Option) bool { return !hasOption(f.Options, o.Value) })
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

// Field returns the field with this name.
func (s ActionSpec) Field(name string) (form.Field, bool) {
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
	Kind      form.Kind
	Secret    bool
	Step      int // place of the step counted from 1, 0 for an input
}

// Values returns what a field of a step may be filled with: every input that fits, and every output of
// earlier steps that does.
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
		if accepts(f, in.Kind, in.Options) {
			out = append(out, Value{Reference: Reference{Input: in.Name}, From: "Inputs", Label: in.Label, Kind: in.Kind})
		}
	}
	for n, s := range d.Steps[:i] {
		earlier, _ := registry.Get(s.Action)
		for _, o := range earlier.Outputs {
			if o.Kind == "" && !f.Kind.Picker() || o.Kind != "" && accepts(f, o.Kind, nil) || o.Kind == "" && f.Kind.Picker() && o.Name == "id" {
				out = append(out, Value{Reference: Reference{Step: s.ID, Output: o.Name}, From: s.Title, Label: o.Label, Kind: o.Kind, Secret: o.Secret, Step: n + 1})
			}
		}
	}
	return out
}
