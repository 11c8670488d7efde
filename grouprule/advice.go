package grouprule

import (
	"fmt"
	"strings"
)

// Change is what is about to happen to a membership.
type Change string

// The changes.
const (
	Adding   Change = "adding"
	Removing Change = "removing"
)

// Advice is what a rule means for a change, for the form of a run.
type Advice struct {
	Rule      string
	RuleID    string
	Condition string
	Weighty   bool // the change will not last, or leaves an exception: look before it runs
	Title     string
	Text      string
	Ways      []Way // the changes that last
}

// Way is one change that lasts, or the decision to go on as it is.
type Way struct {
	Title, Text string
	Path        string // where in the Admin Console it is made, if there
	Of          Changed
}

// Changed is what a way changes.
type Changed string

// What a way changes; nothing when it goes on as it is.
const (
	TheProfile Changed = "profile"
	TheRule    Changed = "rule"
)

// rulesPath is where the Admin Console lists group rules.
const rulesPath = "Admin Console › Directory › Groups › Rules › "

// exceptionRoom is how many people the exception list of a rule takes (support.okta.com, "Removing Users from
// Exception List in Group Rules").
const exceptionRoom = 100

// Advise says what a standing means for a change. person and group are names, "" when they are not known.
//
// The facts are those of support.okta.com: a person whom a rule manages and who is removed by hand goes onto its
// exception list, and without that would be added back ("User getting added in group exclusion list by Okta
// System"); a rule that is deactivated leaves its members ("Removing Users from Exception List in Group Rules").
func (s Standing) Advise(c Change, person, group string) Advice {
	who := orElse(person, "this person")
	where := orElse(group, "this group")
	a := Advice{Rule: s.Rule.Name, RuleID: s.Rule.ID, Condition: s.Rule.Condition}
	rule := "The rule “" + s.Rule.Name + "”"
	switch {
	case c == Removing && s.State == Gives:
		a.Weighty, a.Title = true, rule+" gives this membership"
		a.Text = fmt.Sprintf("Its condition holds for %s. Removing by hand puts %s on its exception list: the rule leaves them alone from then on, whatever their profile says.", who, who)
		a.Ways = []Way{s.changeProfile("so that the condition no longer holds; the rule then takes the membership away itself, and gives it back when it holds again."),
			s.changeRule("Deactivate it, edit its condition and activate it again. Deactivating alone leaves everybody in the group."), exception()}
	case c == Removing && s.State == Untold:
		a.Weighty, a.Title = true, rule+" assigns "+where
		a.Text = fmt.Sprintf("Whether it holds for %s can't be told here: %s. If it does, removing by hand puts them on its exception list.", who, s.Why)
		a.Ways = []Way{s.changeProfile("so that the condition does not hold."),
			s.changeRule("Its preview tells whether it holds for a person."), exception()}
	case c == Removing && s.State == Idle:
		a.Title = rule + " assigns " + where + ", but not to " + who + " now"
		a.Text = "It will give the membership when the profile meets its condition. Removing by hand makes no exception then."
		a.Ways = []Way{s.changeRule("To keep it away for good, add the person under Except.")}
	case c == Removing:
		a.Title = rule + " holds " + who + " as an exception"
		a.Text = "They are on its exception list, so it does not give the membership back."
	case s.State == Gives:
		a.Title = rule + " gives this membership by itself"
		a.Text = fmt.Sprintf("Its condition holds for %s, so adding by hand is not needed. If the person is not a member yet, the rule will add them shortly.", who)
		a.Ways = []Way{s.changeProfile("when the membership is to end; the rule takes it away itself.")}
	case s.State == Excepted:
		a.Weighty, a.Title = true, rule+" holds "+who+" as an exception"
		a.Text = "It leaves them alone. Added by hand, they are members until somebody removes them, whatever their profile says."
		a.Ways = []Way{{Title: "Let the rule decide again", Path: rulesPath + s.Rule.Name, Of: TheRule,
			Text: "Deactivate it, edit it, take the person off Except, and activate it again."}}
	case s.State == Idle:
		a.Title = rule + " fills " + where + ", and does not hold for " + who
		a.Text = "Added by hand, the membership does not follow the profile: it lasts until somebody removes it."
		a.Ways = []Way{s.changeProfile("so that the condition holds; the rule then adds them, and takes them out again when it no longer does."),
			s.changeRule("Widen its condition when more people like this are to be members.")}
	default:
		a.Title = rule + " assigns " + where
		a.Text = fmt.Sprintf("Whether it holds for %s can't be told here: %s. If it does, adding by hand is not needed.", who, s.Why)
		a.Ways = []Way{s.changeRule("Its preview tells whether it holds for a person.")}
	}
	return a
}

