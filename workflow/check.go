package workflow

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"caracal/auth"
	"caracal/form"
	"caracal/org"
)

// Problem is something wrong with a definition, with its place: a step or an input, and a field of it. With
// neither, Field names a part of the workflow itself: name, purpose, application_id, runners, inputs or steps.
type Problem struct {
	Step    string // step id
	Input   string // Input.ID
	Field   string // a field of the step, input or workflow; "" is the whole of it
	Message string // one sentence: what is wrong and what to do
	Scope   org.Scope
	Advice  bool // worth mending, and no reason to refuse publishing
}

// Blocking returns the problems that must be mended before a version can be published.
func Blocking(problems []Problem) []Problem {
	return slices.DeleteFunc(slices.Clone(problems), func(p Problem) bool { return p.Advice })
}

// RunnerRoles are the roles a workflow can be opened to: those that may run workflows and are not let in
// anyway, as builders and admins are.
func RunnerRoles() []auth.Role {
	return slices.DeleteFunc(slices.Clone(auth.Roles), func(r auth.Role) bool {
		return !r.May(auth.WorkflowRun) || r.May(auth.WorkflowEdit)
	})
}

// Check says everything that is wrong with a definition, in the order of the page. application is the one the
// definition names, or nil when there is none or the person may not use it.
func Check(d Definition, registry *Registry, application *org.Application) []Problem {
	c := checker{d: d, registry: registry, application: application, titled: map[string]int{}}
	c.workflow()
	for i := range d.Inputs {
		c.input(i)
	}
	for i := range d.Steps {
		c.step(i)
	}
	return c.problems
}

type checker struct {
	d           Definition
	registry    *Registry
	application *org.Application
	titled      map[string]int // the first step of each title, in small letters
	problems    []Problem
}

func (c *checker) add(p Problem, format string, args ...any) {
	p.Message = fmt.Sprintf(format, args...)
	c.problems = append(c.problems, p)
}

func (c *checker) workflow() {
	name := form.Field{Name: "name", Label: "Name", Kind: form.Text, Required: true, Max: MaxTitle}
	purpose := form.Field{Name: "purpose", Label: "What it is for", Kind: form.LongText, Max: MaxPurpose}
	for _, f := range []struct {
		form.Field
		value string
	}{{name, c.d.Name}, {purpose, c.d.Purpose}} {
		if _, problem := f.Check(f.value); problem != "" {
			c.add(Problem{Field: f.Name}, "%s", problem)
		}
	}
	switch app := c.application; {
	case c.d.ApplicationID == "":
		c.add(Problem{Field: "application_id"}, "Choose the application this workflow acts on.")
	case app == nil:
		c.add(Problem{Field: "application_id"}, "This application does not exist any more; choose another.")
	case app.Status == org.Disconnected:
		c.add(Problem{Field: "application_id"}, "%s is disconnected; connect it again, or choose another application.", app.Name)
	case app.Status == org.Paused:
		c.add(Problem{Field: "application_id", Advice: true}, "%s is paused; runs will wait until it is resumed.", app.Name)
	}
	for _, r := range c.d.Runners {
		if !slices.Contains(RunnerRoles(), r) {
			c.add(Problem{Field: "runners"}, "%q is not a role that can be let run workflows; take it away.", r)
		}
	}
	if n := len(c.d.Inputs); n > MaxInputs {
		c.add(Problem{Field: "inputs"}, "There are %d inputs; a workflow has at most %d.", n, MaxInputs)
	}
	switch n := len(c.d.Steps); {
	case n == 0:
		c.add(Problem{Field: "steps"}, "Add at least one step; without one there is nothing to run.")
	case n > MaxSteps:
		c.add(Problem{Field: "steps"}, "There are %d steps; a workflow has at most %d.", n, MaxSteps)
	}
}

