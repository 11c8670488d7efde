package connect

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"caracal/fault"
	"caracal/okta"
	"caracal/org"
	"caracal/trigger"
)

const logPath = "/api/v1/logs"

// ReadLog returns one page of an application's System Log, as a polling request: without an end and ascending, it gives
// every event in the order in which the log got it, and a next link always (Okta docs, "System Log query", Polling
// requests; operation listLogEvents).
func (s *Service) ReadLog(ctx context.Context, applicationID string, q trigger.LogQuery) (page trigger.LogPage, err error) {
	client, _, err := s.Client(ctx, applicationID)
	if err != nil {
		return page, err
	}
	query := url.Values{"sortOrder": {"ASCENDING"}, "since": {q.Since.UTC().Format("2006-01-02T15:04:05.000Z")}, "limit": {strconv.Itoa(q.Limit)}}
	if q.Filter != "" {
		query.Set("filter", q.Filter)
	}
	if q.Cursor != "" { // Okta's own link, as it gave it
		if query, err = cursorQuery(q.Cursor); err != nil {
			return page, err
		}
	}
	resp, err := client.Do(okta.ByRun(ctx, org.Unattended), okta.Request{Method: http.MethodGet, Path: logPath, Query: query})
	if err != nil {
		return page, err
	}
	if err := okta.Decode(resp, &page.Events); err != nil {
		return page, err
	}
	next, err := url.Parse(resp.Next())
	if err != nil || next.Path != logPath {
		f := fault.New(fault.Upstream, "The log's answer does not say where to go on, so it was not taken; give your administrator the request id %s if it stays.", resp.RequestID)
		f.Request = resp.RequestID
		return trigger.LogPage{}, f
	}
	page.Next = next.RequestURI()
	return page, nil
}

func cursorQuery(cursor string) (url.Values, error) {
	u, err := url.Parse(cursor)
	if err != nil || u.Path != logPath {
		return nil, fault.New(fault.Invalid, "The place where reading the log was to go on can't be read, so it begins anew.")
	}
	return u.Query(), nil
}

// OrgTime converts a time of our clock to that of an application's org, as far as its last answers told it.
func (s *Service) OrgTime(ctx context.Context, applicationID string, t time.Time) (time.Time, error) {
	client, _, err := s.Client(ctx, applicationID)
	if err != nil {
		return t, err
	}
	return client.OktaTime(t), nil
}
