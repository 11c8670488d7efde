package connect

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"caracal/fault"
	"caracal/form"
	"caracal/grouprule"
	"caracal/okta"
	"caracal/workflow"
)

// memberChange says which fields of an action name whose membership of what it changes, and how.
type memberChange struct {
	change        grouprule.Change
	group, person string // names of fields
	replaces      bool   // all who are not named leave
	creates       bool   // the person is made by the step, with its other fields as the profile
	profile       string // begins the names of these fields, which then go on as Okta names the attribute
}

var memberChanges = map[string]memberChange{
	"group.add_member":      {change: grouprule.Adding, group: "group", person: "user"},
	"group.remove_member":   {change: grouprule.Removing, group: "group", person: "user"},
	"group.replace_members": {change: grouprule.Removing, group: "group", person: "users", replaces: true},
	"user.create":           {change: grouprule.Adding, group: "groups", creates: true},
	// The same as operations of the Okta API.
	"operation.assign_user_to_group":     {change: grouprule.Adding, group: "groupId", person: "userId"},
	"operation.unassign_user_from_group": {change: grouprule.Removing, group: "groupId", person: "userId"},
	"operation.create_user":              {change: grouprule.Adding, group: "groupIds", creates: true, profile: "profile_"},
}

// createdProfile names the profile attributes that the fields of user.create fill.
var createdProfile = map[string]string{
	"firstName": "first_name", "lastName": "last_name", "email": "email", "login": "login", "title": "title",
	"department": "department", "mobilePhone": "mobile_phone", "employeeNumber": "employee_number",
}

// MemberAdvice is what group rules make of one change of a membership.
type MemberAdvice struct {
	grouprule.Advice
	Step   string // its title
	Person string // the id of whom it is about; "" when that is nobody yet
}

// Makes returns the operation that makes the change which a way is, what that is in words, and the values of its path;
// "" when no operation does.
func (a MemberAdvice) Makes(way grouprule.Way) (operation, words string, values url.Values) {
	switch {
	case way.Of == grouprule.TheProfile && a.Person != "":
		return "updateUser", "Change the profile here", url.Values{"path.userId": {a.Person}}
	case way.Of == grouprule.TheRule && a.RuleID != "":
		return "replaceGroupRule", "Edit the rule here, once it is deactivated", url.Values{"path.groupRuleId": {a.RuleID}}
	}
	return "", "", nil
}

// Foresight is what group rules make of a run before it starts.
type Foresight struct {
	Asked  bool // at least one step changes memberships
	Advice []MemberAdvice
	Unread string // why the rules, or a part of what they are about, could not be looked at
}

// The bounds of one look: it happens while a person fills a form.
const (
	maxAdvice  = 20
	maxMembers = 500
)

// ChangesMembers reports whether a step of the definition changes who is in a group.
func ChangesMembers(d workflow.Definition) bool {
	return slices.ContainsFunc(d.Steps, func(s workflow.Step) bool { _, ok := memberChanges[s.Action]; return ok })
}

// MemberAdvice says what the org's group rules make of the memberships that a run with these inputs would change.
// It reads the rules (kept for a minute) and the people concerned; what can't be told, it says. err is why, and there is
// something in Foresight all the same.
func (s *Service) MemberAdvice(ctx context.Context, d workflow.Definition, inputs map[string]string) (f Foresight, err error) {
	f = Foresight{Asked: ChangesMembers(d)}
	if !f.Asked || d.ApplicationID == "" {
		return f, nil
	}
	client, _, err := s.Client(ctx, d.ApplicationID)
	if err == nil {
		var rules []grouprule.Rule
		if rules, err = s.Rules.Rules(ctx, d.ApplicationID, client); err == nil {
			l := look{s: s, client: client, d: d, inputs: inputs, rules: rules, seen: map[string]bool{}}
			err = l.steps(ctx)
			f.Advice = l.advice
		}
	}
	if err != nil {
		f.Unread = fault.Message(err)
		if errors.Is(err, context.DeadlineExceeded) {
			f.Unread = "Okta did not answer in time."
		}
	}
	return f, err
}

// look is one look at a run before it starts.
type look struct {
	s      *Service
	client *okta.Client
	d      workflow.Definition
	inputs map[string]string
	rules  []grouprule.Rule
	advice []MemberAdvice
	seen   map[string]bool
}

