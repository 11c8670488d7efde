// Package twin lays a simulated org over a real one, so that one can see beforehand what a run would change.
//
// What a run reads comes from the org, with its own read scopes, and is remembered; what it writes stays in the
// twin, which is oktasim with the org's objects in it; reads after a write see both. Before a write is carried
// out in the twin, everything it touches is read from the org: the person with their groups and apps, the group
// with its apps, the group rules that would act. Nothing is ever sent to the org but GET.
package twin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"caracal/fault"
	"caracal/okta"
	"caracal/oktasim"
	"caracal/org"
)

// Twin is one rehearsal's view of an org. It is safe for concurrent use, and answers one call at a time.
type Twin struct {
	mu      sync.Mutex
	real    *okta.Client
	clock   func() time.Time
	sim     *oktasim.Org
	scopes  []string
	answers map[string]answer // of the real org, by path and query
	laid    map[string]error  // what was read into the twin
	wrote   bool              // a change was carried out, or refused
	held    int               // bytes of answers
	most    int               // that may be held
	full    error
	shared  *Shared         // nil is nothing
	round   int             // of what is shared
	about   string          // the path of the call that is under way
	body    sent            // of the change that is under way
	direct  map[string]bool // "group user": memberships that a call named
	calls   map[string]int  // that the run would make, by bucket
	changes int             // calls among them that change something
	reads   int             // that were sent to the org
	notes   []note

	past    past
	event   int64            // the last one of the twin's log that was looked at
	ended   []change         // sessions
	endedOf map[string]bool  // whose
	effects map[int][]change // by step
	by      map[string][]int // steps by what they changed
}

// answer is what the real org said.
type answer struct {
	resp *okta.Response
	err  error
}

// New returns a twin of the org that a client reads. scopes are those that Okta granted it; clock is the
// rehearsal's time.
func New(real *okta.Client, scopes []org.Scope, clock func() time.Time) *Twin {
	held := make([]string, len(scopes))
	for i, s := range scopes {
		held[i] = string(s)
	}
	return &Twin{real: real, clock: clock, sim: oktasim.NewTwin(real.Base(), clock), scopes: held,
		answers: map[string]answer{}, laid: map[string]error{}, direct: map[string]bool{}, calls: map[string]int{},
		most: maxHeld, past: newPast(), endedOf: map[string]bool{}, effects: map[int][]change{}, by: map[string][]int{}}
}

// Client returns a client whose calls the twin answers.
func (t *Twin) Client() *okta.Client { return t.real.Over(t, t.clock) }

// RoundTrip answers one call. It is for Client only: an error is a fault, and no request leaves but reads.
func (t *Twin) RoundTrip(req *http.Request) (*http.Response, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls[okta.Bucket(req.Method, req.URL.Path)]++
	t.about = req.URL.EscapedPath()
	pattern, params := t.sim.Pattern(req.Method, req.URL.EscapedPath())
	if req.Method == http.MethodGet {
		return t.read(req, pattern, params)
	}
	return t.write(req, pattern, params)
}

// read answers from the org as long as nothing was changed in the twin, and for what the twin does not hold.
func (t *Twin) read(req *http.Request, pattern string, params map[string]string) (*http.Response, error) {
	lay := layers[pattern]
	if t.wrote && lay == nil && !strings.HasPrefix(pattern, "/api/v1/meta/") {
		t.say("What is read at %s comes from the org as it is, without what the run changes before.", okta.Bucket(req.Method, req.URL.Path))
	}
	if !t.wrote || lay == nil {
		a := t.get(req.Context(), req.URL.RequestURI())
		if a.err != nil {
			return nil, a.err
		}
		return a.resp.HTTP(req), nil
	}
	if err := lay(t, req.Context(), req.URL.RequestURI(), params); err != nil {
		return nil, err
	}
	return t.sim.TwinCall(req, t.scopes), nil
}

