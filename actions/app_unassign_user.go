package actions

import (
	"context"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/fault"
	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// appUnassignUser is unassignUserFromApplication. An assignment by way of a group cannot be taken away here.
var appUnassignUser = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "app.unassign_user", Title: "Take an app from a user", Object: "Apps",
		Help:    "Ends a person's direct assignment; the app may delete their account in it.",
		Summary: "takes {app} from {user}",
		Fields:  []form.Field{appField(""), userField("user", "User", "")},
		Outputs: []workflow.OutputField{{Name: "app", Label: "App", Kind: form.App}, {Name: "user", Label: "User", Kind: form.User}},
		Scopes:  []org.Scope{"okta.apps.manage"}, Role: "Application Administrator",
		Effect: workflow.Destroys, Repeat: workflow.Harmless, Keywords: "application access revoke remove unassign",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		out := workflow.Output{"app": c.In["app"], "user": c.In["user"]}
		a, err := c.freshAppUser(ctx)
		switch {
		case gone(err):
			return c.neither(ctx, out)
		case err != nil:
			return nil, err
		case a.Scope == "GROUP":
			return nil, fault.New(fault.Conflict, "The person has this app through a group; remove them from that group instead.")
		}
		err = c.send(ctx, func(ctx context.Context, api *sdk.APIClient) error {
			_, err := api.ApplicationUsersAPI.UnassignUserFromApplication(ctx, c.In["app"], c.In["user"]).Execute()
			return err
		})
		if err != nil && !gone(err) {
			return nil, err
		}
		return out, nil
	},
	Undo: Inverse{Look: lookAppUser, Back: appUserBack},
}

// neither makes sure that it is the assignment that is not there, and not the app: an app of another org must
// not look like a success. Whether the user exists cannot be asked with the scopes for apps.
func (c *Call) neither(ctx context.Context, out workflow.Output) (workflow.Output, error) {
	if _, err := c.readApp(ctx, c.In["app"]); err != nil {
		return nil, err
	}
	return out, nil
}
