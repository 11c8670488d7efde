package trigger

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"caracal/fault"
	"caracal/workflow"
)

// MaxFile is how many bytes a trigger's file may have.
const MaxFile = 64 << 10

// File is a trigger as a file holds it: one readable YAML file that names its workflow, with no secret in it.
type File struct {
	Workflow string  // its name or its id, "" for the one that is named beside the file
	Trigger  Trigger // its kind, its name and what people set

	lines workflow.Lines
}

// fileBody is the file by its keys.
type fileBody struct {
	Workflow string            `json:"workflow"`
	Kind     Kind              `json:"kind"`
	Name     string            `json:"name"`
	Schedule fileSchedule      `json:"schedule"`
	Webhook  fileWebhook       `json:"webhook"`
	Event    fileEvent         `json:"event"`
	Rows     fileRows          `json:"rows"`
	Inputs   map[string]string `json:"inputs"`
	Map      map[string]string `json:"map"`
	Guards   fileGuards        `json:"guards"`
}

type fileSchedule struct {
	Cron    string  `json:"cron"`
	Zone    string  `json:"zone"`
	CatchUp CatchUp `json:"catch_up"`
	Most    int     `json:"most"`
}

type fileWebhook struct {
	Proof  Proof  `json:"proof"`
	Window int    `json:"window"`
	Limit  int    `json:"limit"`
	Sample string `json:"sample"`
}

type fileEvent struct {
	Types  []string    `json:"types"`
	Where  []Condition `json:"where"`
	Own    bool        `json:"own"`
	Sample string      `json:"sample"`
}

type fileRows struct {
	Runners bool `json:"runners"`
	AtOnce  int  `json:"at_once"`
}

type fileGuards struct {
	PerHour    int      `json:"per_hour"`
	Excess     string   `json:"excess"`
	Blackouts  []string `json:"blackouts"`
	Zone       string   `json:"zone"`
	InBlackout string   `json:"in_blackout"`
	MaxChanges int      `json:"max_changes"`
}

// fileParts are the keys that a file of each kind may have besides workflow, kind and guards.
var fileParts = map[Kind][]string{Form: {}, API: {}, CSV: {"rows"}, Schedule: {"name", "schedule", "inputs"}, Webhook: {"name", "webhook", "map"}, OrgEvents: {"name", "event", "map"}}

// fileKinds lists the kinds in the order in which messages name them.
var fileKinds = []Kind{Schedule, Webhook, OrgEvents, Form, CSV, API}

// fileWait and fileRefuse are what a file says of a run that a guard rail keeps from beginning.
const (
	fileWait   = "wait"
	fileRefuse = "refuse"
)

// ReadFile reads a trigger from a file and checks it as far as that goes without its workflow. Every error is
// workflow.Mistakes. What is left out takes the default of the form on the trigger's page.
func ReadFile(raw []byte) (File, error) {
	if len(raw) > MaxFile {
		return File{}, workflow.Mistakes{{Message: fmt.Sprintf("The file has %d bytes; a trigger has at most %d.", len(raw), MaxFile)}}
	}
	var b fileBody
	lines, err := workflow.ReadPlain(raw, "trigger", &b)
	if err != nil {
		return File{}, err
	}
	r := fileReader{lines: lines}
	r.kind(b)
	if len(r.mistakes) > 0 {
		return File{}, r.mistakes
	}
	f := File{Workflow: b.Workflow, Trigger: Trigger{Kind: b.Kind, Name: strings.TrimSpace(b.Name), Config: r.config(b)}, lines: lines}
	if len(r.mistakes) == 0 {
		r.check(f)
	}
	if len(r.mistakes) > 0 {
		slices.SortStableFunc(r.mistakes, func(a, b workflow.Mistake) int { return a.Line - b.Line })
		return File{}, r.mistakes
	}
	return f, nil
}

type fileReader struct {
	lines    workflow.Lines
	mistakes workflow.Mistakes
}

func (r *fileReader) wrong(path, format string, args ...any) {
	r.mistakes = append(r.mistakes, workflow.Mistake{Line: r.lines.At(path), Message: fmt.Sprintf(format, args...)})
}

// kind refuses a kind that does not exist, and parts that belong to another.
func (r *fileReader) kind(b fileBody) {
	parts, known := fileParts[b.Kind]
	if !known {
		names := make([]string, len(fileKinds))
		for i, k := range fileKinds {
			names[i] = string(k)
		}
		r.wrong("kind", "The file must say what kind of trigger it is of: write kind: and one of %s.", strings.Join(names, ", "))
		return
	}
	for _, part := range []string{"name", "schedule", "inputs", "webhook", "event", "map", "rows"} {
		if r.lines[part] > 0 && !slices.Contains(parts, part) {
			r.wrong(part, "%q does not belong to a trigger of the kind %s; take it out.", part, b.Kind)
		}
	}
}

