package actions

import (
	"context"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// appDeactivate is deactivateApplication.
var appDeactivate = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "app.deactivate", Title: "Deactivate an app", Object: "Apps",
		Help:    "Nobody can use the app until it is activated; assignments are kept.",
		Summary: "deactivates {app}",
		Fields:  []form.Field{appField("")},
		Outputs: appOutputs,
		Scopes:  []org.Scope{"okta.apps.manage"}, Role: "Application Administrator",
		Effect: workflow.Destroys, Repeat: workflow.Harmless, Keywords: "application disable turn off",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		return c.turnApp(ctx, "INACTIVE", func(ctx context.Context, api *sdk.APIClient) error {
			_, err := api.ApplicationAPI.DeactivateApplication(ctx, c.In["app"]).Execute()
			return err
		})
	},
	Undo: Inverse{Look: lookApp, Back: func(d Done) workflow.Way {
		return d.back([]workflow.Fact{statusFact(appKey(d.In["app"]), "INACTIVE")}, d.step("app.activate", map[string]string{"app": d.In["app"]}))
	}},
}
