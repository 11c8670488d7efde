package workflow

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Takeover is what becomes of a step when its run is continued.
type Takeover string

// The ways to go on.
const (
	TakeOver Takeover = "take_over" // it was done, and what it gave is taken over
	DoFirst  Takeover = "first"     // it was not begun, or is new
	DoAgain  Takeover = "again"     // it was begun, and is carried out (or gone on with) in the new run
)

// Resume is how a step that holds other runs goes on with those of an earlier run: with the items of a for-each
// that did not succeed, or with the run of a workflow that was called.
type Resume struct {
	Run     string   `json:"run"`               // whose step it continues
	Step    int      `json:"step"`              // its Index there
	Again   []string `json:"again,omitempty"`   // keys of steps within that a person allowed to be done again
	Changed []string `json:"changed,omitempty"` // inputs that differ from those of the earlier run
	Redone  []string `json:"redone,omitempty"`  // steps around it that are carried out anew
	Anew    bool     `json:"anew,omitempty"`    // approvals within are asked again
}

// ResumedStep is one step of a run that continues another, and why it stands as it does.
type ResumedStep struct {
	Key    string    // what a person names it by who says that it may be done again
	Step   RunStep   // as the new run begins with it
	Was    StepState // how it stood; "" where it is new
	What   Takeover
	Why    string // sentences
	Open   bool   // whoever continues says whether it is done again, or kept as it was done
	Unsafe bool   // done again, it may do a second time what it did already
	Within []ResumedStep
	Runs   int // within another step: in how many of its runs
}

// Must reports whether the run can be continued only after somebody said that this step may be done again.
func (s ResumedStep) Must() bool { return s.Unsafe && !s.Open && s.What == DoAgain }

// Resuming is a run that ended and the version that goes on with it.
type Resuming struct {
	Was        Run // with its steps
	Definition Definition
	Steps      []RunStep // of the definition: those of the same part as Was
	Version    int
	Changed    []string // inputs that differ
	Redone     []string // steps around this run that are carried out anew
	Anew       bool     // approvals are asked again
	Spec       func(action string) (ActionSpec, bool)
	// Again says of a step, by its key, whether it is done again; known is false for what nobody was asked yet.
	Again func(key string) (again, known bool)
}

// Plan says what becomes of each step. It asks for nothing and changes nothing.
func (r Resuming) Plan() []ResumedStep {
	needed := map[string]string{} // steps whose result is gone, with who needs it
	for {
		rows := r.pass(needed)
		before := len(needed)
		for _, row := range rows {
			if row.What != TakeOver {
				r.missing(row, rows, needed)
			}
		}
		if len(needed) == before {
			return rows
		}
	}
}

// Gone returns the steps that were done and that the version does not have any more: what they did stays.
func (r Resuming) Gone() (out []RunStep) {
	for _, s := range r.Was.Steps {
		if s.State == StepDone && !slices.ContainsFunc(r.Steps, func(n RunStep) bool { return n.StepID == s.StepID }) {
			out = append(out, s)
		}
	}
	return out
}

func (r Resuming) was(id string) *RunStep {
	if i := slices.IndexFunc(r.Was.Steps, func(s RunStep) bool { return s.StepID == id }); i >= 0 {
		return &r.Was.Steps[i]
	}
	return nil
}

func (r Resuming) pass(needed map[string]string) (rows []ResumedStep) {
	redone := map[string]bool{}
	for _, id := range r.Redone {
		redone[id] = true
	}
	for i, s := range r.Steps {
		s.Index = i
		row := r.judge(s, redone, needed[s.StepID])
		row.Key = s.StepID
		if row.Step.Resume != nil {
			row.Step.Resume = Resume{Run: row.Step.Resume.Run, Step: row.Step.Resume.Step, Redone: row.Step.Resume.Redone}.Following(Resume{
				Changed: row.Step.Resume.Changed, Redone: slices.Sorted(maps.Keys(redone)), Anew: row.Step.Resume.Anew})
		}
		if row.What != TakeOver {
			redone[s.StepID] = true
		}
		if row.What == DoAgain && row.Unsafe {
			row.Step.Doubt = true // until it has been done again, should that run end before
		}
		rows = append(rows, row)
	}
	return rows
}

