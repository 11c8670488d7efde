package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"caracal/auth"
	"caracal/fault"
	"caracal/workflow"
)

// draftsKept is how many saved states of one draft are kept.
const draftsKept = 100

// DraftConflict says that somebody else saved the draft after it was read. Nothing was stored.
type DraftConflict struct{ Theirs workflow.Workflow }

// Error names the conflict for the log.
func (e *DraftConflict) Error() string {
	return "save draft: " + e.Theirs.ID + " was changed by " + e.Theirs.UpdatedBy
}

// Unwrap makes it a conflict for whoever does not treat it apart.
func (e *DraftConflict) Unwrap() error { return ErrConflict }

// SaveDraft stores a draft that was read at a revision, and returns the revision it has now. editor names the
// open page it comes from: saves of one page follow each other even when it has not yet heard the newest
// revision. When anybody else saved since, nothing is stored and the error is a *DraftConflict.
//
// A draft that did not change makes no revision. The audit record gets one line for the first save of a page,
// not one for every pause in typing.
func (d *DB) SaveDraft(ctx context.Context, id string, definition workflow.Definition, revision int64, editor string, by auth.User) (int64, error) {
	var saved int64
	err := d.Write(ctx, func(tx *sql.Tx) (err error) {
		saved, err = d.saveDraft(ctx, tx, id, definition, revision, editor, by)
		return err
	})
	return saved, err
}

func (d *DB) saveDraft(ctx context.Context, tx *sql.Tx, id string, definition workflow.Definition, revision int64, editor string, by auth.User) (int64, error) {
	now, err := scanWorkflow(tx.QueryRowContext(ctx, "SELECT "+workflowColumns+" FROM workflow WHERE id = $1", id))
	if err != nil {
		return 0, err
	}
	if now.Archived {
		return 0, fault.New(fault.Conflict, "This workflow is archived; bring it back before you change it.")
	}
	if now.Draft.Equal(definition) {
		return now.Revision, nil
	}
	if revision > now.Revision {
		return 0, &DraftConflict{now}
	}
	foreign, err := editedByOthers(ctx, tx, id, revision, editor)
	if err != nil {
		return 0, err
	}
	if foreign {
		return 0, &DraftConflict{now}
	}
	return d.putDraft(ctx, tx, now, definition, editor, by)
}

// putDraft stores the next state of a draft.
func (d *DB) putDraft(ctx context.Context, tx *sql.Tx, now workflow.Workflow, definition workflow.Definition, editor string, by auth.User) (int64, error) {
	raw, err := definition.Encode()
	if err != nil {
		return 0, fault.New(fault.Invalid, "This workflow has become too large to be saved; shorten the longest texts.").Because(err)
	}
	var lastEditor string
	if err := tx.QueryRowContext(ctx, "SELECT editor FROM workflow_draft WHERE workflow_id = $1 AND revision = $2", now.ID, now.Revision).Scan(&lastEditor); err != nil {
		return 0, err
	}
	revision, at := now.Revision+1, d.Now()
	dirty := true
	if now.Published > 0 {
		var published workflow.Definition
		if err := tx.QueryRowContext(ctx, "SELECT definition FROM workflow_version WHERE workflow_id = $1 AND number = $2", now.ID, now.Published).
			Scan(definitionInto(&published)); err != nil {
			return 0, err
		}
		dirty = !published.Equal(definition)
	}
	if err := change(ctx, tx, `UPDATE workflow SET name = $2, application_id = $3, draft = $4, revision = $5, dirty = $6, updated_at = $7, updated_by = $8, search = $9
		WHERE id = $1`, now.ID, definition.Name, definition.ApplicationID, string(raw), revision, dirty, stamp(at), by.ID, workflowSearch(definition)); err != nil {
		return 0, err
	}
	if err := insertDraft(ctx, tx, now.ID, revision, raw, editor, at, by); err != nil {
		return 0, err
	}
	if _, err := exec(ctx, tx, "DELETE FROM workflow_draft WHERE workflow_id = $1 AND revision <= $2", now.ID, revision-draftsKept); err != nil {
		return 0, err
	}
	if editor == "" || editor != lastEditor {
		return revision, d.appendAudit(ctx, tx, by, "workflow.draft_changed", now.ID, map[string]any{"revision": revision})
	}
	return revision, nil
}

// DraftAt returns a draft as it was saved at a revision, or ErrNotFound once it is no longer kept.
func (d *DB) DraftAt(ctx context.Context, id string, revision int64) (definition workflow.Definition, err error) {
	err = d.read.QueryRowContext(ctx, "SELECT definition FROM workflow_draft WHERE workflow_id = $1 AND revision = $2", id, revision).
		Scan(definitionInto(&definition))
	return definition, explain(err)
}

