package workflow

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestReadSteps: steps are read as a file has them, alone or in a list, and what is wrong is said with its line.
func TestReadSteps(t *testing.T) {
	t.Parallel()
	const create = "- id: g\n  action: group.create\n  fields:\n    name: Sales\n"
	for name, tt := range map[string]struct{ text, want string }{
		"a list":              {create, "g Create a group"},
		"two":                 {create + "- id: m\n  title: Add\n  action: group.add_member\n  fields: {group: '{{ steps.g.output.id }}'}\n", "g Create a group, m Add"},
		"one alone":           {"action: group.create\ntitle: Mine\n", " Mine"},
		"under their key":     {"steps:\n" + create, "g Create a group"},
		"nothing":             {" \n", "The text is empty; paste at least one step, beginning with: - action:"},
		"an empty list":       {"[]", "line 1: There is no step here; paste at least one, beginning with: - action:"},
		"text":                {"suspend them", "line 1: What is pasted must be a list, each entry on a line that begins with a dash."},
		"a whole workflow":    {"version: 1\nname: X\nsteps:\n" + create, "line 1: This is a whole workflow; paste what stands under steps, or import the file as a workflow of its own."},
		"no action":           {"- id: g\n", `line 1: The action "" is not known to this Caracal; ` + "`caracal workflow schema` lists those that are."},
		"an unknown field":    {create + "    nmae: Sales\n", `line 5: The action group.create has no field "nmae"; its fields are name, description.`},
		"an unknown key":      {create + "  colour: red\n", `line 5: "colour" is not a key that is known here; the keys are action, fields, id, if_it_fails, on_error, only_if, own_fields, pause, retries, steps, title, when_empty.`},
		"one id twice":        {create + create, `line 5: The id "g" stands on line 1 too; give each step its own.`},
		"an anchor":           {"- &a\n  action: group.create\n", "line 1: Anchors (&a) are not read; write the value out where it is needed."},
		"broken":              {"- action: [", "line 2: This is not YAML: did not find expected node content."},
		"several texts":       {create + "---\n" + create, "line 5: A second document begins here; put each workflow into a file of its own."},
		"held by no for-each": {create + "  steps:\n  - action: group.create\n", "line 5: Only a step with the action flow.for_each holds steps; the action here is \"group.create\"."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steps, err := ReadSteps([]byte(tt.text), testRegistry())
			var words []string
			for _, s := range steps {
				words = append(words, s.ID+" "+s.Title)
			}
			got := strings.Join(words, ", ")
			if err != nil {
				got = err.Error()
				if mistakes := (Mistakes)(nil); !errors.As(err, &mistakes) {
					t.Errorf("%T is no list of mistakes", err)
				}
			}
			if got != tt.want {
				t.Errorf("%s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestPasteSteps: what is copied and pasted beside itself uses its own steps, in blocks too, and the first stays as it was.
func TestPasteSteps(t *testing.T) {
	t.Parallel()
	registry := flowRegistry()
	d := loopFlow()
	d.Steps[5].Action, d.Steps[5].Fields = "group.add_member", map[string]string{"user": "{{ steps.each.output.item }}", "group": "{{ steps.deeper.output.item }}"}
	d.Steps[1].Fields, d.Steps[4].Fields = map[string]string{ListField: "{{ [steps.find.output.id] }}"}, map[string]string{ListField: "{{ steps.each.output.item }}"}
	d = d.WithDefaults(registry)
	for _, s := range d.Steps {
		text, err := WriteStepYAML(d, s.ID, registry)
		if err != nil {
			t.Fatal(err)
		}
		steps, err := ReadSteps([]byte(text), registry)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		place, _ := d.OutOf(s.ID)
		pasted, ids, err := d.PasteSteps(steps, place)
		if err != nil {
			t.Fatal(err)
		}
		if len(ids) != 1 || len(pasted.Steps) != len(d.Steps)+len(steps) {
			t.Fatalf("%v of %d are %d", ids, len(d.Steps), len(pasted.Steps))
		}
		seen := map[string]bool{}
		for _, p := range pasted.Steps {
			if seen[p.ID] {
				t.Errorf("%s stands twice", p.ID)
			}
			seen[p.ID] = true
			if i := d.StepIndex(p.ID); i >= 0 && !reflect.DeepEqual(p, d.Steps[i]) {
				t.Errorf("%+v was %+v", p, d.Steps[i])
			}
		}
		again, err := WriteStepYAML(pasted, ids[0], registry)
		if err != nil {
			t.Fatal(err)
		}
		for _, held := range steps { // but for the names, it says the same
			i := slices.IndexFunc(steps, func(o Step) bool { return o.ID == held.ID })
			now := pasted.Steps[pasted.StepIndex(ids[0])+i].ID
			again = strings.NewReplacer("id: "+now+"\n", "id: "+held.ID+"\n", "steps."+now+".", "steps."+held.ID+".").Replace(again)
		}
		if again != text {
			t.Errorf("%s\nwas\n%s", again, text)
		}
	}
}

// TestPasteIsBounded: a workflow holds so many steps, and blocks so deep.
func TestPasteIsBounded(t *testing.T) {
	t.Parallel()
	d := onboarding()
	if _, _, err := d.PasteSteps(make([]Step, MaxSteps), Place{}); err == nil {
		t.Error("more steps than a workflow has were pasted")
	}
	deep := Definition{}
	for n := range MaxDepth {
		s := Step{ID: "each" + text(n), Action: FlowForEach}
		if n > 0 {
			s.In = "each" + text(n-1)
		}
		deep.Steps = append(deep.Steps, s)
	}
	last := Place{Block: Block{In: "each" + text(MaxDepth-1)}}
	if _, _, err := deep.PasteSteps([]Step{{Action: "group.create"}}, last); err != nil {
		t.Error(err)
	}
	if _, _, err := deep.PasteSteps([]Step{{ID: "a", Action: FlowForEach}, {ID: "b", Action: "group.create", Control: Control{In: "a"}}}, last); err == nil {
		t.Error("a block stands too deep")
	}
}

// FuzzReadSteps: whatever is pasted is read or refused, and what is read can be put into a workflow, each id once.
func FuzzReadSteps(f *testing.F) {
	for _, seed := range []string{"", "- action: group.create\n", "steps: [{action: flow.for_each, id: each, steps: [{action: group.create}]}]", "- &a {action: x}\n- *a", "[[[]]]", "- id: create\n  action: user.create\n  only_if: '{{ steps.create.output.id != \"\" }}'"} {
		f.Add([]byte(seed))
	}
	registry := flowRegistry()
	f.Fuzz(func(t *testing.T, raw []byte) {
		steps, err := ReadSteps(raw, registry)
		if err != nil {
			var mistakes Mistakes
			if !errors.As(err, &mistakes) || len(mistakes) == 0 {
				t.Fatalf("%v", err)
			}
			return
		}
		pasted, ids, err := onboarding().PasteSteps(steps, Place{})
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, s := range pasted.Steps {
			if seen[s.ID] || !IsName(s.ID) {
				t.Fatalf("%q", s.ID)
			}
			seen[s.ID] = true
		}
		if len(ids) == 0 || len(pasted.Steps) != 2+len(steps) {
			t.Fatalf("%v, %d of %d", ids, len(pasted.Steps), len(steps))
		}
		Check(pasted, registry, nil)
	})
}
