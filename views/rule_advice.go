package views

import (
	"strings"

	"github.com/a-h/templ"
)

// ruleNoteOutput is the output in which actions say what group rules made of them.
const ruleNoteOutput = "rule_note"

// RuleAdviceProps is what group rules make of a run that is about to start.
type RuleAdviceProps struct {
	Path   string // of the part, which asks again when the form changes
	Asked  bool   // at least one step changes memberships
	Rows   []RuleAdviceRow
	Unread string // why the rules could not be looked at
	Late   bool   // the org has not answered yet, so the page asks for this part again by itself
}

// follow makes a part of a form ask for the advice again when something in it changes.
func (p RuleAdviceProps) follow() templ.Attributes {
	if !p.Asked {
		return nil
	}
	return templ.Attributes{"hx-post": p.Path, "hx-trigger": "change delay:200ms", "hx-include": "closest form", "hx-target": "#rule-advice",
		"hx-swap": "outerHTML", "hx-sync": "this:replace", "hx-status:4xx": "swap:none", "hx-status:5xx": "swap:none"}
}

// again makes the part ask for itself once, when the page came without it.
func (p RuleAdviceProps) again() templ.Attributes {
	if !p.Late || p.Path == "" {
		return nil
	}
	return templ.Attributes{"hx-post": p.Path, "hx-trigger": "load delay:500ms", "hx-include": "closest form", "hx-swap": "outerHTML",
		"hx-status:4xx": "swap:none", "hx-status:5xx": "swap:none"}
}

// RuleAdviceRow is one rule and one membership.
type RuleAdviceRow struct {
	Step      string
	Title     string
	Text      string
	Condition string
	Weighty   bool
	Ways      []RuleWay
}

// RuleWay is one change that lasts, and where it is made: in Okta's console, and here for those who may.
type RuleWay struct {
	Title, Text string
	Path        string
	Link        string // the page of the operation that makes it, with the object filled in; ""
	LinkText    string
}

func (w RuleWay) steps() []string { return strings.Split(w.Path, " › ") }
