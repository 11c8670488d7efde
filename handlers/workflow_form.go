package handlers

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"caracal/auth"
	"caracal/form"
	"caracal/workflow"
)

// typed reads one posted text as it may be stored: valid UTF-8 without NUL, with plain line ends. What else is
// wrong with it is said beside its field, and what was typed is kept.
func typed(v url.Values, name string, lines bool) string {
	s := strings.ToValidUTF8(v.Get(name), "\uFFFD")
	if strings.ContainsAny(s, "\x00\r") {
		s = plainLines.Replace(s)
	}
	if !lines {
		s = strings.ReplaceAll(s, "\n", " ")
	}
	return s
}

var plainLines = strings.NewReplacer("\x00", "", "\r\n", "\n", "\r", "\n")

// applyForm lays what the builder posted over the definition that its page was drawn from. Inputs and steps
// are those of the definition: one that the form does not name keeps its place and its content, one that only
// the form names is ignored, and so is a field that the action does not have.
func applyForm(base workflow.Definition, v url.Values, registry *workflow.Registry) workflow.Definition {
	d := base.Clone()
	if !v.Has("name") {
		return d // not the builder's form at all: a button alone
	}
	d.Name = strings.TrimSpace(typed(v, "name", false))
	d.Purpose = typed(v, "purpose", true)
	if v.Has("application_id") && v.Get("application_id") != d.ApplicationID {
		d.ApplicationID = typed(v, "application_id", false)
		for i := range d.Steps {
			d.Steps[i].Names = nil // ids of another org
		}
	}
	d.Runners = slices.DeleteFunc(workflow.RunnerRoles(), func(role auth.Role) bool { return !slices.Contains(v["runners"], string(role)) })
	d = d.OrderInputs(v["input"]).OrderSteps(v["step"], postedBlocks(d, v))
	for i := range d.Inputs {
		applyInput(&d.Inputs[i], v)
	}
	for i := range d.Steps {
		if spec, ok := registry.Get(d.Steps[i].Action); ok {
			applyStep(&d.Steps[i], spec, v)
		}
	}
	return d.NameInputs()
}

func applyInput(in *workflow.Input, v url.Values) {
	name := func(field string) string { return "input." + in.ID() + "." + field }
	if !v.Has(name("label")) {
		return
	}
	in.Label = strings.TrimSpace(typed(v, name("label"), false))
	in.Help = strings.TrimSpace(typed(v, name("help"), false))
	in.Required = v.Get(name("required")) != ""
	if kind := form.Kind(v.Get(name("kind"))); slices.Contains(workflow.InputKinds, kind) {
		in.Kind = kind
	}
	in.Options = nil
	for line := range strings.SplitSeq(typed(v, name("options"), true), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			in.Options = append(in.Options, form.Option{Value: line, Label: line})
		}
	}
}

func applyStep(s *workflow.Step, spec workflow.ActionSpec, v url.Values) {
	if title := "step." + s.ID + ".title"; v.Has(title) {
		s.Title = strings.TrimSpace(typed(v, title, false))
	}
	own, kinds := postedOwn(*s, spec, v), map[string]string{}
	for name, kind := range own {
		kinds[form.OwnPrefix+name] = string(kind)
	}
	maps.Copy(kinds, s.Fields)
	for _, f := range spec.With(kinds).Fields {
		name := "step." + s.ID + ".field." + f.Name
		if !v.Has(name) {
			continue
		}
		value := typed(v, name, f.Kind == form.LongText || f.Kind == form.Lines)
		switch f.Kind {
		case form.LongText, form.Lines:
		case form.People:
			value = strings.Join(form.SplitList(strings.Join(v[name], ",")), ",")
		default:
			value = strings.TrimSpace(value)
		}
		s.Fill(f, value)
		applyBlank(s, f, v)
	}
	for name, kind := range own {
		s.FillOwn(spec, name, kind)
	}
	applyControl(s, v)
}

// applyBlank reads what a field sends when it is empty.
func applyBlank(s *workflow.Step, f form.Field, v url.Values) {
	choice := f.WhenEmpty()
	name := "step." + s.ID + ".field." + choice.Name
	if len(f.Blanks) == 0 || !v.Has(name) {
		return
	}
	if blank := typed(v, name, false); blank != "" {
		s.Fill(choice, blank)
	} else {
		delete(s.Fields, choice.Name)
	}
}

// applyControl reads when the step runs and what follows when it fails.
func applyControl(s *workflow.Step, v url.Values) {
	name := func(field string) string { return "step." + s.ID + "." + field }
	if v.Has(name(workflow.OnlyIfField)) {
		s.OnlyIf = workflow.WrapCondition(typed(v, name(workflow.OnlyIfField), false))
	}
	if v.Has(name("on_error")) {
		s.OnError = workflow.OnError(typed(v, name("on_error"), false))
	}
	if n, err := strconv.Atoi(v.Get(name("retries"))); err == nil {
		s.Retries = n
	}
	if n, err := strconv.Atoi(v.Get(name("pause"))); err == nil {
		s.Pause = n
	}
	if s.Retries == 0 {
		s.Pause = 0
	}
}
