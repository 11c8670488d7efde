package actions

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/form"
	"caracal/grouprule"
	"caracal/org"
	"caracal/workflow"
)

// The types of groups that nobody is taken out of by hand (Okta docs, "Group types").
const (
	builtInGroup = "BUILT_IN"
	appGroup     = "APP_GROUP"
)

// userListGroups is listUserGroups, with the group rules read to tell what removing would lead to.
var userListGroups = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "user.list_groups", Title: "List a user's groups", Object: "Users",
		Help:    "Reads which groups a person is in, and which of them they can be taken out of for good.",
		Summary: "lists the groups of {user}",
		Fields:  []form.Field{userField("user", "User", "")},
		Outputs: []workflow.OutputField{
			{Name: "groups", Label: "Groups", List: true, Fields: []workflow.OutputField{
				{Name: "id", Label: "Group", Kind: form.Group}, {Name: "name", Label: "Group name"}, {Name: "type", Label: "Type"},
				{Name: "removable", Label: "Whether the person can be taken out"}, {Name: "kept_by", Label: "Why not"}}},
			{Name: "removable", Label: "Removable groups", List: true, Fields: groupOutputs},
			{Name: "kept", Label: "Groups that keep the person", List: true, Fields: []workflow.OutputField{
				{Name: "id", Label: "Group", Kind: form.Group}, {Name: "name", Label: "Group name"}, {Name: "kept_by", Label: "Why"}}},
			{Name: "ids", Label: "All groups", Kind: form.Groups},
			{Name: "names", Label: "Group names"},
			{Name: "count", Label: "How many"},
			{Name: "more", Label: "Whether there are more"},
			ruleNote,
		},
		Scopes: []org.Scope{"okta.users.read", "okta.groups.read"}, Role: "Read-Only Administrator",
		Effect: workflow.Reads, Repeat: workflow.Harmless, Keywords: "memberships member of access review leaver mover",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		groups, more, err := c.groupsOf(ctx, c.In["user"])
		if err != nil {
			return nil, err
		}
		ids, names, listed := []string{}, []string{}, []any{}
		for _, g := range groups {
			ids, names, listed = append(ids, g.ID), append(names, g.text("name")), append(listed, g.ID)
		}
		keeping, note := c.keepers(ctx, c.In["user"], ids)
		all, removable, kept := []any{}, []any{}, []any{}
		for _, g := range groups {
			by := keeping[g.ID]
			switch g.Type {
			case builtInGroup:
				by = "Okta keeps everybody in it"
			case appGroup:
				by = "an app or a directory keeps it"
			}
			item := map[string]any{"id": g.ID, "name": g.text("name"), "type": g.Type, "removable": by == "", "kept_by": by}
			all = append(all, item)
			if by == "" {
				removable = append(removable, map[string]any{"id": g.ID, "name": g.text("name")})
			} else {
				kept = append(kept, map[string]any{"id": g.ID, "name": g.text("name"), "kept_by": by})
			}
		}
		return dropEmpty(workflow.Output{"groups": all, "removable": removable, "kept": kept, "ids": listed,
			"names": strings.Join(names, ", "), "count": len(all), "more": more, ruleNote.Name: note}), nil
	},
}

// groupsOf reads the groups of a user.
func (c *Call) groupsOf(ctx context.Context, user string) (groups []group, more bool, err error) {
	err = c.pages(ctx, func(ctx context.Context, api *sdk.APIClient, after string) error {
		r := api.UserAPI.ListUserGroups(ctx, user).Limit(200)
		if after != "" {
			r = r.After(after)
		}
		_, _, err := r.Execute()
		return err
	}, func(raw json.RawMessage) (bool, error) {
		var g group
		if err := json.Unmarshal(raw, &g); err != nil {
			return false, fmt.Errorf("read group: %w", err)
		}
		if more = len(groups) == maxListed; !more {
			groups = append(groups, g)
		}
		return !more, nil
	})
	return groups, more, err
}

// keepers says for which of a person's groups a rule gives the membership, and what can't be told.
func (c *Call) keepers(ctx context.Context, userID string, groups []string) (by map[string]string, note string) {
	ctx, cancel := aside(ctx)
	defer cancel()
	rules, ok := c.activeRules(ctx, groups...)
	if !ok {
		return nil, "The group rules could not be read with this connection, so whether one gives a membership is not known."
	}
	if len(rules) == 0 {
		return nil, ""
	}
	u, err := c.readUser(ctx, userID)
	if err != nil {
		return nil, "The profile could not be read, so whether a group rule gives a membership is not known."
	}
	by = map[string]string{}
	var untold []string
	for _, g := range groups {
		for _, s := range grouprule.Standings(rules, g, grouprule.ProfileOf(u.ID, u.Profile)) {
			switch s.State {
			case grouprule.Gives:
				by[g] = fmt.Sprintf("the group rule “%s” gives it", s.Rule.Name)
			case grouprule.Untold:
				untold = append(untold, fmt.Sprintf("The group rule “%s” assigns one of these groups; whether it holds for %s can't be told: %s.", s.Rule.Name, u.name(), s.Why))
			}
		}
	}
	return by, strings.Join(untold, " ")
}
