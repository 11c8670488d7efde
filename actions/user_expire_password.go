package actions

import (
	"context"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// userExpirePassword is expirePassword. Okta refuses it for a password that has expired already.
var userExpirePassword = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "user.expire_password", Title: "Expire a user's password", Object: "Users",
		Help:    "The person has to choose a new password at the next sign-in.",
		Summary: "expires the password of {user}",
		Fields:  []form.Field{userField("user", "User", "")},
		Outputs: userOutputs,
		Scopes:  []org.Scope{"okta.users.manage"}, Role: "Help Desk Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless, Keywords: "change password next sign-in",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		return c.reach(ctx, []string{"PASSWORD_EXPIRED"}, func(ctx context.Context, api *sdk.APIClient) error {
			_, _, err := api.UserAPI.ExpirePassword(ctx, c.In["user"]).Execute()
			return err
		})
	},
	Undo: Inverse{None: "A password that has expired can't be made good again; the person chooses a new one at the next sign-in."},
}
