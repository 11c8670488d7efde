package views

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"caracal/auth"
	"caracal/form"
	"caracal/org"
	"caracal/trigger"
	"caracal/views/ui"
	"caracal/workflow"
)

// TriggersProps is everything that starts runs of one workflow.
type TriggersProps struct {
	Shell    Shell
	Now      time.Time
	Workflow workflow.Workflow
	BuiltIn  []trigger.Trigger // the form and the API
	Triggers []trigger.Trigger
	MayEdit  bool
}

// TriggerPath is the address of a trigger's page.
func TriggerPath(t trigger.Trigger) string {
	id := t.ID
	if t.Kind.BuiltIn() {
		id = string(t.Kind)
	}
	return "/workflows/" + url.PathEscape(t.WorkflowID) + "/triggers/" + id
}

func triggerIcon(k trigger.Kind) string {
	switch k {
	case trigger.Form:
		return "user"
	case trigger.CSV:
		return "file-up"
	case trigger.API:
		return "plug"
	case trigger.Schedule:
		return "calendar"
	case trigger.OrgEvents:
		return "zap"
	}
	return "globe"
}

// TriggerWords says when or where a trigger is reached.
func TriggerWords(t trigger.Trigger) string {
	switch t.Kind {
	case trigger.Form:
		return "Whoever may run the workflow fills in its form"
	case trigger.CSV:
		if t.Rows.Runners {
			return "Whoever may run the workflow uploads a file, and each row is a run"
		}
		return "Builders and admins upload a file, and each row is a run"
	case trigger.API:
		return "A program with a token, or caracal run"
	case trigger.Schedule:
		return t.Schedule.Words()
	case trigger.OrgEvents:
		return listenWords(t.Event)
	}
	switch {
	case t.SecretAt.IsZero():
		return "It has no secret yet, so it takes nothing"
	case t.Webhook.Proof == trigger.Bearer:
		return "POST with the secret in the Authorization header"
	}
	return "POST with a signature"
}

// listenWords says what a trigger listens to.
func listenWords(l trigger.Listener) string {
	words := strings.Join(l.Types[:min(len(l.Types), 3)], ", ")
	if n := len(l.Types) - 3; n > 0 {
		words += " and " + strconv.Itoa(n) + " more"
	}
	for _, c := range l.Where {
		words += "; " + c.Words()
	}
	return words
}

func triggerLook(t trigger.Trigger) ui.Look {
	switch {
	case t.Paused:
		return ui.Look{Tone: ui.Warn, Icon: "circle-pause", Word: "Paused"}
	case t.Kind == trigger.Webhook && t.SecretAt.IsZero():
		return ui.Look{Tone: ui.Warn, Icon: "key-round", Word: "No secret"}
	case t.Kind == trigger.Schedule && t.DueAt.IsZero():
		return ui.Look{Tone: ui.Warn, Icon: "circle-help", Word: "No next time"}
	}
	return ui.Look{Tone: ui.Good, Icon: "circle-check", Word: "On"}
}

func outcomeLook(o trigger.Outcome) ui.Look {
	switch o {
	case trigger.Started:
		return ui.Look{Tone: ui.Good, Icon: "circle-play", Word: "Started"}
	case trigger.Waits:
		return ui.Look{Tone: ui.Info, Icon: "timer", Word: "Begins later"}
	case trigger.Repeated:
		return ui.Look{Tone: ui.Neutral, Icon: "repeat", Word: "Same again"}
	case trigger.Skipped:
		return ui.Look{Tone: ui.Neutral, Icon: "circle-minus", Word: "Left out"}
	}
	if o == trigger.Passed {
		return ui.Look{Tone: ui.Neutral, Icon: "circle-minus", Word: "No run"}
	}
	return ui.Look{Tone: ui.Bad, Icon: "circle-x", Word: "Refused"}
}

// TriggerProps is the page of one trigger; a new one has no id.
type TriggerProps struct {
	Shell       Shell
	Now         time.Time
	Workflow    workflow.Workflow
	Definition  workflow.Definition // what it runs
	Trigger     trigger.Trigger
	Form        *form.Form
	Names       map[string]string // of picked objects, by id
	Maker       string            // who made it
	By          string            // who changed it last
	MayEdit     bool
	Times       TimesProps
	URL         string          // of a webhook, or of the form
	Secret      string          // of a webhook: just made, shown this once
	SecretSeen  string          // marks which secret there is, as the person was shown it
	Source      trigger.Source  // of one that listens to events
	Application org.Application // the same: whose
	MayManage   bool            // the application
	Waiting     int             // events that are still to be started
	Preview     PreviewProps
	SampleTaken bool // the sample is that of a delivery and not saved yet
	Events      []trigger.Event
}

// TimesProps are the next times of a schedule, or what is wrong with it.
type TimesProps struct {
	Words   string
	Times   []time.Time
	Now     time.Time
	Problem string
}

// PreviewProps is what a mapping makes of a sample.
type PreviewProps struct {
	Asked   bool
	Rows    []PreviewRow
	Problem string
	Verdict string // of an event: whether it starts a run
	Unfit   bool   // it does not
}

// PreviewRow is one input of the workflow.
type PreviewRow struct{ Label, Value, Problem string }

