package workflow

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"caracal/auth"
	"caracal/form"
)

// The steps that steer a run and call nothing; the engine carries them out itself. The ids stand in runs and
// are never renamed.
const (
	FlowStopUnless = "flow.stop_unless"
	FlowNote       = "flow.note"
	FlowWait       = "flow.wait"
	FlowApproval   = "flow.approval"
	FlowForEach    = "flow.for_each"
	FlowRows       = "flow.rows" // the one step of a batch's run; no workflow holds it
)

// The fields of a for-each that hold expressions of their own, and what it gives within its body.
const (
	ListField    = "list"   // comes out as the list
	GatherField  = "gather" // what is kept of each item, seen from the end of the body
	ItemOutput   = "item"
	NumberOutput = "number" // counted from 1
)

// Who may decide an approval, as its field "who" holds it.
const (
	WhoAnyone   = "anyone"
	WhoApprover = "approver"
	WhoAdmin    = "admin"
	WhoNamed    = "named"
)

// How many of them have to, as its field "answers" holds it. An approval from before there was a choice holds
// neither, and the first answer counts.
const (
	AnswersAny = "any"
	AnswersAll = "all" // each of the named people has to say yes; the first no ends it
)

// What an approval gives as its "decision".
const (
	Approved = "approved"
	Rejected = "rejected"
	Unheard  = "timed_out" // nobody decided in time, and the run goes on
)

// The longest that a step may wait, and a comment on a decision may be.
const (
	MaxWait    = 10 * 366 * 24 * time.Hour
	MaxComment = 1_000 // characters
)

var units = []struct {
	value, label string
	length       time.Duration
}{
	{"minutes", "minutes", time.Minute}, {"hours", "hours", time.Hour}, {"days", "days", 24 * time.Hour}, {"weeks", "weeks", 7 * 24 * time.Hour},
}

