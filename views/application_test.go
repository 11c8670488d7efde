package views

import (
	"slices"
	"testing"
)

func TestMendPath(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in    string
		steps []string
		rest  string
	}{
		{"Call your admin.", nil, "Call your admin."},
		{"Okta API Scopes › Grant", []string{"Okta API Scopes", "Grant"}, ""},
		{"Admin roles › Edit assignments: add a role; see Security › Administrators.", []string{"Admin roles", "Edit assignments"}, "Add a role; see Security › Administrators."},
		{"A › B.", []string{"A", "B"}, ""},
	} {
		steps, rest := mendPath(tt.in)
		if !slices.Equal(steps, tt.steps) || rest != tt.rest {
			t.Errorf("%q: got %q, %q", tt.in, steps, rest)
		}
	}
}

func TestBrowserName(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0":  "Edge on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/18 Safari/605": "Safari on macOS",
		"curl/8.11": "curl", "": "Unknown browser",
	} {
		if got := browserName(agent); got != want {
			t.Errorf("%q: got %q, want %q", agent, got, want)
		}
	}
}
