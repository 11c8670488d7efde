package okta

import (
	"net/http"
	"time"

	"caracal/org"
)

// bucket is one rate limit of an org, as the answers to this process tell it (X-Rate-Limit-* headers; Okta docs,
// "Rate limits overview"). The headers count all callers. Okta's own buckets are not published as a table; ours are
// at least as fine, so each follows the headers of its own calls.
type bucket struct {
	told     bool      // an answer came; without a limit in it there is none
	limit    int       // calls in a window
	left     int       // the fewest that an answer of this window told of
	window   int64     // when the window ends, in Unix seconds by the org's clock
	reset    time.Time // the same by our clock, a little late rather than early
	over     bool      // the window that was told of is over; this is the next one, of which nothing was told
	date     int64     // of the answer that told
	at       time.Time // when it came
	underWay int       // calls that were let through and not answered: headers may not count them yet

	leased   int // of a shared budget: calls that this node may still make in this window
	made     int // without a lease, since nothing was known yet
	asking   bool
	refused  int       // the fewest calls that were kept free when no lease was given
	reopened time.Time // until when that stands
}

// How calls are dealt out.
const (
	firstCalls = 1               // under way at once in a bucket of which nothing is known, or nothing new
	newsFor    = 3 * time.Second // how long an answer is news: others may have called since
	unmetered  = 1 << 20         // calls that may be made where Okta names no limit
	lateWindow = 6 * time.Second // before its end nobody's part of a window is held back for people any more
	window     = time.Minute     // how long Okta's windows last
	quiet      = time.Second     // before its end a shared window rests, so that no call falls into the next one unseen
)

// heard is what an answer told of its bucket.
type heard struct {
	limit, left  int
	window, date int64
	reset        time.Time
}

// hear reads the headers of an answer; ok is false when they tell nothing of a bucket. A limit of 0 marks a refusal
// for too many calls at once, which says nothing of one.
func hear(h http.Header, now time.Time) (out heard, ok bool) {
	limit, ok := headerInt(h, "X-Rate-Limit-Limit")
	left, has := headerInt(h, "X-Rate-Limit-Remaining")
	if !ok || !has || limit <= 0 {
		return out, false
	}
	wait := untilReset(h, now)
	date := now
	if d, err := http.ParseTime(h.Get("Date")); err == nil && d.Sub(now).Abs() < maxAhead {
		date = d
	}
	return heard{limit: limit, left: min(max(left, 0), limit), date: date.Unix(), window: date.Add(wait).Unix(), reset: now.Add(wait)}, true
}

// turn begins a new window when the time of the present one is over.
func (k *bucket) turn(now time.Time) {
	if k.limit > 0 && !now.Before(k.reset) {
		k.over, k.left, k.reset, k.leased, k.made, k.reopened = true, k.limit, now.Add(window), 0, 0, time.Time{}
	}
}

// learn takes in an answer. Answers overtake each other: within one window the lowest figure is the truth, and what
// was sent before the newest answer tells nothing of a later window.
func (k *bucket) learn(h heard, now time.Time) {
	same := !k.over && h.window-k.window <= 2 && k.window-h.window <= 2
	switch {
	case k.limit == h.limit && same:
		k.left, k.reset = min(k.left, h.left), earlier(k.reset, h.reset)
	case k.limit > 0 && h.window <= k.window+2 && h.date <= k.date: // of a window that is over
		k.spend()
		return
	case k.limit > 0 && k.over && h.window <= k.window+2: // so old that it must be of the last window, or nonsense
		k.spend()
		return
	default:
		if !k.over && k.limit > 0 { // it was over sooner than told
			k.leased, k.made, k.reopened = 0, 0, time.Time{}
		}
		k.limit, k.left, k.window, k.reset, k.over = h.limit, h.left, h.window, h.reset, false
	}
	k.told, k.date, k.at = true, max(k.date, h.date), now
}

// spend counts a call of which no answer told.
func (k *bucket) spend() {
	if k.limit > 0 {
		k.left = max(0, k.left-1)
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// allowance is what a share of the limit comes to. Even the smallest limit allows one call.
func allowance(limit int, share float64) int { return max(1, int(float64(limit)*share+1e-9)) }

// kept is how many calls of the window a caller must leave: what is free for sign-ins and others, and for callers
// that nobody waits for, a few for people who come later in the window.
func (k *bucket) kept(now time.Time, share float64, u org.Urgency) int {
	may := allowance(k.limit, share)
	kept := k.limit - may
	if !u.Pressed() && k.reset.Sub(now) > lateWindow {
		kept += forPeople(may)
	}
	return kept
}

// forPeople is how many calls of an allowance are held back for people: 4 %, but none where that would be much.
func forPeople(allowance int) int {
	if allowance < 5 {
		return 0
	}
	return (allowance + 24) / 25
}

// free is how many more calls a caller of an urgency may make now.
func (k *bucket) free(now time.Time, share float64, u org.Urgency) int {
	k.turn(now)
	switch {
	case k.limit == 0 && k.told:
		return unmetered
	case k.limit == 0:
		return max(0, firstCalls-k.underWay)
	}
	kept := k.kept(now, share, u)
	free := k.left - k.underWay - kept
	if !k.over && now.Sub(k.at) > newsFor {
		free = min(free, firstCalls-k.underWay)
	}
	if now.Before(k.reopened) && kept >= k.refused { // the other nodes have the rest
		free = min(free, k.leased)
	}
	return max(0, free)
}

// opens is when a caller who may not go now may: at the end of the window, or when what is held back for people is
// given up. The zero time means that answers under way will tell.
func (k *bucket) opens(now time.Time, share float64, u org.Urgency) time.Time {
	shut := func(at time.Time) bool {
		kept := k.kept(at, share, u)
		return k.left <= kept || k.leased == 0 && now.Before(k.reopened) && kept >= k.refused
	}
	switch late := k.reset.Add(-lateWindow); {
	case k.limit == 0 || !shut(now):
		return time.Time{}
	case late.After(now) && !shut(late):
		return late
	}
	return k.reset
}
