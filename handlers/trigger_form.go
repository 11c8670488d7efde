package handlers

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"caracal/batch"
	"caracal/fault"
	"caracal/form"
	"caracal/trigger"
	"caracal/workflow"
)

// triggerFields are the fields of a trigger's form, by its kind.
func triggerFields(kind trigger.Kind, d workflow.Definition) []form.Field {
	var out []form.Field
	if !kind.BuiltIn() {
		out = append(out, form.Field{Name: "name", Label: "Name", Kind: form.Text, Required: true, Max: trigger.MaxName, Placeholder: "Every night"})
	}
	switch kind {
	case trigger.CSV:
		out = append(out, rowsFields()...)
	case trigger.Schedule:
		out = append(out, scheduleFields()...)
		for _, f := range d.RunFields() {
			f.Name = trigger.InputField(f.Name)
			out = append(out, f)
		}
	case trigger.Webhook:
		out = append(out, webhookFields()...)
		for _, in := range d.Inputs {
			out = append(out, form.Field{Name: trigger.MapField(in.Name), Label: in.Label, Help: mapHelp(in), Kind: form.Text, Required: in.Required,
				Max: workflow.MaxFieldText, Placeholder: "{{ body." + in.Name + " }}"})
		}
	case trigger.OrgEvents:
		out = append(out, listenerFields()...)
		for _, in := range d.Inputs {
			out = append(out, form.Field{Name: trigger.MapField(in.Name), Label: in.Label, Help: mapHelp(in), Kind: form.Text, Required: in.Required,
				Max: workflow.MaxFieldText, Placeholder: eventExample(in)})
		}
	}
	return append(out, guardFields(kind)...)
}

func mapHelp(in workflow.Input) string {
	if in.Kind.Picker() {
		return "An id, or an exact login, name or label. " + in.Help
	}
	return in.Help
}

// eventExample is what an input is likely to be filled with.
func eventExample(in workflow.Input) string {
	switch in.Kind {
	case form.User, form.Users:
		return "{{ event.user.id }}"
	case form.Group, form.Groups:
		return "{{ event.group.id }}"
	case form.App:
		return "{{ event.app.id }}"
	}
	return "{{ event.user.alternateId }}"
}

// listenerFields are what a trigger of events has besides the mapping.
func listenerFields() []form.Field {
	out := []form.Field{{Name: "types", Label: "Types of event", Kind: form.EventTypes, Required: true, Placeholder: "user.lifecycle.create"}}
	for n := 1; n <= trigger.MaxConditions; n++ {
		of, example, value := "Condition "+strconv.Itoa(n)+": ", "", ""
		if n == 1 {
			example, value = "outcome.result", "SUCCESS"
		}
		out = append(out,
			form.Field{Name: trigger.ConditionField(n, "field"), Label: of + "field", Kind: form.Text, Placeholder: example},
			form.Field{Name: trigger.ConditionField(n, "op"), Label: of + "comparison", Kind: form.Choice, Required: true, Default: string(trigger.Is), Options: trigger.Ops},
			form.Field{Name: trigger.ConditionField(n, "value"), Label: of + "value", Kind: form.Text, Placeholder: value})
	}
	return append(out,
		form.Field{Name: "own", Label: "Also start for what Caracal's own runs change", Help: "Without it, a run never starts another by its changes. With it, at most three in a row do.", Kind: form.YesNo},
		form.Field{Name: "sample", Label: "Sample event", Help: "JSON, as Okta delivers it. A delivery that was received can be put here.", Kind: form.LongText, Max: trigger.MaxSample})
}

// fillListener puts a stored listener into its form.
func fillListener(v form.Values, l trigger.Listener) {
	v["types"], v["sample"], v["own"] = strings.Join(l.Types, ","), l.Sample, strconv.FormatBool(l.Own)
	for i, c := range l.Where {
		v[trigger.ConditionField(i+1, "field")], v[trigger.ConditionField(i+1, "op")], v[trigger.ConditionField(i+1, "value")] = c.Field, string(c.Op), c.Value
	}
	for name, text := range l.Map {
		v[trigger.MapField(name)] = text
	}
}