// FlowSpecs are the steps that steer a run, as the builder offers them.
func FlowSpecs() []ActionSpec {
	unit := form.Field{Name: "unit", Label: "Unit", Kind: form.Choice, Required: true, Default: "hours"}
	for _, u := range units {
		unit.Options = append(unit.Options, form.Option{Value: u.value, Label: u.label})
	}
	days := unit
	days.Default = "days"
	return []ActionSpec{
		{ID: FlowStopUnless, Title: "Stop unless", Object: "Flow", Help: "Ends the run with your words unless a condition is true.",
			Summary: "stops unless {condition}", Effect: Steers, Repeat: Harmless, Keywords: "assert check guard condition if require",
			Fields: []form.Field{
				{Name: "condition", Label: "Condition", Help: `Such as inputs.team == "Sales", or not empty(steps.find.output.id).`, Kind: form.Condition, Required: true},
				{Name: "message", Label: "What to say when it stops", Kind: form.LongText, Required: true, Placeholder: "This person is not a contractor."}}},
		{ID: FlowWait, Title: "Wait", Object: "Flow", Help: "Lets the run rest for a time, or until a day or a moment.",
			Effect: Steers, Repeat: Harmless, Keywords: "sleep delay pause timer until date later schedule",
			Fields: []form.Field{
				{Name: "amount", Label: "For how long", Help: "A number; leave it empty to wait until a moment.", Kind: form.Number, Placeholder: "30"}, days,
				{Name: "until", Label: "Or until", Help: "A day such as 2026-03-31, which begins at midnight UTC, or a moment such as 2026-03-31T09:30:00Z. One that is past is not waited for.", Kind: form.Text, Placeholder: "{{ inputs.last_day }}"}},
			Outputs: []OutputField{{Name: "until", Label: "When it went on"}}},
		{ID: FlowApproval, Title: "Ask for approval", Object: "Flow", Help: "Waits until one or all of the people you name say yes, or one says no; whoever started the run can't.",
			Effect: Steers, Repeat: Never, Keywords: "approve approver confirm permission four eyes sign off human",
			Fields: []form.Field{
				{Name: "message", Label: "What is asked", Help: "Those who decide read this; put in what they need to know.", Kind: form.LongText, Required: true, Placeholder: "May {{ inputs.person }} have admin rights for a day?"},
				{Name: "who", Label: "Who decides", Kind: form.Choice, Required: true, Default: WhoAnyone, Options: []form.Option{
					{Value: WhoAnyone, Label: "Any approver or admin"}, {Value: WhoApprover, Label: "Any approver"}, {Value: WhoAdmin, Label: "Any admin"}, {Value: WhoNamed, Label: "Only the people named here"}}},
				{Name: "people", Label: "People", Help: "Approvers and admins who have signed in; used with “Only the people named here”.", Kind: form.People},
				{Name: "answers", Label: "How many of them", Help: "One “no” always ends it. “Each of them” needs the people named above.", Kind: form.Choice, Default: AnswersAny, Options: []form.Option{
					{Value: AnswersAny, Label: "The first answer counts"}, {Value: AnswersAll, Label: "Each of them has to say yes"}}},
				{Name: "amount", Label: "Answer within", Help: "Leave it empty to wait without an end.", Kind: form.Number, Placeholder: "2"}, days,
				{Name: "then", Label: "If nobody answers in time", Kind: form.Choice, Required: true, Default: "fail", Options: []form.Option{
					{Value: "fail", Label: "Stop the run"}, {Value: "go_on", Label: "Go on without an answer"}}}},
			Outputs: []OutputField{{Name: "decision", Label: "Decision"}, {Name: "by", Label: "Who decided"}, {Name: "comment", Label: "Comment"}}},
		forEachSpec(), giveSpec(),
		{ID: FlowNote, Title: "Note to people", Object: "Flow", Help: "Writes something on the run's page for whoever looks at it.",
			Summary: "notes {text}", Effect: Steers, Repeat: Harmless, Keywords: "message comment say tell print log",
			Fields: []form.Field{{Name: "text", Label: "Note", Kind: form.LongText, Required: true, Placeholder: "Hand the laptop to {{ inputs.name }}."}}},
	}
}

// IsFlow reports whether an action steers the run and calls nothing.
func IsFlow(action string) bool { return strings.HasPrefix(action, "flow.") }

// flowSummary returns the summary of a step whose words depend on how it is filled.
func flowSummary(s Step, spec ActionSpec) string {
	within := ""
	switch amount := strings.TrimSpace(s.Fields["amount"]); {
	case amount == "1":
		within = "1 " + strings.TrimSuffix(s.Fields["unit"], "s")
	case amount != "":
		within = "{amount} {unit}"
	}
	switch s.Action {
	case FlowWait:
		if within != "" {
			return "waits " + within
		}
		return "waits until {until}"
	case FlowForEach:
		return forEachSummary(s)
	case FlowApproval:
		summary := "asks {who} for approval"
		switch {
		case s.Fields["who"] == WhoNamed && s.Fields["answers"] == AnswersAll:
			summary = "asks each of {people} for approval"
		case s.Fields["who"] == WhoNamed:
			summary = "asks {people} for approval"
		}
		if within != "" {
			summary += " within " + within
			if s.Fields["then"] == "go_on" {
				summary += ", and goes on without an answer"
			}
		}
		return summary
	}
	return spec.Summary
}

