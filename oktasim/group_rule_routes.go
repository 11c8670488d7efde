package oktasim

import (
	"net/http"
	"strings"
)

func (o *Org) ruleRoutes() []route {
	const read, manage, one = "okta.groups.read", "okta.groups.manage", "/api/v1/groups/rules/{groupRuleId}"
	return []route{
		{method: "GET", pattern: "/api/v1/groups/rules", scope: read, handle: (*call).listRules},
		{method: "POST", pattern: "/api/v1/groups/rules", scope: manage, handle: (*call).postRule},
		{method: "GET", pattern: one, scope: read, handle: onRule((*call).getRule)},
		{method: "PUT", pattern: one, scope: manage, handle: onRule((*call).putRule)},
		{method: "DELETE", pattern: one, scope: manage, handle: onRule((*call).removeRule)},
		{method: "POST", pattern: one + "/lifecycle/activate", scope: manage, handle: onRule((*call).postRuleActivate)},
		{method: "POST", pattern: one + "/lifecycle/deactivate", scope: manage, handle: onRule((*call).postRuleDeactivate)},
	}
}

func onRule(do func(c *call, r *groupRule) (int, any, *apiError)) func(*call) (int, any, *apiError) {
	return func(c *call) (int, any, *apiError) {
		r := c.o.groups.rule(c.p("groupRuleId"))
		if r == nil {
			return 0, nil, errNotFound(c.p("groupRuleId"), "GroupRule")
		}
		return do(c, r)
	}
}

// ruleJSON is "GroupRule" in Okta's API reference; requests have the same shape.
type ruleJSON struct {
	Type        string         `json:"type"`
	ID          string         `json:"id"`
	Status      string         `json:"status"`
	Name        string         `json:"name"`
	Created     string         `json:"created"`
	LastUpdated string         `json:"lastUpdated"`
	Conditions  ruleConditions `json:"conditions"`
	Actions     ruleActions    `json:"actions"`
	AllValid    bool           `json:"allGroupsValid"`
	Embedded    any            `json:"_embedded,omitempty"`
}

type ruleConditions struct {
	People struct {
		Users  ruleExclude `json:"users"`
		Groups ruleExclude `json:"groups"`
	} `json:"people"`
	Expression struct {
		Value string `json:"value"`
		Type  string `json:"type"`
	} `json:"expression"`
}

type ruleExclude struct {
	Exclude []string `json:"exclude"`
}

type ruleActions struct {
	Assign struct {
		GroupIDs []string `json:"groupIds"`
	} `json:"assignUserToGroups"`
}

func (c *call) ruleView(r *groupRule) ruleJSON {
	v := ruleJSON{Type: "group_rule", ID: r.id, Status: r.status, Name: r.name, Created: stamp(r.created),
		LastUpdated: stamp(r.lastUpdated), AllValid: r.valid}
	v.Conditions.People.Users.Exclude = append([]string{}, r.excludeUsers...)
	v.Conditions.People.Groups.Exclude = append([]string{}, r.excludeGroups...)
	v.Conditions.Expression.Value, v.Conditions.Expression.Type = r.expression, "urn:okta:expression:1.0"
	v.Actions.Assign.GroupIDs = append([]string{}, r.groupIDs...)
	if c.q("expand") == "groupIdToGroupNameMap" {
		names := map[string]string{}
		for _, id := range r.groupIDs {
			if g := c.o.groups.byID[id]; g != nil {
				names[id] = g.name()
			}
		}
		v.Embedded = map[string]any{"groupIdToGroupNameMap": names}
	}
	return v
}

// listRules is GET /api/v1/groups/rules; `search` is a part of the name.
func (c *call) listRules() (int, any, *apiError) {
	q := strings.ToLower(c.q("search"))
	var found []*groupRule
	for _, r := range c.o.groups.rules {
		if strings.Contains(strings.ToLower(r.name), q) {
			found = append(found, r)
		}
	}
	out := []ruleJSON{}
	for _, r := range page(c, found, 50, 200, func(r *groupRule) string { return r.id }) {
		out = append(out, c.ruleView(r))
	}
	return http.StatusOK, out, nil
}

