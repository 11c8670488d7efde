package views

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"caracal/catalog"
	"caracal/form"
	"caracal/views/ui"
	"caracal/workflow"
)

// RunRow is one line of a list of runs.
type RunRow struct {
	ID, Name, WorkflowID string
	Version              int
	State                workflow.RunState
	By                   string
	Via                  string // what started it, besides a person at the form
	At                   time.Time
	Took                 time.Duration
	Note                 string // why it waits, or what went wrong
	Batch                string // id of the batch that it carries out
}

// href is where a line of the list leads.
func (r RunRow) href() string {
	if r.Batch != "" {
		return BatchPath(r.Batch)
	}
	return "/runs/" + r.ID
}

// RunsProps is the list of runs.
type RunsProps struct {
	Shell     Shell
	Now       time.Time
	Query     string
	Workflow  string
	State     string
	Person    string
	From, To  string     // days
	Workflows []ui.Link  // id in Href, name in Label
	People    []ui.Link  // id in Href, name in Label
	Counts    []RunCount // of the states, under the other filters
	Rows      []RunRow
	Paging    ui.Paging
	Problem   string // what is wrong with a day that was typed
}

// RunCount is one state with how many runs are in it.
type RunCount struct {
	State  workflow.RunState // "" is all of them
	Count  int
	Href   string
	Active bool
}

func (p RunsProps) filtered() bool {
	return p.Query != "" || p.Workflow != "" || p.State != "" || p.Person != "" || p.From != "" || p.To != ""
}

// RunNewProps is the form that starts a run.
type RunNewProps struct {
	Shell       Shell
	Version     workflow.Version
	Registry    *workflow.Registry
	Form        *form.Form
	Names       map[string]string // of what was picked, by id
	Once        string            // a double click on Run is one run
	Application string
	Problems    []workflow.Problem // missing scopes, a paused application
	Confirm     bool               // everything is filled: ask once more, since it destroys
	ConfirmBad  string
	Rules       RuleAdviceProps
	CSV         bool // the person may run it for each row of a file
	Plain       bool // the person may run and no more: nothing is said of the steps and of what a builder would mend
	Builds      bool // the person came from the workflow's own page
}

// crumbs lead back to where the person came from.
func (p RunNewProps) crumbs() []ui.Link {
	if p.Builds {
		return []ui.Link{{Label: "Workflows", Href: "/workflows"}, {Label: p.Version.Definition.Name, Href: p.back()}}
	}
	return []ui.Link{{Label: "Run", Href: "/run"}}
}

func (p RunNewProps) back() string {
	if p.Builds {
		return "/workflows/" + p.Version.WorkflowID
	}
	return "/run"
}

// title is what the page is called.
func (p RunNewProps) title() string {
	if p.Plain {
		return p.Version.Definition.Name
	}
	return "Run " + p.Version.Definition.Name
}

// RunProps is one run.
type RunProps struct {
	Shell Shell
	Live  RunLiveProps
}

// RunLiveProps is the part of the page that follows the run.
type RunLiveProps struct {
	Run         workflow.Run
	Now         time.Time
	Registry    *workflow.Registry
	Definition  workflow.Definition
	By          string
	Via         string // address of the trigger that started it, for who may see it
	Application string
	Names       map[string]string // of picked objects, by id
	MayManage   bool
	MayUndo     bool             // whether this person may take it back
	Undos       []workflow.Run   // that take it back, or did
	Undone      workflow.Run     // what it takes back
	MayRepeat   bool             // whether the workflow can be run again by this person
	Deciders    string           // whom the open approval is put to, in words
	NotMine     string           // why this person can't decide it, or ""
	Above       []workflow.Run   // that this one stands in, the outermost first
	Limit       *RunLimit        // that it waits for, or nil
	Items       map[int]RunItems // that a step goes through, by its index
	Log         RunLog
	Plan        RunPlanProps
	MayMend     bool // whether this person may look at applications and scopes
	ContinuedBy string
	MayContinue bool
}

// every is how often the page looks for news of the run; "" is never.
func (p RunLiveProps) every() string {
	switch {
	case !p.Run.State.Ended():
		return "every 1s"
	case p.Log.awaited() && p.Log.Problem == "":
		return "every 5s"
	}
	return ""
}

