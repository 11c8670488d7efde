package oktasim

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// window counts the calls of one bucket in one minute.
type window struct {
	ends   time.Time
	used   int
	warned bool
}

// rateLimits are calls per minute, from the last table that Okta published
// (reference/rl-global-mgmt of its developer docs, Workforce column). Okta's
// present docs give no table: an org's own dashboard does.
var rateLimits = map[string]int{
	"users":    600,
	"user":     600,
	"user-get": 2000,
	"groups":   500,
	"group":    1000,
	"apps":     100,
	"app":      500,
	"logs":     120,
	"clients":  100,
	"authn":    600,
	"token":    1200,
	"other":    1200,
}

// Buckets lists the names of the rate-limit buckets, as Settings.RateLimits takes them.
func Buckets() []string { return slices.Sorted(maps.Keys(rateLimits)) }

// bucketOf names the bucket that a route draws from.
func bucketOf(rt *route) string {
	if rt.bucket != "" {
		return rt.bucket
	}
	segs := strings.Split(strings.Trim(rt.pattern, "/"), "/")
	if rt.pattern == "/oauth2/v1/clients" || strings.HasPrefix(rt.pattern, "/oauth2/v1/clients/") {
		return "clients"
	}
	if len(segs) < 3 || segs[0] != "api" {
		return "other"
	}
	one := len(segs) == 4 && strings.HasPrefix(segs[3], "{")
	switch {
	case segs[2] == "users" && len(segs) == 3:
		return "users"
	case segs[2] == "users" && one && rt.method == http.MethodGet:
		return "user-get"
	case segs[2] == "users" && one:
		return "user"
	case segs[2] == "groups" && len(segs) == 3:
		return "groups"
	case segs[2] == "groups" && one:
		return "group"
	case segs[2] == "apps" && one:
		return "app"
	case segs[2] == "apps":
		return "apps"
	case segs[2] == "logs":
		return "logs"
	case segs[2] == "authn":
		return "authn"
	}
	return "other"
}

// take draws one call from a bucket and sets the X-Rate-Limit headers. It
// says whether the call may go on; the lock is held.
func (o *Org) take(h http.Header, bucket string) bool {
	limit, ok := o.settings.RateLimits[bucket]
	if !ok {
		limit = rateLimits[bucket]
	}
	now := o.now()
	w := o.limits[bucket]
	if w == nil {
		w = &window{}
		o.limits[bucket] = w
	}
	if !now.Before(w.ends) {
		*w = window{ends: now.Truncate(time.Minute).Add(time.Minute)}
	}
	over := w.used >= limit && !o.settings.NoRateLimit
	if !over {
		w.used++
	}
	setRate(h, limit, max(limit-w.used, 0), w.ends)
	return !over
}

func setRate(h http.Header, limit, remaining int, reset time.Time) {
	h.Set("X-Rate-Limit-Limit", strconv.Itoa(limit))
	h.Set("X-Rate-Limit-Remaining", strconv.Itoa(remaining))
	h.Set("X-Rate-Limit-Reset", strconv.FormatInt(reset.Unix(), 10))
}

// concurrency is the number of requests that may be under way at once.
func (o *Org) concurrency() int {
	if o.settings.Concurrency > 0 {
		return o.settings.Concurrency
	}
	return 75 // Workforce orgs ("Concurrent rate limits" in Okta's docs)
}
