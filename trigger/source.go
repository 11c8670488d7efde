package trigger

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Source is how the events of one application reach Caracal: by an event hook that Okta calls, by reading its System
// Log, or by both. All triggers of the application share it, since an org may have 25 active hooks (Okta docs, "Event
// hooks").
type Source struct {
	ApplicationID string
	Revision      int64

	Address  string    // last part of the URL that a hook calls; "" before it was made
	SecretAt time.Time // when the secret was made that the hook sends; zero is never
	OldAt    time.Time // and the one before it, while both are good
	OldUntil time.Time

	HookID     string   // of the hook that Caracal registered; "" when there is none of its own
	HookURL    string   // as it was registered
	HookTypes  []string // the same
	HookOn     bool     // whether it was left active
	HookError  string   // why it could not be brought up to date, in a sentence
	VerifiedAt time.Time
	HeardAt    time.Time // the last delivery that knew the secret
	Unread     int64     // events of deliveries and pages that could not be read

	Polls     bool      // the log is read
	Every     int       // seconds between two looks
	CatchUp   int       // hours: after a longer pause, what happened before is left out
	Cursor    string    // where reading goes on: path and query of Okta's next link
	Filter    string    // the filter that Cursor is of
	ReadTo    time.Time // by Okta's clock: what its log held by then was read; zero is never
	Behind    bool      // the last look left something for the next
	DueAt     time.Time // the next look; zero is none
	PollError string    // why the last look failed
	PolledAt  time.Time // the last look that did not
}

// The bounds and defaults of reading the log.
const (
	DefaultEvery   = 30
	DefaultCatchUp = 24
	// Overlap is how far before the last look one begins that does not go on from Okta's own link: what is read twice
	// starts nothing twice.
	Overlap = 5 * time.Minute
)

// Everys are the seconds between two looks that a person may choose, and CatchUps the hours.
var (
	Everys   = []int{15, DefaultEvery, 60, 300, 900}
	CatchUps = []int{1, DefaultCatchUp, 7 * 24, 90 * 24}
)

// CatchUpWords says how long a pause may be.
func CatchUpWords(hours int) string {
	switch {
	case hours == 1:
		return "1 hour"
	case hours <= 48:
		return fmt.Sprintf("%d hours", hours)
	}
	return fmt.Sprintf("%d days", hours/24)
}

// Wanted is what the triggers of an application listen to.
type Wanted struct {
	Types []string  // in order, each once
	Since time.Time // the earliest moment from which one of them listens
	Some  bool      // there are triggers, paused ones among them
}

// WantedBy returns what triggers listen to; paused ones listen to nothing.
func WantedBy(list []Trigger) (w Wanted) {
	for _, t := range list {
		w.Some = true
		if t.Paused {
			continue
		}
		for _, id := range t.Event.Types {
			if since := t.Event.From[id]; w.Since.IsZero() || since.Before(w.Since) {
				w.Since = since
			}
			w.Types = append(w.Types, id)
		}
	}
	slices.Sort(w.Types)
	w.Types = slices.Compact(w.Types)
	return w
}

// Look says where a look at the log begins.
type Look struct {
	Cursor string    // go on from there; "" begins anew at Since
	Since  time.Time // by Okta's clock
	Filter string
	// LeftOut is set when what was not read yet is more than is caught up: from when to when nothing is read.
	LeftOut [2]time.Time
}

// Plan says where the next look begins, at a time by Okta's clock.
func (s Source) Plan(w Wanted, now time.Time) Look {
	l := Look{Cursor: s.Cursor, Filter: LogFilter(w.Types)}
	floor := now.Add(-time.Duration(s.CatchUp) * time.Hour)
	switch {
	case s.ReadTo.IsZero(): // the first look: from when the first trigger began to listen
		l.Cursor, l.Since = "", w.Since.Add(-Overlap)
	case s.ReadTo.Before(floor):
		l.Cursor, l.Since, l.LeftOut = "", floor, [2]time.Time{s.ReadTo, floor}
	case s.Cursor == "" || s.Filter != l.Filter:
		l.Cursor, l.Since = "", s.ReadTo.Add(-Overlap)
	}
	if l.Cursor == "" && l.Since.Before(floor) {
		l.Since = floor
	}
	return l
}

// LogQuery asks for a page of an org's System Log, as a polling request: ascending, without an end.
type LogQuery struct {
	Cursor string    // path and query of the next link of the page before; "" begins at Since
	Since  time.Time // by Okta's clock
	Filter string
	Limit  int
}

// LogPage is what the org answers: entries in the order in which the log got them, which is not that of their times.
type LogPage struct {
	Events []json.RawMessage
	Next   string // path and query; always there, also after an empty page
}
