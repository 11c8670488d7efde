package views

import (
	"strings"
	"time"

	"caracal/form"
	"caracal/org"
	"caracal/trigger"
)

const galleryOrgEvent = `{"uuid":"f790999f","eventType":"user.lifecycle.suspend","published":"2026-05-04T08:59:00.000Z","outcome":{"result":"SUCCESS"},"actor":{"id":"00u1","type":"User","alternateId":"ada@acme.example"},"target":[{"id":"00u2","type":"User","displayName":"Grace <b>Hopper</b>"}]}`

// galleryListener is a trigger that listens to an org.
func galleryListener() trigger.Trigger {
	return trigger.Trigger{ID: "trg_9", WorkflowID: "wf_1", Kind: trigger.OrgEvents, Name: "Somebody was suspended", ApplicationID: "app_acme", Revision: 3, Config: trigger.Config{Event: trigger.Listener{
		Types: []string{"user.lifecycle.suspend", "user.account.expire_password"}, Where: []trigger.Condition{{Field: "outcome.result", Op: trigger.Is, Value: "SUCCESS"}, {Field: "group.displayName", Op: trigger.Begins, Value: "EMEA"}},
		Map: map[string]string{"email": "{{ event.user.alternateId }}"}}}, Last: trigger.Event{ID: "evt_9", At: ago(time.Minute), Outcome: trigger.Started, RunID: "run_9"}}
}

func gallerySource() trigger.Source {
	return trigger.Source{ApplicationID: "app_acme", Address: "3somzffwfmqpmb6ttp6z3ceqrt", SecretAt: ago(3 * day), HookID: "whoql0HfiLGPWc8Jx0g3", HookOn: true,
		HookTypes: []string{"user.lifecycle.suspend"}, VerifiedAt: ago(3 * day), HeardAt: ago(time.Minute), Polls: true, Every: 30, CatchUp: 24, ReadTo: ago(12 * time.Second)}
}

func eventStates(page func(trigger.Trigger, ...string) TriggerProps) []State {
	names := []string{"name", "types"}
	for n := 1; n <= trigger.MaxConditions; n++ {
		for _, part := range []string{"field", "op", "value"} {
			names = append(names, trigger.ConditionField(n, part))
		}
	}
	names = append(names, "own", "map_email", "sample")
	t := galleryListener()
	full := func() TriggerProps {
		p := page(t, names...)
		for i, f := range p.Form.Fields {
			if strings.HasSuffix(f.Name, "_op") {
				p.Form.Fields[i].Kind, p.Form.Fields[i].Required, p.Form.Fields[i].Options = form.Choice, true, trigger.Ops
				p.Form.Values[f.Name] = string(trigger.Is)
			}
		}
		v := p.Form.Values
		v["types"] = strings.Join(t.Event.Types, ",")
		for i, c := range t.Event.Where {
			v[trigger.ConditionField(i+1, "field")], v[trigger.ConditionField(i+1, "op")], v[trigger.ConditionField(i+1, "value")] = c.Field, string(c.Op), c.Value
		}
		p.Application, p.Source, p.MayManage = org.Application{ID: "app_acme", Name: "Acme"}, gallerySource(), true
		return p
	}
	shown := full()
	shown.Form.Values["sample"], shown.Form.Values["map_email"], shown.Waiting = galleryOrgEvent, "{{ event.user.alternateId }}", 2
	shown.Preview = PreviewProps{Asked: true, Verdict: "This event starts a run.", Rows: []PreviewRow{{Label: "E-mail", Value: "grace@acme.example"}}}
	shown.Events = []trigger.Event{{ID: "evt_9", At: ago(time.Minute), Outcome: trigger.Started, RunID: "run_9", Body: galleryOrgEvent, Known: true, From: "hook"},
		{ID: "evt_8", At: ago(2 * time.Minute), Outcome: trigger.Passed, Words: "It does not fit, for this does not hold: group.displayName begins with “EMEA”. The event has “Everyone” there.", Body: galleryOrgEvent, Known: true, From: "log"},
		{ID: "evt_7", At: ago(3 * time.Minute), Outcome: trigger.Passed, Words: "Caracal made this change itself, and this trigger does not start for such changes.", Body: galleryOrgEvent, Known: true, From: "hook"},
		{ID: "evt_6", At: ago(2 * day), Outcome: trigger.Skipped, Words: "Caracal did not read the log from 1 May 08:00 UTC on. What happened before 2 May 09:00 UTC was left out: more than 24 hours is not caught up, as the application's Events say.", Known: true}}
	wrong := full()
	wrong.Trigger.ID, wrong.Source, wrong.MayManage = "", trigger.Source{ApplicationID: "app_acme", Polls: true, Every: 30, CatchUp: 24}, false
	wrong.Form.Reject("types", "“nonsense” is no type of event; they look like user.lifecycle.create.")
	wrong.Form.Reject(trigger.ConditionField(2, "value"), "Enter the value to compare with.")
	wrong.Form.Values["sample"] = galleryOrgEvent
	wrong.Preview = PreviewProps{Asked: true, Unfit: true, Verdict: "This event starts no run. It does not fit, for this does not hold: outcome.result is “FAILURE”. The event has “SUCCESS” there.", Rows: []PreviewRow{{Label: "E-mail", Problem: "Enter e-mail."}}}
	fresh := full()
	fresh.Trigger = trigger.Trigger{WorkflowID: "wf_1", Kind: trigger.OrgEvents}
	for name := range fresh.Form.Values {
		if !strings.HasSuffix(name, "_op") {
			fresh.Form.Values[name] = ""
		}
	}
	return []State{{"trigger/event", TriggerPage(shown)}, {"trigger/event-wrong", TriggerPage(wrong)}, {"trigger/event-new", TriggerPage(fresh)}}
}

