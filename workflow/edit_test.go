package workflow

import (
	"slices"
	"strings"
	"testing"

	"caracal/form"
)

func ids(d Definition) string {
	var out []string
	for _, s := range d.Steps {
		out = append(out, s.ID)
	}
	return strings.Join(out, " ")
}

func abc() Definition { return Definition{Steps: []Step{{ID: "a"}, {ID: "b"}, {ID: "c"}}} }

func TestEditsChangeACopy(t *testing.T) {
	t.Parallel()
	d := onboarding()
	before, _ := d.Encode()
	spec, _ := testRegistry().Get("user.create")
	e, id, err := d.AddStep(spec, Place{At: 99})
	if err != nil || id != "user_create" || ids(e) != "create add user_create" {
		t.Fatal(ids(e), id, err)
	}
	e, id, err = e.AddStep(spec, Place{})
	if err != nil || id != "user_create_2" || ids(e) != "user_create_2 create add user_create" {
		t.Fatal(ids(e), id, err)
	}
	e, id, err = d.DuplicateStep("create")
	if err != nil || ids(e) != "create user_create add" {
		t.Fatal(ids(e), id, err)
	}
	e.Steps[1].Fields["email"] = "changed"
	e = e.RemoveStep("create").MoveStep("add", -1).MoveInput("email", -2).RemoveInput("first")
	e.Inputs[0].Label = "changed"
	if ids(e) != "add user_create" || e.Inputs[0].Name != "email" {
		t.Error(ids(e), e.Inputs)
	}
	if after, _ := d.Encode(); string(after) != string(before) {
		t.Error("an edit changed the original")
	}
	if _, _, err := d.DuplicateStep("gone"); err == nil {
		t.Error("duplicated a step that is not there")
	}
}

func TestMoveAndOrder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		got  Definition
		want string
	}{
		{abc().MoveStep("a", 1), "b a c"}, {abc().MoveStep("a", 99), "b c a"}, {abc().MoveStep("c", -1), "a c b"},
		{abc().MoveStep("a", -1), "a b c"}, {abc().MoveStep("gone", 1), "a b c"},
		{abc().OrderSteps([]string{"c", "a", "b"}, nil), "c a b"},
		{abc().OrderSteps([]string{"c", "x", "c"}, nil), "c a b"},
		{abc().OrderSteps(nil, nil), "a b c"},
	} {
		if ids(c.got) != c.want {
			t.Errorf("got %s, want %s", ids(c.got), c.want)
		}
	}
}

