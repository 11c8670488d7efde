package engine

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"caracal/db"
	"caracal/fault"
	"caracal/internal/crash"
	"caracal/org"
	"caracal/workflow"
)

const (
	callLimit   = 5 * time.Minute // an action may take many calls; each has a shorter limit of its own
	maxAttempts = 8               // of one step; then it fails, or a person is asked
)

// judge turns what a call returned into the step's new state, and says whether the burst goes on. before is
// the step as it was before the call.
func (w *walk) judge(ctx context.Context, s *workflow.RunStep, before workflow.RunStep, result workflow.Result, err error) verdict {
	s.Changes = result.Changes
	if err != nil && len(result.Changes) > 0 { // some of it was done
		s.Doubt = true
	}
	if err == nil {
		w.done(s, result.Output)
		s.Request = result.Request
		return verdict{}
	}
	f := fault.As(err)
	if f == nil {
		f = fault.New(fault.Internal, "%s", fault.Message(err))
	}
	if f.Request != "" {
		s.Request = f.Request
	}
	switch f.Kind {
	case fault.Busy: // nothing was changed, so this attempt never was
		request, doubt := s.Request, s.Doubt
		*s = before
		s.Request, s.Doubt, s.Changes = request, doubt, result.Changes
		forget(s, s.Attempts == 0)
		return w.put(s, f)
	case fault.Uncertain:
		s.State, s.Error, s.ErrorCode, s.EndedAt = workflow.StepUncertain, f.Message, f.Code, w.e.now()
		if w.harmless(s) && 1 < s.Attempts && s.Attempts < maxAttempts {
			return w.wait(s, f.Message, w.later(s))
		}
		return verdict{} // the next move settles it
	}
	if s.Attempts <= s.Control.Retries && s.Attempts < maxAttempts {
		forget(s, s.Attempts == 1)
		return w.retry(s, f)
	}
	return w.refuse(ctx, s, err)
}

// settle finds out about a step that was started and of whose effect nothing is known: it is repeated if that
// is harmless, else looked up, else asked about.
func (w *walk) settle(ctx context.Context, s *workflow.RunStep) (verdict, error) {
	why := s.Error
	if s.State == workflow.StepStarted {
		why = "Caracal was stopped during this step."
		s.EndedAt = w.e.now()
	}
	s.State, s.Error = workflow.StepUncertain, why
	if w.harmless(s) {
		if s.Attempts >= maxAttempts {
			return w.giveUp(s, why), nil
		}
		s.Finding = why + " Doing it again is harmless, so it was done again."
		return w.call(ctx, s)
	}
	if w.e.stopping.Load() {
		return verdict{}, w.pause(ctx)
	}
	asking := w.run.State == workflow.RunAsking // a person may answer while this looks, so nothing is stored before
	if !asking {
		now, err := w.save(ctx, db.Progress{RunID: w.run.ID, Past: append(w.past, *s), State: workflow.RunRunning}, nil)
		if err != nil {
			return verdict{}, err
		}
		w.past = nil
		if now.Ended() { // cancelled: what is known of the step stays as it is
			return verdict{state: now}, nil
		}
	}
	crash.At("before-find")
	callCtx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	asked, err := w.asDoubt(ctx, *s)
	if err != nil {
		return verdict{}, err
	}
	if asking {
		asked.Urgency = org.Bulk
	}
	found, err := w.e.execute.Find(callCtx, asked)
	switch {
	case err != nil && asking:
		return verdict{state: workflow.RunAsking, words: w.run.Error, until: w.looksAgain(s), broken: s}, nil
	case fault.Is(err, fault.Busy):
		return w.put(s, fault.As(err)), nil
	case failing(err) && w.e.now().Before(s.EndedAt.Add(seekFor)):
		return w.wait(s, "Okta fails to say whether it was done; Caracal will look again.", w.e.now().Add(seekEvery)), nil
	case err != nil:
		w.e.log.ErrorContext(ctx, "look up an uncertain step", "run", w.run.ID, "step", s.StepID, "error", err)
		found = workflow.Finding{Words: "Caracal tried to look it up and could not: " + fault.Message(err)}
	}
	s.Evidence = found.Evidence.Bounded(w.concealText, w.concealValue, s.HoldsSecret())
	switch {
	case found.Known && found.Done:
		w.done(s, found.Output)
		if found.Blind { // as if a person had said that it was done
			s.Output = nil
			delete(w.outputs, s.StepID)
		}
		s.Finding = why + " " + found.Words
		if found.Change.Request != "" { // its events are linked, as they are where the answer came
			s.Request, s.Changes = found.Change.Request, []workflow.SentChange{found.Change}
		}
		return verdict{}, nil
	case found.Known && w.e.now().Before(s.EndedAt.Add(w.e.settle)):
		// What was sent may still be on its way, or not to be seen yet: "not there" counts only after a while.
		return w.wait(s, "Okta may still be working on what was sent; Caracal will look again.", s.EndedAt.Add(w.e.settle)), nil
	case found.Known:
		return w.again(s, why, found.Words), nil
	case found.Late && w.e.now().Before(s.EndedAt.Add(w.e.settle*logPatience)):
		return w.wait(s, "Okta's System Log does not show yet whether it was done; Caracal will look again.", w.e.now().Add(min(seekEvery, w.e.settle))), nil
	}
	s.Finding = found.Words
	v := verdict{state: workflow.RunAsking, words: w.sentence(s, why), broken: s}
	if found.Late {
		v.until = w.looksAgain(s)
	}
	return v, nil
}