// judge says what becomes of one step. neededBy says who needs what it gave where that is not known any more.
func (r Resuming) judge(s RunStep, redone map[string]bool, neededBy string) ResumedStep {
	row := ResumedStep{Step: s, What: DoFirst}
	was := r.was(s.StepID)
	switch {
	case was == nil:
		row.Why = fmt.Sprintf("New in version %d.", r.Version)
		return row
	case was.Action != s.Action:
		row.Was, row.Why = was.State, fmt.Sprintf("It does something else in version %d.", r.Version)
		return row
	}
	row.Was = was.State
	why := r.changes(s, *was, redone)
	again := func(words string) ResumedStep {
		row.What, row.Why = DoAgain, words
		return row
	}
	switch {
	case s.Action == FlowApproval && was.State == StepDone:
		if r.Anew || len(why) > 0 || len(redone) > 0 {
			return again("It is asked again: an approval holds for what was shown to whom it was put to, and only for whoever started that run.")
		}
		return r.takeOver(row, *was, "")
	case holdsRuns(*was):
		return r.goOn(row, *was, why)
	case was.State == StepDone && neededBy != "":
		row.Unsafe = r.unsafe(s)
		return again(neededBy)
	case was.State == StepDone && len(why) == 0:
		return r.takeOver(row, *was, "")
	case was.State == StepDone:
		return r.choose(row, *was, why)
	case was.State == StepSkipped && was.Attempts == 0 && !was.EndedAt.IsZero() && len(why) == 0:
		return r.takeOver(row, *was, "")
	case was.State == StepFailed && s.Control.OnError != StopRun && was.Control.OnError != StopRun:
		return r.choose(row, *was, append([]string{"It failed, and the workflow went on without it."}, why...))
	case was.Attempts == 0 && !was.Doubt:
		return row
	}
	row.Unsafe = r.unsafe(s) && (was.Doubt || was.State == StepUncertain || was.State == StepStarted)
	words := "It did not end."
	switch {
	case row.Unsafe:
		words = "It may have been done already. Look in Okta first: done again, it may do the same a second time."
	case was.State == StepFailed:
		words = "It failed: " + was.Error
	}
	return again(strings.Join(append([]string{words}, why...), " "))
}

// takeOver keeps a step as it was.
func (r Resuming) takeOver(row ResumedStep, was RunStep, why string) ResumedStep {
	s := row.Step
	kept := was
	kept.RunID, kept.Index, kept.Title, kept.Fields, kept.Control = "", s.Index, s.Title, s.Fields, s.Control
	kept.Before = nil // what it replaced is the earlier run's to bring back
	kept.Resume = nil // it went on with what it had to, and is done
	if kept.TakenFrom == "" {
		kept.TakenFrom = r.Was.ID
	}
	row.What, row.Step, row.Why = TakeOver, kept, why
	return row
}

// choose lets a person say whether a step that was done is done again. What can't be repeated without harm is
// kept unless somebody says so; the rest is done again.
func (r Resuming) choose(row ResumedStep, was RunStep, why []string) ResumedStep {
	spec, _ := r.Spec(was.Action)
	row.Unsafe = r.unsafe(row.Step) && (was.State == StepDone || was.Doubt)
	row.Open = spec.Effect != Reads
	again, known := r.again(row.Step.StepID)
	if !known {
		again = !row.Unsafe && was.State == StepDone
	}
	words := strings.Join(why, " ")
	if !row.Open || again {
		row.What, row.Why = DoAgain, words
		if row.Unsafe {
			row.Why += " Done again, it does a second time what it did."
		}
		return row
	}
	return r.takeOver(row, was, strings.TrimSpace(words+" What it did is kept."))
}

// goOn continues a step that holds other runs: only those of them that did not succeed are carried out.
func (r Resuming) goOn(row ResumedStep, was RunStep, why []string) ResumedStep {
	row.What = DoAgain
	words := "The workflow that it runs is continued."
	if was.Action == FlowForEach {
		words = "Only the items that did not succeed are carried out."
	}
	if was.State == StepDone && was.Action == FlowForEach {
		row.Open = true // it ended well enough for the workflow: whoever continues may leave it at that
		if again, known := r.again(row.Step.StepID); known && !again {
			return r.takeOver(row, was, strings.Join(append(why, "What it did is kept."), " "))
		}
	}
	row.Why = strings.Join(append([]string{words}, why...), " ")
	row.Step.Resume = &Resume{Run: r.Was.ID, Step: was.Index, Changed: r.Changed, Anew: r.Anew}
	if was.Attempts == 0 { // it was to go on with other runs, and was never reached
		row.Step.Resume = was.Resume.Following(*row.Step.Resume)
	}
	return row
}

// Following returns what a step goes on with whose run was to go on with others and has none of its own.
func (r Resume) Following(later Resume) *Resume {
	later.Run, later.Step = r.Run, r.Step
	later.Changed = slices.Compact(slices.Sorted(slices.Values(slices.Concat(r.Changed, later.Changed))))
	later.Redone = slices.Compact(slices.Sorted(slices.Values(slices.Concat(r.Redone, later.Redone))))
	later.Anew = r.Anew || later.Anew
	return &later
}

func (r Resuming) again(key string) (again, known bool) {
	if r.Again == nil {
		return false, false
	}
	return r.Again(key)
}