// readListener takes what a person filled in over into a listener. Lines of the filter that are empty are left out; what
// is wrong is beside the line where it was typed.
func readListener(f *form.Form, d workflow.Definition) trigger.Listener {
	v := f.Values
	l := trigger.Listener{Types: form.SplitList(v["types"]), Sample: v["sample"], Own: v["own"] == "true", Map: map[string]string{}}
	for n := 1; n <= trigger.MaxConditions; n++ {
		c := trigger.Condition{Field: v[trigger.ConditionField(n, "field")], Op: trigger.Op(v[trigger.ConditionField(n, "op")]), Value: v[trigger.ConditionField(n, "value")]}
		if c.Field == "" && c.Value == "" {
			delete(f.Errors, trigger.ConditionField(n, "op"))
			continue
		}
		if err := (trigger.Listener{Types: []string{"any.type"}, Where: []trigger.Condition{c}}).Check(); err != nil {
			bad := fault.As(err)
			_, part, _ := strings.Cut(bad.Field, "_")
			f.Reject(trigger.ConditionField(n, part), "%s", bad.Message)
			continue
		}
		l.Where = append(l.Where, c)
	}
	for _, in := range d.Inputs {
		if text := v[trigger.MapField(in.Name)]; text != "" {
			l.Map[in.Name] = text
		}
	}
	f.Blame(l.Check())
	return l
}

func scheduleFields() []form.Field {
	return []form.Field{
		{Name: "mode", Label: "How often", Kind: form.Choice, Required: true, Default: "daily", Options: []form.Option{
			{Value: "daily", Label: "Every day"}, {Value: "weekdays", Label: "Monday to Friday"}, {Value: "weekly", Label: "Every week"},
			{Value: "monthly", Label: "Every month"}, {Value: "hourly", Label: "Every hour"}, {Value: "cron", Label: "By a cron text"}}},
		{Name: "weekday", Label: "Day of the week", Kind: form.Choice, Default: "1", Options: []form.Option{
			{Value: "1", Label: "Monday"}, {Value: "2", Label: "Tuesday"}, {Value: "3", Label: "Wednesday"}, {Value: "4", Label: "Thursday"},
			{Value: "5", Label: "Friday"}, {Value: "6", Label: "Saturday"}, {Value: "0", Label: "Sunday"}}},
		{Name: "day", Label: "Day of the month", Help: "1 to 31; months without the day are left out.", Kind: form.Text, Default: "1"},
		{Name: "at", Label: "Time", Kind: form.Text, Default: "09:00", Placeholder: "09:00"},
		{Name: "minute", Label: "Minute of the hour", Kind: form.Text, Default: "0"},
		{Name: "cron", Label: "Cron text", Help: "Minute, hour, day of the month, month, day of the week: 0 9 * * 1-5 is 09:00 from Monday to Friday.", Kind: form.Text, Default: "0 9 * * 1-5", Placeholder: "0 9 * * 1-5"},
		{Name: "zone", Label: "Time zone", Help: "As in Europe/Berlin. The clocks of this zone count, with their summer time.", Kind: form.Text, Required: true, Default: "UTC"},
		{Name: "catch_up", Label: "Times that pass while Caracal is not running", Kind: form.Choice, Required: true, Default: string(trigger.CatchOnce), Options: []form.Option{
			{Value: string(trigger.CatchOnce), Label: "One run for all of them"}, {Value: string(trigger.CatchNone), Label: "Leave them out"},
			{Value: string(trigger.CatchAll), Label: "A run for each"}}},
		{Name: "most", Label: "At most so many", Help: "The newest are taken.", Kind: form.Number, Default: "10"},
	}
}

func webhookFields() []form.Field {
	return []form.Field{
		{Name: "proof", Label: "The sender proves itself by", Kind: form.Choice, Required: true, Default: string(trigger.Signed), Options: []form.Option{
			{Value: string(trigger.Signed), Label: "A signature over time and body (HMAC-SHA256)"}, {Value: string(trigger.Bearer), Label: "The secret in the Authorization header"}}},
		{Name: "window", Label: "A signature is good for, in minutes", Help: "Within it, the same delivery is not taken twice.", Kind: form.Number, Default: strconv.Itoa(trigger.DefaultWindow)},
		{Name: "limit", Label: "Largest body, in KB", Kind: form.Number, Default: strconv.Itoa(trigger.DefaultLimit)},
		{Name: "sample", Label: "A sample body", Help: "JSON, to try the mapping with.", Kind: form.LongText, Max: trigger.MaxSample},
	}
}

