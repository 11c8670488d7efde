package twin

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"caracal/fault"
	"caracal/okta"
	"caracal/org"
)

// How long what twins share is taken to be as the org has it.
const (
	// lookEvery is how often it is looked at most whether the org has changed it.
	lookEvery = 5 * time.Second
	// readAgain is how long each read of a round puts the first look off: where the org changes all the time, all of it is
	// read at most ten times a second.
	readAgain = 100 * time.Millisecond
	// roundFor is how long it serves at most, whatever the looks say.
	roundFor = 5 * time.Minute
	// unseenFor is how long each read of a round lets it serve where the System Log may not be read, so that no more than
	// one call a second is made for it; no shorter than unseenLeast.
	unseenFor   = time.Second
	unseenLeast = lookEvery
	// logSlack is how far the org's clock may be from what its answers tell of it, which is in whole seconds.
	logSlack = 2 * time.Second
)

// reachEvents are the System Log's events for what a change of somebody's can reach through groups and apps. Group rules and
// schemas are not among them: they are compared. A new group or app is reached by nothing yet.
const reachEvents = `eventType sw "group.application_assignment." or eventType eq "group.profile.update" or eventType eq "group.lifecycle.delete" or ` +
	`eventType eq "application.lifecycle.update" or eventType eq "application.lifecycle.activate" or eventType eq "application.lifecycle.deactivate" or ` +
	`eventType eq "application.lifecycle.delete"`

// Shared is what twins of one org read alike, with nobody in particular in it: the group rules, the profile schema, the groups
// that rules and calls name, the apps that these give. Each is read once in a round. A round ends where the org has changed
// some of it: Look finds that out. Safe for concurrent use.
type Shared struct {
	real *okta.Client
	log  bool          // the System Log may be read
	turn chan struct{} // is full while somebody looks

	mu     sync.Mutex
	reads  map[string]*sharedRead // by address
	held   int                    // bytes of them
	round  int
	since  time.Time // when the round began
	looked time.Time // when the last look began, or the round
	steady bool      // a look has found nothing in this round
}

type sharedRead struct {
	done chan struct{}
	answer
}

// NewShared returns what twins of the org that a client reads share. scopes are those that Okta granted it.
func NewShared(real *okta.Client, scopes []org.Scope) *Shared {
	s := &Shared{real: real, turn: make(chan struct{}, 1), reads: map[string]*sharedRead{}}
	for _, scope := range scopes {
		s.log = s.log || scope == "okta.logs.read"
	}
	return s
}

// Share lets the twin read through what it shares with others. It is called before the first call.
func (t *Twin) Share(s *Shared) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.shared, t.round = s, s.round
}

// Stale reports whether the twin may hold what the org has changed since.
func (t *Twin) Stale() bool {
	if t.shared == nil {
		return false
	}
	t.shared.mu.Lock()
	defer t.shared.mu.Unlock()
	return t.round != t.shared.round
}

// Look finds out whether the org has changed what is shared, and if so begins a new round. It does so at most every five
// seconds, and besides where none was begun at a time or later that is not zero; whoever comes meanwhile waits. Group rules
// and schemas are read again and compared, by which nothing is missed. Groups and apps would be too many: of them the System
// Log tells, which is behind by seconds; without it they are read anew after a second for each of them.
func (s *Shared) Look(ctx context.Context, since time.Time) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return fault.New(fault.Busy, "Others look first whether the org has changed.").Because(ctx.Err())
	}
	at := s.real.Now()
	again, log, due, over := s.due(at, since)
	if !due {
		return nil
	}
	over = over || s.changed(ctx, again, log)
	if err := ctx.Err(); err != nil {
		return fault.New(fault.Busy, "It was not found out whether the org has changed.").Because(err)
	}
	s.end(at, over)
	return nil
}

// due reports whether a look is due, and returns what is to be read again and compared; log asks the System Log, where that may
// be read. over says that the round has served long enough.
func (s *Shared) due(at, since time.Time) (again map[string]*okta.Response, log string, due, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pause, serves := lookEvery, roundFor
	if reads := time.Duration(len(s.reads)); !s.steady {
		pause = max(pause, reads*readAgain)
	} else if !s.log {
		serves = min(max(unseenLeast, reads*unseenFor), roundFor)
	}
	switch {
	case len(s.reads) == 0, at.Sub(s.looked) < pause && !s.looked.Before(since):
		return nil, "", false, false
	case at.Sub(s.since) >= serves:
		return nil, "", true, true
	}
	again = map[string]*okta.Response{}
	for address, r := range s.reads {
		path, _, _ := strings.Cut(address, "?")
		select {
		case <-r.done:
			if r.resp != nil && (path == rules || strings.HasPrefix(path, schemas)) {
				again[address] = r.resp
			}
		default:
		}
	}
	if s.log {
		since := s.real.OktaTime(s.since).Add(-logSlack).UTC().Format("2006-01-02T15:04:05.000Z")
		log = "/api/v1/logs?since=" + url.QueryEscape(since) + "&limit=1&filter=" + url.QueryEscape(reachEvents)
	}
	return again, log, true, false
}