func (c *call) ruleBody() (newRule, *apiError) {
	var in ruleJSON
	if err := c.decode(&in); err != nil {
		return newRule{}, err
	}
	if in.Type != "group_rule" {
		return newRule{}, errValidation("type", "type: The value is not one of the allowed values")
	}
	e := in.Conditions.Expression
	if e.Value == "" {
		return newRule{}, errValidation("conditions", "conditions: "+causeBlank)
	}
	if e.Type != "" && e.Type != "urn:okta:expression:1.0" {
		return newRule{}, errValidation("conditions", "conditions: The type of the expression is not supported.")
	}
	for _, id := range in.Conditions.People.Users.Exclude {
		if c.o.users.byID[id] == nil {
			return newRule{}, errValidation("conditions.people.users", "conditions.people.users: The user "+id+" does not exist.")
		}
	}
	return newRule{name: in.Name, expression: e.Value, groupIDs: in.Actions.Assign.GroupIDs,
		excludeUsers: in.Conditions.People.Users.Exclude, excludeGroups: in.Conditions.People.Groups.Exclude}, nil
}

func (c *call) postRule() (int, any, *apiError) {
	in, err := c.ruleBody()
	if err != nil {
		return 0, nil, err
	}
	r, err := c.o.createRule(in)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.ruleView(r), nil
}

func (c *call) getRule(r *groupRule) (int, any, *apiError) { return http.StatusOK, c.ruleView(r), nil }

// errRuleActive: a rule is deactivated before it is changed or deleted.
func errRuleActive() *apiError {
	return errValidation("status", "status: The rule must be deactivated before it can be changed or deleted.")
}

// putRule replaces an inactive rule. What it assigns cannot be changed, only when
// ("replaceGroupRule": you can't update the `action` section).
func (c *call) putRule(r *groupRule) (int, any, *apiError) {
	in, err := c.ruleBody()
	if err != nil {
		return 0, nil, err
	}
	switch {
	case r.status == ruleActive:
		return 0, nil, errRuleActive()
	case r.status == ruleInvalid:
		return 0, nil, errValidation("status", "status: An invalid rule can only be deleted.")
	case !sameMembers(in.groupIDs, r.groupIDs):
		return 0, nil, errValidation("actions", "actions: The groups that a rule assigns cannot be changed.")
	}
	parsed, err := c.o.checkRule(r, in)
	if err != nil {
		return 0, nil, err
	}
	r.set(in, parsed, c.now())
	return http.StatusOK, c.ruleView(r), nil
}

func sameMembers(a, b []string) bool {
	seen := map[string]bool{}
	for _, s := range a {
		seen[s] = true
	}
	for _, s := range b {
		if !seen[s] {
			return false
		}
		delete(seen, s)
	}
	return len(seen) == 0
}

func (c *call) removeRule(r *groupRule) (int, any, *apiError) {
	if r.status == ruleActive {
		return 0, nil, errRuleActive()
	}
	c.o.deleteRule(c, r, c.qBool("removeUsers", false))
	return http.StatusAccepted, map[string]any{}, nil
}

func (c *call) postRuleActivate(r *groupRule) (int, any, *apiError) {
	if r.status == ruleInvalid {
		return 0, nil, errValidation("status", "status: An invalid rule can only be deleted.")
	}
	if r.status != ruleActive {
		c.o.activateRule(c, r)
	}
	return http.StatusNoContent, nil, nil
}

// postRuleDeactivate stops a rule; the members it gave stay.
func (c *call) postRuleDeactivate(r *groupRule) (int, any, *apiError) {
	if r.status == ruleInvalid {
		return 0, nil, errValidation("status", "status: An invalid rule can only be deleted.")
	}
	if r.status == ruleActive {
		r.status = ruleInactive
		c.o.log(c, "group.user_membership.rule.deactivated", "Deactivate group membership rule", r.target())
	}
	return http.StatusNoContent, nil, nil
}
