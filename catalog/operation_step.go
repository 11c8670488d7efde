package catalog

import (
	"slices"
	"strings"
	"unicode"
)

// StepPrefix begins the id of a workflow's step that calls one operation.
const StepPrefix = "operation."

// StepID names an operation as a step of a workflow does: operation.deactivate_user. A body that may be of
// several kinds gives a step for each kind.
func StepID(operation, variant string) string {
	id := StepPrefix + snake(operation)
	if variant != "" {
		id += "_" + snake(variant)
	}
	return id
}

// Step is an operation as a step: one of its kinds, when it has kinds.
type Step struct {
	ID        string
	Operation Operation
	Variant   string
}

// Stepless says why an operation cannot be a step, or "".
func (o Operation) Stepless() string {
	switch {
	case len(o.Scopes) == 0:
		return "Okta gives it to no OAuth app"
	case o.Body != nil && o.Body.File != "":
		return "it takes a file"
	case o.Body != nil && o.Body.ContentTypes()[0] != JSON:
		return "it takes " + strings.Join(o.Body.ContentTypes(), " or ") + " and no fields"
	}
	return ""
}

// Steps returns every step that the operations make, in the order of the operations.
func (c *Catalog) Steps() []Step {
	c.stepsOnce.Do(c.makeSteps)
	return c.steps
}

// Step returns the step with this id. An id that the built-in description has, and this one has under another
// name, leads to the operation that is called in the same way: Okta renames operations, and workflows stay.
func (c *Catalog) Step(id string) (Step, bool) {
	if !strings.HasPrefix(id, StepPrefix) {
		return Step{}, false
	}
	c.stepsOnce.Do(c.makeSteps)
	at, ok := c.stepAt[id]
	if !ok {
		return Step{}, false
	}
	return c.steps[at], true
}

// StepsOf returns the steps of one operation: none, one, or one for each kind.
func (c *Catalog) StepsOf(op Operation) []Step {
	if op.Stepless() != "" {
		return nil
	}
	kinds := c.kinds(op)
	if len(kinds) == 0 {
		return []Step{{ID: StepID(op.ID, ""), Operation: op}}
	}
	out := make([]Step, len(kinds))
	for i, v := range kinds {
		out[i] = Step{ID: StepID(op.ID, v.Name), Operation: op, Variant: v.Name}
	}
	return out
}

// kinds returns what the body may be of, as Form does.
func (c *Catalog) kinds(op Operation) []Variant {
	if op.Body == nil || op.Body.ContentTypes()[0] != JSON {
		return nil
	}
	if shape := c.Shape(op.Body.Shape); shape.Array == nil {
		return shape.Variants
	}
	return nil
}

func (c *Catalog) makeSteps() {
	c.stepAt = make(map[string]int, len(c.operations)*2)
	for _, op := range c.operations {
		for _, s := range c.StepsOf(op) {
			if _, taken := c.stepAt[s.ID]; !taken {
				c.stepAt[s.ID] = len(c.steps)
				c.steps = append(c.steps, s)
			}
		}
	}
	builtIn, err := Shared()
	if err != nil || builtIn == c || c.APIVersion == builtIn.APIVersion {
		return
	}
	byCall := map[string]Operation{}
	for _, op := range c.operations {
		byCall[op.call()] = op
	}
	for _, old := range builtIn.Steps() {
		op, ok := byCall[old.Operation.call()]
		if _, known := c.stepAt[old.ID]; known || !ok {
			continue
		}
		for _, s := range c.StepsOf(op) {
			if s.Variant == old.Variant {
				c.stepAt[old.ID] = c.stepAt[s.ID]
			}
		}
	}
}

// call names an operation by how it is called, with the places of its path by number: their names change too.
func (o Operation) call() string {
	var b strings.Builder
	b.WriteString(o.Method + " ")
	within := false
	for _, r := range o.Path {
		switch {
		case r == '{':
			within = true
			b.WriteString("{}")
		case r == '}':
			within = false
		case !within:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// snake writes a name as ids of steps are written: deactivateUser is deactivate_user.
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

// Fields that a step has besides the operation's own: the whole body, where it is not made of fields, and how
// many entries of a list are read.
const (
	StepBody  = "body"
	StepLimit = "limit_entries"
)

// StepFields names the inputs of a form that a step has, each as a field of a workflow: letters, digits and _,
// and each once. Secrets do not belong into a workflow, and pages are followed by themselves. A group has one only when
// the whole of it may be null.
func (f Form) StepFields(each func(name string, in Input)) {
	taken, whole := map[string]bool{}, map[string]bool{}
	f.All(func(in Input) {
		if in.Kind == GroupInput && in.own() { // without what the org has of its own, it is one field of JSON
			whole[in.Key+".*"] = true
		}
		if in.Kind == GroupInput && len(in.Blanks()) == 0 || in.Kind == SecretInput || in.Key == "query.after" {
			return
		}
		_, name, _ := strings.Cut(in.Key, ".")
		if whole[in.Key] {
			name = strings.TrimSuffix(name, ".*")
		}
		name = stepName.Replace(name)
		if taken[name] {
			name = in.In + "_" + name
		}
		if taken[name] {
			name = "body_" + name
		}
		taken[name] = true
		each(name, in)
	})
}

// own reports whether a group has nothing in it but what the org has of its own.
func (in Input) own() bool {
	return !slices.ContainsFunc(in.Inputs, func(i Input) bool { return !i.Live && !i.Rest })
}

var stepName = strings.NewReplacer(".*", "_more", ".", "_", "-", "_")
