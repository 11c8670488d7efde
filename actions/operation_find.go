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

// lifecycleStates are the states in which an object is after a lifecycle operation, by the last part of its path.
var lifecycleStates = map[string][]string{
	"deactivate": {"INACTIVE", "DEPROVISIONED"}, "suspend": {"SUSPENDED"}, "unsuspend": {"ACTIVE"}, "activate": {"ACTIVE"},
}

// uniqueKeys are the values that tell one object of a list from the others, in the order in which they are looked for.
var uniqueKeys = []string{"body.profile.login", "body.profile.name", "body.name", "body.label"}

// mostLooked bounds how many entries of a list are looked at for an object that may have been made.
const mostLooked = 1000

// findOperation looks for the effect of a call of an operation that got no answer: whether what it deletes is gone,
// whether what it moves stands where it should, whether what it makes is there and is young enough. It never says
// that something was not made: a list may not show it yet, so then a person looks.
func findOperation(cat *catalog.Catalog, op catalog.Operation, f catalog.Form, keys map[string]string) func(context.Context, *Call) (workflow.Finding, error) {
	ask := func(words string) (workflow.Finding, error) {
		return unknown(strings.TrimSpace(words + " Look in Okta, then decide.")), nil
	}
	reader := func(path string) bool {
		_, there := cat.At("GET", path)
		return there
	}
	object, verb, moves := strings.Cut(op.Path, "/lifecycle/")
	list, lists := cat.At("GET", op.Path)
	switch {
	case op.Method == "DELETE" && reader(op.Path) && strings.HasSuffix(op.Path, "}"):
		return func(ctx context.Context, c *Call) (workflow.Finding, error) {
			_, err := c.read(ctx, c.requestOf(f, keys).Path)
			switch {
			case gone(err):
				return done("It was looked up, and is not there any more.", workflow.Output{}), nil
			case err != nil:
				return workflow.Finding{}, err
			case op.Path == "/api/v1/users/{id}" || op.Path == "/api/v1/users/{userId}": // the first only deactivates
				return ask("The person was looked up, and is still there.")
			}
			return notDone("It was looked up, and is still there."), nil
		}
	case op.Method == "POST" && moves && len(lifecycleStates[verb]) > 0 && reader(object) && op.Answer == "none":
		return func(ctx context.Context, c *Call) (workflow.Finding, error) {
			path, _, _ := strings.Cut(c.requestOf(f, keys).Path, "/lifecycle/")
			o, err := c.read(ctx, path)
			if gone(err) {
				return ask("The object was looked up, and is not there.")
			}
			if err != nil {
				return workflow.Finding{}, err
			}
			status, _ := o["status"].(string)
			if slices.Contains(lifecycleStates[verb], status) {
				return done(fmt.Sprintf("It was looked up, and is %s.", status), workflow.Output{}), nil
			}
			return ask(fmt.Sprintf("It was looked up, and is %q.", status))
		}
	case op.Method == "POST" && lists && list.Lists():
		return func(ctx context.Context, c *Call) (workflow.Finding, error) {
			return c.findMade(ctx, list, f, keys, ask)
		}
	}
	return func(context.Context, *Call) (workflow.Finding, error) {
		return ask("Whether Okta carried this out cannot be told from outside.")
	}
}

// requestOf builds the request that the step would send.
func (c *Call) requestOf(f catalog.Form, keys map[string]string) catalog.Call {
	values := map[string]string{}
	for name, key := range keys {
		values[key] = c.In[name]
	}
	call, _ := f.Request(func(key string) string { return values[key] })
	return call
}

func (c *Call) read(ctx context.Context, path string) (map[string]any, error) {
	var o map[string]any
	err := c.Get(ctx, path, nil, &o)
	return o, err
}

// findMade looks in the list of a collection for the one object that has the sent name and is younger than the step.
func (c *Call) findMade(ctx context.Context, list catalog.Operation, f catalog.Form, keys map[string]string, ask func(string) (workflow.Finding, error)) (workflow.Finding, error) {
	key, value := "", ""
	for _, k := range uniqueKeys {
		for name, at := range keys {
			if at == k && c.In[name] != "" && value == "" {
				key, value = strings.TrimPrefix(k, "body."), c.In[name]
			}
		}
	}
	if value == "" {
		return ask("Nothing that was sent tells this object from others, so it can't be looked for.")
	}
	query := url.Values{}
	if slices.ContainsFunc(list.Parameters, func(p catalog.Value) bool { return p.Name == "q" }) {
		query.Set("q", value)
	}
	var found []map[string]any
	err := c.Each(ctx, c.requestOf(f, keys).Path, query, mostLooked, func(raw json.RawMessage) error {
		var o map[string]any
		if err := json.Unmarshal(catalog.Mask(raw), &o); err != nil {
			return nil // what can't be read is none that is looked for
		}
		if textAt(o, key) == value {
			found = append(found, o)
		}
		return nil
	})
	if err != nil {
		return workflow.Finding{}, err
	}
	var young []map[string]any
	for _, o := range found {
		text, _ := o["created"].(string)
		if made, err := time.Parse(time.RFC3339, text); err == nil && c.since(made) {
			young = append(young, o)
		}
	}
	switch {
	case len(young) == 1 && len(found) == 1:
		return done(fmt.Sprintf("“%s” was looked for, is there (%v), and was made at the time of this step.", value, young[0]["id"]), dropEmpty(workflow.Output{"id": young[0]["id"], "answer": young[0]})), nil
	case len(found) == 0:
		return ask(fmt.Sprintf("“%s” was looked for, and Okta's list does not show it.", value))
	case len(young) == 0:
		return ask(fmt.Sprintf("“%s” was looked for, and what is there was made before this step.", value))
	}
	return ask(fmt.Sprintf("“%s” was looked for, and there are %d of this name.", value, len(found)))
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
