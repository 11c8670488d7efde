package engine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"caracal/internal/crash"
	"caracal/workflow"
)

// rowsAtOnce is how many rows of a batch get their runs in one transaction: others write in between.
const rowsAtOnce = 1_000

// rows carries out the one step of a batch's run: it makes the runs of the rows, lets them begin as the batch and its
// guard rails allow, and says how they went when all have ended.
func (w *walk) rows(ctx context.Context, s *workflow.RunStep) (verdict, error) {
	if s.State != workflow.StepWaiting {
		steps := w.definition.RunSteps("")
		if len(steps) == 0 {
			return w.fail(s, "The version of the workflow that the rows were checked against is not there any more; upload the file again."), nil
		}
		for made := rowsAtOnce; made == rowsAtOnce; {
			if w.e.stopping.Load() {
				return verdict{}, errStopping
			}
			var err error
			if made, err = w.e.db.MakeRows(ctx, w.run.ID, steps, rowsAtOnce); err != nil {
				return verdict{}, err
			}
			w.e.changed.tell()
			crash.At("rows-made")
		}
		s.State, s.Attempts, s.StartedAt = workflow.StepWaiting, 1, w.e.now()
	}
	b, err := w.e.db.BatchOfRun(ctx, w.run.ID)
	if err != nil {
		return verdict{}, err
	}
	counts, err := w.e.db.ChildCounts(ctx, w.run.ID, s.Index)
	if err != nil {
		return verdict{}, err
	}
	all, left := 0, 0
	for state, n := range counts {
		if all += n; !state.Ended() {
			left += n
		}
	}
	switch {
	case left == 0:
		return w.rowsEnded(s, all, counts), nil
	case b.Paused:
		return w.wait(s, b.Why, time.Time{}), nil
	}
	most, until, why, err := w.pace(ctx, b.WorkflowID)
	if err != nil {
		return verdict{}, err
	}
	if most == 0 && counts[workflow.RunQueued] > 0 {
		return w.wait(s, why, until), nil
	}
	v := w.wait(s, workflow.CountOf(all, "row")+" to go through.", time.Time{})
	v.fill = most
	return v, nil
}

// pace says how many rows may begin now by the guard rails of the workflow's batches, or when and why not.
func (w *walk) pace(ctx context.Context, workflowID string) (most int, until time.Time, why string, err error) {
	now := w.e.now()
	guards, begun, first, err := w.e.db.BatchPace(ctx, workflowID, now.Add(-time.Hour))
	if err != nil {
		return 0, until, "", err
	}
	most, until, why = guards.Pace(now, begun, first)
	return most, until, why, nil
}

// rowsEnded says how the rows of a batch went.
func (w *walk) rowsEnded(s *workflow.RunStep, all int, counts map[workflow.RunState]int) verdict {
	failed, cancelled := counts[workflow.RunFailed], counts[workflow.RunCancelled]
	output := workflow.Output{workflow.CountOutput: all, workflow.DoneOutput: counts[workflow.RunSucceeded], workflow.FailedOutput: failed}
	if failed == 0 && cancelled == 0 {
		w.done(s, output)
		return verdict{}
	}
	var words []string
	if failed > 0 {
		words = append(words, workflow.Thousands(failed)+" failed")
	}
	if cancelled > 0 {
		words = append(words, workflow.Thousands(cancelled)+" were cancelled")
	}
	v := w.fail(s, fmt.Sprintf("Of %s %s succeeded, %s.", workflow.CountOf(all, "row"), workflow.Thousands(counts[workflow.RunSucceeded]), strings.Join(words, " and ")))
	s.Output, v.words = output, s.Error
	if failed == 0 {
		s.State, v.state = workflow.StepSkipped, workflow.RunCancelled
	}
	return v
}
