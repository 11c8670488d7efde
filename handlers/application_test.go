package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/form"
	"caracal/internal/testenv"
	"caracal/okta"
	"caracal/org"
	"caracal/workflow"
)

const connectPath = "/applications/connect/okta"

func TestConnectByEitherMethod(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	app.Get("/applications").Has("h2", "Connect your first org").Has("a", "Connect New +")
	app.Get("/applications/connect").Has("h2", "Okta").Has("a", "Connect")
	app.Get("/applications/connect?q=salesforce").Has("h2", "Nothing matches")

	form := app.Get(connectPath)
	form.Has("label", "API Domain").Has("label", "Client ID").Has("label", "Client Secret").Has("label", "Scopes")
	form.Has("aside", "Browse App Catalog")
	custom := app.Get(connectPath + "?method=custom")
	custom.Has("label", "Instance ID").Has("aside", "Edit assignments", "Super Administrator", "Security", "Resources")

	for _, m := range []org.Method{org.Integration, org.CustomApp} {
		connected := app.Connect(m)
		app.Get("/applications").Has("a", connected.Name)
		app.Get("/applications/"+connected.ID).Has("h1", connected.Name).Has("code", "okta.users.manage")
	}
	app.Get("/applications").Has("a", "(2)") // one org, two connections, told apart
}

// TestConnectKeepsWhatWasTyped: a refusal stands beside its field, everything typed is still there, and the
// secret is not.
func TestConnectKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	ready := app.Ready.Demo.OIN
	page := app.Post(connectPath+"?method=integration", "domain", ready.Domain, "client_id", ready.ClientID,
		"secret", "not-the-secret-canary", "scopes", "okta.users.read,, okta.logs.read", "name", "Acme <b>bold</b> 😀")
	page.Status(http.StatusUnprocessableEntity)
	if page.Attr(`[name="secret"]`, "aria-invalid") != "true" || page.Value(`[name="domain"]`) != ready.Domain ||
		page.Value(`[name="client_id"]`) != ready.ClientID || page.Value(`[name="name"]`) != "Acme <b>bold</b> 😀" {
		t.Errorf("not kept, or not blamed:\n%s", page.Text)
	}
	page.Has(`textarea[name="scopes"]`, "okta.users.read")
	for where, text := range map[string]string{"page": page.Text, "log": app.Logs.String()} {
		if strings.Contains(text, "not-the-secret-canary") {
			t.Errorf("the secret is in the %s", where)
		}
	}
	if strings.Contains(page.Text, "<b>bold") {
		t.Error("what was typed is markup")
	}
	app.Get("/applications").HasNot("table")
}

func TestConnectAdviceFollowsTheScopes(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	app.Get(connectPath+"/advice?scopes=okta.groups.read").Has("#connect-advice", "groups", "read only")
	app.Get(connectPath+"/advice?scopes=okta.groups.manage").Has("#connect-role", "okta.groups.manage")
	app.Get(connectPath+"/advice?scopes=okta.logs.read").Has("#connect-role", "Report Administrator")
	app.Get(connectPath+"/advice?scopes=okta.groups.raed").Has("#connect-advice", "did you mean okta.groups.read?")
}

func TestConnectWithAKeyMadeHere(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	ready := app.Ready.Demo.Custom
	page := app.Post(connectPath+"/key", "domain", ready.Domain, "client_id", ready.ClientID, "scopes", "okta.users.read", "name", "Mine").Status(http.StatusOK)
	pair := page.Value(`[name="key_pair"]`)
	if page.Value(`[name="name"]`) != "Mine" || pair == "" {
		t.Fatalf("what was typed is lost, or no key was made:\n%s", page.Text)
	}
	for _, shown := range page.All(".key-ways pre") {
		if strings.Contains(shown, `"d"`) {
			t.Errorf("the page shows the private key: %s", shown)
		}
	}
	page.Has(".key-ways pre", `"kty"`).Has(".key-ways pre", "/jwks/")
	at := page.Text[strings.Index(page.Text, "/jwks/"):]
	set := app.Anonymous().Get(at[:strings.IndexAny(at, "\"<& ")]).Status(http.StatusOK)
	if !strings.Contains(set.Text, `"keys"`) || strings.Contains(set.Text, `"d":`) {
		t.Errorf("the JWKS URL serves %s", set.Text)
	}
	if err := app.Org.SetKeys(ready.ClientID, set.Text); err != nil {
		t.Fatal(err)
	}
	app.Post(connectPath+"?method=custom", "domain", ready.Domain, "client_id", ready.ClientID, "scopes", "okta.users.read",
		"key_pair", pair).Status(http.StatusSeeOther).Follow().Has("h1", "Simulated org")
}

