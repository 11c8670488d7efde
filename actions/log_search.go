package actions

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	sdk "github.com/okta/okta-sdk-golang/v5/okta"

	"caracal/fault"
	"caracal/form"
	"caracal/org"
	"caracal/workflow"
)

// maxEvents bounds what one step carries to the next.
const maxEvents = 1000

// clockSlack is how far beyond the present a search of the log reaches: Okta's time is known from the Date of its
// last answer, which counts whole seconds and was under way for a while, and what happened just now counts.
const clockSlack = 10 * time.Second

// line is how an event reads on the run page.
func (e logEvent) line() string {
	var targets []string
	for _, t := range e.Target {
		targets = append(targets, t.Name)
	}
	parts := []string{e.Published.UTC().Format("2006-01-02 15:04:05"), e.Type, e.Actor.Name, strings.Join(targets, ", "), e.Outcome.Result}
	return strings.Join(parts, " · ")
}

// logSearch is listLogEvents over a bounded time, newest first. Both ends are always given: a query without an
// end is a poll, whose next page always exists.
var logSearch = Action{
	ActionSpec: workflow.ActionSpec{
		ID: "log.search", Title: "Search the System Log", Object: "System Log",
		Help:    "Reads what happened in the org, newest first.",
		Summary: "searches the System Log of the last {hours} hours",
		Fields: []form.Field{
			{Name: "hours", Label: "Hours to look back", Kind: form.Number, Required: true, Default: "24"},
			{Name: "event_type", Label: "Event types", Help: "Any of these; empty means all.", Kind: form.EventTypes, Max: 2000, Placeholder: "user.session.start"},
			{Name: "user", Label: "About this user", Help: "Who did it or to whom it was done.", Kind: form.User},
			{Name: "words", Label: "Words", Help: "That must be in the event.", Kind: form.Text, Max: 40},
			{Name: "result", Label: "Result", Kind: form.Choice, Options: []form.Option{
				{Value: "SUCCESS", Label: "Succeeded"}, {Value: "FAILURE", Label: "Failed"}, {Value: "DENY", Label: "Denied"}, {Value: "CHALLENGE", Label: "Challenged"},
			}},
			{Name: "max", Label: "At most", Help: "How many events, up to 1,000.", Kind: form.Number, Required: true, Default: "100"},
		},
		Outputs: []workflow.OutputField{
			{Name: "count", Label: "How many"},
			{Name: "more", Label: "Whether there are more"},
			{Name: "events", Label: "Events, one on each line"},
			{Name: "last", Label: "Newest event"},
			{Name: "last_at", Label: "Time of the newest event"},
		},
		Scopes: []org.Scope{"okta.logs.read"}, Role: "Read-Only Administrator",
		Effect: workflow.Reads, Repeat: workflow.Harmless, Keywords: "audit events history sign-in find",
	},
	Do: func(ctx context.Context, c *Call) (workflow.Output, error) {
		hours, err := number(c, "hours", 24*90)
		if err != nil {
			return nil, err
		}
		limit, err := number(c, "max", maxEvents)
		if err != nil {
			return nil, err
		}
		filter, err := logFilter(c)
		if err != nil {
			return nil, err
		}
		now := c.OktaTime(c.Now())
		until, since := now.Add(clockSlack), now.Add(-time.Duration(hours*float64(time.Hour)))
		var lines []string
		var newest logEvent
		more := false
		err = c.pages(ctx, func(ctx context.Context, api *sdk.APIClient, after string) error {
			r := api.SystemLogAPI.ListLogEvents(ctx).Since(since).Until(until).SortOrder("DESCENDING").Limit(int32(min(limit+1, maxEvents)))
			if filter != "" {
				r = r.Filter(filter)
			}
			if q := c.In["words"]; q != "" {
				r = r.Q(q)
			}
			if after != "" {
				r = r.After(after)
			}
			_, _, err := r.Execute()
			return err
		}, func(raw json.RawMessage) (bool, error) {
			if more = len(lines) == int(limit); more {
				return false, nil
			}
			var e logEvent
			if err := json.Unmarshal(raw, &e); err != nil {
				return false, fmt.Errorf("read log event: %w", err)
			}
			if len(lines) == 0 {
				newest = e
			}
			lines = append(lines, e.line())
			return true, nil
		})
		if err != nil {
			return nil, err
		}
		out := workflow.Output{"count": len(lines), "more": more, "events": strings.Join(lines, "\n"), "last": newest.Message}
		if len(lines) > 0 {
			out["last_at"] = newest.Published.UTC().Format(time.RFC3339)
		}
		return dropEmpty(out), nil
	},
}

// maxLogTypes bounds how many types of event one search names: each takes a part of the filter, which is in the address.
const maxLogTypes = 20

// logFilter joins the fields into a filter of the System Log: any of the types, and everything else besides.
func logFilter(c *Call) (string, error) {
	var parts, types []string
	for _, t := range form.SplitList(c.In["event_type"]) {
		if strings.ContainsFunc(t, unicode.IsSpace) {
			return "", fault.In("event_type", "%q is no type of event; write one as Okta does, like user.session.start, and several with commas between them.", t)
		}
		types = append(types, "eventType eq "+quote(t))
	}
	switch n := len(types); {
	case n > maxLogTypes:
		return "", fault.In("event_type", "A search takes up to %d types of event, and these are %d; search in two steps.", maxLogTypes, n)
	case n == 1:
		parts = append(parts, types[0])
	case n > 1:
		parts = append(parts, "("+strings.Join(types, " or ")+")")
	}
	if v := c.In["user"]; v != "" {
		parts = append(parts, "(actor.id eq "+quote(v)+" or target.id eq "+quote(v)+")")
	}
	if v := c.In["result"]; v != "" {
		parts = append(parts, "outcome.result eq "+quote(v))
	}
	return strings.Join(parts, " and "), nil
}

// number reads a Number field and keeps it between one and most.
func number(c *Call, name string, most float64) (float64, error) {
	n, err := strconv.ParseFloat(c.In[name], 64)
	if err != nil || !(n >= 1 && n <= most) || // the positive form refuses NaN too
		name == "max" && n != float64(int(n)) {
		return 0, fault.In(name, "%q is not a number between 1 and %d.", c.In[name], int(most))
	}
	return n, nil
}
