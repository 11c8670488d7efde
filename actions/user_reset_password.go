package actions

import (
	"context"
	"fmt"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// userResetPassword is generateResetPasswordToken. It sends an e-mail or returns a one-time link.
var userResetPassword = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "user.reset_password", Title: "Reset a user's password", Object: "Users",
		Help:    "Makes the present password useless; the person gets an e-mail to choose a new one, or later steps get a one-time link, which is neither shown nor stored.",
		Summary: "resets the password of {user}",
		Fields: []form.Field{
			userField("user", "User", ""),
			sendEmailField("Without it, later steps get a one-time link instead; it is neither shown nor stored."),
			{Name: "end_sessions", Label: "Sign out everywhere", Help: "Also ends the person's Okta sessions.", Kind: form.YesNo, Default: "false"},
		},
		Outputs: append(append([]workflow.OutputField{}, userOutputs...), linkOutput("Reset link")),
		Scopes:  []org.Scope{"okta.users.manage"}, Role: "Help Desk Administrator",
		Effect: workflow.Changes, Repeat: workflow.Never, Keywords: "forgot password recovery",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		resp, err := c.typed(ctx, func(ctx context.Context, api *sdk.APIClient) error {
			r := api.UserAPI.GenerateResetPasswordToken(ctx, c.In["user"]).SendEmail(c.yes("send_email"))
			if c.yes("end_sessions") {
				r = r.RevokeSessions(true)
			}
			_, _, err := r.Execute()
			return err
		})
		if err != nil {
			return nil, err
		}
		u, err := c.readUser(ctx, c.In["user"])
		out, err := afterwards(u, c.In["user"], err)
		return withLink(out, resp, "resetPasswordUrl"), err
	},
	Find: func(ctx context.Context, c *Call) (workflow.Finding, error) {
		u, err := c.readUser(ctx, c.In["user"])
		if err != nil {
			return workflow.Finding{}, err
		}
		changed := u.StatusChanged != nil && c.since(*u.StatusChanged)
		switch {
		case u.Status != "RECOVERY" && !changed:
			return notDone(fmt.Sprintf("%s is %s, and was before this step.", u.name(), statusWords(u.Status))), nil
		case u.Status == "RECOVERY" && changed && c.yes("send_email"):
			return done(fmt.Sprintf("%s is resetting the password since this step.", u.name()), u.output()), nil
		case u.Status == "RECOVERY" && changed:
			return unknown(fmt.Sprintf("The password of %s was reset, but the one-time link was lost with the answer.", u.name())), nil
		}
		return unknown(fmt.Sprintf("%s is %s; whether this step reset the password cannot be told.", u.name(), statusWords(u.Status))), nil
	},
	Undo: Inverse{None: "Nobody but the person knew the password that was there, so it can't be put back; they choose a new one."},
}
