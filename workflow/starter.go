package workflow

import (
	"caracal/auth"
	"caracal/form"
)

// Starter is a definition that a person can begin from; what is made of it is an independent copy.
type Starter struct {
	ID         string
	Title      string
	Help       string // one sentence
	Definition Definition
}

// Starters lists what the page for a new workflow offers besides a blank one.
func Starters() []Starter {
	return []Starter{
		{"create_group", "Create a group", "Asks for a name and what the group is for, and makes it.", Definition{
			Name: "Create a group", Purpose: "Makes a group with a name and a description that say what it is for.",
			Runners: []auth.Role{auth.Operator},
			Inputs: []Input{
				{Name: "group_name", Label: "Group name", Help: "As people will see it in Okta.", Kind: form.Text, Required: true},
				{Name: "what_it_is_for", Label: "What it is for", Kind: form.LongText},
			},
			Steps: []Step{
				{ID: "group_create", Title: "Create the group", Action: "group.create", Fields: map[string]string{
					"name": "{{ inputs.group_name }}", "description": "{{ inputs.what_it_is_for }}"}},
			},
		}},
		{"new_user", "New user: create and add to groups", "Makes the account from a name and an e-mail address, and adds it to two groups.", Definition{
			Name: "New user", Purpose: "Gives a new colleague an account and the groups to begin with.",
			Runners: []auth.Role{auth.Operator},
			Inputs: []Input{
				{Name: "first_name", Label: "First name", Kind: form.Text, Required: true},
				{Name: "last_name", Label: "Last name", Kind: form.Text, Required: true},
				{Name: "email", Label: "E-mail", Help: "Becomes the login too.", Kind: form.Email, Required: true},
				{Name: "team", Label: "Team", Help: "The group of their team.", Kind: form.Group, Required: true},
				{Name: "site", Label: "Site", Help: "The group of where they work.", Kind: form.Group, Required: true},
			},
			Steps: []Step{
				{ID: "user_create", Title: "Create the user", Action: "user.create", Fields: map[string]string{
					"first_name": "{{ inputs.first_name }}", "last_name": "{{ inputs.last_name }}",
					"email": "{{ inputs.email }}", "login": "{{ lower(inputs.email) }}"}},
				{ID: "add_to_team", Title: "Add to the team", Action: "group.add_member", Fields: map[string]string{
					"user": "{{ steps.user_create.output.id }}", "group": "{{ inputs.team }}"}},
				{ID: "add_to_site", Title: "Add to the site", Action: "group.add_member", Fields: map[string]string{
					"user": "{{ steps.user_create.output.id }}", "group": "{{ inputs.site }}"}},
			},
		}},
	}
}

// WithDefaults returns a copy in which every field that a step does not name holds its action's default.
func (d Definition) WithDefaults(registry *Registry) Definition {
	d = d.Clone()
	for i, s := range d.Steps {
		spec, _ := registry.Get(s.Action)
		if s.Fields == nil {
			s.Fields = map[string]string{}
		}
		for _, f := range spec.Fields {
			if _, named := s.Fields[f.Name]; !named {
				s.Fields[f.Name] = f.Default
			}
		}
		d.Steps[i] = s
	}
	return d
}

// StarterByID returns the starter with this id.
func StarterByID(id string) (Starter, bool) {
	for _, s := range Starters() {
		if s.ID == id {
			return s, true
		}
	}
	return Starter{}, false
}
