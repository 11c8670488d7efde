package actions

import (
	"context"
	"regexp"

	"caracal/fault"
	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// groupID is what the ids of groups look like. Nothing else of Okta's begins so.
var groupID = regexp.MustCompile(`^00g[A-Za-z0-9]{17}$`)

// groupFind is listGroups with q, narrowed to the exact name, or getGroup.
var groupFind = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "group.find", Title: "Find a group", Object: "Groups",
		Help:    "Looks a group up by its whole name, for the steps after it.",
		Summary: "finds the group {name}",
		Fields:  []form.Field{{Name: "name", Label: "Name", Help: "An id that an earlier step gives will do as well.", Kind: form.Text, Required: true, Max: 255}},
		Outputs: append(append([]workflow.OutputField{}, groupOutputs...),
			workflow.OutputField{Name: "description", Label: "Description"},
			workflow.OutputField{Name: "type", Label: "Type"}),
		Scopes: []org.Scope{"okta.groups.read"}, Role: "Read-Only Administrator",
		Effect: workflow.Reads, Repeat: workflow.Harmless, Keywords: "look up search get team",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		var found []group
		var err error
		if groupID.MatchString(c.In["name"]) {
			var g group
			if g, err = c.readGroup(ctx, c.In["name"]); err == nil {
				found = []group{g}
			} else if gone(err) {
				err = nil
			}
		}
		if err == nil && len(found) == 0 {
			found, err = c.groupsNamed(ctx, c.In["name"])
		}
		switch {
		case err != nil:
			return nil, err
		case len(found) == 0:
			return nil, fault.New(fault.NotFound, "Okta has no group named %s; check the spelling, or choose the group from the list.", c.In["name"])
		case len(found) > 1:
			return nil, fault.New(fault.Conflict, "%d groups are named %s; choose the one you mean from the list.", len(found), c.In["name"])
		}
		out := found[0].output()
		out["description"], out["type"] = found[0].text("description"), found[0].Type
		return dropEmpty(out), nil
	},
}
