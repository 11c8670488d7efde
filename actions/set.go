package actions

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"caracal/catalog"
	"caracal/fault"
	"caracal/form"
	"caracal/grouprule"
	"caracal/okta"
	"caracal/workflow"
)

// Set is a list of actions that was found to be in order.
type Set struct {
	list []Action
	byID map[string]Action

	// Operations are actions besides those of the list, made as they are needed; nil: there are none.
	Operations *Shelf

	// Rules reads the group rules of orgs. It may be replaced by one that others share, before first use.
	Rules *grouprule.Reader
}

// NewSet checks the actions and refuses the whole list with everything that is wrong with it.
func NewSet(list []Action) (*Set, error) {
	known, err := catalog.Shared()
	if err != nil {
		return nil, fmt.Errorf("load scopes: %w", err)
	}
	s := &Set{Rules: &grouprule.Reader{}, list: list, byID: make(map[string]Action, len(list))}
	var wrong []error
	for _, a := range list {
		if _, dup := s.byID[a.ID]; dup {
			wrong = append(wrong, fmt.Errorf("action %q is there twice", a.ID))
		}
		s.byID[a.ID] = a
		wrong = append(wrong, check(a, known)...)
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return s, nil
}

var (
	idPattern   = regexp.MustCompile(`^[a-z]+(_[a-z]+)*\.[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	placeholder = regexp.MustCompile(`\{([^}]*)\}`)
	// objectID is what Okta's ids look like: 20 letters and digits, with - and _ in some.
	objectID = regexp.MustCompile(`^[A-Za-z0-9_-]{3,64}$`)
)

func check(a Action, known *catalog.Catalog) (wrong []error) {
	say := func(format string, args ...any) {
		wrong = append(wrong, fmt.Errorf("action %q: "+format, append([]any{a.ID}, args...)...))
	}
	if !idPattern.MatchString(a.ID) {
		say("id is not of the form object.verb")
	}
	if a.Title == "" || a.Object == "" || a.Help == "" || a.Summary == "" || a.Role == "" {
		say("title, object, help, summary and role must be there")
	}
	if a.Do == nil {
		say("Do is missing")
	}
	switch a.Effect {
	case workflow.Reads, workflow.Changes, workflow.Destroys:
	default:
		say("effect %q is not known", a.Effect)
	}
	switch {
	case a.Repeat != workflow.Harmless && a.Repeat != workflow.Never:
		say("repeat %q is not known", a.Repeat)
	case a.Repeat == workflow.Never && a.Find == nil:
		say("repeating is not harmless, so Find must be there")
	}
	if u := a.Undo; a.Effect != workflow.Reads && (u.None == "") == (u.Back == nil) {
		say("Undo must either say why it can't be taken back, or how")
	} else if u.Back != nil && u.Look == nil && !u.Told {
		say("what there was before must be looked at, or told by the action's own answer")
	}
	if len(a.Scopes) == 0 {
		say("no scope")
	}
	for _, scope := range a.Scopes {
		if _, ok := known.Scope(string(scope)); !ok {
			say("scope %q is not known", scope)
		}
	}
	fields := map[string]bool{}
	for _, f := range a.Fields {
		if f.Name == "" || f.Label == "" || f.Kind == "" || fields[f.Name] {
			say("field %q needs a name of its own, a label and a kind", f.Name)
		}
		fields[f.Name] = true
	}
	for _, m := range placeholder.FindAllStringSubmatch(a.Summary, -1) {
		if !fields[m[1]] {
			say("summary names {%s}, which is no field", m[1])
		}
	}
	outputs := map[string]bool{}
	for _, o := range a.Outputs {
		if o.Name == "" || o.Label == "" || outputs[o.Name] {
			say("output %q needs a name of its own and a label", o.Name)
		}
		outputs[o.Name] = true
		inItem := map[string]bool{}
		for _, f := range o.Fields {
			if !o.List || f.Name == "" || f.Label == "" || inItem[f.Name] {
				say("field %q of output %q needs a list, a name of its own and a label", f.Name, o.Name)
			}
			inItem[f.Name] = true
		}
	}
	return wrong
}

// Registry returns the specs, in order, after those that come first; the operations stand behind them.
func (s *Set) Registry(first ...workflow.ActionSpec) *workflow.Registry {
	specs := slices.Clone(first)
	for _, a := range s.list {
		specs = append(specs, a.ActionSpec)
	}
	registry := workflow.NewRegistry(specs)
	if s.Operations != nil {
		registry = registry.Behind(s.Operations)
	}
	return registry.Behind(undoShelf{s})
}

// find returns the action with this id.
func (s *Set) find(id string) (Action, bool) {
	a, ok := s.byID[id]
	if !ok && s.Operations != nil {
		a, ok = s.Operations.action(id)
	}
	if !ok {
		a, ok = undoActions[id]
	}
	return a, ok
}

// opener gives the client of an application.
type opener = func(ctx context.Context, applicationID string) (*okta.Client, error)

// Executor carries out steps with the client that open gives for an application.
func (s *Set) Executor(open opener) workflow.Executor {
	return workflow.Executor{
		Before: func(ctx context.Context, call workflow.Call) (workflow.Looked, error) {
			return s.before(ctx, open, call)
		},
		Do: func(ctx context.Context, call workflow.Call) (workflow.Result, error) {
			a, c, err := s.prepare(ctx, open, call)
			if err != nil {
				return workflow.Result{}, err
			}
			ctx, record := okta.WithRecord(okta.ByRun(ctx, call.Urgency))
			output, err := a.Do(ctx, c)
			if (a.Object == groupRuleObject || strings.Contains(a.Request, " /api/v1/groups/rules")) && a.Effect != workflow.Reads {
				s.Rules.Forget(call.ApplicationID)
			}
			return workflow.Result{Output: output, Request: record.Request(), Changes: changesOf(record)}, err
		},
		Find: func(ctx context.Context, call workflow.Call) (workflow.Finding, error) {
			a, c, err := s.prepare(ctx, open, call)
			if err != nil {
				return workflow.Finding{}, err
			}
			if a.Find == nil {
				return notDone("Doing it again leaves what the first time left."), nil
			}
			c.before, c.requests, c.claim = call.Before, call.Requests, call.Claim
			return c.find(okta.ByRun(ctx, call.Urgency), a)
		},
		Events: s.Events(open),
	}
}

func changesOf(record *okta.Record) []workflow.SentChange {
	var out []workflow.SentChange
	for _, c := range record.Changes() {
		out = append(out, workflow.SentChange(c))
	}
	return out
}

// prepare finds the action, checks the values that expressions gave, and opens the client.
func (s *Set) prepare(ctx context.Context, open opener, call workflow.Call) (Action, *Call, error) {
	a, ok := s.find(call.Action)
	switch {
	case !ok && strings.HasPrefix(call.Action, catalog.StepPrefix):
		return Action{}, nil, fault.New(fault.Invalid, "The description of Okta's API that is in use has no operation for %q; edit the workflow, or go back to an earlier description under Operations.", call.Action)
	case !ok:
		return Action{}, nil, fault.New(fault.Invalid, "This version of Caracal has no action %q; edit the workflow and choose another.", call.Action)
	}
	in, err := a.values(call.Input)
	if err != nil {
		return Action{}, nil, err
	}
	client, err := open(ctx, call.ApplicationID)
	if err != nil {
		return Action{}, nil, err
	}
	c := &Call{Client: client, In: in, Attempt: call.Attempt, Started: call.StartedAt, application: call.ApplicationID, rules: s.Rules}
	if c.seen, ok = call.Seen.(*seen); !ok || c.seen == nil {
		c.seen = &seen{}
	}
	return a, c, nil
}

// values checks what a call was given.
func (a Action) values(input map[string]string) (form.Values, error) {
	in := form.Values{}
	for name, kind := range input {
		if of, own := strings.CutPrefix(name, form.OwnPrefix); own {
			if _, _, ok := a.OwnAttribute(of); ok && form.OwnType(kind).Known() {
				in[name] = kind
			}
		}
	}
	for _, f := range a.With(input).Fields {
		value, given := input[f.Name]
		if !given {
			value = f.Default
		}
		if blank := f.WhenEmpty(); len(f.Blanks) > 0 && input[blank.Name] != "" {
			chosen, problem := blank.Check(input[blank.Name])
			if problem != "" {
				return nil, fault.In(f.Name, "%s", problem)
			}
			in[blank.Name], f.Required = chosen, false
		}
		value, problem := f.Check(value)
		if problem != "" {
			return nil, fault.In(f.Name, "%s", problem)
		}
		if f.Kind.Object() {
			for _, id := range form.SplitList(value) {
				if !objectID.MatchString(id) {
					return nil, fault.In(f.Name, "%s is %q, which is not the id of anything in Okta; choose it from the list, or use the id that an earlier step gives.", f.Label, id)
				}
			}
		}
		in[f.Name] = value
	}
	return in, nil
}