func (s Standing) changeProfile(purpose string) Way {
	names := s.Rule.Attributes()
	if len(names) == 0 {
		return Way{Title: "Change what the condition tests", Text: "Change it " + purpose, Of: TheProfile}
	}
	title := "Change " + strings.Join(names, " or ") + " in the profile"
	return Way{Title: title, Text: "Use the step Update a user, or the system that the profile comes from, " + purpose, Of: TheProfile}
}

func (s Standing) changeRule(text string) Way {
	return Way{Title: "Edit or deactivate the rule", Text: text, Path: rulesPath + s.Rule.Name, Of: TheRule}
}

func exception() Way {
	return Way{Title: "Run it anyway: an exception", Text: fmt.Sprintf("Right for a single person. A rule has room for %d exceptions.", exceptionRoom)}
}

// Note says in one or two sentences what a standing means, for the output of a step. excepted reports that the
// rule was read again after a removal and holds the person as an exception now.
func (s Standing) Note(c Change, person string, excepted bool) string {
	who := orElse(person, "This person")
	mend := " To let the rule decide, change it under Directory › Groups › Rules in the Admin Console."
	switch {
	case c == Removing && excepted:
		return fmt.Sprintf("%s is on the exception list of the group rule “%s” now; it will not give the membership back.%s", who, s.Rule.Name, mend)
	case c == Removing && s.State == Gives:
		return fmt.Sprintf("The group rule “%s” gives this membership to %s and may give it back: they are not on its exception list yet. For a change that lasts, edit the rule%s.", s.Rule.Name, who, s.orProfile())
	case c == Removing && s.State == Untold:
		return fmt.Sprintf("The active group rule “%s” assigns this group and may give it back; whether it holds for %s can't be told: %s.", s.Rule.Name, who, s.Why)
	case c == Removing && s.State == Idle:
		return fmt.Sprintf("The group rule “%s” does not hold for %s now; it will give the membership when the profile meets its condition.", s.Rule.Name, who)
	case c == Removing:
		return fmt.Sprintf("%s was an exception of the group rule “%s” already; it does not give the membership back.", who, s.Rule.Name)
	case s.State == Gives:
		return fmt.Sprintf("The group rule “%s” gives this membership to %s by itself; adding by hand was not needed.", s.Rule.Name, who)
	case s.State == Excepted:
		return fmt.Sprintf("%s is on the exception list of the group rule “%s”, so this membership lasts until somebody removes it.%s", who, s.Rule.Name, mend)
	case s.State == Idle:
		return fmt.Sprintf("The group rule “%s” fills this group and does not hold for %s; added by hand, the membership lasts until somebody removes it.", s.Rule.Name, who)
	}
	return fmt.Sprintf("The active group rule “%s” assigns this group; whether it holds for %s can't be told: %s.", s.Rule.Name, who, s.Why)
}

func (s Standing) orProfile() string {
	if names := s.Rule.Attributes(); len(names) > 0 {
		return " or " + strings.Join(names, " or ") + " in the profile"
	}
	return ""
}

func orElse(name, other string) string {
	if name == "" {
		return other
	}
	return name
}
