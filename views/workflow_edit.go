package views

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"caracal/form"
	"caracal/views/ui"
	"caracal/workflow"
)

// BuilderProps is the builder page of one workflow. The page is one form: every button saves what was typed,
// then does what it says, so that nothing is lost with or without a script.
type BuilderProps struct {
	Shell        Shell
	Workflow     workflow.Workflow // Draft is what the form shows
	Registry     *workflow.Registry
	Applications []ui.Link // id in Href, name in Label
	Approvers    []ui.Link // people who may decide approvals, where a step asks for some
	Problems     []workflow.Problem
	Editor       string // names this open page: its saves follow each other
	SavedAt      time.Time
	SavedBy      string // "" when it was this person
	Conflict     *BuilderConflict
	Notice       string // what was just done, beside an undo
	Undo         int64  // the revision that undo goes back to, or 0
	Focus        string // id of the element that takes the focus
	Menu         string // step id and field name, joined by ".", whose value menu is open
	Add          string // place of the open list of actions
	Remove       string // id of the step whose removal, with all it holds, is asked about
	Move         string // id of the step whose new place is asked for
	Paste        PasteProps
	AsYAML       string   // id of the step that is shown as a file has it
	YAML         string   // what a file has of that step and of those that it holds
	Trail        Trail    // what can be undone and done again
	Query        string   // what was typed into that list
	Open         []string // ids of the steps whose fields are shown; those of few steps, or with something wrong, are anyway
	Previews     Previews
	Own          map[string]OwnFields // by step: the attributes that only this org has
	Kept         map[string]bool      // ids of the steps whose fields the browser has still; see KeptBodies
}

// Trail is what an open builder can go back and forth to: revisions of the draft, the nearest last.
type Trail struct{ Back, Forth []int64 }

// Words writes both ways as a form and an address carry them.
func (t Trail) Words() (back, forth string) {
	write := func(list []int64) string {
		out := make([]string, len(list))
		for i, n := range list {
			out[i] = strconv.FormatInt(n, 10)
		}
		return strings.Join(out, ",")
	}
	return write(t.Back), write(t.Forth)
}

// BuilderConflict says that somebody else saved the draft since this page was read.
type BuilderConflict struct {
	By       string
	At       time.Time
	Revision int64 // theirs
	Changes  []workflow.Change
}

func (p *BuilderProps) path() string { return "/workflows/" + p.Workflow.ID }

func (p *BuilderProps) draft() *workflow.Definition { return &p.Workflow.Draft }

// aboutOpen reports whether what the workflow is stands open: there is nothing else yet, or something in it is to be
// mended.
func (p *BuilderProps) aboutOpen() bool {
	return len(p.draft().Steps) == 0 || slices.ContainsFunc(p.Problems, func(q workflow.Problem) bool {
		return q.Step == "" && q.Input == "" && q.Field != "steps" && q.Field != "inputs"
	})
}

// aboutWords says in a few words what the workflow acts on and who may run it.
func (p *BuilderProps) aboutWords() string {
	words := []string{"no application yet"}
	for _, a := range p.Applications {
		if a.Href == p.draft().ApplicationID {
			words[0] = a.Label
		}
	}
	for _, r := range p.draft().Runners {
		words = append(words, strings.ToLower(r.Title())+"s may run it")
	}
	return strings.Join(words, " · ")
}

// fewSteps is how many steps are shown with their fields from the first.
const fewSteps = 3

// opened reports whether the fields of a step are shown: it was left so, it has the focus, or something in it is to be
// mended.
func (p *BuilderProps) opened(id string) bool {
	if len(p.draft().Steps) <= fewSteps || slices.Contains(p.Open, id) || strings.HasPrefix(p.Menu, id+".") || p.Focus == "step-"+id || strings.HasPrefix(p.Focus, "s-"+id+"-") {
		return true
	}
	return slices.ContainsFunc(p.Problems, func(q workflow.Problem) bool { return q.Step == id && !q.Advice })
}

// inputsOpen reports whether the inputs are shown: there are few steps or no inputs yet, they were left open, or
// something in them has the focus or is to be mended.
func (p *BuilderProps) inputsOpen() bool {
	return len(p.draft().Steps) <= fewSteps || len(p.draft().Inputs) == 0 || slices.Contains(p.Open, inputsFold) || strings.HasPrefix(p.Focus, "i-") ||
		strings.Contains(p.Focus, "-input-") || slices.ContainsFunc(p.Problems, func(q workflow.Problem) bool { return q.Input != "" && !q.Advice || q.Field == "inputs" })
}

