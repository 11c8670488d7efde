package actions

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"caracal/catalog"
	"caracal/fault"
	"caracal/form"
	"caracal/okta"
	"caracal/workflow"
)

// request is the one request of an action, as far as the System Log can tell it from others.
type request struct {
	path    string // without the query
	bare    bool   // nothing but its address says what it does: it has no body, and no other operation changes anything there
	one     bool   // it is the whole action
	answers bool   // it gives something back
}

// onlyChange reports whether no other operation changes something at the address of this one. The log has no methods.
func onlyChange(cat *catalog.Catalog, op catalog.Operation) bool {
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
		if _, there := cat.At(method, op.Path); there && method != op.Method {
			return false
		}
	}
	return true
}

// find looks for the effect of an action, then for its request in the System Log, and says what was looked at.
func (c *Call) find(ctx context.Context, a Action) (workflow.Finding, error) {
	ctx, record := okta.WithRecord(ctx)
	c.evidence = &workflow.Evidence{At: c.Now()}
	found, err := a.Find(ctx, c)
	if err == nil && !found.Known && !found.Late {
		found, err = c.askLog(ctx, a, found)
	}
	for _, r := range record.Reads() {
		if c.evidence.Log != nil && strings.HasPrefix(r.Path, "/api/v1/logs?") { // said with the log
			continue
		}
		c.evidence.Looks = append(c.evidence.Looks, workflow.Look(r))
	}
	found.Evidence = c.evidence
	return found, err
}

// seek says what is looked for, beside what the reads tell.
func (c *Call) seek(format string, args ...any) {
	if c.evidence != nil {
		c.evidence.Sought = fmt.Sprintf(format, args...)
	}
}

// compared notes a value that was sent and what is there.
func (c *Call) compared(label string, sent, there any) {
	if c.evidence != nil {
		c.evidence.Values = append(c.evidence.Values, workflow.Compared{Label: label, Sent: sent, There: there})
	}
}

// askLog looks for the request of the step in the System Log: by its id, where an answer told that, else by the client,
// the address and the time. Where only an event of that request can mean that it was done, it was; in all other cases a
// person is asked, who sees what was found. That the log shows nothing proves nothing: many changes are never logged, and
// others are late.
func (c *Call) askLog(ctx context.Context, a Action, found workflow.Finding) (workflow.Finding, error) {
	var s request
	if a.Sends != nil {
		s = a.Sends(c)
	}
	filter := "actor.id eq " + quote(c.ClientID())
	switch targets := c.targets(a); {
	case s.one && len(c.requests) > 0:
		var parts []string
		for _, id := range c.requests[:min(len(c.requests), byRequest)] {
			parts = append(parts, "debugContext.debugData.requestId eq "+quote(id))
		}
		filter = strings.Join(parts, " or ")
	case s.path != "":
		filter += " and debugContext.debugData.requestUri eq " + quote(s.path)
	case len(targets) > 0:
		for i, id := range targets {
			targets[i] = "target.id eq " + quote(id)
		}
		filter += " and (" + strings.Join(targets, " or ") + ")"
	default:
		return found, nil // nothing tells this step's events from those of others
	}
	mine, err := c.searchLog(ctx, filter)
	if err != nil || c.evidence.Log.Problem != "" {
		return found, err
	}
	sure := s.one && (len(c.requests) > 0 || s.bare)
	for _, e := range mine {
		switch {
		case sure && e.Outcome == "SUCCESS":
			if own, err := c.owns(ctx, e, true); err != nil {
				return found, err
			} else if !own { // another step in doubt took it a moment ago
				found.Late = true
				return found, nil
			}
			out := done(strings.TrimSpace(fmt.Sprintf("%s The System Log shows that it was done: “%s” at %s.", found.Words, e.Message, e.Published.Format("15:04:05"))), workflow.Output{})
			out.Blind, out.Change = s.answers, workflow.SentChange{Request: e.Request, At: e.Published}
			return out, nil
		case s.one && len(c.requests) >= c.Attempt && e.Outcome == "FAILURE": // of each attempt the request is known
			return notDone(fmt.Sprintf("The System Log shows that Okta refused the request: %s.", cmp.Or(e.Reason, e.Message))), nil
		}
	}
	found.Late = len(mine) == 0
	switch n := len(mine); {
	case n == 0:
		found.Words += " The System Log shows nothing of it so far."
	case n == 1:
		found.Words += " The System Log has one event that may be its own."
	default:
		found.Words += fmt.Sprintf(" The System Log has %d events that may be its own.", n)
	}
	return found, nil
}

// searchLog reads the events of the time of the step that pass a filter and belong to no other step, and notes them as
// evidence. A log that may not be read is a problem in the evidence, and no error.
func (c *Call) searchLog(ctx context.Context, filter string) (mine []workflow.LogEvent, err error) {
	search := &workflow.LogSearch{Filter: filter, From: c.Started.Add(-clockMargin).UTC(), Until: c.Now().Add(clockSlack).UTC()}
	c.evidence.Log = search
	verdicts := map[string]bool{} // by request: one may have several events
	var all []workflow.LogEvent
	err = logBetween(ctx, c.Client, filter, search.From, search.Until, func(e logEvent) bool {
		all = append(all, e.kept())
		return len(all) < logPage
	})
	if f := fault.As(err); f != nil && (f.Kind == fault.Forbidden || f.Kind == fault.Invalid || f.Kind == fault.NotFound) {
		search.Problem = f.Message // the scope okta.logs.read or a role for it is missing
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		own, known := verdicts[e.Request]
		if !known {
			if own, err = c.owns(ctx, e, false); err != nil {
				return nil, err
			}
			verdicts[e.Request] = own
		}
		if !own {
			search.Others++
			continue
		}
		mine = append(mine, e)
	}
	search.Events = mine
	return mine, nil
}

// owns reports whether an event can be one of this step, and with take keeps all other steps from taking it for theirs.
func (c *Call) owns(ctx context.Context, e workflow.LogEvent, take bool) (bool, error) {
	if e.Request == "" || c.claim == nil {
		return e.Request != "", nil
	}
	return c.claim(ctx, e.Request, take)
}

// targets are the ids of objects that the action was given.
func (c *Call) targets(a Action) (ids []string) {
	for _, f := range a.Fields {
		if f.Kind.Object() {
			ids = append(ids, form.SplitList(c.In[f.Name])...)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	return ids[:min(len(ids), byRequest)]
}