// config makes the settings of what the file holds.
func (r *fileReader) config(b fileBody) Config {
	for path, n := range map[string]int{"schedule.most": b.Schedule.Most, "webhook.window": b.Webhook.Window, "webhook.limit": b.Webhook.Limit, "rows.at_once": b.Rows.AtOnce,
		"guards.per_hour": b.Guards.PerHour, "guards.max_changes": b.Guards.MaxChanges} {
		if r.lines[path] > 0 && n < 1 {
			r.wrong(path, "Write a number from 1 on, or leave the key out.")
		}
	}
	c := Config{Guards: r.guards(b.Guards)}
	switch b.Kind {
	case Schedule:
		c.Schedule = Timetable{Cron: strings.Join(strings.Fields(b.Schedule.Cron), " "), Zone: cmp.Or(b.Schedule.Zone, "UTC"), CatchUp: cmp.Or(b.Schedule.CatchUp, CatchOnce), Most: b.Schedule.Most}
		c.Inputs = b.Inputs
		if c.Schedule.CatchUp != CatchAll && c.Schedule.Most > 0 {
			r.wrong("schedule.most", "most goes with catch_up: %s; take one of them out.", CatchAll)
		}
	case Webhook:
		c.Webhook = Receiver{Proof: cmp.Or(b.Webhook.Proof, Signed), Window: b.Webhook.Window, Limit: b.Webhook.Limit, Map: b.Map, Sample: b.Webhook.Sample}
	case OrgEvents:
		c.Event = Listener{Types: b.Event.Types, Where: b.Event.Where, Own: b.Event.Own, Map: b.Map, Sample: b.Event.Sample}
		for i := range c.Event.Where {
			c.Event.Where[i].Op = cmp.Or(c.Event.Where[i].Op, Is)
		}
	case CSV:
		c.Rows = Rows{Runners: b.Rows.Runners, AtOnce: b.Rows.AtOnce}
	}
	return c
}

func (r *fileReader) guards(b fileGuards) Guards {
	g := Guards{PerHour: b.PerHour, Refuse: r.refuses("guards.excess", b.Excess), Skip: r.refuses("guards.in_blackout", b.InBlackout), MaxChanges: b.MaxChanges}
	for i, line := range b.Blackouts {
		window, problem := parseBlackout(strings.ToLower(strings.TrimSpace(line)))
		if problem != "" {
			r.wrong(fmt.Sprintf("guards.blackouts.%d", i), "In this window, %s Write a window like mon-fri 08:00-18:00.", problem)
			continue
		}
		if g.Blackouts = append(g.Blackouts, window); len(g.Blackouts) > maxBlackouts {
			r.wrong("guards.blackouts", "There are more than %d windows; put some together.", maxBlackouts)
			break
		}
	}
	switch {
	case len(g.Blackouts) > 0:
		g.Zone = cmp.Or(b.Zone, "UTC")
	case b.Zone != "":
		r.wrong("guards.zone", "zone is that of the blackouts, and there are none; take it out.")
	}
	return g
}

func (r *fileReader) refuses(path, word string) bool {
	if word != "" && word != fileWait && word != fileRefuse {
		r.wrong(path, "Write %s or %s.", fileWait, fileRefuse)
	}
	return word == fileRefuse
}

// check finds what the form would refuse as well.
func (r *fileReader) check(f File) {
	blame := func(err error) {
		if e := fault.As(err); e != nil {
			r.wrong(f.place(e.Field), "%s", e.Message)
		}
	}
	t := f.Trigger
	if !t.Kind.BuiltIn() {
		blame(CheckName(t.Name))
	}
	switch t.Kind {
	case Schedule:
		_, err := t.Schedule.Parse()
		blame(err)
		if !slices.Contains([]CatchUp{CatchOnce, CatchNone, CatchAll}, t.Schedule.CatchUp) {
			r.wrong("schedule.catch_up", "Write %s, %s or %s.", CatchOnce, CatchNone, CatchAll)
		}
		if t.Schedule.Most > MostCaughtUp {
			r.wrong("schedule.most", "Enter how many, from 1 to %d.", MostCaughtUp)
		}
	case Webhook:
		blame(t.Webhook.Check())
	case OrgEvents:
		blame(t.Event.Check())
	}
	blame(t.Guards.Check())
}

