package oktasim

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// faultKinds are the ways in which --faults and the console break requests.
var faultKinds = []struct {
	name, about string
	make        func() *Fault
}{
	{"500", "500 with Okta's error E0000009", func() *Fault { return ErrorFault(500, "E0000009", "Internal Server Error") }},
	{"503", "503 with a page that is not Okta's", func() *Fault {
		return StatusFault(503, "<html><body>503 Service Unavailable</body></html>")
	}},
	{"429", "429 with a reset two seconds ahead", func() *Fault { return RateLimited(2 * time.Second) }},
	{"drop-before", "the connection drops before the change is made", DropBefore},
	{"drop-after", "the connection drops after the change was made", DropAfter},
	{"timeout", "no answer, and no change", Timeout},
	{"timeout-after", "no answer, after the change was made", TimeoutAfter},
}

func faultNames() []string {
	names := make([]string, len(faultKinds))
	for i, k := range faultKinds {
		names[i] = k.name
	}
	return names
}

// faultPlan breaks every Nth request to the Management API, or only the next
// one. The zero value breaks nothing.
type faultPlan struct {
	kind  string
	every int
	once  bool // the next request, then none
	mu    sync.Mutex
	seen  int
}

// newFaultPlan breaks every Nth request, or with every 0 the next one only.
func newFaultPlan(kind string, every int) (*faultPlan, error) {
	if !slices.Contains(faultNames(), kind) {
		return nil, fmt.Errorf("no kind of fault is named %q; the kinds are %s", kind, strings.Join(faultNames(), ", "))
	}
	if every < 0 {
		return nil, fmt.Errorf("%d is no number of requests", every)
	}
	return &faultPlan{kind: kind, every: max(every, 1), once: every == 0}, nil
}

// parseFaults reads KIND:N.
func parseFaults(s string) (*faultPlan, error) {
	if s == "" {
		return &faultPlan{}, nil
	}
	kind, every, _ := strings.Cut(s, ":")
	n, err := strconv.Atoi(every)
	if err != nil || n < 1 {
		return nil, fmt.Errorf("--faults takes KIND:N such as 503:20, not %q", s)
	}
	plan, err := newFaultPlan(kind, n)
	if err != nil {
		return nil, fmt.Errorf("--faults takes KIND:N such as 503:20: %w", err)
	}
	return plan, nil
}

// planFaults puts a plan in place of the one before.
func (o *Org) planFaults(p *faultPlan) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.faults = p
}

// next is the fault for a request, or nil.
func (p *faultPlan) next(r *http.Request) *Fault {
	if p.kind == "" || !strings.HasPrefix(r.URL.Path, "/api/") {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen++
	if p.once && p.seen > 1 || !p.once && p.seen%p.every != 0 {
		return nil
	}
	for _, k := range faultKinds {
		if k.name == p.kind {
			return k.make()
		}
	}
	return nil
}

// current is the kind that the plan will still break requests with, or "".
func (p *faultPlan) current() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.once && p.seen > 0 {
		return ""
	}
	return p.kind
}
