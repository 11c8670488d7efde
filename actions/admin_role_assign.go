package actions

import (
	"context"
	"fmt"
	"strings"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/fault"
	"caracal/form"
	"caracal/okta"
	"caracal/org"
	"caracal/workflow"
)

// standardRoles are Okta's standard admin roles (operation assignRoleToUser, RoleType) as its console names
// them.
var standardRoles = []form.Option{
	{Value: "SUPER_ADMIN", Label: "Super Administrator"},
	{Value: "ORG_ADMIN", Label: "Organization Administrator"},
	{Value: "APP_ADMIN", Label: "Application Administrator"},
	{Value: "USER_ADMIN", Label: "Group Administrator"},
	{Value: "GROUP_MEMBERSHIP_ADMIN", Label: "Group Membership Administrator"},
	{Value: "HELP_DESK_ADMIN", Label: "Help Desk Administrator"},
	{Value: "READ_ONLY_ADMIN", Label: "Read-Only Administrator"},
	{Value: "REPORT_ADMIN", Label: "Report Administrator"},
	{Value: "API_ACCESS_MANAGEMENT_ADMIN", Label: "API Access Management Administrator"},
	{Value: "MOBILE_ADMIN", Label: "Mobile Administrator"},
}

func roleField() form.Field {
	return form.Field{Name: "role", Label: "Admin role", Kind: form.Choice, Required: true, Options: standardRoles}
}

// assignedRole is one admin role that a user has.
type assignedRole struct {
	ID    string `json:"id"`
	Type  string `json:"type"`
	Label string `json:"label"`
	// By is USER when the role was given to the user, GROUP when it comes through a group.
	By string `json:"assignmentType"`
	// Role and Set are those of a custom role: the ids of the role and of the resource set that it reaches.
	Role string `json:"role"`
	Set  string `json:"resource-set"`
}

// roles is listAssignedRolesForUser.
func (c *Call) roles(ctx context.Context) ([]assignedRole, error) {
	resp, err := c.typed(ctx, func(ctx context.Context, api *sdk.APIClient) error {
		_, _, err := api.RoleAssignmentAPI.ListAssignedRolesForUser(ctx, c.In["user"]).Execute()
		return err
	})
	if err != nil {
		return nil, err
	}
	var roles []assignedRole
	return roles, okta.Decode(resp, &roles)
}

// adminRoleAssign is assignRoleToUser. Okta refuses a role that the user has, which is the success it is.
var adminRoleAssign = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "admin_role.assign", Title: "Give a user an admin role", Object: "Admin roles",
		Help:    "Makes a person an administrator of the whole org within that role; Okta may tell them by e-mail.",
		Summary: "makes {user} {role}",
		Fields:  []form.Field{userField("user", "User", ""), roleField()},
		Outputs: []workflow.OutputField{
			{Name: "user", Label: "User", Kind: form.User}, {Name: "role", Label: "Admin role"}, {Name: "assignment", Label: "Assignment id"},
		},
		Scopes: []org.Scope{"okta.roles.manage"}, Role: "Super Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless, Keywords: "administrator privilege grant promote",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		body := sdk.NewAssignRoleRequest()
		body.SetType(c.In["role"])
		resp, err := c.typed(ctx, func(ctx context.Context, api *sdk.APIClient) error {
			_, _, err := api.RoleAssignmentAPI.AssignRoleToUser(ctx, c.In["user"]).AssignRoleRequest(*body).Execute()
			return err
		})
		out := workflow.Output{"user": c.In["user"], "role": roleName(c.In["role"])}
		var role assignedRole
		switch f := fault.As(err); {
		case f != nil && f.Code == "E0000090":
			roles, err := c.roles(ctx)
			if err != nil {
				return out, nil // the role is there; only its id is not known
			}
			for _, r := range roles {
				if r.Type == c.In["role"] {
					role = r
				}
			}
		case err != nil:
			return nil, err
		default:
			if err := okta.Decode(resp, &role); err != nil {
				return nil, err
			}
		}
		out["assignment"] = role.ID
		return dropEmpty(out), nil
	},
	Undo: Inverse{Look: lookRole, Back: func(d Done) workflow.Way {
		return d.back([]workflow.Fact{roleFact(d.In["user"], d.In["role"], true)},
			d.step("admin_role.unassign", map[string]string{"user": d.In["user"], "role": d.In["role"]}))
	}},
}

func roleName(kind string) string {
	for _, o := range standardRoles {
		if o.Value == kind {
			return o.Label
		}
	}
	return strings.ToLower(fmt.Sprint(kind))
}
