package actions

import (
	"context"
	"strings"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// groupListMembers is listGroupUsers, all pages.
var groupListMembers = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "group.list_members", Title: "List the members of a group", Object: "Groups",
		Help:    "Reads who is in a group, up to 2,000 people.",
		Summary: "lists the members of {group}",
		Fields:  []form.Field{groupField("group", "Group", "")},
		Outputs: []workflow.OutputField{
			{Name: "members", Label: "Members", List: true, Fields: userItem},
			{Name: "ids", Label: "Their ids", Kind: form.Users},
			{Name: "logins", Label: "Logins, separated by commas"},
			{Name: "count", Label: "How many"},
			{Name: "more", Label: "Whether there are more"},
		},
		Scopes: []org.Scope{"okta.groups.read"}, Role: "Read-Only Administrator",
		Effect: workflow.Reads, Repeat: workflow.Harmless, Keywords: "who users get read",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		found, more := people{items: []any{}, ids: []any{}}, false
		err := c.members(ctx, c.In["group"], func(u user) bool {
			if more = len(found.items) == maxListed; !more {
				found.add(u)
			}
			return !more
		})
		if err != nil {
			return nil, err
		}
		return workflow.Output{"members": found.items, "ids": found.ids, "logins": strings.Join(found.logins, ", "),
			"count": len(found.items), "more": more}, nil
	},
}
