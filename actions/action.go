// Package actions holds the curated actions, one file each: the data that draws an action's form and
// documentation, how to do it, and how to find out whether it was done.
//
// An action is a value in the list that All returns. A step may run twice, when a process dies between the
// call and the commit: each action says in Repeat whether that is harmless, makes it so in Do where it can
// (removing a member who is none is a success), and answers in Find for the rest.
package actions

import (
	"context"
	"strings"
	"time"

	"caracal/fault"
	"caracal/form"
	"caracal/grouprule"
	"caracal/okta"
	"caracal/workflow"
)

// Action is one curated operation, or a small group of them.
type Action struct {
	workflow.ActionSpec
	// Do carries it out. Its errors are faults as workflow.Executor describes them.
	Do func(ctx context.Context, c *Call) (workflow.Output, error)
	// Find looks for the effect of an earlier attempt of which nothing is known. It changes nothing. An action
	// whose repetition is harmless needs none: it is simply done again.
	Find func(ctx context.Context, c *Call) (workflow.Finding, error)
	// Sends says which one request the action makes; nil where it makes several, or others. It helps to find it in the
	// System Log.
	Sends func(c *Call) request
	// Undo says how it is taken back, or why it can't be. An action that only reads needs neither.
	Undo Inverse
}

// Call is one attempt at an action: the client of its org and the checked values of its fields.
type Call struct {
	*okta.Client
	In      form.Values
	Attempt int       // 1 for the first
	Started time.Time // of the first attempt, before anything was sent

	application string
	rules       *grouprule.Reader // nil: group rules are not looked at
	seen        *seen

	// For Find alone.
	before   []workflow.Fact
	requests []string
	claim    func(ctx context.Context, request string, take bool) (bool, error)
	evidence *workflow.Evidence
}

// yes reads a YesNo field.
func (c *Call) yes(field string) bool { return c.In[field] == "true" }

// list reads a Users or Groups field.
func (c *Call) list(field string) []string { return form.SplitList(c.In[field]) }

// repeated reports whether an earlier attempt may have done the work already, so that what is gone is not
// missed.
func (c *Call) repeated() bool { return c.Attempt > 1 }

// clockMargin forgives what is left of the difference between our clock and Okta's when an object is judged to
// be younger than the step that may have made it.
const clockMargin = 10 * time.Second

// begun returns when the step began, by Okta's clock.
func (c *Call) begun() time.Time { return c.OktaTime(c.Started).Add(-clockMargin) }

// since reports whether something Okta dates at t can come from this step.
func (c *Call) since(t time.Time) bool { return !t.Before(c.begun()) }

// pauses are the waits of a read after a write: Okta brings some changes about a moment after its answer.
var pauses = []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second}

// until looks again, with pauses, until look says that it has seen what it waits for. Not seeing it is no
// error: Okta has taken the change on and only its end is not visible yet.
func (c *Call) until(ctx context.Context, look func() (seen bool, err error)) error {
	for i := 0; ; i++ {
		seen, err := look()
		if err != nil || seen || i == len(pauses) {
			return err
		}
		if err := c.Pause(ctx, pauses[i]); err != nil {
			return nil // the work is done; only the wait was cut short
		}
	}
}

// Findings.
func done(words string, output workflow.Output) workflow.Finding {
	return workflow.Finding{Known: true, Done: true, Output: output, Words: words}
}

func notDone(words string) workflow.Finding { return workflow.Finding{Known: true, Words: words} }

func unknown(words string) workflow.Finding { return workflow.Finding{Words: words} }

// gone reports whether the object of the call was not there.
func gone(err error) bool { return fault.Is(err, fault.NotFound) }

// Fields that many actions share.

func userField(name, label, help string) form.Field {
	return form.Field{Name: name, Label: label, Help: help, Kind: form.User, Required: true}
}

func groupField(name, label, help string) form.Field {
	return form.Field{Name: name, Label: label, Help: help, Kind: form.Group, Required: true}
}

func appField(help string) form.Field {
	return form.Field{Name: "app", Label: "App", Help: help, Kind: form.App, Required: true}
}

// groupRules is the kind of a field that names a group rule.
var groupRules = form.ListOf("listGroupRules")

func ruleField() form.Field {
	return form.Field{Name: "rule", Label: "Group rule", Kind: groupRules, Required: true}
}

// Outputs that many actions share.
var (
	userOutputs = []workflow.OutputField{
		{Name: "id", Label: "User", Kind: form.User},
		{Name: "login", Label: "Login"},
		{Name: "status", Label: "Status"},
	}
	groupOutputs = []workflow.OutputField{
		{Name: "id", Label: "Group", Kind: form.Group},
		{Name: "name", Label: "Group name"},
	}
	memberOutputs = []workflow.OutputField{
		{Name: "group", Label: "Group", Kind: form.Group},
		{Name: "user", Label: "User", Kind: form.User},
	}
)

// quote writes a value inside a SCIM filter of Okta's.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
