package actions

import (
	"context"
	"fmt"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/form"
	"caracal/okta"
	"caracal/org"
	"caracal/workflow"
)

// groupCreate is createGroup.
var groupCreate = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "group.create", Title: "Create a group", Object: "Groups",
		Help:    "Makes an empty group.",
		Summary: "creates the group {name}",
		Fields: []form.Field{
			{Name: "name", Label: "Name", Kind: form.Text, Required: true, Max: 255},
			{Name: "description", Label: "Description", Help: "What the group is for.", Kind: form.LongText, Max: 1024},
		},
		Outputs: groupOutputs,
		Scopes:  []org.Scope{"okta.groups.manage"}, Role: "Group Administrator",
		Effect: workflow.Changes, Repeat: workflow.Never, Keywords: "new add team",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		profile := sdk.NewGroupProfile()
		profile.SetName(c.In["name"])
		if d := c.In["description"]; d != "" {
			profile.SetDescription(d)
		}
		body := sdk.NewGroup()
		body.SetProfile(*profile)
		resp, err := c.typed(ctx, func(ctx context.Context, api *sdk.APIClient) error {
			_, _, err := api.GroupAPI.CreateGroup(ctx).Group(*body).Execute()
			return err
		})
		if err != nil {
			return nil, err
		}
		var g group
		if err := okta.Decode(resp, &g); err != nil {
			return nil, err
		}
		return g.output(), nil
	},
	Find: func(ctx context.Context, c *Call) (workflow.Finding, error) {
		name := c.In["name"]
		var young, old []group
		// The list may be a moment behind: a group that is not there yet is looked for again.
		err := c.until(ctx, func() (bool, error) {
			young, old = nil, nil
			all, err := c.groupsNamed(ctx, name)
			for _, g := range all {
				if g.text("name") == name && c.since(g.Created) {
					young = append(young, g)
				} else {
					old = append(old, g)
				}
			}
			return len(all) > 0, err
		})
		switch {
		case err != nil:
			return workflow.Finding{}, err
		case len(young) == 1 && young[0].text("description") == c.In["description"]:
			return done(fmt.Sprintf("The group %s is there and was made by this step.", name), young[0].output()), nil
		case len(young) > 0:
			return unknown(fmt.Sprintf("A group named %s was made at that time, with other details than this step's.", name)), nil
		case len(old) > 0:
			return notDone(fmt.Sprintf("The group %s was there before this step.", name)), nil
		}
		return notDone(fmt.Sprintf("Okta has no group named %s.", name)), nil
	},
	Undo: Inverse{Told: true, Back: func(d Done) workflow.Way {
		id := textOf(d.Out["id"])
		left := []workflow.Fact{thereFact(groupKey(id), true), {Key: groupKey(id) + "#/profile/name", Label: "Name", Value: d.In["name"]},
			{Key: groupKey(id) + "#/profile/description", Label: "Description", Value: d.In["description"]}}
		return d.removal(id, left, "remove.delete_group", map[string]string{"groupId": id})
	}},
}
