package actions

import (
	"context"
	"fmt"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/form"
	"caracal/okta"
	"caracal/org"
	"caracal/workflow"
)

// userCreate is createUser. Creating sends an e-mail and makes an object, so it is never repeated blindly.
var userCreate = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "user.create", Title: "Create a user", Object: "Users",
		Help:    "Makes an account for a person, active at once or only prepared.",
		Summary: "creates the user {email}",
		Fields: []form.Field{
			{Name: "first_name", Label: "First name", Kind: form.Text, Required: true, Max: 50},
			{Name: "last_name", Label: "Last name", Kind: form.Text, Required: true, Max: 50},
			{Name: "email", Label: "E-mail", Kind: form.Email, Required: true, Max: 100, Placeholder: "ada@example.com"},
			{Name: "login", Label: "Login", Help: "Usually the e-mail address, which is used when this is empty.", Kind: form.Text, Max: 100},
			{Name: "title", Label: "Job title", Kind: form.Text, Max: 100},
			{Name: "department", Label: "Department", Kind: form.Text, Max: 100},
			{Name: "mobile_phone", Label: "Mobile phone", Kind: form.Text, Max: 100},
			{Name: "employee_number", Label: "Employee number", Kind: form.Text, Max: 100},
			{Name: "groups", Label: "Groups", Help: "Groups to be a member of from the first moment; at most 20.", Kind: form.Groups},
			{Name: "when", Label: "Activation", Kind: form.Choice, Default: "now", Required: true, Options: []form.Option{
				{Value: "now", Label: "Activate now; Okta sends the welcome e-mail"},
				{Value: "later", Label: "Only prepare the account; activate it later"},
			}},
		},
		Outputs: append(append([]workflow.OutputField{}, userOutputs...), workflow.OutputField{Name: "email", Label: "E-mail"}, ruleNote),
		Scopes:  []org.Scope{"okta.users.manage"}, Role: "Group Administrator",
		Effect: workflow.Changes, Repeat: workflow.Never, Keywords: "new hire add person account onboard joiner",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		profile := sdk.NewUserProfile()
		profile.SetFirstName(c.In["first_name"])
		profile.SetLastName(c.In["last_name"])
		profile.SetEmail(c.In["email"])
		profile.SetLogin(newLogin(c))
		for field, set := range map[string]func(string){
			"title": profile.SetTitle, "department": profile.SetDepartment,
			"mobile_phone": profile.SetMobilePhone, "employee_number": profile.SetEmployeeNumber,
		} {
			if v := c.In[field]; v != "" {
				set(v)
			}
		}
		body := sdk.NewCreateUserRequest(*profile)
		if groups := c.list("groups"); len(groups) > 0 {
			body.GroupIds = groups
		}
		looking, cancel := aside(ctx)
		rules, _ := c.activeRules(looking, body.GroupIds...)
		cancel()
		resp, err := c.typed(ctx, func(ctx context.Context, api *sdk.APIClient) error {
			_, _, err := api.UserAPI.CreateUser(ctx).Body(*body).Activate(c.In["when"] != "later").Execute()
			return err
		})
		if err != nil {
			return nil, err
		}
		var u user
		if err := okta.Decode(resp, &u); err != nil {
			return nil, err
		}
		out := created(u)
		out[ruleNote.Name] = createdIn(rules, body.GroupIds, u)
		return dropEmpty(out), nil
	},
	Find: func(ctx context.Context, c *Call) (workflow.Finding, error) {
		login := newLogin(c)
		u, err := c.readUser(ctx, login)
		switch {
		case gone(err):
			return notDone(fmt.Sprintf("Okta has no user with the login %s.", login)), nil
		case err != nil:
			return workflow.Finding{}, err
		case !c.since(u.Created):
			return notDone(fmt.Sprintf("The user %s was there before this step.", login)), nil
		case u.text("firstName") != c.In["first_name"] || u.text("lastName") != c.In["last_name"] || u.text("email") != c.In["email"]:
			return unknown(fmt.Sprintf("A user with the login %s was made at that time, with other details than this step's.", login)), nil
		}
		return done(fmt.Sprintf("The user %s is there and was made by this step.", login), created(u)), nil
	},
	Undo: Inverse{Told: true, Back: func(d Done) workflow.Way {
		id := textOf(d.Out["id"])
		left := []workflow.Fact{thereFact(userKey(id), true), statusFact(userKey(id), textOf(d.Out["status"])), signInFact(id, nil)}
		for _, p := range profileFields {
			value := d.In[p.field]
			if p.field == "login" && value == "" {
				value = d.In["email"]
			}
			if value != "" {
				left = append(left, attributeFact(id, p.attribute, value))
			}
		}
		return d.removal(id, left, "remove.delete_user", map[string]string{"userId": id}, "The e-mail that Okta sent to the person stays sent.")
	}},
}

func newLogin(c *Call) string {
	if c.In["login"] != "" {
		return c.In["login"]
	}
	return c.In["email"]
}

func created(u user) workflow.Output {
	out := u.output()
	out["email"] = u.text("email")
	return out
}
