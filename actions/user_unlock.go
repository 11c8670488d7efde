package actions

import (
	"context"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// userUnlock is unlockUser. Whoever is active is not locked out.
var userUnlock = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "user.unlock", Title: "Unlock a user", Object: "Users",
		Help:    "Lets a person who typed a wrong password too often sign in again.",
		Summary: "unlocks {user}",
		Fields:  []form.Field{userField("user", "User", "")},
		Outputs: userOutputs,
		Scopes:  []org.Scope{"okta.users.manage"}, Role: "Help Desk Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless, Keywords: "locked out wrong password",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		return c.reach(ctx, []string{"ACTIVE"}, func(ctx context.Context, api *sdk.APIClient) error {
			_, err := api.UserAPI.UnlockUser(ctx, c.In["user"]).Execute()
			return err
		})
	},
	Undo: Inverse{None: "Okta locks an account only when a wrong password is typed too often, so a lock can't be put back."},
}
