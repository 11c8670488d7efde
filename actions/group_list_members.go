package actions

import (
	"context"
	"strings"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// maxMembers bounds what one step carries to the next.
const maxMembers = 2000

// groupListMembers is listGroupUsers, all pages.
var groupListMembers = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "group.list_members", Title: "List the members of a group", Object: "Groups",
		Help:    "Reads who is in a group, up to 2,000 people.",
		Summary: "lists the members of {group}",
		Fields:  []form.Field{groupField("group", "Group", "")},
		Outputs: []workflow.OutputField{
			{Name: "ids", Label: "Members", Kind: form.Users},
			{Name: "logins", Label: "Logins, separated by commas"},
			{Name: "count", Label: "How many"},
			{Name: "more", Label: "Whether there are more"},
		},
		Scopes: []org.Scope{"okta.groups.read"}, Role: "Read-Only Administrator",
		Effect: workflow.Reads, Repeat: workflow.Harmless, Keywords: "who users get read",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		ids, logins, more := []string{}, []string{}, false
		err := c.members(ctx, c.In["group"], func(u user) bool {
			if more = len(ids) == maxMembers; more {
				return false
			}
			ids, logins = append(ids, u.ID), append(logins, u.text("login"))
			return true
		})
		if err != nil {
			return nil, err
		}
		return workflow.Output{
			"ids": strings.Join(ids, ","), "logins": strings.Join(logins, ", "), "count": len(ids), "more": more,
		}, nil
	},
}
