package actions

import (
	"context"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/fault"
	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// adminRoleUnassign finds the user's assignment of the role and removes it: unassignRoleFromUser.
var adminRoleUnassign = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "admin_role.unassign", Title: "Take an admin role from a user", Object: "Admin roles",
		Help:    "Ends a standard admin role that was given to the person directly; one who does not have it is left as is.",
		Summary: "takes the role {role} from {user}",
		Fields:  []form.Field{userField("user", "User", ""), roleField()},
		Outputs: []workflow.OutputField{{Name: "user", Label: "User", Kind: form.User}, {Name: "role", Label: "Admin role"}},
		Scopes:  []org.Scope{"okta.roles.manage"}, Role: "Super Administrator",
		Effect: workflow.Destroys, Repeat: workflow.Harmless, Keywords: "administrator privilege revoke demote",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		if err := c.takeRoles(ctx, func(r assignedRole) bool { return r.Type == c.In["role"] }); err != nil {
			return nil, err
		}
		return workflow.Output{"user": c.In["user"], "role": roleName(c.In["role"])}, nil
	},
	Undo: Inverse{Look: lookRoleWithTargets, Back: func(d Done) workflow.Way {
		if w := d.givenBack(rolesOf(d.In["user"]), false); w.Nothing == "" {
			return w // it was kept whole, since it was limited
		}
		if _, limited := workflow.ValueOf(d.Before, roleFact(d.In["user"], d.In["role"], nil).Key+"/targets"); limited {
			return noWay("The role was limited to some groups or apps. Given back as a whole it would reach further than before, so give it anew in Okta.")
		}
		return d.back([]workflow.Fact{roleFact(d.In["user"], d.In["role"], nil)},
			d.step("admin_role.assign", map[string]string{"user": d.In["user"], "role": d.In["role"]}))
	}},
}

// takeRoles removes the assignments of the step's user that are meant and were given directly. Those through a group stay,
// which is a fault.
func (c *Call) takeRoles(ctx context.Context, meant func(assignedRole) bool) error {
	roles, err := c.freshRoles(ctx)
	if err != nil {
		return err
	}
	throughGroup := false
	for _, r := range roles {
		switch {
		case !meant(r):
			continue
		case r.By == "GROUP":
			throughGroup = true
			continue
		}
		err := c.send(ctx, func(ctx context.Context, api *sdk.APIClient) error {
			_, err := api.RoleAssignmentAPI.UnassignRoleFromUser(ctx, c.In["user"], r.ID).Execute()
			return err
		})
		if err != nil && !gone(err) {
			return err
		}
	}
	if throughGroup {
		return fault.New(fault.Conflict, "The person has this role through a group as well; remove them from that group.")
	}
	return nil
}
