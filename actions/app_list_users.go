package actions

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"caracal/form"
	"caracal/okta"
	"caracal/org"
	"caracal/workflow"
)

// appListUsers is listApplicationUsers.
var appListUsers = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "app.list_users", Title: "List the users of an app", Object: "Apps",
		Help:    "Reads who has an app, directly or by way of a group.",
		Summary: "lists up to {max} users of {app}",
		Fields:  []form.Field{appField(""), {Name: "max", Label: "How many at most", Help: "Up to 2,000.", Kind: form.Number, Required: true, Default: "500"}},
		Outputs: []workflow.OutputField{
			{Name: "users", Label: "Users", List: true, Fields: []workflow.OutputField{
				{Name: "id", Label: "User", Kind: form.User}, {Name: "login", Label: "Name in the app"}, {Name: "status", Label: "Status in the app"},
				{Name: "direct", Label: "Whether it was given directly"}, {Name: "via", Label: "The group that gives it"}, {Name: "created", Label: "Given on"}}},
			{Name: "ids", Label: "Their ids", Kind: form.Users},
			{Name: "count", Label: "How many"},
			{Name: "more", Label: "Whether there are more"},
		},
		Scopes: []org.Scope{"okta.apps.read"}, Role: "Read-Only Administrator",
		Effect: workflow.Reads, Repeat: workflow.Harmless, Keywords: "application assignments who licences access review",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		most, err := number(c, "max", maxListed)
		if err != nil {
			return nil, err
		}
		items, ids, more := []any{}, []any{}, false
		err = c.Each(ctx, okta.Path("/api/v1/apps/%s/users", c.In["app"]), url.Values{"limit": {"500"}}, int(most)+1, func(raw json.RawMessage) error {
			var u appUser
			if err := json.Unmarshal(raw, &u); err != nil {
				return fmt.Errorf("read app user: %w", err)
			}
			if more = len(items) == int(most); !more {
				ids = append(ids, u.ID)
				items = append(items, map[string]any{"id": u.ID, "login": u.Credentials.UserName, "status": u.Status,
					"direct": u.Scope == "USER", "via": u.Links.Group.Name, "created": moment(u.Created)})
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		return workflow.Output{"users": items, "ids": ids, "count": len(items), "more": more}, nil
	},
}
