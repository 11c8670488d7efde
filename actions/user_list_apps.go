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

// userListApps is listApplications with filter=user.id and the person's assignment embedded, which says whether
// it is their own or comes from a group.
var userListApps = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "user.list_apps", Title: "List a user's apps", Object: "Users",
		Help:    "Reads which apps a person has, and which of them were given to them directly.",
		Summary: "lists the apps of {user}",
		Fields:  []form.Field{userField("user", "User", "")},
		Outputs: []workflow.OutputField{
			{Name: "apps", Label: "Apps", List: true, Fields: append(appFields(),
				workflow.OutputField{Name: "direct", Label: "Whether it was given directly"}, workflow.OutputField{Name: "via", Label: "The group that gives it"})},
			{Name: "direct", Label: "Apps given directly", List: true, Fields: appFields()},
			{Name: "names", Label: "App names"},
			{Name: "count", Label: "How many"},
			{Name: "more", Label: "Whether there are more"},
		},
		Scopes: []org.Scope{"okta.apps.read"}, Role: "Read-Only Administrator",
		Effect: workflow.Reads, Repeat: workflow.Harmless, Keywords: "applications assignments access review leaver",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		user := c.In["user"]
		all, direct, names, more := []any{}, []any{}, []string{}, false
		query := url.Values{"filter": {"user.id eq " + quote(user)}, "expand": {"user/" + user}, "limit": {"200"}}
		err := c.Each(ctx, "/api/v1/apps", query, maxListed+1, func(raw json.RawMessage) error {
			var a struct {
				app
				Embedded struct {
					User appUser `json:"user"`
				} `json:"_embedded"`
			}
			if err := json.Unmarshal(raw, &a); err != nil {
				return fmt.Errorf("read app: %w", err)
			}
			if more = len(all) == maxListed; more {
				return nil
			}
			own := a.Embedded.User.Scope == "USER"
			item := a.item()
			item["direct"], item["via"] = own, a.Embedded.User.Links.Group.Name
			all, names = append(all, item), append(names, a.Label)
			if own {
				direct = append(direct, a.item())
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		return workflow.Output{"apps": all, "direct": direct, "names": strings.Join(names, ", "), "count": len(all), "more": more}, nil
	},
}
