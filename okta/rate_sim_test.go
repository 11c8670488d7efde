package okta

import (
	"container/heap"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"testing"
	"time"

	"caracal/org"
)

var rateSeeds = flag.Int("rate.seeds", 24, "simulations of the rate budget")

// world is an org with one bucket, nodes that call it and a clock that jumps from event to event. What the engine does
// with runs that find the budget used up is done here in its plainest form: they rest, and as many come
// back as there is room for, those first that press.
type world struct {
	*rand.Rand
	t       *testing.T
	now     time.Time
	events  events
	limit   int
	share   float64
	nodes   []*simNode
	row     org.RateWindow // of the shared database
	resting []*simCall

	ends    time.Time // of the present window
	used    int       // in it, by everybody
	ours    int
	low     int // calls of ours that were made when no more than what is kept was left
	bulk    int // calls of ours that nobody presses for, in this window
	foreign int // calls of others in this window

	windows []simWindow
	refused int
	done    map[org.Urgency][]*simCall
}

type simWindow struct{ ours, used, low, foreign, waiting int }

type simNode struct {
	gate   gate
	people bool // nothing else runs here
	skew   time.Duration
	busy   int
}

type simCall struct {
	ticket
	came, served time.Time
	asked        int
	sent         bool
	visit        int
	behind       int // calls of the same window that nobody presses for, made before it was answered
}

type event struct {
	at time.Time
	do func()
}

type events []event

func (e events) Len() int           { return len(e) }
func (e events) Less(i, j int) bool { return e[i].at.Before(e[j].at) }
func (e events) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *events) Push(v any)        { *e = append(*e, v.(event)) }
func (e *events) Pop() any          { old := *e; v := old[len(old)-1]; *e = old[:len(old)-1]; return v }

func newWorld(t *testing.T, seed uint64, nodes int) *world {
	w := &world{Rand: rand.New(rand.NewPCG(seed, 1)), t: t, done: map[org.Urgency][]*simCall{}}
	w.now = time.Date(2026, 5, 3, 12, 0, w.IntN(60), w.IntN(1e9), time.UTC)
	w.limit = []int{10, 20, 25, 100, 120, 500, 600, 1000, 1200, 2000}[w.IntN(10)]
	w.share = []float64{0.1, 0.3, 0.5, 0.5, 0.75, 1, 1}[w.IntN(7)]
	for range nodes {
		n := &simNode{skew: time.Duration(w.IntN(20000)-10000) * time.Millisecond}
		n.gate.shared = nodes > 1
		w.nodes = append(w.nodes, n)
	}
	return w
}

func (w *world) at(d time.Duration, do func()) { heap.Push(&w.events, event{w.now.Add(d), do}) }

func (w *world) run(until time.Time) {
	for len(w.events) > 0 && !w.events[0].at.After(until) {
		e := heap.Pop(&w.events).(event)
		w.now = e.at
		e.do()
	}
}

func (w *world) kept() int { return w.limit - allowance(w.limit, w.share) }

// serve is Okta: it counts a call and answers with its headers.
func (w *world) serve(ours bool, u org.Urgency) (h http.Header, ok bool) {
	if !w.now.Before(w.ends) {
		if !w.ends.IsZero() {
			waiting := 0
			for _, c := range w.resting {
				if !c.urgency.Pressed() {
					waiting++
				}
			}
			w.windows = append(w.windows, simWindow{ours: w.ours, used: w.used, low: w.low, foreign: w.foreign, waiting: waiting})
		}
		w.ends, w.used, w.ours, w.low, w.foreign, w.bulk = w.now.Truncate(time.Minute).Add(time.Minute), 0, 0, 0, 0, 0
	}
	if ours && w.limit-w.used <= w.kept() {
		w.low++
	}
	if ok = w.used < w.limit; ok {
		w.used++
		if ours {
			w.ours++
			if !u.Pressed() {
				w.bulk++
			}
		} else {
			w.foreign++
		}
	}
	h = http.Header{}
	h.Set("Date", w.now.UTC().Format(http.TimeFormat))
	h.Set("X-Rate-Limit-Limit", strconv.Itoa(w.limit))
	h.Set("X-Rate-Limit-Remaining", strconv.Itoa(w.limit-w.used))
	h.Set("X-Rate-Limit-Reset", strconv.FormatInt(w.ends.Unix(), 10))
	return h, ok
}

