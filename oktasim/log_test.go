package oktasim_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"caracal/oktasim"
)

// nextLink returns the next link of an answer, "" when there is none.
func nextLink(a answer) string {
	for _, l := range a.header.Values("Link") {
		if strings.HasSuffix(l, `rel="next"`) {
			return strings.TrimPrefix(strings.SplitN(l, ">", 2)[0], "<")
		}
	}
	return ""
}

func kinds(t *testing.T, a answer) string {
	t.Helper()
	var out []string
	for _, e := range a.list(t) {
		out = append(out, e["eventType"].(string))
	}
	return strings.Join(out, " ")
}

func TestLogPolling(t *testing.T) {
	w := newWorld(t)
	since := url.QueryEscape(w.clock.now().Format(time.RFC3339))
	a := w.api(root, "GET", "/api/v1/logs?sortOrder=ASCENDING&since="+since+"&filter="+url.QueryEscape(`eventType eq "group.lifecycle.create"`), "")
	if a.status != 200 || len(a.list(t)) != 0 || nextLink(a) == "" {
		t.Fatalf("an empty poll has a next link too: %d %s %v", a.status, a.body, a.header["Link"])
	}
	w.group("one")
	w.user("noise@example.com")
	w.group("two")
	a = w.api(root, "GET", nextLink(a), "")
	if len(a.list(t)) != 2 {
		t.Errorf("two groups: %s", a.body)
	}
	again := w.api(root, "GET", nextLink(a), "")
	if len(again.list(t)) != 0 || nextLink(again) == "" {
		t.Errorf("nothing twice: %s", again.body)
	}
	w.group("three")
	if got := w.api(root, "GET", nextLink(again), "").list(t); len(got) != 1 {
		t.Errorf("the third: %v", got)
	}
}

func TestLogBounded(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"a", "b", "c"} {
		w.group(name)
		w.clock.advance(time.Minute)
	}
	until := url.QueryEscape(w.clock.now().Format(time.RFC3339))
	w.group("late")
	filter := "&filter=" + url.QueryEscape(`eventType sw "group.lifecycle"`)
	path, seen := "/api/v1/logs?limit=2&until="+until+filter, 0
	for range 5 {
		a := w.api(root, "GET", path, "")
		seen += len(a.list(t))
		if path = nextLink(a); path == "" {
			break
		}
	}
	if seen != 3 || path != "" {
		t.Errorf("%d events, left at %q", seen, path)
	}
	a := w.api(root, "GET", "/api/v1/logs?sortOrder=DESCENDING&limit=1"+filter, "")
	if got := a.list(t); len(got) != 1 || !strings.Contains(a.body, "late") {
		t.Errorf("newest first: %s", a.body)
	}
}

func TestLogEventShape(t *testing.T) {
	w := newWorld(t)
	created := w.api(root, "POST", "/api/v1/groups", `{"profile":{"name":"Shape"}}`)
	a := w.api(root, "GET", "/api/v1/logs?q=Shape", "")
	got := a.list(t)
	if len(got) != 1 {
		t.Fatalf("by words: %s", a.body)
	}
	e := got[0]
	for _, k := range []string{"uuid", "published", "eventType", "version", "severity", "legacyEventType", "displayMessage", "actor", "client",
		"outcome", "target", "transaction", "debugContext", "authenticationContext", "securityContext", "request"} {
		if _, ok := e[k]; !ok {
			t.Errorf("no %s", k)
		}
	}
	if e["published"] != "2026-05-04T09:00:00.000Z" {
		t.Errorf("published %v", e["published"])
	}
	if id := e["transaction"].(map[string]any)["id"]; id != created.header.Get("X-Okta-Request-Id") {
		t.Errorf("transaction %v, request %s", id, created.header.Get("X-Okta-Request-Id"))
	}
	if e["actor"].(map[string]any)["type"] != "User" {
		t.Errorf("actor %v", e["actor"])
	}
}

