package views

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"caracal/org"
	"caracal/views/ui"
)

// LimitsProps is how an application stands with Okta's rate limits.
type LimitsProps struct {
	Share    int  // of each limit that Caracal may use, in percent
	Own      bool // it was set for this application
	Buckets  []org.Headroom
	Crowding org.Crowding
	Waiting  []LimitWaiting
	Now      time.Time
}

// LimitWaiting are the runs that wait for one limit, by how soon they are needed.
type LimitWaiting struct {
	Bucket                   string
	People, Unattended, Bulk int
}

// words say who waits.
func (w LimitWaiting) words() string {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{w.People, "that people started"}, {w.Unattended, "that started by themselves"}, {w.Bulk, "of long lists"}} {
		if p.n > 0 {
			parts = append(parts, runs(p.n)+" "+p.what)
		}
	}
	return strings.Join(parts, ", ")
}

// runs counts runs: “9,400 runs”.
func runs(n int) string {
	if n == 1 {
		return "1 run"
	}
	return ui.Number(n) + " runs"
}

// RunLimit is one of Okta's limits that a run waits for, or that runs within it do.
type RunLimit struct {
	Bucket string
	Until  time.Time
	Words  string // why
	Ahead  int    // runs that go before it
	Within int    // runs within it that wait; 0 when it waits itself
	Rows   bool   // these are the rows of a file
	Limit  int    // calls a minute; 0 when it is not known
	May    int    // calls of it that Caracal makes
}

// title counts down.
func (l RunLimit) title(now time.Time) string {
	what := "Waiting for Okta's limit, "
	switch {
	case l.Within > 0 && l.Rows:
		what = ui.Count(l.Within, "row") + " " + waits(l.Within) + " for Okta's limit, "
	case l.Within > 0:
		what = runs(l.Within) + " within it " + waits(l.Within) + " for Okta's limit, "
	}
	return what + countdown(l.Until.Sub(now))
}

func waits(n int) string {
	if n == 1 {
		return "waits"
	}
	return "wait"
}

// countdown writes a time that is left as 00:41.
func countdown(d time.Duration) string {
	s := max(0, int((d+time.Second-1)/time.Second))
	return fmt.Sprintf("%02d:%02d", s/60, s%60)
}

// shared says how much of the limit Caracal takes, where the words don't.
func (l RunLimit) shared() string {
	if l.May <= 0 || l.Words != "" {
		return ""
	}
	return "Of its " + ui.Count(l.Limit, "call") + " a minute Caracal makes at most " + ui.Number(l.May) + " and leaves the others to sign-ins."
}

// turn says when the run's turn comes, beyond the countdown; "" when that says it all.
func (l RunLimit) turn() string {
	if l.Ahead == 0 {
		return ""
	}
	words := runs(l.Ahead) + " " + goes(l.Ahead) + " before this one"
	if l.May > 0 && l.Ahead >= l.May {
		words += ", so its turn comes in about " + ui.Count(l.Ahead/l.May+1, "minute")
	}
	return words + "."
}

func goes(n int) string {
	if n == 1 {
		return "goes"
	}
	return "go"
}

// used is how much of a limit everybody has used.
func used(h org.Headroom) int { return max(0, h.Limit-h.Remaining) }

// limitWords say how a bucket stands.
func limitWords(h org.Headroom, now time.Time) string {
	words := ui.Number(used(h)) + " of " + ui.Number(h.Limit) + " used"
	if h.Kept > 0 && h.Limit > 0 {
		words += ", Caracal stops at " + ui.Number(h.Limit-h.Kept)
	}
	if h.Reset.After(now) {
		words += ", resets in " + countdown(h.Reset.Sub(now))
	}
	return words
}

// limitTone is bad when nothing is left, and a warning when nothing is left for Caracal.
func limitTone(h org.Headroom) ui.Tone {
	switch {
	case h.Remaining == 0:
		return ui.Bad
	case h.Remaining <= h.Kept:
		return ui.Warn
	}
	return ui.Good
}

// thousandths places a number of calls on a bar that is a thousand wide.
func thousandths(n, limit int) string {
	return strconv.Itoa(min(max(n, 0), limit) * 1000 / max(1, limit))
}

// rateShare is the field of the Settings tab.
func rateShare(p SettingsProps) ui.Input {
	in := ui.Named(p.RateShare, "rate_share")
	in.Field.Help = "The rest of each limit stays free for people's sign-ins and for others. When Caracal's part of a minute is used up, runs wait for the next one, those first that people wait for."
	if !p.Limits.Own {
		in.Field.Help += " Nothing is set here, so it is " + strconv.Itoa(p.Limits.Share) + " %, as configured."
	} else {
		in.Field.Help += " Left empty, it is what the configuration says."
	}
	return in
}
