package handlers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/internal/testenv"
	"caracal/oktasim"
	"caracal/trigger"
	"caracal/workflow"
)

// orgCall calls the simulated org as its super admin.
func orgCall(t *testing.T, app *testenv.App, method, path, body string) map[string]any {
	t.Helper()
	app.Org.AddSSWS("root")
	r, err := http.NewRequestWithContext(t.Context(), method, app.OrgURL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "SSWS root")
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode > 299 {
		t.Fatalf("%s %s: %s %s %v", method, path, resp.Status, raw, err)
	}
	var out map[string]any
	if len(raw) > 0 && raw[0] == '{' {
		if err := json.Unmarshal(raw, &out); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func makeGroup(t *testing.T, app *testenv.App, name string) string {
	t.Helper()
	return orgCall(t, app, http.MethodPost, "/api/v1/groups", fmt.Sprintf(`{"profile":{"name":%q}}`, name))["id"].(string)
}

// listened is groupMaker some seconds later: a trigger listens from now on, which is known to about a second.
func listened(t *testing.T) (*testenv.App, *builder) {
	t.Helper()
	app, e := groupMaker(t)
	app.Clock.Advance(5 * time.Second)
	return app, e
}

// onGroups is a trigger that starts for every group that is created, and names the copy after it.
func onGroups(more ...string) []string {
	return with([]string{"kind", "event", "name", "New group", "types", "group.lifecycle.create", "map_group_name", "Copy of {{ event.group.displayName }}",
		"where1_op", "is", "excess", "wait", "in_blackout", "wait"}, more...)
}

func applicationOf(t *testing.T, app *testenv.App) string {
	t.Helper()
	apps, err := app.App.DB.Applications(context.Background())
	if err != nil || len(apps) != 1 {
		t.Fatalf("%d applications, %v", len(apps), err)
	}
	return apps[0].ID
}

// settle looks at the log, and starts what is to be started.
func settleEvents(t *testing.T, app *testenv.App) {
	t.Helper()
	app.Clock.Advance(20 * time.Minute)
	if err := app.App.Engine.PollEvents(context.Background()); err != nil {
		t.Fatal(err)
	}
	startEvents(t, app)
}

func startEvents(t *testing.T, app *testenv.App) {
	t.Helper()
	if err := app.App.Engine.StartEvents(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func names(list []workflow.Run) string {
	var out []string
	for _, run := range list {
		out = append(out, run.Input["group_name"])
	}
	return strings.Join(out, ", ")
}

func TestEventTriggerForm(t *testing.T) {
	t.Parallel()
	app, e := groupMaker(t)
	app.Get(e.workflow()+"/triggers").Has("a", "Add Okta event")
	app.Get(e.workflow()+"/triggers/new?kind=event").Status(http.StatusOK).Has("h1", "New Okta event").Has("section", "How events arrive", "Not set up")
	wrong := app.Post(e.workflow()+"/triggers", onGroups("types", "nonsense", "where2_field", "outcome.result", "where2_op", "contains", "map_group_name", "{{ body.x }}")...).
		Status(http.StatusUnprocessableEntity)
	wrong.Has("#f-types-error", "no type of event").Has("#f-where2_value-error", "Enter the value")
	if wrong.Value("#f-where2_field") != "outcome.result" || wrong.Value("#f-map_group_name") != "{{ body.x }}" {
		t.Error("what was typed is lost")
	}
	app.Post(e.workflow()+"/triggers", onGroups("map_group_name", "{{ body.x }}")...).Status(http.StatusUnprocessableEntity).Has("#f-map_group_name-error", "not known here")
	app.Post(e.workflow()+"/triggers", onGroups("types", "")...).Status(http.StatusUnprocessableEntity).Has("#f-types-error", "Choose")
	sample := `{"uuid":"u","eventType":"group.lifecycle.create","published":"2026-05-04T09:00:00.000Z","outcome":{"result":"SUCCESS"},"target":[{"type":"UserGroup","id":"00g1","displayName":"Sales <b>"}]}`
	path := addTrigger(t, app.Browser, e, onGroups("where1_field", "outcome.result", "where1_value", "success", "sample", sample)...)
	page := app.Get(path).Status(http.StatusOK).Has(".event-verdict", "This event starts a run").Has("dd", "Copy of Sales <b>").Has("h1", "New group")
	if page.Value("#f-where1_value") != "success" || page.Value("#f-types") != "group.lifecycle.create" {
		t.Error("the form is not filled")
	}
	preview := func(more ...string) *testenv.Page {
		t.Helper()
		return app.Post(e.workflow()+"/triggers/preview", onGroups(append([]string{"sample", sample}, more...)...)...).Status(http.StatusOK)
	}
	preview("where1_field", "outcome.result", "where1_value", "FAILURE").Has(".event-verdict", "no run", "outcome.result is “FAILURE”")
	preview("types", "user.session.start").Has(".event-verdict", "of the type group.lifecycle.create")
	preview("sample", "{").Has(".error", "no JSON")
	preview("sample", `{"eventType":"com.okta.event_hook","data":{"events":[`+sample+`]}}`).Has(".event-verdict", "starts a run")
	app.Get(e.workflow()+"/triggers").Has("td", "New group", "group.lifecycle.create")
	app.As(auth.Auditor).Get(path).Status(http.StatusOK)
	app.As(auth.Operator).Get(path).Status(http.StatusNotFound)

	app.Get("/pick/event_types?q=locked").Has("button", "user.account.lock")
	app.Get("/pick/event_types?q=my.own.type").Has("button", "my.own.type", "Use what is typed")
	app.Get("/pick/event_types?q=%3Cb%3E").Has("p", "No known type fits")
}

// TestEventHookByHand: a hook that a person made in Okta with the address and the secret delivers, is verified, and is
// told from whoever does not know the secret.
func TestEventHookByHand(t *testing.T) {
	t.Parallel()
	app, e := listened(t)
	path := addTrigger(t, app.Browser, e, onGroups()...)
	id := applicationOf(t, app)
	events := "/applications/" + id + "/events"
	app.Get(events).Status(http.StatusOK).Has("section", "Event hook", "Not set up").Has("section", "Triggers that listen", "New group").HasNot("form[action$='/register']")
	made := app.Submit(events, events+"/secret", "overlap", "24").Status(http.StatusOK).Has(".alert", "shown only now")
	secret, address := made.All(".alert .code code")[0], made.All(".code code")[1]
	page := app.Get(events).Has("section", "Not verified").Has("section", "Subscribe to events")
	if strings.Contains(page.Text, secret) || strings.Contains(app.Logs.String(), secret) {
		t.Fatal("the secret is shown again, or logged")
	}
	app.As(auth.Builder).Post(events + "/secret").Status(http.StatusForbidden)
	app.As(auth.Auditor).Get(events).Status(http.StatusOK).HasNot("form[action$='/secret']")

	challenge := func(secret, challenge string) *testenv.Page {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", secret)
		r.Header.Set("X-Okta-Verification-Challenge", challenge)
		return app.Anonymous().Do(r)
	}
	problemOf(t, challenge("", "abc"), http.StatusUnauthorized, "signature")
	problemOf(t, challenge(secret+"x", "abc"), http.StatusUnauthorized, "signature")
	problemOf(t, challenge(secret, ""), http.StatusBadRequest, "body")
	problemOf(t, challenge(secret, strings.Repeat("x", 513)), http.StatusBadRequest, "body")
	if got := challenge(secret, `a"<b>`).Status(http.StatusOK).Text; got != `{"verification":"a\"<b>"}`+"\n" {
		t.Errorf("the challenge is answered with %q", got)
	}
	problemOf(t, deliver(t, app, address, `{}`, "Authorization", "nope"), http.StatusUnauthorized, "signature")
	problemOf(t, deliver(t, app, address, `{}`, "Authorization", secret), http.StatusBadRequest, "body")
	problemOf(t, deliver(t, app, strings.Replace(address, "/events/", "/events/x", 1), `{}`, "Authorization", secret), http.StatusNotFound, "")

	hook := orgCall(t, app, http.MethodPost, "/api/v1/eventHooks", fmt.Sprintf(`{"name":"Mine","events":{"type":"EVENT_TYPE","items":["group.lifecycle.create"]},
		"channel":{"type":"HTTP","version":"1.0.0","config":{"uri":%q,"authScheme":{"type":"HEADER","key":"Authorization","value":%q}}}}`, address, secret))
	verified := orgCall(t, app, http.MethodPost, "/api/v1/eventHooks/"+hook["id"].(string)+"/lifecycle/verify", "")
	if verified["verificationStatus"] != "VERIFIED" {
		t.Fatalf("the hook is %v", verified["verificationStatus"])
	}
	app.Get(events).Has("section", "Verified")
	makeGroup(t, app, "Red")
	app.Eventually("a delivery", func() bool {
		src, err := app.App.DB.EventSource(context.Background(), id)
		return err == nil && !src.HeardAt.IsZero()
	})
	startEvents(t, app)
	list := runsOf(t, app)
	if names(list) != "Copy of Red" || list[0].Via != "Okta event “New group”" || list[0].TriggerKind != "event" {
		t.Fatalf("the delivery started %+v", list)
	}
	settleEvents(t, app) // the log has it as well
	if got := names(runsOf(t, app)); got != "Copy of Red" {
		t.Errorf("after the log was read: %s", got)
	}
	shown := app.Get(path).Has(".trigger-events", "Started", "by the hook")
	sample := shown.Attr(`.trigger-events a[href*="sample="]`, "href")
	app.Get(sample).Has(".finding", "the event you chose").Has(".event-verdict", "starts a run")
	app.Get("/runs/"+list[0].ID).Has(".run-meta", "Okta event “New group”")

	// The old secret is good beside the new one until it is ended.
	second := app.Submit(events, events+"/secret", "overlap", "24").All(".alert .code code")[0]
	challenge(secret, "a").Status(http.StatusOK)
	challenge(second, "a").Status(http.StatusOK)
	app.Post(events + "/secret/end").Status(http.StatusSeeOther)
	problemOf(t, challenge(secret, "a"), http.StatusUnauthorized, "signature")
	challenge(second, "a").Status(http.StatusOK)
}

// TestEventsFromTheLog: without any hook the log is read, from when the trigger was made, and what a run of ours changed
// starts nothing.
func TestEventsFromTheLog(t *testing.T) {
	t.Parallel()
	app, e := groupMaker(t)
	makeGroup(t, app, "Before")
	app.Clock.Advance(5 * time.Second)
	path := addTrigger(t, app.Browser, e, onGroups()...)
	app.Clock.Advance(time.Second)
	makeGroup(t, app, "Red")
	settleEvents(t, app)
	if got := names(runsOf(t, app)); got != "Copy of Red" {
		t.Fatalf("the log started %q", got)
	}
	app.Get(path).Has(".trigger-events", "Started", "from the log")
	if err := app.App.Start(context.Background()); err != nil { // the run makes a group, by our own client
		t.Fatal(err)
	}
	app.Eventually("the copy", func() bool { _, ok := app.Org.FindGroup("Copy of Red"); return ok })
	settleEvents(t, app)
	settleEvents(t, app)
	if got := names(runsOf(t, app)); got != "Copy of Red" {
		t.Fatalf("its own change started runs: %q", got)
	}
	app.Browser = app.As(auth.Admin)
	app.Get(path).Has(".trigger-events", "No run", "Caracal made this change itself")
	app.Get("/applications/"+applicationOf(t, app)+"/events").Has("section", "System Log", "Reads")

	app.Post(path + "/pause").Status(http.StatusSeeOther)
	makeGroup(t, app, "Paused")
	settleEvents(t, app)
	app.Clock.Advance(5 * time.Second)
	app.Browser = app.As(auth.Admin)
	app.Post(path + "/resume").Status(http.StatusSeeOther)
	app.Clock.Advance(time.Second)
	makeGroup(t, app, "Blue")
	settleEvents(t, app)
	if got := names(runsOf(t, app)); got != "Copy of Blue, Copy of Red" {
		t.Errorf("after a pause: %q", got)
	}
}

// TestChainsEnd: a trigger that starts for changes of Caracal's own runs stops after a few in a row.
func TestChainsEnd(t *testing.T) {
	t.Parallel()
	app, e := listened(t)
	path := addTrigger(t, app.Browser, e, onGroups("own", "true")...)
	if err := app.App.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	app.Clock.Advance(time.Second)
	makeGroup(t, app, "Red")
	id := path[strings.LastIndex(path, "/")+1:]
	// Where an event comes before the run that caused it is known to have, it waits for the next round.
	for i := 0; ; i++ {
		settleEvents(t, app)
		app.Eventually(fmt.Sprintf("the runs of round %d", i), func() bool {
			return !slices.ContainsFunc(runsOf(t, app), func(run workflow.Run) bool { return !run.State.Ended() })
		})
		notes, err := app.App.DB.TriggerEvents(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(notes, func(n trigger.Event) bool { return n.Outcome == trigger.Refused }) {
			break
		}
		if i == 20 {
			t.Fatalf("the chain does not end: %+v", notes)
		}
	}
	if got := runsOf(t, app); len(got) != 4 {
		t.Fatalf("%d runs, want the first and three that followed: %s", len(got), names(got))
	}
	app.Browser = app.As(auth.Admin)
	app.Get(path).Has(".trigger-events", "Refused", "running in a circle")
}

// TestEventHookRegistered: where the scope is held, Caracal registers the hook, keeps its types, switches it off with
// the last trigger that is on and deletes it with the last one; what Okta refuses is said.
func TestEventHookRegistered(t *testing.T) {
	t.Parallel()
	app, e := listened(t)
	path := addTrigger(t, app.Browser, e, onGroups()...)
	id := applicationOf(t, app)
	events := "/applications/" + id + "/events"
	app.Get(events).Has(".finding", "okta.eventHooks.manage")
	app.Post(events+"/register").Status(http.StatusUnprocessableEntity).Has(".alert", "okta.eventHooks.manage", "does not ask for")
	hold := func() {
		t.Helper()
		if err := app.Org.GrantScope(app.Ready.Custom, "okta.eventHooks.manage"); err != nil {
			t.Fatal(err)
		}
		app.Submit("/applications/"+id+"/settings", "/applications/"+id+"/scopes", "scopes", app.Ready.Demo.Custom.Scopes+", okta.eventHooks.manage").Status(http.StatusSeeOther)
	}
	hold()
	app.Post(events+"/register").Status(http.StatusUnprocessableEntity).Has(".alert", "only a Super Administrator")
	if err := app.Org.SetRoles(app.Ready.Custom, oktasim.Role{Type: "SUPER_ADMIN"}); err != nil {
		t.Fatal(err)
	}
	app.Org.SetFault(func(r *http.Request) *oktasim.Fault { // the change is made, and the answer is lost
		if r.Method == http.MethodPost && r.URL.Path == "/api/v1/eventHooks" {
			return oktasim.DropAfter()
		}
		return nil
	})
	app.Post(events+"/register").Status(http.StatusUnprocessableEntity).Has(".alert", "no answer came")
	app.Org.SetFault(nil)
	app.Post(events + "/register").Status(http.StatusSeeOther)
	hooks := func() []map[string]any {
		t.Helper()
		app.Org.AddSSWS("root")
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, app.OrgURL+"/api/v1/eventHooks", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "SSWS root")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var out []map[string]any
		if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	if list := hooks(); len(list) != 1 || list[0]["verificationStatus"] != "VERIFIED" || list[0]["status"] != "ACTIVE" {
		t.Fatalf("the org has the hooks %v", list)
	}
	app.Get(events).Has("section", "Verified", "In Okta", "group.lifecycle.create")
	makeGroup(t, app, "Red")
	app.Eventually("a delivery", func() bool {
		src, err := app.App.DB.EventSource(context.Background(), id)
		return err == nil && !src.HeardAt.IsZero()
	})
	startEvents(t, app)
	if got := names(runsOf(t, app)); got != "Copy of Red" {
		t.Fatalf("the hook started %q", got)
	}

	app.Submit(path, path, onGroups("types", "group.lifecycle.create, group.lifecycle.delete,user.account.expire_password")...).Status(http.StatusSeeOther)
	if items := fmt.Sprint(hooks()[0]["events"].(map[string]any)["items"]); items != "[group.lifecycle.create group.lifecycle.delete]" {
		t.Errorf("after the types were changed it delivers %s", items)
	}
	app.Get(path).Has(".finding", "user.account.expire_password")
	app.Post(path + "/pause").Status(http.StatusSeeOther)
	if got := hooks()[0]["status"]; got != "INACTIVE" {
		t.Errorf("with its only trigger paused the hook is %v", got)
	}
	app.Post(path + "/resume").Status(http.StatusSeeOther)
	if got := hooks()[0]["status"]; got != "ACTIVE" {
		t.Errorf("with its trigger on again the hook is %v", got)
	}

	// A refusal stays on the page until it is mended.
	if err := app.Org.RevokeScope(app.Ready.Custom, "okta.eventHooks.manage"); err != nil {
		t.Fatal(err)
	}
	app.Org.ExpireTokens()
	app.Post(path+"/pause").Follow().Has(".toast", "could not be brought up to date")
	app.Get(path).Has(".way", "Needs a look", "okta.eventHooks.manage")
	hold()
	app.Post(events + "/register").Status(http.StatusSeeOther)
	app.Get(path).Has(".way", "Event hook", "Off")

	// A new secret is given to Okta at once.
	app.Post(path + "/resume").Status(http.StatusSeeOther)
	app.Submit(events, events+"/secret", "overlap", "0").Status(http.StatusOK).Has(".alert", "has it already")
	makeGroup(t, app, "Blue")
	app.Eventually("a delivery by the new secret", func() bool { startEvents(t, app); return len(runsOf(t, app)) == 2 })

	app.Post(path + "/delete").Status(http.StatusSeeOther)
	if list := hooks(); len(list) != 0 {
		t.Errorf("with its last trigger gone the org still has %v", list)
	}
	for _, action := range []string{"events.hook_registered", "events.hook_deleted", "events.secret_made"} {
		if !hasAudit(t, app, action) {
			t.Errorf("no audit line %s", action)
		}
	}
}
