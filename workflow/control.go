package workflow

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"caracal/form"
)

// Control says when a step is carried out, and what follows when it fails.
type Control struct {
	In      string  `json:"in,omitempty"`      // the step whose block this one stands in; "" is the workflow's own
	When    When    `json:"when,omitempty"`    // which of that step's blocks
	OnlyIf  string  `json:"only_if,omitempty"` // one {{ expression }} that must be true; "" is always
	OnError OnError `json:"on_error,omitempty"`
	Retries int     `json:"retries,omitempty"` // how often it is tried again before it counts as failed
	Pause   int     `json:"pause,omitempty"`   // seconds before each of them
}

// OnError says what a run does when a step has failed for good.
type OnError string

// The ways to go on after a failure.
const (
	StopRun OnError = ""
	GoOn    OnError = "go_on"
	Branch  OnError = "branch" // carry out the steps of its WhenFailed block, then go on
)

// OnlyIfField is the name that the builder, Check and Values know a step's condition by.
const OnlyIfField = "only_if"

// MaxRetries keeps a step's tries well below the point at which the engine gives up on an unclear one.
const MaxRetries = 5

// Pauses are the seconds that a builder offers between tries, with their words.
var Pauses = []form.Option{{Value: "10", Label: "10 seconds"}, {Value: "60", Label: "1 minute"}, {Value: "300", Label: "5 minutes"},
	{Value: "900", Label: "15 minutes"}, {Value: "3600", Label: "1 hour"}, {Value: "21600", Label: "6 hours"}, {Value: "86400", Label: "1 day"}}

// Every returns the pause between tries.
func (c Control) Every() time.Duration { return time.Duration(c.Pause) * time.Second }

// Absent reports whether the step may end without having given anything.
func (c Control) Absent() bool { return c.OnlyIf != "" || c.OnError != StopRun }

// errorWords says what follows a failure: "tries again 3 times, 1 minute apart, then goes on". "" is the usual:
// the run stops.
func (c Control) errorWords() string {
	words := ""
	if c.Retries > 0 {
		words = fmt.Sprintf("tries again %d times, %s apart", c.Retries, pauseWords(c.Pause))
		if c.Retries == 1 {
			words = "tries once more after " + pauseWords(c.Pause)
		}
	}
	switch {
	case c.OnError == GoOn && words != "":
		return words + ", then goes on without it"
	case c.OnError == GoOn:
		return "goes on without it"
	}
	return words
}

func pauseWords(seconds int) string {
	for _, p := range Pauses {
		if p.Value == text(seconds) {
			return p.Label
		}
	}
	return (time.Duration(seconds) * time.Second).String()
}

// Field of a step: its action's, or its condition.
func (s ActionSpec) fieldOrCondition(name string) (form.Field, bool) {
	if name == OnlyIfField {
		return form.Field{Name: OnlyIfField, Label: "Only if", Kind: form.Condition}, true
	}
	return s.Field(name)
}

// FieldOf returns a field of a step by name: its condition, or one of its action's. An attribute of the org's own that
// is not filled in yet is a text.
func (r *Registry) FieldOf(s Step, name string) (form.Field, bool) {
	spec, _ := r.SpecOf(s)
	f, ok := spec.fieldOrCondition(name)
	if attribute, _, own := spec.OwnAttribute(name); !ok && own {
		return form.OwnText.Field(name, attribute), true
	}
	return f, ok
}

// Filled returns what a field holds: the condition, or one of the action's fields.
func (s Step) Filled(name string) string {
	if name == OnlyIfField {
		return s.OnlyIf
	}
	return s.Fields[name]
}

// Fill sets what a field holds, as Filled reads it.
func (s *Step) Fill(f form.Field, value string) {
	if f.Kind == form.Condition || f.Kind == form.List {
		value = WrapCondition(value)
	}
	if f.Name == OnlyIfField {
		s.OnlyIf = value
		return
	}
	if s.Fields == nil {
		s.Fields = map[string]string{}
	}
	s.Fields[f.Name] = value
}