func TestLogRefusals(t *testing.T) {
	w := newWorld(t)
	for _, q := range []string{"limit=1001", "limit=x", "since=yesterday", "sortOrder=UP", "after=!",
		"since=2026-05-03T00:00:00Z&until=2026-05-02T00:00:00Z", "filter=" + url.QueryEscape(`nonsense eq "x"`),
		"filter=" + url.QueryEscape(`published gt "2026-05-04T10:00:00.000Z"`), "since=2025-10-01T00:00:00Z", "filter=" + url.QueryEscape(`debugContext.debugData.url co "/users"`),
		"q=" + strings.Repeat("x", 41), "filter=" + url.QueryEscape(`target[type eq "User"]`), "filter=" + url.QueryEscape(`eventType eq`)} {
		if a := w.api(root, "GET", "/api/v1/logs?"+q, ""); a.status != 400 {
			t.Errorf("%s: %d %s", q, a.status, a.body)
		}
	}
}

// TestLogGetsEventsLate: a polling query gives an event when the log gets it, whatever its time, and a bounded one in the
// order of time.
func TestLogGetsEventsLate(t *testing.T) {
	w := newWorld(t)
	w.org.Update(func(s *oktasim.Settings) {
		s.LogDelay = func(eventType string) time.Duration {
			if eventType == "group.lifecycle.delete" {
				return 10 * time.Minute
			}
			return 0
		}
	})
	id := w.group("gone")
	w.clock.advance(time.Minute)
	path := "/api/v1/logs?sortOrder=ASCENDING&since=" + url.QueryEscape(w.clock.now().Format(time.RFC3339)) + "&filter=" + url.QueryEscape(`eventType sw "group.lifecycle"`)
	w.must("DELETE", "/api/v1/groups/"+id, "")
	w.clock.advance(time.Minute)
	w.group("after")
	first := w.api(root, "GET", path, "")
	if got := kinds(t, first); got != "group.lifecycle.create" {
		t.Fatalf("before the log has it: %q", got)
	}
	w.clock.advance(10 * time.Minute)
	if got := kinds(t, w.api(root, "GET", nextLink(first), "")); got != "group.lifecycle.delete" {
		t.Errorf("a poll that goes on: %q", got)
	}
	until := "&until=" + url.QueryEscape(w.clock.now().Format(time.RFC3339))
	page := w.api(root, "GET", path+until+"&limit=1", "")
	if got := kinds(t, page) + " " + kinds(t, w.api(root, "GET", nextLink(page), "")); got != "group.lifecycle.delete group.lifecycle.create" {
		t.Errorf("bounded, by time: %q", got)
	}
	w.clock.advance(91 * 24 * time.Hour)
	if got := kinds(t, w.api(root, "GET", path, "")); got != "" {
		t.Errorf("after 90 days: %q", got)
	}
}

func TestLogFilter(t *testing.T) {
	w := newWorld(t)
	id := w.group("Filtered")
	other := w.group("Other")
	for filter, want := range map[string]int{
		`target.id eq "` + id + `"`: 1,
		`eventType eq "group.lifecycle.create" and (target.id eq "` + id + `" or target.id eq "` + other + `")`: 2,
		`eventType eq "group.lifecycle.create" and not (target.id eq "` + id + `")`:                             1,
		`outcome.result eq "SUCCESS" and actor.type eq "User" and eventType eq "group.lifecycle.create"`:        2,
	} {
		a := w.api(root, "GET", "/api/v1/logs?filter="+url.QueryEscape(filter), "")
		if a.status != 200 || len(a.list(t)) != want {
			t.Errorf("%s: %d %s", filter, a.status, kinds(t, a))
		}
	}
}

func TestLogByRequest(t *testing.T) {
	w := newWorld(t)
	w.org.Update(func(s *oktasim.Settings) { s.LogLag = 30 * time.Second })
	var filters []string
	for _, name := range []string{"one", "two"} {
		made := w.api(root, "POST", "/api/v1/groups", `{"profile":{"name":"`+name+`"}}`)
		filters = append(filters, `debugContext.debugData.requestId eq "`+made.header.Get("X-Okta-Request-Id")+`"`)
	}
	w.group("three")
	path := "/api/v1/logs?filter=" + url.QueryEscape(strings.Join(filters, " or "))
	a := w.api(root, "GET", path, "")
	if len(a.list(t)) != 0 {
		t.Errorf("before the log shows it: %s", a.body)
	}
	w.clock.advance(30 * time.Second)
	late := w.api(root, "GET", nextLink(a), "")
	if got := w.api(root, "GET", path, "").list(t); len(got) != 2 || len(late.list(t)) != 2 {
		t.Errorf("by request: %v, and by the poll: %s", got, late.body)
	}
}
