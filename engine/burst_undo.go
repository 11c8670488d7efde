package engine

import (
	"context"
	"fmt"
	"strings"

	"caracal/db"
	"caracal/fault"
	"caracal/workflow"
)

// lookBefore reads what a step is about to replace, and keeps it with the step: the commit that stores the step as
// started stores it too, so that it is on disk before anything is sent. A step that may have changed something in an
// earlier attempt keeps what was found before that one. In an undo it may turn out that nothing is to be done, and the
// step is passed over then. What was read is handed on to the call.
func (w *walk) lookBefore(ctx context.Context, s *workflow.RunStep, input map[string]string, anew workflow.Renamed) (seen any, v verdict) {
	if w.e.execute.Before == nil || s.Before != nil || s.State != workflow.StepPending && s.State != workflow.StepWaiting {
		return nil, verdict{}
	}
	callCtx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	found, err := w.e.execute.Before(callCtx, w.asCall(*s, input))
	if f := fault.As(err); f != nil && f.Kind == fault.Busy {
		return nil, w.put(s, f)
	}
	if err != nil {
		found = workflow.Looked{Prior: &workflow.Prior{Unknown: asSentence(err)}}
	}
	if found.Prior == nil {
		return found.Seen, verdict{}
	}
	kept := found.Prior.Bounded()
	s.Before = &kept
	if s.Undoes == nil {
		return found.Seen, verdict{}
	}
	switch met, different := s.Undoes.Guard.Meet(anew.Before(*found.Prior)); met {
	case workflow.AlreadyBack:
		s.StartedAt = w.e.now()
		w.done(s, nil)
		s.Finding = "It was as before already, so nothing was sent."
	case workflow.Otherwise:
		s.StartedAt = w.e.now()
		s.State, s.EndedAt, s.Finding = workflow.StepSkipped, s.StartedAt, leftWords(different)
		w.recall(*s)
	}
	return found.Seen, verdict{}
}

// madeAnew returns the ids of what an undo made anew and a step of it names by the old ones. A fault says that something of
// it did not come back.
func (w *walk) madeAnew(ctx context.Context, s *workflow.RunStep) (workflow.Renamed, error) {
	if s.Undoes == nil || len(s.Undoes.Guard.Anew) == 0 {
		return nil, nil
	}
	ids := workflow.Renamed{}
	for _, of := range s.Undoes.Guard.Anew {
		before := len(ids)
		for _, t := range w.run.Steps { // of this burst, it may not be stored yet
			if u := t.Undoes; u != nil && u.RunID == of.RunID && u.Step == of.Step && t.State == workflow.StepDone {
				ids.Note(t.Output)
			}
		}
		if len(ids) == before {
			outputs, err := w.e.db.UndoOutputs(ctx, of)
			if err != nil {
				return nil, err
			}
			for _, out := range outputs {
				ids.Note(out)
			}
		}
		if len(ids) == before {
			return nil, fault.New(fault.Conflict, "It names something that was deleted and did not come back in this undo; look at why, and undo what is left once more.")
		}
	}
	return ids, nil
}

// forget lets go of what a step found, where its first attempt changed nothing and it is tried again later: it is
// looked at anew then.
func forget(s *workflow.RunStep, first bool) {
	if first && len(s.Changes) == 0 {
		s.Before = nil
	}
}

// mostTold is how many differences a sentence names.
const mostTold = 3

// leftWords says why a step of an undo was left out.
func leftWords(different []workflow.Difference) string {
	var parts []string
	for _, d := range different[:min(mostTold, len(different))] {
		parts = append(parts, d.Words())
	}
	if more := len(different) - len(parts); more > 0 {
		parts = append(parts, workflow.CountOf(more, "more difference"))
	}
	return "Left as it is, since it was changed meanwhile: " + strings.Join(parts, "; ") + "."
}

// leaveOut passes over the later steps that take one step back, where the first of them found that nothing is to be
// done, or failed, and reports whether it did.
func (w *walk) leaveOut(s *workflow.RunStep) bool {
	if s.Undoes == nil || s.Undoes.Part == 0 || s.State != workflow.StepPending || s.Attempts > 0 {
		return false
	}
	for _, first := range w.run.Steps[:s.Index] {
		u := first.Undoes
		if u == nil || u.RunID != s.Undoes.RunID || u.Step != s.Undoes.Step || !passed(&first) || first.Attempts > 0 && first.State != workflow.StepFailed {
			continue
		}
		s.State, s.EndedAt, s.Finding = workflow.StepSkipped, w.e.now(), "Skipped, since the step before it was not needed or left out."
		if first.State == workflow.StepFailed {
			s.Finding = "Skipped, since the step before it failed."
		}
		w.recall(*s)
		return true
	}
	return false
}

// undoWithin lets the runs begin that take the runs of one step back, and waits for their end. They are there from
// the start of the undo.
func (w *walk) undoWithin(ctx context.Context, s *workflow.RunStep) (verdict, error) {
	counts, err := w.e.db.ChildCounts(ctx, w.run.ID, s.Index)
	if err != nil {
		return verdict{}, err
	}
	all, moving := 0, 0
	for state, n := range counts {
		all += n
		if !state.Ended() {
			moving += n
		}
	}
	if s.State == workflow.StepPending {
		s.State, s.Attempts, s.StartedAt = workflow.StepWaiting, 1, w.e.now()
		s.Input = map[string]string{"on_failed": workflow.LoopGoesOn}
		v := w.wait(s, w.sentence(s, workflow.ItemCount(all)+" to take back."), s.DueAt)
		v.children = &db.Children{Step: s.Index, Stored: true, AtOnce: undosAtOnce}
		if s.Fields[workflow.UndoAtOnce] == "1" {
			v.children.AtOnce = 1
		}
		return v, nil
	}
	if moving > 0 {
		return w.wait(s, w.sentence(s, workflow.ItemCount(all)+" to take back."), s.DueAt), nil
	}
	if succeeded := counts[workflow.RunSucceeded]; succeeded < all {
		return w.fail(s, fmt.Sprintf("%s of %s could not be taken back; look at each, and undo what is left once more.", workflow.Thousands(all-succeeded), workflow.ItemCount(all))), nil
	}
	w.done(s, nil)
	return verdict{}, nil
}

// undosAtOnce is how many runs of an undo move at the same time.
const undosAtOnce = 5
