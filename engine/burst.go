package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"caracal/db"
	"caracal/fault"
	"caracal/form"
	"caracal/internal/crash"
	"caracal/workflow"
)

// errStopping says that the engine stops; the burst goes back to the queue.
var errStopping = errors.New("the engine is stopping")

// errCutOff says that the database did not hear of this node for so long that others may have taken its runs over.
var errCutOff = errors.New("this node could not say for long that it lives, so it calls nothing")

// burstWorker is what the queue calls.
type burstWorker struct {
	river.WorkerDefaults[burst]
	engine *Engine
}

// Work carries out one burst, and those of a list's items that follow it (see chain). The queue's context ends when a
// person cancels the run or the engine stops; a call in flight must not be cut off by that, so it is ignored here and the
// run's state is read instead.
func (w *burstWorker) Work(ctx context.Context, job *river.Job[burst]) error {
	ctx = context.WithoutCancel(ctx)
	c := &chain{job: job.ID, until: time.Now().Add(chainFor)}
	for run := job.Args.Run; run != ""; {
		next, err := w.engine.oneOf(ctx, c, job.Args.Run, run)
		if errors.Is(err, errStopping) {
			return river.JobSnooze(0)
		}
		if errors.Is(err, errHeld) {
			return river.JobSnooze(time.Second)
		}
		if err != nil {
			w.engine.log.ErrorContext(ctx, "burst failed and will be tried again", "run", run, "error", err)
			return err
		}
		run = next
	}
	return nil
}

// errHeld says that another node moves the run; the burst comes again soon, and most likely finds nothing to do.
var errHeld = errors.New("another node moves this run")

// advance moves one run as far as it goes: to its end, or to where it must wait. The queue marks the nudge as
// done afterwards; if the process dies in between, the nudge comes again and finds nothing to do. c is nil outside of the queue.
func (e *Engine) advance(ctx context.Context, runID string, c *chain) error {
	defer e.running.lock(runID)()
	e.bursts.Add(1)
	defer e.bursts.Add(-1)
	for range 10 {
		held, err := e.burst(ctx, runID, c)
		if !errors.Is(err, db.ErrNotHeld) {
			return err
		}
		if held { // this node was given up in the middle of the burst
			e.log.WarnContext(ctx, "another node took the run over", "run", runID)
			break
		}
		// Somebody changed the run between its reading and the first thing to store: it is read again.
	}
	return errHeld
}

