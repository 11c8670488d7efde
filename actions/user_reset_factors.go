package actions

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/form"
	"caracal/okta"
	"caracal/org"
	"caracal/workflow"
)

// userResetFactors is resetFactors. Okta may tell the person by e-mail, and a factor enrolled since the first
// time would be lost, so it is not repeated without a look.
var userResetFactors = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "user.reset_factors", Title: "Reset a user's factors", Object: "Users",
		Help:    "Takes away every second factor; the person enrols anew at the next sign-in.",
		Summary: "resets the factors of {user}",
		Fields:  []form.Field{userField("user", "User", "")},
		Outputs: userOutputs,
		Scopes:  []org.Scope{"okta.users.manage"}, Role: "Help Desk Administrator",
		Effect: workflow.Destroys, Repeat: workflow.Never, Keywords: "mfa multifactor authenticator phone lost",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		err := c.send(ctx, func(ctx context.Context, api *sdk.APIClient) error {
			_, err := api.UserAPI.ResetFactors(ctx, c.In["user"]).Execute()
			return err
		})
		if err != nil {
			return nil, err
		}
		u, err := c.readUser(ctx, c.In["user"])
		return afterwards(u, c.In["user"], err)
	},
	Find: func(ctx context.Context, c *Call) (workflow.Finding, error) {
		u, err := c.readUser(ctx, c.In["user"])
		if err != nil {
			return workflow.Finding{}, err
		}
		old, young := 0, 0
		err = c.Each(ctx, okta.Path("/api/v1/users/%s/factors", u.ID), nil, 0, func(raw json.RawMessage) error {
			var factor struct {
				Created time.Time `json:"created"`
			}
			if err := json.Unmarshal(raw, &factor); err != nil {
				return fmt.Errorf("read factor: %w", err)
			}
			if c.since(factor.Created) {
				young++
			} else {
				old++
			}
			return nil
		})
		switch {
		case err != nil:
			return workflow.Finding{}, err
		case old > 0:
			return notDone(fmt.Sprintf("%s still has factors that are older than this step.", u.name())), nil
		case young > 0:
			return unknown(fmt.Sprintf("%s has only factors enrolled since this step began; whether older ones were reset cannot be told.", u.name())), nil
		}
		return done(fmt.Sprintf("%s has no factors left.", u.name()), u.output()), nil
	},
	Undo: Inverse{None: "Factors that were taken away can only be enrolled anew by the person."},
}