func (p TriggerProps) path() string { return "/workflows/" + p.Workflow.ID + "/triggers" }

func (p TriggerProps) action() string {
	if p.Trigger.ID == "" && !p.Trigger.Kind.BuiltIn() {
		return p.path()
	}
	return TriggerPath(p.Trigger)
}

// origin says who made a trigger and who changed it last, with the token where they did it by one.
func (p TriggerProps) origin() string {
	t := p.Trigger
	if t.ID == "" {
		return ""
	}
	made := by("Made", p.Maker, t.CreatedThrough)
	if t.UpdatedBy == t.CreatedBy && t.UpdatedThrough.ID == t.CreatedThrough.ID {
		return made + "."
	}
	return made + "; " + by("changed last", p.By, t.UpdatedThrough) + "."
}

func by(what, person string, through auth.Through) string {
	what += " by " + person
	if through.ID != "" {
		what += " with the API token “" + through.Name + "”"
	}
	return what
}

func (p TriggerProps) title() string {
	if p.Trigger.ID == "" && !p.Trigger.Kind.BuiltIn() {
		if p.Trigger.Kind == trigger.OrgEvents {
			return "New Okta event"
		}
		return "New " + strings.ToLower(p.Trigger.Kind.Title())
	}
	return p.Trigger.Label()
}

// fields returns the form's fields whose names pass, in order.
func (p TriggerProps) fields(pass func(name string) bool) (out []form.Field) {
	for _, f := range p.Form.Fields {
		if pass(f.Name) {
			out = append(out, f)
		}
	}
	return out
}

func (p TriggerProps) inputFields() []form.Field {
	return p.fields(func(name string) bool { return strings.HasPrefix(name, "input_") })
}

func (p TriggerProps) mapFields() []form.Field {
	return p.fields(func(name string) bool { return strings.HasPrefix(name, "map_") })
}

func (p TriggerProps) input(f form.Field) ui.Input {
	in := ui.Input{Field: f, Value: p.Form.Values[f.Name], Error: p.Form.Errors[f.Name], Application: p.Definition.ApplicationID}
	for _, id := range form.SplitList(in.Value) {
		if name := p.Names[id]; name != "" {
			in.Chosen = append(in.Chosen, ui.Chosen{ID: id, Label: name})
		}
	}
	if slices.Contains([]string{"zone", "guard_zone"}, f.Name) {
		in.Attrs = map[string]any{"list": "zones"}
	}
	if f.Name == "sample" {
		in.Rows, in.Code = 8, true
	}
	return in
}

func (p TriggerProps) named(name string) ui.Input {
	for _, f := range p.Form.Fields {
		if f.Name == name {
			return p.input(f)
		}
	}
	return ui.Input{Field: form.Field{Name: name}}
}

// secret is what the page of a webhook says of its secret.
func (p TriggerProps) secret() SecretProps {
	return SecretProps{At: p.Trigger.SecretAt, OldAt: p.Trigger.OldAt, OldUntil: p.Trigger.OldUntil, Now: p.Now, Path: TriggerPath(p.Trigger) + "/secret", MayEdit: p.MayEdit, Seen: p.SecretSeen}
}

// secretWords says by which secret a sender proved itself, once there has been more than one.
func (p TriggerProps) secretWords(e trigger.Event) string {
	switch {
	case e.SecretAt.IsZero() || p.Trigger.OldAt.IsZero():
		return ""
	case e.SecretAt.Equal(p.Trigger.SecretAt):
		return "by the new secret"
	}
	return "by the old secret"
}

// curl is a line to try a webhook with.
func (p TriggerProps) curl() string {
	if p.Trigger.Webhook.Proof == trigger.Bearer {
		return "curl -H \"Authorization: Bearer $SECRET\" -H \"Content-Type: application/json\" \\\n  --data '" + p.sampleLine() + "' " + p.URL
	}
	return "body='" + p.sampleLine() + "'; t=$(date +%s)\n" +
		"v1=$(printf '%s.%s' \"$t\" \"$body\" | openssl dgst -sha256 -hmac \"$SECRET\" -r | cut -d' ' -f1)\n" +
		"curl -H \"" + trigger.SignatureHeader + ": t=$t,v1=$v1\" -H \"Content-Type: application/json\" \\\n  --data-raw \"$body\" " + p.URL
}

// maxSampleLine is how long a sample may be, in bytes, to stand in a line to copy.
const maxSampleLine = 400

// sampleLine is a body to try the webhook with, in the single quotes of a shell: the sample where it is short, else one with what the mapping takes.
func (p TriggerProps) sampleLine() string {
	var line bytes.Buffer
	if json.Compact(&line, []byte(p.Trigger.Webhook.Sample)) != nil || line.Len() > maxSampleLine {
		sources := slices.Sorted(maps.Values(p.Trigger.Webhook.Map))
		var value any = map[string]any{}
		if taken := workflow.MappingExample(workflow.BodyRoot, sources...); taken != nil {
			value = taken
		}
		line.Reset()
		enc := json.NewEncoder(&line)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(value); err != nil {
			return "{}" // text, lists and objects always marshal
		}
	}
	return strings.ReplaceAll(strings.TrimSpace(line.String()), "'", `'\''`)
}
