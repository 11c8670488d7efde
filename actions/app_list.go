package actions

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// appList is listApplications.
var appList = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "app.list", Title: "List apps", Object: "Apps",
		Help:    "Reads the apps of the org.",
		Summary: "lists up to {max} apps",
		Fields: []form.Field{
			{Name: "status", Label: "Status", Kind: form.Choice, Options: []form.Option{{Value: "ACTIVE", Label: "Active"}, {Value: "INACTIVE", Label: "Deactivated"}}},
			{Name: "name", Label: "Name begins with", Kind: form.Text, Max: 100},
			{Name: "max", Label: "How many at most", Help: "Up to 2,000.", Kind: form.Number, Required: true, Default: "200"},
		},
		Outputs: []workflow.OutputField{
			{Name: "apps", Label: "Apps", List: true, Fields: appFields()},
			{Name: "names", Label: "App names"},
			{Name: "count", Label: "How many"},
			{Name: "more", Label: "Whether there are more"},
		},
		Scopes: []org.Scope{"okta.apps.read"}, Role: "Read-Only Administrator",
		Effect: workflow.Reads, Repeat: workflow.Harmless, Keywords: "applications report all inventory",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		most, err := number(c, "max", maxListed)
		if err != nil {
			return nil, err
		}
		query := url.Values{"limit": {"200"}}
		if status := c.In["status"]; status != "" {
			query.Set("filter", "status eq "+quote(status))
		}
		if name := c.In["name"]; name != "" {
			query.Set("q", name)
		}
		items, names, more := []any{}, []string{}, false
		err = c.Each(ctx, "/api/v1/apps", query, int(most)+1, func(raw json.RawMessage) error {
			var a app
			if err := json.Unmarshal(raw, &a); err != nil {
				return fmt.Errorf("read app: %w", err)
			}
			if more = len(items) == int(most); !more {
				items, names = append(items, a.item()), append(names, a.Label)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		return workflow.Output{"apps": items, "names": strings.Join(names, ", "), "count": len(items), "more": more}, nil
	},
}