func rowsFields() []form.Field {
	return []form.Field{
		{Name: "runners", Label: "Whoever may run it by the form may also upload a CSV", Help: "Builders and admins always may.", Kind: form.YesNo},
		{Name: "rows_at_once", Label: "Most rows at once", Help: fmt.Sprintf("At most %d, which is what an empty field means.", batch.MostAtOnce), Kind: form.Number},
	}
}

func guardFields(kind trigger.Kind) []form.Field {
	out := guardFieldsOf()
	if kind != trigger.CSV {
		return out
	}
	for i := range out { // the rows of a file keep to them one by one
		switch f := &out[i]; f.Name {
		case "per_hour":
			f.Label, f.Help = "Most rows that begin in an hour", "What is more waits for its turn."
		case "blackouts":
			f.Label = "No row begins in"
		case "in_blackout":
			f.Label = "A file that is started in a window"
		case "max_changes":
			f.Label, f.Help = "Most objects that one file may change", "The rows that would change more fail."
		}
	}
	return slices.DeleteFunc(out, func(f form.Field) bool { return f.Name == "excess" })
}

func guardFieldsOf() []form.Field {
	wait := form.Option{Value: "wait", Label: "Waits for its turn"}
	return []form.Field{
		{Name: "per_hour", Label: "Most runs in an hour", Kind: form.Number, Placeholder: "No limit"},
		{Name: "excess", Label: "What is more", Kind: form.Choice, Required: true, Default: "wait", Options: []form.Option{wait, {Value: "refuse", Label: "Is refused"}}},
		{Name: "blackouts", Label: "No run begins in", Help: "One window a line: mon-fri 08:00-18:00, or sat, sun 00:00-24:00.", Kind: form.LongText, Max: 1000, Placeholder: "mon-fri 08:00-18:00"},
		{Name: "guard_zone", Label: "Time zone of the windows", Kind: form.Text, Default: "UTC"},
		{Name: "in_blackout", Label: "What falls into a window", Kind: form.Choice, Required: true, Default: "wait", Options: []form.Option{
			{Value: "wait", Label: "Waits for its end"}, {Value: "refuse", Label: "Is left out"}}},
		{Name: "max_changes", Label: "Most objects that one run may change", Help: "The step that would change more fails.", Kind: form.Number, Placeholder: "No limit"},
	}
}

// fillTrigger puts a stored trigger into its form.
func fillTrigger(f *form.Form, t trigger.Trigger) {
	v, g := f.Values, t.Guards
	v["name"] = t.Name
	if t.Kind == trigger.Schedule {
		plain := trigger.PlainOf(t.Schedule.Cron)
		v["mode"], v["at"], v["weekday"], v["day"], v["minute"], v["cron"] = plain.Mode, plain.At, plain.Weekday, plain.Day, plain.Minute, plain.Cron
		v["zone"], v["catch_up"] = t.Schedule.Zone, string(t.Schedule.CatchUp)
		if t.Schedule.Most > 0 {
			v["most"] = strconv.Itoa(t.Schedule.Most)
		}
		for name, value := range t.Inputs {
			v[trigger.InputField(name)] = value
		}
	}
	if t.Kind == trigger.Webhook {
		v["proof"], v["window"], v["limit"], v["sample"] = string(t.Webhook.Proof), strconv.Itoa(t.Webhook.Minutes()), strconv.Itoa(t.Webhook.KB()), t.Webhook.Sample
		for name, text := range t.Webhook.Map {
			v[trigger.MapField(name)] = text
		}
	}
	if t.Kind == trigger.CSV {
		v["runners"], v["rows_at_once"] = strconv.FormatBool(t.Rows.Runners), number(t.Rows.AtOnce)
	}
	if t.Kind == trigger.OrgEvents {
		fillListener(v, t.Event)
	}
	v["blackouts"] = trigger.WriteBlackouts(g.Blackouts)
	if g.Zone != "" {
		v["guard_zone"] = g.Zone
	}
	v["excess"], v["in_blackout"] = waitOr(g.Refuse), waitOr(g.Skip)
	v["per_hour"], v["max_changes"] = number(g.PerHour), number(g.MaxChanges)
}

func waitOr(refuse bool) string {
	if refuse {
		return "refuse"
	}
	return "wait"
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// whole reads a whole number from a form; an empty one is 0.
func whole(f *form.Form, name, problem string) int {
	text := f.Values[name]
	if text == "" || f.Errors[name] != "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1<<30 {
		f.Reject(name, "%s", problem)
		return 0
	}
	return n
}

