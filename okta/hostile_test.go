package okta

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"caracal/fault"
	"caracal/org"
)

// answers sends a body with a type, whatever the client does with it.
func answers(kind string, body []byte) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Content-Type", kind)
		if _, err := w.Write(body); err != nil {
			return // the client stopped reading
		}
	}
}

// TestWhatAServerMayAnswer: each odd answer ends a read and a change with one sentence, and a change whose outcome
// is not known is uncertain, never failed.
func TestWhatAServerMayAnswer(t *testing.T) {
	t.Parallel()
	const done fault.Kind = 255 // no failure
	portal := []byte("<!DOCTYPE html><html><body>Sign in to the hotel network</body></html>")
	for name, tt := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request, int)
		kind   fault.Kind // of a read
		word   string
		change fault.Kind // of a change
		calls  int        // made by a read
	}{
		"announced 50 MB": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Content-Length", strconv.Itoa(50<<20))
			w.WriteHeader(http.StatusOK)
		}, fault.Upstream, "more than 16 MB", fault.Uncertain, 1},
		"web page":               {answers("text/html; charset=utf-8", portal), fault.Upstream, "web page", fault.Uncertain, 1},
		"web page named as JSON": {answers("application/json", portal), fault.Upstream, "web page", fault.Uncertain, 1},
		"text":                   {answers("text/plain", []byte("ok")), fault.Upstream, "could not be read", done, 1},
		"binary":                 {answers("application/octet-stream", []byte{0, 1, 2, 0xff}), fault.Upstream, "could not be read", done, 1},
		"broken JSON":            {answers("application/json", []byte(`{"id":`)), fault.Upstream, "could not be read", done, 1},
		"two objects":            {answers("application/json", []byte(`{"id":"1"}{"id":"2"}`)), fault.Upstream, "could not be read", done, 1},
		"deep JSON":              {answers("application/json", bytes.Repeat([]byte("["), 100_000)), fault.Upstream, "could not be read", done, 1},
		"nothing": {func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusNoContent) },
			fault.Upstream, "answered with nothing (status 204)", done, 1},
		"empty text": {answers("application/json", []byte(" \n")), fault.Upstream, "answered with nothing (status 200)", done, 1},
		"cut off": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Content-Length", "1000")
			answers("application/json", []byte(`{"id":"00u1"`))(w, nil, 0)
		}, fault.Busy, "broke off before its end", fault.Uncertain, maxNetworkTries},
		"broken gzip": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Content-Encoding", "gzip")
			answers("application/json", []byte("this is no gzip"))(w, nil, 0)
		}, fault.Busy, "broke off before its end", fault.Uncertain, maxNetworkTries},
		"redirect within": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Location", "/login/login.htm")
			w.WriteHeader(http.StatusFound)
		}, fault.Upstream, "sends callers elsewhere", fault.Upstream, 1},
		"redirect to http": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Location", "http://portal.example.com/login")
			w.WriteHeader(http.StatusTemporaryRedirect)
		}, fault.Upstream, "sends callers on to portal.example.com, which Caracal does not follow", fault.Upstream, 1},
		"no such method": {func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusMethodNotAllowed) },
			fault.Upstream, "does not have this operation", fault.Upstream, 1},
		"a sentence that is none": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(oktaError("E0000001", "x", "a\nb\x1b[2J\u202eevil\x00 "+strings.Repeat("long ", 500)))) // the client may be gone
		}, fault.Invalid, "a b [2J evil long", fault.Invalid, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.api = tt.answer
			c := f.open(org.Integration)
			err := get(c, t.Context())
			e := fault.As(err)
			if e == nil || e.Kind != tt.kind || !strings.Contains(e.Message, tt.word) || !strings.HasSuffix(e.Message, ".") || len(e.Message) > 600 || strings.ContainsAny(e.Message, "\n\x1b\x00\u202e") {
				t.Errorf("a read gives %v (%+v)", err, e)
			}
			if got := f.seen(); got != tt.calls {
				t.Errorf("a read called %d times, want %d", got, tt.calls)
			}
			f.reset()
			err = post(c, t.Context())
			if e := fault.As(err); (tt.change == done) != (err == nil) || e != nil && e.Kind != tt.change {
				t.Errorf("a change gives %v", err)
			}
			if got := f.seen(); got != 1 {
				t.Errorf("a change was sent %d times", got)
			}
		})
	}
}

