package okta

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Outcome is how one exchange with an org ended.
type Outcome int

// The outcomes.
const (
	Answered Outcome = iota // as asked
	Refused                 // 4xx: Okta says no
	Limited                 // 429: too many calls
	Failing                 // 5xx: Okta could not
	Broken                  // no answer came
	outcomes
)

// String returns the outcome's name.
func (o Outcome) String() string {
	return [outcomes]string{"answered", "refused", "limited", "failing", "broken"}[o]
}

// Outcomes lists every outcome.
func Outcomes() (list []Outcome) {
	for o := range outcomes {
		list = append(list, o)
	}
	return list
}

// outcomeOf says how an exchange ended that got this answer, or none.
func outcomeOf(resp *Response) Outcome {
	switch {
	case resp == nil:
		return Broken
	case resp.Status == http.StatusTooManyRequests:
		return Limited
	case resp.Status >= http.StatusInternalServerError:
		return Failing
	case resp.Status >= http.StatusBadRequest:
		return Refused
	}
	return Answered
}

// tally counts what this process asked one org, since its start.
type tally struct {
	calls  [outcomes]atomic.Int64
	waits  atomic.Int64
	waited atomic.Int64 // nanoseconds
}

func (t *tally) wait(d time.Duration) {
	t.waits.Add(1)
	t.waited.Add(int64(max(0, d)))
}

// Tally is what this process asked one org, since its start.
type Tally struct {
	Org    string // host name
	Calls  map[Outcome]int64
	Waits  int64 // calls that had to wait, for a limit or for others under way, or gave up
	Waited time.Duration
}

// Tallies returns what was asked of each org, in the order of their names.
func (c *Clients) Tallies() (list []Tally) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, h := range c.hosts {
		t := Tally{Org: h.name, Calls: map[Outcome]int64{}, Waits: h.tally.waits.Load(), Waited: time.Duration(h.tally.waited.Load())}
		for o := range outcomes {
			t.Calls[o] = h.tally.calls[o].Load()
		}
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b Tally) int { return strings.Compare(a.Org, b.Org) })
	return list
}
