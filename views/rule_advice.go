package views

import "strings"

// ruleNoteOutput is the output in which actions say what group rules made of them.
const ruleNoteOutput = "rule_note"

// RuleAdviceProps is what group rules make of a run that is about to start.
type RuleAdviceProps struct {
	Path   string // of the part, which asks again when the form changes
	Asked  bool   // at least one step changes memberships
	Fixed  bool   // the form can't be changed any more
	Rows   []RuleAdviceRow
	Unread string // why the rules could not be looked at
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

// RuleWay is one change that lasts, and where in the console it is made.
type RuleWay struct{ Title, Text, Path string }

func (w RuleWay) steps() []string { return strings.Split(w.Path, " › ") }
