package views

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"caracal/auth"
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
	Notice       string   // what was just done, beside an undo
	Undo         int64    // the revision that undo goes back to, or 0
	Focus        string   // id of the element that takes the focus
	Menu         string   // step id and field name, joined by ".", whose value menu is open
	Add          string   // place of the open list of actions
	Remove       string   // id of the step whose removal, with all it holds, is asked about
	Move         string   // id of the step whose new place is asked for
	Trail        Trail    // what can be undone and done again
	Query        string   // what was typed into that list
	Open         []string // ids of the steps whose fields are shown; those of few steps, or with something wrong, are anyway
	Previews     Previews
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

func (p BuilderProps) path() string { return "/workflows/" + p.Workflow.ID }

func (p BuilderProps) draft() workflow.Definition { return p.Workflow.Draft }

// problem returns the first problem of a place.
func (p BuilderProps) problem(step, input, field string) string {
	for _, q := range p.Problems {
		if q.Step == step && q.Input == input && q.Field == field && q.Scope == "" && !q.Advice {
			return q.Message
		}
	}
	return ""
}

// advice returns what is worth mending about a place, missing scopes aside.
func (p BuilderProps) advice(field string) string {
	for _, q := range p.Problems {
		if q.Step == "" && q.Input == "" && q.Field == field && q.Advice {
			return q.Message
		}
	}
	return ""
}

func (p BuilderProps) scopes(step string) []workflow.Problem {
	var out []workflow.Problem
	for _, q := range p.Problems {
		if q.Step == step && q.Scope != "" {
			out = append(out, q)
		}
	}
	return out
}

// aboutOpen reports whether what the workflow is stands open: there is nothing else yet, or something in it is to be
// mended.
func (p BuilderProps) aboutOpen() bool {
	return len(p.draft().Steps) == 0 || slices.ContainsFunc(p.Problems, func(q workflow.Problem) bool {
		return q.Step == "" && q.Input == "" && q.Field != "steps" && q.Field != "inputs"
	})
}

