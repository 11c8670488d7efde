package actions

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"caracal/form"
	"caracal/okta"
	"caracal/org"
	"caracal/workflow"
)

// factorNames puts the factor types of Okta's Factors API into words.
var factorNames = map[string]string{
	"push": "Okta Verify push", "signed_nonce": "Okta FastPass", "token:software:totp": "one-time codes of an app", "token:hotp": "one-time codes of a device",
	"token:hardware": "hardware token", "token": "hardware token", "webauthn": "passkey or security key", "u2f": "security key", "sms": "text message",
	"call": "phone call", "email": "e-mail", "question": "security question", "web": "another provider",
}

// notSecond are the types that are no second factor in earnest: who reads the mail or knows the person has them.
var notSecond = []string{"email", "question"}

// userListFactors is listFactors.
var userListFactors = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "user.list_factors", Title: "List a user's factors", Object: "Users",
		Help:    "Reads which second factors a person has set up, and whether there is one that counts.",
		Summary: "lists the factors of {user}",
		Fields: []form.Field{
			userField("user", "User", ""),
			{Name: "counts", Label: "What counts as a second factor", Kind: form.Choice, Required: true, Default: "strong", Options: []form.Option{
				{Value: "strong", Label: "All but e-mail and security questions"}, {Value: "any", Label: "Whatever is set up"}}},
		},
		Outputs: []workflow.OutputField{
			{Name: "enrolled", Label: "Whether there is one that counts"},
			{Name: "factors", Label: "Factors", List: true, Fields: []workflow.OutputField{
				{Name: "id", Label: "Factor"}, {Name: "type", Label: "Type"}, {Name: "name", Label: "What it is"}, {Name: "provider", Label: "Provider"},
				{Name: "status", Label: "Status"}, {Name: "created", Label: "Set up on"}}},
			{Name: "names", Label: "What is set up"},
			{Name: "count", Label: "How many are active"},
		},
		Scopes: []org.Scope{"okta.users.read"}, Role: "Read-Only Administrator",
		Effect: workflow.Reads, Repeat: workflow.Harmless, Keywords: "mfa multifactor authenticator enrolled enrollment second factor",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		all, names, enrolled := []any{}, []string{}, false
		err := c.Each(ctx, okta.Path("/api/v1/users/%s/factors", c.In["user"]), nil, 0, func(raw json.RawMessage) error {
			var f struct {
				ID       string     `json:"id"`
				Type     string     `json:"factorType"`
				Provider string     `json:"provider"`
				Status   string     `json:"status"`
				Created  *time.Time `json:"created"`
			}
			if err := json.Unmarshal(raw, &f); err != nil {
				return fmt.Errorf("read factor: %w", err)
			}
			name, known := factorNames[f.Type]
			if !known {
				name = f.Type
			}
			all = append(all, map[string]any{"id": f.ID, "type": f.Type, "name": name, "provider": f.Provider, "status": f.Status, "created": moment(f.Created)})
			if f.Status == "ACTIVE" {
				names = append(names, name)
				enrolled = enrolled || c.In["counts"] == "any" || !slices.Contains(notSecond, f.Type)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		return workflow.Output{"enrolled": enrolled, "factors": all, "names": strings.Join(names, ", "), "count": len(names)}, nil
	},
}
