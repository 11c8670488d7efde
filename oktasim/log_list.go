package oktasim

import (
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

const (
	logDefault   = 100
	logMost      = 1000
	logRetention = 90 * 24 * time.Hour  // "Data retention" of the System Log query guide
	logSince     = 180 * 24 * time.Hour // a query that begins before is refused
)

// logRoutes are the System Log ("listLogEvents").
func (o *Org) logRoutes() []route {
	return []route{{method: "GET", pattern: "/api/v1/logs", scope: "okta.logs.read", handle: listLog}}
}

// listLog answers with events. With ASCENDING order and no `until` it is a
// polling query: in the order of persistence, and with a next link always,
// even after an empty page. Otherwise it is bounded: by the published time,
// and it ends.
func listLog(c *call) (int, any, *apiError) {
	q, err := readLogQuery(c)
	if err != nil {
		return 0, nil, err
	}
	c.o.persistLate()
	var found []*Event
	switch {
	case !q.polling && c.o.logs.mixed: // by the time of publication, which is not the order of persistence
		found = q.byTime(c.o.logs.events)
	case q.polling || q.ascending:
		events := c.o.logs.events
		first := sort.Search(len(events), func(i int) bool { return events[i].seq > q.after })
		for _, e := range events[first:] {
			if q.matches(e) {
				found = append(found, e)
			}
			if len(found) > q.limit {
				break
			}
		}
	default:
		for _, e := range slices.Backward(c.o.logs.events) {
			if q.matches(e) && (q.after == 0 || e.seq < q.after) {
				found = append(found, e)
			}
			if len(found) > q.limit {
				break
			}
		}
	}
	more := len(found) > q.limit
	if more {
		found = found[:q.limit]
	}
	last := q.after
	if len(found) > 0 {
		last = found[len(found)-1].seq
	} else if q.polling && last == 0 {
		// Nothing yet: what was persisted so far and did not match is passed over for good.
		last = q.lastBefore(c.o.logs.events)
	}
	c.logLinks(q, more || q.polling, last)
	if found == nil {
		found = []*Event{}
	}
	return http.StatusOK, found, nil
}

// byTime is a page of a bounded query over a log that got some events late.
func (q logQuery) byTime(events []*Event) (found []*Event) {
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, b *Event) int { return a.at.Compare(b.at) })
	if !q.ascending {
		slices.Reverse(events)
	}
	from := 0
	if q.after > 0 {
		from = slices.IndexFunc(events, func(e *Event) bool { return e.seq == q.after }) + 1
	}
	for _, e := range events[from:] {
		if q.matches(e) {
			found = append(found, e)
		}
		if len(found) > q.limit {
			break
		}
	}
	return found
}

type logQuery struct {
	since, until       time.Time
	kept               time.Time // what is older is not returned
	polling, ascending bool
	after              int64
	limit              int
	words              []string
	filter             func(*Event) bool
}

func readLogQuery(c *call) (logQuery, *apiError) {
	q := logQuery{limit: logDefault, ascending: true}
	switch strings.ToUpper(c.q("sortOrder")) {
	case "", "ASCENDING":
	case "DESCENDING":
		q.ascending = false
	default:
		return q, errValidation("sortOrder", "sortOrder: must be ASCENDING or DESCENDING")
	}
	q.polling = q.ascending && c.q("until") == ""
	var err *apiError
	if q.until, err = logTime(c, "until", c.now()); err != nil {
		return q, err
	}
	if q.since, err = logTime(c, "since", q.until.AddDate(0, 0, -7)); err != nil {
		return q, err
	}
	if q.since.Before(c.now().Add(-logSince)) {
		return q, errLogQuery("Invalid parameter: The since parameter is over 180 days prior to the current day.")
	}
	q.kept = c.now().Add(-logRetention)
	if q.since.After(q.until) && !q.polling {
		return q, errValidation("until", "until: must come after 'since'")
	}
	if c.q("until") == "" {
		q.until = time.Time{} // up to now, and with nothing lost that happens within this very millisecond
	}
	if v := c.q("limit"); v != "" {
		n, convErr := strconv.Atoi(v)
		if convErr != nil || n < 0 || n > logMost {
			return q, errValidation("limit", "limit: must be between 0 and 1000")
		}
		q.limit = n
	}
	if v := c.q("after"); v != "" {
		text, _, _ := strings.Cut(v, "_")
		n, convErr := strconv.ParseInt(text, 10, 64)
		if convErr != nil {
			return q, errValidation("after", "after: Invalid cursor")
		}
		q.after = n
	}
	q.words = strings.Fields(strings.ToLower(c.q("q")))
	if slices.ContainsFunc(q.words, func(w string) bool { return len(w) > 40 }) {
		return q, errValidation("'q': Freeform search cannot contain items longer than 40 characters. Please shorten the items in your search or use an advanced filter to query by specific fields.")
	}
	if f := c.q("filter"); f != "" {
		if strings.ContainsAny(f, "[]") {
			return q, errLogQuery("Invalid filter '" + f + "': brackets are not supported")
		}
		match, parseErr := parseLogFilter(f)
		if parseErr != nil {
			return q, errLogQuery("Invalid filter '" + f + "': " + parseErr.Error())
		}
		q.filter = match
	}
	return q, nil
}

func logTime(c *call, name string, absent time.Time) (time.Time, *apiError) {
	v := c.q(name)
	if v == "" {
		return absent, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02"} {
		if t, err := time.Parse(layout, v); err == nil {
			return t, nil
		}
	}
	return absent, errValidation(name, name+": The date format in your query is not recognized. Please enter dates using ISO8601 string format")
}

func (q logQuery) matches(e *Event) bool {
	since := e.at
	if q.polling { // a polling query goes by when the log got the event
		since = e.stored
	}
	if since.Before(q.since) || e.at.Before(q.kept) || !q.until.IsZero() && !e.at.Before(q.until) {
		return false
	}
	if q.filter != nil && !q.filter(e) {
		return false
	}
	if len(q.words) > 0 {
		text := strings.ToLower(e.text())
		for _, w := range q.words {
			if !strings.Contains(text, w) {
				return false
			}
		}
	}
	return true
}

// text is all that a search by words looks at.
func (e *Event) text() string {
	parts := []string{e.EventType, e.DisplayMessage, e.Severity, e.Outcome.Result,
		e.Actor.ID, e.Actor.Type, e.Actor.AlternateID, e.Actor.DisplayName}
	for _, t := range e.Target {
		parts = append(parts, t.ID, t.Type, t.AlternateID, t.DisplayName)
	}
	return strings.Join(parts, " ")
}

// lastBefore is the newest event that a polling query has passed by.
func (q logQuery) lastBefore(events []*Event) int64 {
	if len(events) == 0 {
		return 0
	}
	return events[len(events)-1].seq
}

func (c *call) logLinks(q logQuery, next bool, last int64) {
	query := url.Values{}
	for k, v := range c.query {
		query[k] = v
	}
	self := c.o.base(c.r) + "/api/v1/logs"
	addLink(c, self+suffix(query), "self")
	if next {
		query.Set("after", strconv.FormatInt(last, 10)+"_1")
		query.Set("limit", strconv.Itoa(q.limit))
		addLink(c, self+suffix(query), "next")
	}
}

func suffix(q url.Values) string {
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}
