package actions

import (
	"context"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// userChangeManager sets the profile attributes managerId ("the id of the user's manager") and manager ("the
// displayName of the user's manager") of Okta's default user schema.
var userChangeManager = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "user.change_manager", Title: "Change a user's manager", Object: "Users",
		Help:    "Writes another manager into the person's profile.",
		Summary: "makes {manager} the manager of {user}",
		Fields: []form.Field{
			userField("user", "User", "Whose manager changes."),
			userField("manager", "Manager", "The new manager."),
		},
		Outputs: append(append([]workflow.OutputField{}, userOutputs...),
			workflow.OutputField{Name: "manager", Label: "Manager", Kind: form.User},
			workflow.OutputField{Name: "manager_login", Label: "Manager's login"}),
		Scopes: []org.Scope{"okta.users.manage"}, Role: "Group Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless, Keywords: "boss reports to mover",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		manager, err := c.readUser(ctx, c.In["manager"])
		if err != nil {
			return nil, err
		}
		out, err := updateProfile(ctx, c, map[string]any{"managerId": manager.ID, "manager": manager.fullName()})
		if err != nil {
			return nil, err
		}
		delete(out, "email")
		out["manager"], out["manager_login"] = manager.ID, manager.text("login")
		return out, nil
	},
	Undo: Inverse{
		Look: func(ctx context.Context, c *Call) ([]workflow.Fact, error) {
			return c.lookProfile(ctx, c.In["user"], map[string]any{"managerId": nil, "manager": nil})
		},
		Back: func(d Done) workflow.Way {
			return d.profileBack(d.In["user"], map[string]any{"managerId": d.In["manager"]}) // and the name that goes with it
		},
	},
}
