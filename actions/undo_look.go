package actions

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"

	"caracal/catalog"
	"caracal/fault"
	"caracal/form"
	"caracal/okta"
	"caracal/workflow"
)

// Keys of facts: the address of an object in Okta's API. What follows "#" is a JSON pointer into it.

func userKey(id string) string  { return okta.Path("/api/v1/users/%s", id) }
func groupKey(id string) string { return okta.Path("/api/v1/groups/%s", id) }
func ruleKey(id string) string  { return okta.Path("/api/v1/groups/rules/%s", id) }
func appKey(id string) string   { return okta.Path("/api/v1/apps/%s", id) }

func statusFact(key, status string) workflow.Fact {
	return workflow.Fact{Key: key + "#/status", Label: statusLabel, Value: status}
}

// statusLabel is the label of every status.
const statusLabel = "Status"

func attributeFact(user, name string, value any) workflow.Fact {
	return workflow.Fact{Key: userKey(user) + "#/profile/" + escapePointer(name), Label: attributeLabel(name), Value: value}
}

// attributeLabel is what the builder calls an attribute of a profile.
func attributeLabel(name string) string {
	for _, p := range profileFields {
		if p.attribute == name {
			return p.label
		}
	}
	return name
}

func signInFact(user string, at any) workflow.Fact {
	return workflow.Fact{Key: userKey(user) + "#/lastLogin", Label: "Last sign-in", Value: at}
}

// memberFact says whether somebody is in a group: true, or nil.
func memberFact(group, user string, member any) workflow.Fact {
	return workflow.Fact{Key: okta.Path("/api/v1/groups/%s/users/%s", group, user), Label: "Member", Value: member}
}

// appUserFact says whether an app is assigned to a person by hand: true, or nil.
func appUserFact(app, user string, direct any) workflow.Fact {
	return workflow.Fact{Key: okta.Path("/api/v1/apps/%s/users/%s", app, user), Label: "Assigned by hand", Value: direct}
}

// appGroupFact says whether an app is assigned to a group: true, or nil.
func appGroupFact(app, group string, assigned any) workflow.Fact {
	return workflow.Fact{Key: okta.Path("/api/v1/apps/%s/groups/%s", app, group), Label: "Assigned", Value: assigned}
}

// roleFact says whether a person has a standard admin role directly: true, or nil.
func roleFact(user, role string, has any) workflow.Fact {
	return workflow.Fact{Key: okta.Path("/api/v1/users/%s/roles/%s", user, role), Label: roleName(role), Value: has}
}

// trueOrNil is how facts say yes and no.
func trueOrNil(yes bool) any {
	if yes {
		return true
	}
	return nil
}

func textOf(v any) string { s, _ := v.(string); return s }

// status is the status that the look before the call found.
func (d Done) status(user string) string {
	v, _ := workflow.ValueOf(d.Before, userKey(user)+"#/status")
	return textOf(v)
}

func lookStatus(ctx context.Context, c *Call) ([]workflow.Fact, error) {
	u, err := c.readUser(ctx, c.In["user"])
	if err != nil {
		return nil, err
	}
	return []workflow.Fact{statusFact(userKey(c.In["user"]), u.Status)}, nil
}

// lookProfile reads the attributes that are named.
func (c *Call) lookProfile(ctx context.Context, id string, names map[string]any) ([]workflow.Fact, error) {
	u, err := c.readUser(ctx, id)
	if err != nil {
		return nil, err
	}
	var facts []workflow.Fact
	for _, name := range slices.Sorted(maps.Keys(names)) {
		facts = append(facts, attributeFact(id, name, u.Profile[name]))
	}
	return facts, nil
}

// lookMember asks for the groups of the person, who are fewer than the members of a group. Where the connection may
// not read them, it asks for the members.
func lookMember(ctx context.Context, c *Call) ([]workflow.Fact, error) {
	member, err := c.isMember(ctx, c.In["group"], c.In["user"])
	if err != nil {
		return nil, err
	}
	return []workflow.Fact{memberFact(c.In["group"], c.In["user"], trueOrNil(member))}, nil
}

func (c *Call) isMember(ctx context.Context, group, person string) (member bool, err error) {
	groups, more, err := c.groupsOf(ctx, person)
	for _, g := range groups {
		if g.ID == group {
			return true, nil
		}
	}
	if err == nil && !more {
		return false, nil
	}
	if err != nil && !fault.Is(err, fault.Forbidden) {
		return false, err
	}
	err = c.members(ctx, group, func(u user) bool { member = u.ID == person; return !member })
	return member, err
}

