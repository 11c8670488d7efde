package actions

import (
	"context"
	"encoding/json"
	"fmt"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/fault"
	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// userFind reads a user by login (getUser), else by e-mail address (listUsers with filter). Neither goes
// through Okta's search index, which lags behind changes.
var userFind = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "user.find", Title: "Find a user", Object: "Users",
		Help:    "Looks a person up by login or e-mail address, for the steps after it.",
		Summary: "finds the user {login}",
		Fields: []form.Field{
			{Name: "login", Label: "Login or e-mail", Help: "An id that an earlier step gives will do as well.", Kind: form.Text, Required: true, Max: 100, Placeholder: "ada@example.com"},
		},
		Outputs: append(append([]workflow.OutputField{}, userOutputs...),
			workflow.OutputField{Name: "email", Label: "E-mail"},
			workflow.OutputField{Name: "name", Label: "Name"},
			workflow.OutputField{Name: "first_name", Label: "First name"},
			workflow.OutputField{Name: "last_name", Label: "Last name"},
			workflow.OutputField{Name: "title", Label: "Job title"},
			workflow.OutputField{Name: "department", Label: "Department"},
			workflow.OutputField{Name: "user_type", Label: "User type"},
			workflow.OutputField{Name: "manager", Label: "Manager", Kind: form.User},
			workflow.OutputField{Name: "manager_name", Label: "Manager's name"},
			workflow.OutputField{Name: "last_login", Label: "Last sign-in"}),
		Scopes: []org.Scope{"okta.users.read"}, Role: "Read-Only Administrator",
		Effect: workflow.Reads, Repeat: workflow.Harmless, Keywords: "look up search get person",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		wanted := c.In["login"]
		u, err := c.readUser(ctx, wanted)
		if gone(err) {
			u, err = byEmail(ctx, c, wanted)
		}
		if err != nil {
			return nil, err
		}
		out := created(u)
		for name, attribute := range map[string]string{
			"first_name": "firstName", "last_name": "lastName", "title": "title", "department": "department",
			"user_type": "userType", "manager": "managerId", "manager_name": "manager",
		} {
			out[name] = u.text(attribute)
		}
		out["name"], out["last_login"] = u.fullName(), moment(u.LastLogin)
		return dropEmpty(out), nil
	},
}

func byEmail(ctx context.Context, c *Call, email string) (user, error) {
	var found []user
	err := c.pages(ctx, func(ctx context.Context, api *sdk.APIClient, after string) error {
		r := api.UserAPI.ListUsers(ctx).Filter("profile.email eq " + quote(email)).Limit(2)
		if after != "" {
			r = r.After(after)
		}
		_, _, err := r.Execute()
		return err
	}, func(raw json.RawMessage) (bool, error) {
		var u user
		if err := json.Unmarshal(raw, &u); err != nil {
			return false, fmt.Errorf("read user: %w", err)
		}
		found = append(found, u)
		return len(found) < 2, nil
	})
	switch {
	case err != nil:
		return user{}, err
	case len(found) == 0:
		return user{}, fault.New(fault.NotFound, "Okta has no user with the login or e-mail address %s; check the spelling.", email)
	case len(found) > 1:
		return user{}, fault.New(fault.Conflict, "Several users have the e-mail address %s; use the login of the one you mean.", email)
	}
	return found[0], nil
}
