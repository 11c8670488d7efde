package views

import (
	"strconv"
	"time"

	"caracal/form"
	"caracal/org"
	"caracal/trigger"
	"caracal/views/ui"
)

// EventsProps is how the events of an application come to Caracal.
type EventsProps struct {
	Shell       Shell
	App         org.Application
	Now         time.Time
	Source      trigger.Source
	URL         string // that Okta calls; "" before it was made
	Secret      string // just made, shown this once
	SecretSeen  string // marks which secret there is, as the person was shown it
	Problem     string // why what was asked for could not be done
	Form        *form.Form
	Listeners   []trigger.Trigger
	Names       map[string]string // of their workflows, by id
	Types       []string          // that they listen to
	Hookable    []string          // those of them that a hook can deliver
	MayManage   bool
	MayRegister bool // the connection holds the scope
	Scope       string
}

func (p EventsProps) path() string { return "/applications/" + p.App.ID + "/events" }

func (p EventsProps) secret() SecretProps {
	return SecretProps{At: p.Source.SecretAt, OldAt: p.Source.OldAt, OldUntil: p.Source.OldUntil, Now: p.Now, Path: p.path() + "/secret", MayEdit: p.MayManage, Seen: p.SecretSeen}
}

// logOnly are the types that only the log has.
func logOnly(types []string) (out []string) {
	for _, t := range types {
		if trigger.TypeOf(t).Reach == trigger.ReachLog {
			out = append(out, t)
		}
	}
	return out
}

// hookLook says how the event hook of an application stands.
func hookLook(s trigger.Source) ui.Look {
	switch {
	case s.HookError != "":
		return ui.Look{Tone: ui.Bad, Icon: "circle-alert", Word: "Needs a look"}
	case s.Address == "" || s.SecretAt.IsZero():
		return ui.Look{Tone: ui.Neutral, Icon: "circle-dashed", Word: "Not set up"}
	case s.HookID != "" && !s.HookOn:
		return ui.Look{Tone: ui.Neutral, Icon: "circle-pause", Word: "Off"}
	case !s.HeardAt.IsZero():
		return ui.Look{Tone: ui.Good, Icon: "circle-check", Word: "Delivers"}
	case !s.VerifiedAt.IsZero():
		return ui.Look{Tone: ui.Good, Icon: "circle-check", Word: "Verified"}
	}
	return ui.Look{Tone: ui.Warn, Icon: "timer", Word: "Not verified"}
}

// pollLook says how the reading of the log stands; listened says whether any trigger listens.
func pollLook(s trigger.Source, listened bool) ui.Look {
	switch {
	case !s.Polls:
		return ui.Look{Tone: ui.Neutral, Icon: "circle-pause", Word: "Off"}
	case !listened:
		return ui.Look{Tone: ui.Neutral, Icon: "circle-dashed", Word: "Nothing to listen to"}
	case s.PollError != "":
		return ui.Look{Tone: ui.Bad, Icon: "circle-alert", Word: "Can't read"}
	case s.ReadTo.IsZero():
		return ui.Look{Tone: ui.Info, Icon: "timer", Word: "Begins soon"}
	case s.Behind:
		return ui.Look{Tone: ui.Warn, Icon: "timer", Word: "Catching up"}
	}
	return ui.Look{Tone: ui.Good, Icon: "circle-check", Word: "Reads"}
}

// everyWords says how often the log is looked at.
func everyWords(seconds int) string {
	if seconds < 60 {
		return strconv.Itoa(seconds) + " seconds"
	}
	return ui.Count(seconds/60, "minute")
}

// wayWords says how an event came.
func wayWords(e trigger.Event) string {
	switch e.From {
	case "hook":
		return "by the hook"
	case "log":
		return "from the log"
	}
	return ""
}

// conditionRows are the lines of a listener's filter that its form shows: the filled ones, and two more.
func (p TriggerProps) conditionRows() (rows []int) {
	last := 0
	for n := 1; n <= trigger.MaxConditions; n++ {
		for _, part := range []string{"field", "value"} {
			name := trigger.ConditionField(n, part)
			if p.Form.Values[name] != "" || p.Form.Errors[name] != "" {
				last = n
			}
		}
	}
	for n := 1; n <= min(last+2, trigger.MaxConditions); n++ {
		rows = append(rows, n)
	}
	return rows
}

// condition is one control of the filter, which has no room for a label of its own.
func (p TriggerProps) condition(n int, part string) ui.Input {
	in := p.named(trigger.ConditionField(n, part))
	in.Attrs = map[string]any{"aria-label": in.Field.Label}
	if part == "field" {
		in.Attrs["list"] = "event-fields"
	}
	return in
}

func (p TriggerProps) conditionError(n int) (id, words string) {
	for _, part := range []string{"field", "op", "value"} {
		name := trigger.ConditionField(n, part)
		if bad := p.Form.Errors[name]; bad != "" {
			return "f-" + name, bad
		}
	}
	return "", ""
}

// sampleEvent is an event to begin with, where none was received yet.
const sampleEvent = `{
  "uuid": "f790999f-fe87-467a-9880-6982a583986c",
  "published": "2026-05-04T09:00:00.000Z",
  "eventType": "user.lifecycle.suspend",
  "outcome": {"result": "SUCCESS"},
  "actor": {"id": "00u1admin", "type": "User", "alternateId": "ada@example.com", "displayName": "Ada Lovelace"},
  "target": [{"id": "00u2person", "type": "User", "alternateId": "grace@example.com", "displayName": "Grace Hopper"}]
}`