func lookRule(ctx context.Context, c *Call) ([]workflow.Fact, error) {
	var r groupRule
	if err := c.Get(ctx, ruleKey(c.In["rule"]), nil, &r); err != nil {
		return nil, err
	}
	return []workflow.Fact{statusFact(ruleKey(c.In["rule"]), r.Status)}, nil
}

func lookApp(ctx context.Context, c *Call) ([]workflow.Fact, error) {
	a, err := c.readApp(ctx, c.In["app"])
	if err != nil {
		return nil, err
	}
	return []workflow.Fact{statusFact(appKey(c.In["app"]), a.Status)}, nil
}

// lookAppUser reads an assignment; what the app knows the person by goes with it.
func lookAppUser(ctx context.Context, c *Call) ([]workflow.Fact, error) {
	a, err := c.readAppUser(ctx, c.In["app"], c.In["user"])
	direct := appUserFact(c.In["app"], c.In["user"], trueOrNil(err == nil && a.Scope == "USER"))
	switch {
	case gone(err):
		c.seen.noUser = err
		return []workflow.Fact{direct}, nil
	case err != nil:
		return nil, err
	}
	c.seen.appUser = &a
	return []workflow.Fact{direct, {Key: direct.Key + "#/credentials/userName", Label: "User name in the app", Value: a.Credentials.UserName},
		{Key: direct.Key + "#/profile", Label: "Profile in the app", Value: masked(a.Profile)}}, nil
}

func (c *Call) freshAppUser(ctx context.Context) (appUser, error) {
	seen := *c.seen
	c.seen.appUser, c.seen.noUser = nil, nil // fresh once
	switch {
	case seen.appUser != nil:
		return *seen.appUser, nil
	case seen.noUser != nil:
		return appUser{}, seen.noUser
	}
	return c.readAppUser(ctx, c.In["app"], c.In["user"])
}

// lookAppGroup is getApplicationGroupAssignment.
func lookAppGroup(ctx context.Context, c *Call) ([]workflow.Fact, error) {
	fact := appGroupFact(c.In["app"], c.In["group"], true)
	var a struct {
		Priority any            `json:"priority"`
		Profile  map[string]any `json:"profile"`
	}
	err := c.Get(ctx, fact.Key, nil, &a)
	if gone(err) {
		fact.Value = nil
		return []workflow.Fact{fact}, nil
	}
	if err != nil {
		return nil, err
	}
	c.seen.appGroup = true
	return []workflow.Fact{fact, {Key: fact.Key + "#/priority", Label: "Priority", Value: a.Priority},
		{Key: fact.Key + "#/profile", Label: "Profile of the assignment", Value: masked(a.Profile)}}, nil
}

func lookRole(ctx context.Context, c *Call) ([]workflow.Fact, error) {
	roles, err := c.roles(ctx)
	if err != nil {
		return nil, err
	}
	c.seen.roles = append([]assignedRole{}, roles...)
	has := slices.ContainsFunc(roles, func(r assignedRole) bool { return r.Type == c.In["role"] && r.By != "GROUP" })
	return []workflow.Fact{roleFact(c.In["user"], c.In["role"], trueOrNil(has))}, nil
}

func (c *Call) freshRoles(ctx context.Context) ([]assignedRole, error) {
	if roles := c.seen.roles; roles != nil {
		c.seen.roles = nil
		return roles, nil
	}
	return c.roles(ctx)
}

// targetsOf says where Okta lists what a standard role is limited to (operations listGroupTargetsForRole and
// listApplicationTargetsForApplicationAdministratorRoleForUser).
var targetsOf = map[string]string{"USER_ADMIN": "groups", "HELP_DESK_ADMIN": "groups", "GROUP_MEMBERSHIP_ADMIN": "groups", "APP_ADMIN": "catalog/apps"}

// lookRoleWithTargets also notes what the role is limited to.
func lookRoleWithTargets(ctx context.Context, c *Call) ([]workflow.Fact, error) {
	facts, err := lookRole(ctx, c)
	if err != nil || facts[0].Value == nil {
		return facts, err
	}
	for _, r := range c.seen.roles {
		if r.Type != c.In["role"] || r.By == "GROUP" {
			continue
		}
		held := heldRole{Type: r.Type}
		if held.Targets, err = c.roleTargets(ctx, rolesOf(c.In["user"]), r); err != nil {
			return nil, err
		}
		if len(held.Targets) > 0 {
			facts = append(held.facts(rolesOf(c.In["user"]), true), held.given(rolesOf(c.In["user"])))
		}
	}
	return facts, nil
}

// rolesOf is the address of a person's admin roles.
func rolesOf(user string) string { return okta.Path("/api/v1/users/%s/roles", user) }