// aboutWords says in a few words what the workflow acts on and who may run it.
func (p BuilderProps) aboutWords() string {
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
func (p BuilderProps) opened(id string) bool {
	if len(p.draft().Steps) <= fewSteps || slices.Contains(p.Open, id) || strings.HasPrefix(p.Menu, id+".") || p.Focus == "step-"+id || strings.HasPrefix(p.Focus, "s-"+id+"-") {
		return true
	}
	return slices.ContainsFunc(p.Problems, func(q workflow.Problem) bool { return q.Step == id && !q.Advice })
}

// inputsOpen reports whether the inputs are shown: there are few steps or no inputs yet, they were left open, or
// something in them has the focus or is to be mended.
func (p BuilderProps) inputsOpen() bool {
	return len(p.draft().Steps) <= fewSteps || len(p.draft().Inputs) == 0 || slices.Contains(p.Open, inputsFold) || strings.HasPrefix(p.Focus, "i-") ||
		strings.Contains(p.Focus, "-input-") || slices.ContainsFunc(p.Problems, func(q workflow.Problem) bool { return q.Input != "" && !q.Advice || q.Field == "inputs" })
}

// inputsFold is what the inputs are called among what is open; no step is called so, for the name holds a hyphen.
const inputsFold = "all-inputs"

// inputsWords names the inputs.
func (p BuilderProps) inputsWords() string {
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

func (p BuilderProps) blocking() []workflow.Problem { return workflow.Blocking(p.Problems) }

// stepTone says how a step stands in the picture of the flow.
func (p BuilderProps) stepTone(id string) ui.Tone {
	tone := ui.Neutral
	for _, q := range p.Problems {
		if q.Step != id {
			continue
		}
		if !q.Advice {
			return ui.Bad
		}
		tone = ui.Warn
	}
	return tone
}

// anchor is where a problem can be mended.
func anchor(q workflow.Problem) string {
	switch {
	case q.Step != "" && q.Field != "":
		return "#" + stepFieldID(q.Step, q.Field)
	case q.Step != "":
		return "#step-" + q.Step
	case q.Input != "" && q.Field != "" && q.Field != "name":
		return "#" + inputID(q.Input, q.Field)
	case q.Input != "":
		return "#input-" + q.Input
	case q.Field == "steps" || q.Field == "inputs":
		return "#" + q.Field
	}
	return "#f-" + q.Field
}

// place names a problem's place in words.
func (p BuilderProps) place(q workflow.Problem) string {
	switch {
	case q.Step != "":
		if i := p.draft().StepIndex(q.Step); i >= 0 {
			return "Step " + p.draft().Number(i) + ": "
		}
	case q.Input != "":
		if i := p.draft().InputByID(q.Input); i >= 0 {
			if label := p.draft().Inputs[i].Label; label != "" {
				return "Input “" + label + "”: "
			}
			return "Input " + strconv.Itoa(i+1) + ": "
		}
	}
	return ""
}

// The names that the form posts: those of inputs and steps in their order, and one for each of their fields.

func inputName(name, field string) string { return "input." + name + "." + field }
func inputID(name, field string) string   { return "i-" + name + "-" + field }
func stepName(id, field string) string    { return "step." + id + "." + field }
func stepFieldID(id, field string) string {
	return "s-" + id + "-" + strings.ReplaceAll(field, ".", "-")
}
func stepFieldName(id, name string) string { return "step." + id + ".field." + name }

// inline reports whether a value is typed between other text, rather than taking the field's place.
func inline(k form.Kind) bool {
	switch k {
	case form.Text, form.LongText, form.Email, form.Number, form.Hidden, form.Condition, form.Lines, form.List:
		return true
	}
	return false
}

// describedBy names what is said beside a field: its help, and what is wrong with it.
func describedBy(f form.Field, id string) string {
	if f.Help != "" {
		return "h-" + id + " p-" + id
	}
	return "p-" + id
}

// chips reports whether a list is one value and no expression, so that its name says it better than its text.
func (p BuilderProps) chips(f form.Field, value string) bool {
	t, err := workflow.ParseTemplate(value)
	if f.Kind != form.List || err != nil {
		return false
	}
	_, single := t.Single()
	return single
}

// filled says what a field that holds one value alone is filled with: "E-mail", from "Inputs".
func (p BuilderProps) filled(step, value string) (label, from string, ok bool) {
	t, err := workflow.ParseTemplate(value)
	if err != nil || t.Plain() {
		return "", "", false
	}
	r, single := t.Single()
	if !single {
		return strings.TrimSpace(value), "", true
	}
	if r.Input != "" {
		if i := p.draft().InputIndex(r.Input); i >= 0 && p.draft().Inputs[i].Label != "" {
			return p.draft().Inputs[i].Label, "input", true
		}
		return r.Input, "input", true
	}
	if r.Item {
		return p.item(step, r)
	}
	if i := p.draft().StepIndex(r.Step); i >= 0 {
		gives := p.draft().Steps[i]
		spec, _ := p.Registry.Get(gives.Action)
		if out, ok := spec.Output(r.Output); ok {
			label, from = out.Label, "step "+p.draft().Number(i)+", "+gives.Title
			if r.Path != "" {
				label = r.Path + " of " + out.Label
			}
			return label, from, true
		}
	}
	return r.String(), "missing", true
}

// item says what of the item of the innermost loop around a step a field is filled with.
func (p BuilderProps) item(step string, r workflow.Reference) (label, from string, ok bool) {
	i := p.draft().StepIndex(step)
	if i < 0 {
		return r.String(), "missing", true
	}
	loops := p.draft().Loops(i)
	if len(loops) == 0 {
		return r.String(), "missing", true
	}
	loop := p.draft().StepIndex(loops[len(loops)-1])
	label = "Item"
	if r.Path != "" {
		label = r.Path + " of the item"
	}
	return label, "step " + p.draft().Number(loop) + ", " + p.draft().Steps[loop].Title, true
}

// wide reports whether a field takes the whole width of its card.
func wide(f form.Field) bool {
	return f.Kind == form.LongText || f.Kind == form.Lines || f.Kind == form.List || f.Kind == form.Condition || f.Kind == form.People
}

// controlled reports whether a step says more than that it runs, or something is wrong with what it says.
func (p BuilderProps) controlled(s workflow.Step) bool {
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
func pauseOf(s workflow.Step) int {
	if s.Pause == 0 {
		return 60
	}
	return s.Pause
}

// inserted is what a menu's entry writes into a field: a condition has no braces around its values.
func inserted(f form.Field, r workflow.Reference) string {
	if f.Kind == form.Condition || f.Kind == form.List {
		return r.String()
	}
	return r.Placeholder()
}

// approvers are the people to choose from, and those who were chosen and can't decide any more.
func (p BuilderProps) approvers(s workflow.Step, value string) []ui.Link {
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

func hasRole(roles []auth.Role, role auth.Role) bool {
	for _, r := range roles {
		if r == role {
			return true
		}
	}
	return false
}

// objectIcon stands for what an action works on.
func objectIcon(object string) string {
	for _, o := range []struct{ word, icon string }{
		{"workflow", "square-arrow-out-up-right"}, {"flow", "workflow"},
		{"user", "user"}, {"rule", "git-branch"}, {"group", "users"}, {"app", "app-window"}, {"role", "shield"}, {"log", "scroll-text"},
	} {
		if strings.Contains(strings.ToLower(object), o.word) {
			return o.icon
		}
	}
	return "zap"
}

// flowIcons stand for the steps that steer a run.
var flowIcons = map[string]string{
	workflow.FlowForEach: "repeat", workflow.FlowApproval: "user-check", workflow.FlowWait: "timer",
	workflow.FlowNote: "file-text", workflow.FlowStopUnless: "octagon-alert", workflow.FlowGive: "undo-2",
}

// stepIcon stands for what a step does.
func stepIcon(spec workflow.ActionSpec) string {
	if icon := flowIcons[spec.ID]; icon != "" {
		return icon
	}
	return objectIcon(spec.Object)
}

// blockWords says when the steps of the block are carried out that a step stands in.
func blockWords(d workflow.Definition, spots []workflow.Spot, i int) string {
	if d.Steps[i].When == workflow.WhenFailed && spots[i].Holder >= 0 {
		return "If step " + spots[spots[i].Holder].Number + " fails"
	}
	return "For each item"
}

// kindIcon stands for what an input holds.
func kindIcon(k form.Kind) string {
	switch k {
	case form.LongText:
		return "file-text"
	case form.Lines, form.List:
		return "clipboard-list"
	case form.Email:
		return "mail"
	case form.Number:
		return "hash"
	case form.Choice:
		return "list-checks"
	case form.Date:
		return "calendar"
	case form.YesNo:
		return "toggle-left"
	case form.User, form.Users:
		return "user"
	case form.Group, form.Groups:
		return "users"
	case form.App:
		return "app-window"
	}
	return "type"
}

// effectLook says how an effect looks, by icon and word and not by colour alone.
func effectLook(e workflow.Effect) ui.Look {
	switch e {
	case workflow.Reads:
		return ui.Look{Tone: ui.Neutral, Icon: "eye", Word: "Reads"}
	case workflow.Steers:
		return ui.Look{Tone: ui.Neutral, Icon: "workflow", Word: "Flow"}
	case workflow.Destroys:
		return ui.Look{Tone: ui.Bad, Icon: "octagon-alert", Word: "Destroys"}
	}
	return ui.Look{Tone: ui.Info, Icon: "pencil", Word: "Changes"}
}

// upFront splits the fields of a step that calls an operation into those that are shown at once and those that are
// folded: the optional ones past the first few, unless something is filled in or wrong. Curated actions have few.
func (p BuilderProps) upFront(s workflow.Step, spec workflow.ActionSpec) (first, rest []form.Field) {
	if spec.Request == "" || len(spec.Fields) <= manyInputs+2 {
		return spec.Fields, nil
	}
	for i, f := range spec.Fields {
		if f.Required || i < manyInputs-4 || s.Fields[f.Name] != f.Default || p.problem(s.ID, "", f.Name) != "" {
			first = append(first, f)
		} else {
			rest = append(rest, f)
		}
	}
	return first, rest
}

func scopeList(spec workflow.ActionSpec) string {
	var out []string
	for _, s := range spec.Scopes {
		out = append(out, string(s))
	}
	return strings.Join(out, ", ")
}

func clock(t time.Time) string { return t.UTC().Format("15:04") }

// Place is where the sentence about one field stands, and what it says now.
type Place struct{ ID, Text string }

// ProblemPlaces returns every place that has a problem now or had one before a save.
func ProblemPlaces(p BuilderProps, before []workflow.Problem) []Place {
	var out []Place
	seen := map[string]bool{}
	for _, q := range append(append([]workflow.Problem{}, p.Problems...), before...) {
		if q.Advice || q.Scope != "" {
			continue
		}
		id := placeID(q)
		if !seen[id] {
			seen[id] = true
			out = append(out, Place{id, p.problem(q.Step, q.Input, q.Field)})
		}
	}
	return out
}

func placeID(q workflow.Problem) string {
	switch {
	case q.Step != "" && q.Field == "":
		return "p-step-" + q.Step
	case q.Step != "":
		return "p-" + stepFieldID(q.Step, q.Field)
	case q.Input != "":
		return "p-" + inputID(q.Input, q.Field)
	}
	return "p-" + q.Field
}

func itemLabel(label, otherwise string) string {
	if label == "" {
		return otherwise
	}
	return "“" + label + "”"
}

// parentsOf names the fields of a step that say whose list a picker of it has, as the builder's form calls them.
func parentsOf(s workflow.Step, f form.Field) []form.Parent {
	var out []form.Parent
	for _, p := range f.Of {
		out = append(out, form.Parent{Place: p.Place, Field: stepFieldName(s.ID, p.Field)})
	}
	return out
}

func chosen(s workflow.Step) []ui.Chosen {
	var out []ui.Chosen
	for id, name := range s.Names {
		out = append(out, ui.Chosen{ID: id, Label: name})
	}
	return out
}

// reworded returns the places of the steps whose words a save changed.
func (p BuilderProps) reworded(before workflow.Definition) []int {
	var out []int
	for i, s := range p.draft().Steps {
		j := before.StepIndex(s.ID)
		if j < 0 || workflow.Describe(before, p.Registry, j, workflow.Known{}).String() != workflow.Describe(p.draft(), p.Registry, i, workflow.Known{}).String() {
			out = append(out, i)
		}
	}
	return out
}
