package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"caracal/db"
	"caracal/fault"
	"caracal/internal/crash"
	"caracal/trigger"
)

// OrgLog reads the System Logs of connected orgs. Its errors are faults.
type OrgLog interface {
	// ReadLog returns one page.
	ReadLog(ctx context.Context, applicationID string, q trigger.LogQuery) (trigger.LogPage, error)
	// OrgTime converts a time of our clock to the org's.
	OrgTime(ctx context.Context, applicationID string, t time.Time) (time.Time, error)
	// SyncHook brings the event hook that Caracal registered up to date with what the triggers listen to.
	SyncHook(ctx context.Context, applicationID string) error
}

// The bounds of one look at a log.
const (
	logPageSize = 200
	logPages    = 50 // then others have their turn
	looksAtOnce = 8
	lookFor     = 2 * time.Minute
	lookPause   = time.Minute // after one that failed
	hookPause   = 5 * time.Minute
	forgetPace  = time.Hour
)

// PollEvents looks at every log whose time has come: one node at a time at each, whoever looks first. A page and the
// place where the next one begins are stored together, so that a crash neither skips nor doubles an event.
func (e *Engine) PollEvents(ctx context.Context) error {
	if e.orgLog == nil {
		return nil
	}
	if err := e.syncUnread(ctx); err != nil {
		return err
	}
	due, err := e.db.DueEventSources(ctx, e.now())
	if err != nil {
		return err
	}
	var looks sync.WaitGroup
	defer looks.Wait()
	room := make(chan struct{}, looksAtOnce)
	for _, s := range due {
		if e.stopping.Load() {
			return nil
		}
		room <- struct{}{}
		looks.Go(func() { // an org that is slow is not to keep the others waiting
			defer func() { <-room }()
			if err := survive(func() error { return e.poll(ctx, s) }); err != nil && ctx.Err() == nil {
				e.log.ErrorContext(ctx, "look at an org's log", "application", s.ApplicationID, "error", err)
			}
		})
	}
	return nil
}

// poll makes one look at one log.
func (e *Engine) poll(ctx context.Context, s trigger.Source) error {
	claim := e.now().Add(lookFor)
	claimed, err := e.db.ClaimEventSource(ctx, s, claim)
	if err != nil || !claimed {
		return err
	}
	listeners, err := e.db.EventTriggers(ctx, s.ApplicationID)
	if err != nil {
		return err
	}
	wanted := trigger.WantedBy(listeners)
	e.syncHook(ctx, s, wanted)
	next := func() time.Time { return e.now().Add(time.Duration(s.Every) * time.Second) }
	if len(wanted.Types) == 0 { // the next who listens begins anew
		return e.db.NoteLook(ctx, s.ApplicationID, db.Looked{Claim: claim, Forget: true})
	}
	err = e.readLog(ctx, s, wanted, claim, next)
	f := fault.As(err)
	switch {
	case err == nil || errors.Is(err, db.ErrConflict): // somebody else has the look now, or it was changed
		return nil
	case f == nil || f.Kind == fault.Internal:
		return err
	}
	failed := db.Looked{Claim: claim, Next: e.now().Add(lookPause), Problem: f.Message, Forget: f.Kind == fault.Invalid}
	if f.RetryAt.After(e.now()) {
		failed.Next = f.RetryAt
	}
	if err := e.db.NoteLook(ctx, s.ApplicationID, failed); !errors.Is(err, db.ErrConflict) {
		return err
	}
	return nil
}

// syncUnread is syncHook for the applications whose log is not read.
func (e *Engine) syncUnread(ctx context.Context) error {
	e.hooks.Lock()
	soon := e.now().Sub(e.hooks.swept) < hookPause
	if !soon {
		e.hooks.swept = e.now()
	}
	e.hooks.Unlock()
	if soon {
		return nil
	}
	list, err := e.db.UnreadHooks(ctx)
	for _, s := range list {
		listeners, err := e.db.EventTriggers(ctx, s.ApplicationID)
		if err != nil {
			return err
		}
		e.syncHook(ctx, s, trigger.WantedBy(listeners))
	}
	return err
}

