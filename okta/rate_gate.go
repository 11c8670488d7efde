package okta

import (
	"slices"
	"strings"
	"sync"
	"time"

	"caracal/org"
)

// gate lets calls to one org through: not too many at once, and as many of each bucket as a share of its limit
// allows. Where calls are short, those go first that a person waits for. It knows no timers: it is asked again.
type gate struct {
	shared bool // other nodes use the org too, so calls are leased

	mu       sync.Mutex
	buckets  map[string]*bucket
	width    width
	underWay int
	line     []*ticket // who waits, in the order of coming
	passed   int
}

// ticket is one call on its way through the gate.
type ticket struct {
	bucket  string // "" counts in none, as when a token is asked for
	urgency org.Urgency
	share   float64
	come    func() // tells who holds it to ask again

	hopes   bool // it waits for calls under way, and knows of no time
	through bool
	at      time.Time // when it was let through
}

// place is where a ticket stands.
type place struct {
	through bool
	lease   *org.CallLease // what whoever holds the ticket has to ask for, and then come again
	opens   time.Time      // when to come again; zero while it waits for calls under way
	limit   int            // of its bucket
	may     int            // what its share of that comes to
}

// longestFirst: of so many calls one goes to whoever has waited longest, however little it presses.
const longestFirst = 5

// ask puts a ticket in the line, lets through who may go, and says where the ticket stands. come is called when it is
// worth asking again.
func (g *gate) ask(t *ticket, come func(), now time.Time) place {
	g.mu.Lock()
	defer g.mu.Unlock()
	t.come = come
	if t.through {
		return place{through: true}
	}
	if !slices.Contains(g.line, t) {
		g.line = append(g.line, t)
	}
	g.deal(now, t)
	if t.through {
		return place{through: true}
	}
	k := g.bucket(t.bucket)
	p := place{opens: g.opens(k, t, now), limit: k.limit, may: allowance(k.limit, t.share)}
	t.hopes = p.opens.IsZero()
	if g.wantsLease(t, now) && !k.asking {
		k.asking = true
		p.lease = k.lease(now, t)
	}
	return p
}

// opens is when a ticket that can't go may; zero when calls under way will tell.
func (g *gate) opens(k *bucket, t *ticket, now time.Time) time.Time {
	if g.leases(t, k) && k.reset.Sub(now) < quiet {
		return k.reset
	}
	return k.opens(now, t.share, t.urgency)
}

// leave takes back a ticket that was not let through. It reports whether it was meanwhile, and then counts.
func (g *gate) leave(t *ticket) (through bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.line = slices.DeleteFunc(g.line, func(o *ticket) bool { return o == t })
	return t.through
}

// deal lets through as many as may go. It tells those who wait, but not the one who asks.
func (g *gate) deal(now time.Time, asks *ticket) {
	for g.underWay < g.width.most() {
		t := g.next(now)
		if t == nil {
			break
		}
		g.line = slices.DeleteFunc(g.line, func(o *ticket) bool { return o == t })
		g.passed++
		g.underWay++
		k := g.bucket(t.bucket)
		k.underWay++
		if g.leases(t, k) {
			k.leased--
		} else {
			k.made++
		}
		t.through, t.at = true, now
		if t != asks {
			t.come()
		}
	}
	asked := false
	for _, t := range g.line {
		k := g.bucket(t.bucket)
		switch {
		case t == asks:
		case g.wantsLease(t, now) && !k.asking && !asked:
			asked = true // by this one, for all
			t.come()
		case t.hopes && !g.opens(k, t, now).IsZero():
			t.come()
		}
	}
}

// next is who goes next of those who may, or nil.
func (g *gate) next(now time.Time) (best *ticket) {
	longest := g.passed%longestFirst == longestFirst-1
	for _, t := range g.line {
		if (best == nil || !longest && t.urgency < best.urgency) && g.may(t, now) {
			best = t
		}
	}
	return best
}

func (g *gate) may(t *ticket, now time.Time) bool {
	k := g.bucket(t.bucket)
	return t.bucket == "" || g.free(k, t, now) > 0 && (!g.leases(t, k) || k.leased > 0)
}

// free is how many more calls of a ticket's kind its bucket takes now.
func (g *gate) free(k *bucket, t *ticket, now time.Time) int {
	free := k.free(now, t.share, t.urgency)
	if g.leases(t, k) && k.reset.Sub(now) < quiet {
		return 0
	}
	return free
}

