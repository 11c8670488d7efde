package workflow

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"caracal/auth"
	"caracal/form"
)

const goodFile = `# Kept in Git; see the runbook.
version: 1
name: Onboard
purpose: |-
  New colleagues.
  Ask HR when in doubt.
application: Acme
runners:
  - operator
inputs:
  - name: email
    label: E-mail
    kind: email
    required: true
  - name: contract
    label: Contract
    kind: choice
    options:
      - Permanent
      - value: fixed
        label: Fixed term
steps:
  - id: create
    title: Create
    action: user.create
    fields:
      first_name: Zoë # for now
      last_name: 42
      email: '{{ inputs.email }}'
`

const nestedFile = `version: 1
name: Welcome
steps:
  - id: each
    title: Each member
    action: flow.for_each
    fields:
      list: '{{ inputs.members }}'
    if_it_fails:
      - id: say
        title: Say it
        action: log.search
    steps:
      - id: create
        title: Create
        action: group.create
        fields:
          name: '{{ steps.each.output.item }}'
        if_it_fails: []
      - id: inner
        title: Inner
        action: flow.for_each
        steps:
          - id: deep
            title: Deep
            action: log.search
  - id: after
    title: After
    action: log.search
`

func TestReadYAMLOfBlocks(t *testing.T) {
	t.Parallel()
	f, err := ReadYAML([]byte(nestedFile), blockRegistry())
	if err != nil {
		t.Fatal(err)
	}
	if problem := wellFormed(f.Definition); problem != "" || ids(f.Definition) != "each create inner deep say after" {
		t.Fatal(ids(f.Definition), problem)
	}
	for problem, line := range map[Problem]int{{Step: "say"}: 10, {Step: "create", Field: "name"}: 18, {Step: "deep"}: 24, {Step: "after", Field: "title"}: 28, {Step: "each", Field: "list"}: 8} {
		if got := f.Line(problem); got != line {
			t.Errorf("%+v stands on line %d, not %d", problem, line, got)
		}
	}
	if s := f.Definition.Steps; s[0].OnError != Branch || s[1].OnError != Branch || s[2].OnError != StopRun || s[4].When != WhenFailed {
		t.Errorf("read %+v", s)
	}
	raw, err := WriteYAML(f.Definition, blockRegistry(), WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"  steps:\n  - id: create\n", "    if_it_fails: []\n", "  if_it_fails:\n  - id: say\n"} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("no %q in\n%s", want, raw)
		}
	}
	if strings.Contains(string(raw), "on_error") || strings.Contains(string(raw), "in:") {
		t.Errorf("wrote\n%s", raw)
	}
}

func TestReadYAML(t *testing.T) {
	t.Parallel()
	f, err := ReadYAML([]byte(goodFile), testRegistry())
	if err != nil {
		t.Fatal(err)
	}
	d := f.Definition
	if f.Application != "Acme" || d.ApplicationID != "" || d.Name != "Onboard" || d.Purpose != "New colleagues.\nAsk HR when in doubt." ||
		!slices.Equal(d.Runners, []auth.Role{auth.Operator}) || len(d.Inputs) != 2 || !d.Inputs[0].Required ||
		!slices.Equal(d.Inputs[1].Options, []form.Option{{Value: "Permanent", Label: "Permanent"}, {Value: "fixed", Label: "Fixed term"}}) {
		t.Fatalf("read %+v", f)
	}
	if got := d.Steps[0].Fields; got["last_name"] != "42" || got["first_name"] != "Zoë" || got["email"] != "{{ inputs.email }}" {
		t.Errorf("fields are %v", got)
	}
	if login, there := d.Steps[0].Fields["login"]; !there || login != "" {
		t.Error("a field that is not named does not get its default")
	}
	for problem, line := range map[Problem]int{
		{Step: "create", Field: "last_name"}: 28, {Step: "create"}: 23, {Input: "contract", Field: "options"}: 18,
		{Field: "application_id"}: 7, {Field: "name"}: 3, {Step: "create", Field: "login"}: 23,
	} {
		if got := f.Line(problem); got != line {
			t.Errorf("%+v stands on line %d, not %d", problem, line, got)
		}
	}
}

// tooDeep is a file with one block too many.
func tooDeep() string {
	b := strings.Builder{}
	b.WriteString("version: 1\nsteps:\n")
	for i := range MaxDepth + 2 {
		indent := strings.Repeat("    ", i)
		b.WriteString(indent + "  - id: s" + text(i) + "\n" + indent + "    if_it_fails:\n")
	}
	return b.String() + strings.Repeat("    ", MaxDepth+2) + "  - id: last\n"
}

