package actions

import (
	"context"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// userSuspend is suspendUser. Okta refuses a second suspension, which reach takes for the success it is.
var userSuspend = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "user.suspend", Title: "Suspend a user", Object: "Users",
		Help:    "The person cannot sign in until unsuspended; groups and apps stay assigned.",
		Summary: "suspends {user}",
		Fields:  []form.Field{userField("user", "User", "")},
		Outputs: userOutputs,
		Scopes:  []org.Scope{"okta.users.manage"}, Role: "Group Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless, Keywords: "block lock disable offboard contain",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		return c.reach(ctx, []string{"SUSPENDED"}, func(ctx context.Context, api *sdk.APIClient) error {
			_, err := api.UserAPI.SuspendUser(ctx, c.In["user"]).Execute()
			return err
		})
	},
	Undo: Inverse{Look: lookStatus, Back: func(d Done) workflow.Way {
		return d.back([]workflow.Fact{statusFact(userKey(d.In["user"]), "SUSPENDED")}, d.step("user.unsuspend", map[string]string{"user": d.In["user"]}))
	}},
}
