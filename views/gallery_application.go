package views

import (
	"fmt"
	"time"

	"caracal/form"
	"caracal/org"
	"caracal/views/ui"
)

func galleryApp(status org.Status) org.Application {
	return org.Application{ID: "app_acme", Name: "Acme", Domain: "acme.okta.com", Method: org.CustomApp, ClientID: "0oa1b2c3d4E5f6G7h8i9",
		Scopes: org.DefaultScopes, Granted: org.DefaultScopes[:6], Status: status, OrgID: "00o1a2b3c4d5e6f7g8h9", Cell: "production",
		KeyID: "k8Zq1rVb", KeyThumbprint: "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", CredentialSet: ago(40 * day),
		TokenAt: ago(12 * time.Minute), TokenDPoP: true, UsedAt: ago(3 * time.Minute), CreatedAt: ago(90 * day)}
}

func galleryIntegration() org.Application {
	a := galleryApp(org.Active)
	a.ID, a.Name, a.Domain, a.Cell, a.Method = "app_preview", "Acme preview", "acme.oktapreview.com", "preview", org.Integration
	a.KeyID, a.KeyThumbprint, a.Granted, a.UsedAt = "", "", a.Scopes, time.Time{}
	return a
}

// galleryWords are what Okta says of the default scopes.
var galleryWords = map[org.Scope]string{
	"okta.apps.read":     "Allows the app to read information about Apps in your Okta organization.",
	"okta.apps.manage":   "Allows the app to create and manage Apps in your Okta organization.",
	"okta.users.read":    "Allows the app to read the existing users' profiles and credentials.",
	"okta.users.manage":  "Allows the app to create new users and to manage all users' profile and credentials information.",
	"okta.groups.read":   "Allows the app to read information about groups and their members in your Okta organization.",
	"okta.groups.manage": "Allows the app to manage existing groups in your Okta organization.",
	"okta.logs.read":     "Allows the app to read information about System Log entries in your Okta organization.",
}

func galleryScopes() []ScopeRow {
	var out []ScopeRow
	for _, s := range org.DefaultScopes {
		out = append(out, ScopeRow{Scope: s, Words: galleryWords[s], Default: true})
	}
	for _, s := range []org.Scope{"okta.roles.read", "okta.policies.read", "okta.policies.manage", "okta.eventHooks.manage"} {
		out = append(out, ScopeRow{Scope: s, Words: "Allows the app to work with " + object(s) + " in your Okta organization."})
	}
	return out
}

func applicationStates() []State {
	shell := galleryShell("applications")
	app, preview := galleryApp(org.Active), galleryIntegration()
	paused, gone := galleryApp(org.Paused), galleryApp(org.Disconnected)
	paused.ID, paused.Name, paused.Domain = "app_emea", "Acme EMEA", "acme.okta-emea.com"
	gone.ID, gone.Name, gone.Granted = "app_old", "Acme (2)", nil
	refused := app
	refused.TokenError = "Okta refused the key: it is not registered for this app any more. Add it under General › Client Credentials, or rotate it here."
	var many []ApplicationRow
	for i := range 6 {
		a := galleryIntegration()
		a.ID, a.Name, a.Domain = fmt.Sprintf("app_%d", i), fmt.Sprintf("Subsidiary %d", i+1), fmt.Sprintf("subsidiary-%d.okta.com", i+1)
		many = append(many, ApplicationRow{App: a, Health: org.Pass, HealthAt: ago(time.Duration(i+1) * day)})
	}
	var scopes []ScopeState
	for _, s := range app.Scopes {
		scopes = append(scopes, ScopeState{Scope: s, Words: galleryWords[s], Granted: app.Has(s)})
	}
	entry := []GalleryEntry{{Name: "Okta", Maker: "Okta, Inc.", Text: "Users, groups, apps, roles, policies and the System Log of an Okta org, through its Management API.",
		Tags: []string{"Identity", "OAuth 2.0"}, Href: "/applications/connect/okta"}}
	check := galleryRun()
	return []State{
		{"application-list/empty", ApplicationsPage(ApplicationsProps{Shell: shell, MayManage: true, Now: galleryNow})},
		{"application-list/empty-reader", ApplicationsPage(ApplicationsProps{Shell: shell, Now: galleryNow})},
		{"application-list/one", ApplicationsPage(ApplicationsProps{Shell: shell, MayManage: true, Now: galleryNow, Rows: []ApplicationRow{{App: preview}}})},
		{"application-list/many", ApplicationsPage(ApplicationsProps{Shell: shell, MayManage: true, Now: galleryNow, Rows: append([]ApplicationRow{
			{App: app, Health: org.Fail, HealthAt: ago(20 * time.Minute), Failed: 2}, {App: paused, Health: org.Warn, HealthAt: ago(5 * day)}, {App: gone}}, many...)})},
		{"application-gallery/all", GalleryPage(GalleryProps{Shell: shell, Entries: entry, Connected: 2})},
		{"application-gallery/none", GalleryPage(GalleryProps{Shell: shell, Query: "slack"})},
		{"application/healthy", ApplicationPage(OverviewProps{Shell: shell, App: app, Check: &check, Scopes: scopes, CreatedBy: "Ada Lovelace", MayManage: true, MayCheck: true, Now: galleryNow, Limits: LimitsProps{Share: 50, Now: galleryNow},
			Workflows: []ui.Link{{Label: "New hire", Href: "/workflows/wf_1"}, {Label: "Create a group", Href: "/workflows/wf_2"}}, Others: []ui.Link{{Label: "Acme (2)", Href: "/applications/app_old"}}})},
		{"application/refused", ApplicationPage(OverviewProps{Shell: shell, App: refused, Scopes: scopes, MayCheck: true, Now: galleryNow, Limits: LimitsProps{Share: 50, Now: galleryNow}})},
		{"application/paused", ApplicationPage(OverviewProps{Shell: shell, App: paused, Scopes: scopes, Now: galleryNow, Limits: LimitsProps{Share: 30, Own: true, Now: galleryNow}})},
		{"application/disconnected", ApplicationPage(OverviewProps{Shell: shell, App: gone, Now: galleryNow, Limits: LimitsProps{Share: 50, Now: galleryNow}})},
	}
}