func eventSourceStates() []State {
	app := org.Application{ID: "app_acme", Name: "Acme", Domain: "acme.okta.com", Method: org.CustomApp, Status: org.Active}
	props := func(s trigger.Source) EventsProps {
		f := form.New([]form.Field{{Name: "polls", Label: "Read the System Log", Help: "It finds what a hook missed.", Kind: form.YesNo},
			{Name: "every", Label: "Look every", Kind: form.Choice, Required: true, Options: []form.Option{{Value: "30", Label: "30 seconds"}}},
			{Name: "catch_up", Label: "After a pause, catch up at most", Kind: form.Choice, Required: true, Options: []form.Option{{Value: "24", Label: "24 hours"}}}})
		f.Values["polls"], f.Values["every"], f.Values["catch_up"] = "true", "30", "24"
		t := galleryListener()
		p := EventsProps{Shell: galleryShell("applications"), App: app, Now: galleryNow, Source: s, Form: f, Listeners: []trigger.Trigger{t}, Names: map[string]string{"wf_1": "Onboard a colleague"},
			Types: t.Event.Types, Hookable: []string{"user.lifecycle.suspend"}, MayManage: true, MayRegister: true, Scope: "okta.eventHooks.manage"}
		if s.Address != "" {
			p.URL = "https://caracal.example.com/events/" + s.Address
		}
		return p
	}
	none := props(trigger.Source{ApplicationID: "app_acme", Polls: true, Every: 30, CatchUp: 24})
	none.Listeners, none.Types, none.Hookable, none.MayRegister = nil, nil, nil, false
	ready := props(trigger.Source{ApplicationID: "app_acme", Polls: true, Every: 30, CatchUp: 24})
	byHand := gallerySource()
	byHand.HookID, byHand.HookTypes, byHand.HookOn, byHand.VerifiedAt, byHand.HeardAt = "", nil, false, time.Time{}, time.Time{}
	paste := props(byHand)
	paste.Secret, paste.MayRegister = "whsec_shown-once", false
	paste.Source.SecretAt = galleryNow
	registered := props(gallerySource())
	registered.Source.OldAt, registered.Source.OldUntil = ago(90*day), galleryNow.Add(20*time.Hour)
	broken := gallerySource()
	broken.HookError = "The scope okta.eventHooks.manage is not granted to the app; in Okta open Applications › your app › Okta API Scopes and press Grant beside it, then try again."
	broken.PollError, broken.Unread = "Acme is paused; resume it under Applications › Acme › Settings.", 2
	wrong := props(broken)
	wrong.Problem = broken.HookError
	behind := gallerySource()
	behind.Behind, behind.ReadTo = true, ago(5*time.Hour)
	reader := props(behind)
	reader.MayManage = false
	off := props(trigger.Source{ApplicationID: "app_acme", Every: 30, CatchUp: 24})
	return []State{{"events/none", EventsPage(none)}, {"events/ready", EventsPage(ready)}, {"events/paste", EventsPage(paste)}, {"events/registered", EventsPage(registered)},
		{"events/wrong", EventsPage(wrong)}, {"events/reader", EventsPage(reader)}, {"events/off", EventsPage(off)}}
}
