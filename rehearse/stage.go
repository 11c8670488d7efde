package rehearse

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"caracal/auth"
	"caracal/db"
	"caracal/engine"
	"caracal/fault"
	"caracal/okta"
	"caracal/org"
	"caracal/plan"
	"caracal/twin"
	"caracal/workflow"
)

// assumed is in whose name approvals are given.
var assumed = auth.User{ID: "rehearsal", Name: "the rehearsal"}

// stage is one rehearsal under way: one goroutine carries it out.
type stage struct {
	s       *Service
	subject plan.Subject
	version workflow.Version
	db      *db.DB // thrown away
	engine  *engine.Engine
	now     time.Time
	queue   []nudge
	twins   map[string]*twin.Twin // by application
	order   []string              // applications, as they were met
	limits  []func() []org.Headroom
	steps   map[place]int                                                              // of the engine's runs, by the number that the twins know them by
	broken  error                                                                      // ends the rehearsal
	share   func(application string, real *okta.Client, token okta.Token) *twin.Shared // what a twin shares with others; nil is nothing

	approvals int
	waits     time.Duration
}

type place struct {
	run  string
	step int
}

// nudge is a burst that is due.
type nudge struct {
	run string
	due time.Time
}

// carryOut rehearses a subject as of a time, and returns what the orgs say of their limits besides.
func (s *Service) carryOut(ctx context.Context, subject plan.Subject, by auth.User, at time.Time, progress func(done int)) (p plan.Plan, limits []org.Headroom, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.most.time)
	defer cancel()
	st := &stage{s: s, subject: subject, now: at, twins: map[string]*twin.Twin{}, steps: map[place]int{},
		version: workflow.Version{WorkflowID: subject.WorkflowID, Number: subject.Version, Definition: subject.Definition}}
	clock := func() time.Time { return st.now }
	if st.db, err = s.Scratch.Open(ctx, db.Options{Clock: clock}); err != nil {
		return p, nil, st.explain(ctx, err)
	}
	defer func() { err = errors.Join(err, st.db.Close()) }()
	inner := s.Executor(st.client)
	st.engine, err = engine.New(engine.Config{DB: st.db, Spec: s.Spec, Clock: clock, Lookup: st, Nudge: st.nudged, Chance: chance(subject),
		Executor: workflow.Executor{Do: st.watched(inner.Do), Find: inner.Find, Before: inner.Before}})
	if err != nil {
		return p, nil, err
	}
	var roots []workflow.Run
	for i, row := range subject.Rows {
		run, err := st.row(ctx, row, by, at)
		if err != nil {
			return p, nil, st.explain(ctx, err)
		}
		roots = append(roots, run)
		if progress != nil {
			progress(i + 1)
		}
	}
	if p, err = st.plan(ctx, roots); err != nil {
		return p, nil, st.explain(ctx, err)
	}
	for _, limit := range st.limits {
		limits = append(limits, limit()...)
	}
	return p, limits, nil
}

// chance makes the random values of a subject the same each time it is rehearsed.
func chance(subject plan.Subject) *rand.ChaCha8 {
	raw, err := json.Marshal(subject)
	if err != nil {
		panic(err) // texts and numbers always marshal
	}
	return rand.NewChaCha8(sha256.Sum256(raw))
}

// explain says why a rehearsal that could not be made ended.
func (st *stage) explain(ctx context.Context, err error) error {
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fault.New(fault.Invalid, "This rehearsal took more than %s; rehearse fewer rows, or a part of the workflow.", span(st.s.most.time)).Because(err)
	case ctx.Err() != nil:
		return fault.New(fault.Invalid, "Caracal was stopped during this rehearsal; rehearse again.").Because(err)
	}
	return err
}

// Workflow finds a workflow that a step calls.
func (st *stage) Workflow(ctx context.Context, id string) (workflow.Workflow, error) {
	return st.s.DB.Workflow(ctx, id)
}

// WorkflowVersion finds what is rehearsed, or a version that a step calls.
func (st *stage) WorkflowVersion(ctx context.Context, id string, number int) (workflow.Version, error) {
	if id == st.version.WorkflowID && number == st.version.Number {
		return st.version, nil
	}
	return st.s.DB.WorkflowVersion(ctx, id, number)
}

// client returns a client of the twin of an application.
func (st *stage) client(ctx context.Context, application string) (*okta.Client, error) {
	if t := st.twins[application]; t != nil {
		return t.Client(), nil
	}
	real, _, err := st.s.Open(ctx, application)
	if err != nil {
		return nil, err
	}
	token, err := real.Token(ctx)
	if err != nil {
		return nil, err
	}
	t := twin.New(real, token.Scopes, func() time.Time { return st.now })
	t.Hold(st.s.most.held)
	if st.share != nil {
		t.Share(st.share(application, real, token))
	}
	st.twins[application], st.order = t, append(st.order, application)
	st.limits = append(st.limits, real.Headroom)
	return t.Client(), nil
}

// watched carries out a step under its number, and notes what a rehearsal can't go on after: the org could not be
// read.
func (st *stage) watched(do func(context.Context, workflow.Call) (workflow.Result, error)) func(context.Context, workflow.Call) (workflow.Result, error) {
	return func(ctx context.Context, call workflow.Call) (workflow.Result, error) {
		at := place{call.RunID, call.StepIndex}
		if _, known := st.steps[at]; !known {
			st.steps[at] = len(st.steps)
		}
		if len(st.subject.Rows) > 1 || len(st.subject.Definition.Steps) > workflow.MaxSteps { // nobody waits for each of them
			call.Urgency = org.Bulk
		}
		result, err := do(twin.Under(ctx, st.steps[at]), call)
		if f := fault.As(err); err != nil && (f == nil || f.Kind == fault.Busy || f.Kind == fault.Uncertain || f.Kind == fault.Internal) {
			st.broken = err
		}
		if t := st.twins[call.ApplicationID]; t != nil && t.Full() != nil {
			st.broken = t.Full()
		}
		return result, err
	}
}

