package oktasim_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"testing"
	"time"

	"caracal/oktasim"
)

func TestWhoCalls(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		auth   string
		status int
		code   string
	}{
		{"", 403, "E0000005"},
		{"SSWS wrong", 401, "E0000011"},
		{"Bearer nonsense", 401, "E0000011"},
		{"Basic eDp5", 401, "E0000011"},
		{root, 200, ""},
	} {
		a := w.api(tt.auth, "GET", "/api/v1/users", "")
		if a.status != tt.status || !strings.Contains(a.body, tt.code) {
			t.Errorf("%q: %d %s", tt.auth, a.status, a.body)
		}
		if len(a.header.Get("X-Okta-Request-Id")) < 20 {
			t.Errorf("%q: no request id", tt.auth)
		}
	}
	if a := w.api("", "GET", "/.well-known/okta-organization", ""); a.status != 200 || a.json(t)["id"] != w.org.ID() {
		t.Errorf("who the org is: %d %s", a.status, a.body)
	}
}

func TestUnknownRoute(t *testing.T) {
	w := newWorld(t)
	var seen []string
	w.org.Update(func(s *oktasim.Settings) { s.OnUnknown = func(r *http.Request) { seen = append(seen, r.URL.Path) } })
	if a := w.api(root, "GET", "/api/v1/moons", ""); a.status != 404 || !strings.Contains(a.body, "E0000008") {
		t.Errorf("unknown: %d %s", a.status, a.body)
	}
	if a := w.api(root, "PATCH", "/api/v1/users", ""); a.status != 405 || !strings.Contains(a.body, "E0000022") {
		t.Errorf("wrong method: %d %s", a.status, a.body)
	}
	if len(seen) != 1 || seen[0] != "/api/v1/moons" {
		t.Errorf("told of %v", seen)
	}
}

func TestRateLimit(t *testing.T) {
	w := newWorld(t)
	w.org.Update(func(s *oktasim.Settings) { s.RateLimits = map[string]int{"users": 2} })
	for i, want := range []string{"1", "0"} {
		a := w.api(root, "GET", "/api/v1/users", "")
		if a.status != 200 || a.header.Get("X-Rate-Limit-Limit") != "2" || a.header.Get("X-Rate-Limit-Remaining") != want {
			t.Errorf("call %d: %d %v", i, a.status, a.header)
		}
	}
	a := w.api(root, "GET", "/api/v1/users", "")
	reset, err := strconv.ParseInt(a.header.Get("X-Rate-Limit-Reset"), 10, 64)
	if a.status != 429 || !strings.Contains(a.body, "E0000047") || err != nil || reset != w.clock.now().Add(time.Minute).Unix() {
		t.Errorf("over: %d %s %v", a.status, a.body, a.header)
	}
	if date, err := http.ParseTime(a.header.Get("Date")); err != nil || !date.Equal(w.clock.now()) {
		t.Errorf("Date is not the org's time: %v", a.header["Date"])
	}
	if a := w.api(root, "GET", "/api/v1/groups", ""); a.status != 200 {
		t.Errorf("another bucket: %d", a.status)
	}
	if n := len(w.org.Events("system.org.rate_limit.violation")); n != 1 {
		t.Errorf("%d violations in the log", n)
	}
	w.clock.advance(time.Minute)
	if a := w.api(root, "GET", "/api/v1/users", ""); a.status != 200 {
		t.Errorf("a minute later: %d", a.status)
	}
}

func TestConcurrency(t *testing.T) {
	w := newWorld(t)
	w.org.Update(func(s *oktasim.Settings) { s.Concurrency = 1 })
	begun, release := make(chan struct{}), make(chan struct{})
	w.org.SetFault(func(r *http.Request) *oktasim.Fault {
		if r.URL.Query().Has("slow") {
			close(begun)
			<-release
		}
		return nil
	})
	done := make(chan answer)
	go func() { done <- w.api(root, "GET", "/api/v1/users?slow=1", "") }()
	<-begun
	a := w.api(root, "GET", "/api/v1/users", "")
	if a.status != 429 || a.header.Get("X-Rate-Limit-Limit") != "0" || a.header.Get("X-Rate-Limit-Remaining") != "0" {
		t.Errorf("beside another: %d %v", a.status, a.header)
	}
	close(release)
	if a := <-done; a.status != 200 {
		t.Errorf("the first: %d", a.status)
	}
}