// WrapCondition writes a condition as it is stored, one {{ expression }}, however it was typed: bare, with
// braces around all of it, or with braces around each value.
func WrapCondition(typed string) string {
	typed = strings.TrimSpace(typed)
	if inner, ok := bare(typed); ok {
		typed = inner
	} else {
		typed = braces.Replace(typed)
	}
	if typed = strings.TrimSpace(typed); typed == "" {
		return ""
	}
	return "{{ " + typed + " }}"
}

// BareCondition returns a stored condition as a person types it: without the braces.
func BareCondition(stored string) string {
	if inner, ok := bare(stored); ok {
		return inner
	}
	return stored
}

// bare takes the braces from a text that is one {{ expression }} and nothing else.
func bare(s string) (string, bool) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(s), "{{")
	if !ok {
		return "", false
	}
	source, ok := untilClose(rest)
	if !ok || rest[len(source):] != "}}" {
		return "", false
	}
	return strings.TrimSpace(source), true
}

// Holds reports whether a condition is true. What has no value is not true; neither is an empty text. The error
// says what else it came out as.
func Holds(condition string, s Scope) (bool, error) {
	t, err := ParseTemplate(condition)
	if err != nil {
		return false, err
	}
	if len(t.parts) != 1 || t.parts[0].expression == nil {
		return false, &ExpressionError{1, "a condition is one expression, such as inputs.team == \"Sales\""}
	}
	v, err := t.parts[0].expression.evaluate(s)
	if err != nil {
		return false, err
	}
	return truth(v)
}

// truth reads a value as yes or no.
func truth(v any) (bool, error) {
	switch s := strings.ToLower(strings.TrimSpace(text(v))); s {
	case "true", "yes":
		return true, nil
	case "", "false", "no":
		return false, nil
	default:
		return false, fmt.Errorf("it came out as “%s”, which is neither true nor false; compare it with something", shorten(text(v), 60))
	}
}

// conditionWords says a condition with the labels of what it uses: ‹Contract› is "Fixed term".
func (w describer) conditionWords(condition string) Phrase {
	source := BareCondition(condition)
	t, err := ParseTemplate(condition)
	if err != nil {
		return Phrase{{Text: source, Value: true}}
	}
	w.known.Inputs = nil // “if Contractor is yes” says more than “if true is yes”
	if r, single := t.Single(); single {
		return Phrase{w.reference(form.Field{Kind: form.Text}, r), {Text: " is yes"}}
	}
	var out Phrase
	for _, r := range t.References() {
		before, after, found := strings.Cut(source, r.String())
		if !found {
			continue
		}
		out = out.plain(operatorWords(before))
		out = append(out, w.reference(form.Field{Kind: form.Text}, r))
		source = after
	}
	return out.plain(operatorWords(source))
}

var braces = strings.NewReplacer("{{", "", "}}", "")

var answers = strings.NewReplacer(" == true", " is yes", " == false", " is no", ` == "true"`, " is yes", ` == "false"`, " is no", ` == ""`, " is empty", ` != ""`, " is not empty")

var operators = strings.NewReplacer(" == ", " is ", " != ", " is not ", " && ", " and ", " || ", " or ", " >= ", " is at least ", " <= ", " is at most ", `"`, "“")

// operatorWords puts the operators between values into words, and closes quotes as a text does.
func operatorWords(s string) string {
	s = answers.Replace(s)
	quoted := strings.Split(s, `"`)
	if len(quoted)%2 == 0 {
		return s // an odd quote: leave it as it was typed
	}
	var b strings.Builder
	for i, part := range quoted {
		if i%2 == 1 {
			b.WriteString("“" + part + "”")
		} else {
			b.WriteString(operators.Replace(part))
		}
	}
	return b.String()
}