func (st *stage) nudged(run string, due time.Time) {
	if due.Before(st.now) {
		due = st.now
	}
	st.queue = append(st.queue, nudge{run, due})
}

// next takes the burst that is due first off the queue, and moves the clock to its time.
func (st *stage) next() (run string, ok bool) {
	if len(st.queue) == 0 {
		return "", false
	}
	first := 0
	for i, n := range st.queue {
		if n.due.Before(st.queue[first].due) {
			first = i
		}
	}
	n := st.queue[first]
	st.queue = slices.Delete(st.queue, first, first+1)
	if n.due.After(st.now) {
		st.now = n.due
	}
	return n.run, true
}

// row carries out the run of one row.
func (st *stage) row(ctx context.Context, input map[string]string, by auth.User, at time.Time) (workflow.Run, error) {
	st.now, st.queue = at, nil
	id, err := st.engine.StartRun(ctx, engine.StartRequest{Version: st.version, Input: input, By: by})
	if err != nil {
		return workflow.Run{}, err
	}
	for {
		next, ok := st.next()
		if !ok {
			break
		}
		run, err := st.engine.Advance(ctx, next)
		switch {
		case st.broken != nil:
			return run, st.broken
		case ctx.Err() != nil:
			return run, ctx.Err()
		case err != nil:
			return run, err
		case len(st.steps) > st.s.most.steps:
			return run, fault.New(fault.Invalid, "This rehearsal has more than %s; rehearse less at once.", workflow.CountOf(st.s.most.steps, "step"))
		}
		given, err := st.engine.Assume(ctx, run, assumed)
		if err != nil {
			return run, err
		}
		st.approvals += given
	}
	st.waits = max(st.waits, st.now.Sub(at))
	run, err := st.db.Run(ctx, id)
	if err == nil && !run.State.Ended() {
		err = fault.New(fault.Invalid, "The rehearsal could not be brought to its end. %s", run.WaitReason)
	}
	if words := run.Untaken(); st.subject.About != "" && words != "" { // as the engine ends an undo
		run.State, run.Error = workflow.RunFailed, words
	}
	return run, err
}

// plan puts together what the twins and the engine know.
func (st *stage) plan(ctx context.Context, roots []workflow.Run) (p plan.Plan, err error) {
	c := &collector{st: st, at: map[int]int{}}
	for i, root := range roots {
		c.row = i + 1
		if err := c.root(ctx, root); err != nil {
			return p, err
		}
	}
	p = plan.Plan{Steps: c.steps, Calls: map[string]int{}, Waits: st.waits}
	for _, application := range st.order {
		found := st.twins[application].Plan()
		for _, change := range found.Changes {
			by := make([]int, 0, len(change.By))
			for _, n := range change.By {
				by = append(by, c.at[n])
			}
			change.By = by
			p.Changes = append(p.Changes, change)
		}
		p.Notes = append(p.Notes, found.Notes...)
		p.Writes, p.Reads = p.Writes+found.Writes, p.Reads+found.Reads
		for bucket, n := range found.Calls {
			p.Calls[bucket] += n
		}
	}
	if most := st.s.most.changes; len(p.Changes) > most {
		return p, fault.New(fault.Invalid, "This would make more than %s, which is more than one plan holds; rehearse less at once.", workflow.CountOf(most, "change"))
	}
	p.Notes = append(p.Notes, st.notes(p)...)
	p.Hash = plan.Hash(p.Changes)
	return p, nil
}

// notes says what the engine had to take as given.
func (st *stage) notes(p plan.Plan) (out []string) {
	switch {
	case st.approvals == 1:
		out = append(out, "One approval is taken as given.")
	case st.approvals > 1:
		out = append(out, workflow.CountOf(st.approvals, "approval")+" are taken as given.")
	}
	if st.waits > 0 {
		out = append(out, fmt.Sprintf("The run waits for %s in all. The rehearsal passed over that, so it can't show what others change meanwhile.", span(st.waits)))
	}
	if varies(st.subject.Definition) {
		out = append(out, "Values that come from the clock or from chance (such as now() and random_code()) will be others in the run.")
	}
	if p.Writes > 0 {
		out = append(out, "Whether the connection's admin role in Okta allows each change is only known when it is made.")
	}
	if len(st.subject.Rows) > 1 {
		out = append(out, "The rows were rehearsed one after the other; runs that are made side by side may come in another order.")
	}
	return out
}

// span says a length of time in its largest unit.
func span(d time.Duration) string {
	for _, u := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		n := int((d + u.length/2) / u.length)
		switch {
		case d < u.length:
		case n == 1:
			return "1 " + u.name
		default:
			return fmt.Sprintf("%d %ss", n, u.name)
		}
	}
	return "less than a second"
}

// varies reports whether a field looks at the clock or is left to chance.
func varies(d workflow.Definition) bool {
	for _, s := range d.Steps {
		for _, text := range s.Fields {
			if t, err := workflow.ParseTemplate(text); err == nil && t.Varies() {
				return true
			}
		}
	}
	return false
}
