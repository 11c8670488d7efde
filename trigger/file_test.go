package trigger

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"caracal/workflow"
)

const scheduleFile = `# Reviewed by the identity team.
version: 1
workflow: New user
kind: schedule
name: Every night
schedule:
  cron: 30  2 * * *
  zone: Europe/Berlin
inputs:
  email: zoe@example.com
guards:
  per_hour: 3
  excess: refuse
  blackouts:
    - mon-fri 08:00-18:00
    - sat, sun 00:00-24:00
  zone: Europe/Berlin
`

func TestReadFile(t *testing.T) {
	t.Parallel()
	f, err := ReadFile([]byte(scheduleFile))
	if err != nil {
		t.Fatal(err)
	}
	want := Trigger{Kind: Schedule, Name: "Every night", Config: Config{Inputs: map[string]string{"email": "zoe@example.com"},
		Schedule: Timetable{Cron: "30 2 * * *", Zone: "Europe/Berlin", CatchUp: CatchOnce},
		Guards: Guards{PerHour: 3, Refuse: true, Zone: "Europe/Berlin", Blackouts: []Blackout{{Days: []time.Weekday{1, 2, 3, 4, 5}, From: 480, To: 1080},
			{Days: []time.Weekday{0, 6}, From: 0, To: 1440}}}}}
	if f.Workflow != "New user" || !reflect.DeepEqual(f.Trigger, want) {
		t.Errorf("%q %+v", f.Workflow, f.Trigger)
	}
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "line 0"},
		{"no version", "kind: form\n", "begin it with: version: 1"},
		{"a newer version", "version: 2\nkind: form\n", "line 1: The file is of version 2"},
		{"no kind", "version: 1\n", "must say what kind of trigger"},
		{"another kind", "version: 1\nkind: cron\n", "line 2: The file must say what kind"},
		{"an unknown key", "version: 1\nkind: form\ncolour: red\n", `line 3: "colour" is not a key`},
		{"an unknown key within", "version: 1\nkind: form\nguards:\n  per_day: 3\n", `line 4: "per_day" is not a key`},
		{"equal keys", "version: 1\nkind: form\nkind: api\n", `line 3: "kind" stands here a second time`},
		{"a part of another kind", "version: 1\nkind: form\nname: The form\n", `line 3: "name" does not belong`},
		{"another part of another kind", strings.Replace(scheduleFile, "inputs:", "map:", 1), `line 9: "map" does not belong`},
		{"an anchor", "version: 1\nkind: &k form\n", "line 2: Anchors"},
		{"two documents", "version: 1\nkind: form\n---\nversion: 1\n", "put each trigger into a file of its own"},
		{"no name", strings.Replace(scheduleFile, "name: Every night\n", "", 1), "Enter a name"},
		{"a wrong time", strings.Replace(scheduleFile, "30  2", "99 2", 1), "line 7: This can't be read"},
		{"a wrong zone", strings.Replace(scheduleFile, "  zone: Europe/Berlin\ninputs", "  zone: Mars/Base\ninputs", 1), `line 8: "Mars/Base" is no time zone`},
		{"a wrong policy", strings.Replace(scheduleFile, "inputs:", "  catch_up: never\ninputs:", 1), "line 9: Write once, skip or all"},
		{"a count without its policy", strings.Replace(scheduleFile, "inputs:", "  most: 3\ninputs:", 1), "line 9: most goes with catch_up: all"},
		{"a negative number", strings.Replace(scheduleFile, "per_hour: 3", "per_hour: -3", 1), "line 12: Write a number from 1 on"},
		{"no number", strings.Replace(scheduleFile, "per_hour: 3", "per_hour: many", 1), "line 12: per_hour must be a whole number"},
		{"another word", strings.Replace(scheduleFile, "excess: refuse", "excess: drop", 1), "line 13: Write wait or refuse"},
		{"a wrong window", strings.Replace(scheduleFile, "sat, sun 00", "caturday 00", 1), `line 16: In this window, "caturday" is no day`},
		{"a zone of nothing", "version: 1\nkind: form\nguards:\n  zone: UTC\n", "line 4: zone is that of the blackouts"},
		{"a wrong proof", "version: 1\nkind: webhook\nname: Desk\nwebhook:\n  proof: trust\n", "line 5: Choose how the sender"},
		{"a wrong mapping", "version: 1\nkind: webhook\nname: Desk\nmap:\n  a: x\n  email: '{{ body.'\n", "line 6: This can't be read"},
		{"a wrong sample", "version: 1\nkind: webhook\nname: Desk\nwebhook:\n  sample: '{'\n", "line 5: The body is no JSON"},
		{"no types", "version: 1\nkind: event\nname: New\nevent:\n  own: true\n", "line 4: Choose at least one type"},
		{"a wrong condition", "version: 1\nkind: event\nname: New\nevent:\n  types: [user.lifecycle.create]\n  where:\n    - field: outcome.result\n      value: x\n    - field: 'a b'\n", "line 9: Write the field as a path"},
		{"too large", "version: 1\nkind: form\n#" + strings.Repeat("x", MaxFile), "at most 65536"},
	} {
		_, err := ReadFile([]byte(c.text))
		list, ok := Mistakes(err)
		if !ok {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if c.want != "line 0" && !strings.Contains(list.Error(), c.want) {
			t.Errorf("%s: %s\nlacks %s", c.name, list, c.want)
		}
	}
}

