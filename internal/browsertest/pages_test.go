package browsertest_test

import (
	"context"
	"testing"

	"caracal/internal/browsertest"
	"caracal/internal/testenv"
	"caracal/org"
	"caracal/workflow"
)

// page is one address and something that must be seen there before it is looked at.
type page struct{ name, path, see string }

// TestPagesAreAccessible walks the pages, empty and full, in light and dark, wide and narrow, and lets axe look
// at each.
func TestPagesAreAccessible(t *testing.T) {
	t.Parallel()
	empty := testenv.New(t)
	full := testenv.New(t, testenv.Company)
	for name, w := range map[string]struct {
		app   *testenv.App
		pages []page
	}{
		"empty": {empty, emptyPages},
		"full":  {full, fill(t, full)},
	} {
		for _, size := range []int64{1280, 390} {
			for _, theme := range []string{"light", "dark"} {
				t.Run(name+"/"+theme, func(t *testing.T) {
					t.Parallel()
					tab := browsertest.Open(t, w.app)
					tab.SignIn(ada)
					tab.Size(size, 900)
					tab.Theme(theme)
					for _, p := range w.pages {
						tab.Go(p.path)
						tab.See(p.see)
						tab.Axe()
						tab.NoSidewaysScroll()
					}
				})
			}
		}
	}
}

var emptyPages = []page{
	{"home", "/", "Get started"},
	{"applications", "/applications", "Connect your first org"},
	{"gallery", "/applications/connect", "Connect New +"},
	{"gallery, nothing found", "/applications/connect?q=zzz", "Nothing matches"},
	{"connect", "/applications/connect/okta", "API Domain"},
	{"connect a custom app", "/applications/connect/okta?method=custom", "Instance ID"},
	{"workflows", "/workflows", "workflow"},
	{"new workflow", "/workflows/new", "Begin from"},
	{"runs", "/runs", "Nothing has run yet"},
	{"account", "/account", "This one"},
	{"people", "/people", "People"},
	{"audit", "/audit", "Audit"},
	{"nodes", "/nodes", "Nodes"},
	{"no such page", "/nowhere", "no page"},
}

// fill connects an org, builds a workflow, runs it once with success and once without, and lists the pages.
func fill(t *testing.T, app *testenv.App) []page {
	t.Helper()
	connected := app.Connect(org.CustomApp)
	at := "/applications/" + connected.ID
	app.Post(at + "/health").Status(303)
	edit := app.Post("/workflows", "starter", "create_group", "application_id", connected.ID).Status(303).Follow()
	flow := edit.Path()[:len(edit.Path())-len("/edit")]
	app.Post(flow+"/publish", "revision", edit.Value(`[name="revision"]`)).Status(303)
	succeeded := run(app, flow, "Night shift")
	waitFor(app, succeeded, workflow.RunSucceeded)
	failed := run(app, flow, "Night shift") // Okta has no two groups of one name
	waitFor(app, failed, workflow.RunFailed)
	return []page{
		{"home", "/", "Recent runs"},
		{"applications", "/applications", connected.Name},
		{"application", at, "Overview"},
		{"health", at + "/health", "okta.groups.manage"},
		{"settings", at + "/settings", "Disconnect"},
		{"rotate", at + "/rotate", "Rotate credential"},
		{"disconnect", at + "/disconnect", "Disconnect"},
		{"workflows", "/workflows", "Create a group"},
		{"workflow", flow, "What it does"},
		{"builder", flow + "/edit", "In words"},
		{"history", flow + "/versions", "Version 1"},
		{"run form", flow + "/run", "What will happen"},
		{"run", succeeded, "Succeeded"},
		{"failed run", failed, "Failed"},
		{"runs", "/runs", "Failed"},
		{"audit", "/audit", "application"},
	}
}

func run(app *testenv.App, flow, group string) (path string) {
	form := app.Get(flow + "/run")
	return app.Post(flow+"/runs", "once", form.Value(`[name="once"]`), "version", form.Value(`[name="version"]`), "group_name", group, "do", "run").Status(303).Follow().Path()
}

func waitFor(app *testenv.App, path string, state workflow.RunState) {
	app.Eventually("the run to be "+string(state), func() bool {
		r, err := app.App.DB.Run(context.Background(), path[len("/runs/"):])
		return err == nil && r.State == state
	})
}
