package actions

import (
	"context"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// appAssignGroup is assignGroupToApplication (PUT: a second time leaves one assignment).
var appAssignGroup = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "app.assign_group", Title: "Assign an app to a group", Object: "Apps",
		Help:    "Gives the app to everybody in the group, also to those who join later.",
		Summary: "assigns {app} to {group}",
		Fields:  []form.Field{appField(""), groupField("group", "Group", "")},
		Outputs: []workflow.OutputField{{Name: "app", Label: "App", Kind: form.App}, {Name: "group", Label: "Group", Kind: form.Group}},
		Scopes:  []org.Scope{"okta.apps.manage"}, Role: "Application Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless, Keywords: "application access grant give",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		out := workflow.Output{"app": c.In["app"], "group": c.In["group"]}
		if c.seen.appGroup { // it has the app: sending nothing leaves its priority and profile as they are
			return out, nil
		}
		err := c.send(ctx, func(ctx context.Context, api *sdk.APIClient) error {
			_, _, err := api.ApplicationGroupsAPI.AssignGroupToApplication(ctx, c.In["app"], c.In["group"]).
				ApplicationGroupAssignment(*sdk.NewApplicationGroupAssignment()).Execute()
			return err
		})
		if err != nil {
			return nil, err
		}
		return out, nil
	},
	Undo: Inverse{Look: lookAppGroup, Back: func(d Done) workflow.Way {
		return d.back([]workflow.Fact{appGroupFact(d.In["app"], d.In["group"], true)},
			d.step("app.unassign_group", map[string]string{"app": d.In["app"], "group": d.In["group"]}))
	}},
}
