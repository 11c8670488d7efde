package oktasim

import (
	"slices"
	"strings"
	"time"
)

// The statuses of a group rule. A rule is INVALID once a group it assigns is gone.
const (
	ruleActive   = "ACTIVE"
	ruleInactive = "INACTIVE"
	ruleInvalid  = "INVALID"
)

// groupRule puts users whose profile fits an expression into groups.
type groupRule struct {
	id, status, name            string
	expression                  string
	parsed                      expression
	excludeUsers, excludeGroups []string
	groupIDs                    []string
	valid                       bool
	created, lastUpdated        time.Time
}

func (r *groupRule) target() target {
	return target{ID: r.id, Type: "GroupRule", AlternateID: "unknown", DisplayName: r.name}
}

// newRule says what a group rule is to be created with.
type newRule struct {
	name, expression            string
	groupIDs                    []string
	excludeUsers, excludeGroups []string
}

func (s *groupStore) rule(id string) *groupRule {
	for _, r := range s.rules {
		if r.id == id {
			return r
		}
	}
	return nil
}

// createRule checks and adds a group rule, inactive as all begin. The catalog of
// event types has none for the making, changing and deleting of rules, so the log
// tells only what rules do. The lock is held.
func (o *Org) createRule(in newRule) (*groupRule, *apiError) {
	parsed, err := o.checkRule(nil, in)
	if err != nil {
		return nil, err
	}
	r := &groupRule{id: o.newID("0pr"), status: ruleInactive, valid: true, created: o.now()}
	r.set(in, parsed, o.now())
	o.groups.rules = append(o.groups.rules, r)
	return r, nil
}

func (r *groupRule) set(in newRule, parsed expression, now time.Time) {
	r.name, r.expression, r.parsed = in.name, in.expression, parsed
	r.groupIDs, r.excludeUsers, r.excludeGroups = in.groupIDs, in.excludeUsers, in.excludeGroups
	r.lastUpdated = now
}

// checkRule refuses what Okta's rule editor refuses. Group rules may only assign
// groups of type OKTA_GROUP ("Group rule operations" in the API reference).
func (o *Org) checkRule(r *groupRule, in newRule) (expression, *apiError) {
	switch n := len([]rune(in.name)); {
	case strings.TrimSpace(in.name) == "":
		return nil, errValidation("name", "name: "+causeBlank)
	case n > 50:
		return nil, errValidation("name", "name: The field must be at most 50 characters long")
	case hasWideRune(in.name):
		return nil, errValidation("name", "name: The field contains characters that are not supported")
	}
	for _, other := range o.groups.rules {
		if other != r && strings.EqualFold(other.name, in.name) {
			return nil, errValidation("name", "name: "+causeTaken)
		}
	}
	if len(in.groupIDs) == 0 {
		return nil, errValidation("groupIds", "groupIds: "+causeBlank)
	}
	for _, id := range in.groupIDs {
		switch g := o.groups.byID[id]; {
		case g == nil:
			return nil, errValidation("groupIds", "groupIds: The group "+id+" does not exist.")
		case g.kind != groupKindOkta:
			return nil, errValidation("groupIds", "groupIds: A rule can only assign groups that are managed in Okta.")
		}
	}
	parsed, err := parseExpression(in.expression, func(attr string) bool {
		if attr == "id" || attr == "status" {
			return true
		}
		for _, t := range o.schemas.types {
			if t.schema.property(attr) != nil {
				return true
			}
		}
		return false
	})
	if err != nil {
		return nil, errValidation("validateRule", "Invalid expression: "+err.Error())
	}
	return parsed, nil
}

// activateRule turns a rule on and runs it over everybody. Members whom the rule
// had put in before and who no longer fit leave.
func (o *Org) activateRule(c *call, r *groupRule) {
	r.status = ruleActive
	o.log(c, "group.user_membership.rule.trigger", "Trigger group membership rule", r.target())
	for _, u := range o.users.list {
		o.applyRules(c, u)
	}
}

// applyRules lets the active rules decide about one user. A rule may look at the
// groups that another rule gave, so it is repeated until nothing changes, a few
// times at most: two rules can contradict each other.
func (o *Org) applyRules(c *call, u *user) {
	if u.status == statusDeprovisioned || len(o.groups.rules) == 0 {
		return
	}
	for range 5 {
		changed := false
		for _, r := range o.groups.rules {
			if r.status == ruleActive && o.applyRule(c, r, u) {
				changed = true
			}
		}
		if !changed {
			return
		}
	}
}

// fits reports whether a rule is for a user.
func (o *Org) fits(r *groupRule, u *user) bool {
	if slices.Contains(r.excludeUsers, u.id) {
		return false
	}
	for _, id := range r.excludeGroups {
		if g := o.groups.byID[id]; g != nil {
			if _, in := g.members[u.id]; in {
				return false
			}
		}
	}
	return isTrue(r.parsed.eval(&expressionEnv{
		attr: func(name string) any {
			switch name {
			case "id":
				return u.id
			case "status":
				return u.status
			}
			return u.profile[name]
		},
		groups: func() []*group { return o.groupsOf(u.id) },
	}))
}

func (o *Org) applyRule(c *call, r *groupRule, u *user) bool {
	fits := o.fits(r, u)
	changed := false
	for _, id := range r.groupIDs {
		g := o.groups.byID[id]
		if g == nil {
			continue
		}
		m, in := g.members[u.id]
		given := slices.Contains(m.rules, r.id)
		switch {
		case fits && !given:
			m.rules = append(slices.Clone(m.rules), r.id)
			g.members[u.id] = m
			if !in {
				o.memberAdded(c, g, u)
				changed = true
			}
		case !fits && given:
			if o.withdraw(c, g, u, r.id) {
				changed = true
			}
		}
	}
	return changed
}

// withdraw takes back what a rule gave; the user stays if something else keeps them in the group.
func (o *Org) withdraw(c *call, g *group, u *user, ruleID string) bool {
	m, ok := g.members[u.id]
	if !ok {
		return false
	}
	m.rules = slices.DeleteFunc(slices.Clone(m.rules), func(id string) bool { return id == ruleID })
	g.members[u.id] = m
	if m.manual || len(m.rules) > 0 {
		return false
	}
	o.dropMember(c, g, u)
	return true
}

// deleteRule removes a rule. Its members stay, as if put there by hand, unless removeUsers is set.
func (o *Org) deleteRule(c *call, r *groupRule, removeUsers bool) {
	o.groups.rules = slices.DeleteFunc(o.groups.rules, func(x *groupRule) bool { return x == r })
	for _, id := range r.groupIDs {
		g := o.groups.byID[id]
		if g == nil {
			continue
		}
		for _, u := range o.membersOf(g) {
			m := g.members[u.id]
			if !slices.Contains(m.rules, r.id) {
				continue
			}
			if removeUsers {
				o.withdraw(c, g, u, r.id)
				continue
			}
			m.rules = slices.DeleteFunc(slices.Clone(m.rules), func(id string) bool { return id == r.id })
			m.manual = true
			g.members[u.id] = m
		}
	}
}
