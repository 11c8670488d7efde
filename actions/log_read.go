package actions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"caracal/okta"
	"caracal/org"
	"caracal/workflow"
)

// logEvent is what is read of an entry of the System Log (schema LogEvent of operation listLogEvents).
type logEvent struct {
	UUID      string    `json:"uuid"`
	Published time.Time `json:"published"`
	Type      string    `json:"eventType"`
	Message   string    `json:"displayMessage"`
	Actor     struct {
		ID   string `json:"id"`
		Name string `json:"displayName"`
		Alt  string `json:"alternateId"`
	} `json:"actor"`
	Target []struct {
		ID   string `json:"id"`
		Type string `json:"type"`
		Name string `json:"displayName"`
		Alt  string `json:"alternateId"`
	} `json:"target"`
	Outcome struct {
		Result string `json:"result"`
		Reason string `json:"reason"`
	} `json:"outcome"`
	Client struct {
		IP string `json:"ipAddress"`
	} `json:"client"`
	Debug struct {
		Data struct {
			Request string `json:"requestId"`
			Path    string `json:"requestUri"`
		} `json:"debugData"`
	} `json:"debugContext"`
}

// kept is what a run keeps of the event.
func (e logEvent) kept() workflow.LogEvent {
	k := workflow.LogEvent{Request: e.Debug.Data.Request, UUID: e.UUID, Published: e.Published.UTC(), Type: e.Type, Message: e.Message,
		Outcome: e.Outcome.Result, Reason: e.Outcome.Reason, Actor: e.Actor.Name}
	for _, t := range e.Target {
		k.Targets = append(k.Targets, workflow.LogTarget{ID: t.ID, Type: t.Type, Name: t.Name})
	}
	return k
}

const (
	byRequest   = 20 // requests that one filter names: the address stays below 3 kB
	mostFilters = 3  // beyond that many, reading all that the client did is cheaper
	logPage     = 1000
	mostPages   = 10
	logLate     = 2 * time.Minute // how long after the answer an event may be dated
	usually     = 5 * time.Second // how far from its answer an event is dated, but for stragglers
)

// Events reads what the System Log says of some changes, with the client that open gives for an application.
// A few are asked for by their request ids, 20 at a time; many by all that the client did in their time, and what that
// does not hold by their ids again, sixty at most: the others come again.
func (s *Set) Events(open func(ctx context.Context, applicationID string) (*okta.Client, error)) func(context.Context, string, []workflow.SentChange) ([]workflow.LogEvent, error) {
	return func(ctx context.Context, applicationID string, changes []workflow.SentChange) ([]workflow.LogEvent, error) {
		if len(changes) == 0 {
			return nil, nil
		}
		ctx = okta.ByRun(ctx, org.Bulk) // nobody waits for it
		client, err := open(ctx, applicationID)
		if err != nil {
			return nil, err
		}
		const few = byRequest * mostFilters
		if len(changes) <= few {
			return eventsByRequest(ctx, client, changes)
		}
		found, err := eventsByClient(ctx, client, changes)
		if err != nil {
			return nil, err
		}
		there := map[string]bool{}
		for _, e := range found {
			there[e.Request] = true
		}
		// They took long, or were dated late, or the log calls the client by another name.
		left := slices.DeleteFunc(slices.Clone(changes), func(c workflow.SentChange) bool { return there[c.Request] })
		more, err := eventsByRequest(ctx, client, left[:min(len(left), few)])
		return append(found, more...), err
	}
}

func eventsByRequest(ctx context.Context, client *okta.Client, changes []workflow.SentChange) (found []workflow.LogEvent, err error) {
	for some := range slices.Chunk(changes, byRequest) {
		parts := make([]string, len(some))
		for i, c := range some {
			parts[i] = "debugContext.debugData.requestId eq " + quote(c.Request)
		}
		if err := readLog(ctx, client, strings.Join(parts, " or "), some, callTime, logLate, func(e workflow.LogEvent) { found = append(found, e) }); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// eventsByClient reads little beyond the time of the changes: a client that makes ten thousand of them does as much before
// and after.
func eventsByClient(ctx context.Context, client *okta.Client, changes []workflow.SentChange) (found []workflow.LogEvent, err error) {
	asked := map[string]bool{}
	for _, c := range changes {
		asked[c.Request] = true
	}
	err = readLog(ctx, client, "actor.id eq "+quote(client.ClientID()), changes, usually, usually, func(e workflow.LogEvent) {
		if asked[e.Request] {
			found = append(found, e)
		}
	})
	return found, err
}

// readLog hands over the events of the time of some changes, and of a while before and after, that pass a filter. Both
// ends are given: a query without an end is a poll, whose next page always exists ("System Log query", bounded requests).
func readLog(ctx context.Context, client *okta.Client, filter string, changes []workflow.SentChange, before, after time.Duration, each func(workflow.LogEvent)) error {
	since, until := changes[0].At, changes[0].At
	for _, c := range changes {
		if c.At.Before(since) {
			since = c.At
		}
		if c.At.After(until) {
			until = c.At
		}
	}
	return logBetween(ctx, client, filter, since.Add(-before), until.Add(after), func(e logEvent) bool {
		each(e.kept())
		return true
	})
}

// callTime is how long a call may take at most from its sending to its answer; what it did is dated in between.
const callTime = time.Minute

// logBetween hands over the events between two moments of our clock that pass a filter, oldest first, until each
// says to stop, at most ten thousand.
func logBetween(ctx context.Context, client *okta.Client, filter string, since, until time.Time, each func(logEvent) (more bool)) error {
	if now := client.Now().Add(clockSlack); until.After(now) {
		until = now
	}
	query := url.Values{
		"filter": {filter}, "sortOrder": {"ASCENDING"}, "limit": {strconv.Itoa(logPage)},
		"since": {client.OktaTime(since).UTC().Format(logTime)}, "until": {client.OktaTime(until).UTC().Format(logTime)},
	}
	err := client.Each(ctx, "/api/v1/logs", query, logPage*mostPages, func(raw json.RawMessage) error {
		var e logEvent
		if err := json.Unmarshal(raw, &e); err != nil {
			return fmt.Errorf("read log event: %w", err)
		}
		if !each(e) {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// errEnough ends the reading of a list early.
var errEnough = errors.New("enough was read")

// logTime is how a moment is written in a query of the log: RFC 3339 with milliseconds, as Okta's own links have it.
const logTime = "2006-01-02T15:04:05.000Z"