// TestMemoryOfGiantAnswers measures what giant answers cost: what is announced nothing, what unfolds or never ends
// no more than some times the bound. It does not run beside other tests, whose memory it would count.
func TestMemoryOfGiantAnswers(t *testing.T) { //nolint:paralleltest // measures the memory of the whole process
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	zeros := make([]byte, 1<<20)
	for range 300 { // 300 MB in 300 KB
		if _, err := z.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		most   uint64 // MB allocated in all, the server's part included
		answer func(http.ResponseWriter, *http.Request, int)
	}{
		{"announced", 8, func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Content-Length", strconv.Itoa(50<<20))
			for range 50 {
				if _, err := w.Write(zeros); err != nil {
					return
				}
			}
		}},
		{"without end", 160, func(w http.ResponseWriter, _ *http.Request, _ int) {
			for range 1000 {
				if _, err := w.Write(zeros); err != nil {
					return
				}
			}
		}},
		{"gzip bomb", 160, func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes()) // the client may stop reading
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			c := f.open(org.Integration)
			if _, err := c.Token(t.Context()); err != nil {
				t.Fatal(err)
			}
			f.set(tt.answer)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := get(c, t.Context())
			runtime.ReadMemStats(&after)
			spent := (after.TotalAlloc - before.TotalAlloc) >> 20
			t.Logf("%s: %d MB allocated in all", tt.name, spent)
			if !fault.Is(err, fault.Upstream) || !strings.Contains(fault.Message(err), "more than 16 MB") {
				t.Errorf("got %v", err)
			}
			if spent > tt.most {
				t.Errorf("%d MB were allocated, more than %d", spent, tt.most)
			}
		})
	}
}

// TestNextLinks: a list is read on only within the org, and never in a circle.
func TestNextLinks(t *testing.T) {
	t.Parallel()
	link := func(target string) func(string) string { return func(string) string { return target } }
	for name, tt := range map[string]struct {
		next  func(base string) string
		word  string
		calls int
	}{
		"another host":      {link("https://evil.example.com/api/v1/groups?after=1"), "another host", 1},
		"another scheme":    {func(base string) string { return strings.Replace(base, "http://", "https://", 1) + "/api/v1/groups" }, "another host", 1},
		"another port":      {func(base string) string { return base + "1/api/v1/groups" }, "another host", 1},
		"a name in front":   {func(base string) string { return strings.Replace(base, "http://", "http://a:b@", 1) + "/x" }, "another host", 1},
		"no host":           {link("/api/v1/groups?after=1"), "another host", 1},
		"a file":            {link("file:///etc/passwd"), "another host", 1},
		"no address":        {link("http://[::1"), "does not read as an address", 1},
		"dots":              {func(base string) string { return base + "/api/v1/../../oauth2" }, "holds dots", 1},
		"itself":            {func(base string) string { return base + "/api/v1/groups" }, "leads back to a page", 1},
		"a circle of three": {nil, "leads back to a page", 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.api = func(w http.ResponseWriter, _ *http.Request, call int) {
				next := fmt.Sprintf("%s/api/v1/groups?after=%d", f.server.URL, call%3)
				if tt.next != nil {
					next = tt.next(f.server.URL)
				}
				w.Header().Set("Link", "<"+next+`>; rel="next"`)
				f.json(w, http.StatusOK, `[{}]`)
			}
			err := f.open(org.Integration).Each(t.Context(), "/api/v1/groups", nil, 0, func(json.RawMessage) error { return nil })
			if e := fault.As(err); e == nil || !strings.Contains(e.Message, tt.word) || !strings.HasSuffix(e.Message, ".") {
				t.Errorf("got %v", err)
			}
			if want := max(tt.calls, 1); f.seen() < want || f.seen() > want+1 {
				t.Errorf("%d pages were asked for, want about %d", f.seen(), want)
			}
		})
	}
}

