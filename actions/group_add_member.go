package actions

import (
	"context"
	"slices"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// groupAddMember is assignUserToGroup.
var groupAddMember = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "group.add_member", Title: "Add a user to a group", Object: "Groups",
		Help:    "Makes a person a member; one who is a member already stays one.",
		Summary: "adds {user} to {group}",
		Fields:  []form.Field{userField("user", "User", ""), groupField("group", "Group", "")},
		Outputs: append(slices.Clone(memberOutputs), ruleNote),
		Scopes:  []org.Scope{"okta.groups.manage"}, Role: "Group Membership Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless, Keywords: "join member access grant",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		rules := c.lookAtRules(ctx, c.In["group"], c.In["user"])
		if err := c.join(ctx, c.In["group"], c.In["user"]); err != nil {
			return nil, err
		}
		return dropEmpty(workflow.Output{"group": c.In["group"], "user": c.In["user"], ruleNote.Name: rules.added()}), nil
	},
	Undo: Inverse{Look: lookMember, Back: func(d Done) workflow.Way {
		w := d.back([]workflow.Fact{memberFact(d.In["group"], d.In["user"], true)},
			d.step("group.remove_member", map[string]string{"user": d.In["user"], "group": d.In["group"]}))
		if w.Nothing != "" && textOf(d.Out[ruleNote.Name]) != "" { // Okta's API does not tell the two apart
			w.Nothing += " Where a group rule had given the membership, it was given by hand as well, and stays when the rule no longer gives it."
		}
		return w
	}},
}
