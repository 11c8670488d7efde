package connect

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"caracal/fault"
)

// TestLookedOn: nobody who looks at an answer is told that it goes on by itself.
func TestLookedOn(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 2, 9, 41, 0, 0, time.UTC)
	s := &Service{Clock: func() time.Time { return now }}
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"our share is used up", &fault.Error{Kind: fault.Busy, Bucket: "/api/v1/users", RetryAt: now.Add(9*time.Minute + time.Second)}, "try again in 10 minutes."},
		{"Okta said so", &fault.Error{Kind: fault.Busy, Status: http.StatusTooManyRequests, RetryAt: now.Add(40 * time.Second)}, "try again in a minute."},
		{"no time is known", &fault.Error{Kind: fault.Busy, Status: http.StatusTooManyRequests}, "try again in a minute."},
		{"down", fault.New(fault.Busy, "is down"), "is down"},
		{"our own", errors.New("disk"), "disk"},
	} {
		if got := s.lookedOn(c.err); !strings.HasSuffix(got.Error(), c.want) {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