// connectFields are the fields of connect.Fields, which views may not import.
func connectFields(m org.Method) []form.Field {
	domain, secret := "API Domain", "Client Secret"
	if m == org.CustomApp {
		domain = "Instance ID"
	}
	fields := []form.Field{
		{Name: "domain", Label: domain, Kind: form.Text, Required: true, Placeholder: "acme.okta.com", Help: "The domain of your Okta org. Leave out -admin if you copy it from the Admin Console."},
		{Name: "client_id", Label: "Client ID", Kind: form.Text, Required: true, Placeholder: "0oa…", Help: "At the top of the app's page in Okta."},
		{Name: "secret", Label: secret, Kind: form.Hidden, Required: m == org.Integration, Help: "The private key as Okta's console gives it (JSON), a JWK set, or PEM."},
	}
	if m == org.CustomApp {
		fields = append(fields, form.Field{Name: "key_id", Label: "Key ID", Kind: form.Text, Help: "Only for a PEM key: the KID that Okta lists beside it."})
	}
	return append(fields,
		form.Field{Name: "scopes", Label: "Scopes", Kind: form.LongText, Required: true, Default: org.JoinScopes(org.DefaultScopes), Help: "Comma separated. Enter what the app was granted in Okta."},
		form.Field{Name: "name", Label: "Name", Kind: form.Text, Help: "How Caracal lists it. Leave it empty to use the org's name."})
}

func galleryAdvice() AdviceProps {
	return AdviceProps{
		Abilities: []AbilityRow{
			{Object: "apps", Words: galleryWords["okta.apps.manage"], Manages: true, Reads: 24, Changes: 31},
			{Object: "users", Words: galleryWords["okta.users.manage"], Manages: true, Reads: 20, Changes: 40},
			{Object: "groups", Words: galleryWords["okta.groups.manage"], Manages: true, Reads: 12, Changes: 18},
			{Object: "logs", Words: galleryWords["okta.logs.read"], Reads: 1}},
		Permissions: []string{"Manage users", "Manage groups", "Manage applications", "View System Log"},
		Resources:   []string{"All users", "All groups", "All applications"},
		Roles:       []string{"Report Administrator"},
	}
}