func (w *world) come(u org.Urgency) *simCall {
	c := &simCall{came: w.now}
	c.ticket = ticket{bucket: "b", urgency: u, share: w.share}
	return c
}

// start brings a call to a node.
func (w *world) start(n *simNode, c *simCall) {
	n.busy++
	c.through, c.sent = false, false
	w.ask(n, c)
}

func (w *world) local(n *simNode) time.Time { return w.now.Add(n.skew) }

func (w *world) ask(n *simNode, c *simCall) {
	c.asked++
	if c.asked > 10_000 {
		w.t.Fatal("a call asks again and again")
	}
	visit := c.visit
	again := func() {
		if c.visit == visit {
			w.ask(n, c)
		}
	}
	p := n.gate.ask(&c.ticket, func() { w.at(0, again) }, w.local(n))
	switch {
	case p.through:
		if !c.sent { // else it was told twice
			c.sent = true
			w.send(n, c)
		}
	case p.lease != nil:
		l := *p.lease
		l.Now = w.now.Add(-time.Duration(w.IntN(1500)) * time.Millisecond).Unix()
		w.at(time.Duration(w.IntN(5))*time.Millisecond, func() {
			var calls int
			calls, w.row = w.row.Grant(l)
			n.gate.give(l, calls, w.local(n))
			again()
		})
	case !p.opens.IsZero(): // it rests
		n.gate.leave(&c.ticket)
		n.busy--
		c.visit++
		w.resting = append(w.resting, c)
	}
}

func (w *world) send(n *simNode, c *simCall) {
	w.at(time.Duration(5+w.IntN(100))*time.Millisecond, func() {
		h, ok := w.serve(true, c.urgency)
		w.at(time.Duration(5+w.IntN(100))*time.Millisecond, func() {
			e := ending{answered: true}
			e.heard, e.tells = hear(h, w.local(n))
			n.gate.done(&c.ticket, e, w.local(n))
			n.busy--
			if !ok {
				w.refused++
				w.resting = append(w.resting, c)
				return
			}
			c.served, c.behind = w.now, w.bulk
			w.done[c.urgency] = append(w.done[c.urgency], c)
		})
	})
}

// wake brings back as many resting calls as there is room for, four times a second.
func (w *world) wake() {
	for _, u := range []org.Urgency{org.Pressing, org.Bulk} {
		for _, n := range w.nodes {
			if n.people && !u.Pressed() {
				continue
			}
			room, _ := n.gate.room("b", w.share, u, w.local(n))
			room -= n.busy
			for i := 0; i < len(w.resting) && room > 0 && n.busy < 50; {
				c := w.resting[i]
				if c.urgency != u {
					i++
					continue
				}
				w.resting = append(w.resting[:i], w.resting[i+1:]...)
				room--
				w.start(n, c)
			}
		}
	}
	w.at(250*time.Millisecond, w.wake)
}

// hour lets bulk without end and people now and then call for some windows.
func (w *world) hour(bulk int, people, others time.Duration) {
	began := w.now
	for range bulk {
		w.resting = append(w.resting, w.come(org.Bulk))
	}
	var person, other func()
	person = func() {
		w.start(w.nodes[w.IntN(len(w.nodes))], w.come(org.Pressing))
		w.at(time.Duration(w.Int64N(int64(2*people))), person)
	}
	other = func() {
		w.serve(false, 0)
		w.at(time.Duration(w.Int64N(int64(2*others))), other)
	}
	if people > 0 {
		w.at(people, person)
	}
	if others > 0 {
		w.at(others, other)
	}
	w.wake()
	w.run(began.Add(4 * time.Minute))
}