func TestReadYAMLRefuses(t *testing.T) {
	t.Parallel()
	deep := "version: 1\nname: " + strings.Repeat("[", 20_000)
	indent := "version: 1\nname:\n" + strings.Repeat("- ", 200_000)
	bomb := "version: 1\na: &a [x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b]\nname: *c\n"
	for name, tt := range map[string]struct{ in, want string }{
		"empty":                  {"", "The file is empty"},
		"only a comment":         {"# nothing\n", "The file is empty"},
		"text":                   {"hello", "line 1: The file must begin with keys"},
		"list":                   {"- a", "line 1: The file must begin with keys"},
		"not YAML":               {"version: 1\nname: \"x\nsteps: [", "This is not YAML"},
		"tab":                    {"version: 1\nsteps:\n\t- id: a\n", "line 3: This is not YAML"},
		"not text":               {"version: 1\nname: \xff\xfe", "not UTF-8"},
		"zero byte":              {"version: 1\nname: \"a\\0b\"", "line 2: name holds a zero byte"},
		"no version":             {"name: x", "does not say the version"},
		"newer":                  {"version: 2\nnonsense: x", "line 1: The file is of version 2"},
		"version of words":       {"version: one", "line 1: The version of the format must be a number"},
		"unknown key":            {"version: 1\nname: x\nstepps: []", `line 3: "stepps" is not a key`},
		"unknown step key":       {"version: 1\nsteps:\n  - id: a\n    action: group.create\n    colour: red", `line 5: "colour" is not a key that is known here; the keys are action,`},
		"unknown option":         {"version: 1\ninputs:\n  - options:\n      - text: x", `line 4: "text" is not a key of a choice`},
		"twice":                  {"version: 1\nname: x\nname: y", "line 3: \"name\" stands here a second time, first on line 2"},
		"field twice":            {"version: 1\nsteps:\n  - action: group.create\n    fields:\n      name: a\n      name: b", "line 6: \"name\" stands here a second time"},
		"wrong type":             {"version: 1\nsteps: none", "line 2: steps must be a list"},
		"text for a map":         {"version: 1\nsteps:\n  - action: group.create\n    fields: x", "line 4: fields must be keys with values"},
		"list for text":          {"version: 1\nname: [a]", "line 2: name must be text"},
		"map in a field":         {"version: 1\nsteps:\n  - action: group.create\n    fields:\n      name: {a: b}", "line 5: name must be text"},
		"expression":             {"version: 1\nsteps:\n  - action: group.create\n    fields:\n      name: {{ inputs.x }}", "line 5:"},
		"yes":                    {"version: 1\ninputs:\n  - required: yes", "line 3: required must be true or false"},
		"comma":                  {"version: 1\nsteps:\n  - action: group.create\n    fields:\n      name: ['a,b']", "line 5: An entry of name holds a comma"},
		"unknown action":         {"version: 1\nsteps:\n  - id: a\n    action: group.explode", "line 4: The action \"group.explode\" is not known"},
		"unknown field":          {"version: 1\nsteps:\n  - action: group.create\n    fields:\n      nam: x", "line 5: The action group.create has no field \"nam\"; its fields are name, description"},
		"anchor":                 {"version: 1\nname: &n x", "line 2: Anchors (&n) are not read"},
		"alias":                  {"version: 1\nname: &n x\npurpose: *n", "line 3: Aliases (*n) are not read"},
		"merge":                  {"version: 1\nx: &x {name: a}\n<<: *x", `"<<" is not a key`},
		"tag":                    {"version: 1\nname: !!binary eA==", "line 2: Tags (!!binary) are not read"},
		"two documents":          {"version: 1\n---\nversion: 1", "A second document begins here"},
		"bomb":                   {bomb, "Aliases (*c) are not read"},
		"deep brackets":          {deep, "This is not YAML"},
		"deep lists":             {indent, "This is not YAML"},
		"huge":                   {"version: 1\nname: " + strings.Repeat("x", MaxDefinition), "bytes; a workflow has at most"},
		"many lines":             {"version: 1\nsteps:\n" + strings.Repeat("- #\n", 200_000), "The file has more than 50000 lines"},
		"many entries":           {"version: 1\nname: [" + strings.Repeat("a,", 400_000) + "]", "The file has more than 100000 commas"},
		"many entries in a list": {"version: 1\nsteps:\n" + strings.Repeat("- id: a\n", 5_000), "steps has 5000 entries"},
		"many steps":             {"version: 1\nsteps:\n" + strings.Repeat("- title: a\n", 201), "line 203: A workflow has at most 200 steps"},
		"two ids":                {"version: 1\nsteps:\n  - id: a\n    action: log.search\n  - id: b\n    action: log.search\n    if_it_fails:\n      - action: log.search\n        id: a", "line 9: The id \"a\" stands on line 3 too"},
		"steps of no loop":       {"version: 1\nsteps:\n  - id: a\n    action: log.search\n    steps: []", "line 5: Only a step with the action flow.for_each holds steps; the action here is \"log.search\""},
		"key in a block":         {"version: 1\nsteps:\n  - id: a\n    action: log.search\n    if_it_fails:\n      - colour: red", "line 6: \"colour\" is not a key that is known here; the keys are action, fields, id, if_it_fails,"},
		"in":                     {"version: 1\nsteps:\n  - id: a\n    in: b", "line 4: \"in\" is not a key"},
		"holder without id":      {"version: 1\nsteps:\n  - action: log.search\n    if_it_fails:\n      - id: a", "line 3: A step that holds others needs an id"},
		"two ends":               {"version: 1\nsteps:\n  - id: a\n    action: log.search\n    on_error: go_on\n    if_it_fails: []", "line 5: The step says what to do when it fails in on_error and in if_it_fails"},
		"deep blocks":            {"version: 1\nsteps: " + strings.Repeat("[{id: a, action: flow.for_each, steps: ", 100) + "[]" + strings.Repeat("}]", 100), "line 2: "},
		"too deep":               {tooDeep(), "line 13: Blocks stand at most 4 deep in one another"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begun := time.Now()
			_, err := ReadYAML([]byte(tt.in), testRegistry())
			if took := time.Since(begun); took > 5*time.Second {
				t.Errorf("took %s", took)
			}
			var mistakes Mistakes
			if !errors.As(err, &mistakes) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// nasty are texts that YAML reads as something else, or that need care.
var nasty = []string{"", "~", "null", "true", "no", "24", "0x10", "1e3", "2026-03-31", "- a", "a: b", "a #b", " lead", "trail ", "\n", "a\n", "a\n\nb\n",
	"  a\nb", "\ta\tb", "{{ inputs.x }}", "*a", "&a", "!x", "|", "'", `"`, "\r\n", "a\u2028b", "\u0085", "\ufeffx", "😀", "%", "---", "...", "a\n---\nb", "[", "<<", "=", "\x1b[0m", "a \nb", "\n a", "# x"}

func anyText() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom(nasty), rapid.Map(rapid.SliceOfN(rapid.SampledFrom(nasty), 1, 4), func(s []string) string { return strings.Join(s, "") }),
		rapid.StringN(0, 20, 60))
}

// anyDefinition makes definitions of a real shape with texts of any kind: what the builder may have saved.
func anyDefinition(t *rapid.T) Definition {
	word := func(name string) string {
		return strings.ReplaceAll(strings.ToValidUTF8(anyText().Draw(t, name), ""), "\x00", "")
	}
	d := Definition{Name: word("name"), Purpose: word("purpose")}
	for range rapid.IntRange(0, 2).Draw(t, "runners") {
		d.Runners = append(d.Runners, auth.Role(word("role")))
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "inputs") {
		in := Input{Name: "in" + text(i), Label: word("label"), Help: word("help"), Kind: rapid.SampledFrom(InputKinds).Draw(t, "kind"), Required: rapid.Bool().Draw(t, "required")}
		for range rapid.IntRange(0, 2).Draw(t, "options") {
			in.Options = append(in.Options, form.Option{Value: word("value"), Label: word("option")})
		}
		d.Inputs = append(d.Inputs, in)
	}
	registry := blockRegistry()
	for i := range rapid.IntRange(0, 8).Draw(t, "steps") {
		spec := rapid.SampledFrom(registry.All()).Draw(t, "action")
		s := Step{ID: "s" + text(i), Title: word("title"), Action: spec.ID, Fields: map[string]string{}, Names: map[string]string{}}
		for _, f := range spec.Fields {
			if f.Kind.Picker() {
				s.Fields[f.Name] = rapid.SampledFrom([]string{"00g1abc", "00g1abc,00g2def", "a,b", "a,,b", "x, y", "{{ a }},{{ b }}"}).Draw(t, "ids")
				s.Names["00g1abc"] = word("object")
			} else {
				s.Fields[f.Name] = word("field")
			}
		}
		s.OnError = rapid.SampledFrom([]OnError{StopRun, GoOn, Branch}).Draw(t, "on error")
		if i > 0 && rapid.Bool().Draw(t, "inside") {
			holder := rapid.SampledFrom(d.Steps).Draw(t, "holder")
			for _, when := range []When{WhenEach, WhenFailed} {
				if holder.CanHold(when) && d.Depth(d.StepIndex(holder.ID)) < MaxDepth {
					s.In, s.When = holder.ID, when
				}
			}
		}
		d.Steps = append(d.Steps, s)
	}
	return d.Arrange()
}

// TestYAMLRoundTrip: whatever was saved comes back as it was, and is written the same again.
func TestYAMLRoundTrip(t *testing.T) {
	t.Parallel()
	registry := blockRegistry()
	rapid.Check(t, func(t *rapid.T) {
		d := anyDefinition(t).WithDefaults(registry)
		raw, err := WriteYAML(d, registry, WriteOptions{Application: "Acme: \"x\"", Schema: "https://caracal.example/schema/workflow.json"})
		if err != nil {
			t.Fatal(err)
		}
		f, err := ReadYAML(raw, registry)
		if err != nil {
			t.Fatalf("%v in\n%s", err, raw)
		}
		if f.Application != "Acme: \"x\"" {
			t.Fatalf("application %q", f.Application)
		}
		got, want := f.Definition, d.Clone()
		for i := range want.Steps {
			want.Steps[i].Names = nil
		}
		if !got.Equal(want) {
			a, _ := got.Encode()
			b, _ := want.Encode()
			t.Fatalf("got\n%s\nwant\n%s\nfrom\n%s", a, b, raw)
		}
		again, err := WriteYAML(f.Adopt(d, ""), registry, WriteOptions{Application: f.Application, Schema: "https://caracal.example/schema/workflow.json"})
		if err != nil || string(again) != string(raw) {
			t.Fatalf("written again (%v)\n%s\nfirst\n%s", err, again, raw)
		}
	})
}

func TestWriteYAMLNamesWhatWasPicked(t *testing.T) {
	t.Parallel()
	d := onboarding()
	d.Steps[1].Names["00g1engineering"] = "Engi\nneering # 1"
	raw, err := WriteYAML(d, testRegistry(), WriteOptions{Application: "Acme"})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(raw), "group: 00g1engineering # Engi neering # 1\n") || !strings.HasPrefix(string(raw), "version: 1\nname: Onboard\n") || strings.Contains(string(raw), "login:") {
		t.Errorf("wrote\n%s", raw)
	}
}

