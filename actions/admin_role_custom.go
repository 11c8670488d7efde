package actions

import (
	"context"
	"net/http"
	"slices"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/fault"
	"caracal/form"
	"caracal/okta"
	"caracal/org"
	"caracal/workflow"
)

// customRole is the type of the assignment of a custom role (Okta's schema CustomRoleAssignmentSchema). Such a role
// counts together with the resource set that it reaches: the same role over another set is another assignment.
const customRole = "CUSTOM"

// customRoleFields are the person, the role and what it reaches.
func customRoleFields() []form.Field {
	return []form.Field{
		userField("user", "User", ""),
		{Name: "role", Label: "Custom role", Help: "One of the org's own, under Security › Administrators › Roles.", Kind: form.ListOf("listRoles"), Required: true, Max: 100},
		{Name: "set", Label: "Resource set", Help: "What the role reaches, under Security › Administrators › Resources.", Kind: form.ListOf("listResourceSets"), Required: true, Max: 100},
	}
}

// customRoleAssign is assignRoleToUser with a custom role and its resource set. Okta keeps the assignment as a member
// of the role's binding to the set, and refuses one that is there, which is the success it is.
var customRoleAssign = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "admin_role.assign_custom", Title: "Give a user a custom admin role", Object: "Admin roles",
		Help:    "Makes a person an administrator within a custom role, over what a resource set holds; Okta may tell them by e-mail.",
		Summary: "gives {user} the role {role} over {set}",
		Fields:  customRoleFields(),
		Outputs: []workflow.OutputField{
			{Name: "user", Label: "User", Kind: form.User}, {Name: "role", Label: "Custom role", Kind: form.ListOf("listRoles")}, {Name: "role_name", Label: "Name of the role"},
			{Name: "set", Label: "Resource set", Kind: form.ListOf("listResourceSets")}, {Name: "assignment", Label: "Assignment id"},
		},
		Scopes: []org.Scope{"okta.roles.manage"}, Role: "Super Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless, Keywords: "administrator privilege grant promote resource set binding delegate",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		body := sdk.NewAssignRoleRequest()
		body.SetType(customRole)
		// The SDK's model knows standard roles alone; these two are in Okta's newer descriptions.
		body.AdditionalProperties = map[string]any{"role": c.In["role"], "resource-set": c.In["set"]}
		resp, err := c.typed(ctx, func(ctx context.Context, api *sdk.APIClient) error {
			_, _, err := api.RoleAssignmentAPI.AssignRoleToUser(ctx, c.In["user"]).AssignRoleRequest(*body).Execute()
			return err
		})
		out := workflow.Output{"user": c.In["user"], "role": c.In["role"], "set": c.In["set"]}
		var role assignedRole
		switch f := fault.As(err); {
		case f != nil && f.Code == "E0000090":
			roles, err := c.roles(ctx)
			if err != nil {
				return out, nil // the role is there; only its id is not known
			}
			if i := slices.IndexFunc(roles, c.isCustom); i >= 0 {
				role = roles[i]
			}
		case f != nil && f.Status == http.StatusNotFound:
			return nil, c.blameCustom(ctx, err)
		case err != nil:
			return nil, err
		default:
			if err := okta.Decode(resp, &role); err != nil {
				return nil, err
			}
		}
		out["assignment"], out["role_name"] = role.ID, role.Label
		return dropEmpty(out), nil
	},
	Undo: Inverse{Look: lookCustomRole, Back: func(d Done) workflow.Way {
		return d.back([]workflow.Fact{customRoleFact(d.In, true)}, d.step("admin_role.unassign_custom", d.In))
	}},
}

// customRoleUnassign finds the user's assignment of the role over the set and removes it: unassignRoleFromUser.
var customRoleUnassign = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "admin_role.unassign_custom", Title: "Take a custom admin role from a user", Object: "Admin roles",
		Help:    "Ends a custom role over one resource set that was given to the person directly; one who does not have it is left as is.",
		Summary: "takes the role {role} over {set} from {user}",
		Fields:  customRoleFields(),
		Outputs: []workflow.OutputField{{Name: "user", Label: "User", Kind: form.User}, {Name: "role", Label: "Custom role", Kind: form.ListOf("listRoles")},
			{Name: "set", Label: "Resource set", Kind: form.ListOf("listResourceSets")}},
		Scopes: []org.Scope{"okta.roles.manage"}, Role: "Super Administrator",
		Effect: workflow.Destroys, Repeat: workflow.Harmless, Keywords: "administrator privilege revoke demote resource set binding",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		if err := c.takeRoles(ctx, c.isCustom); err != nil {
			return nil, err
		}
		return workflow.Output{"user": c.In["user"], "role": c.In["role"], "set": c.In["set"]}, nil
	},
	Undo: Inverse{Look: lookCustomRole, Back: func(d Done) workflow.Way {
		return d.back([]workflow.Fact{customRoleFact(d.In, nil)}, d.step("admin_role.assign_custom", d.In))
	}},
}

// isCustom reports whether an assignment is that of the step's role over its resource set.
func (c *Call) isCustom(r assignedRole) bool {
	return r.Type == customRole && r.Role == c.In["role"] && r.Set == c.In["set"]
}

// blameCustom says which of the three Okta did not find.
func (c *Call) blameCustom(ctx context.Context, err error) error {
	var found struct{}
	for _, of := range []struct{ field, path, words string }{
		{"role", "/api/v1/iam/roles/%s", "custom role"}, {"set", "/api/v1/iam/resource-sets/%s", "resource set"},
	} {
		if look := c.Get(ctx, okta.Path(of.path, c.In[of.field]), nil, &found); gone(look) {
			return fault.In(of.field, "The org has no %s %q any more; choose another.", of.words, c.In[of.field]).Because(err)
		}
	}
	return err
}

// customRoleFact says whether a person has a custom role over a resource set directly: true, or nil. Its key is the
// address of the binding's members, of whom the person is one.
func customRoleFact(in form.Values, has any) workflow.Fact {
	key := okta.Path("/api/v1/iam/resource-sets/%s/bindings/%s/members", in["set"], in["role"]) + "?" + okta.Path("user=%s", in["user"])
	return workflow.Fact{Key: key, Label: "Custom admin role", Value: has}
}

func lookCustomRole(ctx context.Context, c *Call) ([]workflow.Fact, error) {
	roles, err := c.roles(ctx)
	if err != nil {
		return nil, err
	}
	c.seen.roles = append([]assignedRole{}, roles...)
	has := slices.ContainsFunc(roles, func(r assignedRole) bool { return c.isCustom(r) && r.By != "GROUP" })
	return []workflow.Fact{customRoleFact(c.In, trueOrNil(has))}, nil
}
