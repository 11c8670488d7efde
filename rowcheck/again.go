package rowcheck

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"strings"

	"caracal/auth"
	"caracal/batch"
	"caracal/db"
	"caracal/fault"
	"caracal/workflow"
)

// Again makes a new batch of the rows of one that has ended, which failed or were cancelled, by the newest version of the
// workflow. It is checked at once where that asks for the same, and else has to be mapped.
func (s *Service) Again(ctx context.Context, old batch.Batch, by auth.User, key db.StartKey, enqueue db.EnqueueCheck) (id string, err error) {
	if old.State != batch.Started {
		return "", fault.New(fault.Conflict, "This batch was not started, so there is nothing to run again.")
	}
	run, err := s.DB.Run(ctx, old.RunID)
	if err != nil {
		return "", err
	}
	if !run.State.Ended() {
		return "", fault.New(fault.Conflict, "This batch has not ended yet; wait for it, or cancel the rest.")
	}
	flow, err := s.DB.Workflow(ctx, old.WorkflowID)
	if err != nil {
		return "", err
	}
	if flow.Archived || flow.Published == 0 {
		return "", fault.New(fault.Conflict, "This workflow can't be run now; a builder has to publish it first.")
	}
	next, err := s.DB.WorkflowVersion(ctx, flow.ID, flow.Published)
	if err != nil {
		return "", err
	}
	was, err := s.DB.WorkflowVersion(ctx, old.WorkflowID, old.Version)
	if err != nil {
		return "", err
	}
	b := batch.Batch{WorkflowID: flow.ID, Version: next.Number, Name: old.Name, Columns: old.Columns, Mapping: old.Mapping, AgainOf: old.ID,
		Dialect: batch.Dialect{Delimiter: ",", Encoding: batch.UTF8}}
	var raw bytes.Buffer
	w := batch.NewWriter(&raw)
	w.Row(old.Columns...)
	if err := s.DB.EachFailed(ctx, old, func(row batch.Row) error {
		w.Row(row.Cells...)
		b.Rows++
		return nil
	}); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	if b.Rows == 0 {
		return "", fault.New(fault.Conflict, "No row of this batch failed, so there is nothing to run again.")
	}
	if !reflect.DeepEqual(was.Definition.RunFields(), next.Definition.RunFields()) {
		enqueue = nil
	}
	id, _, err = s.DB.CreateBatch(ctx, b, raw.Bytes(), by, key, enqueue)
	return id, err
}

// before says of each row of a batch that runs others again, in order, what the earlier run of it did that would be done
// again and is not harmless; "" is nothing.
func (c *checking) before(ctx context.Context) (words []string, err error) {
	if c.batch.AgainOf == "" {
		return nil, nil
	}
	old, err := c.DB.Batch(ctx, c.batch.AgainOf)
	if err != nil {
		return nil, err
	}
	did, err := c.DB.FailedSteps(ctx, old.RunID)
	if err != nil {
		return nil, err
	}
	err = c.DB.EachFailed(ctx, old, func(row batch.Row) error {
		words = append(words, c.unsafe(did[row.No]))
		return nil
	})
	return words, err
}

// unsafe names the steps of an earlier run that were carried out, or may have been, and must not be repeated lightly.
func (s *Service) unsafe(steps []workflow.RunStep) string {
	var did []string
	doubted := false
	for _, step := range steps {
		spec, _ := s.Spec(step.Action)
		_, calls := workflow.IsCall(step.Action)
		changes := (spec.Effect == workflow.Changes || spec.Effect == workflow.Destroys) && spec.Repeat != workflow.Harmless
		if !changes && !calls && step.Action != workflow.FlowForEach {
			continue
		}
		did = append(did, "“"+step.Title+"”")
		doubted = doubted || step.State != workflow.StepDone
	}
	switch {
	case len(did) == 0:
		return ""
	case len(did) == 1 && !doubted:
		return fmt.Sprintf("%s was carried out in the earlier run, and would be again.", did[0])
	case len(did) == 1:
		return fmt.Sprintf("%s may have been carried out in the earlier run, and would be again.", did[0])
	}
	list := strings.Join(did[:len(did)-1], ", ") + " and " + did[len(did)-1]
	if doubted {
		return list + " were or may have been carried out in the earlier run, and would be again."
	}
	return list + " were carried out in the earlier run, and would be again."
}
