package actions

import (
	"context"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// groupRuleDeactivate is deactivateGroupRule.
var groupRuleDeactivate = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "group_rule.deactivate", Title: "Deactivate a group rule", Object: groupRuleObject,
		Help:    "Stops the rule; those it brought into its groups stay in them.",
		Summary: "deactivates the group rule {rule}",
		Fields:  []form.Field{ruleField()},
		Outputs: ruleOutputs,
		Scopes:  []org.Scope{"okta.groups.manage"}, Role: "Organization Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless, Keywords: "disable turn off automatic membership",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		return c.turnRule(ctx, "INACTIVE", func(ctx context.Context, api *sdk.APIClient) error {
			_, err := api.GroupAPI.DeactivateGroupRule(ctx, c.In["rule"]).Execute()
			return err
		})
	},
	Undo: Inverse{Look: lookRule, Back: func(d Done) workflow.Way {
		return d.back([]workflow.Fact{statusFact(ruleKey(d.In["rule"]), "INACTIVE")}, d.step("group_rule.activate", map[string]string{"rule": d.In["rule"]}))
	}},
}
