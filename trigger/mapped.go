package trigger

import (
	"time"

	"caracal/form"
	"caracal/workflow"
)

// Mapped returns the inputs that a receiver's mapping makes of a body, checked like a form that a person filled in.
func (r Receiver) Mapped(fields []form.Field, body any, now time.Time) *form.Form {
	return mapped(workflow.BodyRoot, r.Map, fields, body, now)
}

func mapped(root workflow.Root, by map[string]string, fields []form.Field, value any, now time.Time) *form.Form {
	problems := map[string]string{}
	f := form.DecodeFrom(fields, func(name string) string {
		text, err := workflow.EvaluateMapping(root, by[name], value, jointOf(fields, name), now)
		if err != nil {
			problems[name] = "The mapping can't be used: " + err.Error() + "."
			return ""
		}
		return text
	})
	for name, problem := range problems {
		f.Errors[name] = problem
	}
	return f
}

// jointOf is what stands between the entries of a list in a field of this kind.
func jointOf(fields []form.Field, name string) workflow.Joint {
	for _, f := range fields {
		if f.Name == name {
			switch f.Kind {
			case form.Lines:
				return workflow.Joint{Separator: "\n", Several: true}
			case form.LongText:
				return workflow.Joint{Separator: "\n"}
			case form.Users, form.Groups:
				return workflow.Joint{Separator: ",", Several: true}
			}
		}
	}
	return workflow.Joint{Separator: ","}
}

// Given returns inputs that were given by name, checked like a form; what the workflow does not ask for is an error
// beside its name.
func Given(fields []form.Field, inputs map[string]string) *form.Form {
	f := form.DecodeFrom(fields, func(name string) string { return inputs[name] })
	known := map[string]bool{}
	for _, field := range fields {
		known[field.Name] = true
	}
	for name := range inputs {
		if !known[name] {
			f.Errors[name] = "The workflow has no input of this name."
		}
	}
	return f
}
