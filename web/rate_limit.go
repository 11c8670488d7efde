package web

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// rateLimit bounds how often one address, or one person, may do something in a minute.
type rateLimit struct {
	perMinute int
	clock     func() time.Time

	mu     sync.Mutex
	byAddr map[string]*visitor
	swept  time.Time
}

// mostVisitors bounds how many are remembered: a stranger may come under as many addresses, and ask for as many webhooks,
// as they can think of.
const mostVisitors = 20_000

type visitor struct {
	bucket *rate.Limiter
	seen   time.Time
}

func newRateLimit(perMinute int, clock func() time.Time) *rateLimit {
	return &rateLimit{perMinute: perMinute, clock: clock, byAddr: map[string]*visitor{}}
}

// allow takes one from the budget of an address or a person and reports whether there was one left.
func (l *rateLimit) allow(who string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock()
	full := len(l.byAddr) >= mostVisitors
	if now.Sub(l.swept) > 5*time.Minute || full && now.Sub(l.swept) > time.Second {
		l.swept = now
		for k, v := range l.byAddr { // an address unseen for a minute has its whole budget back
			if now.Sub(v.seen) > time.Minute {
				delete(l.byAddr, k)
			}
		}
	}
	key := network(who)
	v, ok := l.byAddr[key]
	if !ok {
		for k := range l.byAddr { // any of them: among so many, hardly one that has used much of its budget
			if len(l.byAddr) < mostVisitors {
				break
			}
			delete(l.byAddr, k)
		}
		v = &visitor{bucket: rate.NewLimiter(rate.Limit(float64(l.perMinute)/60), l.perMinute)}
		l.byAddr[key] = v
	}
	v.seen = now
	return v.bucket.AllowN(now, 1)
}

// network is what counts as one address: a whole /64 in IPv6, where one client may use any address of it.
func network(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil || addr.Is4() {
		return ip
	}
	prefix, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return ip
	}
	return prefix.String()
}
