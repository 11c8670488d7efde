package actions

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/form"
	"caracal/okta"
	"caracal/org"
	"caracal/workflow"
)

// groupRuleObject is the object of the actions that change rules.
const groupRuleObject = "Group rules"

// groupRule is what actions look at of a group rule, and what they send.
type groupRule struct {
	ID         string     `json:"id,omitempty"`
	Type       string     `json:"type"`
	Name       string     `json:"name"`
	Status     string     `json:"status,omitempty"`
	Created    *time.Time `json:"created,omitempty"`
	Conditions struct {
		People struct {
			Users  exclusion `json:"users"`
			Groups exclusion `json:"groups"`
		} `json:"people"`
		Expression struct {
			Value string `json:"value"`
			Type  string `json:"type"`
		} `json:"expression"`
	} `json:"conditions"`
	Actions struct {
		Assign struct {
			GroupIDs []string `json:"groupIds"`
		} `json:"assignUserToGroups"`
	} `json:"actions"`
}

type exclusion struct {
	Exclude []string `json:"exclude"`
}

func (r groupRule) output() workflow.Output {
	return workflow.Output{"id": r.ID, "name": r.Name, "status": r.Status}
}

var ruleOutputs = []workflow.OutputField{
	{Name: "id", Label: "Group rule", Kind: groupRules}, {Name: "name", Label: "Rule name"}, {Name: "status", Label: "Status"},
}

// groupRuleCreate is createGroupRule. It is sent raw: the typed model leaves empty lists out.
var groupRuleCreate = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "group_rule.create", Title: "Create a group rule", Object: groupRuleObject,
		Help:    "Makes a rule that puts people into groups by their profile; it does nothing until the step Activate a group rule.",
		Summary: "creates the group rule {name} for {groups}",
		Fields: []form.Field{
			{Name: "name", Label: "Name", Kind: form.Text, Required: true, Max: 50},
			{Name: "expression", Label: "Condition", Kind: form.LongText, Required: true, Max: 1024,
				Help: "In Okta's expression language.", Placeholder: `user.department == "Sales"`},
			{Name: "groups", Label: "Groups", Help: "Whoever meets the condition becomes a member of these.", Kind: form.Groups, Required: true},
			{Name: "except", Label: "Except", Help: "People the rule leaves alone.", Kind: form.Users},
		},
		Outputs: ruleOutputs,
		Scopes:  []org.Scope{"okta.groups.manage"}, Role: "Organization Administrator",
		Effect: workflow.Changes, Repeat: workflow.Never, Keywords: "automatic membership dynamic",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		rule := groupRule{Type: "group_rule", Name: c.In["name"]}
		rule.Conditions.Expression.Value, rule.Conditions.Expression.Type = c.In["expression"], "urn:okta:expression:1.0"
		rule.Conditions.People.Users.Exclude = append([]string{}, c.list("except")...)
		rule.Conditions.People.Groups.Exclude = []string{}
		rule.Actions.Assign.GroupIDs = c.list("groups")
		resp, err := c.Client.Do(ctx, okta.Request{Method: http.MethodPost, Path: "/api/v1/groups/rules", Body: rule})
		if err != nil {
			return nil, err
		}
		if err := okta.Decode(resp, &rule); err != nil {
			return nil, err
		}
		return rule.output(), nil
	},
	Find: func(ctx context.Context, c *Call) (workflow.Finding, error) {
		name := c.In["name"]
		var found []groupRule
		err := c.pages(ctx, func(ctx context.Context, api *sdk.APIClient, after string) error {
			r := api.GroupAPI.ListGroupRules(ctx).Search(name).Limit(50)
			if after != "" {
				r = r.After(after)
			}
			_, _, err := r.Execute()
			return err
		}, func(raw json.RawMessage) (bool, error) {
			var r groupRule
			if err := json.Unmarshal(raw, &r); err != nil {
				return false, fmt.Errorf("read group rule: %w", err)
			}
			if r.Name == name {
				found = append(found, r)
			}
			return true, nil
		})
		switch {
		case err != nil:
			return workflow.Finding{}, err
		case len(found) == 0:
			return notDone(fmt.Sprintf("Okta has no group rule named %s.", name)), nil
		case len(found) > 1:
			return unknown(fmt.Sprintf("Several group rules are named %s.", name)), nil
		}
		r := found[0]
		switch {
		case r.Created == nil || !c.since(*r.Created):
			return notDone(fmt.Sprintf("The group rule %s was there before this step.", name)), nil
		case r.Conditions.Expression.Value != c.In["expression"] || !slices.Equal(r.Actions.Assign.GroupIDs, c.list("groups")):
			return unknown(fmt.Sprintf("A group rule named %s was made at that time, with another condition or other groups than this step's.", name)), nil
		}
		return done(fmt.Sprintf("The group rule %s is there and was made by this step.", name), r.output()), nil
	},
	Undo: Inverse{Told: true, Back: func(d Done) workflow.Way {
		id := textOf(d.Out["id"])
		left := []workflow.Fact{thereFact(ruleKey(id), true), {Key: ruleKey(id) + "#/name", Label: "Name", Value: d.In["name"]}, statusFact(ruleKey(id), "INACTIVE"),
			{Key: ruleKey(id) + "#/conditions/expression/value", Label: "Condition", Value: d.In["expression"]}}
		return d.removal(id, left, "remove.delete_group_rule", map[string]string{"groupRuleId": id})
	}},
}