// flow says what is wrong with how a step that steers the run is filled.
func (c *checker) flow(i int) {
	s := c.d.Steps[i]
	amount, until := strings.TrimSpace(s.Fields["amount"]), strings.TrimSpace(s.Fields["until"])
	at := func(field string) Problem { return Problem{Step: s.ID, Field: field} }
	plain := func(text string) bool { return text != "" && !strings.Contains(text, "{{") }
	if s.Action == FlowWait || s.Action == FlowApproval {
		if plain(amount) {
			if _, err := span(amount, s.Fields["unit"]); err != nil {
				c.add(at("amount"), "%s.", upperFirst(err.Error()))
			}
		}
	}
	switch s.Action {
	case FlowWait:
		switch {
		case amount == "" && until == "":
			c.add(at("amount"), "Say how long to wait, or until when.")
		case amount != "" && until != "":
			c.add(at("until"), "Wait for a time or until a moment, not both; empty one of them.")
		case plain(until):
			if _, err := ParseMoment(until); err != nil {
				c.add(at("until"), "%s.", upperFirst(err.Error()))
			}
		}
	case FlowApproval:
		if s.Fields["who"] == WhoNamed && len(form.SplitList(s.Fields["people"])) == 0 {
			c.add(at("people"), "Choose at least one person, or let any approver decide.")
		}
		if s.Fields["answers"] == AnswersAll && s.Fields["who"] != WhoNamed {
			c.add(at("answers"), "Name the people who each have to say yes, or let the first answer count.")
		}
	case FlowForEach:
		c.forEach(i)
	case FlowGive:
		if len(c.d.Loops(i)) > 0 {
			c.add(at(""), "A result is given once for the whole run; move this step out of the for-each, and keep something of each item with the for-each itself.")
		}
	}
}

// span reads a number and a unit as a length of time.
func span(amount, unit string) (time.Duration, error) {
	n, err := strconv.ParseFloat(strings.TrimSpace(amount), 64)
	if err != nil || !(n >= 0) { // NaN too
		return 0, fmt.Errorf("%q is not a length of time; write a number such as 30", amount)
	}
	for _, u := range units {
		if u.value != unit {
			continue
		}
		if n > float64(MaxWait)/float64(u.length) {
			return 0, fmt.Errorf("%s %s are too long; at most ten years can be waited", amount, unit)
		}
		return time.Duration(n * float64(u.length)), nil
	}
	return 0, fmt.Errorf("choose minutes, hours, days or weeks beside %s", amount)
}

var momentLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly}

// ParseMoment reads a day, which begins at midnight UTC, or a moment, which is in UTC unless it says otherwise.
func ParseMoment(s string) (time.Time, error) {
	for _, layout := range momentLayouts {
		if t, err := time.Parse(layout, strings.TrimSpace(s)); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a day such as 2026-03-31 or a moment such as 2026-03-31T09:30:00Z", shorten(s, 60))
}

// WaitUntil returns when a step that waits goes on, counted from the moment it is reached. For an approval
// without a time limit it is the zero time.
func WaitUntil(action string, input map[string]string, now time.Time) (time.Time, error) {
	amount := strings.TrimSpace(input["amount"])
	switch {
	case amount != "":
		d, err := span(amount, input["unit"])
		return now.Add(d), err
	case action == FlowApproval:
		return time.Time{}, nil
	}
	until, err := ParseMoment(input["until"])
	if err == nil && until.Sub(now) > MaxWait {
		err = fmt.Errorf("%s is more than ten years away", until.Format(time.DateOnly))
	}
	return until, err
}

// MayDecide says why a person may not decide an approval, or "". starter is the person who started the run.
func MayDecide(s RunStep, starter string, u auth.User) string {
	input := s.Input
	allowed := u.May(auth.ApprovalDecide)
	switch input["who"] {
	case WhoApprover:
		allowed = allowed && slices.Contains(u.Roles, auth.Approver)
	case WhoAdmin:
		allowed = allowed && slices.Contains(u.Roles, auth.Admin)
	case WhoNamed:
		allowed = allowed && slices.Contains(form.SplitList(input["people"]), u.ID)
	}
	switch {
	case u.ID == starter:
		return "You started this run, so somebody else has to decide."
	case !allowed:
		return "This question is put to other people than you."
	case slices.ContainsFunc(s.Answers(), func(a Answered) bool { return a.ID == u.ID }):
		return "You said yes; the others have not answered yet."
	}
	return ""
}