// syncHook tries again what could not be done to a hook when a trigger was changed, and looks once in the life of a process,
// which may have another public address. What is wrong stays on the page.
func (e *Engine) syncHook(ctx context.Context, s trigger.Source, w trigger.Wanted) {
	if s.HookID == "" {
		return
	}
	e.hooks.Lock()
	tried, before := e.hooks.tried[s.ApplicationID]
	if before && s.HookError == "" && slices.Equal(s.HookTypes, trigger.Hookable(w.Types)) {
		e.hooks.Unlock()
		return
	}
	soon := before && e.now().Sub(tried) < hookPause
	if !soon {
		if e.hooks.tried == nil {
			e.hooks.tried = map[string]time.Time{}
		}
		e.hooks.tried[s.ApplicationID] = e.now()
	}
	e.hooks.Unlock()
	if soon {
		return
	}
	if err := e.orgLog.SyncHook(ctx, s.ApplicationID); err != nil && ctx.Err() == nil {
		e.log.WarnContext(ctx, "an event hook could not be brought up to date", "application", s.ApplicationID, "error", err)
	}
}

// hookTries is when the hook of each application was last brought up to date, or tried to be.
type hookTries struct {
	sync.Mutex
	tried map[string]time.Time
	swept time.Time // when those were looked at whose log is not read
}

// readLog reads pages until there is nothing more, and stores each with the place of the next.
func (e *Engine) readLog(ctx context.Context, s trigger.Source, wanted trigger.Wanted, claim time.Time, next func() time.Time) error {
	began, err := e.orgLog.OrgTime(ctx, s.ApplicationID, e.now())
	if err != nil {
		return err
	}
	look := s.Plan(wanted, began)
	q := trigger.LogQuery{Cursor: look.Cursor, Since: look.Since, Filter: look.Filter, Limit: e.logPage}
	skipped := ""
	if !look.LeftOut[0].IsZero() {
		skipped = fmt.Sprintf("Caracal did not read the log from %s on. What happened before %s was left out: more than %s is not caught up, as the application's Events say.",
			look.LeftOut[0].Format("2 January 15:04 MST"), look.LeftOut[1].Format("2 January 15:04 MST"), trigger.CatchUpWords(s.CatchUp))
	}
	for n := 1; ; n++ {
		asked, err := e.orgLog.OrgTime(ctx, s.ApplicationID, e.now())
		if err != nil {
			return err
		}
		page, err := e.readPage(ctx, s.ApplicationID, q)
		if err != nil {
			return err
		}
		events, unread := trigger.ReadOrgEvents(page.Events)
		full := len(page.Events) >= q.Limit
		goOn := full && n < logPages && !e.stopping.Load()
		move := db.Looked{Claim: claim, Cursor: page.Next, Filter: look.Filter, Behind: full}
		switch {
		case goOn:
			move.Next = e.now().Add(lookFor)
		case full:
			move.Next = e.now()
		default:
			move.Next, move.ReadTo = next(), asked
		}
		crash.At("before-log-page")
		taken, err := e.db.TakeEvents(ctx, db.Intake{ApplicationID: s.ApplicationID, Events: events, By: db.ByLog, Unread: unread, Look: &move, Skipped: skipped})
		if err != nil {
			return err
		}
		crash.At("log-page-stored")
		if taken > 0 {
			e.events.tell()
		}
		if !goOn {
			return nil
		}
		q.Cursor, claim, skipped = page.Next, move.Next, ""
	}
}

// readPage asks for a page, for less time than the look is claimed for.
func (e *Engine) readPage(ctx context.Context, applicationID string, q trigger.LogQuery) (trigger.LogPage, error) {
	ctx, cancel := context.WithTimeout(ctx, lookFor*3/4)
	defer cancel()
	return e.orgLog.ReadLog(ctx, applicationID, q)
}

// pollForever looks at logs, and forgets events that can't come again.
func (e *Engine) pollForever(ctx context.Context) {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	var forgot time.Time
	for {
		err := e.PollEvents(ctx)
		if e.now().Sub(forgot) >= forgetPace {
			forgot = e.now()
			err = errors.Join(err, e.db.ForgetEvents(ctx))
		}
		if err != nil && ctx.Err() == nil {
			e.log.ErrorContext(ctx, "look at the orgs' logs", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
