package actions

import (
	"context"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// userClearSessions is revokeUserSessions, with the OAuth tokens that were given in the person's name.
var userClearSessions = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "user.clear_sessions", Title: "Sign a user out everywhere", Object: "Users",
		Help:    "Ends the person's Okta sessions and takes back the tokens that apps hold; sessions inside apps may live on.",
		Summary: "signs {user} out everywhere",
		Fields: []form.Field{
			userField("user", "User", ""),
			{Name: "tokens", Label: "Take back tokens too", Help: "OpenID Connect and OAuth tokens given in the person's name.", Kind: form.YesNo, Default: "true"},
		},
		Outputs: userOutputs,
		Scopes:  []org.Scope{"okta.users.manage"}, Role: "Help Desk Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless, Keywords: "session token revoke logout kick contain",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		err := c.send(ctx, func(ctx context.Context, api *sdk.APIClient) error {
			_, err := api.UserAPI.RevokeUserSessions(ctx, c.In["user"]).OauthTokens(c.yes("tokens")).Execute()
			return err
		})
		if err != nil {
			return nil, err
		}
		u, err := c.readUser(ctx, c.In["user"])
		return afterwards(u, c.In["user"], err)
	},
	Undo: Inverse{None: "Sessions and tokens that were ended do not begin again; the person signs in anew."},
}
