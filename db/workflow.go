package db

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"caracal/auth"
	"caracal/workflow"
)

// CreateWorkflow stores a new workflow whose draft is d, at revision 1.
func (d *DB) CreateWorkflow(ctx context.Context, definition workflow.Definition, by auth.User) (w workflow.Workflow, err error) {
	err = d.Write(ctx, func(tx *sql.Tx) error {
		w, err = d.createWorkflow(ctx, tx, definition, by)
		return err
	})
	return w, err
}

func (d *DB) createWorkflow(ctx context.Context, tx *sql.Tx, definition workflow.Definition, by auth.User) (workflow.Workflow, error) {
	now := d.Now()
	w := workflow.Workflow{ID: NewID("wf", now), Draft: definition, Revision: 1, Dirty: true,
		CreatedAt: now, CreatedBy: by.ID, UpdatedAt: now, UpdatedBy: by.ID}
	raw, err := definition.Encode()
	if err != nil {
		return w, err
	}
	if _, err := exec(ctx, tx, `INSERT INTO workflow (id, name, application_id, draft, revision, created_at, created_by, updated_at, updated_by, search)
		VALUES ($1, $2, $3, $4, 1, $5, $6, $5, $6, $7)`,
		w.ID, definition.Name, definition.ApplicationID, string(raw), stamp(now), by.ID, workflowSearch(definition)); err != nil {
		return w, err
	}
	if err := insertDraft(ctx, tx, w.ID, 1, raw, "", now, by); err != nil {
		return w, err
	}
	return w, d.appendAudit(ctx, tx, by, "workflow.created", w.ID, map[string]any{"name": definition.Name})
}

// Workflow returns one workflow, or ErrNotFound.
func (d *DB) Workflow(ctx context.Context, id string) (workflow.Workflow, error) {
	w, err := scanWorkflow(d.read.QueryRowContext(ctx, "SELECT "+workflowColumns+" FROM workflow WHERE id = $1", id))
	return w, explain(err)
}

// WorkflowFilter narrows a list of workflows. Zero fields do not narrow.
type WorkflowFilter struct {
	Query         string // every word must be in the name, the purpose or a step's title
	ApplicationID string
	State         WorkflowState
	Archived      bool        // the archived ones, and no others
	Runners       []auth.Role // only published ones that one of these roles may run
	After         string      // the cursor that the page before gave
	Limit         int         // 50 when 0
}

// WorkflowState narrows a list by how far a workflow has come.
type WorkflowState string

// The states of a workflow.
const (
	WorkflowPublished WorkflowState = "published" // at least one version
	WorkflowDraft     WorkflowState = "draft"     // never published
	WorkflowChanged   WorkflowState = "changed"   // published, and the draft differs
)

// WorkflowList returns workflows by name, and the cursor of the next page, "" when there is none.
func (d *DB) WorkflowList(ctx context.Context, f WorkflowFilter) (list []workflow.Workflow, next string, err error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	var w where
	w.add(true, "archived = ?", f.Archived)
	w.add(f.ApplicationID != "", "application_id = ?", f.ApplicationID)
	w.add(f.State == WorkflowPublished, "published > 0")
	w.add(f.State == WorkflowDraft, "published = 0")
	w.add(f.State == WorkflowChanged, "published > 0 AND dirty = 1")
	if len(f.Runners) > 0 {
		marks := make([]any, len(f.Runners))
		for i, r := range f.Runners {
			marks[i] = string(r)
		}
		w.add(true, "published > 0 AND EXISTS (SELECT 1 FROM json_each(runners) WHERE value IN (?"+strings.Repeat(", ?", len(marks)-1)+"))", marks...)
	}
	w.addWords(f.Query)
	w.add(f.After != "", "(name, id) > (SELECT name, id FROM workflow WHERE id = ?)", f.After)
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		found, err := scanWorkflow(row)
		list = append(list, found)
		return err
	}, "SELECT "+workflowColumns+" FROM workflow"+w.String()+" ORDER BY name, id LIMIT ?", append(w.args, f.Limit+1)...)
	if err == nil && len(list) > f.Limit {
		list = list[:f.Limit]
		next = list[f.Limit-1].ID
	}
	return list, next, err
}

// WorkflowsUsing returns the workflows that are not archived and act on an application, by name.
func (d *DB) WorkflowsUsing(ctx context.Context, applicationID string) ([]workflow.Workflow, error) {
	list, _, err := d.WorkflowList(ctx, WorkflowFilter{ApplicationID: applicationID, Limit: 1000})
	return list, err
}

// LastRuns returns the newest run, without its steps, of each of these workflows that has one.
func (d *DB) LastRuns(ctx context.Context, workflowIDs []string) (map[string]workflow.Run, error) {
	ids, err := toJSON(nonNil(workflowIDs))
	if err != nil {
		return nil, err
	}
	out := map[string]workflow.Run{}
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		r, err := scanRun(row)
		out[r.WorkflowID] = r
		return err
	}, "SELECT "+runColumns+` FROM run WHERE id IN (SELECT (SELECT max(id) FROM run WHERE parent_id = '' AND workflow_id = wanted.value) FROM json_each($1) AS wanted)`, ids)
	return out, err
}

// ArchiveWorkflow takes a workflow out of the lists, or puts it back. An archived one can't be run or changed;
// its versions and runs stay.
func (d *DB) ArchiveWorkflow(ctx context.Context, id string, archived bool, by auth.User) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, "UPDATE workflow SET archived = $2, updated_at = $3, updated_by = $4 WHERE id = $1 AND archived <> $2",
			id, archived, stamp(d.Now()), by.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			_, err := scanWorkflow(tx.QueryRowContext(ctx, "SELECT "+workflowColumns+" FROM workflow WHERE id = $1", id))
			return err // already so: nothing to write down
		}
		action := "workflow.archived"
		if !archived {
			action = "workflow.unarchived"
		}
		return d.appendAudit(ctx, tx, by, action, id, nil)
	})
}

const workflowColumns = `id, draft, revision, published, dirty, created_at, created_by, updated_at, updated_by, archived`

func scanWorkflow(row scanner) (w workflow.Workflow, err error) {
	err = row.Scan(&w.ID, definitionInto(&w.Draft), &w.Revision, &w.Published, &w.Dirty, stampInto(&w.CreatedAt), &w.CreatedBy,
		stampInto(&w.UpdatedAt), &w.UpdatedBy, &w.Archived)
	return w, err
}

// definitionInto returns a scan target that reads a stored definition.
func definitionInto(d *workflow.Definition) *definitionScan { return &definitionScan{d} }

type definitionScan struct{ to *workflow.Definition }

// Scan reads a stored definition.
func (s *definitionScan) Scan(v any) (err error) {
	text, _ := v.(string)
	*s.to, err = workflow.DecodeDefinition([]byte(text))
	return err
}

// workflowSearch is what the list's search looks at.
func workflowSearch(d workflow.Definition) string {
	words := []string{d.Name, d.Purpose}
	for _, s := range d.Steps {
		words = append(words, s.Title)
	}
	return strings.ToLower(strings.Join(words, "\n"))
}

func insertDraft(ctx context.Context, tx *sql.Tx, id string, revision int64, raw []byte, editor string, at time.Time, by auth.User) error {
	_, err := exec(ctx, tx, "INSERT INTO workflow_draft (workflow_id, revision, definition, editor, at, by) VALUES ($1, $2, $3, $4, $5, $6)",
		id, revision, string(raw), editor, stamp(at), by.ID)
	return err
}
