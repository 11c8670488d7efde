package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/form"
	"caracal/handlers"
	"caracal/trigger"
	"caracal/workflow"
)

// changing is a remote whose token may change workflows and triggers.
func changing(t *testing.T) remote {
	t.Helper()
	app := newRemote(t)
	app.held = app.TokenOf(trigger.Token{Name: "pipeline", Changes: true}, auth.Admin)
	app.token = app.file("changing", app.held+"\n")
	return app
}

func groupDefinition() workflow.Definition {
	return workflow.Definition{Name: "Make a group", Runners: []auth.Role{auth.Operator},
		Inputs: []workflow.Input{{Name: "group_name", Label: "Group name", Kind: form.Text, Required: true}},
		Steps:  []workflow.Step{{ID: "make", Title: "Make it", Action: "group.create", Fields: map[string]string{"name": "{{ inputs.group_name }}"}}}}
}

const nightFile = `version: 1
workflow: Make a group
kind: schedule
name: Every night
schedule:
  cron: 30 2 * * *
  zone: Europe/Berlin
inputs:
  group_name: Night
`

// TestTriggersOfFiles makes, changes and deletes triggers of every kind from files.
func TestTriggersOfFiles(t *testing.T) {
	t.Parallel()
	app := changing(t)
	w := app.publish(groupDefinition())
	ok := func(want string, args ...string) string {
		t.Helper()
		code, stdout, stderr := app.call(append([]string{"trigger"}, args...)...)
		if code != exitOK || !strings.Contains(stdout, want) {
			t.Fatalf("%v: %d %s%s\nlacks %s", args, code, stdout, stderr, want)
		}
		return stdout
	}
	refused := func(want string, args ...string) {
		t.Helper()
		code, stdout, stderr := app.call(append([]string{"trigger"}, args...)...)
		if code != exitFail || !strings.Contains(stderr, want) {
			t.Fatalf("%v: %d %s%s\nlacks %s", args, code, stdout, stderr, want)
		}
	}
	only := func(kind trigger.Kind) trigger.Trigger {
		t.Helper()
		list, err := app.App.DB.Triggers(t.Context(), w.ID)
		var found []trigger.Trigger
		for _, tr := range list {
			if tr.Kind == kind {
				found = append(found, tr)
			}
		}
		if err != nil || len(found) != 1 {
			t.Fatalf("%d triggers of the kind %s, %v", len(found), kind, err)
		}
		return found[0]
	}
	night := app.file("night.yaml", nightFile)

	ok("created: trg_", "create", night)
	made := only(trigger.Schedule)
	if made.CreatedThrough.Name != "pipeline" || made.Inputs["group_name"] != "Night" || !made.DueAt.After(app.Clock.Now()) {
		t.Errorf("%+v", made)
	}
	app.Get("/workflows/"+w.ID+"/triggers/"+made.ID).Has("main", "Made by Test admin with the API token “pipeline”.")
	entries, _, err := app.App.DB.AuditList(t.Context(), db.AuditFilter{Subject: made.ID})
	if err != nil || len(entries) != 1 || entries[0].Action != "trigger.created" || entries[0].By != made.CreatedBy || entries[0].Detail["token_name"] != "pipeline" || entries[0].Detail["token"] != made.CreatedThrough.ID {
		t.Errorf("%v %+v", err, entries)
	}
	ok("unchanged: "+made.ID, "create", night) // asked twice, made once
	only(trigger.Schedule)
	changed := app.file("changed.yaml", strings.Replace(nightFile, "30 2", "45 3", 1))
	refused("already, with other settings", "create", changed)
	ok("updated: "+made.ID, "update", changed)
	if now := only(trigger.Schedule); now.Schedule.Cron != "45 3 * * *" || now.UpdatedThrough.Name != "pipeline" {
		t.Errorf("%+v", now)
	}
	ok("unchanged: "+made.ID, "update", changed)
	renamed := app.file("renamed.yaml", strings.Replace(nightFile, "Every night", "Nightly", 1))
	refused(`has no schedule called "Nightly"`, "update", renamed)
	ok("updated: "+made.ID+" Nightly", "update", w.ID, "Every night", renamed)
	app.Get("/workflows/"+w.ID+"/triggers/"+made.ID).Has("h1", "Nightly")

	// What the form on the page refuses is refused with its line.
	bad := app.file("bad.yaml", strings.Replace(nightFile, "  group_name: Night", "  group_name: ''\n  colour: red", 1))
	refused(`line 10: The workflow has no input "colour"`, "create", bad)
	refused("line 9: Enter group name", "create", app.file("empty.yaml", strings.Replace(nightFile, "Night\n", "''\n", 1)))
	refused(":7: \"Mars\" is no time zone", "create", app.file("mars.yaml", strings.Replace(nightFile, "Europe/Berlin", "Mars", 1)))
	refused("no workflow named that", "create", app.file("other.yaml", strings.Replace(nightFile, "Make a group", "no workflow named that", 1)))

	// A webhook gets its secret at once, into a new file.
	hook := app.file("hook.yaml", "version: 1\nworkflow: Make a group\nkind: webhook\nname: Desk\nwebhook:\n  proof: hmac\nmap:\n  group_name: '{{ body.name }}'\n")
	secretFile := filepath.Join(app.dir, "secret")
	out := ok("created: ", "create", hook, "--secret-file", secretFile)
	desk := only(trigger.Webhook)
	raw, err := os.ReadFile(secretFile)
	if err != nil || strings.Contains(out, strings.TrimSpace(string(raw))) || !strings.Contains(out, app.URL+"/hooks/"+desk.Address) {
		t.Fatalf("%v %s", err, out)
	}
	if info, err := os.Stat(secretFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", err, info.Mode())
	}
	send := func(secret string) int {
		t.Helper()
		body := `{"name": "From the desk ` + secret + `"}`
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, app.URL+"/hooks/"+desk.Address, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set(trigger.SignatureHeader, trigger.Sign(secret, app.Clock.Now(), []byte(body)))
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := answer.Body.Close(); err != nil {
			t.Error(err)
		}
		return answer.StatusCode
	}
	first := strings.TrimSpace(string(raw))
	if status := send(first); status != http.StatusAccepted {
		t.Errorf("a delivery with the secret: %d", status)
	}
	refused("can't be made", "secret", w.ID, "Desk", "--secret-file", secretFile)
	second := strings.TrimSpace(ok("whsec_", "secret", w.ID, "Desk", "--overlap", "0"))
	second = second[strings.LastIndexByte(second, '\n')+1:]
	if old, now := send(first), send(second); old != http.StatusUnauthorized || now != http.StatusAccepted {
		t.Errorf("the secret before: %d, the new one: %d", old, now)
	}

	ok("created: ", "apply", app.file("event.yaml", "version: 1\nworkflow: Make a group\nkind: event\nname: Somebody new\nevent:\n  types: [user.lifecycle.create]\n  where:\n    - {field: outcome.result, value: SUCCESS}\nmap:\n  group_name: '{{ event.user.id }}'\n"),
		app.file("form.yaml", "version: 1\nworkflow: Make a group\nkind: form\nguards:\n  per_hour: 7\n"), app.file("csv.yaml", "version: 1\nworkflow: Make a group\nkind: csv\nrows: {runners: true, at_once: 4}\n"),
		app.file("api.yaml", "version: 1\nworkflow: Make a group\nkind: api\nguards: {max_changes: 9}\n"))
	if e, f, c, a := only(trigger.OrgEvents), only(trigger.Form), only(trigger.CSV), only(trigger.API); e.ApplicationID == "" || e.Event.From["user.lifecycle.create"].IsZero() || f.Guards.PerHour != 7 || !c.Rows.Runners || a.Guards.MaxChanges != 9 {
		t.Errorf("%+v\n%+v\n%+v\n%+v", e, f, c, a)
	}
	refused("line 4: Enter how many rows, from 1 to", "apply", app.file("much.yaml", "version: 1\nworkflow: Make a group\nkind: csv\nrows: {at_once: 4000}\n"))
	refused("nothing to make", "create", app.file("form2.yaml", "version: 1\nworkflow: Make a group\nkind: form\n"))

	// Each comes back as a file that changes nothing.
	for _, name := range []string{"Nightly", "Desk", "Somebody new", "form", "csv", "api"} {
		file := app.file("again.yaml", ok("workflow: Make a group\n", "show", w.ID, name, "--yaml"))
		if code, stdout, stderr := call(t, nil, "trigger", "validate", file); code != exitOK || !strings.Contains(stdout, "valid") {
			t.Errorf("%s: %d %s", name, code, stderr)
		}
		ok("unchanged: ", "apply", file)
	}

	ok("Nothing was deleted", "delete", w.ID, "Nightly")
	only(trigger.Schedule)
	ok("deleted: "+made.ID, "delete", w.ID, "Nightly", "--yes")
	if _, err := app.App.DB.Trigger(t.Context(), made.ID); err == nil {
		t.Error("it is still there")
	}
	refused("Every workflow can be started this way", "delete", w.ID, "form", "--yes")
	if code, stdout, _ := call(t, nil, "trigger", "schema"); code != exitOK || !json.Valid([]byte(stdout)) {
		t.Errorf("schema: %d", code)
	}
}

