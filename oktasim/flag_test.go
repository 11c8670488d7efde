package oktasim_test

import (
	"errors"
	"flag"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"caracal/oktasim"
)

func TestParseFlags(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	opt, err := oktasim.ParseFlags([]string{"--addr", "127.0.0.1:0", "--ssws", "a", "--ssws", "b", "--seed", "company", "--rate-limit", "users=5",
		"--rate-limit", "logs=1", "--latency", "3ms", "--search-lag", "2s", "--ungranted", "refuse", "--role-check", "after", "--faults", "503:2"}, &out)
	if err != nil {
		t.Fatal(err)
	}
	s := opt.Config.Settings
	if opt.Addr != "127.0.0.1:0" || len(opt.Config.SSWS) != 2 || !opt.Company || s.RateLimits["users"] != 5 || s.RateLimits["logs"] != 1 ||
		s.Latency != 3*time.Millisecond || s.SearchLag != 2*time.Second || !s.RefuseUngranted || !s.RoleAfterLookup || s.Concurrency != 75 {
		t.Errorf("options: %+v", opt)
	}
	opt.Config.Settings.Latency = 0
	opt.Company = false
	org, err := opt.New()
	if err != nil {
		t.Fatal(err)
	}
	got := []int{}
	for range 4 {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/api/v1/groups", nil)
		r.Header.Set("Authorization", "SSWS b")
		w := httptest.NewRecorder()
		org.ServeHTTP(w, r)
		got = append(got, w.Code)
	}
	if got[0] != 200 || got[1] != 503 || got[2] != 200 || got[3] != 503 {
		t.Errorf("every second call breaks: %v", got)
	}
}

func TestParseFlagsRefusals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args string
		want string
	}{
		{"--seed moon", "--seed takes empty or company"},
		{"--ungranted maybe", "--ungranted takes downscope or refuse"},
		{"--role-check never", "--role-check takes before or after"},
		{"--rate-limit moons=1", "no bucket"},
		{"--rate-limit users=x", "no number"},
		{"--faults 418:1", "--faults takes KIND:N"},
		{"--faults 500:0", "--faults takes KIND:N"},
		{"extra", "unexpected argument"},
		{"--moon", "not defined"},
	} {
		var out strings.Builder
		if _, err := oktasim.ParseFlags(strings.Fields(tt.args), &out); err == nil || !strings.Contains(out.String(), tt.want) {
			t.Errorf("%s: %v %q", tt.args, err, out.String())
		}
	}
	var out strings.Builder
	if _, err := oktasim.ParseFlags([]string{"--help"}, &out); !errors.Is(err, flag.ErrHelp) || !strings.Contains(out.String(), "-ssws TOKEN") {
		t.Errorf("help: %v %s", err, out.String())
	}
}