func connectStates() []State {
	base := func(m org.Method) ConnectProps {
		return ConnectProps{Shell: galleryShell("applications"), Method: m, Form: form.New(connectFields(m)), Scopes: galleryScopes(), Advice: galleryAdvice()}
	}
	listed, demo := base(org.Integration), base(org.CustomApp)
	listed.Listing = Listing{Name: "Caracal", URL: "https://www.okta.com/integrations/caracal/"}
	demo.Demo = &ReadyMade{Domain: "127.0.0.1:8081", ClientID: "0oaDemo", Secret: `{"kty":"RSA"}`, Scopes: org.JoinScopes(org.DefaultScopes)}
	made := base(org.CustomApp)
	made.Key = &MadeKey{ID: "key_1", JWKSURL: "https://caracal.acme.example/jwks/set_1", Thumbprint: "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
		PublicJWK: "{\n  \"kty\": \"RSA\",\n  \"e\": \"AQAB\",\n  \"use\": \"sig\",\n  \"kid\": \"k8Zq1rVb\",\n  \"n\": \"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs\"\n}"}
	failed := base(org.Integration)
	failed.Form = form.DecodeFrom(connectFields(org.Integration), func(name string) string {
		return map[string]string{"domain": "acme.example.com", "client_id": "0oa1b2c3d4E5f6G7h8i9", "secret": "x", "scopes": "okta.users.read, okta.group.read"}[name]
	})
	failed.Form.Reject("domain", "acme.example.com is not an Okta domain; use the one that ends in okta.com, or ask an admin to allow your custom domain.")
	failed.Form.Reject("scopes", "Okta has no scope \"okta.group.read\"; did you mean okta.groups.read?")
	failed.Advice = AdviceProps{Problem: "Okta has no scope \"okta.group.read\"; did you mean okta.groups.read?"}
	refused := base(org.CustomApp)
	refused.Form.Reject("secret", "Okta does not know this key. Check under General › Client Credentials that it is listed; it is not saved until you press Done.")
	refused.Form.Values["domain"], refused.Form.Values["client_id"] = "acme.okta.com", "0oa1b2c3d4E5f6G7h8i9"
	return []State{
		{"connect/integration", ConnectPage(base(org.Integration))},
		{"connect/integration-listed", ConnectPage(listed)},
		{"connect/integration-failed", ConnectPage(failed)},
		{"connect/custom", ConnectPage(base(org.CustomApp))},
		{"connect/custom-demo", ConnectPage(demo)},
		{"connect/custom-key-made", ConnectPage(made)},
		{"connect/custom-refused", ConnectPage(refused)},
	}
}

// galleryCheck is the answer for one scope with a verdict to each question.
func galleryCheck(s org.Scope, granted, reachable, role, visible, worst org.Verdict, summary, mend string) org.Check {
	say := func(v org.Verdict, words string) org.Answer { return org.Answer{Verdict: v, Because: words} }
	return org.Check{Scope: s, Granted: say(granted, "Okta's token names it."), Reachable: say(reachable, "The API answered 200."), Role: say(role, "The call was let through."),
		Visible: say(visible, "One object came back."), Verdict: worst, Summary: summary, Mend: mend, Probe: "GET /api/v1/" + object(s) + "?limit=1", Status: 200,
		Request: "Zx1aQ9c3TgGJ4q2w", Took: 184 * time.Millisecond, At: ago(20 * time.Minute)}
}

// galleryRun is a run of checks that met everything there is.
func galleryRun() org.CheckRun {
	const pass, fail, skip = org.Pass, org.Fail, org.Skipped
	return org.CheckRun{ID: "chk_1", ApplicationID: "app_acme", StartedAt: ago(20 * time.Minute), EndedAt: ago(20*time.Minute - 412*time.Millisecond), By: "usr_ada",
		Checks: []org.Check{
			galleryCheck("okta.apps.read", pass, pass, pass, pass, pass, "Works.", ""),
			galleryCheck("okta.apps.manage", pass, pass, org.Unprovable, pass, org.Unprovable, "Granted and reachable. The role shows at the first change.", ""),
			galleryCheck("okta.users.read", pass, pass, pass, org.Warn, org.Warn, "It answers, but the admin role sees no user.",
				"Admin Console › Applications › Applications › your app › Admin roles › Edit assignments: check the resource set of the role; resource sets are under Security › Administrators › Resources."),
			galleryCheck("okta.users.manage", pass, pass, pass, pass, pass, "Granted, reachable and allowed by the admin role.", ""),
			galleryCheck("okta.groups.read", pass, pass, fail, skip, fail, "Okta lets the scope through and then refuses: the app has no admin role that covers groups.",
				"Admin Console › Applications › Applications › your app › Admin roles › Edit assignments: add Group Administrator, or a custom role with View groups."),
			galleryCheck("okta.groups.manage", pass, pass, pass, pass, pass, "Works.", ""),
			galleryCheck("okta.logs.read", fail, skip, skip, skip, fail, "The scope is not granted to the app.",
				"Admin Console › Applications › Applications › your app › Okta API Scopes › okta.logs.read › Grant"),
		},
		Headroom: []org.Headroom{{Bucket: "/api/v1/users", Limit: 600, Remaining: 587}, {Bucket: "/api/v1/groups", Limit: 500, Remaining: 140}, {Bucket: "/api/v1/logs", Limit: 120, Remaining: 6}},
	}
}

