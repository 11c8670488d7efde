package okta

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// bucketOf names the bucket of a path: ids become {id}, and what lies under an object is told apart by its
// next word. Okta counts reading one user apart from changing one.
func bucketOf(method, path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) < 3 {
		return path
	}
	head := "/" + strings.Join(parts[:3], "/") // /api/v1/users, /oauth2/v1/clients
	switch {
	case len(parts) == 3:
		return head
	case parts[2] == "groups" && parts[3] == "rules", parts[2] == "meta", parts[2] == "iam":
		return head + "/" + parts[3]
	case len(parts) == 4 && parts[2] == "users" && method == http.MethodGet:
		return head + "/{id} (read)"
	case len(parts) == 4:
		return head + "/{id}"
	}
	return head + "/{id}/" + parts[4]
}

// How a 429 is waited out.
const (
	maxRateWait    = 10 * time.Second // longer than this is for the caller to wait, not for a request
	maxRestWait    = 2 * time.Second  // what a run waits for with its place on the queue held
	maxPatientWait = 65 * time.Second // buckets are per minute; reading many pages is worth one
	maxChangedWait = 3 * time.Minute  // the rest of a step that has changed something
	unknownWait    = 5 * time.Second  // when the answer does not say
)

// maxReset is how far ahead a reset is believed: Okta's windows last a minute, and what a wrong header would put
// off for years is asked again after this.
const maxReset = 10 * time.Minute

// rateWait returns how long a 429 asks to wait. concurrent reports that too many requests were under way at
// once (both figures are 0), for which the reset is only a suggestion and a short pause is right.
func rateWait(header http.Header, now time.Time, attempt int) (wait time.Duration, concurrent bool) {
	if limit, ok := headerInt(header, "X-Rate-Limit-Limit"); ok && limit == 0 {
		return backoff(attempt), true
	}
	return untilReset(header, now) + rand.N(500*time.Millisecond), false
}

// untilReset computes the time to the reset from the answer's own Date, so that our clock does not matter.
func untilReset(header http.Header, now time.Time) time.Duration {
	reset, ok := headerInt(header, "X-Rate-Limit-Reset")
	if !ok {
		return unknownWait
	}
	from := now
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		from = date
	}
	at := time.Unix(min(max(int64(reset), 0), from.Add(maxReset).Unix()), 0)
	return max(at.Sub(from), time.Second)
}

// backoff is a jittered pause that doubles: about 0.25, 0.5, 1, 2 s.
func backoff(attempt int) time.Duration {
	d := 250 * time.Millisecond << min(max(attempt-1, 0), 3)
	return d/2 + rand.N(d)
}

func headerInt(h http.Header, name string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSpace(h.Get(name)))
	return n, err == nil
}
