package actions

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// logDays is how long Okta keeps the System Log ("Data retention").
const logDays = 90

// signIntoApp is the event of a sign-in to an app through Okta ("Event types").
const signIntoApp = "user.authentication.sso"

// appLastUse asks the System Log for the newest sign-in to an app.
var appLastUse = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "app.last_use", Title: "See when an app was last used", Object: "Apps",
		Help:    "Looks in the System Log for the newest sign-in to an app through Okta; use past Okta leaves no trace there.",
		Summary: "sees when {app} was last used, {days} days back",
		Fields: []form.Field{appField(""),
			{Name: "days", Label: "Days to look back", Help: "Okta keeps its log for 90 days.", Kind: form.Number, Required: true, Default: "90"},
			{Name: "user", Label: "Only by this user", Kind: form.User}},
		Outputs: []workflow.OutputField{
			{Name: "used", Label: "Whether it was used"},
			{Name: "last_at", Label: "When last"},
			{Name: "last_by", Label: "By whom"},
		},
		Scopes: []org.Scope{"okta.logs.read"}, Role: "Read-Only Administrator",
		Effect: workflow.Reads, Repeat: workflow.Harmless, Keywords: "application unused idle last sign-in sso licences system log",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		days, err := number(c, "days", logDays)
		if err != nil {
			return nil, err
		}
		until := c.OktaTime(c.Now()).Add(clockSlack)
		filter := "eventType eq " + quote(signIntoApp) + " and target.id eq " + quote(c.In["app"])
		if u := c.In["user"]; u != "" {
			filter += " and actor.id eq " + quote(u)
		}
		out := workflow.Output{"used": false}
		err = c.pages(ctx, func(ctx context.Context, api *sdk.APIClient, after string) error {
			r := api.SystemLogAPI.ListLogEvents(ctx).Since(until.Add(-time.Duration(days * float64(24*time.Hour)))).Until(until).
				Filter(filter).SortOrder("DESCENDING").Limit(1)
			if after != "" {
				r = r.After(after)
			}
			_, _, err := r.Execute()
			return err
		}, func(raw json.RawMessage) (bool, error) {
			var e logEvent
			if err := json.Unmarshal(raw, &e); err != nil {
				return false, fmt.Errorf("read log event: %w", err)
			}
			by := e.Actor.Alt
			if by == "" {
				by = e.Actor.Name
			}
			out["used"], out["last_at"], out["last_by"] = true, moment(&e.Published), by
			return false, nil
		})
		if err != nil {
			return nil, err
		}
		return dropEmpty(out), nil
	},
}
