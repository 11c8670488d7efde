package views

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"caracal/form"
	"caracal/plan"
	"caracal/views/ui"
	"caracal/workflow"
)

// RehearsalProps is one rehearsal.
type RehearsalProps struct {
	Shell       Shell
	Now         time.Time
	Rehearsal   plan.Rehearsal
	By          string            // name of who made it
	Application string            // name
	Names       map[string]string // of picked objects, by id
	Seen        RehearsalSeen

	Changes []plan.Change
	Next    int               // place that the next page of changes begins with; 0 is none
	Makers  map[int]plan.Step // of the changes shown, by place
	Steps   []plan.Step
	More    int // place that the next page of steps begins with; 0 is none

	Start RehearsalStart
}

// RehearsalSeen is the part of a plan that is shown.
type RehearsalSeen struct {
	Kind    plan.Kind // "" is all
	Follows bool      // only what no call asks for
	Query   string
	From    int
	Step    int  // place of the first step
	Failing bool // only steps that would fail
}

// RehearsalStart says whether a run can be started from the plan, and how.
type RehearsalStart struct {
	May     bool
	Why     string // why not, or ""
	Once    string // a double click is one run
	Confirm string // the workflow's name, where it is to be typed since something can't be brought back; "" else
	Bad     string // what is wrong with what was typed
	Again   bool   // whether this person may rehearse it again
}

func (p RehearsalProps) path() string { return "/rehearsals/" + p.Rehearsal.ID }

// PastRehearsals are rehearsals that a page lists, newest first.
type PastRehearsals struct {
	List   []plan.Rehearsal
	People map[string]string // names by id
}

// words says who rehearsed, and how much would change.
func (p PastRehearsals) words(r plan.Rehearsal) string {
	if r.State != plan.Ready {
		return p.People[r.By]
	}
	return p.People[r.By] + ", " + ui.Count(r.Summary.Changes(), "change")
}

// rehearsalLook says how the state of a rehearsal looks.
func rehearsalLook(r plan.Rehearsal) ui.Look {
	switch {
	case r.State == plan.UnderWay:
		return ui.Look{Tone: ui.Info, Icon: "loader-circle", Word: "Under way"}
	case r.State == plan.Failed:
		return ui.Look{Tone: ui.Bad, Icon: "circle-x", Word: "Could not be made"}
	case r.Summary.Failing > 0:
		return ui.Look{Tone: ui.Warn, Icon: "triangle-alert", Word: "Would fail"}
	}
	return ui.Look{Tone: ui.Good, Icon: "circle-check", Word: "Ready"}
}

func (p RehearsalProps) title() string { return "Rehearsal of " + p.Rehearsal.Subject.Definition.Name }

func (p RehearsalProps) crumbs() []ui.Link {
	s := p.Rehearsal.Subject
	switch {
	case s.Origin != "":
		return []ui.Link{{Label: s.OriginName, Href: s.Origin}}
	case s.IsFile():
		return []ui.Link{{Label: "Workflows", Href: "/workflows"}}
	case s.Kind == plan.Draft:
		return []ui.Link{{Label: "Workflows", Href: "/workflows"}, {Label: s.Definition.Name, Href: "/workflows/" + s.WorkflowID + "/edit"}}
	case s.WorkflowID != "":
		return []ui.Link{{Label: s.Definition.Name, Href: "/workflows/" + s.WorkflowID + "/run"}}
	}
	return nil
}

// what says which steps were rehearsed.
func (p RehearsalProps) what() string {
	s := p.Rehearsal.Subject
	words := "steps made for this"
	switch {
	case s.IsFile():
		words = "a file"
	case s.Kind == plan.Draft:
		words = "the draft"
	case s.Kind == plan.Version:
		words = "version " + strconv.Itoa(s.Version)
	}
	if s.Many {
		words += ", " + ui.Count(len(s.Rows), "row")
	}
	return words
}

// headline says in a sentence what would change.
func (p RehearsalProps) headline() string {
	s := p.Rehearsal.Summary
	n := s.Changes()
	if n == 0 {
		return "Nothing would change in " + p.Application + "."
	}
	words := ui.Number(n) + " changes"
	if n == 1 {
		words = "1 change"
	}
	return words + " in " + p.Application + ": " + s.List() + "."
}

// takes says how long the run's calls take at the org's limits.
func (p RehearsalProps) takes() string {
	s := p.Rehearsal.Summary
	who := "The run"
	if p.Rehearsal.Subject.Many {
		who = "The rows"
	}
	if len(s.Buckets) == 0 {
		return who + " would call Okta not once."
	}
	calls := 0
	for _, b := range s.Buckets {
		calls += b.Calls
	}
	words := who + " would make " + ui.Number(calls) + " calls"
	if calls == 1 {
		words = who + " would make 1 call"
	}
	share := strconv.Itoa(int(s.Share*100+0.5)) + " % of this org's limits"
	if d := s.Buckets[0].Takes; d > 0 {
		if calls != 1 {
			return words + ", which take at least " + ui.Count(int(d/time.Minute), "minute") + " at " + share + "."
		}
		return words + ", which takes at least " + ui.Count(int(d/time.Minute), "minute") + " at " + share + "."
	}
	return words + ", which fit into one minute at " + share + "."
}

