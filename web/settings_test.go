package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/internal/testenv"
	"caracal/org"
	"caracal/trigger"
	"caracal/workflow"
)

// What keeps two people who send the same form from losing each other's change unseen, line by line of the list.
const (
	seen     = "the hidden field seen, compared in the transaction that writes"
	draft    = "the revision of the draft, compared in the transaction; the builder shows both and takes either back"
	confirms = "names what it confirms (a revision, a version or a plan) and is refused when that is no longer so"
	state    = "asks for one state by its name; twice is once"
	adds     = "adds something and changes nothing that is there"
	ends     = "ends one thing for good, by its id"
	shows    = "stores no setting: it shows, tries or looks something up"
	acts     = "an act on a run, an approval or an org, which checks how that stands in its own transaction"
	program  = "sent by a program, not from a form that was shown"
)

var posts = map[string]string{
	"/sign-out":                       ends,
	"/account/sessions/{id}/end":      ends,
	"/people/{id}/sessions/end":       ends,
	"/tokens":                         adds,
	"/tokens/{id}/revoke":             ends,
	"/applications/connect/okta":      adds,
	"/applications/connect/okta/key":  adds,
	"/applications/{id}/health":       adds,
	"/applications/{id}/notices/seen": state,
	"/applications/{id}/notices/deliveries/{delivery}/again": state,
	"/applications/connect/okta/key/forget":                  ends,
	"/applications/connect/okta/method":                      shows,
	"/applications/connect/okta/check":                       shows,

	"/applications/{id}/rename":            seen,
	"/applications/{id}/scopes":            seen,
	"/applications/{id}/watch":             seen,
	"/applications/{id}/notify":            seen,
	"/applications/{id}/notify/secret":     seen,
	"/applications/{id}/rate-share":        seen,
	"/applications/{id}/events":            seen,
	"/applications/{id}/events/secret":     seen,
	"/applications/{id}/rotate":            seen,
	"/applications/{id}/rotate/abandon":    seen,
	"/applications/{id}/rotate/begin":      state,
	"/applications/{id}/notify/test":       shows,
	"/applications/{id}/notify/secret/end": ends,
	"/applications/{id}/events/secret/end": ends,
	"/applications/{id}/events/look":       state,
	"/applications/{id}/events/register":   state,
	"/applications/{id}/events/unregister": state,
	"/applications/{id}/pause":             state,
	"/applications/{id}/resume":            state,
	"/applications/{id}/disconnect":        state,
	"/applications/{id}/reconnect":         state, // refused once somebody else has connected it

	"/operations/catalog":                        adds,
	"/operations/catalog/versions/{name}/use":    state,
	"/operations/catalog/versions/{name}/forget": ends,
	"/operations/{id}/form":                      shows,
	"/operations/{id}/request":                   shows,
	"/operations/{id}/read":                      shows,
	"/operations/{id}/current":                   shows,
	"/operations/{id}/ask":                       shows,
	"/operations/{id}/send":                      confirms,
	"/operations/{id}/step":                      adds, // to the draft as it is then

	"/workflows":           adds,
	"/workflows/import":    adds,
	"/workflows/{id}/edit": draft,
	"/workflows/{id}/versions/{number}/restore":     draft,
	"/workflows/{id}/publish":                       confirms,
	"/workflows/{id}/archive":                       state,
	"/workflows/{id}/unarchive":                     state,
	"/workflows/{id}/triggers":                      adds,
	"/workflows/{id}/triggers/times":                shows,
	"/workflows/{id}/triggers/preview":              shows,
	"/workflows/{id}/triggers/{trigger}":            seen,
	"/workflows/{id}/triggers/{trigger}/pause":      state,
	"/workflows/{id}/triggers/{trigger}/resume":     state,
	"/workflows/{id}/triggers/{trigger}/secret":     seen,
	"/workflows/{id}/triggers/{trigger}/secret/end": ends,
	"/workflows/{id}/triggers/{trigger}/delete":     ends,
	"/workflows/{id}/run/advice":                    shows,
	"/workflows/{id}/runs":                          adds,
	"/workflows/{id}/rehearse":                      confirms,
	"/workflows/{id}/rehearsals":                    adds,
	"/rehearsals/{id}/again":                        adds,
	"/rehearsals/{id}/run":                          confirms,
	"/workflows/{id}/csv":                           adds,
	"/batches/{id}/mapping":                         confirms,
	"/batches/{id}/rehearsals":                      confirms,
	"/batches/{id}/start":                           confirms,
	"/batches/{id}/discard":                         ends,
	"/batches/{id}/again":                           adds,
	"/batches/{id}/pause":                           state,
	"/batches/{id}/resume":                          state,
	"/batches/{id}/cancel":                          state,
	"/runs/{id}/cancel":                             state,
	"/runs/{id}/continue":                           confirms,
	"/runs/{id}/continue/plan":                      confirms,
	"/runs/{id}/decide":                             acts,
	"/runs/{id}/approve":                            acts,
	"/runs/{id}/undo/ask":                           shows,
	"/runs/{id}/undo":                               confirms,
	"/runs/{id}/undo/rehearse":                      confirms,
	"/hooks/{address}":                              program,
	"/events/{address}":                             program,
}