func TestHealthChecks(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	id := app.Connect(org.CustomApp).ID
	at := "/applications/" + id + "/health"
	check := func() *testenv.Page {
		t.Helper()
		app.Post(at).Status(http.StatusSeeOther)
		app.Eventually("the checks to end", func() bool { _, live := app.App.Health.Live(id); return !live })
		return app.Get(at)
	}
	check().Has("#health-run", "Healthy")
	if err := app.Org.RevokeScope(app.Ready.Demo.Custom.ClientID, "okta.groups.manage"); err != nil {
		t.Fatal(err)
	}
	page := check()
	page.Has("#health-run", "1 of 7", "okta.groups.manage", "Okta API Scopes", "Grant")
	app.Get("/applications").Has("tr", "1 of 7 failed")
	if err := app.Org.GrantScope(app.Ready.Demo.Custom.ClientID, "okta.groups.manage"); err != nil {
		t.Fatal(err)
	}
	page = check().Has("#health-run", "Healthy")
	page.Has(`[data-scope="okta.groups.manage"] .check-detail ol`, "Failed", "Healthy")
	page.HasNot(`[data-scope="okta.users.read"] .check-detail li:contains("Failed")`)

	r := app.Request(http.MethodGet, at, http.Header{"Hx-Request": {"true"}, "Hx-Request-Type": {"partial"}})
	part := app.Do(r).Status(http.StatusOK)
	part.Has("#health-run", "Healthy").HasNot("nav")
	app.Get("/applications/app_other/health").Status(http.StatusNotFound)
}

func TestApplicationSettings(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	id := app.Connect(org.CustomApp).ID
	at := "/applications/" + id
	settings := app.Get(at + "/settings")
	name, scopes := settings.Value(`form[action$="/rename"] input[name="seen"]`), settings.Value(`form[action$="/scopes"] input[name="seen"]`)
	app.Post(at+"/rename", "name", "Northwind", "seen", name).Status(http.StatusSeeOther).Follow().Has("h1", "Northwind")
	app.Post(at+"/rename", "name", " ", "seen", "any").Status(http.StatusUnprocessableEntity).Has(".field", "Enter name")
	app.Post(at+"/scopes", "scopes", "okta.users.read, okta.nothing.here", "seen", scopes).Status(http.StatusUnprocessableEntity).
		Has(`textarea[name="scopes"]`, "okta.nothing.here")
	app.Post(at+"/scopes", "scopes", "okta.users.read, okta.groups.read", "seen", scopes).Status(http.StatusSeeOther)
	app.Get(at).HasNot(`code:contains("okta.logs.read")`)

	// Who opened the page before that is told, with their own text kept, and means it when they save again.
	late := app.Post(at+"/rename", "name", "Eastwind", "seen", name).Status(http.StatusConflict).Has(".theirs", "You saved other settings here", "Northwind", "Eastwind")
	if late.Value("#f-name") != "Eastwind" {
		t.Error("what was typed is lost")
	}
	app.Get(at).Has("h1", "Northwind")
	app.Post(at+"/rename", "name", "Eastwind", "seen", late.Value(`form[action$="/rename"] input[name="seen"]`)).Status(http.StatusSeeOther)
	app.Submit(at+"/settings", at+"/rename", "name", "Northwind").Status(http.StatusSeeOther)
	late = app.Post(at+"/scopes", "scopes", "okta.users.read, okta.logs.read", "seen", scopes).Status(http.StatusConflict).
		Has(".theirs", "okta.users.read, okta.groups.read").Has(`textarea[name="scopes"]`, "okta.logs.read")
	now := late.Value(`form[action$="/scopes"] input[name="seen"]`)
	app.Post(at+"/scopes", "scopes", "nonsense", "seen", scopes).Status(http.StatusUnprocessableEntity).Has("#f-scopes-error", "nonsense")
	app.Post(at+"/scopes", "scopes", "okta.users.read, okta.logs.read", "seen", now).Status(http.StatusSeeOther)

	app.Get(at+"/pause").Has("h1", "Pause")
	app.Post(at + "/pause").Status(http.StatusSeeOther)
	app.Post(at + "/health").Status(http.StatusServiceUnavailable)
	app.Post(at + "/resume").Status(http.StatusSeeOther)

	app.Post(at+"/disconnect", "confirm", "Southwind").Status(http.StatusUnprocessableEntity).Has("body", "exactly")
	app.Post(at+"/disconnect", "confirm", "Northwind").Status(http.StatusSeeOther)
	app.Get(at).Has("body", "Disconnected")
	app.Post(at + "/health").Status(http.StatusConflict)
}

