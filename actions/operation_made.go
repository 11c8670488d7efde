package actions

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"caracal/catalog"
	"caracal/workflow"
)

// findMade looks in the list of a collection for the one object that has the sent name and is younger than the step.
func (u undoer) findMade(ctx context.Context, c *Call) (workflow.Finding, error) {
	list, _ := u.c.At("GET", u.op.Path)
	key, value := "", ""
	for _, k := range uniqueKeys {
		for name, at := range u.keys {
			if at == k && c.In[name] != "" && value == "" {
				key, value = strings.TrimPrefix(k, "body."), c.In[name]
			}
		}
	}
	if value == "" {
		return u.findLike(ctx, c)
	}
	c.seek("Whether the list has “%s”, made since this step began.", value)
	query := url.Values{}
	if slices.ContainsFunc(list.Parameters, func(p catalog.Value) bool { return p.Name == "q" }) {
		query.Set("q", value)
	}
	found, young, err := u.entries(ctx, c, query, func(o map[string]any) bool { return textAt(o, key) == value })
	switch {
	case err != nil:
		return workflow.Finding{}, err
	case len(young) == 1 && len(found) == 1:
		c.compared(key, value, textAt(young[0], key))
		return done(fmt.Sprintf("“%s” was looked for, is there (%v), and was made at the time of this step.", value, young[0]["id"]), u.gives(young[0])), nil
	case len(found) == 0:
		return ask(fmt.Sprintf("“%s” was looked for, and Okta's list does not show it.", value))
	case len(young) == 0:
		return ask(fmt.Sprintf("“%s” was looked for, and what is there was made before this step.", value))
	}
	return ask(fmt.Sprintf("“%s” was looked for, and there are %d of this name.", value, len(found)))
}

// findLike looks in the list for what holds all that was sent and is younger than the step. Since others may make the
// same, the System Log has to show that a request of this step made it.
func (u undoer) findLike(ctx context.Context, c *Call) (workflow.Finding, error) {
	sent := leaves(masked(u.sent(c.In)))
	if len(sent) == 0 {
		return ask("Nothing that was sent tells this object from others, so it can't be looked for.")
	}
	c.seek("Whether the list has one that holds what was sent, made since this step began.")
	_, young, err := u.entries(ctx, c, nil, func(o map[string]any) bool {
		return !slices.ContainsFunc(sent, func(v pointed) bool {
			return !holdsHidden(v.Value) && !workflow.SameValue(v.Value, at(o, v.Pointer))
		})
	})
	if err != nil {
		return workflow.Finding{}, err
	}
	if len(young) != 1 {
		return ask(fmt.Sprintf("One that holds what was sent was looked for, and the list has %d that were made since this step began.", len(young)))
	}
	id, _ := young[0]["id"].(string)
	for _, v := range sent {
		if !holdsHidden(v.Value) {
			c.compared(v.Label, v.Value, at(young[0], v.Pointer))
		}
	}
	words := fmt.Sprintf("One that holds what was sent is there (%s), and was made at the time of this step.", id)
	if id == "" {
		return ask(words)
	}
	events, err := c.searchLog(ctx, "actor.id eq "+quote(c.ClientID())+" and debugContext.debugData.requestUri eq "+quote(u.path(c)))
	if err != nil {
		return workflow.Finding{}, err
	}
	var own []workflow.LogEvent // one of each request
	for _, e := range events {
		if e.Outcome == "SUCCESS" && !slices.ContainsFunc(own, func(o workflow.LogEvent) bool { return o.Request == e.Request }) {
			own = append(own, e)
		}
	}
	if len(own) == 1 {
		if mine, err := c.owns(ctx, own[0], true); err != nil {
			return workflow.Finding{}, err
		} else if mine {
			f := done(words+" The System Log shows the request of this step.", u.gives(young[0]))
			f.Change = workflow.SentChange{Request: own[0].Request, At: own[0].Published}
			return f, nil
		}
	}
	f := unknown(words + " Whether this step made it or something else did is not known.")
	f.Late = c.evidence.Log.Problem == "" && len(events) == 0
	return f, nil
}

// entries are those of the operation's list that pass, and those of them that were made since the step began.
func (u undoer) entries(ctx context.Context, c *Call, query url.Values, passes func(map[string]any) bool) (found, young []map[string]any, err error) {
	err = c.Each(ctx, u.path(c), query, mostLooked, func(raw json.RawMessage) error {
		var o map[string]any
		if err := json.Unmarshal(catalog.Mask(raw), &o); err != nil {
			return nil // what can't be read is none that is looked for
		}
		if !passes(o) {
			return nil
		}
		found = append(found, o)
		text, _ := o["created"].(string)
		if made, err := time.Parse(time.RFC3339, text); err == nil && c.since(made) {
			young = append(young, o)
		}
		return nil
	})
	return found, young, err
}

// textAt returns the text at a path such as profile.name, or "".
func textAt(o map[string]any, path string) string {
	name, rest, deeper := strings.Cut(path, ".")
	if deeper {
		inner, _ := o[name].(map[string]any)
		return textAt(inner, rest)
	}
	text, _ := o[name].(string)
	return text
}