func (l *look) steps(ctx context.Context) error {
	for _, step := range l.d.Steps {
		change, ok := memberChanges[step.Action]
		if !ok {
			continue
		}
		groups, _ := l.value(step, change.group)
		for _, group := range form.SplitList(strings.ReplaceAll(groups, "\n", ",")) {
			if !slices.ContainsFunc(l.rules, func(r grouprule.Rule) bool { return r.Active && slices.Contains(r.Groups, group) }) {
				continue
			}
			key := fmt.Sprint(change, group, step.Fields[change.person])
			if l.seen[key] || len(l.advice) >= maxAdvice {
				continue
			}
			l.seen[key] = true
			if err := l.one(ctx, step, change, group); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *look) one(ctx context.Context, step workflow.Step, change memberChange, group string) error {
	name := ""
	if c, err := l.s.Named(ctx, l.d.ApplicationID, form.Group, group); err == nil {
		name = c.Label
	}
	if change.replaces {
		return l.replacement(ctx, step, change, group, name)
	}
	person, label, why, err := l.person(ctx, step, change)
	if err != nil {
		return err
	}
	for _, standing := range grouprule.Standings(l.rules, group, person) {
		if person == nil {
			standing.Why = why
		}
		a := standing.Advise(change.change, label, name)
		if why == nobodyYet {
			a.Text = "Choose the person, and this says whether its condition holds for them."
		}
		l.add(step, a, person != nil)
		if person != nil {
			l.advice[len(l.advice)-1].Person = person.ID
		}
	}
	return nil
}

func (l *look) add(step workflow.Step, a grouprule.Advice, sure bool) {
	a.Weighty = a.Weighty && sure
	l.advice = append(l.advice, MemberAdvice{Advice: a, Step: step.Title})
}

// nobodyYet says why nothing is known about a person whom the form asks for.
const nobodyYet = "nobody is chosen yet"

// person finds who a step is about: somebody of the org, somebody whom this or an earlier step makes, or nobody
// yet, and then why.
func (l *look) person(ctx context.Context, step workflow.Step, change memberChange) (p *grouprule.Person, label, why string, err error) {
	if change.creates {
		return l.created(step), "the new person", "", nil
	}
	id, err := l.value(step, change.person)
	switch {
	case err == nil && id == "":
		return nil, "", nobodyYet, nil
	case err != nil:
		if maker, ok := l.maker(step.Fields[change.person]); ok {
			return l.created(maker), "the new person", "", nil
		}
		if l.asks(step.Fields[change.person]) {
			return nil, "", nobodyYet, nil
		}
		return nil, "", "the person is known only when it runs", nil
	}
	var u person
	if err := l.client.Get(ctx, okta.Path("/api/v1/users/%s", id), nil, &u); err != nil {
		if fault.Is(err, fault.NotFound) {
			return nil, "", "the org has no such person", nil
		}
		return nil, "", "", err
	}
	return grouprule.ProfileOf(u.ID, u.Profile), u.name(), "", nil
}

// maker returns the step that makes the user whose id a field is.
func (l *look) maker(text string) (workflow.Step, bool) {
	t, err := workflow.ParseTemplate(text)
	if err != nil {
		return workflow.Step{}, false
	}
	ref, ok := t.Single()
	i := l.d.StepIndex(ref.Step)
	if !ok || ref.Output != "id" || i < 0 || !memberChanges[l.d.Steps[i].Action].creates {
		return workflow.Step{}, false
	}
	return l.d.Steps[i], true
}

// asks reports whether a field waits for nothing but the form.
func (l *look) asks(text string) bool {
	t, err := workflow.ParseTemplate(text)
	return err == nil && !slices.ContainsFunc(t.References(), func(r workflow.Reference) bool { return r.Input == "" })
}

// created is the person that a step makes, as far as its fields say. What the org adds to a new profile is not
// known.
func (l *look) created(step workflow.Step) *grouprule.Person {
	prefix := memberChanges[step.Action].profile
	return &grouprule.Person{Attribute: func(name string) (any, bool) {
		field := createdProfile[name]
		if prefix != "" {
			field = prefix + name
		}
		if field == "" {
			return nil, false
		}
		v, err := l.value(step, field)
		if err != nil || strings.TrimSpace(v) == "" {
			return nil, false
		}
		return v, true
	}}
}

// value fills one field of a step; an error says that it needs what is not there before the run.
func (l *look) value(step workflow.Step, field string) (string, error) {
	if field == "" {
		return "", nil
	}
	one := workflow.Step{ID: step.ID, Title: step.Title, Fields: map[string]string{field: step.Fields[field]}}
	values, err := workflow.ResolveStep(one, workflow.Scope{Inputs: l.inputs, Kinds: l.d.InputKindsOf(), Now: l.s.Clock()})
	return strings.TrimSpace(values[field]), err
}
