package workflow

import (
	"slices"
	"strings"
	"testing"
	"time"

	"caracal/auth"
	"caracal/form"
)

func flowRegistry() *Registry { return NewRegistry(append(FlowSpecs(), testRegistry().All()...)) }

func TestCheckControl(t *testing.T) {
	t.Parallel()
	wait := func(fields ...string) func(*Definition) {
		return func(d *Definition) {
			s := Step{ID: "wait", Title: "Wait", Action: FlowWait, Fields: map[string]string{"unit": "days"}}
			for i := 0; i < len(fields); i += 2 {
				s.Fields[fields[i]] = fields[i+1]
			}
			d.Steps = append(d.Steps, s)
		}
	}
	only := func(step int, condition string) func(*Definition) {
		return func(d *Definition) { d.Steps[step].OnlyIf = condition }
	}
	both := func(edits ...func(*Definition)) func(*Definition) {
		return func(d *Definition) {
			for _, edit := range edits {
				edit(d)
			}
		}
	}
	for name, c := range map[string]struct {
		edit  func(*Definition)
		place string // step:field; "" is nothing wrong
		want  string
	}{
		"condition":                  {only(1, `{{ inputs.first == "Ada" }}`), "", ""},
		"not a condition":            {only(1, "{{ inputs.first }}"), "add:only_if", "neither true nor false"},
		"two expressions":            {only(1, "{{ inputs.first }}{{ inputs.last }}"), "add:only_if", "one condition"},
		"condition with no end":      {only(1, `{{ inputs.first == `), "add:only_if", "has no }}"},
		"condition that loops":       {only(1, "{{ all([1], true) }}"), "add:only_if", "loop"},
		"condition with a pattern":   {only(1, `{{ inputs.first matches "(a+)+$" }}`), "add:only_if", "atches can't be used"},
		"condition is huge":          {only(1, "{{ "+strings.Repeat("(", 2000)+"true }}"), "add:only_if", "longer than"},
		"condition of the future":    {only(0, "{{ not empty(steps.add.output.x) }}"), "create:only_if", "comes after"},
		"uses what may be skipped":   {only(0, `{{ inputs.first == "Ada" }}`), "add:user", "may be skipped"},
		"both under one condition":   {both(only(0, `{{ inputs.first == "Ada" }}`), only(1, `{{ inputs.first == "Ada" }}`)), "", ""},
		"asks whether it is there":   {both(only(0, `{{ inputs.first == "Ada" }}`), only(1, `{{ not empty(steps.create.output.id) }}`)), "", ""},
		"uses what may fail":         {func(d *Definition) { d.Steps[0].OnError = GoOn }, "add:user", "may fail and be passed over"},
		"unknown way on":             {func(d *Definition) { d.Steps[0].OnError = "explode" }, "create:on_error", "explode"},
		"too many tries":             {func(d *Definition) { d.Steps[0].Retries = 1000 }, "create:on_error", "at most 5 times"},
		"tries without a pause":      {func(d *Definition) { d.Steps[0].Retries = 2 }, "create:on_error", "how long to wait"},
		"wait":                       {wait("amount", "30"), "", ""},
		"wait for an input's time":   {wait("until", "{{ add_days(today(), 3) }}"), "", ""},
		"wait for nothing":           {wait(), "wait:amount", "how long to wait"},
		"wait for both":              {wait("amount", "3", "until", "2027-01-01"), "wait:until", "not both"},
		"wait for ever":              {wait("amount", "100000"), "wait:amount", "ten years"},
		"wait backwards":             {wait("amount", "-3"), "wait:amount", "not a length of time"},
		"wait until soon":            {wait("until", "soon"), "wait:until", "not a day"},
		"nobody is asked":            {func(d *Definition) { d.Steps = append(d.Steps, ask("named", "")) }, "ask:people", "at least one person"},
		"somebody is asked":          {func(d *Definition) { d.Steps = append(d.Steps, ask("named", "p_1")) }, "", ""},
		"whoever runs names himself": {func(d *Definition) { d.Steps = append(d.Steps, ask("named", "{{ inputs.first }}")) }, "ask:people", "takes people"},
		"a wait that is tried again": {both(wait("amount", "3"), func(d *Definition) { d.Steps[2].Retries, d.Steps[2].Pause = 1, 60 }), "wait:on_error", "could fail"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := onboarding()
			c.edit(&d)
			var places []string
			for _, p := range Check(d, flowRegistry(), testApplication()) {
				places = append(places, p.Step+":"+p.Field+" "+p.Message)
			}
			switch {
			case c.place == "" && len(places) > 0:
				t.Errorf("problems: %q", places)
			case c.place != "" && !slices.ContainsFunc(places, func(p string) bool { return strings.HasPrefix(p, c.place+" ") && strings.Contains(p, c.want) }):
				t.Errorf("got %q, want %s %s", places, c.place, c.want)
			}
		})
	}
}