// TestEveryPostIsAccountedFor: a new form that edits something stored has to say how the second of two people is told.
func TestEveryPostIsAccountedFor(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	there := map[string]bool{}
	for _, line := range app.App.Server.RouteLines() {
		if line.Method != http.MethodPost || strings.HasPrefix(line.Pattern, "/api/") { // a change over the API says what it saw: see api_trigger_edit.go and api_workflow_file.go
			continue
		}
		there[line.Pattern] = true
		if posts[line.Pattern] == "" {
			t.Errorf("POST %s is not accounted for", line.Pattern)
		}
	}
	for pattern := range posts {
		if !there[pattern] {
			t.Errorf("there is no POST %s", pattern)
		}
	}
}

// save is one form that edits settings, and two ways to fill it in.
type save struct {
	page, action string
	one, two     []string
	field        string // the name of one that differs
}

// TestTwoSaveTheSameSettings: of two who open the same form, the second is told what the first stored, with the own text
// kept, and goes over it only by sending it again. A form that does not say what was shown changes nothing.
func TestTwoSaveTheSameSettings(t *testing.T) {
	t.Parallel()
	app := testenv.New(t, testenv.Stopped)
	a := app.Connect(org.CustomApp)
	at := "/applications/" + a.ID
	d := workflow.Definition{Name: "Greet", ApplicationID: a.ID, Inputs: []workflow.Input{{Name: "who", Label: "Who", Kind: "text"}},
		Steps: []workflow.Step{{ID: "n", Title: "Say", Action: workflow.FlowNote, Fields: map[string]string{"text": "Hello"}}}}
	flow, err := app.App.DB.CreateWorkflow(t.Context(), d, auth.User{ID: "usr_1"})
	if err != nil {
		t.Fatal(err)
	}
	make := func(tr trigger.Trigger) string {
		t.Helper()
		tr.WorkflowID = flow.ID
		made, err := app.App.DB.CreateTrigger(t.Context(), tr, auth.User{ID: "usr_1"})
		if err != nil {
			t.Fatal(err)
		}
		return "/workflows/" + flow.ID + "/triggers/" + made.ID
	}
	schedule := make(trigger.Trigger{Kind: trigger.Schedule, Name: "Nightly", Config: trigger.Config{Schedule: trigger.Timetable{Cron: "0 2 * * *", Zone: "UTC"}}})
	hook := make(trigger.Trigger{Kind: trigger.Webhook, Name: "Desk", Address: trigger.NewAddress()})
	events := make(trigger.Trigger{Kind: trigger.OrgEvents, Name: "Somebody new", ApplicationID: a.ID, Config: trigger.Config{Event: trigger.Listener{Types: []string{"user.lifecycle.create"}}}})
	builtIn := func(kind trigger.Kind) string { return "/workflows/" + flow.ID + "/triggers/" + string(kind) }
	guards := []string{"excess", "wait", "in_blackout", "wait", "guard_zone", "UTC"}
	with := func(fields ...string) []string { return append(fields, guards...) }
	when := with("name", "Nightly", "mode", "daily", "at", "02:00", "zone", "UTC", "catch_up", "once")
	listen := with("name", "Somebody new")
	for n := '1'; n <= '8'; n++ {
		listen = append(listen, "where"+string(n)+"_op", "is")
	}
	watch := []string{"at", "08:00", "zone", "UTC", "first_age", "60", "max_age", "90"}
	for _, s := range []save{
		{at + "/settings", at + "/rename", []string{"name", "North"}, []string{"name", "South"}, "name"},
		{at + "/settings", at + "/scopes", []string{"scopes", "okta.users.read"}, []string{"scopes", "okta.groups.read"}, "scopes"},
		{at + "/settings", at + "/watch", append([]string{"every", "hourly"}, watch...), append([]string{"every", "daily"}, watch...), "every"},
		{at + "/settings", at + "/notify", []string{"url", "https://8.8.8.8/one"}, []string{"url", "https://8.8.8.8/two"}, "url"},
		{at + "/settings", at + "/rate-share", []string{"rate_share", "30"}, []string{"rate_share", "60"}, "rate_share"},
		{at + "/events", at + "/events", []string{"polls", "false", "every", "60", "catch_up", "24"}, []string{"polls", "true", "every", "300", "catch_up", "24"}, "every"},
		{schedule, schedule, append(slices.Clone(when), "per_hour", "1"), append(slices.Clone(when), "per_hour", "2"), "per_hour"},
		{hook, hook, with("name", "Desk", "proof", "hmac", "map_who", "{{ body.a }}"), with("name", "Desk", "proof", "hmac", "map_who", "{{ body.b }}"), "map_who"},
		{events, events, append(slices.Clone(listen), "types", "user.lifecycle.suspend"), append(slices.Clone(listen), "types", "user.lifecycle.delete.initiated"), "types"},
		{builtIn(trigger.Form), builtIn(trigger.Form), with("per_hour", "1"), with("per_hour", "2"), "per_hour"},
		{builtIn(trigger.API), builtIn(trigger.API), with("per_hour", "1"), with("per_hour", "2"), "per_hour"},
		{builtIn(trigger.CSV), builtIn(trigger.CSV), with("rows_at_once", "1"), with("rows_at_once", "2"), "rows_at_once"},
	} {
		value := func(p *testenv.Page) string {
			t.Helper()
			form := `form[action="` + s.action + `"] `
			if s.action == at+"/notify" {
				form = `form[action^="` + s.action + `#"] `
			}
			if list := p.Values(form + `[name="` + s.field + `"]:not(select)`); len(list) > 0 {
				return list[0]
			}
			if list := p.Values(form + `select[name="` + s.field + `"] option[selected]`); len(list) > 0 {
				return list[0]
			}
			return strings.Join(p.All(form+`textarea[name="`+s.field+`"]`), "")
		}
		of := func(fields []string) string { return fields[slices.Index(fields, s.field)+1] }
		shown := app.Get(s.page)
		form := `form[action="` + s.action + `"], form[action^="` + s.action + `#"]`
		mark := shown.Value(strings.ReplaceAll(form, `"]`, `"] input[name="seen"]`))
		if mark == "" {
			t.Fatalf("%s carries no mark", s.action)
		}
		before := value(shown)
		app.Post(s.action, s.one...).Status(http.StatusConflict)
		if got := value(app.Get(s.page)); got != before {
			t.Errorf("%s: a form without a mark changed %s from %q to %q", s.action, s.field, before, got)
		}
		first := app.Post(s.action, append([]string{"seen", mark}, s.one...)...)
		if first.Response.StatusCode != http.StatusSeeOther && s.action != at+"/notify" { // which shows the new secret
			first.Status(http.StatusSeeOther)
		}
		late := app.As(auth.Admin, auth.Auditor).Post(s.action, append([]string{"seen", mark}, s.two...)...).Status(http.StatusConflict)
		late.Has(".theirs", "Test admin saved other settings here", "Stored now", "Yours", "Save mine over it")
		if got := value(late); got != of(s.two) {
			t.Errorf("%s: %q was typed, and %q is left", s.action, of(s.two), got)
		}
		if got := value(app.Get(s.page)); got != of(s.one) {
			t.Errorf("%s: %q is stored, not %q", s.action, got, of(s.one))
		}
		again := late.Value(strings.ReplaceAll(form, `"]`, `"] input[name="seen"]`))
		app.Post(s.action, append([]string{"seen", again}, s.two...)...)
		if got := value(app.Get(s.page)); got != of(s.two) {
			t.Errorf("%s: saved again, %q is stored, not %q", s.action, got, of(s.two))
		}
		app.Post(s.action, append([]string{"seen", again}, s.two...)...) // a double click is no conflict
		app.Get(s.page).HasNot(".theirs")
	}
	for _, s := range []save{
		{page: at + "/settings", action: at + "/notify/secret"},
		{page: at + "/events", action: at + "/events/secret"},
		{page: hook, action: hook + "/secret"},
	} {
		form := `form[action="` + s.action + `"], form[action^="` + s.action + `#"]`
		mark := app.Get(s.page).Value(strings.ReplaceAll(form, `"]`, `"] input[name="seen"]`))
		app.Post(s.action, "seen", mark).Status(http.StatusOK).Has(".alert", "shown only now")
		app.Post(s.action, "seen", mark).Status(http.StatusSeeOther).Follow().Has("body", "Somebody else made or ended a secret here").HasNot(".code:contains('whsec')")
	}
}
