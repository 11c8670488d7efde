package actions

import (
	"context"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// userDeactivate is deactivateUser. Okta does it in the background; the action waits a few seconds for its end.
var userDeactivate = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "user.deactivate", Title: "Deactivate a user", Object: "Users",
		Help:    "Ends all access: the person is taken out of groups and apps, and apps may delete their account there.",
		Summary: "deactivates {user}",
		Fields:  []form.Field{userField("user", "User", "")},
		Outputs: userOutputs,
		Scopes:  []org.Scope{"okta.users.manage"}, Role: "Group Administrator",
		Effect: workflow.Destroys, Repeat: workflow.Harmless, Keywords: "leaver offboard disable terminate",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		return c.reach(ctx, []string{"DEPROVISIONED"}, func(ctx context.Context, api *sdk.APIClient) error {
			_, err := api.UserAPI.DeactivateUser(ctx, c.In["user"]).Execute()
			return err
		})
	},
	Undo: Inverse{Look: lookAccess, Back: accessBack},
}
