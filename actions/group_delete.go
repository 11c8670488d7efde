package actions

import (
	"context"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// groupDelete is deleteGroup.
var groupDelete = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "group.delete", Title: "Delete a group", Object: "Groups",
		Help:    "Removes the group with its memberships; whoever had apps through it loses them.",
		Summary: "deletes {group}",
		Fields:  []form.Field{groupField("group", "Group", "A group made in Okta; those of apps cannot be deleted.")},
		Outputs: []workflow.OutputField{{Name: "name", Label: "Group name"}},
		Scopes:  []org.Scope{"okta.groups.manage"}, Role: "Group Administrator",
		Effect: workflow.Destroys, Repeat: workflow.Harmless, Keywords: "remove",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		g, err := c.readGroup(ctx, c.In["group"])
		if gone(err) && c.repeated() {
			return workflow.Output{}, nil
		}
		if err != nil {
			return nil, err
		}
		err = c.send(ctx, func(ctx context.Context, api *sdk.APIClient) error {
			_, err := api.GroupAPI.DeleteGroup(ctx, g.ID).Execute()
			return err
		})
		if err != nil && !gone(err) {
			return nil, err
		}
		return workflow.Output{"name": g.text("name")}, nil
	},
	Undo: Inverse{None: "A group that was deleted does not come back: a new one of its name would be another, which no app and no rule knows."},
}
