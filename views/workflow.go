package views

import (
	"strconv"
	"strings"
	"time"

	"caracal/auth"
	"caracal/form"
	"caracal/views/ui"
	"caracal/workflow"
)

// WorkflowsProps is the list of workflows.
type WorkflowsProps struct {
	Shell        Shell
	Now          time.Time
	MayEdit      bool
	Query        string
	State        string
	Application  string
	Archived     bool
	Applications []ui.Link // id in Href, name in Label
	Rows         []WorkflowRow
	Paging       ui.Paging
}

// WorkflowRow is one line of the list.
type WorkflowRow struct {
	ID, Name, Purpose, Summary string
	Application                string
	Published                  int
	Dirty, Archived            bool
	MayRun                     bool
	Last                       *workflow.Run
	UpdatedAt                  time.Time
	UpdatedBy                  string
}

// filtered reports whether the list is narrowed, so that an empty one means something else.
func (p WorkflowsProps) filtered() bool {
	return p.Query != "" || p.State != "" || p.Application != "" || p.Archived
}

// WorkflowLook says how far a workflow has come.
func WorkflowLook(published int, dirty, archived bool) ui.Look {
	switch {
	case archived:
		return ui.Look{Tone: ui.Neutral, Icon: "package-open", Word: "Archived"}
	case published == 0:
		return ui.Look{Tone: ui.Warn, Icon: "square-pen", Word: "Draft"}
	case dirty:
		return ui.Look{Tone: ui.Info, Icon: "square-pen", Word: "v" + strconv.Itoa(published) + ", changed"}
	}
	return ui.Look{Tone: ui.Good, Icon: "circle-check", Word: "Published v" + strconv.Itoa(published)}
}

// WorkflowNewProps is the page for a new workflow.
type WorkflowNewProps struct {
	Shell        Shell
	Form         *form.Form // name, application_id, starter
	Starters     []workflow.Starter
	Registry     *workflow.Registry
	Applications []ui.Link
	Import       ImportProps
}

// ImportProps is a file that is being imported.
type ImportProps struct {
	Text     string // as it was sent
	Mistakes []workflow.Mistake
}

// shelf is a part of the gallery of templates.
type shelf struct {
	title    string
	starters []workflow.Starter
}

// shelves puts the templates into their parts, in order.
func (p WorkflowNewProps) shelves() (out []shelf) {
	for _, s := range p.Starters {
		if len(out) == 0 || out[len(out)-1].title != s.Shelf {
			out = append(out, shelf{title: s.Shelf})
		}
		out[len(out)-1].starters = append(out[len(out)-1].starters, s)
	}
	return out
}

// WorkflowShowProps is a workflow to look at and to run.
type WorkflowShowProps struct {
	Shell       Shell
	Now         time.Time
	Workflow    workflow.Workflow
	Definition  workflow.Definition // the published one, or the draft when there is none
	Registry    *workflow.Registry
	Application ui.Link
	MayRun      bool
	Runs        []RunRow
}

// PublishProps is the page on which a draft becomes a version.
type PublishProps struct {
	Shell    Shell
	Workflow workflow.Workflow
	Registry *workflow.Registry
	Problems []workflow.Problem
	Unasked  string            // why the org was not asked whether it has what is chosen
	Changes  []workflow.Change // since the newest version
	Note     string
	Error    string
	NoteBad  string // what is wrong with the note
}

// HistoryProps lists the versions of a workflow.
type HistoryProps struct {
	Shell    Shell
	Now      time.Time
	Workflow workflow.Workflow
	Versions []workflow.Version // newest first
	Names    map[string]string  // of people, by id
	Registry *workflow.Registry
}

// VersionProps is one version, beside another.
type VersionProps struct {
	Shell    Shell
	Now      time.Time
	Workflow workflow.Workflow
	Version  workflow.Version
	Against  int // the other version; 0 is the draft, -1 none
	Others   []workflow.Version
	Changes  []workflow.Change
	YAML     []workflow.DiffLine // the same difference as files
	By       string
	Registry *workflow.Registry
}

// ArchiveProps asks before a workflow is taken out of the lists.
type ArchiveProps struct {
	Shell    Shell
	Workflow workflow.Workflow
	UnderWay int // runs that have not ended
	Error    string
}

// workflowTabs are the pages of one workflow, as far as a person may see them.
func workflowTabs(w workflow.Workflow, active string, u auth.User) []ui.Tab {
	path := "/workflows/" + w.ID
	tabs := []ui.Tab{{Label: "Overview", Href: path, Active: active == "show"}}
	if u.May(auth.WorkflowEdit) && !w.Archived {
		tabs = append(tabs, ui.Tab{Label: "Builder", Href: path + "/edit", Active: active == "build"})
	}
	if seesDrafts(u) {
		badge := ""
		if w.Published > 0 {
			badge = strconv.Itoa(w.Published)
		}
		tabs = append(tabs, ui.Tab{Label: "Triggers", Href: path + "/triggers", Active: active == "triggers"},
			ui.Tab{Label: "History", Href: path + "/versions", Active: active == "history", Badge: badge})
	}
	return append(tabs, ui.Tab{Label: "Runs", Href: "/runs?workflow=" + w.ID})
}

// seesDrafts reports whether a person may see what is not published: those who edit, and auditors.
func seesDrafts(u auth.User) bool {
	return u.May(auth.WorkflowEdit) || u.May(auth.AuditRead)
}

func noTone(string) ui.Tone { return ui.Neutral }

func changeIcon(k workflow.ChangeKind) string {
	switch k {
	case workflow.Added:
		return "plus"
	case workflow.Removed:
		return "trash-2"
	case workflow.Moved:
		return "chevrons-up-down"
	}
	return "pencil"
}

// workflowTitle is the name a person may see: that of the draft, or of what is published.
func workflowTitle(w workflow.Workflow, s Shell) string {
	if w.Draft.Name == "" {
		return "Workflow without a name"
	}
	return w.Draft.Name
}

// runnerWords says who may run a workflow.
func runnerWords(runners []auth.Role) string {
	words := []string{"Builders", "admins"}
	for _, r := range runners {
		words = append(words, strings.ToLower(r.Title())+"s")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
