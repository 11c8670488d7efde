package actions

import (
	"context"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/fault"
	"caracal/form"
	"caracal/okta"
	"caracal/org"
	"caracal/workflow"
)

// groupRuleActivate is activateGroupRule. Okta brings the members in a moment later.
var groupRuleActivate = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "group_rule.activate", Title: "Activate a group rule", Object: groupRuleObject,
		Help:    "Lets the rule put people into its groups from now on, those it fits already too.",
		Summary: "activates the group rule {rule}",
		Fields:  []form.Field{ruleField()},
		Outputs: ruleOutputs,
		Scopes:  []org.Scope{"okta.groups.manage"}, Role: "Organization Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless, Keywords: "enable turn on automatic membership",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		return c.turnRule(ctx, "ACTIVE", func(ctx context.Context, api *sdk.APIClient) error {
			_, err := api.GroupAPI.ActivateGroupRule(ctx, c.In["rule"]).Execute()
			return err
		})
	},
	Undo: Inverse{Look: lookRule, Back: func(d Done) workflow.Way {
		w := d.back([]workflow.Fact{statusFact(ruleKey(d.In["rule"]), "ACTIVE")}, d.step("group_rule.deactivate", map[string]string{"rule": d.In["rule"]}))
		if w.Nothing == "" {
			w.Lost = []string{"Those whom the rule brought into its groups stay in them."}
		}
		return w
	}},
}

// turnRule changes a rule's status; a rule that has it already is a success.
func (c *Call) turnRule(ctx context.Context, wanted string, change func(ctx context.Context, api *sdk.APIClient) error) (workflow.Output, error) {
	err := c.send(ctx, change)
	if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Invalid) {
		return nil, err
	}
	var r groupRule
	if readErr := c.Get(ctx, okta.Path("/api/v1/groups/rules/%s", c.In["rule"]), nil, &r); readErr != nil {
		if err != nil {
			return nil, err
		}
		return workflow.Output{"id": c.In["rule"]}, nil // the change is made; only the look afterwards failed
	}
	if err != nil && r.Status != wanted {
		return nil, err
	}
	return r.output(), nil
}