func (c *checker) input(i int) {
	in := c.d.Inputs[i]
	at := func(field string) Problem { return Problem{Input: in.ID(), Field: field} }
	if !IsName(in.Name) {
		c.add(at("name"), "%q can't name an input; use a letter, then letters, digits and _.", in.Name)
	}
	if c.d.InputIndex(in.Name) != i {
		c.add(at("name"), "Another input is named %q too; give each its own name.", in.Name)
	}
	if c.d.InputByID(in.ID()) != i {
		c.add(at("name"), "Another input has the key %q too; remove this input and add it again.", in.ID())
	}
	label := form.Field{Label: "Label", Kind: form.Text, Required: true, Max: MaxTitle}
	if _, problem := label.Check(in.Label); problem != "" {
		c.add(at("label"), "%s", problem)
	} else if j := slices.IndexFunc(c.d.Inputs, func(o Input) bool { return strings.EqualFold(o.Label, in.Label) }); j != i {
		c.add(at("label"), "Another input is called %q too; people could not tell them apart.", in.Label)
	}
	if n := utf8.RuneCountInString(in.Help); n > MaxHelp {
		c.add(at("help"), "The help has %d characters; shorten it to %d.", n, MaxHelp)
	}
	if !slices.Contains(InputKinds, in.Kind) {
		c.add(at("kind"), "%q is not a kind of input; choose one from the list.", in.Kind)
	}
	if in.Kind == form.Choice {
		c.options(in, at("options"))
	}
}

func (c *checker) options(in Input, at Problem) {
	switch n := len(in.Options); {
	case n == 0:
		c.add(at, "Write the choices, one on each line.")
	case n > MaxOptions:
		c.add(at, "There are %d choices; at most %d fit a list.", n, MaxOptions)
	}
	seen := map[string]bool{}
	for _, o := range in.Options {
		switch {
		case seen[o.Value]:
			c.add(at, "The choice %q stands there twice.", o.Value)
			return
		case utf8.RuneCountInString(o.Value) > MaxTitle || utf8.RuneCountInString(o.Label) > MaxTitle:
			c.add(at, "A choice has more than %d characters; shorten it.", MaxTitle)
			return
		}
		seen[o.Value] = true
	}
}

func (c *checker) step(i int) {
	step := c.d.Steps[i]
	at := func(field string) Problem { return Problem{Step: step.ID, Field: field} }
	if !IsName(step.ID) {
		c.add(at(""), "%q can't be the id of a step; use a letter, then letters, digits and _.", step.ID)
	}
	if j := c.d.StepIndex(step.ID); j != i {
		c.add(at(""), "“%s” stands as step %s under the id %q, which step %s has too; remove it, and add it again.", step.Title, c.d.Number(i), step.ID, c.d.Number(j))
		return // whatever else is said of it would be said of the other
	}
	c.block(i)
	title := form.Field{Label: "Title", Kind: form.Text, Required: true, Max: MaxTitle}
	if _, problem := title.Check(step.Title); problem != "" {
		c.add(at("title"), "%s", problem)
	} else if j, twice := c.titled[strings.ToLower(step.Title)]; twice {
		p := at("title")
		p.Advice = true
		c.add(p, "Step %s is called “%s” too; give this one another title, so that people can tell them apart in a run.", c.d.Number(j), c.d.Steps[j].Title)
	} else {
		c.titled[strings.ToLower(step.Title)] = i
	}
	spec, ok := c.spec(step.Action)
	if !ok {
		if _, calls := IsCall(step.Action); calls {
			c.add(at(""), "The workflow that this step runs is not published or was archived; publish it, or choose another.")
			return
		}
		c.add(at(""), "The action %q is not known to this version of Caracal; remove the step or choose another action.", step.Action)
		return
	}
	spec = spec.With(step.Fields)
	c.scopes(step, spec)
	c.control(i, spec)
	if IsFlow(step.Action) {
		c.flow(i)
	}
	for _, f := range spec.Fields {
		c.field(i, f, step.Fields[f.Name])
	}
	for _, name := range slices.Sorted(maps.Keys(step.Fields)) {
		if of, own := strings.CutPrefix(name, form.OwnPrefix); own {
			base, _ := c.spec(step.Action)
			if problem := ownProblem(base, of, step.Fields[name]); problem != "" {
				c.add(at(of), "%s", problem)
			}
			continue
		}
		f, known := spec.Field(name)
		of, blank := strings.CutPrefix(name, form.WhenEmptyPrefix)
		switch {
		case !known:
			c.add(at(""), "The action has no field %q; remove the step and add it again.", name)
		case blank && step.Fields[name] != "" && !hasOption(f.Options, step.Fields[name]):
			c.add(at(of), "%q is nothing that can be sent when %s is empty; choose again.", step.Fields[name], of)
		}
	}
}