func (p RunLiveProps) path() string { return "/runs/" + p.Run.ID }

func (p RunLiveProps) done() int {
	n := 0
	for _, s := range p.Run.Steps {
		if s.State == workflow.StepDone || !p.Run.State.Ended() && s.State == workflow.StepSkipped {
			n++
		}
	}
	return n
}

// allDone reports whether nothing of a run that has ended was left out or failed.
func (p RunLiveProps) allDone() bool { return p.done() == len(p.Run.Steps) }

// progressWords says how far the run is.
func (p RunLiveProps) progressWords() string {
	skipped := 0
	for _, s := range p.Run.Steps {
		if s.State == workflow.StepSkipped && !p.Run.State.Ended() {
			skipped++
		}
	}
	words := strconv.Itoa(p.done()-skipped) + " of " + strconv.Itoa(len(p.Run.Steps)) + " done"
	if skipped > 0 {
		words += ", " + strconv.Itoa(skipped) + " skipped"
	}
	return words
}

// attempts says how often a step was tried, of how often it may be.
func attempts(s workflow.RunStep) string {
	if s.Control.Retries > 0 {
		return "try " + strconv.Itoa(s.Attempts) + " of " + strconv.Itoa(s.Control.Retries+1)
	}
	return strconv.Itoa(s.Attempts) + " attempts"
}

// errorTone is milder for what the run passed over or tries again.
func errorTone(s workflow.RunStep) ui.Tone {
	if s.State != workflow.StepFailed || s.Control.OnError == workflow.GoOn {
		return ui.Warn
	}
	return ui.Bad
}

// findingIcon stands for what is known about a step besides its result.
func findingIcon(s workflow.RunStep) string {
	switch {
	case s.Action == workflow.FlowApproval:
		return "user-check"
	case s.State == workflow.StepSkipped:
		return "circle-minus"
	case s.State == workflow.StepFailed:
		return "arrow-right"
	}
	return "search"
}

// stepLook says how a step stands; a question to people looks like one, and a step that waits for runs of its own is
// at work.
func stepLook(s workflow.RunStep) ui.Look {
	look := ui.StepLook(s.State)
	if _, calls := workflow.IsCall(s.Action); (calls || s.Action == workflow.FlowForEach) && s.State == workflow.StepWaiting {
		look = ui.StepLook(workflow.StepStarted)
	}
	if s.Action == workflow.FlowNote && s.State == workflow.StepDone {
		look.Icon = "square-pen"
	}
	return look
}

// details reports whether a step has more to show than stands on its face.
func (p RunLiveProps) details(s workflow.RunStep) bool {
	if s.Action == workflow.FlowNote {
		return false // the note is all of it
	}
	return len(p.stepInputs(s)) > 0 || len(p.stepOutputs(s)) > 0 || s.Request != ""
}

// took is how long the run has taken so far.
func (p RunLiveProps) took() time.Duration {
	switch {
	case p.Run.StartedAt.IsZero():
		return 0
	case p.Run.EndedAt.IsZero():
		return p.Now.Sub(p.Run.StartedAt)
	}
	return p.Run.EndedAt.Sub(p.Run.StartedAt)
}

func stepTook(s workflow.RunStep) time.Duration {
	if s.StartedAt.IsZero() || s.EndedAt.IsZero() {
		return 0
	}
	return s.EndedAt.Sub(s.StartedAt)
}

// asking returns the step that waits for a person, if the run does.
func (p RunLiveProps) asking() (workflow.RunStep, bool) {
	if p.Run.State != workflow.RunAsking {
		return workflow.RunStep{}, false
	}
	i := slices.IndexFunc(p.Run.Steps, func(s workflow.RunStep) bool { return s.State == workflow.StepUncertain })
	if i < 0 {
		return workflow.RunStep{}, false
	}
	return p.Run.Steps[i], true
}

// line is a name with its value, as tables of inputs and outputs show it.
type line struct {
	Name, Value, Note string
	Shaped            *shaped // of a list or an object; nil for all else
}

// inputLines are what the run was started with, in the order of its form.
func (p RunLiveProps) inputLines() []line {
	var out []line
	for _, in := range p.Definition.Inputs {
		out = append(out, p.value(in.Label, in.Kind, in.Options, p.Run.Input[in.Name]))
	}
	return out
}

