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

// A group holds roles as a person does, standard ones and custom ones over a resource set (operations assignRoleToGroup,
// whose body is a StandardRoleAssignmentSchema or a CustomRoleAssignmentSchema, and unassignRoleFromGroup). Everybody in
// the group is an administrator by it.

// groupRoleFields are the group and the role, and of a custom one what it reaches.
func groupRoleFields(custom bool) []form.Field {
	fields := []form.Field{groupField("group", "Group", "")}
	if custom {
		return append(fields, customRoleFields()[1:]...)
	}
	return append(fields, roleField())
}

// groupRoles is the address of the roles that a group holds.
func groupRoles(group string) string { return okta.Path("/api/v1/groups/%s/roles", group) }

// groupRole is the role that a step gives a group or takes from it.
func groupRole(in form.Values) heldRole {
	if set, custom := in["set"]; custom {
		return heldRole{Type: customRole, Role: in["role"], Set: set}
	}
	return heldRole{Type: in["role"]}
}

// giveGroupRole makes a group hold a role. Okta refuses one that it holds, which is the success it is.
func giveGroupRole(ctx context.Context, c *Call) (workflow.Output, error) {
	list, h := groupRoles(c.In["group"]), groupRole(c.In)
	out := workflow.Output{"group": c.In["group"], "role": c.In["role"]}
	body := map[string]any{"type": h.Type}
	if h.Role != "" {
		body["role"], body["resource-set"], out["set"] = h.Role, h.Set, h.Set
	} else {
		out["role"] = roleName(h.Type)
	}
	resp, err := c.Client.Do(ctx, okta.Request{Method: http.MethodPost, Path: list, Body: body})
	var given assignedRole
	switch f := fault.As(err); {
	case f != nil && f.Code == "E0000090":
		roles, err := c.rolesAt(ctx, list)
		if err != nil {
			return out, nil // the role is there; only its id is not known
		}
		for _, r := range roles {
			if h.same(r, list) {
				given = r
			}
		}
	case f != nil && f.Status == http.StatusNotFound && h.Role != "":
		return nil, c.blameCustom(ctx, err)
	case err != nil:
		return nil, err
	default:
		if err := okta.Decode(resp, &given); err != nil {
			return nil, err
		}
	}
	out["assignment"] = given.ID
	if h.Role != "" {
		out["role_name"] = given.Label
	}
	return dropEmpty(out), nil
}

// takeGroupRole ends that a group holds a role; one that does not hold it is left as it is.
func takeGroupRole(ctx context.Context, c *Call) (workflow.Output, error) {
	h := groupRole(c.In)
	if err := c.giveRole(ctx, groupRoles(c.In["group"]), h, true); err != nil {
		return nil, err
	}
	if h.Role != "" {
		return workflow.Output{"group": c.In["group"], "role": h.Role, "set": h.Set}, nil
	}
	return workflow.Output{"group": c.In["group"], "role": roleName(h.Type)}, nil
}

// lookGroupRole says whether the group holds the role and what it is limited to, and keeps all of it.
func lookGroupRole(ctx context.Context, c *Call) ([]workflow.Fact, error) {
	return c.lookSame(ctx, groupRoles(c.In["group"]), groupRole(c.In))
}

// groupRoleGiven takes back that a group was given a role.
func groupRoleGiven(take string) Inverse {
	return Inverse{Look: lookGroupRole, Back: func(d Done) workflow.Way {
		return d.back(groupRole(d.In).facts(groupRoles(d.In["group"]), true), d.step(take, d.In))
	}}
}

// groupRoleTaken gives a group the role again that it held, limited as it was.
func groupRoleTaken() Inverse {
	return Inverse{Look: lookGroupRole, Back: func(d Done) workflow.Way { return d.givenBack(groupRoles(d.In["group"]), false) }}
}

// groupRoleOutputs are what the actions give to later steps.
func groupRoleOutputs(custom bool, more ...workflow.OutputField) []workflow.OutputField {
	out := []workflow.OutputField{{Name: "group", Label: "Group", Kind: form.Group}}
	if custom {
		out = append(out, workflow.OutputField{Name: "role", Label: "Custom role", Kind: form.ListOf("listRoles")}, workflow.OutputField{Name: "set", Label: "Resource set", Kind: form.ListOf("listResourceSets")})
	} else {
		out = append(out, workflow.OutputField{Name: "role", Label: "Admin role"})
	}
	return append(out, more...)
}

var groupRoleAssign = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "admin_role.assign_group", Title: "Give a group an admin role", Object: "Admin roles",
		Help:    "Makes everybody in the group an administrator of the whole org within that role, also those who join later.",
		Summary: "makes everybody in {group} {role}",
		Fields:  groupRoleFields(false), Outputs: groupRoleOutputs(false, workflow.OutputField{Name: "assignment", Label: "Assignment id"}),
		Scopes: []org.Scope{"okta.roles.manage"}, Role: "Super Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless, Keywords: "administrator privilege grant promote",
	},
	Do: giveGroupRole, Undo: groupRoleGiven("admin_role.unassign_group"),
}

var groupRoleUnassign = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "admin_role.unassign_group", Title: "Take an admin role from a group", Object: "Admin roles",
		Help:    "Ends a standard admin role of everybody who has it through the group; a group that does not have it is left as is.",
		Summary: "takes the role {role} from {group}",
		Fields:  groupRoleFields(false), Outputs: groupRoleOutputs(false),
		Scopes: []org.Scope{"okta.roles.manage"}, Role: "Super Administrator",
		Effect: workflow.Destroys, Repeat: workflow.Harmless, Keywords: "administrator privilege revoke demote",
	},
	Do: takeGroupRole, Undo: groupRoleTaken(),
}

var groupCustomRoleAssign = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "admin_role.assign_custom_group", Title: "Give a group a custom admin role", Object: "Admin roles",
		Help:    "Makes everybody in the group an administrator within a custom role, over what a resource set holds, also those who join later.",
		Summary: "gives everybody in {group} the role {role} over {set}",
		Fields:  groupRoleFields(true),
		Outputs: groupRoleOutputs(true, workflow.OutputField{Name: "role_name", Label: "Name of the role"}, workflow.OutputField{Name: "assignment", Label: "Assignment id"}),
		Scopes:  []org.Scope{"okta.roles.manage"}, Role: "Super Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless, Keywords: "administrator privilege grant promote resource set binding delegate",
	},
	Do: giveGroupRole, Undo: groupRoleGiven("admin_role.unassign_custom_group"),
}

var groupCustomRoleUnassign = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "admin_role.unassign_custom_group", Title: "Take a custom admin role from a group", Object: "Admin roles",
		Help:    "Ends a custom role over one resource set of everybody who has it through the group; a group that does not have it is left as is.",
		Summary: "takes the role {role} over {set} from {group}",
		Fields:  groupRoleFields(true), Outputs: groupRoleOutputs(true),
		Scopes: []org.Scope{"okta.roles.manage"}, Role: "Super Administrator",
		Effect: workflow.Destroys, Repeat: workflow.Harmless, Keywords: "administrator privilege revoke demote resource set binding",
	},
	Do: takeGroupRole, Undo: groupRoleTaken(),
}
