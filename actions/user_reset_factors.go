package actions

import (
	"context"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// userResetFactors is resetFactors.
var userResetFactors = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "user.reset_factors", Title: "Reset a user's factors", Object: "Users",
		Help:    "Takes away every second factor; the person enrols anew at the next sign-in.",
		Summary: "resets the factors of {user}",
		Fields:  []form.Field{userField("user", "User", "")},
		Outputs: userOutputs,
		Scopes:  []org.Scope{"okta.users.manage"}, Role: "Help Desk Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless, Keywords: "mfa multifactor authenticator phone lost",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		err := c.send(ctx, func(ctx context.Context, api *sdk.APIClient) error {
			_, err := api.UserAPI.ResetFactors(ctx, c.In["user"]).Execute()
			return err
		})
		if err != nil {
			return nil, err
		}
		u, err := c.readUser(ctx, c.In["user"])
		return afterwards(u, c.In["user"], err)
	},
}
