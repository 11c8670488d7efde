package actions

import (
	"context"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// appActivate is activateApplication.
var appActivate = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "app.activate", Title: "Activate an app", Object: "Apps",
		Help:    "Lets people use the app again; assignments are as they were.",
		Summary: "activates {app}",
		Fields:  []form.Field{appField("")},
		Outputs: appOutputs,
		Scopes:  []org.Scope{"okta.apps.manage"}, Role: "Application Administrator",
		Effect: workflow.Changes, Repeat: workflow.Harmless, Keywords: "application enable turn on",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		return c.turnApp(ctx, "ACTIVE", func(ctx context.Context, api *sdk.APIClient) error {
			_, err := api.ApplicationAPI.ActivateApplication(ctx, c.In["app"]).Execute()
			return err
		})
	},
	Undo: Inverse{Look: lookApp, Back: func(d Done) workflow.Way {
		return d.back([]workflow.Fact{statusFact(appKey(d.In["app"]), "ACTIVE")}, d.step("app.deactivate", map[string]string{"app": d.In["app"]}))
	}},
}