// TestBudgetAlone: while nobody else calls, no call is refused, no more than the share is used, and where there is
// enough to do at least 95 % of it are, by one node or several. Who presses is served in the window in which they
// come, or goes first in the next one.
func TestBudgetAlone(t *testing.T) {
	t.Parallel()
	for seed := range uint64(*rateSeeds) {
		nodes := 1 + int(seed%3)
		w := newWorld(t, seed, nodes)
		may := allowance(w.limit, w.share)
		w.hour(may*5+20, 2*time.Minute/time.Duration(may)+time.Duration(w.IntN(20_000))*time.Millisecond, 0)
		name := fmt.Sprintf("seed %d: limit %d, share %.2f, %d nodes", seed, w.limit, w.share, nodes)
		if w.refused > 0 {
			t.Errorf("%s: %d calls were refused", name, w.refused)
		}
		used, could := 0, 0
		for i, v := range w.windows {
			if v.ours > may+nodes-1 { // each node's first call tells it the limit
				t.Errorf("%s: %d calls in window %d, at most %d may be", name, v.ours, i, may)
			}
			if i > 0 && v.waiting > 0 { // the first began before us
				used, could = used+v.ours, could+may
			}
		}
		if could == 0 {
			t.Errorf("%s: no whole window", name)
		}
		if used*100 < could*95 && could-used > len(w.windows) { // of a handful of calls one is more than 5 %
			t.Errorf("%s: %d of %d calls used: %+v", name, used, could, w.windows)
		}
		for _, c := range w.done[org.Pressing] {
			if wait, left := c.served.Sub(c.came), c.came.Truncate(time.Minute).Add(time.Minute).Sub(c.came); wait > left+4*time.Second && may > 25 {
				t.Errorf("%s: a person waited %s where the window had %s left", name, wait, left)
			}
		}
	}
}

// TestPersonOnAnotherNode: while bulk runs on one node without end and has used up its part of the window, the calls of a run
// that a person starts on another node are made at once, as many as are held back for people, and where it needs more, they are
// among the first of the next window. That is what one node alone would give them.
func TestPersonOnAnotherNode(t *testing.T) {
	t.Parallel()
	for seed := range uint64(*rateSeeds) {
		for nodes := 1; nodes <= 2; nodes++ {
			w := newWorld(t, seed, nodes)
			w.limit, w.share = []int{100, 120, 600, 1200}[w.IntN(4)], []float64{0.5, 0.75, 1}[w.IntN(3)]
			there := w.nodes[nodes-1]
			there.people = nodes > 1
			may := allowance(w.limit, w.share)
			began := w.now
			for range may * 6 {
				w.resting = append(w.resting, w.come(org.Bulk))
			}
			// In the third window, when bulk has had time to use up its part.
			comes := w.now.Truncate(time.Minute).Add(2*time.Minute + time.Duration(35+w.IntN(10))*time.Second)
			var calls []*simCall
			var next func()
			next = func() { // one after the other, as a run makes them
				if len(calls) > 0 && calls[len(calls)-1].served.IsZero() {
					w.at(10*time.Millisecond, next)
					return
				}
				if len(calls) < 2*forPeople(may) {
					c := w.come(org.Pressing)
					calls = append(calls, c)
					w.start(there, c)
					w.at(10*time.Millisecond, next)
				}
			}
			w.at(comes.Sub(w.now), next)
			w.wake()
			w.run(began.Add(5 * time.Minute))
			name := fmt.Sprintf("seed %d: limit %d, share %.2f, %d nodes", seed, w.limit, w.share, nodes)
			if len(calls) < 2*forPeople(may) || calls[len(calls)-1].served.IsZero() {
				t.Fatalf("%s: %d calls were begun", name, len(calls))
			}
			turned := comes.Truncate(time.Minute).Add(time.Minute)
			for i, c := range calls {
				wait := c.served.Sub(c.came)
				switch {
				case i < forPeople(may)-1 && wait > 2*time.Second: // the node's first call learns the limit
					t.Errorf("%s: call %d waited %s", name, i, wait)
				case c.served.After(turned) && c.came.Before(turned) && c.served.Sub(turned) > 4*time.Second:
					t.Errorf("%s: call %d was made %s after the window had turned, behind %d of bulk", name, i, c.served.Sub(turned), c.behind)
				case c.came.After(turned) && wait > 2*time.Second:
					t.Errorf("%s: call %d waited %s in a new window, behind %d of bulk", name, i, wait, c.behind)
				}
			}
			if w.refused > 0 {
				t.Errorf("%s: %d calls were refused", name, w.refused)
			}
		}
	}
}

