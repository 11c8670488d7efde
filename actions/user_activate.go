package actions

import (
	"context"
	"fmt"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/fault"
	"caracal/form"
	"caracal/okta"
	"caracal/org"
	"caracal/workflow"
)

func sendEmailField(help string) form.Field {
	return form.Field{Name: "send_email", Label: "Send the e-mail", Help: help, Kind: form.YesNo, Default: "true"}
}

// linkOutput is a one-time link, which lives only in the run that made it.
func linkOutput(label string) workflow.OutputField {
	return workflow.OutputField{Name: "link", Label: label, Secret: true}
}

// userActivate is activateUser. It sends an e-mail or returns a one-time link.
var userActivate = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "user.activate", Title: "Activate a user", Object: "Users",
		Help:    "Turns on an account that is only prepared or was deactivated; the person gets an e-mail, or later steps get a one-time link, which is neither shown nor stored.",
		Summary: "activates {user}",
		Fields: []form.Field{
			userField("user", "User", ""),
			sendEmailField("Without it, later steps get a one-time activation link instead; it is neither shown nor stored."),
		},
		Outputs: append(append([]workflow.OutputField{}, userOutputs...), linkOutput("Activation link")),
		Scopes:  []org.Scope{"okta.users.manage"}, Role: "Group Administrator",
		Effect: workflow.Changes, Repeat: workflow.Never, Keywords: "enable turn on welcome",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		resp, err := c.typed(ctx, func(ctx context.Context, api *sdk.APIClient) error {
			_, _, err := api.UserAPI.ActivateUser(ctx, c.In["user"]).SendEmail(c.yes("send_email")).Execute()
			return err
		})
		if f := fault.As(err); f != nil && f.Code == "E0000016" { // active already: what was wanted is so
			u, err := c.readUser(ctx, c.In["user"])
			return afterwards(u, c.In["user"], err)
		}
		if err != nil {
			return nil, err
		}
		var u user
		err = c.until(ctx, func() (bool, error) {
			var err error
			u, err = c.readUser(ctx, c.In["user"])
			return u.Status != "STAGED" && u.Status != "DEPROVISIONED" && u.Transitioning == "", err
		})
		out, err := afterwards(u, c.In["user"], err)
		return withLink(out, resp, "activationUrl"), err
	},
	Find: func(ctx context.Context, c *Call) (workflow.Finding, error) {
		u, err := c.readUser(ctx, c.In["user"])
		switch {
		case err != nil:
			return workflow.Finding{}, err
		case (u.Status == "STAGED" || u.Status == "DEPROVISIONED") && u.Transitioning == "":
			return notDone(fmt.Sprintf("%s is %s.", u.name(), statusWords(u.Status))), nil
		case u.Activated == nil || !c.since(*u.Activated):
			return unknown(fmt.Sprintf("%s was activated before this step; whether an e-mail went out cannot be seen.", u.name())), nil
		case !c.yes("send_email"):
			return unknown(fmt.Sprintf("%s was activated, but the one-time link was lost with the answer.", u.name())), nil
		}
		return done(fmt.Sprintf("%s was activated by this step.", u.name()), u.output()), nil
	},
	Undo: Inverse{Look: lookStatus, Back: func(d Done) workflow.Way {
		id := d.In["user"]
		switch was := d.status(id); was {
		case "DEPROVISIONED":
			w := d.back([]workflow.Fact{activated(d)}, d.step("user.deactivate", map[string]string{"user": id}))
			w.Lost = []string{"The e-mail or link that began the activation stays sent."}
			return w
		case "STAGED":
			return noWay("Okta can't make an account “only prepared” again once it was activated; deactivate it where that is wanted.")
		}
		return workflow.Way{Nothing: soBefore}
	}},
}

// withLink adds the one-time link of an answer to an output.
func withLink(out workflow.Output, resp *okta.Response, name string) workflow.Output {
	var answer map[string]any
	if okta.Decode(resp, &answer) == nil && answer[name] != nil && out != nil {
		out["link"] = answer[name]
	}
	return out
}
