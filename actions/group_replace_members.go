package actions

import (
	"context"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// groupReplaceMembers brings a group's members to a list, one assignUserToGroup or unassignUserFromGroup for
// each difference. What is right already is not touched, so it goes on where an earlier attempt broke off.
var groupReplaceMembers = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "group.replace_members", Title: "Replace the members of a group", Object: "Groups",
		Help:    "Adds who is missing and removes who is not on the list.",
		Summary: "makes {users} the only members of {group}",
		Fields: []form.Field{
			groupField("group", "Group", "A group made in Okta."),
			{Name: "users", Label: "Members", Help: "Everybody who is to be in the group; all others leave it.", Kind: form.Users, Required: true, Max: 50_000},
		},
		Outputs: []workflow.OutputField{
			{Name: "group", Label: "Group", Kind: form.Group},
			{Name: "added", Label: "How many were added"},
			{Name: "removed", Label: "How many were removed"},
			ruleNote,
		},
		Scopes: []org.Scope{"okta.groups.manage"}, Role: "Group Membership Administrator",
		Effect: workflow.Destroys, Repeat: workflow.Harmless, Keywords: "sync set members",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		id := c.In["group"]
		wanted := map[string]bool{}
		for _, u := range c.list("users") {
			wanted[u] = true
		}
		present, err := c.freshMembers(ctx, id)
		if err != nil {
			return nil, err
		}
		looking, cancel := aside(ctx)
		rules, _ := c.activeRules(looking, id)
		cancel()
		added, left := 0, map[string]user{}
		for _, u := range c.list("users") { // added first: nobody is locked out on the way
			if _, ok := present[u]; ok {
				continue
			}
			if err := c.join(ctx, id, u); err != nil {
				return nil, err
			}
			added++
		}
		for u, member := range present {
			if wanted[u] {
				continue
			}
			if err := c.leave(ctx, id, u); err != nil {
				return nil, err
			}
			left[u] = member
		}
		return dropEmpty(workflow.Output{"group": id, "added": added, "removed": len(left), ruleNote.Name: c.removedMany(ctx, rules, id, left)}), nil
	},
	Undo: Inverse{Look: lookReplaced, Back: replacedBack},
}