// TestFileFits: what does not fit the workflow is said where it stands.
func TestFileFits(t *testing.T) {
	t.Parallel()
	f, err := ReadFile([]byte(scheduleFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Fit([]string{"email"}, nil); err != nil {
		t.Errorf("nothing wrong: %v", err)
	}
	err = f.Fit([]string{"login"}, map[string]string{"input_login": "Enter the login.", "zone": "No zone.", "guard_zone": "No zone either."})
	for _, want := range []string{`line 10: The workflow has no input "email"; its inputs are login.`, "line 9: Enter the login.", "line 8: No zone.", "line 17: No zone either."} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nlacks %s", err, want)
		}
	}
}

// TestEveryFieldHasAPlace: each field of a form leads to a key that the file has, so that no mistake loses its line.
func TestEveryFieldHasAPlace(t *testing.T) {
	t.Parallel()
	schema, err := FileSchema()
	if err != nil {
		t.Fatal(err)
	}
	var whole struct {
		Properties map[string]struct {
			Properties map[string]any `json:"properties"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(schema, &whole); err != nil {
		t.Fatal(err)
	}
	for field, place := range filePlaces {
		key, inner, nested := strings.Cut(place, ".")
		part, ok := whole.Properties[key]
		if nested && ok {
			_, ok = part.Properties[inner]
		}
		if !ok {
			t.Errorf("%s leads to %s, which no file has", field, place)
		}
	}
	for kind, parts := range fileParts {
		for _, part := range parts {
			if _, ok := whole.Properties[part]; !ok {
				t.Errorf("%s may have %s, which no file has", kind, part)
			}
		}
	}
}

// randomTrigger is a trigger as a person may have set it.
func randomTrigger(r *rand.Rand) Trigger {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	word := func() string {
		return pick("plain", "true", "12", "a: b", "# no comment", "- dash", "{{ body.a }}", "two\nlines\n", "“quoted”", "~", "null", "ends with space ", "'", "\ttab")
	}
	texts := func(form string) map[string]string {
		out := map[string]string{}
		for range r.IntN(4) {
			out[pick("email", "team", "note", "n1")] = form
		}
		return out
	}
	t := Trigger{Kind: Kind(pick(string(Schedule), string(Webhook), string(OrgEvents), string(Form), string(CSV), string(API)))}
	if !t.Kind.BuiltIn() {
		t.Name = strings.TrimSpace(word())
	}
	switch t.Kind {
	case Schedule:
		t.Schedule = Timetable{Cron: pick("0 9 * * 1-5", "*/5 * * * *", "0 0 29 2 *"), Zone: pick("UTC", "Europe/Berlin"), CatchUp: CatchUp(pick("once", "skip", "all"))}
		if t.Schedule.CatchUp == CatchAll {
			t.Schedule.Most = 1 + r.IntN(MostCaughtUp)
		}
		t.Inputs = texts(word())
	case Webhook:
		t.Webhook = Receiver{Proof: Proof(pick("hmac", "bearer")), Window: r.IntN(MaxWindow + 1), Limit: r.IntN(MaxLimit + 1), Sample: pick("", "{\"a\": 1}", "{\n  \"a\": \"x\"\n}\n"), Map: texts(pick("{{ body.a }}", "fixed", "{{ lower(body.b) }} x"))}
	case OrgEvents:
		t.Event = Listener{Types: []string{"user.lifecycle.create", "group.user_membership.add"}[:1+r.IntN(2)], Own: r.IntN(2) == 0, Map: texts("{{ event.user.id }}")}
		for range r.IntN(3) {
			t.Event.Where = append(t.Event.Where, Condition{Field: pick("outcome.result", "target.type"), Op: Op(pick("is", "is_not", "contains")), Value: pick("SUCCESS", "a b", "empty", "\"x\"", "true")})
		}
	case CSV:
		t.Rows = Rows{Runners: r.IntN(2) == 0, AtOnce: r.IntN(20)}
	}
	t.Guards = Guards{PerHour: r.IntN(5), MaxChanges: r.IntN(5), Refuse: r.IntN(2) == 0, Skip: r.IntN(2) == 0}
	if r.IntN(2) == 0 {
		t.Guards.Blackouts, t.Guards.Zone = []Blackout{{Days: []time.Weekday{1, 3}, From: 60, To: 30}, {Days: []time.Weekday{0}, From: 0, To: 1440}}, pick("UTC", "Asia/Tokyo")
	}
	return t
}

// TestFilesComeBack: what a person set is the same after it was a file, whatever texts it holds, and writing is stable.
func TestFilesComeBack(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 2))
	for range 2000 {
		want := randomTrigger(r)
		raw, err := WriteFile(want, "New: user", "https://caracal.example/schema/trigger.json")
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadFile(raw)
		if err != nil {
			t.Fatalf("%v\n%s", err, raw)
		}
		same := func(v Trigger) string {
			text, err := json.Marshal([]any{v.Kind, v.Name, v.Config})
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		if same(got.Trigger) != same(want) || got.Workflow != "New: user" {
			t.Fatalf("%s\n%s\n%s", same(want), same(got.Trigger), raw)
		}
		again, err := WriteFile(got.Trigger, got.Workflow, "https://caracal.example/schema/trigger.json")
		if err != nil || !bytes.Equal(raw, again) {
			t.Fatalf("%v\n%s\n%s", err, raw, again)
		}
	}
}

func TestFileNamesWhatWasPicked(t *testing.T) {
	t.Parallel()
	raw, err := WriteFile(Trigger{Kind: Schedule, Name: "N", Config: Config{Inputs: map[string]string{"group": "00g1a2b3"}, Names: map[string]string{"00g1a2b3": "Engineering"},
		Schedule: Timetable{Cron: "0 9 * * *", Zone: "UTC", CatchUp: CatchOnce}}}, "W", "")
	if err != nil || !strings.Contains(string(raw), "group: 00g1a2b3 # Engineering\n") {
		t.Errorf("%v %s", err, raw)
	}
}

// FuzzReadFile: whatever a file holds, it is read or refused with sentences, and what is read can be written and read again.
func FuzzReadFile(f *testing.F) {
	f.Add([]byte(scheduleFile))
	f.Add([]byte("version: 1\nkind: webhook\nname: Desk\nwebhook: {proof: bearer, window: 3}\nmap: {email: '{{ body.mail }}'}\n"))
	f.Add([]byte("version: 1\nkind: event\nname: New\nevent:\n  types: [user.lifecycle.create]\n  where:\n    - {field: outcome.result, op: is, value: SUCCESS}\n"))
	f.Add([]byte("version: 1\nkind: csv\nrows: {runners: true, at_once: 4}\nguards: {blackouts: [daily 22:00-06:00]}\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := ReadFile(raw)
		if err != nil {
			list, ok := Mistakes(err)
			if !ok || len(list) == 0 || slices.ContainsFunc(list, func(m workflow.Mistake) bool { return m.Message == "" }) {
				t.Fatalf("%v", err)
			}
			return
		}
		again, err := WriteFile(file.Trigger, file.Workflow, "")
		if err != nil {
			t.Fatal(err)
		}
		if len(again) > MaxFile {
			return
		}
		if _, err := ReadFile(again); err != nil {
			t.Fatalf("%v\n%s", err, again)
		}
	})
}
