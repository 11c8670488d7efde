package views

import (
	"slices"
	"strconv"
	"strings"

	"caracal/form"
	"caracal/views/ui"
	"caracal/workflow"
)

// RunContinueProps is the page on which a run that ended is continued: what it is given, beside what will be done.
type RunContinueProps struct {
	Shell       Shell
	Run         workflow.Run     // that is continued
	Version     workflow.Version // that goes on
	Newest      int              // number of the newest version, when this person may run it
	Registry    *workflow.Registry
	Form        *form.Form
	Names       map[string]string // of what was picked, by id
	Application string

	Held        RunPlanProps // the plan that the run was held to
	Freed       string       // why it does not hold for what is done now, "" where it does
	WithoutPlan bool         // somebody said that it may go on without the plan

	Rows    []workflow.ResumedStep
	Gone    []workflow.RunStep
	Plan    string   // hash of all that
	Again   []string // keys that are ticked
	Keep    []string // keys that were offered, and not ticked
	Tried   bool     // it was to be continued: what is missing is said
	Anew    bool     // something else was to be done than is shown now
	Refused string   // why nothing can be shown: an input is wrong, or the version can't go on
	Confirm string   // name of the workflow that must be typed, since a step destroys; "" when none does
	Typed   string   // of it
}

func (p RunContinueProps) path() string { return "/runs/" + p.Run.ID + "/continue" }

func (p RunContinueProps) crumbs() []ui.Link {
	return []ui.Link{{Label: "Runs", Href: "/runs"}, {Label: p.Run.Name, Href: "/runs/" + p.Run.ID}}
}

// lead says what ended the run.
func (p RunContinueProps) lead() string {
	switch {
	case p.Run.Error != "":
		return p.Run.Error
	case p.Run.State == workflow.RunCancelled:
		return "The run was cancelled."
	}
	return "Some of the items did not succeed."
}

func (p RunContinueProps) input(f form.Field) ui.Input {
	return RunNewProps{Version: p.Version, Form: p.Form, Names: p.Names}.input(f)
}

// versions are what the run may go on with.
func (p RunContinueProps) versions() []form.Option {
	word := func(n int) string { return "Version " + strconv.Itoa(n) }
	out := []form.Option{{Value: strconv.Itoa(p.Run.Version), Label: word(p.Run.Version) + ", as before"}}
	if p.Newest > p.Run.Version {
		out = append(out, form.Option{Value: strconv.Itoa(p.Newest), Label: word(p.Newest) + ", the newest"})
	}
	return out
}

func (p RunContinueProps) ticked(key string) bool { return slices.Contains(p.Again, key) }

// words says what a step does, with what the new run is given.
func (p RunContinueProps) words(row workflow.ResumedStep) workflow.Phrase {
	i := p.Version.Definition.StepIndex(row.Key)
	if i < 0 {
		return workflow.Phrase{{Text: row.Step.Title}}
	}
	return workflow.Sentence(workflow.Describe(p.Version.Definition, p.Registry, i, workflow.Known{Inputs: p.Form.Values, Names: p.Names}))
}

// missing reports whether a step has to be ticked and was not.
func (p RunContinueProps) missing(row workflow.ResumedStep) bool {
	return p.Tried && row.Must() && !p.ticked(row.Key)
}

// resumeLook says what becomes of a step, as icon and word.
func resumeLook(row workflow.ResumedStep) ui.Look {
	switch {
	case row.What == workflow.TakeOver && row.Was == workflow.StepDone:
		return ui.Look{Tone: ui.Good, Icon: "circle-check", Word: "Stays done"}
	case row.What == workflow.TakeOver:
		return ui.Look{Tone: ui.Neutral, Icon: "circle-minus", Word: "Stays as it is"}
	case row.Unsafe:
		return ui.Look{Tone: ui.Warn, Icon: "triangle-alert", Word: "Done again"}
	case row.Step.Resume != nil:
		return ui.Look{Tone: ui.Info, Icon: "arrow-right", Word: "Goes on"}
	case row.What == workflow.DoAgain && row.Was == workflow.StepDone:
		return ui.Look{Tone: ui.Info, Icon: "repeat", Word: "Done again"}
	case row.What == workflow.DoAgain:
		return ui.Look{Tone: ui.Info, Icon: "repeat", Word: "Tried again"}
	}
	return ui.Look{Tone: ui.Info, Icon: "play", Word: "Will be done"}
}

// tickWords is what a person says with a tick.
func tickWords(row workflow.ResumedStep) string {
	title := "“" + row.Step.Title + "”"
	switch {
	case row.Step.Action == workflow.FlowForEach && row.Open && row.Step.Resume == nil && row.Was == workflow.StepDone && !failedItems(row):
		return "Do " + title + " again, for every item"
	case row.Step.Resume != nil || failedItems(row):
		return "Go on with the items of " + title + " that did not succeed"
	}
	return "Do " + title + " again"
}

func failedItems(row workflow.ResumedStep) bool {
	return workflow.Number(row.Step.Output[workflow.FailedOutput]) > 0
}

// runsWords says in how many runs within a step a row stands.
func runsWords(n int) string {
	if n == 1 {
		return "in 1 of them"
	}
	return "in " + strconv.Itoa(n) + " of them"
}

// resumeCounts sums up what becomes of the steps.
func (p RunContinueProps) resumeCounts() string {
	stay, do := 0, 0
	for _, row := range p.Rows {
		if row.What == workflow.TakeOver {
			stay++
		} else {
			do++
		}
	}
	parts := []string{ui.Count(do, "step") + " to do"}
	if stay > 0 {
		words := strconv.Itoa(stay) + " stay done"
		if stay == 1 {
			words = "1 stays done"
		}
		parts = append(parts, words)
	}
	return strings.Join(parts, ", ")
}

// goneWords names the steps that were done and are no part of the version any more.
func (p RunContinueProps) goneWords() string {
	titles := make([]string, len(p.Gone))
	for i, s := range p.Gone {
		titles[i] = "“" + s.Title + "”"
	}
	return "Not part of version " + strconv.Itoa(p.Version.Number) + " any more, and what was done stays: " + strings.Join(titles, ", ") + "."
}

// heldWords say what being held to the plan means for the run that continues.
func (p RunContinueProps) heldWords() string {
	if p.Held.Difference != nil {
		return "the run before stopped since Okta was not as planned any more. It stops there again unless Okta is as planned by then."
	}
	return "what is left is compared with it before each change, and the run stops where Okta is not as planned any more."
}
