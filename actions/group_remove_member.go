package actions

import (
	"context"
	"slices"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// groupRemoveMember is unassignUserFromGroup.
var groupRemoveMember = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "group.remove_member", Title: "Remove a user from a group", Object: "Groups",
		Help:    "Ends a person's membership; one who is no member is left as is.",
		Summary: "removes {user} from {group}",
		Fields:  []form.Field{userField("user", "User", ""), groupField("group", "Group", "")},
		Outputs: append(slices.Clone(memberOutputs), ruleNote),
		Scopes:  []org.Scope{"okta.groups.manage"}, Role: "Group Membership Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless, Keywords: "leave member access revoke take away",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		rules := c.lookAtRules(ctx, c.In["group"], c.In["user"])
		if err := c.leave(ctx, c.In["group"], c.In["user"]); err != nil {
			return nil, err
		}
		return dropEmpty(workflow.Output{"group": c.In["group"], "user": c.In["user"], ruleNote.Name: c.removed(ctx, rules)}), nil
	},
	Undo: Inverse{Look: lookMember, Back: func(d Done) workflow.Way {
		w := d.back([]workflow.Fact{memberFact(d.In["group"], d.In["user"], nil)},
			d.step("group.add_member", map[string]string{"user": d.In["user"], "group": d.In["group"]}))
		if note := textOf(d.Out[ruleNote.Name]); note != "" && w.Nothing == "" {
			w.Lost = []string{"If Okta put the person on the exception list of a group rule, they stay on it: " + note}
		}
		return w
	}},
}
