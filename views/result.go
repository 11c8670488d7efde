package views

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"caracal/views/ui"
	"caracal/workflow"
)

// FormsProps is the page of those who run what others built.
type FormsProps struct {
	Shell  Shell
	Now    time.Time
	Query  string
	Forms  []FormCard
	Paging ui.Paging
	Runs   []ResultRow // the person's own, the newest
}

// FormCard is one workflow that the person may run.
type FormCard struct {
	ID, Name, Purpose string
	Asks              int // how many inputs its form has
}

// ResultRow is one of a person's own runs.
type ResultRow struct {
	ID, Name string
	State    workflow.RunState
	At       time.Time
}

// ResultsProps is the list of a person's own runs.
type ResultsProps struct {
	Shell  Shell
	Now    time.Time
	Rows   []ResultRow
	Paging ui.Paging
}

// ResultProps is what came of a run, for the person who started it.
type ResultProps struct {
	Run        workflow.Run
	Now        time.Time
	Definition workflow.Definition
	By         string            // who started it, when it was somebody else
	Names      map[string]string // of picked objects, by id
	MayRepeat  bool
	MayRead    bool // whether the page of every step is open to this person
}

func (p ResultProps) path() string { return "/results/" + p.Run.ID }

func (p ResultProps) crumbs() []ui.Link {
	out := []ui.Link{{Label: "Run", Href: "/run"}, {Label: "Your runs", Href: "/results"}}
	if p.Run.IsRow() {
		out = append(out, ui.Link{Label: p.Run.Name + ", by a CSV", Href: BatchPath(p.Run.BatchID)})
	}
	return out
}

func (p ResultProps) title() string {
	if p.Run.IsRow() {
		return p.Run.Name + ": " + rowTitle(p.Run, p.Names)
	}
	return p.Run.Name
}

// words says how the run stands, to somebody who did not build it.
func (p ResultProps) words() (title, text string) {
	switch p.Run.State {
	case workflow.RunQueued:
		return "It begins in a moment", "This page follows it; you can also leave and come back."
	case workflow.RunRunning:
		return "It is under way", "This page follows it; you can also leave and come back."
	case workflow.RunWaiting:
		return "It waits", p.Run.WaitReason
	case workflow.RunAsking:
		return "Somebody has to look at it", "One change may or may not have reached Okta, so whoever looks after runs is asked. You need not do anything."
	case workflow.RunSucceeded:
		return "Done", "Everything was carried out."
	case workflow.RunFailed:
		return "It did not work", p.Run.Error
	}
	return "It was cancelled", p.Run.Error
}

// told is one thing that the workflow tells the person: a note, or its result.
type told struct {
	Title string
	Note  string   // a text
	Lines []line   // an object
	List  []string // several values
}

// told returns what a builder meant for people: the notes, and the last result that was given back, in order.
func (p ResultProps) told() (out []told) {
	last := -1
	for i, s := range p.Run.Steps {
		if s.Action == workflow.FlowGive && s.State == workflow.StepDone {
			last = i
		}
	}
	for i, s := range p.Run.Steps {
		switch {
		case s.State != workflow.StepDone:
		case s.Action == workflow.FlowNote:
			out = append(out, told{Title: s.Title, Note: s.Input["text"]})
		case i == last:
			out = append(out, tell(s.Title, s.Output["value"]))
		}
	}
	return out
}

// tell shapes a stored value for a person.
func tell(title string, v any) told {
	t := told{Title: title}
	switch v := v.(type) {
	case []any:
		for _, e := range v[:min(len(v), plainEntries)] {
			t.List = append(t.List, inLine(e))
		}
		if more := len(v) - plainEntries; more > 0 {
			t.List = append(t.List, "and "+ui.Number(more)+" more")
		}
		if len(v) == 0 {
			t.Note = "Nothing."
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if value := inLine(v[name]); value != "" {
				t.Lines = append(t.Lines, line{Name: name, Value: value})
			}
		}
	default:
		t.Note = plain(v)
	}
	return t
}

// inLine writes a value on one line: the parts of an object that are texts, behind one another.
func inLine(v any) string {
	object, ok := v.(map[string]any)
	if !ok {
		if list, ok := v.([]any); ok {
			raw, err := json.Marshal(list)
			if err != nil {
				return ""
			}
			return shortText(string(raw), 200)
		}
		return plain(v)
	}
	var parts []string
	for _, name := range []string{"name", "label", "login", "email", "title", "id"} {
		if s, ok := object[name].(string); ok && s != "" && !slices.Contains(parts, s) {
			parts = append(parts, s)
		}
	}
	if len(parts) == 0 {
		raw, err := json.Marshal(object)
		if err != nil {
			return ""
		}
		return shortText(string(raw), 200)
	}
	return strings.Join(parts, " · ")
}

// given is what the run was started with.
func (p ResultProps) given() []line {
	out := RunLiveProps{Run: p.Run, Definition: p.Definition, Names: p.Names}.inputLines()
	for i := range out {
		out[i].Note = "" // an id says nothing to them
	}
	return out
}

// asks says how much a form wants to know.
func (c FormCard) asks() string {
	if c.Asks == 0 {
		return "Asks for nothing"
	}
	return "Asks for " + ui.Count(c.Asks, "thing")
}