// readTrigger takes what a person filled in over into a trigger; what is wrong is in the form.
func readTrigger(f *form.Form, t *trigger.Trigger, d workflow.Definition) {
	v := f.Values
	t.Name = v["name"]
	switch t.Kind {
	case trigger.CSV:
		problem := fmt.Sprintf("Enter how many rows, from 1 to %d, or leave it empty.", batch.MostAtOnce)
		t.Rows = trigger.Rows{Runners: v["runners"] == "true", AtOnce: whole(f, "rows_at_once", problem)}
		if t.Rows.AtOnce > batch.MostAtOnce {
			f.Reject("rows_at_once", "%s", problem)
		}
	case trigger.Schedule:
		readSchedule(f, t, d)
	case trigger.Webhook:
		hook := trigger.Receiver{Proof: trigger.Proof(v["proof"]), Sample: v["sample"], Map: map[string]string{},
			Window: whole(f, "window", "Enter minutes from 1 to 60."), Limit: whole(f, "limit", "Enter KB from 1 to 256.")}
		for _, in := range d.Inputs {
			if text := v[trigger.MapField(in.Name)]; text != "" {
				hook.Map[in.Name] = text
			}
		}
		f.Blame(hook.Check())
		t.Webhook = hook
	case trigger.OrgEvents:
		t.Event = readListener(f, d)
	}
	g := trigger.Guards{PerHour: whole(f, "per_hour", "Enter how many runs an hour, or leave it empty for no limit."),
		MaxChanges: whole(f, "max_changes", "Enter how many objects, or leave it empty for no limit."),
		Refuse:     v["excess"] == "refuse", Skip: v["in_blackout"] == "refuse"}
	windows, err := trigger.ParseBlackouts(v["blackouts"])
	f.Blame(err)
	if g.Blackouts = windows; len(windows) > 0 {
		g.Zone = v["guard_zone"]
	}
	f.Blame(g.Check())
	t.Guards = g
}

func readSchedule(f *form.Form, t *trigger.Trigger, d workflow.Definition) {
	v := f.Values
	t.Schedule = readTimetable(f)
	if _, err := t.Schedule.Parse(); f.Errors["at"]+f.Errors["day"]+f.Errors["minute"]+f.Errors["weekday"]+f.Errors["mode"] == "" {
		f.Blame(err)
	}
	t.Schedule.CatchUp = trigger.CatchUp(v["catch_up"])
	if t.Schedule.CatchUp == trigger.CatchAll {
		if t.Schedule.Most = whole(f, "most", "Enter how many, from 1 to 100."); t.Schedule.Most == 0 || t.Schedule.Most > trigger.MostCaughtUp {
			f.Reject("most", "Enter how many, from 1 to %d.", trigger.MostCaughtUp)
		}
	}
	t.Inputs = map[string]string{}
	for _, in := range d.Inputs {
		if value := v[trigger.InputField(in.Name)]; value != "" {
			t.Inputs[in.Name] = value
		}
	}
}

// readTimetable reads how often and in which zone.
func readTimetable(f *form.Form) trigger.Timetable {
	v := f.Values
	text, err := trigger.Plain{Mode: v["mode"], At: v["at"], Weekday: v["weekday"], Day: v["day"], Minute: v["minute"], Cron: v["cron"]}.Text()
	f.Blame(err)
	return trigger.Timetable{Cron: text, Zone: v["zone"]}
}

// inputForm is the part of a schedule's form that fills the workflow's inputs, with its fields' own names, so that
// pickers can be resolved; takeInputs puts it back.
func inputForm(f *form.Form, d workflow.Definition) *form.Form {
	part := &form.Form{Fields: d.RunFields(), Values: form.Values{}, Errors: map[string]string{}}
	for _, field := range part.Fields {
		part.Values[field.Name] = f.Values[trigger.InputField(field.Name)]
		if bad := f.Errors[trigger.InputField(field.Name)]; bad != "" {
			part.Errors[field.Name] = bad
		}
	}
	return part
}

func takeInputs(f, part *form.Form) {
	for _, name := range slices.Sorted(maps.Keys(part.Values)) {
		f.Values[trigger.InputField(name)] = part.Values[name]
		if bad := part.Errors[name]; bad != "" {
			f.Reject(trigger.InputField(name), "%s", bad)
		}
	}
}