// Publish freezes the draft of a revision as the next version. A draft that somebody changed since is a
// *DraftConflict: what is published is what was looked at.
func (d *DB) Publish(ctx context.Context, id string, revision int64, note string, by auth.User) (workflow.Version, error) {
	var v workflow.Version
	err := d.Write(ctx, func(tx *sql.Tx) (err error) {
		v, err = d.publish(ctx, tx, id, revision, note, by)
		return err
	})
	return v, err
}

func (d *DB) publish(ctx context.Context, tx *sql.Tx, id string, revision int64, note string, by auth.User) (v workflow.Version, err error) {
	now, err := scanWorkflow(tx.QueryRowContext(ctx, "SELECT "+workflowColumns+" FROM workflow WHERE id = $1", id))
	if err != nil {
		return v, err
	}
	if now.Archived {
		return v, fault.New(fault.Conflict, "This workflow is archived; bring it back before you publish it.")
	}
	if now.Revision != revision {
		return v, &DraftConflict{now}
	}
	if now.Published > 0 && !now.Dirty {
		return v, fault.New(fault.Conflict, "Nothing has changed since version %d; there is nothing to publish.", now.Published)
	}
	if err := endsSomewhere(ctx, tx, id, now.Draft); err != nil {
		return v, err
	}
	v = workflow.Version{WorkflowID: id, Number: now.Published + 1, Definition: now.Draft, Note: note, CreatedAt: d.Now(), CreatedBy: by.ID}
	raw, err := now.Draft.Encode()
	if err != nil {
		return v, err
	}
	runners, err := json.Marshal(nonNil(now.Draft.Runners))
	if err != nil {
		return v, err
	}
	if _, err := exec(ctx, tx, "INSERT INTO workflow_version (workflow_id, number, definition, note, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6)",
		id, v.Number, string(raw), note, stamp(v.CreatedAt), by.ID); err != nil {
		return v, err
	}
	if err := change(ctx, tx, "UPDATE workflow SET published = $2, runners = $3, dirty = 0, updated_at = $4, updated_by = $5 WHERE id = $1",
		id, v.Number, string(runners), stamp(v.CreatedAt), by.ID); err != nil {
		return v, err
	}
	return v, d.appendAudit(ctx, tx, by, "workflow.published", id, map[string]any{"version": v.Number, "name": now.Draft.Name, "note": note})
}

// endsSomewhere refuses a definition that would run its own workflow through others. Callers check before; here it is
// checked among all that is published at this moment, archived or not, for two may be published at once.
func endsSomewhere(ctx context.Context, tx *sql.Tx, id string, definition workflow.Definition) error {
	var failed error
	problems := workflow.CheckCalls(id, definition, func(workflowID string) (workflow.Called, bool) {
		var called workflow.Definition
		err := tx.QueryRowContext(ctx, `SELECT v.definition FROM workflow w JOIN workflow_version v ON v.workflow_id = w.id AND v.number = w.published
			WHERE w.id = $1`, workflowID).Scan(definitionInto(&called))
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			failed = errors.Join(failed, err)
		}
		return called.Called(), err == nil
	})
	if failed == nil && len(problems) > 0 {
		step := definition.Steps[definition.StepIndex(problems[0].Step)]
		return fault.New(fault.Invalid, "Nothing was published, for the step “%s” leads in a circle. %s", step.Title, problems[0].Message)
	}
	return failed
}

// WorkflowVersion returns one published version, or ErrNotFound.
func (d *DB) WorkflowVersion(ctx context.Context, id string, number int) (workflow.Version, error) {
	v, err := scanVersion(d.read.QueryRowContext(ctx, "SELECT "+versionColumns+" FROM workflow_version WHERE workflow_id = $1 AND number = $2", id, number))
	return v, explain(err)
}

// WorkflowVersions returns every published version, newest first.
func (d *DB) WorkflowVersions(ctx context.Context, id string) (list []workflow.Version, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		v, err := scanVersion(row)
		list = append(list, v)
		return err
	}, "SELECT "+versionColumns+" FROM workflow_version WHERE workflow_id = $1 ORDER BY number DESC", id)
	return list, err
}

const versionColumns = "workflow_id, number, definition, note, created_at, created_by"

func scanVersion(row scanner) (v workflow.Version, err error) {
	err = row.Scan(&v.WorkflowID, &v.Number, definitionInto(&v.Definition), &v.Note, stampInto(&v.CreatedAt), &v.CreatedBy)
	return v, err
}

// EditedByOthers reports whether a draft was saved after a revision by anything but this page.
func (d *DB) EditedByOthers(ctx context.Context, id string, revision int64, editor string) (bool, error) {
	return editedByOthers(ctx, d.read, id, revision, editor)
}

func editedByOthers(ctx context.Context, q querier, id string, revision int64, editor string) (bool, error) {
	var foreign bool
	err := q.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM workflow_draft WHERE workflow_id = $1 AND revision > $2 AND (editor <> $3 OR editor = ''))",
		id, revision, editor).Scan(&foreign)
	return foreign, explain(err)
}
