package health

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"caracal/fault"
	"caracal/okta"
	"caracal/org"
)

// Service starts health checks, shows how far they are and keeps their history. Its exported fields are set
// once, by internal/app. Safe for concurrent use.
type Service struct {
	Open func(ctx context.Context, applicationID string) (*okta.Client, org.Application, error)
	// Save stores a run, and what it gives to tell in the same transaction.
	Save  func(ctx context.Context, run org.CheckRun, tell ...org.Notice) error
	Past  func(ctx context.Context, applicationID string, limit int) ([]org.CheckRun, error) // newest first; nil tells nothing
	Watch func(ctx context.Context, applicationID string) (org.Watch, error)
	// Aged returns what of an application grows old besides its credential; nil is nothing.
	Aged func(ctx context.Context, applicationID string) ([]org.Aged, error)
	// Due returns the watches whose time has come, Take moves one on unless somebody else has: for Tick.
	Due  func(ctx context.Context, now time.Time) ([]org.Watch, error)
	Take func(ctx context.Context, w org.Watch, next time.Time) (taken bool, err error)

	NewID func() string
	Clock func() time.Time
	Log   *slog.Logger

	mu   sync.Mutex
	live map[string]org.CheckRun // under way, by application id
	wait sync.WaitGroup
}

// longest is how long the checks of one application may take; an org that is down answers nothing for minutes.
const longest = 2 * time.Minute

// Begin starts the checks of an application in the background and returns the run. While one is under way, a
// second press returns that one.
func (s *Service) Begin(ctx context.Context, applicationID, by string, deep bool) (org.CheckRun, error) {
	target, run, err := s.prepare(ctx, applicationID, by, deep)
	if err != nil {
		return run, err
	}
	s.mu.Lock()
	if under, ok := s.live[applicationID]; ok {
		s.mu.Unlock()
		return under, nil
	}
	if s.live == nil {
		s.live = map[string]org.CheckRun{}
	}
	s.live[applicationID] = run
	s.mu.Unlock()
	if err := s.Save(ctx, run); err != nil {
		s.forget(applicationID)
		return run, err
	}
	ctx = context.WithoutCancel(ctx) // the person may leave the page
	s.wait.Go(func() {
		defer s.forget(applicationID)
		s.finish(ctx, target, run, func(c org.Check) { s.progress(applicationID, c) })
	})
	return run, nil
}

// Now runs the checks and returns when they have ended.
func (s *Service) Now(ctx context.Context, applicationID, by string, deep bool) (org.CheckRun, error) {
	target, run, err := s.prepare(ctx, applicationID, by, deep)
	if err != nil {
		return run, err
	}
	return s.finish(ctx, target, run, nil), nil
}

// Live returns the run that is under way for an application, with the checks that have finished so far.
func (s *Service) Live(applicationID string) (org.CheckRun, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	run, ok := s.live[applicationID]
	run.Checks = slices.Clone(run.Checks)
	return run, ok
}

// Wait returns when no check is under way any more.
func (s *Service) Wait() { s.wait.Wait() }

// EndInterrupted marks runs that a dead process left without an end.
func (s *Service) EndInterrupted(ctx context.Context, open []org.CheckRun) error {
	var errs []error
	for _, run := range open {
		run.EndedAt = s.Clock()
		run.Error = interruptedEnd
		errs = append(errs, s.Save(ctx, run))
	}
	return errors.Join(errs...)
}

func (s *Service) prepare(ctx context.Context, applicationID, by string, deep bool) (Target, org.CheckRun, error) {
	client, app, err := s.Open(ctx, applicationID)
	if err != nil {
		return Target{}, org.CheckRun{}, err
	}
	return Target{Application: app, Client: client},
		org.CheckRun{ID: s.NewID(), ApplicationID: applicationID, StartedAt: s.Clock(), By: by, Deep: deep}, nil
}

// finish runs the checks and stores the end. A run whose end cannot be stored still ends for who is looking.
func (s *Service) finish(ctx context.Context, target Target, run org.CheckRun, onCheck func(org.Check)) org.CheckRun {
	bounded, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	run = Run(bounded, target, run, s.Clock, onCheck)
	if err := s.Save(ctx, run, s.notices(ctx, target.Application, run)...); err != nil {
		s.Log.Error("could not store a health check", "org", run.ApplicationID, "err", err)
		run.Error = fault.Message(err)
	}
	return run
}

func (s *Service) progress(applicationID string, c org.Check) {
	s.mu.Lock()
	defer s.mu.Unlock()
	run := s.live[applicationID]
	run.Checks = append(run.Checks, c)
	s.live[applicationID] = run
}

func (s *Service) forget(applicationID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.live, applicationID)
}