func ask(who, people string) Step {
	return Step{ID: "ask", Title: "Ask", Action: FlowApproval, Fields: map[string]string{"message": "May it?", "who": who, "people": people, "unit": "days", "then": "fail"},
		Names: map[string]string{"p_1": "Grace"}}
}

func TestFlowInWords(t *testing.T) {
	t.Parallel()
	d := onboarding()
	d.Inputs = append(d.Inputs, Input{Name: "contractor", Label: "Contractor", Kind: form.YesNo})
	d.Steps[1].Control = Control{OnlyIf: `{{ inputs.first == "Ada" and yes(inputs.contractor) }}`, OnError: GoOn, Retries: 2, Pause: 60}
	named := ask("named", "p_1")
	named.Fields["amount"], named.Fields["then"] = "2", "go_on"
	d.Steps = append(d.Steps, named,
		Step{ID: "wait", Title: "Wait", Action: FlowWait, Fields: map[string]string{"amount": "1", "unit": "weeks"}},
		Step{ID: "until", Title: "Wait", Action: FlowWait, Fields: map[string]string{"until": "{{ inputs.last }}"}, Control: Control{OnlyIf: "{{ inputs.contractor }}"}},
		Step{ID: "stop", Title: "Stop", Action: FlowStopUnless, Fields: map[string]string{"condition": `{{ inputs.last != "" }}`, "message": "x"}})
	for i, want := range map[int]string{
		1: `if “First name” is “Ada” and yes(“Contractor”), adds them to “Engineering” (if it fails, tries again 2 times, 1 minute apart, then goes on without it)`,
		2: `asks “Grace” for approval within “2” “days”, and goes on without an answer`,
		3: "waits 1 week", 4: "if “Contractor” is yes, waits until “Last name”", 5: "stops unless “Last name” is not empty",
	} {
		if got := Describe(d, flowRegistry(), i, Known{}).String(); got != want {
			t.Errorf("step %d: %s\nwant %s", i+1, got, want)
		}
	}
	var changes []string
	for _, c := range Diff(onboarding(), d, flowRegistry()) {
		changes = append(changes, c.String())
	}
	for _, want := range []string{`Only if set to "inputs.first == \"Ada\" and yes(inputs.contractor)"`, `If it fails set to "tries again 2 times`, "Step 3 “Ask” added"} {
		if !slices.ContainsFunc(changes, func(c string) bool { return strings.Contains(c, want) }) {
			t.Errorf("no change %s in %q", want, changes)
		}
	}
	raw, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if back, err := DecodeDefinition(raw); err != nil || !back.Equal(d) {
		t.Errorf("it does not come back as it was: %v", err)
	}
	old, err := onboarding().Encode()
	if err != nil || strings.Contains(string(old), "only_if") || strings.Contains(string(old), "retries") {
		t.Errorf("a definition without conditions is stored in another way: %s %v", old, err)
	}
}

func TestWrapCondition(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"": "", "  ": "", "{{}}": "", `inputs.a == "x"`: `{{ inputs.a == "x" }}`, `{{ inputs.a == "x" }}`: `{{ inputs.a == "x" }}`,
		`{{ inputs.a }} == "x  y"`: `{{ inputs.a  == "x  y" }}`, `{{ inputs.a }} and {{ inputs.b }}`: "{{ inputs.a  and  inputs.b }}", `inputs.a == "}}"`: `{{ inputs.a == "" }}`,
	} {
		got := WrapCondition(typed)
		if got != want || got != "" && WrapCondition(BareCondition(got)) != got {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

func TestMayDecide(t *testing.T) {
	t.Parallel()
	approver, admin := auth.User{ID: "p", Roles: []auth.Role{auth.Approver}}, auth.User{ID: "a", Roles: []auth.Role{auth.Admin}}
	for _, c := range []struct {
		who, people string
		by          auth.User
		want        bool
	}{
		{WhoAnyone, "", approver, true}, {WhoAnyone, "", admin, true}, {WhoApprover, "", admin, false}, {WhoAdmin, "", approver, false},
		{WhoNamed, "x,p", approver, true}, {WhoNamed, "x", approver, false}, {WhoNamed, "", approver, false},
		{WhoNamed, "o", auth.User{ID: "o", Roles: []auth.Role{auth.Operator}}, false}, {WhoAnyone, "", auth.User{ID: "starter", Roles: auth.Roles}, false},
	} {
		if got := MayDecide(RunStep{Input: map[string]string{"who": c.who, "people": c.people}}, "starter", c.by) == ""; got != c.want {
			t.Errorf("%s %q by %s: %v", c.who, c.people, c.by.ID, got)
		}
	}
}

func TestParseMoment(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{"2026-03-31": "2026-03-31T00:00:00Z", "2026-03-31T09:30:00+02:00": "2026-03-31T07:30:00Z",
		" 2026-03-31 09:30 ": "2026-03-31T09:30:00Z", "2026-13-01": "", "tomorrow": "", "": ""} {
		got, err := ParseMoment(s)
		if (err == nil) != (want != "") || err == nil && got.Format(time.RFC3339) != want {
			t.Errorf("%q: %s %v", s, got, err)
		}
	}
}
