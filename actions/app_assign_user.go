package actions

import (
	"context"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/fault"
	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// appAssignUser is assignUserToApplication. An assignment that is there already is looked at and left.
var appAssignUser = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "app.assign_user", Title: "Assign an app to a user", Object: "Apps",
		Help:    "Gives a person the app directly, and an account in it where the app is set up for that.",
		Summary: "assigns {app} to {user}",
		Fields:  []form.Field{appField(""), userField("user", "User", "")},
		Outputs: []workflow.OutputField{{Name: "app", Label: "App", Kind: form.App}, {Name: "user", Label: "User", Kind: form.User}},
		Scopes:  []org.Scope{"okta.apps.manage"}, Role: "Application Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless, Keywords: "application access grant give",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		out := workflow.Output{"app": c.In["app"], "user": c.In["user"]}
		isDirect := func() bool {
			a, err := c.freshAppUser(ctx)
			return err == nil && a.Scope == "USER"
		}
		if isDirect() {
			return out, nil
		}
		body := sdk.NewAppUserAssignRequest(c.In["user"])
		body.SetScope("USER")
		err := c.send(ctx, func(ctx context.Context, api *sdk.APIClient) error {
			_, _, err := api.ApplicationUsersAPI.AssignUserToApplication(ctx, c.In["app"]).AppUser(*body).Execute()
			return err
		})
		if (fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict)) && isDirect() {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		return out, nil
	},
	Undo: Inverse{Look: lookAppUser, Back: func(d Done) workflow.Way {
		w := d.back([]workflow.Fact{appUserFact(d.In["app"], d.In["user"], true)},
			d.step("app.unassign_user", map[string]string{"app": d.In["app"], "user": d.In["user"]}))
		if w.Nothing == "" {
			w.Lost = []string{"What the app itself did with the account is the app's business."}
		}
		return w
	}},
}