// scopes says what the connection lacks for a step. It is advice: a scope may be granted after publishing.
func (c *checker) scopes(step Step, spec ActionSpec) {
	app := c.application
	if app == nil || app.Status == org.Disconnected {
		return
	}
	for _, s := range spec.Scopes {
		p := Problem{Step: step.ID, Scope: s, Advice: true}
		switch {
		case app.Has(s) || len(app.Granted) == 0 && org.Holds(app.Scopes, s):
		case org.Holds(app.Scopes, s):
			c.add(p, "Okta has not granted %s to %s. In the Admin Console open Applications › Applications › your app › Okta API Scopes and grant it, then run the health checks.", s, app.Name)
		default:
			c.add(p, "%s is connected without %s. Add it under Applications › %s › Settings › Scopes, and grant it in Okta under Okta API Scopes.", app.Name, s, app.Name)
		}
	}
}

// field checks one field of a step.
func (c *checker) field(i int, f form.Field, value string) {
	at := Problem{Step: c.d.Steps[i].ID, Field: f.Name}
	if strings.TrimSpace(value) == "" {
		if f.Required && f.Kind != form.YesNo && c.d.Steps[i].Fields[f.WhenEmpty().Name] == "" {
			c.add(at, "%s is needed; type it, or choose a value.", f.Label)
		}
		return
	}
	if n := utf8.RuneCountInString(value); n > MaxFieldText {
		c.add(at, "%s has %d characters; shorten it to %d.", f.Label, n, MaxFieldText)
		return
	}
	if f.Kind == form.Condition {
		c.condition(i, f, value)
		return
	}
	t, err := ParseTemplate(value)
	if err != nil {
		c.add(at, "%s.", upperFirst(err.Error()))
		return
	}
	if t.Plain() {
		if f.Kind == form.List {
			c.add(at, "%s", c.fitsList(i, f, t))
		} else if _, problem := f.Check(value); problem != "" {
			c.add(at, "%s", problem)
		} else if f.Kind.Object() && slices.ContainsFunc(form.SplitList(value), func(id string) bool { return !isObjectID(id) }) {
			c.add(at, "Choose %s from the list.", lowerFirst(f.Label))
		}
		return
	}
	if problem := c.hides(i, f, t); problem != "" {
		c.add(at, "%s", problem)
		return
	}
	for _, r := range t.References() {
		if problem := c.reference(i, f.Name, r); problem != "" {
			c.add(at, "%s", problem)
			return
		}
	}
	problem := c.fits(i, f, t)
	if problem == "" {
		problem = c.guarded(i, t)
	}
	if problem != "" {
		c.add(at, "%s", problem)
	}
}

// hides says why a password can't be made in this field, or "": what a step of the flow or a called workflow is
// filled with is stored and shown.
func (c *checker) hides(i int, f form.Field, t Template) string {
	action := c.d.Steps[i].Action
	_, call := IsCall(action)
	if t.Secret() && (call || IsFlow(action) || f.Kind == form.Condition || f.Kind == form.List) {
		return passwordName + " can't be used here, since what stands here is stored and shown; use it in a field of a step that sends it to Okta."
	}
	return ""
}

// reference says why a field of a step can't use a value, or "".
func (c *checker) reference(i int, field string, r Reference) string {
	at := c.d.sight(i, field)
	switch {
	case r.Input != "":
		if c.d.InputIndex(r.Input) < 0 {
			return fmt.Sprintf("There is no input %q any more; choose another value.", r.Input)
		}
		return ""
	case r.Item:
		if at.loop() == "" {
			return "{{ item }} is what a loop goes over, and this step stands in none; move it into one, or choose another value."
		}
		return c.part(c.d.StepIndex(at.loop()), r, c.d.ItemOf(c.registry, c.d.StepIndex(at.loop())))
	}
	j := c.d.StepIndex(r.Step)
	switch {
	case j < 0:
		return fmt.Sprintf("This uses the step %q, which was removed; choose another value.", r.Step)
	case j == i && !at.sees(j):
		return "A step can't use its own output; choose another value."
	case j >= at.last:
		return fmt.Sprintf("This uses “%s”, which comes after this step; move that step up, or choose another value.", c.d.Steps[j].Title)
	case !at.sees(j):
		return fmt.Sprintf("“%s” is carried out for each item of a loop, so that after the loop it has no one value; let the loop keep something of each item, and use that.", c.d.Steps[j].Title)
	}
	step := c.d.Steps[j]
	spec, ok := c.spec(step.Action)
	if !ok {
		return "" // said at the step itself
	}
	out, ok := spec.Output(r.Output)
	switch {
	case !ok:
		return fmt.Sprintf("“%s” gives no %q; choose another value.", step.Title, r.Output)
	case step.Action == FlowForEach && inLoop(r.Output) && !at.inside(step.ID):
		return fmt.Sprintf("“%s” gives %q only to the steps in it; use what it keeps of each item.", step.Title, r.Output)
	case step.Action == FlowForEach && !inLoop(r.Output) && at.inside(step.ID):
		return fmt.Sprintf("“%s” gives %q only when it has gone over everything; use it in a step after the loop.", step.Title, r.Output)
	case step.Action == FlowForEach && r.Output == ItemOutput:
		return c.part(j, r, c.d.ItemOf(c.registry, j))
	}
	return c.part(j, r, out.Type())
}