// leases reports whether a ticket draws on a lease.
func (g *gate) leases(t *ticket, k *bucket) bool { return g.shared && t.bucket != "" && k.limit > 0 }

// wantsLease reports whether a lease is all that a ticket lacks.
func (g *gate) wantsLease(t *ticket, now time.Time) bool {
	k := g.bucket(t.bucket)
	return g.leases(t, k) && k.leased == 0 && g.free(k, t, now) > 0
}

// lease is what a node asks for: a twentieth of what it may use, so that little is lost when it needs no more.
func (k *bucket) lease(now time.Time, t *ticket) *org.CallLease {
	made := k.made
	k.made = 0
	return &org.CallLease{Bucket: t.bucket, Window: k.window, Over: k.over, Limit: k.limit, Used: k.limit - k.left, Made: made,
		Kept: k.kept(now, t.share, t.urgency), Want: min(max(1, allowance(k.limit, t.share)/20), 50)}
}

// give takes in the answer to a lease. None means that the other nodes use the rest of the window; below none, that
// nobody answered.
func (g *gate) give(l org.CallLease, calls int, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	k := g.bucket(l.Bucket)
	k.asking = false
	k.turn(now)
	same := k.window == l.Window && k.over == l.Over
	told := l.Over && !k.over && k.window > l.Window && k.window <= l.Now+int64(window/time.Second)+2 // the end that was not known then
	switch {
	case calls < 0, !same && !told: // it was for another window
	case calls > 0:
		k.leased += calls
	default:
		k.refused, k.reopened = l.Kept, k.reset
	}
	g.deal(now, nil)
}

// done ends the call of a ticket that was let through, with what its answer told.
func (g *gate) done(t *ticket, e ending, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.underWay--
	k := g.bucket(t.bucket)
	k.underWay--
	k.turn(now)
	switch {
	case e.crowded:
		g.width.refuse(t.at, now)
	case e.unsent:
	case t.bucket == "":
		g.width.answer()
	case e.answered && e.tells:
		g.width.answer()
		k.learn(e.heard, now)
	case e.answered:
		g.width.answer()
		k.told = true
		k.spend()
	default:
		k.spend()
	}
	g.deal(now, nil)
}

// ending is how a call ended.
type ending struct {
	answered bool
	tells    bool // the answer told of its bucket
	heard    heard
	crowded  bool // refused, since too many calls were under way at once
	unsent   bool // it never left this machine
}

// room is how many more calls of an urgency a bucket takes at this moment, and when it opens if it takes none.
func (g *gate) room(name string, share float64, u org.Urgency, now time.Time) (calls int, opens time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	k, t := g.bucket(name), &ticket{bucket: name, share: share, urgency: u}
	if calls = g.free(k, t, now); calls == 0 {
		opens = g.opens(k, t, now)
	}
	return calls, opens
}

func (g *gate) bucket(name string) *bucket {
	k := g.buckets[name]
	if k == nil {
		if g.buckets == nil {
			g.buckets = map[string]*bucket{}
		}
		k = &bucket{}
		g.buckets[name] = k
	}
	return k
}

// headroom lists what is known of each bucket, and what of it a share leaves free.
func (g *gate) headroom(share float64) []org.Headroom {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := make([]org.Headroom, 0, len(g.buckets))
	for name, k := range g.buckets {
		if k.limit > 0 && !k.at.IsZero() {
			out = append(out, org.Headroom{Bucket: name, Limit: k.limit, Remaining: k.left, Kept: k.limit - allowance(k.limit, share), Reset: k.reset, At: k.at})
		}
	}
	slices.SortFunc(out, func(a, b org.Headroom) int { return strings.Compare(a.Bucket, b.Bucket) })
	return out
}

// width is how many calls to one org may be under way. Okta counts all callers and says only that there are too many
// (429 with a limit of 0), so it is halved at each refusal and grows by one with each round of answers.
type width struct {
	is      float64 // 0 is the most there may be
	cut     time.Time
	refused int
}

func (w *width) most() int {
	if w.is == 0 {
		return maxConcurrent
	}
	return int(w.is)
}

// refuse takes in a refusal of a call that was let through at a time. Calls that were under way together are refused
// together, which counts once.
func (w *width) refuse(sent, now time.Time) {
	w.refused++
	if sent.After(w.cut) {
		w.is, w.cut = max(1, float64(w.most())/2), now
	}
}

func (w *width) answer() {
	if w.is > 0 {
		w.is = min(maxConcurrent, w.is+1/w.is)
	}
}