// write changes the twin, once everything that the change touches is in it.
func (t *Twin) write(req *http.Request, pattern string, params map[string]string) (*http.Response, error) {
	prepare, known := writes[req.Method+" "+pattern]
	if !known {
		t.say("A call of %s %s can't be rehearsed: Caracal knows nothing to play it against. What comes after it was not looked at.", req.Method, req.URL.Path)
		return nil, fault.New(fault.Invalid, "This change can't be rehearsed: %s %s is none that the twin of the org knows how to carry out.", req.Method, req.URL.Path)
	}
	t.changes++
	ctx := req.Context()
	if err := t.look(req); err != nil {
		return nil, err
	}
	if err := t.basics(ctx); err != nil {
		return nil, err
	}
	if err := prepare(t, ctx, req.URL.RequestURI(), params); err != nil {
		return nil, err
	}
	t.wrote = true
	resp := t.sim.TwinCall(req, t.scopes)
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fault.New(fault.Internal, "The rehearsal could not read its own answer; start it again.").Because(err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(raw))
	t.attribute(ctx, params, raw)
	if resp.StatusCode < 300 {
		t.beyond(req, pattern)
		if user, group := params["userId"], params["groupId"]; user != "" && group != "" {
			t.direct[group+" "+t.sim.UserID(user)] = true
		}
	}
	return resp, nil
}

// sent is what a body says about other objects.
type sent struct {
	ID       string   `json:"id"`
	GroupIDs []string `json:"groupIds"`
	Role     string   `json:"role"` // a custom admin role, and its resource set
	Set      string   `json:"resource-set"`
	Profile  struct {
		Name  string `json:"name"`
		Login string `json:"login"`
	} `json:"profile"`
	Credentials struct {
		Password json.RawMessage `json:"password"`
	} `json:"credentials"`
	Actions struct {
		Assign struct {
			GroupIDs []string `json:"groupIds"`
		} `json:"assignUserToGroups"`
	} `json:"actions"`
}

// look reads the body of a change and leaves it to be read again. A body that makes no sense is the twin's to
// refuse.
func (t *Twin) look(req *http.Request) error {
	t.body = sent{}
	if req.Body == nil {
		return nil
	}
	raw, err := io.ReadAll(req.Body)
	if err != nil {
		return fault.New(fault.Internal, "The body of a call could not be read; start the rehearsal again.").Because(err)
	}
	req.Body = io.NopCloser(bytes.NewReader(raw))
	if json.Unmarshal(raw, &t.body) != nil {
		t.body = sent{}
	}
	return nil
}

// get reads from the org, each address once.
func (t *Twin) get(ctx context.Context, address string) answer {
	if a, known := t.answers[address]; known {
		return a
	}
	if t.shared != nil && wide(address, t.about) {
		a := t.shared.get(ctx, address, t.most, func() answer {
			t.reads++
			return fetch(ctx, t.real, address)
		})
		if errors.Is(a.err, errTooMuch) {
			t.full = a.err
		}
		return a
	}
	t.reads++
	return t.keep(address, fetch(ctx, t.real, address))
}

// keep remembers what the org answered.
func (t *Twin) keep(address string, a answer) answer {
	if a.lasts() {
		t.answers[address] = a
	}
	if a.resp != nil {
		t.held += len(a.resp.Body)
	}
	if t.held > t.most {
		t.full = tooMuch(t.most)
		return answer{nil, t.full}
	}
	return a
}

// ahead reads addresses side by side that are about to be needed one after the other.
func (t *Twin) ahead(ctx context.Context, addresses ...string) {
	var wait sync.WaitGroup
	found := make([]answer, len(addresses))
	for i, address := range addresses {
		_, known := t.answers[address]
		_, one := t.laid[address]
		_, list := t.laid["list "+address]
		if known || one || list {
			continue
		}
		t.reads++
		wait.Go(func() { found[i] = fetch(ctx, t.real, address) })
	}
	wait.Wait()
	for i, a := range found {
		if a != (answer{}) && a.lasts() { // else it is asked for once more where it is needed, and told there
			t.keep(addresses[i], a)
		}
	}
}

// laidIn lets go of an answer whose objects are in the twin now: from here on the twin answers for them.
func (t *Twin) laidIn(address string) {
	if a := t.answers[address]; a.resp != nil && len(a.resp.Body) > 0 {
		t.held -= len(a.resp.Body)
		delete(t.answers, address)
	}
}

// mostWaits is how often one read waits for the next minute of Okta's limit.
const mostWaits = 10

// maxHeld bounds the answers that one rehearsal keeps, in bytes.
const maxHeld = 256 << 20

// Hold sets how many bytes of answers the twin keeps, in place of 256 MB. It is called before the first call.
func (t *Twin) Hold(most int) { t.most = most }

// Full says that the rehearsal reads more than fits, or nil.
func (t *Twin) Full() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.full
}
