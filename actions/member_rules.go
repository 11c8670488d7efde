package actions

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"caracal/grouprule"
	"caracal/okta"
	"caracal/workflow"
)

// ruleNote is the output that says what group rules mean for a membership that was changed.
var ruleNote = workflow.OutputField{Name: "rule_note", Label: "Group rules"}

// ruleTime bounds what looking at rules may add to a step. A look that fails never fails the step.
const ruleTime = 5 * time.Second

// memberRules is what group rules say about one person and one group, looked up before the change, so that the
// change stays the last call of the step.
type memberRules struct {
	standings []grouprule.Standing
	person    string
	id        string
	unread    bool
}

// aside returns a context for calls that are not what the step is about: bounded, and not noted as its last.
func aside(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, ruleTime)
	ctx, _ = okta.WithRecord(ctx)
	return ctx, cancel
}

// activeRules returns the active rules that assign one of the groups; ok is false when they could not be read.
func (c *Call) activeRules(ctx context.Context, groups ...string) (rules []grouprule.Rule, ok bool) {
	if c.rules == nil || len(groups) == 0 {
		return nil, true
	}
	all, err := c.rules.Rules(ctx, c.application, c.Client)
	for _, r := range all {
		if r.Active && slices.ContainsFunc(groups, func(g string) bool { return slices.Contains(r.Groups, g) }) {
			rules = append(rules, r)
		}
	}
	return rules, err == nil
}

// lookAtRules says how the rules that assign a group stand to a user.
func (c *Call) lookAtRules(ctx context.Context, group, userID string) memberRules {
	ctx, cancel := aside(ctx)
	defer cancel()
	rules, ok := c.activeRules(ctx, group)
	m := memberRules{id: userID, unread: !ok}
	if len(rules) == 0 {
		return m
	}
	person := &grouprule.Person{ID: userID, Attribute: func(string) (any, bool) { return nil, false }}
	if u, err := c.readUser(ctx, userID); err == nil {
		person, m.person = grouprule.ProfileOf(u.ID, u.Profile), u.name()
	}
	m.standings = grouprule.Standings(rules, group, person)
	return m
}

// added is the note after a person was added.
func (m memberRules) added() string {
	var notes []string
	for _, s := range m.standings {
		notes = append(notes, s.Note(grouprule.Adding, m.person, false))
	}
	return strings.Join(notes, " ")
}

// removed is the note after a person was removed: rules that may have given the membership are read again.
func (c *Call) removed(ctx context.Context, m memberRules) string {
	if m.unread {
		return "The group rules could not be read with this connection, so whether one gives the membership back is not known."
	}
	var notes []string
	for _, s := range m.standings {
		excepted := slices.Contains(c.exceptions(ctx, s), m.id)
		notes = append(notes, s.Note(grouprule.Removing, m.person, excepted))
	}
	return strings.Join(notes, " ")
}

// exceptions reads whom a rule leaves alone now, if the change before may have added to it.
func (c *Call) exceptions(ctx context.Context, s grouprule.Standing) []string {
	if s.State != grouprule.Gives && s.State != grouprule.Untold {
		return nil
	}
	ctx, cancel := aside(ctx)
	defer cancel()
	c.rules.Forget(c.application)
	rule, err := grouprule.Read(ctx, c.Client, s.Rule.ID)
	if err != nil {
		return nil // the removal is made; that the exception is not proved, the note says
	}
	return rule.ExceptUsers
}

// removedMany is the note after many were removed from a group.
func (c *Call) removedMany(ctx context.Context, rules []grouprule.Rule, group string, left map[string]user) string {
	var notes []string
	for _, r := range rules {
		held := grouprule.Standing{Rule: r, State: grouprule.Idle}
		given, untold := 0, 0
		for _, id := range slices.Sorted(maps.Keys(left)) {
			for _, s := range grouprule.Standings([]grouprule.Rule{r}, group, grouprule.ProfileOf(id, left[id].Profile)) {
				switch s.State {
				case grouprule.Gives:
					given++
					held = s
				case grouprule.Untold:
					untold++
					held = s
				}
			}
		}
		excepted := 0
		for _, id := range c.exceptions(ctx, held) {
			if _, ok := left[id]; ok && !slices.Contains(r.ExceptUsers, id) {
				excepted++
			}
		}
		switch {
		case excepted > 0:
			notes = append(notes, fmt.Sprintf("%d of those removed %s on the exception list of the group rule “%s” now; it will not give them the membership back.", excepted, isOrAre(excepted), r.Name))
		case given > 0:
			notes = append(notes, fmt.Sprintf("The condition of the group rule “%s” holds for %d of those removed, and they are not on its exception list yet: it may give the membership back.", r.Name, given))
		case untold > 0:
			notes = append(notes, fmt.Sprintf("The active group rule “%s” assigns this group; whether it gives the membership back to %d of those removed can't be told.", r.Name, untold))
		}
	}
	return strings.Join(notes, " ")
}

func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// createdIn is the note after a user was made as a member of groups.
func createdIn(rules []grouprule.Rule, groups []string, u user) string {
	var notes []string
	for _, g := range groups {
		m := memberRules{standings: grouprule.Standings(rules, g, grouprule.ProfileOf(u.ID, u.Profile)), person: u.name()}
		if note := m.added(); note != "" {
			notes = append(notes, note)
		}
	}
	return strings.Join(notes, " ")
}