func TestFaults(t *testing.T) {
	w := newWorld(t)
	var next *oktasim.Fault
	w.org.SetFault(func(*http.Request) *oktasim.Fault { return next })
	made := func() int { return len(w.org.Events("group.lifecycle.create")) }
	create := func(ctx context.Context, name string) (*http.Response, error) {
		req, err := http.NewRequestWithContext(ctx, "POST", w.url+"/api/v1/groups", strings.NewReader(`{"profile":{"name":"`+name+`"}}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", root)
		resp, err := w.http.Do(req)
		if err == nil {
			defer resp.Body.Close()
		}
		return resp, err
	}
	next = oktasim.StatusFault(502, "<h1>Bad gateway</h1>")
	if resp, err := create(t.Context(), "a"); err != nil || resp.StatusCode != 502 || made() != 0 {
		t.Errorf("502: %v %v, %d made", resp, err, made())
	}
	next = oktasim.RateLimited(5 * time.Second)
	if resp, err := create(t.Context(), "b"); err != nil || resp.StatusCode != 429 || resp.Header.Get("X-Rate-Limit-Reset") != strconv.FormatInt(w.clock.now().Add(5*time.Second).Unix(), 10) {
		t.Errorf("429: %v %v", resp, err)
	}
	next = oktasim.DropBefore()
	if _, err := create(t.Context(), "c"); err == nil || made() != 0 {
		t.Errorf("dropped before: %v, %d made", err, made())
	}
	next = oktasim.DropAfter()
	if _, err := create(t.Context(), "d"); err == nil || made() != 1 {
		t.Errorf("dropped after: %v, %d made", err, made())
	}
	next = oktasim.TimeoutAfter()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := create(ctx, "e"); !errors.Is(err, context.DeadlineExceeded) || made() != 2 {
		t.Errorf("no answer: %v, %d made", err, made())
	}
	next = nil
	if resp, err := create(t.Context(), "f"); err != nil || resp.StatusCode != 200 || made() != 3 {
		t.Errorf("after the faults: %v %v, %d made", resp, err, made())
	}
}

func TestPagingLinks(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		w.group("Paged " + name)
	}
	next, names := "/api/v1/groups?limit=2&search=profile.name+sw+%22Paged%22", []string{}
	for pages := 0; next != ""; pages++ {
		if pages > 4 {
			t.Fatal("paging does not end")
		}
		a := w.api(root, "GET", next, "")
		next = ""
		lines := a.header.Values("Link")
		if len(lines) == 0 || !strings.HasSuffix(lines[0], `rel="self"`) {
			t.Fatalf("links: %v", lines)
		}
		for _, l := range lines {
			if strings.HasSuffix(l, `rel="next"`) {
				next = strings.TrimPrefix(strings.SplitN(l, ">", 2)[0], "<")
			}
		}
		for _, g := range a.list(t) {
			names = append(names, g["profile"].(map[string]any)["name"].(string))
		}
	}
	if strings.Join(names, ",") != "Paged a,Paged b,Paged c,Paged d,Paged e" {
		t.Errorf("names: %v", names)
	}
}

// TestOneHeaderLineEach reads the wire: Okta sends each link in a line of its own.
func TestOneHeaderLineEach(t *testing.T) {
	w := newWorld(t)
	w.group("one")
	w.group("two")
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("GET /api/v1/groups?limit=1 HTTP/1.1\r\nHost: x\r\nAuthorization: SSWS root\r\nConnection: close\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	r := textproto.NewReader(bufio.NewReader(conn))
	if _, err := r.ReadLine(); err != nil {
		t.Fatal(err)
	}
	h, err := r.ReadMIMEHeader()
	if err != nil || len(h["Link"]) != 2 {
		t.Errorf("links: %v, %v", h["Link"], err)
	}
}

func TestCallsAreCounted(t *testing.T) {
	w := newWorld(t)
	w.api(root, "GET", "/api/v1/users/"+nobody, "")
	w.api(root, "GET", "/api/v1/users/"+nobody, "")
	if got := w.org.Calls()["GET /api/v1/users/{userId}"]; got != 2 {
		t.Errorf("calls: %v", w.org.Calls())
	}
}
