package workflow

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// resumeSpecs: "make" must not be repeated and gives a secret, "set" may be, "read" reads.
func resumeSpecs(id string) (ActionSpec, bool) {
	s, ok := map[string]ActionSpec{
		"make": {ID: "make", Effect: Changes, Repeat: Never}, "set": {ID: "set", Effect: Changes, Repeat: Harmless},
		"read": {ID: "read", Effect: Reads, Repeat: Harmless}, "workflow.wf_2": {ID: "workflow.wf_2", Effect: Changes, Repeat: Never},
	}[id]
	return s, ok
}

// stood is how a step of the earlier run stood.
func stood(state StepState, change ...func(*RunStep)) func(*RunStep) {
	return func(s *RunStep) {
		s.State = state
		if state == StepDone || state == StepFailed {
			s.Attempts, s.EndedAt = 1, time.Unix(1000, 0)
		}
		if state == StepDone {
			s.Output = Output{"id": "x"}
		}
		for _, c := range change {
			c(s)
		}
	}
}

func TestResume(t *testing.T) {
	t.Parallel()
	doubt := func(s *RunStep) { s.Doubt = true }
	tried := func(s *RunStep) { s.Attempts = 1 }
	out := func(o Output) func(*RunStep) { return func(s *RunStep) { s.Output = o } }
	step := func(id, action string, fields ...string) Step {
		s := Step{ID: id, Title: strings.ToUpper(id), Action: action, Fields: map[string]string{}}
		for i, f := range fields {
			s.Fields[string(rune('a'+i))] = f
		}
		return s
	}
	only := func(s Step, condition string) Step { s.OnlyIf = condition; return s }
	passing := func(s Step) Step { s.OnError = GoOn; return s }
	within := func(s Step, in string) Step { s.In = in; return s }
	after := func(s Step, in string) Step { s.In, s.When = in, WhenFailed; return s }
	branching := func(s Step) Step { s.OnError = Branch; return s }
	given := []Input{{Name: "x", Label: "X"}}
	for name, c := range map[string]struct {
		was     []Step
		stood   []func(*RunStep)
		now     []Step // was when nil
		changed []string
		anew    bool
		again   map[string]bool
		want    string // key:what, with ! for must, ? for open, ~ for one that goes on with runs
		why     map[string]string
	}{
		"the failed step": {was: []Step{step("a", "make"), step("b", "make", "{{ steps.a.output.id }}"), step("c", "set")},
			stood: []func(*RunStep){stood(StepDone), stood(StepFailed), stood(StepSkipped)}, want: "a:take_over b:again c:first", why: map[string]string{"b": "It failed"}},
		"a step in doubt": {was: []Step{step("a", "make")}, stood: []func(*RunStep){stood(StepFailed, doubt)}, want: "a:again!", why: map[string]string{"a": "Look in Okta first"}},
		"cancelled while in doubt": {was: []Step{step("a", "make"), step("b", "set")}, stood: []func(*RunStep){stood(StepUncertain, tried), stood(StepSkipped)},
			want: "a:again! b:first"},
		"harmless in doubt":   {was: []Step{step("a", "set")}, stood: []func(*RunStep){stood(StepUncertain, tried)}, want: "a:again"},
		"cancelled in a wait": {was: []Step{step("a", FlowWait)}, stood: []func(*RunStep){stood(StepSkipped, tried)}, want: "a:again"},
		"looked up, to be done again, and cancelled": {was: []Step{step("a", "make")}, stood: []func(*RunStep){stood(StepSkipped, tried, func(s *RunStep) { s.EndedAt = time.Unix(5, 0) })},
			want: "a:again"},
		"a new step before a done one": {was: []Step{step("a", "make")}, stood: []func(*RunStep){stood(StepDone)}, now: []Step{step("n", "set"), step("a", "make")},
			want: "n:first a:take_over", why: map[string]string{"n": "New in version 2"}},
		"another action under the same name": {was: []Step{step("a", "make")}, stood: []func(*RunStep){stood(StepDone)}, now: []Step{step("a", "set")}, want: "a:first"},
		"an input changed, harmless":         {was: []Step{step("a", "set", "{{ inputs.x }}")}, stood: []func(*RunStep){stood(StepDone)}, changed: []string{"x"}, want: "a:again?", why: map[string]string{"a": "“X”, which was changed"}},
		"an input changed, kept all the same": {was: []Step{step("a", "set", "{{ inputs.x }}")}, stood: []func(*RunStep){stood(StepDone)}, changed: []string{"x"}, again: map[string]bool{"a": false},
			want: "a:take_over?"},
		"an input changed, unsafe": {was: []Step{step("a", "make", "{{ inputs.x }}"), step("b", "set", "{{ steps.a.output.id }}")}, stood: []func(*RunStep){stood(StepDone), stood(StepDone)},
			changed: []string{"x"}, want: "a:take_over? b:take_over", why: map[string]string{"a": "What it did is kept"}},
		"an input changed, unsafe and ticked": {was: []Step{step("a", "make", "{{ inputs.x }}"), step("b", "set", "{{ steps.a.output.id }}")}, stood: []func(*RunStep){stood(StepDone), stood(StepDone)},
			changed: []string{"x"}, again: map[string]bool{"a": true}, want: "a:again? b:again?", why: map[string]string{"a": "a second time", "b": "“A” gives"}},
		"what is read is read again": {was: []Step{step("a", "read", "{{ inputs.x }}")}, stood: []func(*RunStep){stood(StepDone)}, changed: []string{"x"}, again: map[string]bool{"a": false}, want: "a:again"},
		"filled differently":         {was: []Step{step("a", "set", "1")}, stood: []func(*RunStep){stood(StepDone)}, now: []Step{step("a", "set", "2")}, want: "a:again?", why: map[string]string{"a": "differently in version 2"}},
		"a secret that is needed": {was: []Step{step("a", "make"), step("b", "set", "{{ steps.a.output.pw }}")}, stood: []func(*RunStep){stood(StepDone, out(Output{"pw": "[hidden]"})), stood(StepFailed)},
			want: "a:again! b:again", why: map[string]string{"a": "only in memory"}},
		"a secret that nobody needs": {was: []Step{step("a", "make"), step("b", "set", "{{ steps.a.output.id }}")}, stood: []func(*RunStep){stood(StepDone, out(Output{"id": "1", "pw": "[hidden]"})), stood(StepFailed)},
			want: "a:take_over b:again"},
		"a secret within a value": {was: []Step{step("a", "set"), step("b", "set", "{{ steps.a.output.o }}")}, stood: []func(*RunStep){stood(StepDone, out(Output{"o": map[string]any{"n": []any{"x [hidden]"}}})), stood(StepFailed)},
			want: "a:again b:again"},
		"secrets one behind the other": {was: []Step{step("a", "make"), step("b", "make", "{{ steps.a.output.pw }}"), step("c", "set", "{{ steps.b.output.pw }}")},
			stood: []func(*RunStep){stood(StepDone, out(Output{"pw": "[hidden]"})), stood(StepDone, out(Output{"pw": "[hidden]"})), stood(StepSkipped)}, want: "a:again! b:again! c:first"},
		"marked by a person": {was: []Step{step("a", "make"), step("b", "set", "{{ steps.a.output.id }}")}, stood: []func(*RunStep){stood(StepDone, out(nil)), stood(StepFailed)},
			want: "a:again! b:again", why: map[string]string{"a": "A person marked it"}},
		"marked by a person, and not needed": {was: []Step{step("a", "make"), step("b", "set")}, stood: []func(*RunStep){stood(StepDone, out(nil)), stood(StepFailed)}, want: "a:take_over b:again"},
		"an approval":                        {was: []Step{step("a", FlowApproval), step("b", "set")}, stood: []func(*RunStep){stood(StepDone), stood(StepFailed)}, want: "a:take_over b:again"},
		"an approval of something else":      {was: []Step{step("a", FlowApproval), step("b", "set")}, stood: []func(*RunStep){stood(StepDone), stood(StepFailed)}, anew: true, want: "a:again b:again"},
		"an approval after what is redone": {was: []Step{step("r", "read", "{{ inputs.x }}"), step("a", FlowApproval)}, stood: []func(*RunStep){stood(StepDone), stood(StepDone)}, changed: []string{"x"},
			want: "r:again a:again"},
		"skipped by its condition": {was: []Step{only(step("a", "set"), "{{ inputs.x }}"), step("b", "set")}, stood: []func(*RunStep){stood(StepSkipped, func(s *RunStep) { s.EndedAt = time.Unix(5, 0) }), stood(StepFailed)},
			want: "a:take_over b:again"},
		"skipped, and its condition is told anew": {was: []Step{only(step("a", "set"), "{{ inputs.x }}")}, stood: []func(*RunStep){stood(StepSkipped, func(s *RunStep) { s.EndedAt = time.Unix(5, 0) })}, changed: []string{"x"}, want: "a:first"},
		"passed over":             {was: []Step{passing(step("a", "set")), step("b", "set")}, stood: []func(*RunStep){stood(StepFailed), stood(StepFailed)}, want: "a:take_over? b:again"},
		"passed over, and wanted": {was: []Step{passing(step("a", "set")), step("b", "set")}, stood: []func(*RunStep){stood(StepFailed), stood(StepFailed)}, again: map[string]bool{"a": true}, want: "a:again? b:again"},
		"after a failure that is again": {was: []Step{branching(step("a", "set")), after(step("b", "make"), "a"), step("c", "set")}, stood: []func(*RunStep){stood(StepFailed), stood(StepDone), stood(StepFailed)},
			again: map[string]bool{"a": true}, want: "a:again? b:take_over? c:again", why: map[string]string{"b": "follows the failure"}},
		"a loop that failed": {was: []Step{step("l", FlowForEach, "{{ inputs.x }}"), within(step("i", "make"), "l"), step("z", "set")}, stood: []func(*RunStep){stood(StepFailed), nil, stood(StepSkipped)},
			want: "l:again~ z:first", why: map[string]string{"l": "Only the items"}},
		"a loop that went on": {was: []Step{step("l", FlowForEach), within(step("i", "make"), "l"), step("z", "set", "{{ steps.l.output.gathered }}")}, stood: []func(*RunStep){stood(StepDone, out(Output{"count": 3.0, "failed": 1.0})), nil, stood(StepDone)},
			want: "l:again?~ z:again?"},
		"a loop that went on, left at that": {was: []Step{step("l", FlowForEach), within(step("i", "make"), "l")}, stood: []func(*RunStep){stood(StepDone, out(Output{"count": 3.0, "failed": 1.0})), nil}, again: map[string]bool{"l": false}, want: "l:take_over?"},
		"a loop that was done":              {was: []Step{step("l", FlowForEach), within(step("i", "make"), "l"), step("z", "set")}, stood: []func(*RunStep){stood(StepDone, out(Output{"count": 3.0, "failed": 0.0})), nil, stood(StepFailed)}, want: "l:take_over z:again"},
		"a loop that uses what was changed": {was: []Step{step("l", FlowForEach), within(step("i", "make", "{{ inputs.x }}"), "l")}, stood: []func(*RunStep){stood(StepDone, out(Output{"count": 3.0, "failed": 0.0})), nil}, changed: []string{"x"}, want: "l:take_over?"},
		"a loop that needs a secret": {was: []Step{step("a", "make"), step("l", FlowForEach), within(step("i", "set", "{{ steps.a.output.pw }}"), "l")}, stood: []func(*RunStep){stood(StepDone, out(Output{"pw": "[hidden]"})), stood(StepFailed), nil},
			want: "a:again! l:again~"},
		"a workflow that failed":    {was: []Step{step("w", "workflow.wf_2")}, stood: []func(*RunStep){stood(StepFailed)}, want: "w:again~"},
		"a workflow that was done":  {was: []Step{step("w", "workflow.wf_2", "{{ inputs.x }}")}, stood: []func(*RunStep){stood(StepDone)}, changed: []string{"x"}, want: "w:take_over?"},
		"a workflow never begun":    {was: []Step{step("w", "workflow.wf_2")}, stood: []func(*RunStep){stood(StepSkipped)}, want: "w:first"},
		"an action nobody knows":    {was: []Step{step("a", "gone")}, stood: []func(*RunStep){stood(StepFailed, doubt)}, want: "a:again!"},
		"stopped by the flow":       {was: []Step{step("a", FlowStopUnless, "{{ inputs.x }}"), step("b", "set")}, stood: []func(*RunStep){stood(StepFailed), stood(StepSkipped)}, want: "a:again b:first"},
		"nothing but what is there": {was: []Step{step("a", "set")}, stood: []func(*RunStep){stood(StepDone)}, now: []Step{}, want: ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := Definition{Inputs: given, Steps: c.was}
			after := before
			if c.now != nil {
				after.Steps = c.now
			}
			was := Run{ID: "run_1", Steps: before.RunSteps("")}
			for i := range was.Steps {
				was.Steps[i].RunID, was.Steps[i].Index = was.ID, i
				if how := c.stood[before.StepIndex(was.Steps[i].StepID)]; how != nil {
					how(&was.Steps[i])
				}
			}
			copied := slices.Clone(was.Steps)
			r := Resuming{Was: was, Definition: after, Steps: after.RunSteps(""), Version: 2, Changed: c.changed, Anew: c.anew, Spec: resumeSpecs}
			if c.again != nil {
				r.Again = func(key string) (bool, bool) { v, ok := c.again[key]; return v, ok }
			}
			var got []string
			for i, row := range r.Plan() {
				word := row.Key + ":" + string(row.What)
				if row.Must() {
					word += "!"
				}
				if row.Open {
					word += "?"
				}
				if row.Step.Resume != nil {
					word += "~"
				}
				got = append(got, word)
				if why := c.why[row.Key]; !strings.Contains(row.Why, why) {
					t.Errorf("%s: why is %q, want %q in it", row.Key, row.Why, why)
				}
				if row.Step.Index != i || row.Step.StepID != row.Key {
					t.Errorf("%s: the step is %+v", row.Key, row.Step)
				}
				if row.What == TakeOver && (row.Step.TakenFrom != "run_1" || row.Step.State != row.Was) || row.What != TakeOver && (row.Step.TakenFrom != "" || row.Step.State != "" || row.Step.Output != nil) {
					t.Errorf("%s: %s begins as %+v", row.Key, row.What, row.Step)
				}
			}
			if text := strings.Join(got, " "); text != c.want {
				t.Errorf("got  %s\nwant %s", text, c.want)
			}
			for i := range copied {
				if !maps.Equal(copied[i].Fields, was.Steps[i].Fields) || copied[i].State != was.Steps[i].State {
					t.Errorf("the earlier run was changed: %+v", was.Steps[i])
				}
			}
		})
	}
}

func TestResumeNamesWhatIsGone(t *testing.T) {
	t.Parallel()
	r := Resuming{Was: Run{Steps: []RunStep{{StepID: "a", State: StepDone}, {StepID: "b", State: StepDone}, {StepID: "c", State: StepSkipped}}}, Steps: []RunStep{{StepID: "b"}}}
	if gone := r.Gone(); len(gone) != 1 || gone[0].StepID != "a" {
		t.Errorf("got %+v", gone)
	}
}
