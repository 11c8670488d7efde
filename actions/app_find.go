package actions

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"caracal/fault"
	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// appID is what the ids of apps look like.
var appID = regexp.MustCompile(`^0oa[A-Za-z0-9]{17}$`)

// appFind reads an app by its name, which need not be unique in an org: listApplications with q, which finds by
// the beginning, or getApplication.
var appFind = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "app.find", Title: "Find an app", Object: "Apps",
		Help:    "Looks an app up by its name, for the steps after it.",
		Summary: "finds the app {name}",
		Fields:  []form.Field{{Name: "name", Label: "App name", Help: "The whole name; capitals don't matter. An id that an earlier step gives will do as well.", Kind: form.Text, Required: true, Max: 100}},
		Outputs: appOutputs,
		Scopes:  []org.Scope{"okta.apps.read"}, Role: "Read-Only Administrator",
		Effect: workflow.Reads, Repeat: workflow.Harmless, Keywords: "application look up search get label",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		if appID.MatchString(c.In["name"]) {
			a, err := c.readApp(ctx, c.In["name"])
			if !gone(err) {
				if err != nil {
					return nil, err
				}
				return a.output(), nil
			}
		}
		var found []app
		err := c.Each(ctx, "/api/v1/apps", url.Values{"q": {c.In["name"]}, "limit": {"200"}}, 0, func(raw json.RawMessage) error {
			var a app
			if err := json.Unmarshal(raw, &a); err != nil {
				return fmt.Errorf("read app: %w", err)
			}
			if strings.EqualFold(a.Label, c.In["name"]) {
				found = append(found, a)
			}
			return nil
		})
		switch {
		case err != nil:
			return nil, err
		case len(found) == 0:
			return nil, fault.New(fault.NotFound, "Okta has no app called %s; check the spelling, or choose it from the list.", c.In["name"])
		case len(found) > 1:
			return nil, fault.New(fault.Conflict, "Okta has %d apps called %s; choose the one you mean from the list.", len(found), c.In["name"])
		}
		return found[0].output(), nil
	},
}