func TestInputsAreNamedAfterTheirLabels(t *testing.T) {
	t.Parallel()
	d, name, err := onboarding().AddInput(form.Date)
	if err != nil || name != "input" {
		t.Fatal(name, err)
	}
	d.Inputs[3].Label = "Début — 1st day!"
	d.Inputs[0].Label = "Given name"
	d = d.NameInputs()
	if d.Inputs[3].Name != "debut_1st_day" || d.Inputs[0].Name != "first" {
		t.Errorf("names %q and %q", d.Inputs[3].Name, d.Inputs[0].Name)
	}
	for label, want := range map[string]string{"": "x", "2nd": "x_2nd", "日本": "x", strings.Repeat("long ", 40): ""} {
		if got := NameFrom(label, "x", func(string) bool { return false }); !IsName(got) || want != "" && got != want {
			t.Errorf("name of %q: %q", label, got)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	var d Definition
	spec, _ := testRegistry().Get("group.create")
	for range MaxSteps {
		d.Steps = append(d.Steps, Step{ID: NameFrom("s", "s", func(n string) bool { return d.StepIndex(n) >= 0 })})
	}
	if _, _, err := d.AddStep(spec, Place{}); err == nil {
		t.Error("a step too many")
	}
	if _, _, err := d.DuplicateStep("s"); err == nil {
		t.Error("a copy too many")
	}
	d.Inputs = make([]Input, MaxInputs)
	if _, _, err := d.AddInput(form.Text); err == nil {
		t.Error("an input too many")
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	d := onboarding()
	if got := Summary(d, testRegistry()); got != "Creates the user “E-mail”, then adds them to “Engineering”." {
		t.Error(got)
	}
	d.Steps[1].Fields = nil
	if got := Describe(d, testRegistry(), 1, Known{}).String(); got != "adds a user to a group" {
		t.Error(got)
	}
	if got := Describe(onboarding(), testRegistry(), 0, Known{Inputs: map[string]string{"email": "ada@example.com"}}).String(); got != "creates the user “ada@example.com”" {
		t.Error(got)
	}
	d = onboarding()
	d.Steps[0].Fields = map[string]string{"email": "new.{{ inputs.email }} (ours)"}
	if got := Describe(d, testRegistry(), 0, Known{}).String(); got != "creates the user “new.E-mail (ours)”" {
		t.Errorf("text and a reference are not one value: %s", got)
	}
	if got := Summary(Definition{}, testRegistry()); got != "Does nothing yet." {
		t.Error(got)
	}
	for range 10 {
		d.Steps = append(d.Steps, Step{Action: "log.search"}, Step{Action: "gone"})
	}
	if got := Summary(d, testRegistry()); !strings.HasSuffix(got, "then does 16 more steps.") || !strings.Contains(got, "search the log") {
		t.Error(got)
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	from, to := onboarding(), onboarding()
	if got := Diff(from, to, testRegistry()); len(got) != 0 {
		t.Error(got)
	}
	to.Name = "Hire"
	to = to.RemoveInput("last").MoveStep("add", -1)
	to.Inputs[0].Required = false
	to.Steps[0].Fields["group"] = "00g2"
	to.Steps = append(to.Steps, Step{ID: "log", Title: "Look", Action: "log.search"})
	var got []string
	for _, c := range Diff(from, to, testRegistry()) {
		got = append(got, c.String())
	}
	want := []string{
		`Workflow: Name changed from "Onboard" to "Hire"`,
		"Input “Last name” removed",
		`Input “First name”: Required changed from "yes" to "no"`,
		`Step 1 “Add”: Group changed from "Engineering (00g1engineering)" to "00g2"`,
		"Step 2 “Create” moved from place 1 to 2",
		"Step 3 “Look” added",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestRunStates(t *testing.T) {
	t.Parallel()
	legal := map[RunState]string{
		RunQueued: "running waiting asking succeeded failed cancelled", RunRunning: "queued waiting asking succeeded failed cancelled",
		RunWaiting: "queued running asking succeeded failed cancelled", RunAsking: "queued running waiting failed cancelled",
	}
	for _, from := range RunStates {
		for _, to := range RunStates {
			want := slices.Contains(strings.Fields(legal[from]), string(to))
			if from.CanMove(to) != want {
				t.Errorf("%s to %s: %v", from, to, !want)
			}
			if from.Ended() && from.CanMove(to) {
				t.Errorf("%s has ended and goes to %s", from, to)
			}
		}
		if from.Title() == "" || !from.Valid() {
			t.Errorf("%s has no title", from)
		}
	}
	steps := map[StepState]string{StepPending: "started waiting done failed skipped", StepStarted: "pending waiting done failed uncertain",
		StepWaiting:   "started done failed skipped",
		StepUncertain: "pending started done failed skipped"}
	for _, from := range StepStates {
		for _, to := range StepStates {
			if want := slices.Contains(strings.Fields(steps[from]), string(to)); from.CanMove(to) != want {
				t.Errorf("step %s to %s: %v", from, to, !want)
			}
		}
	}
}

func FuzzDecodeDefinition(f *testing.F) {
	raw, err := onboarding().Encode()
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{string(raw), "{}", `{"steps":[{"id":"a","fields":{"x":"{{ steps.a.output.b }}"}}]}`, `{"unknown":1}`, "[]", "null"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := DecodeDefinition(raw)
		if err != nil {
			return
		}
		again, err := d.Encode()
		if err != nil {
			return // it grew past the limit
		}
		e, err := DecodeDefinition(again)
		if err != nil || !d.Equal(e) {
			t.Fatalf("%s came back as %+v, %v", again, e, err)
		}
		Check(d, testRegistry(), testApplication())
		Summary(d, testRegistry())
		Diff(d, onboarding(), testRegistry())
		Diff(onboarding(), d.NameInputs(), testRegistry())
	})
}