// TestTriggersOfFlags makes and changes triggers by flags, each flag once.
func TestTriggersOfFlags(t *testing.T) {
	t.Parallel()
	app := changing(t)
	w := app.publish(groupDefinition())
	do := func(want int, args ...string) handlers.TriggerJSON {
		t.Helper()
		code, stdout, stderr := app.call(append(append([]string{"trigger"}, args...), "--json")...)
		if code != want {
			t.Fatalf("%v: %d %s%s", args, code, stdout, stderr)
		}
		var made handlers.TriggerJSON
		if err := json.Unmarshal([]byte(stdout), &made); code == exitOK && err != nil {
			t.Fatal(err)
		}
		return made
	}
	stored := func(id string) trigger.Trigger {
		t.Helper()
		tr, err := app.App.DB.Trigger(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return tr
	}
	made := do(exitOK, "create", w.ID, "--kind", "schedule", "--name", "Mornings", "--cron", "0 7 * * 1-5", "--zone", "Asia/Tokyo", "--catch-up", "all", "--most", "4", "--input", "group_name=Early",
		"--per-hour", "5", "--excess", "refuse", "--blackout", "sat, sun 00:00-24:00", "--blackout-zone", "Asia/Tokyo", "--in-blackout", "refuse", "--max-changes", "2")
	got := stored(made.ID)
	if got.Schedule != (trigger.Timetable{Cron: "0 7 * * 1-5", Zone: "Asia/Tokyo", CatchUp: trigger.CatchAll, Most: 4}) || got.Guards.PerHour != 5 || !got.Guards.Refuse || !got.Guards.Skip || len(got.Guards.Blackouts) != 1 || got.Guards.Zone != "Asia/Tokyo" {
		t.Errorf("%+v", got)
	}
	do(exitOK, "update", w.ID, "Mornings", "--catch-up", "once", "--most", "0", "--blackout", "", "--per-hour", "0", "--input", "group_name=Later", "--name", "Days")
	got = stored(made.ID)
	if got.Name != "Days" || got.Schedule != (trigger.Timetable{Cron: "0 7 * * 1-5", Zone: "Asia/Tokyo", CatchUp: trigger.CatchOnce}) || got.Guards.PerHour != 0 || len(got.Guards.Blackouts) != 0 || got.Guards.MaxChanges != 2 || got.Inputs["group_name"] != "Later" {
		t.Errorf("%+v", got)
	}
	hook := do(exitOK, "create", w.ID, "--kind", "webhook", "--name", "Desk", "--proof", "bearer", "--limit", "12", "--map", "group_name={{ body.a }}", "--sample", app.file("s.json", `{"a": "x"}`))
	if got = stored(hook.ID); hook.Secret == "" || got.Webhook.Proof != trigger.Bearer || got.Webhook.Limit != 12 || got.Webhook.Map["group_name"] != "{{ body.a }}" || got.Webhook.Sample == "" {
		t.Errorf("%+v", got)
	}
	event := do(exitOK, "create", w.ID, "--kind", "event", "--name", "New", "--types", "user.lifecycle.create,user.lifecycle.activate", "--where", "outcome.result is SUCCESS", "--where", "target.type is not App", "--own", "--map", "group_name=x")
	if got = stored(event.ID); len(got.Event.Types) != 2 || len(got.Event.Where) != 2 || got.Event.Where[1].Op != trigger.IsNot || !got.Event.Own {
		t.Errorf("%+v", got)
	}
	if csv := do(exitOK, "update", w.ID, "csv", "--at-once", "3", "--runners"); csv.Outcome != "updated" {
		t.Errorf("%+v", csv)
	}
	for _, args := range [][]string{{"create", w.ID, "--kind", "schedule", "--name", "x", "--cron", "9 9"}, {"create", w.ID, "--kind", "schedule", "--name", "x", "--types", "a.b"},
		{"update", w.ID, "csv", "--cron", "0 9 * * *"}, {"update", w.ID, "Days", "--excess", "drop"}, {"create", w.ID, "--kind", "nothing", "--name", "x"}, {"update", w.ID, "Days", "--seen", "another", "--per-hour", "3"}} {
		do(exitFail, args...)
	}
	for _, args := range [][]string{{"create"}, {"create", "a", "--name", "x"}, {"create", "--kind", "schedule"}, {"update"}, {"update", "a", "--per-hour", "1"}, {"update", "a", "b"}, {"apply"},
		{"apply", "a", "b", "--secret-file", "c"}, {"delete", "a"}, {"secret", "a"}, {"validate"}} {
		do(exitUsage, args...)
	}
}

// TestOnlyATokenWithTheRightChanges: a token that was made without the right does not gain it, whatever its person may do.
func TestOnlyATokenWithTheRightChanges(t *testing.T) {
	t.Parallel()
	app := newRemote(t) // an admin's token, as all were before
	w := app.publish(groupDefinition())
	night := app.file("night.yaml", nightFile)
	if code, _, stderr := app.call("trigger", "create", night); code != exitFail || !strings.Contains(stderr, "This token may not change workflows and triggers") {
		t.Errorf("an admin's token without the right: %d %s", code, stderr)
	}
	other, err := app.App.DB.CreateWorkflow(t.Context(), workflow.Definition{Name: "Another"}, auth.User{ID: "u"})
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{
		"of an operator":       app.TokenOf(trigger.Token{Name: "t", Changes: true}, auth.Operator),
		"for another workflow": app.TokenOf(trigger.Token{Name: "t", Changes: true, Workflows: []string{other.ID}}, auth.Builder),
	} {
		if code, _, stderr := call(t, nil, "trigger", "create", night, "--url", app.URL, "--token-file", app.file("other", token)); code != exitFail || !strings.Contains(stderr, "o such workflow") && !strings.Contains(stderr, "o workflow is called") {
			t.Errorf("%s: %d %s", name, code, stderr)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, app.URL+"/api/v1/workflows/"+w.ID+"/triggers", strings.NewReader(`{"file": "version: 1"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusForbidden && answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", name, answer.Status)
		}
	}
	if list, err := app.App.DB.Triggers(t.Context(), w.ID); err != nil || len(list) != 0 {
		t.Errorf("%v %+v", err, list)
	}
}

// TestTwoChangeATrigger: who saves over what somebody else saved meanwhile is told, and the page's word stands.
func TestTwoChangeATrigger(t *testing.T) {
	t.Parallel()
	app := changing(t)
	w := app.publish(groupDefinition())
	if code, _, stderr := app.call("trigger", "create", app.file("night.yaml", nightFile)); code != exitOK {
		t.Fatal(stderr)
	}
	_, stdout, _ := app.call("trigger", "show", w.ID, "Every night", "--yaml", "--json")
	var read handlers.TriggerFileJSON
	if err := json.Unmarshal([]byte(stdout), &read); err != nil {
		t.Fatal(err)
	}
	tr, err := app.App.DB.Trigger(t.Context(), read.ID)
	if err != nil {
		t.Fatal(err)
	}
	tr.Guards.PerHour = 2
	ada := auth.User{ID: tr.CreatedBy}
	if _, err := app.App.DB.SaveTrigger(t.Context(), tr, db.Seen(read.Seen), ada); err != nil {
		t.Fatal(err)
	}
	file := app.file("again.yaml", strings.Replace(read.File, "30 2", "0 4", 1))
	if code, _, stderr := app.call("trigger", "update", file, "--seen", read.Seen); code != exitFail || !strings.Contains(stderr, "Test admin saved other settings of this trigger since they were read") {
		t.Errorf("%d %s", code, stderr)
	}
	if now, err := app.App.DB.Trigger(t.Context(), read.ID); err != nil || now.Guards.PerHour != 2 || now.Schedule.Cron != "30 2 * * *" || now.UpdatedThrough.ID != "" {
		t.Errorf("%v %+v", err, now)
	}
	app.Get("/workflows/"+w.ID+"/triggers/"+read.ID).Has("main", "Made by Test admin with the API token “pipeline”; changed last by Test admin.")

	// The maker of the token stands behind what it set up, as does its person.
	if behind := (trigger.Trigger{UpdatedBy: "a", CreatedThrough: auth.Through{MadeBy: "b"}, UpdatedThrough: auth.Through{MadeBy: "a"}}).Behind(); behind != "a b" {
		t.Errorf("%q", behind)
	}
	// Revoking says what goes on.
	tokens, err := app.App.DB.Tokens(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range tokens {
		if token.Name == "pipeline" {
			app.Get("/tokens").Has("main", "may change workflows and triggers; 1 trigger made or changed by it")
			app.Post("/tokens/"+token.ID+"/revoke").Follow().Has("body", "What it set up goes on by itself: 1 trigger")
		}
	}
	app.Clock.Advance(time.Minute)
	if code, _, stderr := app.call("trigger", "delete", w.ID, "Every night", "--yes"); code != exitFail || !strings.Contains(stderr, "revoked") {
		t.Errorf("%d %s", code, stderr)
	}
}