func TestRotateCredential(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	at := "/applications/" + app.Connect(org.CustomApp).ID + "/rotate"
	page := app.Post(at + "/begin").Status(http.StatusSeeOther).Follow()
	pair := page.Value(`[name="key_pair"]`)
	app.Submit(at, at, "key_pair", pair).Status(http.StatusUnprocessableEntity).Has("body", "Rotate credential")
	app.Post(at+"/abandon", "seen", "what was before").Status(http.StatusConflict)
	app.Post(at+"/abandon", "seen", app.Get(at).Value(`[name="seen"]`)).Status(http.StatusSeeOther)
	app.Get(at).HasNot(`[name="key_pair"]`)

	key, err := okta.GenerateKey(okta.ES256)
	if err != nil {
		t.Fatal(err)
	}
	private, err := key.Private()
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Org.SetKeys(app.Ready.Demo.Custom.ClientID, key.PublicJWK()); err != nil {
		t.Fatal(err)
	}
	app.Submit(at, at, "secret", private.Reveal()).Status(http.StatusSeeOther).Follow().Has("code", key.Thumbprint())
}

func TestPickersAndObjects(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	id := app.Connect(org.CustomApp).ID
	app.Get("/pick/group?q=every&application="+id).Has("button", "Everyone")
	app.Get("/pick/user?q=ada&application="+id).Has("button", "Ada Admin")
	app.Get("/pick/group?q=zzzz&application="+id).Has("p", "Nothing begins with this")
	app.Get("/pick/nonsense?application="+id).Status(http.StatusOK).Has("p", "no list")
	app.As(auth.Auditor).Get("/pick/group?application=" + id).Status(http.StatusForbidden)
}

// TestOperatorsPickWhatAFormAsksFor: who may only run looks through an org as far as a workflow that is open to
// them asks for its objects, and no further.
func TestOperatorsPickWhatAFormAsksFor(t *testing.T) {
	t.Parallel()
	app := testenv.New(t)
	mine, other := app.Connect(org.CustomApp).ID, app.Connect(org.Integration).ID
	operator := app.As(auth.Operator)
	picks := func(kind, application string) *testenv.Page {
		return operator.Get("/pick/" + kind + "?q=e&application=" + application)
	}
	picks("group", mine).Status(http.StatusForbidden).Has("p", "No workflow that is open to you asks for this").HasNot("button")

	by := auth.User{ID: "person_ben"}
	d := workflow.Definition{Name: "Add to group", ApplicationID: mine, Runners: []auth.Role{auth.Operator},
		Inputs: []workflow.Input{{Name: "team", Label: "Team", Kind: form.Group}}}
	made, err := app.App.DB.CreateWorkflow(t.Context(), d, by)
	if err != nil {
		t.Fatal(err)
	}
	picks("group", mine).Status(http.StatusForbidden) // not published
	if _, err := app.App.DB.Publish(t.Context(), made.ID, 1, "", by); err != nil {
		t.Fatal(err)
	}
	picks("group", mine).Status(http.StatusOK).Has("button", "Everyone")
	picks("user", mine).Status(http.StatusForbidden)
	picks("group", other).Status(http.StatusForbidden)

	d.ApplicationID = other // a draft opens nothing
	if _, err := app.App.DB.SaveDraft(t.Context(), made.ID, d, 1, "page", by); err != nil {
		t.Fatal(err)
	}
	picks("group", other).Status(http.StatusForbidden)
	if err := app.App.DB.ArchiveWorkflow(t.Context(), made.ID, true, by); err != nil {
		t.Fatal(err)
	}
	picks("group", mine).Status(http.StatusForbidden)
}
