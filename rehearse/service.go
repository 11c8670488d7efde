// Package rehearse shows what a run will do before it is made: the engine carries it out in a database that is
// thrown away, over a twin of the org, with a clock that moves when the run waits.
package rehearse

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/fault"
	"caracal/okta"
	"caracal/org"
	"caracal/plan"
	"caracal/workflow"
)

// MaxRows is how many rows one rehearsal may have.
const MaxRows = 10_000

// limits is how much one rehearsal may be.
type limits struct {
	rows, changes, steps int
	time                 time.Duration
	held                 int // bytes of Okta's answers
}

var usual = limits{rows: MaxRows, changes: 100_000, steps: 200_000, time: time.Hour, held: 256 << 20}

// How many rehearsals one process makes.
const (
	atOnce = 2 // others wait for them

	// One that waits holds its rows in memory.
	mostWaiting = 40
	mostOfOne   = 5 // for one person
)

// Kept is how long a rehearsal can be looked at.
const Kept = 90 * 24 * time.Hour

// Service makes rehearsals. Its exported fields are set once, by internal/app. Safe for concurrent use.
type Service struct {
	DB      *db.DB
	Scratch *db.Scratch
	// Open opens the client of an application.
	Open func(ctx context.Context, applicationID string) (*okta.Client, org.Application, error)
	// Executor makes what carries out steps with the clients that open gives, and shares nothing with other ones.
	Executor func(open func(ctx context.Context, applicationID string) (*okta.Client, error)) workflow.Executor
	Spec     func(actionID string) (workflow.ActionSpec, bool)
	Share    float64 // of an org's rate limit that runs may use
	Clock    func() time.Time
	Log      *slog.Logger

	most    limits // usual where it is zero; tests have others
	mu      sync.Mutex
	waiting map[string]int   // by person: those under way, and those that wait for them
	warm    map[string]*warm // by the plans that steps are compared with
	once    sync.Once
	slots   chan struct{}
	wait    sync.WaitGroup
	stop    context.Context
	halt    context.CancelFunc
}

func (s *Service) begin() {
	s.once.Do(func() {
		if s.most == (limits{}) {
			s.most = usual
		}
		s.slots = make(chan struct{}, atOnce)
		s.stop, s.halt = context.WithCancel(context.Background())
	})
}

// Begin stores a rehearsal and makes it in the background; its page is /rehearsals/{id}. Where the subject is a draft
// or a version without a definition, that is looked up.
func (s *Service) Begin(ctx context.Context, subject plan.Subject, by auth.User) (plan.Rehearsal, error) {
	s.begin()
	if err := s.complete(ctx, &subject); err != nil {
		return plan.Rehearsal{}, err
	}
	leave, err := s.queue(by)
	if err != nil {
		return plan.Rehearsal{}, err
	}
	if err := s.DB.DropRehearsals(ctx, s.Clock().Add(-Kept)); err != nil {
		leave()
		return plan.Rehearsal{}, err
	}
	r, err := s.DB.CreateRehearsal(ctx, subject, by)
	if err != nil {
		leave()
		return r, err
	}
	background := context.WithoutCancel(ctx) // the person may leave the page
	s.wait.Go(func() {
		defer leave()
		s.make(background, r, by)
	})
	return r, nil
}

// queue takes a place among the rehearsals of this process, and returns how to give it back. A fault of the kind Busy
// says that there is none.
func (s *Service) queue(by auth.User) (leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := 0
	for _, n := range s.waiting {
		all += n
	}
	switch {
	case s.waiting[by.ID] >= mostOfOne:
		return nil, fault.New(fault.Busy, "%d rehearsals of yours are under way or wait; wait until one has ended, then rehearse again.", mostOfOne)
	case all >= mostWaiting:
		return nil, fault.New(fault.Busy, "%d rehearsals wait for others already; rehearse again in some minutes.", mostWaiting)
	case s.waiting == nil:
		s.waiting = map[string]int{}
	}
	s.waiting[by.ID]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.waiting[by.ID]--; s.waiting[by.ID] == 0 {
			delete(s.waiting, by.ID)
		}
	}, nil
}

// Now makes a rehearsal and returns what it found, with nothing stored.
func (s *Service) Now(ctx context.Context, subject plan.Subject, by auth.User) (plan.Plan, error) {
	s.begin()
	if err := s.complete(ctx, &subject); err != nil {
		return plan.Plan{}, err
	}
	p, _, err := s.carryOut(ctx, subject, by, s.Clock(), nil)
	return p, err
}

