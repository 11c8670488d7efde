package okta

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"caracal/fault"
	"caracal/org"
)

func TestPage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		body, name, after string
		entries           int
		ok                bool
	}{
		{`[{"id":1},{"id":2}]`, "", "", 2, true},
		{`[]`, "", "", 0, true},
		{`{"_links":{"next":{"href":"https://x/y?after=abc"}},"roles":[{"id":1}]}`, "roles", "abc", 1, true},
		{`{"_embedded":[1],"_links":{"next":[{"href":"https://x/y?after=abc"}]},"value":[]}`, "value", "", 0, true},
		{`{"domains":[]}`, "domains", "", 0, true},
		{`{"id":"one object"}`, "", "", 0, false},
		{`"text"`, "", "", 0, false},
		{`null`, "", "", 0, false},
		{`<html>`, "", "", 0, false},
	} {
		page, ok := (&Response{Body: []byte(tt.body)}).Page()
		if len(page.Entries) != tt.entries || page.Name != tt.name || page.After() != tt.after || ok != tt.ok {
			t.Errorf("%s: %+v %v", tt.body, page, ok)
		}
	}
}

// TestEachOf goes on from a page that an object holds, to the end or to so many, and never to another host.
func TestEachOf(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	elsewhere := false
	f.api = func(w http.ResponseWriter, r *http.Request, _ int) {
		n := len(r.URL.Query().Get("after"))
		next, base := "", f.server.URL
		if elsewhere {
			base = "https://evil.example.com"
		}
		if n < 2 {
			next = fmt.Sprintf(`"next":{"href":"%s/api/v1/iam/roles?after=%s"}`, base, strings.Repeat("x", n+1))
		}
		f.json(w, 200, fmt.Sprintf(`{"roles":[{"n":%d},{"n":%d}],"_links":{%s}}`, 2*n, 2*n+1, next))
	}
	c := f.open(org.Integration)
	for max, want := range map[int]string{0: "012345", 1: "0", 2: "01", 3: "012", 9: "012345"} {
		resp, err := c.Do(t.Context(), Request{Method: http.MethodGet, Path: "/api/v1/iam/roles"})
		if err != nil {
			t.Fatal(err)
		}
		page, ok := resp.Page()
		got := ""
		err = c.EachOf(t.Context(), page, max, func(entry json.RawMessage) error {
			got += strings.Trim(string(entry), `{"n:}`)
			return nil
		})
		if !ok || err != nil || got != want {
			t.Errorf("at most %d: %q, %v", max, got, err)
		}
	}
	elsewhere = true
	resp, err := c.Do(t.Context(), Request{Method: http.MethodGet, Path: "/api/v1/iam/roles"})
	if err != nil {
		t.Fatal(err)
	}
	page, _ := resp.Page()
	calls := f.seen()
	if err := c.EachOf(t.Context(), page, 0, func(json.RawMessage) error { return nil }); !fault.Is(err, fault.Upstream) || f.seen() != calls {
		t.Errorf("%d calls more: %v", f.seen()-calls, err)
	}
}
