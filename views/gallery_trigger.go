package views

import (
	"time"

	"caracal/auth"
	"caracal/form"
	"caracal/trigger"
	"caracal/workflow"
)

func galleryTriggerFields(names ...string) []form.Field {
	var out []form.Field
	for _, name := range names {
		f := form.Field{Name: name, Label: name, Kind: form.Text}
		switch name {
		case "mode":
			f.Kind, f.Required, f.Options = form.Choice, true, []form.Option{{Value: "daily", Label: "Every day"}, {Value: "weekly", Label: "Every week"}, {Value: "cron", Label: "By a cron text"}}
		case "proof":
			f.Kind, f.Options = form.Choice, []form.Option{{Value: "hmac", Label: "A signature over time and body (HMAC-SHA256)"}, {Value: "bearer", Label: "The secret in the Authorization header"}}
		case "changes":
			f.Kind, f.Label, f.Help = form.YesNo, "May change workflows and triggers", "Save and publish them, and set what starts them, as far as the person may. A trigger goes on by itself after the token has ended."
		case "types":
			f.Kind, f.Label, f.Required = form.EventTypes, "Types of event", true
		case "own":
			f.Kind, f.Label, f.Help = form.YesNo, "Also start for what Caracal's own runs change", "Without it, a run never starts another by its changes."
		case "blackouts", "sample":
			f.Kind = form.LongText
		}
		out = append(out, f)
	}
	return out
}

var galleryGuardFields = []string{"per_hour", "excess", "blackouts", "guard_zone", "in_blackout", "max_changes"}

