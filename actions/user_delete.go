package actions

import (
	"context"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// userDelete is deleteUser, twice: Okta deactivates at the first call and removes at the second.
var userDelete = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "user.delete", Title: "Delete a user for good", Object: "Users",
		Help:    "Deactivates the account if it is not yet, and removes it; this cannot be undone.",
		Summary: "deletes {user} for good",
		Fields:  []form.Field{userField("user", "User", "")},
		Outputs: []workflow.OutputField{{Name: "login", Label: "Login"}},
		Scopes:  []org.Scope{"okta.users.manage"}, Role: "Group Administrator",
		Effect: workflow.Destroys, Repeat: workflow.Harmless, Keywords: "remove erase leaver",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		u, err := c.readUser(ctx, c.In["user"])
		if gone(err) && c.repeated() {
			return workflow.Output{}, nil
		}
		if err != nil {
			return nil, err
		}
		remove := func(ctx context.Context, api *sdk.APIClient) error {
			_, err := api.UserAPI.DeleteUser(ctx, u.ID).Execute()
			return err
		}
		login := workflow.Output{"login": u.text("login")}
		if u.Status != "DEPROVISIONED" {
			if err := c.send(ctx, remove); err != nil {
				return nil, err
			}
			deactivated := false
			err := c.until(ctx, func() (bool, error) {
				now, err := c.readUser(ctx, u.ID)
				deactivated = err == nil && now.Status == "DEPROVISIONED"
				return deactivated, err
			})
			if gone(err) {
				return login, nil
			}
			if err != nil {
				return nil, err
			}
			if !deactivated {
				return nil, stillDeactivating(c, u)
			}
		}
		if err := c.send(ctx, remove); err != nil && !gone(err) {
			return nil, err
		}
		return login, nil
	},
	Undo: Inverse{None: "A user who was deleted does not come back; a new account would be another one, with another id."},
}