// part says why a value of a step has no such part, or "".
func (c *checker) part(j int, r Reference, t Type) string {
	if _, ok := t.within(r.Path); ok {
		return ""
	}
	whole := r
	whole.Path = ""
	switch {
	case t.List:
		return fmt.Sprintf("%s is a list; take one entry, as in first(%s), or one part of each, as in pluck(%s, \"%s\").", whole, whole, whole, r.Path)
	case len(t.Fields) > 0:
		var names []string
		for _, f := range t.Fields {
			names = append(names, f.Name)
		}
		return fmt.Sprintf("%s has no %q; it has %s.", whole, r.Path, strings.Join(names, ", "))
	case t.Kind.Picker():
		return fmt.Sprintf("%s is the id of %s and has no %q; add a step that reads it, and use what that gives.", whole, kindWords(t.Kind), r.Path)
	}
	return fmt.Sprintf("%s is %s and has no %q; use it as a whole.", whole, kindWords(t.Kind), r.Path)
}

// fits says why a value can't go into a field of this kind, or "".
func (c *checker) fits(i int, f form.Field, t Template) string {
	if f.Kind == form.List {
		return c.fitsList(i, f, t)
	}
	r, single := t.Single()
	if !single {
		if f.Kind.Picker() && len(t.parts) > 1 && !f.Kind.Several() {
			return fmt.Sprintf("%s takes one value alone; take away the text around it.", f.Label)
		}
		return ""
	}
	if r.Input != "" {
		in := c.d.Inputs[c.d.InputIndex(r.Input)]
		switch {
		case !accepts(f, in.Kind, in.Options):
			return fmt.Sprintf("%s takes %s, and the input “%s” is %s.", f.Label, kindWords(f.Kind), in.Label, kindWords(in.Kind))
		case f.Required && !in.Required && in.Kind != form.YesNo:
			return fmt.Sprintf("%s is needed, and the input “%s” may be left empty; make the input required.", f.Label, in.Label)
		}
		return ""
	}
	known, _ := c.d.typer(c.registry, i).reference(r)
	kind := known.asKind()
	if kind == "" || accepts(f, kind, nil) {
		return ""
	}
	what := r.String()
	if j := c.d.StepIndex(r.Step); j >= 0 && r.Path == "" {
		spec, _ := c.registry.Get(c.d.Steps[j].Action)
		out, _ := spec.Output(r.Output)
		what = fmt.Sprintf("“%s” of “%s”", out.Label, c.d.Steps[j].Title)
	}
	return fmt.Sprintf("%s takes %s, and %s is %s.", f.Label, kindWords(f.Kind), what, kindWords(kind))
}

// fitsList says why a text does not come out as a list, or "". What can't be known before the run is let through.
func (c *checker) fitsList(i int, f form.Field, t Template) string {
	e := t.single()
	if e == nil {
		return fmt.Sprintf("%s takes one list, such as inputs.people, without text around it.", f.Label)
	}
	switch known := c.d.typer(c.registry, i).template(t); {
	case known.List || known.Kind == "" && len(known.Fields) == 0:
		return ""
	case len(known.Fields) > 0:
		return fmt.Sprintf("%s takes a list, and %s is one object.", f.Label, strings.TrimSpace(e.source))
	default:
		return fmt.Sprintf("%s takes a list, and %s is %s; choose a list, or cut a text with split(…, \",\").", f.Label, strings.TrimSpace(e.source), kindWords(known.Kind))
	}
}

// isObjectID reports whether s can be the id of an Okta object: letters, digits, - and _.
func isObjectID(s string) bool {
	return len(s) >= 3 && len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}

func upperFirst(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// spec returns the spec of an action that a workflow may use.
func (c *checker) spec(action string) (ActionSpec, bool) {
	spec, ok := c.registry.Get(action)
	if spec.InUndo {
		return ActionSpec{}, false
	}
	return spec, ok
}
