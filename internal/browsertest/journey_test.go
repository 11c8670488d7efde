package browsertest_test

import (
	"strings"
	"testing"

	"caracal/internal/browsertest"
	"caracal/internal/testenv"
	"caracal/org"
)

const ada = "ada.admin@caracal.example"

// connect fills the connect form by hand, as the setup guide says, and submits it.
func connect(tab *browsertest.Tab, app *testenv.App, m org.Method) {
	ready := app.Ready.Demo.OIN
	if m == org.CustomApp {
		ready = app.Ready.Demo.Custom
	}
	tab.Go("/applications")
	tab.Click("text=Connect New +")
	tab.SeeAt("h2", "Okta")
	tab.Click("text=Connect")
	tab.Click("text=" + m.Title())
	tab.SeeAt(`.connect-methods [aria-current="page"]`, m.Title())
	tab.SeeAt("aside", "Setup guide")
	tab.Fill(`[name="domain"]`, "http://"+ready.Domain+"/admin/")
	tab.Fill(`[name="client_id"]`, ready.ClientID)
	tab.Fill(`[name="secret"]`, ready.Secret.Reveal())
	tab.Fill(`[name="scopes"]`, ready.Scopes)
	tab.Click("text=Submit")
	tab.SeeAt("h1", "Simulated org")
}

// TestMainJob is the main job, end to end: sign in, connect by both methods, prove the connection, take a scope
// away and see it red, build two workflows, run them, and find the group and the user in the org.
func TestMainJob(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Company)
	tab := browsertest.Open(t, app)
	tab.SignIn(ada)

	for _, m := range []org.Method{org.Integration, org.CustomApp} {
		connect(tab, app, m)
		tab.SeeAt(`[role="tab"], nav a, a`, "API Integration")
		tab.Click("text=Run health checks")
		tab.SeeAt("#health-run", "Every scope is granted and answers")
	}
	if err := app.Org.RevokeScope(app.Ready.Demo.Custom.ClientID, "okta.groups.manage"); err != nil {
		t.Fatal(err)
	}
	tab.Click("text=Run health checks")
	tab.SeeAt("#health-run", "1 of 7")
	tab.SeeAt("#health-run", "Grant")
	tab.Axe()
	if err := app.Org.GrantScope(app.Ready.Demo.Custom.ClientID, "okta.groups.manage"); err != nil {
		t.Fatal(err)
	}
	tab.Click("text=Run health checks")
	tab.SeeAt("#health-run", "Every scope is granted and answers")

	begin(tab, "create_group")
	publish(tab)
	tab.Click(`main a[href$="/run"]`)
	tab.Fill(`[name="group_name"]`, "Night shift")
	tab.Fill(`[name="what_it_is_for"]`, "Made by a browser")
	tab.Click(`button[value="run"]`)
	tab.See("Succeeded")
	tab.Axe()
	if g, ok := app.Org.FindGroup("Night shift"); !ok || g.Description != "Made by a browser" {
		t.Errorf("the group is not in the org: %+v", g)
	}

	begin(tab, "new_user")
	publish(tab)
	tab.Click(`main a[href$="/run"]`)
	tab.Fill(`[name="first_name"]`, "Grace")
	tab.Fill(`[name="last_name"]`, "Hopper")
	tab.Fill(`[name="email"]`, "grace.hopper@northwind.example")
	tab.Pick(`[name="team"]`, "Night")
	tab.Pick(`[name="site"]`, "All Emp")
	tab.Click(`button[value="run"]`)
	tab.See("Succeeded")
	user, ok := app.Org.FindUser("grace.hopper@northwind.example")
	if !ok {
		t.Fatal("the user is not in the org")
	}
	if !strings.Contains(strings.Join(app.Org.Members("Night shift"), " "), user.Login) {
		t.Errorf("the user is not in the group: %v", app.Org.Members("Night shift"))
	}
}

// begin makes a draft from a starter.
func begin(tab *browsertest.Tab, starter string) {
	tab.Go("/workflows/new")
	tab.Click(`[name="starter"][value="` + starter + `"]`)
	tab.Click("text=Create draft")
	tab.SeeAt("h2", "Steps")
}

func publish(tab *browsertest.Tab) {
	tab.Click(`main header button[value="publish"]`)
	tab.SeeAt("h1", "Publish")
	tab.Click("main form button.btn:not([data-variant])")
	tab.See("is published")
}
