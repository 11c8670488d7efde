package workflow

import (
	"caracal/auth"
	"caracal/form"
	"caracal/org"
)

// testRegistry holds a few actions shaped like the real ones.
func testRegistry() *Registry {
	return NewRegistry([]ActionSpec{
		{ID: "user.create", Title: "Create a user", Object: "Users", Summary: "creates the user {email}", Effect: Changes,
			Scopes: []org.Scope{"okta.users.manage"},
			Fields: []form.Field{{Name: "first_name", Label: "First name", Kind: form.Text, Required: true},
				{Name: "last_name", Label: "Last name", Kind: form.Text, Required: true},
				{Name: "email", Label: "E-mail", Kind: form.Email, Required: true}, {Name: "login", Label: "Login", Kind: form.Text}},
			Outputs: []OutputField{{Name: "id", Label: "User", Kind: form.User}, {Name: "login", Label: "Login"}}},
		{ID: "group.create", Title: "Create a group", Object: "Groups", Summary: "creates the group {name}", Effect: Changes,
			Scopes: []org.Scope{"okta.groups.manage"},
			Fields: []form.Field{{Name: "name", Label: "Name", Kind: form.Text, Required: true},
				{Name: "description", Label: "Description", Kind: form.LongText}},
			Outputs: []OutputField{{Name: "id", Label: "Group", Kind: form.Group}}},
		{ID: "group.add_member", Title: "Add a user to a group", Object: "Groups", Summary: "adds {user} to {group}", Effect: Changes,
			Scopes: []org.Scope{"okta.groups.manage"},
			Fields: []form.Field{{Name: "user", Label: "User", Kind: form.User, Required: true}, {Name: "group", Label: "Group", Kind: form.Group, Required: true}}},
		{ID: "user.delete", Title: "Delete a user", Object: "Users", Summary: "deletes {user}", Effect: Destroys,
			Scopes: []org.Scope{"okta.users.manage"},
			Fields: []form.Field{{Name: "user", Label: "User", Kind: form.User, Required: true},
				{Name: "when", Label: "When", Kind: form.Choice, Options: []form.Option{{Value: "now", Label: "At once"}}},
				{Name: "on", Label: "On", Kind: form.Date}, {Name: "count", Label: "Count", Kind: form.Number}, {Name: "mail", Label: "Send mail", Kind: form.YesNo}}},
		{ID: "log.search", Title: "Search the log", Object: "System log", Effect: Reads},
	})
}

func testApplication() *org.Application {
	return &org.Application{ID: "app_1", Name: "Acme", Status: org.Active, Scopes: org.DefaultScopes, Granted: org.DefaultScopes}
}

// onboarding is a definition with nothing wrong.
func onboarding() Definition {
	return Definition{Name: "Onboard", Purpose: "New colleagues", ApplicationID: "app_1", Runners: []auth.Role{auth.Operator},
		Inputs: []Input{
			{Name: "first", Label: "First name", Kind: form.Text, Required: true},
			{Name: "last", Label: "Last name", Kind: form.Text, Required: true},
			{Name: "email", Label: "E-mail", Kind: form.Email, Required: true},
		},
		Steps: []Step{
			{ID: "create", Title: "Create", Action: "user.create", Fields: map[string]string{"first_name": "{{ inputs.first }}", "last_name": "{{ inputs.last }}", "email": "{{ inputs.email }}", "login": ""}},
			{ID: "add", Title: "Add", Action: "group.add_member", Fields: map[string]string{"user": "{{ steps.create.output.id }}", "group": "00g1engineering"}, Names: map[string]string{"00g1engineering": "Engineering"}},
		}}
}
