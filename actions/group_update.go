package actions

import (
	"context"
	"net/http"

	"caracal/fault"
	"caracal/form"
	"caracal/okta"
	"caracal/org"
	"caracal/workflow"
)

// groupUpdate is replaceGroup (PUT). What is not to change is read first and sent back, the org's own
// attributes too, since Okta clears what is left out; it is called raw so that nothing is lost on the way.
var groupUpdate = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "group.update", Title: "Rename or describe a group", Object: "Groups",
		Help:    "Changes a group's name, its description, or both; what is empty stays as it is.",
		Summary: "updates {group}",
		Fields: []form.Field{
			groupField("group", "Group", "A group made in Okta; those of apps cannot be changed."),
			{Name: "name", Label: "New name", Kind: form.Text, Max: 255},
			{Name: "description", Label: "New description", Kind: form.LongText, Max: 1024},
		},
		Outputs: groupOutputs,
		Scopes:  []org.Scope{"okta.groups.manage"}, Role: "Group Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless, Keywords: "edit change rename",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		if c.In["name"] == "" && c.In["description"] == "" {
			return nil, fault.New(fault.Invalid, "There is nothing to change; fill in a new name or a new description.")
		}
		g, err := c.freshGroup(ctx, c.In["group"])
		if err != nil {
			return nil, err
		}
		if g.Type != "" && g.Type != "OKTA_GROUP" {
			return nil, fault.New(fault.Conflict, "%s is not made in Okta but comes from an app or from Okta itself, so it cannot be changed here.", g.text("name"))
		}
		for name, v := range groupChange(c.In) {
			g.Profile[name] = v
		}
		resp, err := c.Client.Do(ctx, okta.Request{
			Method: http.MethodPut, Path: okta.Path("/api/v1/groups/%s", g.ID), Body: map[string]any{"profile": g.Profile},
		})
		if err != nil {
			return nil, err
		}
		if err := okta.Decode(resp, &g); err != nil {
			return nil, err
		}
		return g.output(), nil
	},
	Undo: Inverse{
		Look: func(ctx context.Context, c *Call) ([]workflow.Fact, error) {
			g, err := c.readGroup(ctx, c.In["group"])
			if err != nil {
				return nil, err
			}
			c.seen.group = &g
			return groupFacts(g.ID, groupChange(c.In), g.Profile), nil
		},
		Back: func(d Done) workflow.Way {
			change := groupChange(d.In)
			return d.restored(groupFacts(d.In["group"], change, change), "restore.replace_group", map[string]string{"groupId": d.In["group"]})
		},
	},
}
