package web

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestClientIP(t *testing.T) {
	t.Parallel()
	s := &Server{cfg: Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}}}
	for _, c := range []struct{ peer, forwarded, want string }{
		{"203.0.113.9:1", "", "203.0.113.9"},
		{"203.0.113.9:1", "198.51.100.1", "203.0.113.9"}, // a stranger claims to be a proxy
		{"10.0.0.5:1", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.5:1", "192.0.2.66, 198.51.100.1", "198.51.100.1"}, // the client wrote the first
		{"10.0.0.5:1", "198.51.100.1, 10.1.1.1", "198.51.100.1"},   // two proxies of ours
		{"10.0.0.5:1", "198.51.100.1, nonsense", "10.0.0.5"},
		{"10.0.0.5:1", "", "10.0.0.5"},
		{"[fd00::1]:1", "2001:db8::1", "2001:db8::1"},
		{"[::ffff:10.0.0.5]:1", "::ffff:198.51.100.1", "198.51.100.1"},
	} {
		r := &http.Request{RemoteAddr: c.peer, Header: http.Header{}}
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := s.clientIP(r); got != c.want {
			t.Errorf("%s for %q: got %s, want %s", c.peer, c.forwarded, got, c.want)
		}
	}
}

func TestRateLimitForgets(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	l := newRateLimit(2, func() time.Time { return now })
	for i, want := range []bool{true, true, false} {
		if got := l.allow("2001:db8::1"); got != want {
			t.Errorf("try %d: %v", i, got)
		}
	}
	if l.allow("2001:db8::2") {
		t.Error("another address of the same /64 has a budget of its own")
	}
	if !l.allow("192.0.2.1") {
		t.Error("another client has no budget")
	}
	now = now.Add(10 * time.Minute)
	if !l.allow("192.0.2.1") || len(l.byAddr) != 1 {
		t.Errorf("%d addresses are remembered", len(l.byAddr))
	}
}

// TestRateLimitStaysSmall: strangers who come as ever somebody else take no more memory than a bound, and those who come
// again and again are held back all the same.
func TestRateLimitStaysSmall(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	l := newRateLimit(2, func() time.Time { return now })
	for i := range 3 * mostVisitors {
		if !l.allow("192.0.2.1 " + strconv.Itoa(i)) {
			t.Fatal("a new one is refused")
		}
	}
	if n := len(l.byAddr); n > mostVisitors {
		t.Fatalf("%d are remembered", n)
	}
	now = now.Add(2 * time.Minute)
	l.allow("192.0.2.2")
	if n := len(l.byAddr); n != 1 {
		t.Fatalf("%d are remembered after two minutes in which nobody came", n)
	}
	if !l.allow("192.0.2.2") || l.allow("192.0.2.2") {
		t.Error("the third in a minute passes")
	}
	s := &Server{}
	r := httptest.NewRequest(http.MethodPost, "/hooks/x", nil)
	r.SetPathValue("address", strings.Repeat("x", 8000))
	if key := s.knocker(r); len(key) > 200 {
		t.Errorf("%d bytes are remembered of one request", len(key))
	}
}