// looksAgain is when the System Log is looked at once more for a step that a person is asked about meanwhile: after as
// long as the doubt has lasted, at least half a minute and at most an hour, for a day. The zero time is never.
func (w *walk) looksAgain(s *workflow.RunStep) time.Time {
	doubted := w.e.now().Sub(s.EndedAt)
	if doubted >= workflow.LogMemory {
		return time.Time{}
	}
	return w.e.now().Add(min(max(doubted, 30*time.Second), time.Hour))
}

// How long, and how often, an uncertain step is looked up in an org that answers with errors of its own. Then a person
// is asked, who can't know better while that lasts.
const seekFor, seekEvery = 10 * time.Minute, 10 * time.Second

// logPatience is how often Config.Settle an uncertain step waits for the System Log before a person is asked. Okta calls the
// log "near real-time" and says that "some events may be delayed", rarely, without a bound ("System Log query", Bounded
// requests). So half a minute covers the usual, and while a person is asked the log is looked at on and on (looksAgain).
const logPatience = 3

// asDoubt is the call of a step in doubt, with what is known of it for the look-up.
func (w *walk) asDoubt(ctx context.Context, s workflow.RunStep) (workflow.Call, error) {
	call := w.asCall(s, s.Input)
	if s.Before != nil {
		call.Before = s.Before.Facts
	}
	var err error
	if call.Requests, err = w.e.db.RequestsOf(ctx, w.run.ID, s.Index); err != nil {
		return call, err
	}
	call.Claim = func(ctx context.Context, request string, take bool) (bool, error) {
		return w.e.db.ClaimLogged(ctx, w.run.ID, s.Index, request, take)
	}
	return call, nil
}

// failing reports whether an org failed by itself: the same may work later.
func failing(err error) bool {
	f := fault.As(err)
	return f != nil && f.Status >= http.StatusInternalServerError && f.Status != http.StatusNotImplemented
}

// again lets a step that is known not to be done be called once more: at once the first time, later if it
// keeps getting lost.
func (w *walk) again(s *workflow.RunStep, why, finding string) verdict {
	s.State, s.Finding = workflow.StepPending, why+" "+finding
	switch {
	case s.Attempts >= maxAttempts:
		return w.giveUp(s, why)
	case s.Attempts > 1:
		return w.wait(s, why, w.later(s))
	}
	return verdict{}
}

// later is when to try again: 4, 8, 16, … seconds from now.
func (w *walk) later(s *workflow.RunStep) time.Time { return w.e.now().Add(time.Second << s.Attempts) }

func (w *walk) giveUp(s *workflow.RunStep, why string) verdict {
	s.Doubt = true
	return w.fail(s, fmt.Sprintf("It was tried %d times and stayed unclear each time. The last time: %s", s.Attempts, why))
}

func (w *walk) harmless(s *workflow.RunStep) bool {
	spec, ok := w.e.spec(s.Action)
	return ok && spec.Repeat == workflow.Harmless
}

// done marks a step as done with what it gave. A nil output is an empty one here: it is known.
func (w *walk) done(s *workflow.RunStep, output workflow.Output) {
	if output == nil {
		output = workflow.Output{}
	}
	s.State, s.Error, s.ErrorCode, s.EndedAt, s.Doubt = workflow.StepDone, "", "", w.e.now(), false
	w.outputs[s.StepID] = output
	s.Output = w.hide(s, output)
	for _, name := range w.secretOutputs(s.Action) {
		w.keepQuiet(output[name])
	}
}

// wait ends the burst until a time, or until somebody wakes the run if the time is zero.
func (w *walk) wait(s *workflow.RunStep, reason string, until time.Time) verdict {
	return verdict{state: workflow.RunWaiting, words: reason, due: !until.IsZero(), until: until, broken: s}
}

// refuse fails a step for what its call, or filling its fields, said.
func (w *walk) refuse(ctx context.Context, s *workflow.RunStep, err error) verdict {
	if fault.Is(err, fault.Internal) {
		w.e.log.ErrorContext(ctx, "step failed", "run", w.run.ID, "step", s.StepID, "error", err)
	}
	v := w.fail(s, fault.Message(err))
	if f := fault.As(err); f != nil {
		s.ErrorCode = f.Code
	}
	return v
}

// fail ends the step with a sentence, and the run with it unless the workflow says to go on.
func (w *walk) fail(s *workflow.RunStep, words string) verdict {
	s.State, s.Error, s.EndedAt, s.DueAt = workflow.StepFailed, words, w.e.now(), time.Time{}
	if s.Control.OnError != workflow.StopRun {
		what := "The workflow says to go on without this step."
		switch {
		case w.run.IsUndo():
			what = "The undo goes on without this step."
		case s.Control.OnError == workflow.Branch:
			what = "The steps for this failure follow."
		}
		s.Finding = strings.TrimSpace(s.Finding + " " + what)
		w.recall(*s)
		return verdict{}
	}
	return verdict{state: workflow.RunFailed, words: w.sentence(s, words), broken: s}
}

func (w *walk) sentence(s *workflow.RunStep, words string) string {
	return fmt.Sprintf("Step %d, %s: %s", s.Index+1, s.Title, words)
}