func triggerStates() []State {
	zone, err := trigger.LoadZone("Europe/Berlin")
	if err != nil {
		zone = time.UTC
	}
	flow := workflow.Workflow{ID: "wf_1", Draft: galleryDefinition(), Published: 3}
	guards := trigger.Guards{PerHour: 5, MaxChanges: 20, Zone: "Europe/Berlin", Blackouts: []trigger.Blackout{{Days: []time.Weekday{1, 2, 3, 4, 5}, From: 480, To: 1080}}}
	nightly := trigger.Trigger{ID: "trg_1", WorkflowID: "wf_1", Kind: trigger.Schedule, Name: "Every night", DueAt: galleryNow.Add(5 * time.Hour), Revision: 2,
		Config: trigger.Config{Schedule: trigger.Timetable{Cron: "0 2 * * *", Zone: "Europe/Berlin", CatchUp: trigger.CatchOnce}, Guards: guards},
		Last:   trigger.Event{ID: "evt_1", At: ago(19 * time.Hour), Outcome: trigger.Started, RunID: "run_1"}}
	nightly.CreatedThrough = auth.Through{ID: "tok_1", Name: "Deploy job", MadeBy: "usr_1"}
	hook := trigger.Trigger{ID: "trg_2", WorkflowID: "wf_1", Kind: trigger.Webhook, Name: "HR system", Address: "3somzffwfmqpmb6ttp6z3ceqrt", SecretAt: ago(day),
		Config: trigger.Config{Webhook: trigger.Receiver{Proof: trigger.Signed, Map: map[string]string{"email": "{{ body.user.email }}"}}}, Last: trigger.Event{ID: "evt_2", At: ago(time.Minute), Outcome: trigger.Refused}}
	paused := nightly
	paused.ID, paused.Name, paused.Paused, paused.Last = "trg_3", "Odd <b>hours</b>", true, trigger.Event{}
	fresh := hook
	fresh.ID, fresh.Name, fresh.SecretAt, fresh.Webhook.Proof, fresh.Last = "trg_4", "No secret yet", time.Time{}, trigger.Bearer, trigger.Event{}
	builtIn := []trigger.Trigger{{WorkflowID: "wf_1", Kind: trigger.Form}, {WorkflowID: "wf_1", Kind: trigger.API, Config: trigger.Config{Guards: trigger.Guards{MaxChanges: 1}}}}
	list := TriggersProps{Shell: galleryShell("workflows"), Now: galleryNow, Workflow: flow, BuiltIn: builtIn, MayEdit: true}
	many, draft := list, list
	many.Triggers = []trigger.Trigger{nightly, hook, galleryListener(), paused, fresh}
	draft.Workflow.Published, draft.MayEdit = 0, false

	page := func(t trigger.Trigger, names ...string) TriggerProps {
		f := form.New(galleryTriggerFields(append(names, galleryGuardFields...)...))
		f.Values["name"] = t.Name
		return TriggerProps{Shell: galleryShell("workflows"), Now: galleryNow, Workflow: flow, Definition: galleryDefinition(), Trigger: t, Form: f, MayEdit: true, Maker: "Ada Lovelace", By: "Ada Lovelace"}
	}
	when := []string{"name", "mode", "weekday", "day", "at", "minute", "cron", "zone", "catch_up", "most", "input_email"}
	schedule := page(nightly, when...)
	schedule.Form.Values["mode"], schedule.Form.Values["zone"] = "daily", "Europe/Berlin"
	schedule.Times = TimesProps{Words: nightly.Schedule.Words(), Now: galleryNow, Times: []time.Time{galleryNow.Add(5 * time.Hour).In(zone), galleryNow.Add(29 * time.Hour).In(zone)}}
	schedule.Events = []trigger.Event{nightly.Last, {ID: "evt_0", At: ago(2 * day), Outcome: trigger.Skipped, Words: "4 times passed while Caracal was not running, and were left out, as the trigger says."},
		{ID: "evt_00", At: ago(3 * day), Outcome: trigger.Waits, RunID: "run_0", Words: "It begins once the trigger's blackout window ends."}}
	bad := page(trigger.Trigger{WorkflowID: "wf_1", Kind: trigger.Schedule}, when...)
	bad.Form.Reject("zone", "“Mars/Base” is no time zone; write it like Europe/Berlin, America/New_York or UTC.")
	bad.Times = TimesProps{Problem: "“Mars/Base” is no time zone; write it like Europe/Berlin, America/New_York or UTC."}

	stale := page(nightly, when...)
	stale.Form.Values["mode"], stale.Form.Values["zone"], stale.Form.Values["per_hour"], stale.Times = "daily", "Europe/Berlin", "20", schedule.Times
	stale.Form.Stale, stale.Form.Theirs = true, form.Theirs{By: "Grace Hopper", At: ago(time.Minute), Rows: []form.Apart{{Label: "Time", Stored: "04:30", Typed: "02:00"}, {Label: "Most runs in an hour", Stored: "5", Typed: "20"}}}

	takes := []string{"name", "proof", "window", "limit", "map_email", "sample"}
	webhook := page(hook, takes...)
	webhook.URL = "https://caracal.example.com/hooks/" + hook.Address
	webhook.Form.Values["sample"], webhook.SampleTaken = `{"mail": "ada@acme.example"}`, true
	webhook.Preview = PreviewProps{Asked: true, Rows: []PreviewRow{{Label: "E-mail", Value: "ada@acme.example"}, {Label: "Team", Problem: "Choose team."}, {Label: "Note"}}}
	webhook.Events = []trigger.Event{{ID: "evt_2", At: ago(time.Minute), Outcome: trigger.Refused, Status: 422, Known: true, Body: `{"mail": "<b>"}`, Words: "The workflow's inputs are not right, so nothing was started. Team: Choose team."},
		{ID: "evt_1", At: ago(time.Hour), Outcome: trigger.Started, Status: 202, RunID: "run_1", Body: `{}`, Known: true}, {ID: "evt_0", At: ago(2 * time.Hour), Outcome: trigger.Repeated, Status: 200, RunID: "run_1", Words: "This request was sent before; it is answered with the run that it started then."}}
	secret := page(fresh, takes...)
	secret.URL, secret.Secret, secret.Trigger.SecretAt = webhook.URL, "whsec_shown-once", galleryNow
	both := webhook
	both.Trigger.OldAt, both.Trigger.OldUntil = ago(40*day), galleryNow.Add(20*time.Hour)
	both.Events = []trigger.Event{{ID: "evt_4", At: ago(time.Minute), Outcome: trigger.Started, Status: 202, RunID: "run_2", Body: `{}`, Known: true, SecretAt: hook.SecretAt},
		{ID: "evt_3", At: ago(time.Hour), Outcome: trigger.Started, Status: 202, RunID: "run_1", Body: `{}`, Known: true, SecretAt: ago(40 * day)}}
	reader := webhook
	reader.MayEdit = false

	tokens := TokensProps{Shell: galleryShell("tokens"), Now: galleryNow, PublicURL: "https://caracal.example.com", Form: form.New(galleryTriggerFields("name", "person", "workflow", "days", "changes"))}
	tokensMany := tokens
	tokensMany.Secret = "caracal_shown-once"
	tokensMany.Rows = []TokenRow{{Token: trigger.Token{ID: "tok_1", Name: "Deploy job", Changes: true, ExpiresAt: galleryNow.Add(30 * day), UsedAt: ago(time.Minute)}, Person: "Ada Lovelace", By: "Ada Lovelace", Usable: true, Roles: []string{"Builder"}, Standing: 3},
		{Token: trigger.Token{ID: "tok_4", Name: "Nightly report", ExpiresAt: galleryNow.Add(200 * day), UsedAt: ago(40 * day)}, Person: "Grace Hopper", By: "Ada Lovelace", Usable: true, Roles: []string{"Operator"},
			Problem: "The person in whose name this token works has not signed in since 2 March 2026; once they have, it works again."},
		{Token: trigger.Token{ID: "tok_2", Name: "Old job", ExpiresAt: ago(day)}, Person: "Grace Hopper", By: "Ada Lovelace", Workflows: []string{"New user"}},
		{Token: trigger.Token{ID: "tok_3", Name: "Lost", ExpiresAt: galleryNow.Add(day), RevokedAt: ago(day)}, Person: "Ada Lovelace", By: "Ada Lovelace"}}

	run := galleryRunIn(workflow.RunWaiting)
	run.Via, run.MaxChanges, run.Changed, run.WaitUntil = "schedule “Every night”", 20, 3, galleryNow.Add(time.Hour)
	run.WaitReason = "Its trigger may start 5 runs an hour, and has; it waits for its turn."
	started := RunProps{Shell: galleryShell("runs"), Live: RunLiveProps{Run: run, Now: galleryNow, Registry: galleryRegistry(), Definition: galleryDefinition(), By: "Ada Lovelace", Via: "/workflows/wf_1/triggers/trg_1", Application: "Acme"}}
	states := append(eventStates(page), eventSourceStates()...)
	return append(states, []State{
		{"triggers/none", TriggersPage(list)}, {"triggers/many", TriggersPage(many)}, {"triggers/draft-reader", TriggersPage(draft)},
		{"trigger/schedule", TriggerPage(schedule)}, {"trigger/schedule-wrong", TriggerPage(bad)}, {"trigger/stale", TriggerPage(stale)}, {"trigger/webhook", TriggerPage(webhook)}, {"trigger/webhook-secret", TriggerPage(secret)},
		{"trigger/webhook-two-secrets", TriggerPage(both)},
		{"trigger/webhook-reader", TriggerPage(reader)}, {"trigger/api", TriggerPage(page(builtIn[1]))}, {"trigger/form", TriggerPage(page(builtIn[0]))},
		{"trigger/delete", TriggerDeletePage(galleryShell("workflows"), flow, hook)}, {"tokens/none", TokensPage(tokens)}, {"tokens/many", TokensPage(tokensMany)},
		{"run/triggered", RunPage(started)},
	}...)
}