// inputsFold is what the inputs are called among what is open; no step is called so, for the name holds a hyphen.
const inputsFold = "all-inputs"

// inputsWords names the inputs.
func (p *BuilderProps) inputsWords() string {
	var words []string
	for i, in := range p.draft().Inputs {
		if i == 6 {
			words = append(words, "and "+strconv.Itoa(len(p.draft().Inputs)-i)+" more")
			break
		}
		words = append(words, cmp.Or(in.Label, "input "+strconv.Itoa(i+1)))
	}
	return strings.Join(words, " · ")
}

// The names that the form posts: those of inputs and steps in their order, and one for each of their fields.

func inputName(name, field string) string { return "input." + name + "." + field }
func inputID(name, field string) string   { return "i-" + name + "-" + field }
func stepName(id, field string) string    { return "step." + id + "." + field }
func stepFieldID(id, field string) string {
	return "s-" + id + "-" + strings.ReplaceAll(field, ".", "-")
}
func stepFieldName(id, name string) string { return "step." + id + ".field." + name }

// controlled reports whether a step says more than that it runs, or something is wrong with what it says.
func (p *BuilderProps) controlled(s *workflow.Step) bool {
	control := s.Control
	control.In, control.When = "", "" // its place is seen
	return control != (workflow.Control{}) || p.problem(s.ID, "", workflow.OnlyIfField)+p.problem(s.ID, "", "on_error") != "" ||
		p.Menu == s.ID+"."+workflow.OnlyIfField
}

// controlName is what the form calls a condition: one of an action's fields, or the step's own.
func controlName(step, field string) string {
	if field == workflow.OnlyIfField {
		return stepName(step, field)
	}
	return stepFieldName(step, field)
}

// pauseOf is what the form shows as the pause between tries.
func pauseOf(s *workflow.Step) int {
	if s.Pause == 0 {
		return 60
	}
	return s.Pause
}

// approvers are the people to choose from, and those who were chosen and can't decide any more.
func (p *BuilderProps) approvers(s *workflow.Step, value string) []ui.Link {
	out := slices.Clone(p.Approvers)
	for _, id := range form.SplitList(value) {
		if !slices.ContainsFunc(out, func(l ui.Link) bool { return l.Href == id }) {
			out = append(out, ui.Link{Label: cmp.Or(s.Names[id], id) + " (can't decide any more)", Href: id})
		}
	}
	return out
}

func optionLines(options []form.Option) string {
	var lines []string
	for _, o := range options {
		lines = append(lines, o.Label)
	}
	return strings.Join(lines, "\n")
}

// upFront splits the fields of a step that calls an operation into those that are shown at once and those that are
// folded: the optional ones past the first few, unless something is filled in or wrong. Curated actions have few.
func (p *BuilderProps) upFront(s *workflow.Step, spec *workflow.ActionSpec) (first, rest []*form.Field) {
	first = make([]*form.Field, 0, len(spec.Fields))
	few := spec.Request == "" || len(spec.Fields) <= manyInputs+2
	for i := range spec.Fields {
		f := &spec.Fields[i]
		if few || f.Required || i < manyInputs-4 || s.Fields[f.Name] != f.Default || s.Fields[f.WhenEmpty().Name] != "" || p.problem(s.ID, "", f.Name) != "" {
			first = append(first, f)
		} else {
			rest = append(rest, f)
		}
	}
	return first, rest
}

func itemLabel(label, otherwise string) string {
	if label == "" {
		return otherwise
	}
	return "“" + label + "”"
}

// reworded returns the places of the steps whose words a save changed.
func (p *BuilderProps) reworded(before workflow.Definition) []int {
	var out []int
	for i, s := range p.draft().Steps {
		j := before.StepIndex(s.ID)
		if j < 0 || workflow.Describe(before, p.Registry, j, workflow.Known{}).String() != workflow.Describe(*p.draft(), p.Registry, i, workflow.Known{}).String() {
			out = append(out, i)
		}
	}
	return out
}