func TestAdoptKeepsKeysAndNames(t *testing.T) {
	t.Parallel()
	was := onboarding()
	was.Inputs[0].Key, was.Inputs[1].Key = "input", "email" // the second would take the third's name
	raw, err := WriteYAML(was, testRegistry(), WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := ReadYAML(raw, testRegistry())
	if err != nil {
		t.Fatal(err)
	}
	d := f.Adopt(was, "app_1")
	if d.Inputs[0].Key != "input" || d.Inputs[1].Key != "" || d.Steps[1].Names["00g1engineering"] != "Engineering" || d.ApplicationID != "app_1" {
		t.Errorf("adopted %+v", d)
	}
	if other := f.Adopt(was, "app_2"); other.Steps[1].Names != nil {
		t.Error("names of another org are kept")
	}
	if problems := Check(d, testRegistry(), testApplication()); len(problems) > 0 {
		t.Errorf("problems %+v", problems)
	}
}

func FuzzReadYAML(f *testing.F) {
	f.Add([]byte(goodFile))
	f.Add([]byte("version: 1\nname: &a [*a]\n"))
	f.Add([]byte("version: 1\nsteps:\n  - ? [a]\n    : b\n"))
	files, err := filepath.Glob("templates/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte(nestedFile))
	registry := blockRegistry()
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := ReadYAML(raw, registry)
		if err != nil {
			var mistakes Mistakes
			if !errors.As(err, &mistakes) || len(mistakes) == 0 || len(mistakes) > maxMistakes {
				t.Fatalf("the error is %T %v", err, err)
			}
			return
		}
		Check(file.Definition, registry, nil)
		out, err := WriteYAML(file.Definition, registry, WriteOptions{Application: file.Application})
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadYAML(out, registry)
		if err != nil || !again.Definition.Equal(file.Definition) {
			t.Fatalf("not the same again: %v\n%s", err, out)
		}
	})
}

// TestYAMLKeepsControl: what says when a step runs and what follows its failure is part of the file.
func TestYAMLKeepsControl(t *testing.T) {
	t.Parallel()
	registry := NewRegistry(append(FlowSpecs(), ActionSpec{ID: "group.create", Title: "Create a group", Object: "Groups"}))
	want := Control{OnlyIf: `{{ inputs.name != "" }}`, OnError: GoOn, Retries: 2, Pause: 60}
	raw, err := WriteYAML(Definition{Name: "x", Steps: []Step{{ID: "a", Title: "A", Action: "group.create", Control: want}}}, registry, WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	file, err := ReadYAML(raw, registry)
	if err != nil || file.Definition.Steps[0].Control != want {
		t.Errorf("read back %+v, %v, from\n%s", file.Definition.Steps, err, raw)
	}
}