// filePlaces says where a file has what a field of the form holds, where the names differ.
var filePlaces = map[string]string{"name": "name", "mode": "schedule.cron", "weekday": "schedule.cron", "day": "schedule.cron", "at": "schedule.cron", "minute": "schedule.cron",
	"cron": "schedule.cron", "zone": "schedule.zone", "catch_up": "schedule.catch_up", "most": "schedule.most", "proof": "webhook.proof", "window": "webhook.window",
	"limit": "webhook.limit", "types": "event.types", "own": "event.own", "runners": "rows.runners", "rows_at_once": "rows.at_once", "per_hour": "guards.per_hour",
	"excess": "guards.excess", "blackouts": "guards.blackouts", "guard_zone": "guards.zone", "in_blackout": "guards.in_blackout", "max_changes": "guards.max_changes"}

// place is the path in the file of a field of the form.
func (f File) place(field string) string {
	if name, ok := strings.CutPrefix(field, MapField("")); ok {
		return "map." + name
	}
	if name, ok := strings.CutPrefix(field, InputField("")); ok {
		return "inputs." + name
	}
	var n int
	var part string
	if _, err := fmt.Sscanf(field, "where%d_%s", &n, &part); err == nil {
		return fmt.Sprintf("event.where.%d.%s", n-1, part)
	}
	if field == "sample" {
		return string(f.Trigger.Kind) + ".sample"
	}
	return filePlaces[field]
}

// InputField names the form's field for a fixed value of an input.
func InputField(input string) string { return "input_" + input }

// Fit says what in a file does not fit its workflow: problems by field of the form, and inputs that are not among names.
// The error is workflow.Mistakes, or nil.
func (f File) Fit(names []string, problems map[string]string) error {
	r := fileReader{lines: f.lines}
	for _, part := range []struct {
		key  string
		held map[string]string
	}{{"inputs", f.Trigger.Inputs}, {"map", f.Trigger.Webhook.Map}, {"map", f.Trigger.Event.Map}} {
		for _, name := range slices.Sorted(maps.Keys(part.held)) {
			if !slices.Contains(names, name) {
				r.wrong(part.key+"."+name, "The workflow has no input %q; its inputs are %s.", name, cmp.Or(strings.Join(names, ", "), "none"))
			}
		}
	}
	for _, field := range slices.Sorted(maps.Keys(problems)) {
		r.wrong(f.place(field), "%s", problems[field])
	}
	if len(r.mistakes) == 0 {
		return nil
	}
	slices.SortStableFunc(r.mistakes, func(a, b workflow.Mistake) int { return a.Line - b.Line })
	return r.mistakes
}

// WriteFile writes a trigger as ReadFile reads it, for the workflow of a name. schema is the address of the JSON
// Schema, for editors; "" leaves it out. Objects that were picked get their names as comments.
func WriteFile(t Trigger, workflowName, schema string) ([]byte, error) {
	b := fileBody{Workflow: workflowName, Kind: t.Kind, Guards: fileGuards{PerHour: t.Guards.PerHour, Zone: t.Guards.Zone, MaxChanges: t.Guards.MaxChanges}}
	for _, w := range t.Guards.Blackouts {
		b.Guards.Blackouts = append(b.Guards.Blackouts, w.String())
	}
	if t.Guards.Refuse {
		b.Guards.Excess = fileRefuse
	}
	if t.Guards.Skip {
		b.Guards.InBlackout = fileRefuse
	}
	switch t.Kind {
	case Schedule:
		b.Name, b.Inputs = t.Name, t.Inputs
		b.Schedule = fileSchedule{Cron: t.Schedule.Cron, Zone: t.Schedule.Zone, CatchUp: t.Schedule.CatchUp}
		if t.Schedule.CatchUp == CatchAll {
			b.Schedule.Most = t.Schedule.Most
		}
	case Webhook:
		b.Name, b.Map = t.Name, t.Webhook.Map
		b.Webhook = fileWebhook{Proof: t.Webhook.Proof, Window: t.Webhook.Window, Limit: t.Webhook.Limit, Sample: t.Webhook.Sample}
	case OrgEvents:
		b.Name, b.Map = t.Name, t.Event.Map
		b.Event = fileEvent{Types: t.Event.Types, Where: t.Event.Where, Own: t.Event.Own, Sample: t.Event.Sample}
	case CSV:
		b.Rows = fileRows{Runners: t.Rows.Runners, AtOnce: t.Rows.AtOnce}
	}
	return workflow.WritePlain(b, t.Names, schema)
}

// Mistakes returns what an error of ReadFile or Fit holds; ok is false for any other error.
func Mistakes(err error) (list workflow.Mistakes, ok bool) {
	ok = errors.As(err, &list)
	return list, ok
}
