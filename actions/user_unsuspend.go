package actions

import (
	"context"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// userUnsuspend is unsuspendUser. Whoever is not suspended has what was wanted.
var userUnsuspend = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "user.unsuspend", Title: "Unsuspend a user", Object: "Users",
		Help:    "The person can sign in again.",
		Summary: "unsuspends {user}",
		Fields:  []form.Field{userField("user", "User", "")},
		Outputs: userOutputs,
		Scopes:  []org.Scope{"okta.users.manage"}, Role: "Group Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless, Keywords: "unblock enable release restore",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		return c.reach(ctx, []string{"ACTIVE", "PASSWORD_EXPIRED", "RECOVERY", "PROVISIONED", "STAGED"}, func(ctx context.Context, api *sdk.APIClient) error {
			_, err := api.UserAPI.UnsuspendUser(ctx, c.In["user"]).Execute()
			return err
		})
	},
	Undo: Inverse{Look: lookStatus, Back: func(d Done) workflow.Way {
		id := d.In["user"]
		if d.status(id) != "SUSPENDED" {
			return workflow.Way{Nothing: soBefore}
		}
		now := textOf(d.Out["status"])
		if now == "" {
			now = "ACTIVE"
		}
		return d.back([]workflow.Fact{statusFact(userKey(id), now)}, d.step("user.suspend", map[string]string{"user": id}))
	}},
}
