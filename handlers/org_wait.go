package handlers

import (
	"context"
	"errors"
	"sync"
	"time"

	"caracal/fault"
	"caracal/form"
)

// How long an org is waited for while somebody looks on.
const (
	// PageTime is by one page altogether, for what it can do without: names, advice, checks.
	PageTime  = 1500 * time.Millisecond
	lateTime  = 20 * time.Second // by what a page went on without, so that the next page has it
	quietTime = 15 * time.Second // after which an org that did not answer is asked for pages again
)

// errLate is what a page says of an answer that it did not wait for.
var errLate = fault.New(fault.Busy, "Okta has not answered yet; try again in a moment.")

// orgWaits remembers which orgs do not answer, by application, so that no page waits for what the last one waited for in
// vain. The zero value is ready. Safe for concurrent use.
type orgWaits struct {
	mu   sync.Mutex
	orgs map[string]orgWait
}

type orgWait struct {
	late  int       // questions that outlasted their pages and are under way
	until time.Time // until then it is not asked
	err   error     // what it failed with
}

// silent returns why an org is not asked now, or nil.
func (o *orgWaits) silent(id string, now time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch w := o.orgs[id]; {
	case w.late > 0:
		return errLate
	case now.Before(w.until):
		return w.err
	}
	return nil
}

// outlasted notes that a page goes on without an answer that is still on its way.
func (o *orgWaits) outlasted(id string) {
	o.change(id, func(w *orgWait) { w.late++ })
}

// answered notes how a question ended that was, or was not, waited for to its end.
func (o *orgWaits) answered(id string, late bool, err error, now time.Time) {
	o.change(id, func(w *orgWait) {
		if late {
			w.late--
		}
		w.until, w.err = time.Time{}, nil
		if noAnswer(err) {
			w.until, w.err = now.Add(quietTime), err
		}
	})
}

func (o *orgWaits) change(id string, f func(*orgWait)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	w := o.orgs[id]
	f(&w)
	if w == (orgWait{}) {
		delete(o.orgs, id)
		return
	}
	if o.orgs == nil {
		o.orgs = map[string]orgWait{}
	}
	o.orgs[id] = w
}

// noAnswer reports whether an org failed in a way that the next question would meet as well. A refusal is an answer.
func noAnswer(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || fault.Is(err, fault.Busy) || fault.Is(err, fault.Upstream)
}

type waitKey struct{}

// pageWait is how long one request may still wait for orgs.
type pageWait struct {
	mu   sync.Mutex
	left time.Duration
}

// WithPageTime gives a request what it may wait for orgs altogether, however many places of its page ask them.
func WithPageTime(ctx context.Context, most time.Duration) context.Context {
	return context.WithValue(ctx, waitKey{}, &pageWait{left: most})
}

// timer fires when the request has waited enough; stop says that it waits no more for now.
func (p *pageWait) timer() (fires <-chan time.Time, stop func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	began, t := time.Now(), time.NewTimer(p.left)
	return t.C, func() {
		t.Stop()
		p.mu.Lock()
		defer p.mu.Unlock()
		p.left = max(0, p.left-time.Since(began))
	}
}

// asked notes what an org answered to a question that a person waited for.
func (h *Handlers) asked(ctx context.Context, applicationID string, err error) {
	if ctx.Err() == nil { // else it was the browser that ended it
		h.orgs.answered(applicationID, false, err, h.Clock())
	}
}

// resolvePickers is connect.ResolvePickers for a form that somebody sent; where it fails, the page that says so asks no more.
func (h *Handlers) resolvePickers(ctx context.Context, applicationID string, f *form.Form) error {
	err := h.Connect.ResolvePickers(ctx, applicationID, f)
	h.asked(ctx, applicationID, err)
	return err
}

// briefly asks an org for something that a page can do without. It waits a moment; then the page goes on, the question does
// so for a while too, for what it reads is kept, and until it has ended no page asks this org. ask may outlive the request:
// what it changes must be its own.
func briefly[T any](ctx context.Context, h *Handlers, applicationID string, ask func(context.Context) (T, error)) (T, error) {
	var none T
	if err := h.orgs.silent(applicationID, h.Clock()); err != nil {
		return none, err
	}
	wait, ok := ctx.Value(waitKey{}).(*pageWait)
	if !ok {
		wait = &pageWait{left: PageTime}
	}
	type answer struct {
		value T
		err   error
	}
	var mu sync.Mutex
	late, ended := false, false
	got := make(chan answer, 1)
	go func() {
		asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), lateTime)
		defer cancel()
		value, err := ask(asking)
		mu.Lock()
		defer mu.Unlock()
		ended = true
		h.orgs.answered(applicationID, late, err, h.Clock())
		got <- answer{value, err}
	}()
	fires, stop := wait.timer()
	defer stop()
	select {
	case a := <-got:
		return a.value, a.err
	case <-fires:
	case <-ctx.Done():
	}
	mu.Lock()
	defer mu.Unlock()
	if ended {
		a := <-got
		return a.value, a.err
	}
	late = true
	h.orgs.outlasted(applicationID)
	return none, errLate
}
