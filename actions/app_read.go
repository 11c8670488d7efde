package actions

import (
	"context"
	"slices"
	"time"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/fault"
	"caracal/form"
	"caracal/okta"
	"caracal/workflow"
)

// app is what actions look at of an app. Apps are read raw: the typed models differ by sign-on mode and refuse
// some that Okta gives.
type app struct {
	ID         string     `json:"id"`
	Label      string     `json:"label"`
	Status     string     `json:"status"`
	SignOnMode string     `json:"signOnMode"`
	Created    *time.Time `json:"created"`
}

func (a app) output() workflow.Output {
	return workflow.Output{"id": a.ID, "name": a.Label, "status": a.Status}
}

// appFields are the fields of an app in a list.
func appFields() []workflow.OutputField {
	return append(slices.Clone(appOutputs), workflow.OutputField{Name: "sign_on", Label: "How people sign in"}, workflow.OutputField{Name: "created", Label: "Made on"})
}

// item is an app as an entry of a list, with every field of appFields.
func (a app) item() map[string]any {
	return map[string]any{"id": a.ID, "name": a.Label, "status": a.Status, "sign_on": a.SignOnMode, "created": moment(a.Created)}
}

var appOutputs = []workflow.OutputField{
	{Name: "id", Label: "App", Kind: form.App}, {Name: "name", Label: "App name"}, {Name: "status", Label: "Status"},
}

// readApp is getApplication.
func (c *Call) readApp(ctx context.Context, id string) (app, error) {
	var a app
	return a, c.Get(ctx, okta.Path("/api/v1/apps/%s", id), nil, &a)
}

// turnApp changes an app's status; an app that has it already is a success.
func (c *Call) turnApp(ctx context.Context, wanted string, change func(ctx context.Context, api *sdk.APIClient) error) (workflow.Output, error) {
	err := c.send(ctx, change)
	if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Invalid) {
		return nil, err
	}
	a, readErr := c.readApp(ctx, c.In["app"])
	switch {
	case err != nil && (readErr != nil || a.Status != wanted):
		return nil, err
	case readErr != nil:
		return workflow.Output{"id": c.In["app"]}, nil // the change is made; only the look afterwards failed
	}
	return a.output(), nil
}

// appUser is an assignment of a user: direct (USER) or by way of a group (GROUP).
type appUser struct {
	ID          string     `json:"id"`
	Scope       string     `json:"scope"`
	Status      string     `json:"status"`
	Created     *time.Time `json:"created"`
	Credentials struct {
		UserName string `json:"userName"`
	} `json:"credentials"`
	Profile map[string]any `json:"profile"`
	Links   struct {
		Group struct {
			Name string `json:"name"`
		} `json:"group"`
	} `json:"_links"`
}

// readAppUser is getApplicationUser.
func (c *Call) readAppUser(ctx context.Context, app, user string) (appUser, error) {
	resp, err := c.typed(ctx, func(ctx context.Context, api *sdk.APIClient) error {
		_, _, err := api.ApplicationUsersAPI.GetApplicationUser(ctx, app, user).Execute()
		return err
	})
	if err != nil {
		return appUser{}, err
	}
	var a appUser
	return a, okta.Decode(resp, &a)
}