// href is the address of this page with another part of the plan shown.
func (p RehearsalProps) href(seen RehearsalSeen, to string) string {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" && value != "0" {
			q.Set(name, value)
		}
	}
	set("kind", string(seen.Kind))
	if seen.Follows {
		set("kind", "follows")
	}
	set("q", seen.Query)
	set("from", strconv.Itoa(seen.From))
	set("step", strconv.Itoa(seen.Step))
	if seen.Failing {
		set("steps", "failing")
	}
	out := p.path()
	if len(q) > 0 {
		out += "?" + q.Encode()
	}
	return out + to
}

// of is the address with only the changes of one kind.
func (p RehearsalProps) of(k plan.Kind, follows bool) string {
	seen := p.Seen
	seen.Kind, seen.Follows, seen.From = k, follows, 0
	return p.href(seen, "#changes")
}

func (p RehearsalProps) after(next int) string {
	seen := p.Seen
	seen.From = next
	return p.href(seen, "#changes")
}

func (p RehearsalProps) stepsFrom(step int, failing bool) string {
	seen := p.Seen
	seen.Step, seen.Failing = step, failing
	return p.href(seen, "#steps")
}

// maker says which steps made a change, in a few words.
func (p RehearsalProps) maker(c plan.Change) string {
	var titles []string
	for _, i := range c.By {
		s, known := p.Makers[i]
		if title := p.at(s) + s.Title; known && !slices.Contains(titles, title) {
			titles = append(titles, title)
		}
	}
	if len(titles) > 2 {
		titles = append(titles[:2], "and others")
	}
	return strings.Join(titles, ", ")
}

// at says which row and which items a step belongs to, with a colon behind it.
func (p RehearsalProps) at(s plan.Step) string {
	var parts []string
	if p.Rehearsal.Subject.Many {
		parts = append(parts, "Row "+strconv.Itoa(p.Rehearsal.Subject.Number(s.Row)))
	}
	if s.Item != "" {
		parts = append(parts, s.Item)
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, " › ") + ": "
}

// does says what becomes of the subject, where its name stands before it.
func does(c plan.Change) string { return strings.TrimPrefix(c.Words(), c.Subject+" ") }

// listed reports whether the values of a change are listed below it.
func listed(c plan.Change) bool {
	return c.Verb == plan.Changed || c.Verb == plan.Created
}

// byKind parts changes, which are in the order of their kinds.
func byKind(changes []plan.Change) (out [][]plan.Change) {
	for i, c := range changes {
		if i == 0 || changes[i-1].Kind != c.Kind {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], c)
	}
	return out
}

// changeSign stands for what becomes of the subject.
func changeSign(c plan.Change) string {
	switch {
	case c.Loss():
		return "circle-minus"
	case c.Verb == plan.Changed:
		return "pencil"
	}
	return "plus"
}

// changeTone is the data-kind that colours it.
func changeTone(c plan.Change) string {
	switch {
	case c.Loss():
		return "removed"
	case c.Verb == plan.Changed:
		return "changed"
	}
	return "added"
}

// inputLines are the values that were rehearsed with, of a rehearsal of one run.
func (p RehearsalProps) inputLines() []line {
	s := p.Rehearsal.Subject
	if s.Many || len(s.Rows) != 1 {
		return nil
	}
	var out []line
	for _, in := range s.Definition.Inputs {
		out = append(out, RunLiveProps{Names: p.Names}.value(in.Label, in.Kind, in.Options, s.Rows[0][in.Name]))
	}
	return out
}

// deep is how far a step stands within others, at most 3.
func deep(s plan.Step) string { return strconv.Itoa(min(3, strings.Count(s.At, "/"))) }

// wholeRun reports whether an entry of the steps is the run of a row.
func wholeRun(s plan.Step) bool { return s.At == "" }

// RehearseNewProps is the form with the values that a draft is rehearsed with.
type RehearseNewProps struct {
	Shell    Shell
	Workflow workflow.Workflow
	Form     *form.Form
	Names    map[string]string // of what was picked, by id
	Problems []workflow.Problem
	Past     []plan.Rehearsal // of this workflow, newest first
	People   map[string]string
	Now      time.Time
}

func (p RehearseNewProps) input(f form.Field) ui.Input {
	return RunNewProps{Version: workflow.Version{Definition: p.Workflow.Draft}, Form: p.Form, Names: p.Names}.input(f)
}

// RunPlanProps is the plan that a run was started from.
type RunPlanProps struct {
	RehearsalID string // "" is none
	Hash        string
	Summary     plan.Summary
	Rest        bool // the run goes on with another one that was held to it
	CheckedAt   time.Time
	Difference  *plan.Difference
	Now         time.Time
}

// words say what was planned, in numbers.
func (p RunPlanProps) words() string {
	switch n := p.Summary.Changes(); {
	case n == 0:
		return "nothing changes."
	default:
		return p.Summary.List() + "."
	}
}

func differenceTitle(d plan.Difference) string {
	if d.Step == "" {
		return "Okta has changed since this was planned, so nothing was changed"
	}
	return "Okta has changed since this was planned, so the run stopped before “" + d.Step + "”"
}
