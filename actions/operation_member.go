package actions

import (
	"context"
	"strings"

	"caracal/form"
	"caracal/workflow"
)

// doer carries an action out.
type doer = func(ctx context.Context, c *Call) (workflow.Output, error)

// memberOperations are the operations that change who is in a group. They say what group rules make of it, as
// the curated actions do. operate makes the operation's own call.
var memberOperations = map[string]func(ctx context.Context, c *Call, operate doer) (workflow.Output, error){
	"assignUserToGroup": func(ctx context.Context, c *Call, operate doer) (workflow.Output, error) {
		rules := c.lookAtRules(ctx, c.In["groupId"], c.In["userId"])
		return withNote(ctx, c, operate, func(workflow.Output) string { return rules.added() })
	},
	"unassignUserFromGroup": func(ctx context.Context, c *Call, operate doer) (workflow.Output, error) {
		rules := c.lookAtRules(ctx, c.In["groupId"], c.In["userId"])
		return withNote(ctx, c, operate, func(workflow.Output) string { return c.removed(ctx, rules) })
	},
	"createUser": func(ctx context.Context, c *Call, operate doer) (workflow.Output, error) {
		groups := form.SplitList(strings.ReplaceAll(c.In["groupIds"], "\n", ","))
		looking, cancel := aside(ctx)
		rules, _ := c.activeRules(looking, groups...)
		cancel()
		return withNote(ctx, c, operate, func(o workflow.Output) string {
			made, _ := o["answer"].(map[string]any)
			id, _ := made["id"].(string)
			profile, _ := made["profile"].(map[string]any)
			return createdIn(rules, groups, user{ID: id, Profile: profile})
		})
	},
}

func withNote(ctx context.Context, c *Call, operate doer, note func(workflow.Output) string) (workflow.Output, error) {
	output, err := operate(ctx, c)
	if err != nil {
		return nil, err
	}
	output[ruleNote.Name] = note(output)
	return dropEmpty(output), nil
}