func (p RunLiveProps) value(label string, k form.Kind, options []form.Option, v string) line {
	out := line{Name: label, Value: v}
	switch {
	case v == "":
		out.Value = "–"
	case k == form.YesNo:
		out.Value = map[string]string{"true": "Yes", "false": "No"}[v]
	case k == form.Choice:
		for _, o := range options {
			if o.Value == v {
				out.Value = o.Label
			}
		}
	case k == form.Users || k == form.Groups:
		ids := form.SplitList(v)
		for i, id := range ids {
			ids[i] = cmp.Or(p.Names[id], id)
		}
		out.Value = strings.Join(ids, ", ")
	case k.Picker():
		if name := p.Names[v]; name != "" {
			out.Value, out.Note = name, v
		}
	}
	return out
}

// stepInputs are a step's fields as they were sent, in the order of the action's form.
func (p RunLiveProps) stepInputs(s workflow.RunStep) []line {
	spec, _ := p.Registry.Get(s.Action)
	var out []line
	seen := map[string]bool{}
	for _, f := range spec.With(s.Input).Fields {
		blank := f.WhenEmpty().Name
		seen[f.Name], seen[blank], seen[form.OwnPrefix+f.Name] = true, true, true
		switch v := s.Input[f.Name]; {
		case v != "":
			out = append(out, p.value(f.Label, f.Kind, f.Options, v))
		case len(f.Blanks) > 0 && s.Input[blank] != "":
			out = append(out, line{Name: f.Label, Note: "sent " + blankSent(s.Input[blank])})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Input)) {
		if !seen[name] && s.Input[name] != "" {
			out = append(out, line{Name: name, Value: s.Input[name]})
		}
	}
	return out
}

// blankSent says what an empty field sent.
func blankSent(blank string) string {
	if blank == catalog.BlankNull {
		return "as null"
	}
	return "empty"
}

// stepOutputs are what a step gave, in the order of the action's outputs. A secret was never stored.
func (p RunLiveProps) stepOutputs(s workflow.RunStep) []line {
	if s.State != workflow.StepDone {
		return nil
	}
	spec, _ := p.Registry.Get(s.Action)
	var out []line
	seen := map[string]bool{}
	for _, o := range spec.Outputs {
		seen[o.Name] = true
		v, ok := s.Output[o.Name]
		switch {
		case o.Name == ruleNoteOutput: // stands above the details
		case o.Secret:
			out = append(out, line{Name: o.Label, Value: "[hidden]"})
		case ok:
			if l, says := p.output(o, v); says {
				out = append(out, l)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Output)) {
		if seen[name] || name == ruleNoteOutput {
			continue
		}
		if l, says := p.output(workflow.OutputField{Name: name}, s.Output[name]); says {
			out = append(out, l)
		}
	}
	return out
}

// plain writes a stored JSON value for a person.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		if v {
			return "Yes"
		}
		return "No"
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	all := 0
	if list, ok := v.([]any); ok && len(list) > plainEntries {
		v, all = list[:plainEntries], len(list)
	}
	out := writeJSON(v, "  ")
	if len(out) > plainMost {
		out = strings.ToValidUTF8(out[:plainMost], "") + "\n…"
	}
	if all > 0 {
		out += fmt.Sprintf("\n… %d entries in all", all)
	}
	return out
}

// How much of a stored list or object a page shows.
const (
	plainEntries = 20
	plainMost    = 16 << 10
)

// long reports whether a value needs a box of its own.
func long(s string) bool { return len(s) > 240 }

func stepOpen(s workflow.RunStep) bool {
	return s.State == workflow.StepFailed || s.State == workflow.StepUncertain
}

// words says what a step of a run does, with what the run was given.
func (p RunLiveProps) words(i int) workflow.Phrase {
	at := p.Definition.StepIndex(p.Run.Steps[i].StepID) // a run within a loop has some of the steps only
	if at < 0 {
		return nil
	}
	return workflow.Sentence(workflow.Describe(p.Definition, p.Registry, at, workflow.Known{Inputs: p.Run.Input, Names: p.Names}))
}

func runTone(s workflow.RunState) ui.Tone { return ui.RunLook(s).Tone }