// burst reads the run and moves it. held says whether it had been this node's when the burst ended with an error.
func (e *Engine) burst(ctx context.Context, runID string, c *chain) (held bool, err error) {
	run, err := e.db.Run(ctx, runID)
	if errors.Is(err, db.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if run.State.Ended() || run.State == workflow.RunAsking && (run.WaitUntil.IsZero() || e.now().Before(run.WaitUntil)) {
		c.foundEnded(run)
		return false, nil
	}
	w, err := e.walk(ctx, run)
	if err != nil {
		return false, err
	}
	w.chain = c
	err = w.steps(ctx)
	if err != nil && w.held {
		if free := e.db.LetGo(ctx, runID); free != nil { // else no other node could go on
			e.log.ErrorContext(ctx, "give a run free", "run", runID, "error", free)
		}
	}
	return w.held, err
}

// walk is one burst under way.
type walk struct {
	e          *Engine
	run        workflow.Run
	definition workflow.Definition  // the version that is run
	kinds      map[string]form.Kind // of the run's inputs
	chain      *chain               // nil outside of the queue
	wakes      int64                // how often the application had been woken when the burst began
	held       bool                 // something of this burst is stored, so the run is this node's until the burst ends

	outputs map[string]workflow.Output // by step id, with secrets; a step whose output nobody knows is missing
	lost    map[string]map[string]bool // by step id and name: secret outputs that an earlier burst held
	loop    string                     // the for-each that this run is an item of, or ""
	keep    string                     // what that keeps of the item, as published
	above   []workflow.RunStep         // the steps outside of the for-each that may be used
	past    []workflow.RunStep         // ended, and not stored yet
	hush    []string                   // secret values of this burst, which nothing that is stored may hold
}

// verdict is how a burst ends; the zero verdict lets it go on.
type verdict struct {
	state    workflow.RunState
	words    string            // the run's error, or what it waits for
	due      bool              // it waits until the time in until, and not for a person or an application
	until    time.Time         // also when to look once more, while a person is asked
	bucket   string            // the rate limit that it waits for, or ""
	broken   *workflow.RunStep // the step that changed and is not in past yet
	kept     any               // what the for-each around keeps of this item
	children *db.Children      // the runs that it waits for, to be made
	fill     int               // rows of a batch that may begin
}

func (w *walk) steps(ctx context.Context) error {
	if w.e.now().Before(w.run.BeginsAt) { // woken before its trigger's guard rails let it begin
		return w.end(ctx, verdict{state: workflow.RunWaiting, words: w.run.WaitReason, due: true, until: w.run.BeginsAt})
	}
	for i := range w.run.Steps {
		s := &w.run.Steps[i]
		if passed(s) {
			w.recall(*s)
			continue
		}
		for !passed(s) {
			v, err := w.move(ctx, s)
			if err != nil {
				return err
			}
			if v.state != "" {
				return w.end(ctx, v)
			}
		}
		w.past = append(w.past, *s)
	}
	if w.run.IsUndo() {
		if words := w.run.Untaken(); words != "" {
			return w.end(ctx, verdict{state: workflow.RunFailed, words: words})
		}
	}
	kept, err := w.kept()
	if err != nil {
		return w.end(ctx, verdict{state: workflow.RunFailed, words: fmt.Sprintf("What is kept of this item can't be told: %s", asSentence(err))})
	}
	return w.end(ctx, verdict{state: workflow.RunSucceeded, kept: kept})
}

// move takes a step that is not done one move further.
func (w *walk) move(ctx context.Context, s *workflow.RunStep) (verdict, error) {
	if w.branchOff(s) || w.leaveOut(s) {
		return verdict{}, nil
	}
	if s.State == workflow.StepPending && s.Attempts == 0 && s.Control.OnlyIf != "" {
		if holds, err := w.holds(s, s.Control.OnlyIf); err != nil {
			return w.refuse(ctx, s, err), nil
		} else if !holds {
			w.skip(s)
			return verdict{}, nil
		}
	}
	if s.Action == workflow.FlowForEach {
		return w.each(ctx, s)
	}
	if s.Action == workflow.FlowRows {
		return w.rows(ctx, s)
	}
	if s.Action == workflow.FlowUndo {
		return w.undoWithin(ctx, s)
	}
	if id, ok := workflow.IsCall(s.Action); ok {
		return w.callWorkflow(ctx, s, id)
	}
	if workflow.IsFlow(s.Action) {
		return w.steer(ctx, s), nil
	}
	switch s.State {
	case workflow.StepWaiting:
		if w.e.now().Before(s.DueAt) {
			return w.rest(s), nil // woken before its time
		}
		return w.call(ctx, s)
	case workflow.StepPending:
		return w.call(ctx, s)
	case workflow.StepStarted, workflow.StepUncertain:
		return w.settle(ctx, s)
	}
	return w.fail(s, "This step can't be carried out any more; start a new run."), nil
}

// call stores the step as started, carries it out, and says how it went.
func (w *walk) call(ctx context.Context, s *workflow.RunStep) (verdict, error) {
	if w.e.stopping.Load() {
		return verdict{}, w.pause(ctx)
	}
	input, err := w.resolve(s)
	if err != nil {
		return w.refuse(ctx, s, err), nil
	}
	anew, err := w.madeAnew(ctx, s)
	if fault.As(err) != nil {
		return w.fail(s, fault.Message(err)), nil
	}
	if err != nil {
		return verdict{}, err
	}
	if len(anew) > 0 {
		input, s.Input = anew.Input(input), anew.Input(s.Input)
	}
	if v, shut := w.shut(ctx, s); shut {
		return v, nil
	}
	if v, err := w.asPlanned(ctx, s, input); err != nil || v.state != "" {
		return v, err
	}
	looked, v := w.lookBefore(ctx, s, input, anew)
	if v.state != "" || passed(s) {
		return v, nil
	}
	before := *s
	s.State, s.Error, s.ErrorCode, s.EndedAt, s.DueAt = workflow.StepStarted, "", "", time.Time{}, time.Time{}
	s.Attempts++
	if s.StartedAt.IsZero() {
		s.StartedAt = w.e.now()
	}
	crash.At("before-start")
	now, err := w.save(ctx, db.Progress{RunID: w.run.ID, Past: w.past, Next: s, NextChanges: w.changes(s, input), State: workflow.RunRunning}, nil)
	if over := new(db.OverLimitError); errors.As(err, &over) {
		*s = before
		return w.fail(s, over.Sentence()), nil
	}
	if err != nil {
		return verdict{}, err
	}
	w.past = nil
	if now.Ended() { // cancelled meanwhile: the step was not stored as started, and does not start
		*s = before
		return verdict{state: now}, nil
	}
	crash.At("after-start-before-call")
	if w.e.cutOff() {
		return verdict{}, errCutOff
	}
	callCtx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	call := w.asCall(*s, input)
	call.Seen = looked
	result, err := w.e.execute.Do(callCtx, call)
	crash.At("after-call-before-done")
	return w.judge(ctx, s, before, result, err), nil
}

// changes is how many objects a step is about to change.
func (w *walk) changes(s *workflow.RunStep, input map[string]string) int {
	spec, ok := w.e.spec(s.Action)
	if !ok {
		return 1
	}
	return spec.Objects(input)
}

func (w *walk) asCall(s workflow.RunStep, input map[string]string) workflow.Call {
	return workflow.Call{RunID: w.run.ID, StepIndex: s.Index, ApplicationID: w.run.ApplicationID, Action: s.Action,
		Input: input, Attempt: s.Attempts, StartedAt: s.StartedAt, Urgency: w.run.Urgency, Undo: s.Undoes != nil}
}

// save stores progress, without secrets, and tells the pages that watch.
func (w *walk) save(ctx context.Context, p db.Progress, after func(*sql.Tx, workflow.RunState) (int64, error)) (workflow.RunState, error) {
	p.Enqueue = w.enqueue(ctx, p.State)
	if p.Held = w.held; !w.held {
		p.Seen = w.run.Revision
	}
	now, err := w.e.db.SaveProgress(ctx, w.conceal(p), after)
	if err != nil {
		w.chain.broke()
		return now, err
	}
	w.held = true
	w.e.changed.tell()
	return now, nil
}

// asSentence returns what an error says to a person.
func asSentence(err error) string {
	if fault.As(err) != nil {
		return fault.Message(err)
	}
	return err.Error() + "."
}

// pause stores what has ended so far and gives the burst back to the queue.
func (w *walk) pause(ctx context.Context) error {
	if len(w.past) > 0 {
		if _, err := w.save(ctx, db.Progress{RunID: w.run.ID, Past: w.past, State: workflow.RunRunning, Rest: true}, nil); err != nil {
			return err
		}
	}
	return errStopping
}

// end stores everything that is left in one transaction: results, the run's state, its audit line, and the next
// nudge if the run waits for a time.
func (w *walk) end(ctx context.Context, v verdict) error {
	p := db.Progress{RunID: w.run.ID, Past: w.past, State: v.state, Children: v.children, Kept: v.kept, Fill: v.fill, Rest: true}
	if v.broken != nil {
		p.Past = append(p.Past, *v.broken)
	}
	switch {
	case v.state == workflow.RunWaiting:
		p.WaitReason, p.WaitUntil, p.WaitFor = v.words, v.until, v.bucket
	case v.state == workflow.RunAsking:
		p.Error, p.WaitUntil = v.words, v.until
	case v.state != workflow.RunSucceeded:
		p.Error = v.words
	}
	crash.At("before-end")
	now, err := w.save(ctx, p, func(tx *sql.Tx, now workflow.RunState) (int64, error) {
		if now == workflow.RunAsking && !v.until.IsZero() {
			return w.e.enqueue(ctx, tx, w.run.ID, v.until)
		}
		if now != workflow.RunWaiting || v.bucket != "" { // for a rate limit it rests, and Wake brings it back
			return 0, nil
		}
		if !v.due { // somebody may have woken the application before there was a run that waits
			if wakes, err := w.e.db.Wakes(ctx, tx, w.run.ApplicationID); err != nil || wakes == w.wakes {
				return 0, err
			}
		}
		return w.e.enqueue(ctx, tx, w.run.ID, v.until)
	})
	if err != nil {
		return err
	}
	crash.At("after-end")
	w.e.log.InfoContext(ctx, "run moved", "run", w.run.ID, "workflow", w.run.WorkflowID, "state", string(now))
	return nil
}
