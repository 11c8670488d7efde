package handlers_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/internal/testenv"
	"caracal/org"
	"caracal/trigger"
	"caracal/workflow"
)

// groupMaker is a published workflow that makes a group of a name that is asked for, in an app whose engine rests.
func groupMaker(t *testing.T, opts ...testenv.Option) (*testenv.App, *builder) {
	t.Helper()
	app := testenv.New(t, append([]testenv.Option{testenv.Stopped}, opts...)...)
	connected := app.Connect(org.CustomApp)
	e := begin(t, app.Browser, "create_group", "Make a group", connected.ID)
	e.publish()
	return app, e
}

func runsOf(t *testing.T, app *testenv.App) []workflow.Run {
	t.Helper()
	list, _, err := app.App.DB.RunList(context.Background(), db.RunFilter{})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// later moves the clock, and signs the admin in again: a session does not last an hour.
func later(app *testenv.App, d time.Duration) {
	app.Clock.Advance(d)
	app.Browser = app.As(auth.Admin)
}

func tick(t *testing.T, app *testenv.App) {
	t.Helper()
	if err := app.App.Engine.Tick(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// addTrigger posts a trigger's form and returns the path of its page.
func addTrigger(t *testing.T, b *testenv.Browser, e *builder, fields ...string) string {
	t.Helper()
	return b.Post(e.workflow()+"/triggers", fields...).Status(http.StatusSeeOther).Response.Header.Get("Location")
}

// everyHour is a schedule whose clock the tests move.
var everyHour = []string{"kind", "schedule", "name", "Hourly", "mode", "hourly", "minute", "0", "at", "09:00", "zone", "UTC", "excess", "wait", "in_blackout", "wait"}

func schedule(catchUp string, more ...string) []string {
	return with(append(slices.Clone(everyHour), "catch_up", catchUp, "most", "3", "input_group_name", "Nightly"), more...)
}

// with returns fields, given as names and values in turn, with some of them set anew.
func with(fields []string, more ...string) []string {
	out := slices.Clone(fields)
next:
	for i := 0; i+1 < len(more); i += 2 {
		for j := 0; j+1 < len(out); j += 2 {
			if out[j] == more[i] {
				out[j+1] = more[i+1]
				continue next
			}
		}
		out = append(out, more[i], more[i+1])
	}
	return out
}

func TestScheduleStartsEachTimeOnce(t *testing.T) {
	t.Parallel()
	app, e := groupMaker(t)
	app.Get(e.workflow()+"/triggers").Has("td", "A person, by the form").Has("td", "API and command line")
	wrong := app.Post(e.workflow()+"/triggers", schedule("once", "mode", "cron", "cron", "61 * * * *", "zone", "Mars/Base", "input_group_name", "")...).
		Status(http.StatusUnprocessableEntity)
	wrong.Has("#f-zone-error", "no time zone").Has("#f-input_group_name-error", "Enter")
	if wrong.Value("#f-cron") != "61 * * * *" {
		t.Error("what was typed is lost")
	}
	path := addTrigger(t, app.Browser, e, schedule("once")...)
	page := app.Get(path).Status(http.StatusOK)
	if got := len(page.All("#trigger-times li")); got != 5 {
		t.Errorf("%d next times, want 5", got)
	}
	app.Get(e.workflow()+"/triggers").Has("td", "Hourly", "Every hour at minute 0 (UTC)")
	tick(t, app)
	if list := runsOf(t, app); len(list) != 0 {
		t.Fatalf("it started before its time: %v", list)
	}
	later(app, time.Hour)
	tick(t, app)
	tick(t, app) // and a second process would look as well
	list := runsOf(t, app)
	if len(list) != 1 || list[0].Via != "schedule “Hourly”" || list[0].TriggerKind != "schedule" || list[0].Input["group_name"] != "Nightly" {
		t.Fatalf("after one hour: %+v", list)
	}
	app.Get("/runs/"+list[0].ID).Has(".run-meta", "schedule “Hourly”").Has(".run-meta a", "Hourly")
	app.Get("/runs").Has("td", "schedule “Hourly”")
	app.Get(path).Has(".trigger-events", "Started")

	later(app, 5*time.Hour) // Caracal was down
	tick(t, app)
	if list := runsOf(t, app); len(list) != 2 {
		t.Fatalf("catching up once made %d runs, want 1 more", len(list)-1)
	}
	app.Get(path).Has(".trigger-events", "One run for 5 times, of which the last is this")

	app.Post(path + "/pause").Status(http.StatusSeeOther)
	later(app, 3*time.Hour)
	tick(t, app)
	app.Post(path + "/resume").Status(http.StatusSeeOther)
	tick(t, app)
	if list := runsOf(t, app); len(list) != 2 {
		t.Errorf("what passed during a pause was caught up: %d runs", len(list))
	}
	later(app, time.Hour)
	tick(t, app)
	if list := runsOf(t, app); len(list) != 3 {
		t.Errorf("it did not go on after the pause: %d runs", len(list))
	}
	app.As(auth.Operator).Get(e.workflow() + "/triggers").Status(http.StatusNotFound)
	app.As(auth.Auditor).Get(path).Status(http.StatusOK).HasNot(".trigger-form button[type=submit].btn:not([data-variant])")
	app.As(auth.Auditor).Post(path + "/pause").Status(http.StatusForbidden)
	app.Get(path+"/delete").Has("h1", "Delete Hourly?")
	app.Post(path + "/delete").Status(http.StatusSeeOther)
	app.Get(path).Status(http.StatusNotFound)
	app.Get("/runs/"+list[0].ID).Has(".run-meta", "schedule “Hourly”")
	for _, action := range []string{"trigger.created", "trigger.paused", "trigger.resumed", "trigger.deleted"} {
		if !hasAudit(t, app, action) {
			t.Errorf("no audit line %s", action)
		}
	}
}

func hasAudit(t *testing.T, app *testenv.App, action string) bool {
	t.Helper()
	list, _, err := app.App.DB.AuditList(context.Background(), db.AuditFilter{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if e.Action == action {
			return true
		}
	}
	return false
}

func TestScheduleCatchesUpAsItSays(t *testing.T) {
	t.Parallel()
	for catchUp, want := range map[string]int{"skip": 0, "once": 1, "all": 3} {
		t.Run(catchUp, func(t *testing.T) {
			t.Parallel()
			app, e := groupMaker(t)
			addTrigger(t, app.Browser, e, schedule(catchUp)...)
			now := app.Clock.Now()
			app.Clock.Advance(now.Truncate(time.Hour).Add(10*time.Hour + 30*time.Minute).Sub(now)) // half past: nothing is due just now
			tick(t, app)
			if list := runsOf(t, app); len(list) != want {
				t.Errorf("%d runs, want %d", len(list), want)
			}
		})
	}
}

func TestScheduleSaysWhenItsInputsNoLongerFit(t *testing.T) {
	t.Parallel()
	app, e := groupMaker(t)
	path := addTrigger(t, app.Browser, e, schedule("once")...)
	e = open(t, app.Browser, e.path)
	e.press("add-input:text")
	e.fields.Set("input.input.label", "Reason")
	e.fields.Set("input.input.required", "true")
	e.publish()
	later(app, time.Hour)
	tick(t, app)
	if list := runsOf(t, app); len(list) != 0 {
		t.Fatalf("it ran without an input that is needed: %v", list)
	}
	app.Get(path).Has(".trigger-events", "Refused", "inputs have changed")
}

func TestGuardRailsPutOffAndRefuse(t *testing.T) {
	t.Parallel()
	app, e := groupMaker(t)
	start := func(want int) string {
		t.Helper()
		once := app.Get(e.workflow() + "/run").Value(`input[name="once"]`)
		return app.Post(e.workflow()+"/runs", "once", once, "version", "1", "group_name", "Red").Status(want).Response.Header.Get("Location")
	}
	form := e.workflow() + "/triggers/form"
	app.Submit(form, form, "per_hour", "2", "excess", "wait", "in_blackout", "wait", "max_changes", "1").Status(http.StatusSeeOther)
	start(http.StatusSeeOther)
	start(http.StatusSeeOther)
	third := runOf(t, app, start(http.StatusSeeOther))
	fourth := runOf(t, app, start(http.StatusSeeOther))
	fifth := runOf(t, app, start(http.StatusSeeOther))
	if third.State != workflow.RunWaiting || !strings.Contains(third.WaitReason, "2 runs an hour") || third.BeginsAt.Sub(third.CreatedAt).Round(time.Minute) != time.Hour {
		t.Errorf("the third waits like this: %s %q until %s", third.State, third.WaitReason, third.BeginsAt)
	}
	if wait := fifth.BeginsAt.Sub(third.CreatedAt).Round(time.Minute); wait != 2*time.Hour || fourth.BeginsAt.After(fifth.BeginsAt) {
		t.Errorf("the fifth waits %s, want two hours", wait)
	}
	app.Get("/runs/"+third.ID).Has(".alert", "waits for its turn").Has(".run-meta", "0 of at most 1 object")

	seen := app.Get(form).Value(`input[name="seen"]`)
	app.Post(form, "seen", seen, "per_hour", "2", "excess", "refuse", "in_blackout", "wait").Status(http.StatusSeeOther)
	app.Post(form, "seen", seen, "excess", "refuse", "in_blackout", "wait").Status(http.StatusConflict).Has(".theirs", "You saved other settings", "Most runs in an hour")
	start(http.StatusConflict)
	app.Submit(form, form, "excess", "wait", "in_blackout", "refuse", "blackouts", "daily 00:00-23:59", "guard_zone", "UTC").Status(http.StatusSeeOther)
	start(http.StatusConflict)
	app.Submit(form, form, "excess", "wait", "in_blackout", "refuse", "blackouts", "someday", "guard_zone", "UTC").Status(http.StatusUnprocessableEntity).Has("#f-blackouts-error", "Line 1")
	app.Post(form + "/pause").Status(http.StatusSeeOther)
	once := app.Get(e.workflow() + "/run").Value(`input[name="once"]`)
	app.Post(e.workflow()+"/runs", "once", once, "version", "1", "group_name", "Red").Status(http.StatusConflict).Has(".alert", "is paused")
}

// deliver posts a body to a webhook with headers, given as names and values in turn.
func deliver(t *testing.T, app *testenv.App, address, body string, headers ...string) *testenv.Page {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return app.Anonymous().Do(r)
}

type problemBody struct {
	Error struct {
		Status  int
		Code    string
		Message string
		Fields  map[string]string
		Request string
	}
}

func problemOf(t *testing.T, page *testenv.Page, status int, code string) problemBody {
	t.Helper()
	var p problemBody
	if err := json.Unmarshal([]byte(page.Text), &p); err != nil {
		t.Fatalf("%s: %v", page.Text, err)
	}
	if page.Response.StatusCode != status || p.Error.Status != status || p.Error.Code != code || p.Error.Message == "" || p.Error.Request == "" {
		t.Errorf("answered %s %s, want %d with code %q", page.Response.Status, page.Text, status, code)
	}
	return p
}

func webhook(t *testing.T, app *testenv.App, e *builder, proof string, more ...string) (path, address, secret string) {
	t.Helper()
	path = addTrigger(t, app.Browser, e, with([]string{"kind", "webhook", "name", "HR", "proof", proof, "window", "5", "limit", "1",
		"map_group_name", "{{ body.team.name }}", "excess", "wait", "in_blackout", "wait"}, more...)...)
	page := app.Get(path).Has("p", "no secret yet")
	address = page.All(".code code")[0]
	problemOf(t, deliver(t, app, address, "{}"), http.StatusUnauthorized, "signature")
	made := app.Submit(path, path+"/secret").Status(http.StatusOK).Has(".alert", "shown only now")
	secret = made.All(".alert .code code")[0]
	if strings.Contains(app.Get(path).Text, secret) || strings.Contains(app.Logs.String(), secret) {
		t.Fatal("the secret is shown again, or logged")
	}
	return path, address, secret
}

func TestWebhookBySignature(t *testing.T) {
	t.Parallel()
	app, e := groupMaker(t)
	path, address, secret := webhook(t, app, e, "hmac")
	body := `{"team": {"name": "Zürich"}}`
	sign := func(body string) string { return trigger.Sign(secret, app.Clock.Now(), []byte(body)) }

	problemOf(t, deliver(t, app, address, body), http.StatusUnauthorized, "signature")
	problemOf(t, deliver(t, app, address, body, trigger.SignatureHeader, trigger.Sign("wrong", app.Clock.Now(), []byte(body))), http.StatusUnauthorized, "signature")
	problemOf(t, deliver(t, app, address, body, trigger.SignatureHeader, sign(body+" ")), http.StatusUnauthorized, "signature")
	problemOf(t, deliver(t, app, address, body, trigger.SignatureHeader, trigger.Sign(secret, app.Clock.Now().Add(-6*time.Minute), []byte(body))), http.StatusUnauthorized, "signature")
	problemOf(t, deliver(t, app, address+"x", body), http.StatusNotFound, "")

	good := sign(body)
	first := deliver(t, app, address, body, trigger.SignatureHeader, good).Status(http.StatusAccepted)
	list := runsOf(t, app)
	if len(list) != 1 || list[0].Input["group_name"] != "Zürich" || list[0].Via != "webhook “HR”" || !strings.Contains(first.Text, list[0].ID) {
		t.Fatalf("after one delivery: %+v, %s", list, first.Text)
	}
	problemOf(t, deliver(t, app, address, body, trigger.SignatureHeader, good), http.StatusConflict, "replay")
	problemOf(t, deliver(t, app, address, body, trigger.SignatureHeader, good, trigger.KeyHeader, "another"), http.StatusConflict, "replay")

	empty := `{"team": {}}`
	p := problemOf(t, deliver(t, app, address, empty, trigger.SignatureHeader, sign(empty)), http.StatusUnprocessableEntity, "inputs")
	if p.Error.Fields["group_name"] == "" {
		t.Errorf("the field is not named: %+v", p)
	}
	large := `{"team": {"name": "` + strings.Repeat("x", 2000) + `"}}`
	problemOf(t, deliver(t, app, address, large, trigger.SignatureHeader, sign(large)), http.StatusRequestEntityTooLarge, "too_large")
	problemOf(t, deliver(t, app, address, "{", trigger.SignatureHeader, sign("{")), http.StatusBadRequest, "body")
	problemOf(t, deliver(t, app, address, body, "Content-Type", "text/plain", trigger.SignatureHeader, sign(body+"")), http.StatusUnsupportedMediaType, "content_type")

	named := `{"team": {"name": "Basel"}}`
	app.Clock.Advance(time.Second)
	once := deliver(t, app, address, named, trigger.SignatureHeader, sign(named), trigger.KeyHeader, "k-1").Status(http.StatusAccepted)
	later(app, time.Hour)
	again := deliver(t, app, address, named, trigger.SignatureHeader, sign(named), trigger.KeyHeader, "k-1").Status(http.StatusOK)
	if a, b := idOf(t, once), idOf(t, again); a != b || len(runsOf(t, app)) != 2 {
		t.Errorf("one key started %s and %s", a, b)
	}
	app.Clock.Advance(time.Second)
	problemOf(t, deliver(t, app, address, body, trigger.SignatureHeader, sign(body), trigger.KeyHeader, "k-1"), http.StatusConflict, "idempotency_key")

	page := app.Get(path).Has(".trigger-events", "202", "Started").Has(".trigger-events", "401").Has(".trigger-events", "422", "Group name: Enter")
	sample := page.Attr(`.trigger-events a[href*="sample="]`, "href")
	sampled := app.Get(strings.Split(sample, "#")[0])
	sampled.Has("#f-sample", "team").Has("#trigger-preview", "What a run would get")

	old := secret
	secret = app.Submit(path, path+"/secret", "overlap", "0").Status(http.StatusOK).All(".alert .code code")[0]
	app.Clock.Advance(time.Second)
	problemOf(t, deliver(t, app, address, body, trigger.SignatureHeader, trigger.Sign(old, app.Clock.Now(), []byte(body))), http.StatusUnauthorized, "signature")
	deliver(t, app, address, body, trigger.SignatureHeader, sign(body)).Status(http.StatusAccepted)
	app.Post(path + "/pause").Status(http.StatusSeeOther)
	app.Clock.Advance(time.Second)
	problemOf(t, deliver(t, app, address, body, trigger.SignatureHeader, sign(body)), http.StatusConflict, "paused")
}

// TestWebhookSecretsOverlap: after a replacement both secrets are good until the time that was chosen, or until somebody
// ends the old one, and each delivery says by which it was proved.
func TestWebhookSecretsOverlap(t *testing.T) {
	t.Parallel()
	for _, proof := range []string{"hmac", "bearer"} {
		t.Run(proof, func(t *testing.T) {
			t.Parallel()
			app, e := groupMaker(t)
			path, address, first := webhook(t, app, e, proof)
			send := func(secret string) *testenv.Page {
				t.Helper()
				app.Clock.Advance(time.Second)
				header := []string{"Authorization", "Bearer " + secret}
				if proof == "hmac" {
					header = []string{trigger.SignatureHeader, trigger.Sign(secret, app.Clock.Now(), []byte(`{"team":{"name":"A"}}`))}
				}
				return deliver(t, app, address, `{"team":{"name":"A"}}`, header...)
			}
			replace := func(hours string) string {
				t.Helper()
				return app.Submit(path, path+"/secret", "overlap", hours).Status(http.StatusOK).All(".alert .code code")[0]
			}
			app.Submit(path, path+"/secret", "overlap", "5000").Status(http.StatusUnprocessableEntity)
			second := replace("24")
			send(first).Status(http.StatusAccepted)
			send(second).Status(http.StatusAccepted)
			app.Get(path).Has(".secret-old", "The old one, made", "It ends").Has(".trigger-events", "by the new secret", "by the old secret")
			third := replace("24") // the first is the older of the two before it, and ends
			problemOf(t, send(first), http.StatusUnauthorized, "signature")
			send(second).Status(http.StatusAccepted)
			app.Post(path + "/secret/end").Status(http.StatusSeeOther)
			problemOf(t, send(second), http.StatusUnauthorized, "signature")
			send(third).Status(http.StatusAccepted)
			app.Get(path).HasNot(".secret-old")
			fourth := replace("1")
			later(app, 59*time.Minute)
			send(third).Status(http.StatusAccepted)
			later(app, 2*time.Minute)
			problemOf(t, send(third), http.StatusUnauthorized, "signature")
			send(fourth).Status(http.StatusAccepted)
			for _, action := range []string{"trigger.secret_made", "trigger.secret_ended"} {
				if !hasAudit(t, app, action) {
					t.Errorf("no audit line %s", action)
				}
			}
		})
	}
}

func idOf(t *testing.T, page *testenv.Page) string {
	t.Helper()
	var run struct{ ID string }
	if err := json.Unmarshal([]byte(page.Text), &run); err != nil || run.ID == "" {
		t.Fatalf("no run in %s: %v", page.Text, err)
	}
	return run.ID
}

func TestWebhookByBearerAndItsLimits(t *testing.T) {
	t.Parallel()
	app, e := groupMaker(t)
	_, address, secret := webhook(t, app, e, "bearer", "per_hour", "2", "excess", "refuse")
	problemOf(t, deliver(t, app, address, "{}", "Authorization", "Bearer nope"), http.StatusUnauthorized, "signature")
	for range 2 {
		deliver(t, app, address, `{"team":{"name":"A"}}`, "Authorization", "Bearer "+secret).Status(http.StatusAccepted)
	}
	page := deliver(t, app, address, `{"team":{"name":"A"}}`, "Authorization", "Bearer "+secret)
	problemOf(t, page, http.StatusTooManyRequests, "runs_per_hour")
	if page.Response.Header.Get("Retry-After") == "" {
		t.Error("it does not say when to come again")
	}
	deliver(t, app, address, "team=x", "Authorization", "Bearer "+secret, "Content-Type", "application/x-www-form-urlencoded").Status(http.StatusUnprocessableEntity)
	for range 2_000 { // the allowance grows again meanwhile, by two a second
		page = deliver(t, app, address, "{}", "Authorization", "Bearer nope")
		if page.Response.StatusCode == http.StatusTooManyRequests {
			break
		}
	}
	problemOf(t, page, http.StatusTooManyRequests, "")
}

func api(t *testing.T, app *testenv.App, token, method, path, body string, headers ...string) *testenv.Page {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, app.URL+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return app.Anonymous().Do(r)
}

func TestAPIStartsARunOnce(t *testing.T) {
	t.Parallel()
	app, e := groupMaker(t)
	page := app.Get("/tokens").Has(".empty", "No token yet")
	made := app.Post("/tokens", "name", "CI", "person", page.Attr("#f-person option[selected]", "value"), "workflow", "all", "days", "30").Status(http.StatusOK)
	token := made.All(".alert .code code")[0]
	if strings.Contains(app.Get("/tokens").Text, token) || strings.Contains(app.Logs.String(), token) {
		t.Fatal("the token is shown again, or logged")
	}
	path := e.workflow() + "/runs"
	body := `{"inputs": {"group_name": "From a program"}}`
	first := api(t, app, token, http.MethodPost, path, body, trigger.KeyHeader, "a").Status(http.StatusCreated)
	second := api(t, app, token, http.MethodPost, path, body, trigger.KeyHeader, "a").Status(http.StatusOK)
	if idOf(t, first) != idOf(t, second) || len(runsOf(t, app)) != 1 || !strings.Contains(second.Text, `"replayed":true`) {
		t.Errorf("one key: %s, then %s", first.Text, second.Text)
	}
	problemOf(t, api(t, app, token, http.MethodPost, path, `{"inputs": {"group_name": "Other"}}`, trigger.KeyHeader, "a"), http.StatusConflict, "idempotency_key")
	later(app, 25*time.Hour)
	if third := api(t, app, token, http.MethodPost, path, body, trigger.KeyHeader, "a").Status(http.StatusCreated); idOf(t, third) == idOf(t, first) {
		t.Error("a key lives longer than a day")
	}
	p := problemOf(t, api(t, app, token, http.MethodPost, path, `{"inputs": {"colour": "red"}}`), http.StatusUnprocessableEntity, "inputs")
	if p.Error.Fields["group_name"] == "" || p.Error.Fields["colour"] == "" {
		t.Errorf("the fields are not named: %+v", p)
	}
	for _, bad := range []string{`[]`, `{"input": {}}`, `{"inputs": {"group_name": {"a": 1}}}`, `{"inputs": 1}`, `{`} {
		problemOf(t, api(t, app, token, http.MethodPost, path, bad), http.StatusBadRequest, "body")
	}
	shown := api(t, app, token, http.MethodGet, "/runs/"+idOf(t, first), "").Status(http.StatusOK)
	if !strings.Contains(shown.Text, `"state":"queued"`) || !strings.Contains(shown.Text, `"steps":[{`) {
		t.Errorf("the run is shown as %s", shown.Text)
	}
	app.Get("/runs/"+idOf(t, first)).Has(".run-meta", "API token “CI”")
	problemOf(t, api(t, app, token, http.MethodGet, "/runs/none", ""), http.StatusNotFound, "")
	api(t, app, token, http.MethodGet, "/workflows?name=make+A+group", "").Status(http.StatusOK).Has("body", "Make a group")

	revoke := app.Get("/tokens").Attr(`form[action$="/revoke"]`, "action")
	app.Post(revoke).Status(http.StatusSeeOther)
	app.Post(revoke).Status(http.StatusNotFound)
	problemOf(t, api(t, app, token, http.MethodPost, path, body), http.StatusUnauthorized, "")
}

func TestTokensReachNoFurtherThanTheirPerson(t *testing.T) {
	t.Parallel()
	app, e := groupMaker(t)
	operator := app.Token(auth.Operator)
	problem := api(t, app, operator, http.MethodPost, e.workflow()+"/runs", `{"inputs": {"group_name": "x"}}`)
	if problem.Response.StatusCode != http.StatusCreated && problem.Response.StatusCode != http.StatusNotFound {
		t.Errorf("an operator's token: %s %s", problem.Response.Status, problem.Text)
	}
	app.As(auth.Admin, auth.Approver)
	people, err := app.App.DB.Users(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	builder := app.As(auth.Builder)
	for _, u := range people {
		if !u.May(auth.PeopleManage) {
			continue
		}
		builder.Post("/tokens", "name", "steal", "person", u.ID, "workflow", "all", "days", "30").Status(http.StatusUnprocessableEntity).Has("#f-person-error", "not one of the choices")
	}
	app.As(auth.Operator).Get("/tokens").Status(http.StatusForbidden)
	token := app.Token(auth.Admin)
	later(app, 25*time.Hour)
	problemOf(t, api(t, app, token, http.MethodGet, "/workflows", ""), http.StatusUnauthorized, "")
}