// groupChange is what group.update sets, by attribute.
func groupChange(in form.Values) map[string]any {
	out := map[string]any{}
	for _, name := range []string{"name", "description"} {
		if v := in[name]; v != "" {
			out[name] = v
		}
	}
	return out
}

// groupFacts are the values of some attributes of a group.
func groupFacts(id string, names, profile map[string]any) []workflow.Fact {
	labels := map[string]string{"name": "Name", "description": "Description"}
	var facts []workflow.Fact
	for _, name := range slices.Sorted(maps.Keys(names)) {
		facts = append(facts, workflow.Fact{Key: groupKey(id) + "#/profile/" + escapePointer(name), Label: labels[name], Value: profile[name]})
	}
	return facts
}

func (c *Call) freshGroup(ctx context.Context, id string) (group, error) {
	if g := c.seen.group; g != nil && g.ID == id {
		c.seen.group = nil
		return *g, nil
	}
	return c.readGroup(ctx, id)
}

func (c *Call) freshMembers(ctx context.Context, group string) (map[string]user, error) {
	if m := c.seen.members; m != nil {
		c.seen.members = nil
		return m, nil
	}
	present := map[string]user{}
	err := c.members(ctx, group, func(u user) bool { present[u.ID] = u; return true })
	return present, err
}

// mostMembers bounds how many memberships one step keeps.
const mostMembers = 2_000

// lookReplaced notes who would come and who would go.
func lookReplaced(ctx context.Context, c *Call) ([]workflow.Fact, error) {
	present, err := c.freshMembers(ctx, c.In["group"])
	if err != nil {
		return nil, err
	}
	c.seen.members = present
	facts, wanted := []workflow.Fact{}, map[string]bool{}
	for _, id := range c.list("users") {
		wanted[id] = true
		if _, there := present[id]; !there {
			facts = append(facts, memberFact(c.In["group"], id, nil))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(present)) {
		if !wanted[id] {
			f := memberFact(c.In["group"], id, true)
			f.Label = "Member " + present[id].name()
			facts = append(facts, f)
		}
	}
	if len(facts) > mostMembers {
		return nil, fault.New(fault.Invalid, "%d memberships change at once, and a step keeps at most %d.", len(facts), mostMembers)
	}
	return facts, nil
}

// lookAccess reads what a person loses with the account: status, groups and apps that were given by hand.
func lookAccess(ctx context.Context, c *Call) ([]workflow.Fact, error) {
	facts, err := lookStatus(ctx, c)
	if err != nil {
		return nil, err
	}
	id := c.In["user"]
	groups, _, err := c.groupsOf(ctx, id)
	if err != nil && !fault.Is(err, fault.Forbidden) {
		return nil, err
	}
	if err != nil {
		facts = append(facts, workflow.Fact{Key: userKey(id) + "/groups#unread", Value: true})
	}
	for _, g := range groups {
		if g.Type == "OKTA_GROUP" {
			f := memberFact(g.ID, id, true)
			f.Label = "Member of " + g.text("name")
			facts = append(facts, f)
		}
	}
	query := url.Values{"filter": {"user.id eq " + quote(id)}, "expand": {"user/" + id}, "limit": {"200"}}
	err = c.Each(ctx, "/api/v1/apps", query, maxListed, func(raw json.RawMessage) error {
		var a struct {
			app
			Embedded struct {
				User appUser `json:"user"`
			} `json:"_embedded"`
		}
		if err := json.Unmarshal(raw, &a); err != nil {
			return fmt.Errorf("read app: %w", err)
		}
		if u := a.Embedded.User; u.Scope == "USER" {
			f := appUserFact(a.ID, id, true)
			f.Label = "Has " + a.Label
			facts = append(facts, f, workflow.Fact{Key: f.Key + "#/credentials/userName", Label: "User name in " + a.Label, Value: u.Credentials.UserName},
				workflow.Fact{Key: f.Key + "#/profile", Label: "Profile in " + a.Label, Value: masked(u.Profile)})
		}
		return nil
	})
	if fault.Is(err, fault.Forbidden) {
		return append(facts, workflow.Fact{Key: userKey(id) + "/apps#unread", Value: true}), nil
	}
	return facts, err
}

// masked is an object without what must not be kept.
func masked(object map[string]any) map[string]any {
	raw, err := json.Marshal(object)
	if err != nil {
		return nil
	}
	var out map[string]any
	if json.Unmarshal(catalog.Mask(raw), &out) != nil {
		return nil
	}
	maps.DeleteFunc(out, func(_ string, v any) bool { return v == catalog.Hidden })
	return out
}