// TestLogGoesOnWhereItIs: the log names the page that was read as the next one while nothing is newer.
func TestLogGoesOnWhereItIs(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.api = func(w http.ResponseWriter, r *http.Request, _ int) {
		w.Header().Set("Link", "<"+f.server.URL+r.URL.RequestURI()+`>; rel="next"`)
		f.json(w, http.StatusOK, `[]`)
	}
	if err := f.open(org.Integration).Each(t.Context(), "/api/v1/logs", nil, 5, func(json.RawMessage) error { return nil }); err != nil || f.seen() != 1 {
		t.Errorf("%d calls: %v", f.seen(), err)
	}
}

// TestWildRateHeaders: whatever the headers say, a refusal waits a moment or some minutes, and answers that were
// good hold the next call up no longer either.
func TestWildRateHeaders(t *testing.T) {
	t.Parallel()
	for _, reset := range []string{"-1", "0", "-9223372036854775808", "9223372036854775807", "99999999999999999999", "1e9", "soon", "", "4102444800"} {
		for _, date := range []string{"", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "yesterday"} {
			f := newFake(t)
			f.api = func(w http.ResponseWriter, _ *http.Request, _ int) {
				w.Header().Set("X-Rate-Limit-Limit", "100")
				w.Header().Set("X-Rate-Limit-Remaining", "-5")
				w.Header().Set("X-Rate-Limit-Reset", reset)
				w.Header().Set("Retry-After", reset)
				if date != "" {
					w.Header().Set("Date", date)
				}
				f.json(w, http.StatusTooManyRequests, oktaError("E0000047", "too many"))
			}
			c := f.open(org.Integration)
			err := get(c, t.Context())
			e := fault.As(err)
			if e == nil || e.Kind != fault.Busy || e.RetryAt.Before(f.clock().Add(-time.Minute)) || e.RetryAt.After(f.clock().Add(maxReset+time.Second)) {
				t.Errorf("reset %q, date %q: %v, %+v", reset, date, err, e)
			}
			for _, h := range c.Headroom() {
				if h.Reset.After(f.clock().Add(maxReset + time.Second)) {
					t.Errorf("reset %q, date %q: the bucket is closed until %s", reset, date, h.Reset)
				}
			}
			if off := c.OktaTime(f.clock()).Sub(f.clock()).Abs(); off > maxAhead {
				t.Errorf("date %q is believed: %s off", date, off)
			}
		}
	}
}

// TestWildTokenLife: a token that is said to live for ever, or not at all, is used and renewed.
func TestWildTokenLife(t *testing.T) {
	t.Parallel()
	for _, life := range []string{"9223372036854775807", "-1", "0"} {
		f := newFake(t)
		f.token = func(w http.ResponseWriter, _ *http.Request) bool {
			f.json(w, http.StatusOK, `{"token_type":"Bearer","access_token":"AT-1","scope":"okta.users.read","expires_in":`+life+`}`)
			return true
		}
		c := f.open(org.Integration)
		for range 3 {
			if err := get(c, t.Context()); err != nil {
				t.Errorf("life %s: %v", life, err)
			}
		}
		if f.asked() != 1 {
			t.Errorf("life %s: %d tokens were asked for", life, f.asked())
		}
		token, err := c.Token(t.Context())
		if err != nil || token.Expires.After(f.clock().Add(maxLife)) || !token.Expires.After(f.clock()) {
			t.Errorf("life %s: expires %s, %v", life, token.Expires, err)
		}
	}
}

// TestGiantTokenAnswer: the token endpoint is bounded like every other.
func TestGiantTokenAnswer(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]io.Reader{"giant": io.LimitReader(zeroReader{}, 20<<20), "web page": strings.NewReader("<html>sign in</html>"), "cut off": strings.NewReader(`{"access_token":`)} {
		f := newFake(t)
		f.token = func(w http.ResponseWriter, _ *http.Request) bool {
			_, _ = io.Copy(w, body) // the client may stop reading
			return true
		}
		if err := get(f.open(org.Integration), t.Context()); !fault.Is(err, fault.Upstream) || !strings.HasSuffix(fault.Message(err), ".") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type zeroReader struct{}

func (zeroReader) Read(b []byte) (int, error) { return len(b), nil }