// checkControl says what is wrong with a step's condition and with what follows when it fails.
func (c *checker) control(i int, spec ActionSpec) {
	step := c.d.Steps[i]
	at := func(field string) Problem { return Problem{Step: step.ID, Field: field} }
	if step.OnlyIf != "" {
		c.condition(i, form.Field{Name: OnlyIfField, Label: "Only if"}, step.OnlyIf)
	}
	_, calls := IsCall(step.Action)
	branch := c.d.BlockSteps(Block{In: step.ID, When: WhenFailed})
	switch {
	case !slices.Contains([]OnError{StopRun, GoOn, Branch}, step.OnError):
		c.add(at("on_error"), "%q is not something to do when a step fails; choose from the list.", string(step.OnError))
	case step.Retries < 0 || step.Retries > MaxRetries:
		c.add(at("on_error"), "A step is tried again at most %d times.", MaxRetries)
	case step.Retries > 0 && (step.Pause < 1 || step.Pause > 30*24*3600):
		c.add(at("on_error"), "Choose how long to wait before it is tried again.")
	case spec.Effect == Steers && step.Action != FlowForEach && (step.OnError != StopRun || step.Retries > 0):
		c.add(at("on_error"), "This step calls nothing that could fail; take away what to do when it fails.")
	case (calls || step.Action == FlowForEach) && step.Retries > 0:
		c.add(at("on_error"), "Only the steps within are tried again; take away the tries here.")
	case step.OnError == Branch && len(branch) == 0:
		c.add(at("on_error"), "Add at least one step that is carried out when this one fails, or choose something else to do then.")
	case step.OnError != Branch && len(branch) > 0:
		c.add(at("on_error"), "“%s” is to be carried out when this step fails; choose that here, or remove it.", c.d.Steps[branch[0]].Title)
	}
}

// condition checks one condition.
func (c *checker) condition(i int, f form.Field, value string) {
	at := Problem{Step: c.d.Steps[i].ID, Field: f.Name}
	t, err := ParseTemplate(value)
	switch {
	case err != nil:
		c.add(at, "%s.", upperFirst(err.Error()))
		return
	case len(t.parts) != 1 || t.parts[0].expression == nil:
		c.add(at, "Write one condition, such as inputs.team == \"Sales\".")
		return
	}
	f.Kind = form.Condition
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
	if r, single := t.Single(); single && r.Input != "" {
		if in := c.d.Inputs[c.d.InputIndex(r.Input)]; in.Kind != form.YesNo {
			c.add(at, "“%s” is %s, which is neither true nor false; compare it, as in %s == \"…\", or write not empty(%s).", in.Label, kindWords(in.Kind), r, r)
		}
	}
}

// guarded says why a value that an earlier step may not have given can't be used as it is, or "".
func (c *checker) guarded(i int, t Template) string {
	for _, p := range t.parts {
		if p.expression == nil || !p.expression.simple {
			continue // an expression can say itself what to do without a value
		}
		r := p.expression.references[0]
		j := c.d.StepIndex(r.Step)
		if r.Step == "" || j < 0 || slices.Contains(c.d.Loops(i), r.Step) {
			continue
		}
		earlier := c.d.Steps[j]
		holder, branched := c.d.branchAround(j, i)
		if !earlier.Absent() && !branched {
			continue
		}
		if c.asked(i, earlier, branched) {
			continue
		}
		why := "may be skipped"
		switch {
		case branched:
			why = fmt.Sprintf("is carried out only when “%s” fails", c.d.Steps[max(0, c.d.StepIndex(holder))].Title)
		case earlier.OnlyIf == "":
			why = "may fail and be passed over"
		}
		return fmt.Sprintf("“%s” %s, and then gives no %q; let this step run only if not empty(%s), or write {{ default(%s, \"…\") }}.", earlier.Title, why, r.Output, r, r)
	}
	return ""
}

// asked reports whether the condition of a step, or of one that it stands in, sees to it that an earlier one was
// carried out.
func (c *checker) asked(i int, earlier Step, branched bool) bool {
	for {
		step := c.d.Steps[i]
		if !branched && earlier.OnError == StopRun && earlier.OnlyIf == step.OnlyIf || conditionUses(step.OnlyIf, earlier.ID) {
			return true
		}
		holder := c.d.StepIndex(step.In)
		if step.In == "" || holder < 0 || holder >= i {
			return false
		}
		i = holder
	}
}

func conditionUses(condition, step string) bool {
	t, err := ParseTemplate(condition)
	return err == nil && slices.ContainsFunc(t.References(), func(r Reference) bool { return r.Step == step })
}
