package actions

import (
	"context"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// appUnassignGroup is unassignApplicationFromGroup.
var appUnassignGroup = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "app.unassign_group", Title: "Take an app from a group", Object: "Apps",
		Help:    "Whoever had the app only through this group loses it; the app may delete their accounts in it.",
		Summary: "takes {app} from {group}",
		Fields:  []form.Field{appField(""), groupField("group", "Group", "")},
		Outputs: []workflow.OutputField{{Name: "app", Label: "App", Kind: form.App}, {Name: "group", Label: "Group", Kind: form.Group}},
		Scopes:  []org.Scope{"okta.apps.manage"}, Role: "Application Administrator",
		Effect: workflow.Destroys, Repeat: workflow.Harmless, Keywords: "application access revoke remove unassign",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		out := workflow.Output{"app": c.In["app"], "group": c.In["group"]}
		err := c.send(ctx, func(ctx context.Context, api *sdk.APIClient) error {
			_, err := api.ApplicationGroupsAPI.UnassignApplicationFromGroup(ctx, c.In["app"], c.In["group"]).Execute()
			return err
		})
		if gone(err) {
			return c.neither(ctx, out)
		}
		if err != nil {
			return nil, err
		}
		return out, nil
	},
	Undo: Inverse{Look: lookAppGroup, Back: appGroupBack},
}
