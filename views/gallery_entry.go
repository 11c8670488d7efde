package views

import (
	"time"

	"caracal/auth"
	"caracal/views/ui"
	"caracal/workflow"
)

var galleryNow = time.Date(2026, 3, 31, 9, 30, 0, 0, time.UTC)

// ago returns a time before galleryNow.
func ago(d time.Duration) time.Time { return galleryNow.Add(-d) }

const day = 24 * time.Hour

func galleryUser(roles ...auth.Role) auth.User {
	return auth.User{ID: "usr_ada", Subject: "00u1ada", Issuer: "https://acme.okta.com", Name: "Ada Lovelace", Email: "ada@acme.example",
		Roles: roles, Groups: []string{"IT", "Everyone"}, SeenAt: ago(time.Minute)}
}

func galleryShell(active string, flashes ...ui.Flash) Shell {
	return Shell{User: galleryUser(auth.Admin), Active: active, Flashes: flashes, Demo: &DemoShell{OrgURL: "http://127.0.0.1:8081/admin"}}
}

func entryStates() []State {
	shell := galleryShell("")
	return []State{
		{"sign-in/ready", SignInPage(SignInProps{To: "/runs"})},
		{"sign-in/demo", SignInPage(SignInProps{Demo: []DemoPerson{
			{"Ada Lovelace", "ada@acme.example", "Admin"}, {"Grace Hopper", "grace@acme.example", "Builder"}, {"Oscar Peters", "oscar@acme.example", "Operator"}}})},
		{"sign-in/not-configured", SignInPage(SignInProps{Missing: []string{"CARACAL_OIDC_ISSUER", "CARACAL_OIDC_CLIENT_ID", "CARACAL_OIDC_CLIENT_SECRET"}})},
		{"sign-in/signed-out", SignedOutPage(SignedOutProps{LeadOn: "https://acme.okta.com/logout"})},
		{"sign-in/no-role", NoRolePage(NoRoleProps{User: galleryUser(), Contact: "it-help@acme.example"})},
		{"sign-in/no-role-no-groups", NoRolePage(NoRoleProps{User: auth.User{Subject: "00u1bob"}})},
		{"error/not-found", ErrorPage(ErrorProps{Shell: &shell, Status: 404, Sentence: "This page does not exist, or it is not yours to see; go back and choose again.", Request: "01JQ2Z8V9K"})},
		{"error/forbidden", ErrorPage(ErrorProps{Shell: &shell, Status: 403, Sentence: "This takes the role Admin, which you do not have; ask an admin of Caracal."})},
		{"error/conflict", ErrorPage(ErrorProps{Shell: &shell, Status: 409, Sentence: "Acme was changed by somebody else a moment ago; load the page again and repeat your change."})},
		{"error/upstream", ErrorPage(ErrorProps{Shell: &shell, Status: 502, Sentence: "Okta did not answer within 10 seconds; try again in a minute."})},
		{"error/busy", ErrorPage(ErrorProps{Shell: &shell, Status: 503, Sentence: "The disk is full, so nothing can be saved; free some space, then try again."})},
		{"error/internal", ErrorPage(ErrorProps{Status: 500, Sentence: "Something went wrong on our side; try again, and give your administrator the request id if it stays.", Request: "01JQ2Z8V9K"})},
		{"error/session-ended", ErrorPage(ErrorProps{Status: 401, Sentence: "Your session has ended, so nothing was changed; sign in, then do it again."})},
	}
}

func accountStates() []State {
	firefox := "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
	safari := "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Mobile/15E148 Safari/604.1"
	session := func(id, agent string, seen time.Duration, current bool) SessionRow {
		return SessionRow{Session: auth.Session{ID: id, UserAgent: agent, IP: "198.51.100.23", CreatedAt: ago(seen + time.Hour), LastSeenAt: ago(seen),
			IdleEnds: ago(seen - 30*time.Minute), Ends: ago(seen - 11*time.Hour)}, Current: current}
	}
	grace := auth.User{ID: "usr_grace", Name: "Grace Hopper", Email: "grace@acme.example", Roles: []auth.Role{auth.Builder, auth.Approver}, SeenAt: ago(3 * time.Hour)}
	bob := auth.User{ID: "usr_bob", Email: "bob.with.a.very.long.address@subsidiary.acme.example", SeenAt: ago(40 * day)}
	steps := []HomeStep{
		{"Connect an Okta org", "By the catalog or with a custom app.", "Connect", "/applications/connect", true},
		{"Run the health checks", "Prove each scope; nothing is changed.", "Check", "/applications", false},
		{"Build a workflow", "From forms: create a group, welcome a new hire.", "Build", "/workflows/new", false},
		{"Run it", "And watch every step.", "Run", "/workflows", false},
	}
	return []State{
		{"home/new", HomePage(HomeProps{Shell: galleryShell("home", ui.Flash{Tone: ui.Good, Text: "Welcome to Caracal."}), Now: galleryNow, Steps: steps})},
		{"home/busy", HomePage(HomeProps{Shell: galleryShell("home"), Now: galleryNow,
			Attention: []HomeAttention{{ui.Bad, "Acme is not healthy", "2 of 7 scopes failed the last check.", "/applications/app_acme/health"},
				{ui.Warn, "New hire waits for a decision", "Step 2: it is not known whether the user was created.", "/runs/run_2"}},
			Runs: []HomeRun{{"/runs/run_3", "New hire", "Grace Hopper", workflow.RunRunning, ago(time.Minute)}, {"/runs/run_2", "New hire", "Ada Lovelace", workflow.RunAsking, ago(20 * time.Minute)},
				{"/runs/run_1", "Create a group with a really long name that has to be cut somewhere", "Ada Lovelace", workflow.RunFailed, ago(5 * time.Hour)}},
			Workflows: []HomeWorkflow{{"New hire", "Creates the account and adds it to the groups of the team.", "/workflows/wf_1"}, {"Create a group", "", "/workflows/wf_2"}}})},
		{"account/one", AccountPage(AccountProps{Shell: galleryShell(""), Now: galleryNow, Sessions: []SessionRow{session("ses_1", firefox, time.Minute, true)}})},
		{"account/many", AccountPage(AccountProps{Shell: galleryShell(""), Now: galleryNow, Sessions: []SessionRow{
			session("ses_1", firefox, time.Minute, true), session("ses_2", safari, 5*time.Hour, false), session("ses_3", "curl/8.11", 2*day, false)}})},
		{"people/many", PeoplePage(PeopleProps{Shell: galleryShell("people"), Now: galleryNow, Rows: []PersonRow{
			{galleryUser(auth.Admin), 2, true}, {grace, 1, false}, {bob, 0, false}}})},
		{"licences/all", LicencesPage(LicencesProps{Notices: []LicenceNotice{{"htmx", "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted."}}})},
	}
}
