package db

import (
	"context"
	"database/sql"

	"caracal/auth"
	"caracal/workflow"
)

// Filed is one of several workflows that are stored together from files.
type Filed struct {
	ID         string // "" for a new one; the one that it got afterwards
	Name       string // by which others of the list run a new one
	Revision   int64  // of the draft that it replaces; the one that it has afterwards
	Definition workflow.Definition
	Outcome    string // afterwards: created, updated, unchanged or published
	Version    int    // afterwards, of one that was published now
}

// ApplyWorkflows makes each definition the draft of its workflow, and publishes it where that is asked for and there is
// something new: all of them, or none. A workflow that others of the list run stands before them. What came of each is in the
// list; at is the place of the one that failed, -1 where none is to blame. A draft that somebody saved since its revision is a
// *DraftConflict.
func (d *DB) ApplyWorkflows(ctx context.Context, list []Filed, publish bool, note string, by auth.User) (at int, err error) {
	at = -1
	err = d.Write(ctx, func(tx *sql.Tx) error {
		actions := map[string]string{} // that run a new workflow by its name, and by its id
		for i := range list {
			f := &list[i]
			for j, s := range f.Definition.Steps {
				if action, ok := actions[s.Action]; ok {
					f.Definition.Steps[j].Action = action
				}
			}
			if err := d.applyWorkflow(ctx, tx, f, publish, note, by); err != nil {
				at = i
				return err
			}
			actions[workflow.CallAction(f.Name)] = workflow.CallAction(f.ID)
		}
		return nil
	})
	return at, err
}

func (d *DB) applyWorkflow(ctx context.Context, tx *sql.Tx, f *Filed, publish bool, note string, by auth.User) error {
	if f.ID == "" {
		made, err := d.createWorkflow(ctx, tx, f.Definition, by)
		if err != nil {
			return err
		}
		f.ID, f.Revision, f.Outcome = made.ID, made.Revision, "created"
	} else {
		saved, err := d.saveDraft(ctx, tx, f.ID, f.Definition, f.Revision, "", by)
		if err != nil {
			return err
		}
		if f.Outcome = "updated"; saved == f.Revision {
			f.Outcome = "unchanged"
		}
		f.Revision = saved
	}
	if !publish {
		return nil
	}
	now, err := scanWorkflow(tx.QueryRowContext(ctx, "SELECT "+workflowColumns+" FROM workflow WHERE id = $1", f.ID))
	if err != nil || now.Published > 0 && !now.Dirty {
		return err // nothing new: applying the same files again is no mistake
	}
	v, err := d.publish(ctx, tx, f.ID, f.Revision, note, by)
	if err == nil {
		f.Outcome, f.Version = "published", v.Number
	}
	return err
}
