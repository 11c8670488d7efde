package engine

import (
	"context"
	"fmt"
	"time"

	"caracal/fault"
	"caracal/workflow"
)

// passed reports whether the run goes on after this step.
func passed(s *workflow.RunStep) bool {
	return s.State == workflow.StepDone || s.State == workflow.StepSkipped ||
		s.State == workflow.StepFailed && s.Control.OnError != workflow.StopRun
}

// holds tells a condition of a step. It may use what earlier steps gave, and a step that gave nothing is no
// obstacle: that can be what the condition asks about.
func (w *walk) holds(s *workflow.RunStep, condition string) (bool, error) {
	t, err := workflow.ParseTemplate(condition)
	if err == nil {
		for _, ref := range t.References() {
			if ref.Step == "" {
				continue
			}
			if err := w.available(ref); err != nil {
				return false, err
			}
		}
	}
	yes, err := workflow.Holds(condition, w.scope())
	if err != nil {
		return false, fault.New(fault.Invalid, "The condition %s can't be told: %s.", workflow.BareCondition(condition), err).Because(err)
	}
	return yes, nil
}

// skip passes over a step whose condition is not true.
func (w *walk) skip(s *workflow.RunStep) {
	s.State, s.EndedAt = workflow.StepSkipped, w.e.now()
	s.Finding = fmt.Sprintf("Skipped, since this is not so: %s", workflow.BareCondition(s.Control.OnlyIf))
	w.recall(*s)
}

// retry lets a step that Okta refused be called again after its pause. Nothing sleeps: the step waits in the
// database, and the next burst is due then.
func (w *walk) retry(s *workflow.RunStep, f *fault.Error) verdict {
	s.State, s.Error, s.ErrorCode = workflow.StepWaiting, f.Message, f.Code
	s.DueAt = w.e.now().Add(s.Control.Every())
	return w.rest(s)
}

// rest ends the burst until the waiting step is due.
func (w *walk) rest(s *workflow.RunStep) verdict {
	reason := "The workflow waits here."
	switch {
	case s.Action == workflow.FlowApproval:
		reason = "Somebody has to approve."
	case !workflow.IsFlow(s.Action):
		reason = fmt.Sprintf("%s It is tried again, for the %s of %d times.", s.Error, ordinal(s.Attempts), s.Control.Retries)
	}
	return w.wait(s, w.sentence(s, reason), s.DueAt)
}

// ordinal writes a small number as people count: 1st, 2nd, 3rd, 4th.
func ordinal(n int) string {
	switch n {
	case 1:
		return "1st"
	case 2:
		return "2nd"
	case 3:
		return "3rd"
	}
	return fmt.Sprintf("%dth", n)
}

// steer carries out a step of the flow itself. It sends nothing, so doing it again after a crash is harmless.
func (w *walk) steer(ctx context.Context, s *workflow.RunStep) verdict {
	if s.State == workflow.StepWaiting {
		return w.waited(s)
	}
	input, err := w.resolve(s)
	if err != nil {
		return w.refuse(ctx, s, err)
	}
	s.Attempts, s.StartedAt = 1, w.e.now()
	switch s.Action {
	case workflow.FlowNote:
		w.done(s, nil)
		return verdict{}
	case workflow.FlowGive:
		return w.give(ctx, s)
	case workflow.FlowStopUnless:
		holds, err := w.holds(s, s.Fields["condition"])
		switch {
		case err != nil:
			return w.refuse(ctx, s, err)
		case !holds:
			return w.fail(s, input["message"])
		}
		w.done(s, nil)
		return verdict{}
	case workflow.FlowWait, workflow.FlowApproval:
		until, err := workflow.WaitUntil(s.Action, input, s.StartedAt)
		if err != nil {
			return w.fail(s, fmt.Sprintf("It can't be told how long to wait: %s.", err))
		}
		if s.Action == workflow.FlowApproval && input["answers"] == workflow.AnswersAll && len(s.StillAsked(w.run.Apart()...)) == 0 {
			return w.fail(s, "Only people who started this run or stand behind it are asked, and they can't decide; name somebody else.")
		}
		s.State, s.DueAt = workflow.StepWaiting, until
		return w.waited(s)
	}
	return w.fail(s, "This version of Caracal does not know this step; start a new run of a newer version of the workflow.")
}

// waited lets a waiting step of the flow go on if its time has come, and else ends the burst.
func (w *walk) waited(s *workflow.RunStep) verdict {
	due := s.DueAt
	if due.IsZero() || w.e.now().Before(due) {
		return w.rest(s)
	}
	s.DueAt = time.Time{}
	if s.Action == workflow.FlowWait {
		w.done(s, workflow.Output{"until": due.Format(time.RFC3339)})
		return verdict{}
	}
	if s.Input["then"] != "go_on" {
		return w.fail(s, "Nobody answered in time.")
	}
	w.done(s, workflow.Output{"decision": workflow.Unheard, "by": "", "comment": ""})
	s.Finding = "Nobody answered in time; the workflow says to go on."
	return verdict{}
}