// holdsRuns reports whether a step has runs of its own that can be gone on with.
func holdsRuns(was RunStep) bool {
	_, calls := IsCall(was.Action)
	if !calls && was.Action != FlowForEach || was.Attempts == 0 && was.Resume == nil {
		return false
	}
	return was.State != StepDone || Number(was.Output[FailedOutput]) > 0
}

// Number reads a stored number, 0 for what is none.
func Number(v any) int {
	switch n := v.(type) {
	case int:
		return n
	case float64:
		return int(n)
	}
	return 0
}

// unsafe reports whether a step, done twice, does something twice.
func (r Resuming) unsafe(s RunStep) bool {
	if s.Action == FlowForEach {
		return slices.ContainsFunc(r.inside(s.StepID), func(in Step) bool {
			return r.unsafe(RunStep{StepID: in.ID, Action: in.Action}) && in.Action != FlowForEach
		})
	}
	if IsFlow(s.Action) {
		return false
	}
	spec, known := r.Spec(s.Action)
	_, calls := IsCall(s.Action)
	return calls || !known || spec.Repeat != Harmless
}

// inside returns the steps of the blocks of a for-each, however deep.
func (r Resuming) inside(id string) []Step {
	i := r.Definition.StepIndex(id)
	if i < 0 {
		return nil
	}
	return r.Definition.Steps[i+1 : r.Definition.End(i)]
}

// uses returns what a step refers to, with the steps in it.
func (r Resuming) uses(s RunStep) (out []Reference) {
	take := func(fields map[string]string, onlyIf string) {
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if t, err := ParseTemplate(fields[name]); err == nil {
				out = append(out, t.References()...)
			}
		}
		if t, err := ParseTemplate(onlyIf); err == nil {
			out = append(out, t.References()...)
		}
	}
	take(s.Fields, s.Control.OnlyIf)
	if s.Action == FlowForEach {
		for _, in := range r.inside(s.StepID) {
			take(in.Fields, in.OnlyIf)
		}
	}
	return out
}

// changes says in sentences what differs for a step since it was carried out.
func (r Resuming) changes(s, was RunStep, redone map[string]bool) (why []string) {
	if !maps.Equal(s.Fields, was.Fields) || s.Control.OnlyIf != was.Control.OnlyIf {
		why = append(why, fmt.Sprintf("It is filled differently in version %d.", r.Version))
	}
	said := map[string]bool{}
	say := func(key, format string, args ...any) {
		if !said[key] {
			said[key] = true
			why = append(why, fmt.Sprintf(format, args...))
		}
	}
	if s.Control.When == WhenFailed && redone[s.Control.In] {
		say(s.Control.In, "It follows the failure of “%s”, which is done again.", r.title(s.Control.In))
	}
	for _, ref := range r.uses(s) {
		switch {
		case ref.Input != "" && slices.Contains(r.Changed, ref.Input):
			say("inputs."+ref.Input, "It uses “%s”, which was changed.", r.label(ref.Input))
		case ref.Step != "" && redone[ref.Step]:
			say(ref.Step, "It uses what “%s” gives, which is done again.", r.title(ref.Step))
		}
	}
	return why
}

// missing notes the steps that are taken over though a step that is carried out needs something of them which is
// not known any more: secrets live only in memory, and of what a person marked as done the result is not known.
func (r Resuming) missing(row ResumedStep, rows []ResumedStep, needed map[string]string) {
	for _, ref := range r.uses(row.Step) {
		i := slices.IndexFunc(rows, func(o ResumedStep) bool { return ref.Step != "" && o.Key == ref.Step })
		if i < 0 || rows[i].What != TakeOver || rows[i].Step.State != StepDone || needed[ref.Step] != "" {
			continue
		}
		switch out := rows[i].Step.Output; {
		case out == nil:
			needed[ref.Step] = fmt.Sprintf("A person marked it as done, so its result is not known, and “%s” needs %q of it.", row.Step.Title, ref.Output)
		case HoldsHidden(out[ref.Output]):
			needed[ref.Step] = fmt.Sprintf("Its result %q was secret and kept only in memory, and “%s” needs it.", ref.Output, row.Step.Title)
		}
	}
}

func (r Resuming) title(id string) string {
	if i := r.Definition.StepIndex(id); i >= 0 {
		return r.Definition.Steps[i].Title
	}
	return id
}

func (r Resuming) label(input string) string {
	if i := r.Definition.InputIndex(input); i >= 0 {
		return r.Definition.Inputs[i].Label
	}
	return input
}

// ChangedInputs returns the names of the inputs whose values differ, in order.
func ChangedInputs(was, now map[string]string) (names []string) {
	for name, value := range now {
		if was[name] != value {
			names = append(names, name)
		}
	}
	for name, value := range was {
		if _, there := now[name]; !there && value != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Identity is what tells an item of a list from the others: its id, where it has one.
func Identity(item any) string { return identity(item) }
