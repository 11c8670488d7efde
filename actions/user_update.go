package actions

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"caracal/fault"
	"caracal/form"
	"caracal/okta"
	"caracal/org"
	"caracal/workflow"
)

// profileFields are the fields of userUpdate and the profile attributes they set.
var profileFields = []struct{ field, attribute, label string }{
	{"first_name", "firstName", "First name"},
	{"last_name", "lastName", "Last name"},
	{"email", "email", "E-mail"},
	{"login", "login", "Login"},
	{"title", "title", "Job title"},
	{"department", "department", "Department"},
	{"mobile_phone", "mobilePhone", "Mobile phone"},
	{"employee_number", "employeeNumber", "Employee number"},
}

// userUpdate is updateUser (POST, which changes only what is named). It is called raw: the typed profile cannot
// tell "leave" from "clear" for every attribute, nor hold the org's own ones.
var userUpdate = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "user.update", Title: "Update a user's profile", Object: "Users",
		Help:    "Changes what you fill in and leaves the rest as it is.",
		Summary: "updates the profile of {user}",
		Fields:  updateFields(),
		Outputs: append(append([]workflow.OutputField{}, userOutputs...), workflow.OutputField{Name: "email", Label: "E-mail"}),
		Scopes:  []org.Scope{"okta.users.manage"}, Role: "Group Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless, Keywords: "edit change attribute mover rename",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		profile, err := wantedProfile(c.In)
		if err != nil {
			return nil, err
		}
		if len(profile) == 0 {
			return nil, fault.New(fault.Invalid, "There is nothing to change; fill in at least one field of the step.")
		}
		return updateProfile(ctx, c, profile)
	},
	Undo: Inverse{
		Look: func(ctx context.Context, c *Call) ([]workflow.Fact, error) {
			profile, err := wantedProfile(c.In)
			if err != nil {
				return nil, err
			}
			return c.lookProfile(ctx, c.In["user"], profile)
		},
		Back: func(d Done) workflow.Way {
			profile, err := wantedProfile(d.In)
			if err != nil {
				return noWay("What this step sent can't be read any more.")
			}
			return d.profileBack(d.In["user"], profile)
		},
	},
}

func updateFields() []form.Field {
	fields := []form.Field{userField("user", "User", "")}
	for _, p := range profileFields {
		kind := form.Text
		if p.field == "email" {
			kind = form.Email
		}
		fields = append(fields, form.Field{Name: p.field, Label: p.label, Kind: kind, Max: 100})
	}
	return append(fields, form.Field{Name: "attributes", Label: "Other attributes", Kind: form.LongText,
		Help: "One on each line, like costCenter = 4711; nothing after the = clears it. Names are those of Okta's Profile Editor.", Placeholder: "costCenter = 4711"})
}

// wantedProfile is what the fields say, by attribute.
func wantedProfile(in form.Values) (map[string]any, error) {
	profile, err := attributes(in["attributes"])
	if err != nil {
		return nil, err
	}
	for _, p := range profileFields {
		if v := in[p.field]; v != "" {
			profile[p.attribute] = v
		}
	}
	return profile, nil
}

// attributes reads "name = value" lines. An empty value clears the attribute.
func attributes(text string) (map[string]any, error) {
	profile := map[string]any{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch {
		case !ok || name == "" || strings.ContainsAny(name, " \t"):
			return nil, fault.In("attributes", "%q is not an attribute; write one on each line, like costCenter = 4711.", line)
		case value == "":
			profile[name] = nil
		case value == "true" || value == "false":
			profile[name] = value == "true"
		default:
			profile[name] = value
		}
	}
	return profile, nil
}

// updateProfile sends a partial profile.
func updateProfile(ctx context.Context, c *Call, profile map[string]any) (workflow.Output, error) {
	resp, err := c.Client.Do(ctx, okta.Request{
		Method: http.MethodPost, Path: okta.Path("/api/v1/users/%s", c.In["user"]), Body: map[string]any{"profile": profile},
	})
	if err != nil {
		return nil, err
	}
	var u user
	if err := okta.Decode(resp, &u); err != nil {
		return nil, err
	}
	return created(u), nil
}

// stillDeactivating asks to wait: the second delete of a user who is being deactivated would be refused.
func stillDeactivating(c *Call, u user) error {
	f := fault.New(fault.Busy, "%s", fmt.Sprintf("Okta is still deactivating %s; the run goes on by itself.", u.name()))
	f.RetryAt = c.Now().Add(pauses[len(pauses)-1])
	return f
}