// TestBudgetBesideOthers: what others use comes off our share, so that the rest stays free for them.
func TestBudgetBesideOthers(t *testing.T) {
	t.Parallel()
	for seed := range uint64(*rateSeeds) {
		nodes := 1 + int(seed%3)
		w := newWorld(t, seed, nodes)
		w.hour(allowance(w.limit, w.share)*5, 5*time.Second, time.Duration(100+w.IntN(2000))*time.Millisecond)
		for i, v := range w.windows {
			if i == 0 {
				continue
			}
			// What others call while ours are under way can't be known.
			if most := maxConcurrent * nodes; v.low > most {
				t.Errorf("seed %d: limit %d, share %.2f, %d nodes: %d calls of window %d were made although no more was left than is kept (%+v)",
					seed, w.limit, w.share, nodes, v.low, i, v)
			}
		}
	}
}

// TestBulkIsNotStarved: where more people call than the share allows, bulk still gets its part.
func TestBulkIsNotStarved(t *testing.T) {
	t.Parallel()
	g := &gate{}
	now := time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)
	k := g.bucket("b")
	k.learn(heard{limit: 100, left: 100, window: now.Unix() + 60, date: now.Unix(), reset: now.Add(time.Minute)}, now)
	g.underWay = maxConcurrent - 1 // one place
	var order []org.Urgency
	var tickets []*ticket
	for i := range 40 {
		u := org.Pressing
		if i%2 == 0 {
			u = org.Bulk
		}
		tk := &ticket{bucket: "b", urgency: u, share: 1}
		tk.come = func() { order = append(order, u) }
		tickets = append(tickets, tk)
	}
	first := &ticket{bucket: "b", urgency: org.Pressing, share: 1}
	if !g.ask(first, func() {}, now).through {
		t.Fatal("the first call must go at once")
	}
	for _, tk := range tickets {
		if g.ask(tk, tk.come, now).through {
			t.Fatal("there is no second place")
		}
	}
	last := first
	for range 20 {
		g.done(last, ending{answered: true, tells: true, heard: heard{limit: 100, left: 50, window: now.Unix() + 60, date: now.Unix(), reset: now.Add(time.Minute)}}, now)
		for _, tk := range tickets {
			if tk.through && tk != last && !tk.at.IsZero() {
				last = tk
			}
		}
		for i, tk := range tickets {
			if tk == last {
				tickets = append(tickets[:i], tickets[i+1:]...)
				break
			}
		}
	}
	bulk := 0
	for i, u := range order[:20] {
		if u == org.Bulk {
			bulk++
		} else if i > 0 && order[i-1] == org.Bulk && bulk > (i+4)/longestFirst+1 {
			t.Errorf("bulk went too often before people: %v", order)
		}
	}
	if bulk < 3 || bulk > 5 {
		t.Errorf("of 20 calls %d were bulk: %v", bulk, order)
	}
}