// Again makes a stored rehearsal once more as of the time at which it was made, and says what came out otherwise.
func (s *Service) Again(ctx context.Context, r plan.Rehearsal, by auth.User) (plan.Difference, error) {
	s.begin()
	planned, _, err := s.DB.RehearsalChanges(ctx, r.ID, db.ChangeFilter{Limit: -1})
	if err != nil {
		return plan.Difference{}, err
	}
	p, _, err := s.carryOut(ctx, r.Subject, by, r.CreatedAt, nil)
	if err != nil {
		return plan.Difference{}, err
	}
	return plan.Differ(planned, p.Changes, r.Summary.Failing, p), nil
}

// Stop ends the rehearsals that are under way, and returns when they have.
func (s *Service) Stop() {
	s.begin()
	s.halt()
	s.wait.Wait()
}

// Wait returns when no rehearsal is under way any more.
func (s *Service) Wait() { s.wait.Wait() }

// complete fills in the definition of a subject and refuses one that can't be rehearsed.
func (s *Service) complete(ctx context.Context, subject *plan.Subject) error {
	switch {
	case subject.Kind == plan.Steps || len(subject.Definition.Steps) > 0:
	case subject.Kind == plan.Version:
		v, err := s.DB.WorkflowVersion(ctx, subject.WorkflowID, subject.Version)
		if err != nil {
			return err
		}
		subject.Definition = v.Definition
	case subject.Kind == plan.Draft:
		d, err := s.DB.DraftAt(ctx, subject.WorkflowID, subject.Revision)
		if errors.Is(err, db.ErrNotFound) {
			return fault.New(fault.Conflict, "This draft was changed meanwhile; open it again, and rehearse what it is now.")
		}
		if err != nil {
			return err
		}
		subject.Definition = d
	}
	switch n := len(subject.Rows); {
	case n == 0:
		return fault.New(fault.Invalid, "There is nothing to rehearse: no values were given.")
	case n > s.most.rows:
		return fault.New(fault.Invalid, "%s are too many for one rehearsal; give at most %s.", workflow.CountOf(n, "row"), workflow.Thousands(s.most.rows))
	case len(subject.Definition.Steps) == 0:
		return fault.New(fault.Invalid, "There is nothing to rehearse: it has no steps yet.")
	case subject.Definition.ApplicationID == "":
		return fault.New(fault.Invalid, "Choose the application that it acts on, then rehearse it.")
	}
	return nil
}

// make carries a stored rehearsal out and stores its end.
func (s *Service) make(ctx context.Context, r plan.Rehearsal, by auth.User) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.stop, cancel)()
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
	}
	began, told := time.Now(), time.Now()
	p, limits, err := s.survived(ctx, r.Subject, by, r.CreatedAt, func(done int) {
		if time.Since(told) > 2*time.Second {
			told = time.Now()
			if err := s.DB.NoteRehearsal(ctx, r.ID, done); err != nil {
				s.Log.WarnContext(ctx, "could not store how far a rehearsal is", "rehearsal", r.ID, "error", err)
			}
		}
	})
	stored := context.WithoutCancel(ctx)
	if err == nil {
		summary := p.Summary()
		summary.Took = time.Since(began)
		summary.Share = cmp.Or(s.Share, 1)
		if app, err := s.DB.Application(stored, r.Subject.Definition.ApplicationID); err == nil && app.RateShare > 0 {
			summary.Share = app.Share()
		}
		summary.Buckets = plan.Buckets(p.Calls, limits, summary.Share)
		err = s.DB.FinishRehearsal(stored, r.ID, p, summary)
	}
	if err == nil {
		return
	}
	if f := fault.As(err); f == nil || f.Kind == fault.Internal {
		s.Log.ErrorContext(ctx, "rehearsal failed", "rehearsal", r.ID, "error", err)
	}
	if err := s.DB.FailRehearsal(stored, r.ID, fault.Message(err)); err != nil {
		s.Log.ErrorContext(ctx, "could not store the end of a rehearsal", "rehearsal", r.ID, "error", err)
	}
}

// survived is carryOut, and makes an error of a panic in it: it goes over what people wrote and what an org answered, on
// no request's goroutine, and must not end the process with all its runs.
func (s *Service) survived(ctx context.Context, subject plan.Subject, by auth.User, at time.Time, progress func(done int)) (p plan.Plan, limits []org.Headroom, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("panic: %v\n%s", caught, debug.Stack())
		}
	}()
	return s.carryOut(ctx, subject, by, at, progress)
}
