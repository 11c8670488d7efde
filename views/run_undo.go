package views

import (
	"strings"
	"time"

	"caracal/views/ui"
	"caracal/workflow"
)

// UndoEntry is one change of a run with what becomes of it.
type UndoEntry struct {
	ID      string
	Title   string
	Words   workflow.Phrase // what the step did
	State   string          // undo.State
	Why     string
	Values  []UndoValue
	Lost    []string
	Removes bool
	Ticked  bool
	By      string // the run that takes it back

	Place string // the item or called workflow it stands in; "" is the run itself
	RunID string // where it stands
}

// UndoValue is one value: before the step, after it, and now. Known says that Now was looked at.
type UndoValue struct {
	Label, Before, Left, Now string
	Known, Differs           bool
}

// UndoProps is the plan of an undo.
type UndoProps struct {
	Shell       Shell
	Run         workflow.Run
	Now         time.Time
	Application string
	Offered     []UndoEntry // that may be ticked, the newest first
	Unlisted    int         // more of these, ticked together
	RestTicked  bool
	Never       []UndoEntry
	Quiet       []UndoEntry // nothing to take back
	Taken       []UndoEntry
	Error       string

	// The last question.
	Ticked      []UndoEntry // what will be taken back, of those that are listed
	TickedAll   int
	Removes     bool // something is deleted, so the name is typed
	ConfirmBad  string
	Once, Hash  string
	Rehearse    bool   // it can be rehearsed
	NoRehearsal string // why it can't
}

func (p UndoProps) path() string { return "/runs/" + p.Run.ID + "/undo" }

func (p UndoProps) crumbs(more ...ui.Link) []ui.Link {
	return append([]ui.Link{{Label: "Runs", Href: "/runs"}, {Label: p.Run.Name, Href: "/runs/" + p.Run.ID}}, more...)
}

// empty reports whether the run changed nothing at all.
func (p UndoProps) empty() bool {
	return len(p.Offered)+p.Unlisted+len(p.Never)+len(p.Taken) == 0
}

func (p UndoProps) lead() string {
	if len(p.Offered) == 0 {
		return ""
	}
	return "Tick what is to be taken back. Nothing is changed before you have looked it over once more."
}

// changes counts what is about to be taken back.
func (p UndoProps) changes() string {
	if p.TickedAll == 1 {
		return "1 change"
	}
	return ui.Number(p.TickedAll) + " changes"
}

func (p UndoProps) count(states ...string) int {
	n := 0
	for _, e := range p.Offered {
		for _, s := range states {
			if e.State == s {
				n++
			}
		}
	}
	return n
}

// undoLook says how an entry stands.
func undoLook(e UndoEntry) ui.Look {
	switch e.State {
	case "ready":
		return ui.Look{Icon: "undo-2", Word: "Can be taken back", Tone: ui.Good}
	case "changed":
		return ui.Look{Icon: "users", Word: "Changed since", Tone: ui.Warn}
	case "doubtful":
		return ui.Look{Icon: "circle-help", Word: "In doubt", Tone: ui.Warn}
	case "unread":
		return ui.Look{Icon: "eye-off", Word: "Can't be compared", Tone: ui.Warn}
	case "refused":
		return ui.Look{Icon: "ban", Word: "Okta would refuse it", Tone: ui.Warn}
	case "uncompared":
		return ui.Look{Icon: "timer", Word: "Compared later", Tone: ui.Info}
	case "never":
		return ui.Look{Icon: "ban", Word: "Can't come back", Tone: ui.Bad}
	case "taken":
		return ui.Look{Icon: "check", Word: "Taken back", Tone: ui.Neutral}
	case "back":
		return ui.Look{Icon: "check", Word: "As before", Tone: ui.Neutral}
	}
	return ui.Look{Icon: "circle-minus", Word: "Nothing to do", Tone: ui.Neutral}
}

// undoText writes a value for the table. Words that Okta writes in capitals are read more easily small.
func undoText(s string) string {
	if s == "" {
		return "–"
	}
	if s == strings.ToUpper(s) && strings.ContainsAny(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == "" && len(s) > 3 {
		s = strings.ReplaceAll(s, "_", " ")
		return s[:1] + strings.ToLower(s[1:])
	}
	return shortText(s, 160)
}

// undoGroups cuts entries into those of one place each, in their order.
func undoGroups(entries []UndoEntry) [][]UndoEntry {
	var out [][]UndoEntry
	for _, e := range entries {
		if n := len(out); n > 0 && out[n-1][0].RunID == e.RunID {
			out[n-1] = append(out[n-1], e)
			continue
		}
		out = append(out, []UndoEntry{e})
	}
	return out
}