// changed asks the org. What can't be read any more counts as changed: whoever needs it will be told why.
func (s *Shared) changed(ctx context.Context, again map[string]*okta.Response, log string) bool {
	var wait sync.WaitGroup
	found := make(chan bool, len(again)+1)
	for address, was := range again {
		wait.Go(func() {
			is := fetch(ctx, s.real, address)
			found <- is.err != nil || !bytes.Equal(is.resp.Body, was.Body)
		})
	}
	if log != "" {
		wait.Go(func() {
			is := fetch(ctx, s.real, log)
			if f := fault.As(is.err); f != nil && (f.Status == http.StatusForbidden || f.Status == http.StatusUnauthorized) {
				s.blind() // the scope is there, and the role is not
				return
			}
			found <- is.err != nil || string(bytes.TrimSpace(is.resp.Body)) != "[]"
		})
	}
	wait.Wait()
	close(found)
	for changed := range found {
		if changed {
			return true
		}
	}
	return false
}

// blind notes that the System Log can't be read.
func (s *Shared) blind() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = false
}

// end notes a look that was begun at a time; over ends the round.
func (s *Shared) end(at time.Time, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looked, s.steady = at, !over
	if over {
		s.reads, s.held, s.round = map[string]*sharedRead{}, 0, s.round+1
	}
}

// get returns what was read at an address, or reads it.
func (s *Shared) get(ctx context.Context, address string, most int, read func() answer) answer {
	for {
		s.mu.Lock()
		r := s.reads[address]
		if r == nil {
			break
		}
		s.mu.Unlock()
		select {
		case <-r.done:
		case <-ctx.Done():
			return answer{nil, fault.New(fault.Busy, "The org is read by others at this moment.").Because(ctx.Err())}
		}
		if r.lasts() {
			return r.answer
		}
	}
	if len(s.reads) == 0 {
		s.since = s.real.Now()
		s.looked = s.since
	}
	r, round := &sharedRead{done: make(chan struct{})}, s.round
	s.reads[address] = r
	s.mu.Unlock()
	r.answer = read()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case round != s.round:
	case !r.lasts():
		delete(s.reads, address)
	case r.resp != nil:
		if s.held += len(r.resp.Body); s.held > most {
			r.answer = answer{nil, tooMuch(most)}
		}
	}
	close(r.done)
	return r.answer
}

const schemas = "/api/v1/meta/schemas/"

// wide reports whether an address is one that twins share: it is about the org, and no call under way is about it or
// something in it. about is the path of that call.
func wide(address, about string) bool {
	path, query, _ := strings.Cut(address, "?")
	if path == about || strings.HasPrefix(path, about+"/") || strings.HasPrefix(about, path+"/") && !strings.Contains(about, "/users") {
		return false
	}
	switch {
	case strings.HasPrefix(path, schemas), path == rules:
		return true
	case path == groups:
		return strings.HasPrefix(query, "filter=type")
	}
	for _, of := range []string{groups, apps} {
		id, what, _ := strings.Cut(strings.TrimPrefix(path, of+"/"), "/")
		if strings.HasPrefix(path, of+"/") && id != "" && (what == "" || of == groups && what == "apps" || of == apps && what == "groups") {
			return true
		}
	}
	return false
}

// fetch reads from an org. It waits for the org's limit.
func fetch(ctx context.Context, real *okta.Client, address string) answer {
	ask := okta.Request{Method: http.MethodGet, Path: address}
	resp, err := real.Do(okta.Patient(ctx), ask)
	for range mostWaits { // a rehearsal holds nothing up, so it waits until Okta's limit has room
		if f := fault.As(err); f == nil || f.Kind != fault.Busy || f.RetryAt.IsZero() || real.Pause(ctx, f.RetryAt.Sub(real.Now())) != nil {
			break
		}
		resp, err = real.Do(okta.Patient(ctx), ask)
	}
	return answer{resp, err}
}

// lasts reports whether asking again would give the same: what broke on the way may work the next time.
func (a answer) lasts() bool {
	f := fault.As(a.err)
	return a.err == nil || f != nil && f.Status != 0 && f.Status < 500 && f.Status != http.StatusTooManyRequests
}

var errTooMuch = errors.New("more answers of an org than are kept")

func tooMuch(most int) error {
	return fault.New(fault.Invalid, "This rehearsal looks at more of the org than Caracal keeps in memory, which is %d MB; rehearse less at once.", most>>20).Because(errTooMuch)
}
