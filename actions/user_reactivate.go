package actions

import (
	"context"
	"fmt"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// userReactivate is reactivateUser: the activation begins anew. It sends an e-mail or returns a one-time link.
var userReactivate = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "user.reactivate", Title: "Send the activation again", Object: "Users",
		Help:    "Begins the activation anew for a person who has not finished it; for a deactivated user, use Activate a user.",
		Summary: "sends the activation to {user} again",
		Fields: []form.Field{
			userField("user", "User", "Someone who is waiting to be activated."),
			sendEmailField("Without it, later steps get a one-time activation link instead; it is neither shown nor stored."),
		},
		Outputs: append(append([]workflow.OutputField{}, userOutputs...), linkOutput("Activation link")),
		Scopes:  []org.Scope{"okta.users.manage"}, Role: "Group Administrator",
		Effect: workflow.Changes, Repeat: workflow.Never, Keywords: "reactivate resend welcome",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		resp, err := c.typed(ctx, func(ctx context.Context, api *sdk.APIClient) error {
			_, _, err := api.UserAPI.ReactivateUser(ctx, c.In["user"]).SendEmail(c.yes("send_email")).Execute()
			return err
		})
		if err != nil {
			return nil, err
		}
		u, err := c.readUser(ctx, c.In["user"])
		out, err := afterwards(u, c.In["user"], err)
		return withLink(out, resp, "activationUrl"), err
	},
	Find: func(ctx context.Context, c *Call) (workflow.Finding, error) {
		u, err := c.readUser(ctx, c.In["user"])
		if err != nil {
			return workflow.Finding{}, err
		}
		// The status is the same before and after: only the System Log can tell.
		change, allowed, err := c.logged(ctx, "user.lifecycle.reactivate", u.ID)
		switch {
		case err != nil:
			return workflow.Finding{}, err
		case !allowed:
			return unknown("Whether the activation was sent again can be seen only in the System Log, which the connection may not read."), nil
		case change.Request == "":
			f := unknown(fmt.Sprintf("The System Log does not show that the activation of %s began anew, but it may be late.", u.name()))
			f.Late = true
			return f, nil
		case !c.yes("send_email"):
			return unknown(fmt.Sprintf("The activation of %s began anew, but the one-time link was lost with the answer.", u.name())), nil
		}
		f := done(fmt.Sprintf("The System Log shows that the activation of %s began anew.", u.name()), u.output())
		f.Change = change
		return f, nil
	},
	Undo: Inverse{None: "An e-mail or link that began an activation anew can't be taken back; the account itself did not change."},
}
