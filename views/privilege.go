package views

import (
	"strconv"
	"time"

	"caracal/org"
	"caracal/views/ui"
)

// PrivilegeProps compares what an application is granted with what it is used for.
type PrivilegeProps struct {
	Shell       Shell
	App         org.Application
	Days        int // how far back runs are looked at
	Needs       []org.Need
	Kept        []PrivilegeScope
	Unneeded    []PrivilegeScope
	Helpful     []PrivilegeScope
	Missing     []PrivilegeScope
	Roles       []string // the smallest standard roles, together
	Single      string   // the smallest one that covers them all, when they are several
	RolePath    string
	Permissions []string // of a custom role instead
	Resources   []string
	AlsoRoles   []string
	CheckedAt   time.Time
	MayCheck    bool
	Now         time.Time
}

// PrivilegeScope is one scope, why it stands where it does, and how that is mended.
type PrivilegeScope struct {
	Scope   org.Scope
	Because string
	Mend    string
}

func (p PrivilegeProps) path() string { return "/applications/" + p.App.ID + "/privilege" }

func (p PrivilegeProps) spans() []ui.Tab {
	var out []ui.Tab
	for _, days := range []int{30, 90} {
		out = append(out, ui.Tab{Label: strconv.Itoa(days) + " days", Href: p.path() + "?days=" + strconv.Itoa(days), Active: days == p.Days})
	}
	return out
}

// headline says the result in a sentence.
func (p PrivilegeProps) headline() (tone ui.Tone, icon, title, text string) {
	switch {
	case len(p.Missing) > 0:
		return ui.Bad, "circle-x", ui.Count(len(p.Missing), "scope") + " missing", "Steps that need them fail until they are granted."
	case len(p.Unneeded) > 0:
		return ui.Warn, "shield-alert", ui.Count(len(p.Unneeded), "scope") + " more than needed", "What is not granted can't be misused. Caracal takes nothing away by itself."
	}
	return ui.Good, "shield-check", "As little as it takes", "Every granted scope is in use, and none is missing."
}

// needUse says how often something was used, and by which workflows.
func needUse(n org.Need) string {
	switch {
	case n.Times == 0 && n.Action == "": // forms are not counted
		return "–"
	case n.Times == 0:
		return "not yet"
	case n.Times == 1:
		return "once"
	}
	return strconv.Itoa(n.Times) + " times"
}