func healthStates() []State {
	app, shell := galleryApp(org.Active), galleryShell("applications")
	page := func(run *HealthRunProps, history ...HealthPast) HealthProps {
		return HealthProps{Shell: shell, App: app, Run: run, History: history, MayCheck: true, Now: galleryNow}
	}
	failed := &HealthRunProps{ApplicationID: app.ID, Run: galleryRun(), By: "Ada Lovelace", Now: galleryNow}
	live := *failed
	live.Live, live.Run.Checks, live.Run.Headroom, live.Pending = true, live.Run.Checks[:3], nil, app.Scopes[3:]
	healthy := *failed
	healthy.Run.Checks = nil
	for _, s := range app.Scopes {
		worst, role := org.Pass, org.Pass
		if s.Manages() {
			worst, role = org.Unprovable, org.Unprovable
		}
		healthy.Run.Checks = append(healthy.Run.Checks, galleryCheck(s, org.Pass, org.Pass, role, org.Pass, worst, "Granted and reachable.", ""))
	}
	dead := *failed
	dead.Run.Checks, dead.Run.Headroom = nil, nil
	dead.Run.Error = "Okta refused the client secret of Acme; it may have been revoked."
	dead.Run.Mend = "Applications › Acme › Settings › Rotate credential: paste a new secret."
	past := []HealthPast{
		{ID: "chk_3", At: ago(20 * time.Minute), By: "Ada Lovelace", Verdict: org.Fail, Failed: 2, Scopes: 7, Shown: true},
		{ID: "chk_2", At: ago(26 * time.Hour), By: "Grace Hopper", Verdict: org.Pass, Scopes: 7, Deep: true},
		{ID: "chk_1", At: ago(30 * day), By: "Ada Lovelace", Verdict: org.Warn, Scopes: 7}}
	return []State{
		{"health/none", HealthPage(page(nil))},
		{"health/running", HealthPage(page(&live))},
		{"health/failed", HealthPage(page(failed, past...))},
		{"health/healthy", HealthPage(page(&healthy))},
		{"health/no-token", HealthPage(page(&dead))},
	}
}

func settingsStates() []State {
	shell, app, preview := galleryShell("applications", ui.Flash{Tone: ui.Bad, Text: "Okta refused the scopes; nothing was saved."}), galleryApp(org.Active), galleryIntegration()
	name := []form.Field{{Name: "name", Label: "Name", Kind: form.Text, Required: true, Default: app.Name}}
	scopes := []form.Field{{Name: "scopes", Label: "Scopes", Kind: form.LongText, Required: true, Default: org.JoinScopes(app.Scopes)}}
	page := func(a org.Application, next *MadeKey) SettingsProps {
		return SettingsProps{Shell: shell, App: a, Rename: form.New(name), Scopes: form.New(scopes), RateShare: galleryShare(a), Watch: galleryWatch(), Notify: galleryNotify(), NextCheck: galleryNow.Add(5 * time.Hour), Limits: galleryLimits(a), Reconnect: form.New(connectFields(a.Method)), Picker: galleryScopes(), Next: next, MayManage: true, Now: galleryNow}
	}
	next := &MadeKey{ID: "key_2", PublicJWK: "{\n  \"kty\": \"RSA\"\n}", JWKSURL: "https://caracal.acme.example/jwks/set_1", Thumbprint: "k8Zq1rVb"}
	rotate := func(a org.Application, next *MadeKey) RotateProps {
		return RotateProps{Shell: shell, App: a, Form: form.New(connectFields(a.Method)), Next: next, Now: galleryNow}
	}
	late := rotate(preview, nil)
	late.Form.Stale, late.Form.Theirs = true, form.Theirs{By: "Grace Hopper", At: ago(time.Minute)}
	stop := StopProps{Shell: shell, App: app}
	busy := stop
	busy.Workflows = []ui.Link{{Label: "New hire", Href: "/workflows/wf_1"}, {Label: "Create a group", Href: "/workflows/wf_2"}}
	busy.Runs = []ui.Link{{Label: "New hire · started by Grace Hopper", Href: "/runs/run_3"}}
	mistyped := busy
	mistyped.Error = "Type the name exactly as it is shown: Acme"
	return []State{
		{"settings/active", SettingsPage(page(app, nil))},
		{"settings/paused", SettingsPage(page(galleryApp(org.Paused), next))},
		{"settings/disconnected", SettingsPage(page(galleryApp(org.Disconnected), nil))},
		{"rotate/secret", RotatePage(rotate(preview, nil))},
		{"rotate/stale", RotatePage(late)},
		{"rotate/key", RotatePage(rotate(app, nil))},
		{"rotate/key-waiting", RotatePage(rotate(app, next))},
		{"pause/free", PausePage(stop)},
		{"pause/busy", PausePage(busy)},
		{"disconnect/busy", DisconnectPage(busy)},
		{"disconnect/mistyped", DisconnectPage(mistyped)},
	}
}
