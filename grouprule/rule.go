// Package grouprule says what Okta's group rules mean for one membership: whether a rule gives it, will give it
// back, or holds the person as an exception. It reads rules and decides nothing; what cannot be known here is
// said to be unknown.
package grouprule

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Rule is one group rule, as GET /api/v1/groups/rules lists it.
type Rule struct {
	ID, Name      string
	Active        bool
	Condition     string // in Okta's expression language
	Groups        []string
	ExceptUsers   []string
	ExceptGroups  []string
	parsed        node // nil: beyond what is understood here
	attributes    []string
	notUnderstood string // why parsed is nil
}

// UnmarshalJSON reads a rule as Okta writes it (Okta API, schema GroupRule).
func (r *Rule) UnmarshalJSON(raw []byte) error {
	var in struct {
		ID, Name, Status string
		Conditions       struct {
			People struct {
				Users, Groups struct{ Exclude []string }
			}
			Expression struct{ Value string }
		}
		Actions struct {
			Assign struct {
				GroupIDs []string `json:"groupIds"`
			} `json:"assignUserToGroups"`
		}
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return fmt.Errorf("read group rule: %w", err)
	}
	*r = Rule{ID: in.ID, Name: in.Name, Active: in.Status == "ACTIVE", Condition: in.Conditions.Expression.Value,
		Groups: in.Actions.Assign.GroupIDs, ExceptUsers: in.Conditions.People.Users.Exclude, ExceptGroups: in.Conditions.People.Groups.Exclude}
	var err error
	if r.parsed, r.attributes, err = parse(r.Condition); err != nil {
		r.parsed, r.notUnderstood = nil, err.Error()
	}
	return nil
}

// Attributes returns the profile attributes that the condition looks at, in its order.
func (r Rule) Attributes() []string { return r.attributes }

// Person is somebody whose membership is about to change. Attribute returns a value of the profile, and false
// when the profile is not known that far.
type Person struct {
	ID        string // "" before the person is made
	Attribute func(name string) (value any, known bool)
}

// ProfileOf returns a person whose whole profile was read: an attribute it lacks is empty.
func ProfileOf(id string, profile map[string]any) *Person {
	return &Person{ID: id, Attribute: func(name string) (any, bool) { return profile[name], true }}
}

// State is how an active rule stands to one membership.
type State int

// The states.
const (
	Untold   State = iota // whether the condition holds can't be told
	Gives                 // the condition holds: the rule gives the membership
	Excepted              // the person is on the rule's exception list
	Idle                  // the condition does not hold now
)

// Standing is an active rule that assigns a group, and how it stands to one person.
type Standing struct {
	Rule  Rule
	State State
	Why   string // of Untold: what stands in the way, as the end of a sentence
}

// Standings returns how each active rule that assigns the group stands to a person; nil is somebody who is not
// known yet.
func Standings(rules []Rule, group string, p *Person) []Standing {
	var out []Standing
	for _, r := range rules {
		if r.Active && slices.Contains(r.Groups, group) {
			s := Standing{Rule: r}
			s.State, s.Why = r.standing(p)
			out = append(out, s)
		}
	}
	return out
}

func (r Rule) standing(p *Person) (State, string) {
	switch {
	case p == nil:
		return Untold, "the person is known only when it runs"
	case p.ID != "" && slices.Contains(r.ExceptUsers, p.ID):
		return Excepted, ""
	case r.parsed == nil:
		return Untold, r.notUnderstood
	}
	e := evaluation{attribute: p.Attribute}
	holds, known := asBool(r.parsed.eval(&e))
	switch {
	case !known:
		return Untold, e.why()
	case !holds:
		return Idle, ""
	case len(r.ExceptGroups) > 0:
		return Untold, "the rule leaves out the members of some groups"
	}
	return Gives, ""
}
